use super::enclosure::Enclosure;
use super::sheet::Sheet;
use crate::error::{Error, Finding, Result};
use crate::geometry::{Aabb, Point};
use crate::mesh::SurfaceIndex;

/// A place without dots, in the scan's axes and mm.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedKeepOut {
    /// What it is, for messages.
    pub name: String,
    /// The file that asks for it, for errors.
    pub file: String,
    /// What is kept out.
    pub shape: KeepOutShape,
    /// Distance to keep around the shape, mm.
    pub margin_mm: f64,
}

/// The shape of a keep-out.
#[derive(Debug, Clone, PartialEq)]
pub enum KeepOutShape {
    /// All skin within a straight-line distance of a point on it.
    Disc {
        /// Centre, close to the skin.
        centre: Point,
        /// Radius, mm.
        radius_mm: f64,
    },
    /// The skin inside a closed line: the side with the smaller area.
    Loop {
        /// Points of the line, close to the skin; the first is not repeated.
        points: Vec<Point>,
    },
}

/// What to stay away from, laid on the skin, and how far.
#[derive(Debug)]
pub(super) struct Obstacle {
    shape: ObstacleShape,
    /// Distance to keep from it, mm.
    pub(super) reach_mm: f64,
}

#[derive(Debug)]
enum ObstacleShape {
    Point(Point),
    Patch { index: SurfaceIndex, bounds: Aabb },
}

impl Obstacle {
    /// Lays a keep-out on the sheet. The findings call it `place`.
    ///
    /// # Errors
    /// When lengths are negative or not finite, the shape is off the surface, or its loop encloses nothing.
    pub(super) fn lay(
        keep_out: &ResolvedKeepOut,
        place: &str,
        sheet: &Sheet<'_>,
        tolerance_mm: f64,
    ) -> Result<(Self, Vec<Finding>)> {
        let length = |value: f64, name: &str| {
            let valid = value.is_finite() && value >= 0.0;
            valid.then_some(value).ok_or_else(|| {
                Error::input(format!("{name} {value}"))
                    .expected("a length of 0 mm or more")
                    .remedy("correct the number")
            })
        };
        let margin_mm = length(keep_out.margin_mm, "a margin of")?;
        let mut findings = Vec::new();
        let (shape, reach_mm) = match &keep_out.shape {
            KeepOutShape::Disc { centre, radius_mm } => {
                let hit = sheet.closest(centre, tolerance_mm).map_err(|error| error.place("centre"))?;
                (ObstacleShape::Point(hit.position), length(*radius_mm, "a radius of")? + margin_mm)
            }
            KeepOutShape::Loop { points } => {
                let surroundings = surroundings(sheet, points)?;
                let enclosure = Enclosure::cut(&surroundings, points, tolerance_mm)?;
                findings = enclosure.findings(place);
                let patch = enclosure.smaller_side()?;
                (ObstacleShape::Patch { index: SurfaceIndex::build(&patch), bounds: patch.bounds() }, margin_mm)
            }
        };
        Ok((Self { shape, reach_mm }, findings))
    }

    /// The edges of what there is no skin of.
    pub(super) fn along(edges: &[[Point; 2]], margin_mm: f64) -> Self {
        let bounds = Aabb::around(edges.as_flattened());
        Self { shape: ObstacleShape::Patch { index: SurfaceIndex::of_segments(edges), bounds }, reach_mm: margin_mm }
    }

    /// Straight-line distance to the obstacle, at most `limit_mm`. Never more than the distance along the skin, so that
    /// whoever keeps it keeps the other as well.
    pub(super) fn distance_mm(&self, point: &Point, limit_mm: f64) -> f64 {
        match &self.shape {
            ObstacleShape::Point(centre) => (point - centre).norm().min(limit_mm),
            ObstacleShape::Patch { bounds, .. } if bounds.squared_distance(point) > limit_mm * limit_mm => limit_mm,
            ObstacleShape::Patch { index, .. } => {
                index.closest_within(point, limit_mm).map_or(limit_mm, |hit| hit.distance_mm)
            }
        }
    }
}

/// The part of the sheet around a loop, large enough that the inside is the smaller side of it.
fn surroundings(sheet: &Sheet<'_>, points: &[Point]) -> Result<Sheet<'static>> {
    let bounds = Aabb::around(points);
    let (centre, size) = (bounds.centre(), bounds.size().norm());
    let near = |t: u32| (Aabb::around(&sheet.mesh.corners(t)).squared_distance(&centre)).sqrt() <= 1.5 * size;
    Sheet::part(&sheet.mesh, near)
}
