use wide::f32x4;

use super::axes::{Axes, Turn};
use super::boxes::Boxes;
use crate::geometry::{Point, Vector};

/// Triangles that are tested at once.
pub(super) const WIDTH: usize = 4;

/// Bound on the rounding of a distance in single precision, in parts of the coordinates: of a corner, of the place, and
/// of three sums of three products, generously.
const ROUNDING: f32 = 32.0 * f32::EPSILON;

/// Coordinates beyond which squares of squares may overflow.
const LARGEST: f32 = 1e9;

/// Up to four triangles in single precision, each coordinate of all four side by side, so that a processor works on four
/// at once. Tells cheaply which of them may be near; which is nearest is for double precision to say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packet {
    pub(super) triangles: [u32; WIDTH],
    /// Vertices of the triangles.
    pub(super) vertices: [[u32; 3]; WIDTH],
    pub(super) corners: [Lanes; 3],
}

/// Four vectors, each coordinate of all four together.
pub(super) type Lanes = [f32x4; 3];

/// A place in single precision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    position: Lanes,
    /// What distances from it may be off by, mm.
    slack: f32x4,
}

impl Place {
    /// `reach` is the largest coordinate of the triangles.
    pub(super) fn new(place: &Vector, reach: f32) -> Self {
        let position = [place.x as f32, place.y as f32, place.z as f32];
        let largest = position.iter().fold(reach, |largest, c| largest.max(c.abs()));
        Self { position: position.map(f32x4::splat), slack: f32x4::splat(slack_mm(largest, reach)) }
    }

    /// Numbers not above its squared distances from the boxes.
    #[inline]
    pub(super) fn squared_distances(&self, boxes: &Boxes) -> [f32; WIDTH] {
        boxes.squared_distances(self.position, self.slack)
    }
}

impl Turn for Place {
    #[inline]
    fn turned(&self, axes: &Axes) -> Self {
        Self { position: axes.spread(self.position), ..*self }
    }
}

/// What distances in single precision may be off by, mm, where coordinates go up to `largest` and `reach`.
pub(super) fn slack_mm(largest: f32, reach: f32) -> f32 {
    if largest.max(reach) < LARGEST { (largest + reach) * ROUNDING } else { f32::INFINITY }
}

impl Packet {
    /// Four triangles; single precision counts from `centre`.
    pub(super) fn new(of: [u32; WIDTH], triangles: &[[u32; 3]], vertices: &[Point], centre: &Vector) -> Self {
        let of_vertices = of.map(|t| triangles[t as usize]);
        let corners = [0, 1, 2].map(|corner| {
            let places = of_vertices.map(|of| vertices[of[corner] as usize].coords - centre);
            [0, 1, 2].map(|axis| f32x4::new(places.map(|place| place[axis] as f32)))
        });
        Self { triangles: of, vertices: of_vertices, corners }
    }

    /// Numbers that the distances of the triangles from the place are not below; NaN where nothing is known.
    ///
    /// All corners lie beyond a plane across the way to some point `f`, hence so does the triangle. With its closest
    /// point for `f` that distance is the triangle's; an `f` that rounding has moved makes the number smaller, not wrong.
    pub(super) fn least_distances(&self, place: &Place) -> f32x4 {
        let [a, b, c] = self.corners.map(|corner| [0, 1, 2].map(|axis| corner[axis] - place.position[axis]));
        let (ab, bc, ca) = (cross(a, b), cross(b, c), cross(c, a));
        let normal = [0, 1, 2].map(|i| ab[i] + bc[i] + ca[i]);
        let least_side = dot(normal, ab).fast_min(dot(normal, bc)).fast_min(dot(normal, ca));
        let height = dot(normal, a);
        let foot = nearer(nearer(on_edge(a, b), on_edge(b, c)), on_edge(c, a));
        let over = least_side.simd_ge(f32x4::ZERO);
        let f = [0, 1, 2].map(|i| over.bitselect(normal[i] * height, foot[i]));
        let beyond = dot(a, f).fast_min(dot(b, f)).fast_min(dot(c, f));
        beyond / dot(f, f).sqrt() - place.slack
    }
}

/// The point of the edge from `a` to `b` closest to the origin.
#[inline]
fn on_edge(a: Lanes, b: Lanes) -> Lanes {
    let along = [0, 1, 2].map(|i| b[i] - a[i]);
    let share = -dot(a, along) / dot(along, along);
    // In this order a share that is no number becomes 0.
    let share = share.fast_max(f32x4::ZERO).fast_min(f32x4::ONE);
    [0, 1, 2].map(|i| a[i] + along[i] * share)
}

#[inline]
fn nearer(a: Lanes, b: Lanes) -> Lanes {
    let first = dot(a, a).simd_lt(dot(b, b));
    [0, 1, 2].map(|i| first.bitselect(a[i], b[i]))
}

#[inline]
pub(super) fn dot(a: Lanes, b: Lanes) -> f32x4 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[inline]
fn cross(a: Lanes, b: Lanes) -> Lanes {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}
