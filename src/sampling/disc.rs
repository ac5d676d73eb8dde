use wide::f64x2;

use super::surface::Place;
use crate::geometry::{Point, Vector};

/// A dot as an obstacle for others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Disc {
    pub(super) centre: Point,
    /// Its own spacing, mm.
    pub(super) spacing: f64,
    /// Normal of its sheet; without one it counts on every sheet.
    pub(super) normal: Option<Vector>,
}

impl Disc {
    /// True when a dot at that place would be too near, whatever the sheet.
    pub(super) fn reaches(&self, place: &Place) -> bool {
        let keep = self.spacing.min(place.spacing);
        (place.position - self.centre).norm_squared() < keep * keep
    }

    /// Shares of the ways from two places inside to one outside that are inside, where the spacing is at least `least`.
    pub(super) fn reach_along(&self, from: [&Point; 2], to: &Point, least: f64) -> [f64; 2] {
        let keep = self.spacing.min(least);
        let (outside, first, second) = (to - self.centre, from[0] - self.centre, from[1] - self.centre);
        let [x, y, z] =
            [f64x2::new([first.x, second.x]), f64x2::new([first.y, second.y]), f64x2::new([first.z, second.z])];
        let [u, v, w] = [f64x2::splat(outside.x) - x, f64x2::splat(outside.y) - y, f64x2::splat(outside.z) - z];
        // |(x, y, z) + share * (u, v, w)| = keep
        let a = u * u + v * v + w * w;
        let b = u * x + v * y + w * z;
        let c = x * x + y * y + z * z - f64x2::splat(keep * keep);
        let share = ((b * b - a * c).sqrt() - b) / a;
        // Rounded down to steps, which leaves the end inside. So the corners of fragments, and with them the darts, do not
        // move when a spacing or another dot moves by a rounding error: the dots of a moved surface stay the same.
        (share * f64x2::splat(CUT_STEPS))
            .to_array()
            .map(|steps| f64::from((steps as u32).min(CUT_STEPS as u32 - 1)) / CUT_STEPS)
    }

    pub(super) fn same_sheet(&self, normal: &Vector) -> bool {
        self.normal.is_none_or(|own| own.dot(normal) > 0.0)
    }
}

/// Cuts are made at whole multiples of this fraction of an edge; a power of two, so that the weights stay exact.
const CUT_STEPS: f64 = 64.0;
