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

    /// True when the disc belongs to the sheet with that normal; without one everything is of one sheet.
    pub(super) fn same_sheet(&self, normal: Option<&Vector>) -> bool {
        self.normal.is_none_or(|own| normal.is_none_or(|normal| own.dot(normal) > 0.0))
    }
}
