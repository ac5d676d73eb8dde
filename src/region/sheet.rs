use std::borrow::Cow;

use super::pieces::{looks_out, skin};
use super::scalp::Scalp;
use crate::error::{Error, Result};
use crate::geometry::Point;
use crate::mesh::{SurfaceHit, SurfaceIndex, SurfacePoint, Topology, TriMesh, submesh, torn_edges, wall_behind};

/// A drawn point that is farther than this beyond an open edge of the scan was not meant to lie on the scan, mm.
const BEYOND_EDGE_MM: f64 = 0.5;

/// Walls of a shell are at most this far apart, mm.
const WALL_MM: f64 = 4.0;

/// The inside point only says which side is meant; farther from the skin than this it says nothing, mm.
const INSIDE_POINT_REACH_MM: f64 = 15.0;

/// Points at which a second wall is looked for.
const ASKED_POINTS: usize = 64;

/// Open edges closer than this were one, mm.
const SEAM_MM: f64 = 0.1;

/// The connected piece of a scan on which the hairline was drawn.
///
/// Everything is snapped to it alone: eyeballs, teeth and head rests lie close to skin and must not catch points.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    pub(super) mesh: Cow<'a, TriMesh>,
    pub(super) topology: Cow<'a, Topology>,
    pub(super) index: Cow<'a, SurfaceIndex>,
    /// Triangle of the scan for each triangle.
    pub(super) sources: Vec<u32>,
    /// Whether it is a shell with an outer and an inner wall; points go to the outer one.
    has_walls: bool,
}

impl<'a> Sheet<'a> {
    /// The component on which the line lies ([`skin`]).
    ///
    /// # Errors
    /// When some of the points are off it, but on other components: the skin is in pieces.
    pub(super) fn under(scalp: &'a Scalp, points: &[Point], tolerance_mm: f64) -> Result<Self> {
        let Scalp { mesh: scan, topology, index, .. } = scalp;
        let mut sheet = if topology.component_count() <= 1 {
            Self {
                mesh: Cow::Borrowed(scan),
                topology: Cow::Borrowed(topology),
                index: Cow::Borrowed(index),
                sources: (0..scan.triangles().len() as u32).collect(),
                has_walls: false,
            }
        } else {
            let skin = skin(scan, topology, index, points, tolerance_mm);
            let sheet = Self::part(scan, |t| topology.components()[t as usize] == skin)?;
            sheet.check_whole(scalp, points, tolerance_mm)?;
            sheet
        };
        sheet.has_walls = sheet.finds_walls(points);
        Ok(sheet)
    }

    /// Refuses a line that runs over several pieces.
    fn check_whole(&self, scalp: &Scalp, points: &[Point], tolerance_mm: f64) -> Result<()> {
        let is_elsewhere = |point: &Point| {
            self.index.closest_within(point, tolerance_mm).is_none()
                && scalp.index.closest_within(point, tolerance_mm).is_some()
        };
        let elsewhere: Vec<usize> = (0..points.len()).filter(|&i| is_elsewhere(&points[i])).collect();
        let (Some(first), Some(last)) = (elsewhere.first(), elsewhere.last()) else { return Ok(()) };
        Err(Error::input(format!(
            "{} of {} points on other pieces of the scan than the rest of the line; {}",
            elsewhere.len(),
            points.len(),
            seams(scalp)
        ))
        .place(format!("points {first} to {last}"))
        .expected("a line on one connected surface")
        .remedy("weld the seams of the scan, or move the points that lie on something else"))
    }

    /// The place closest to the inside point.
    ///
    /// # Errors
    /// When it is far from the sheet; says so when it lies on another piece, as on a patch that is torn off.
    pub(super) fn inside(&self, scalp: &Scalp, point: &Point) -> Result<SurfaceHit> {
        let hit = self.closest(point, INSIDE_POINT_REACH_MM);
        if hit.is_ok() || !scalp.index.is_within(point, INSIDE_POINT_REACH_MM) {
            return hit.map_err(|error| error.place("inside point"));
        }
        Err(Error::input(format!("an inside point on another piece of the scan than the line; {}", seams(scalp)))
            .place("inside point")
            .expected("the line and the point on one connected surface")
            .remedy("weld the seams of the scan, or move the point to the skin inside the line"))
    }

    /// Whether most of the line runs over a solid shell: skin with a second wall behind it.
    fn finds_walls(&self, points: &[Point]) -> bool {
        let asked: Vec<&Point> = points.iter().step_by(points.len().div_ceil(ASKED_POINTS).max(1)).collect();
        let has_wall = |point: &&&Point| {
            let hit = self.index.closest(point);
            hit.is_some_and(|hit| wall_behind(&self.mesh, &self.index, &hit.at, WALL_MM).is_some())
        };
        2 * asked.iter().filter(has_wall).count() > asked.len()
    }

    /// The triangles for which `keep` holds.
    pub(super) fn part(scan: &TriMesh, keep: impl Fn(u32) -> bool) -> Result<Self> {
        let (mesh, sources) = submesh(scan, keep)?;
        Ok(Self {
            topology: Cow::Owned(Topology::build(&mesh)),
            index: Cow::Owned(SurfaceIndex::build(&mesh)),
            mesh: Cow::Owned(mesh),
            sources,
            has_walls: false,
        })
    }

    /// The place closest to a point, with an error when it is farther than `tolerance_mm`.
    pub(super) fn closest(&self, point: &Point, tolerance_mm: f64) -> Result<SurfaceHit> {
        let hit = self.index.closest(point).ok_or_else(|| Error::input("a mesh without triangles"))?;
        let hit = if self.has_walls { self.on_outer_wall(point, hit) } else { hit };
        if hit.distance_mm > tolerance_mm {
            return Err(Error::input(format!("a point {:.2} mm away from the scan's surface", hit.distance_mm))
                .expected(format!("at most {tolerance_mm} mm"))
                .remedy("check that point, and that mesh and point have the same units and axes"));
        }
        Ok(hit)
    }

    /// The place above a hit on the inner wall, which looks away from the sky.
    fn on_outer_wall(&self, point: &Point, hit: SurfaceHit) -> SurfaceHit {
        if looks_out(&self.mesh, &self.index, &hit.at) != Some(false) {
            return hit;
        }
        wall_behind(&self.mesh, &self.index, &hit.at, WALL_MM).map_or(hit, |outer| {
            let position = outer.at.position(&self.mesh);
            SurfaceHit { at: outer.at, position, distance_mm: (position - point).norm() }
        })
    }

    /// Lays the points of a loop on the surface. Returns the places and the greatest distance, mm.
    ///
    /// # Errors
    /// When a point is farther than the tolerance (names the worst), or beyond an open edge.
    pub(super) fn snap(&self, points: &[Point], tolerance_mm: f64) -> Result<(Vec<SurfacePoint>, f64)> {
        let hits = points.iter().map(|p| self.closest(p, f64::INFINITY)).collect::<Result<Vec<_>>>()?;
        let hits: Vec<_> = hits.into_iter().zip(points).map(|(hit, point)| self.first_of_equals(hit, point)).collect();
        let worst = (0..hits.len()).max_by(|&a, &b| hits[a].distance_mm.total_cmp(&hits[b].distance_mm));
        if let Some(worst) = worst {
            self.closest(&points[worst], tolerance_mm).map_err(|e| e.place(format!("point {worst} (the worst)")))?;
        }
        for (i, hit) in hits.iter().enumerate() {
            if hit.distance_mm > BEYOND_EDGE_MM && self.on_open_edge(&hit.at) {
                return Err(Error::input(format!("a point {:.2} mm beyond an open edge of the scan", hit.distance_mm))
                    .place(format!("point {i}"))
                    .expected("a loop that stays on the scan")
                    .remedy("draw the loop inside the scan's open edge, or scan more of the head"));
            }
        }
        Ok((hits.iter().map(|hit| hit.at).collect(), worst.map_or(0.0, |i| hits[i].distance_mm)))
    }

    /// The place on the lowest of the triangles that are as close to the point there, however a motion of the scan rounds:
    /// points drawn on edges and corners are common, and so are points midway over a crease of a symmetric scan.
    fn first_of_equals(&self, hit: SurfaceHit, point: &Point) -> SurfaceHit {
        /// Distances that differ by less are the same, mm.
        const EQUAL_MM: f64 = 1e-9;
        /// Places farther apart than this lie on other walls, mm.
        const THERE_MM: f64 = 0.01;
        let mut first = hit.at;
        self.index.for_each_within(point, hit.distance_mm + EQUAL_MM, |triangle, _| {
            let at = SurfacePoint::closest_in(&self.mesh, triangle, point);
            if triangle < first.triangle && (at.position(&self.mesh) - hit.position).norm() <= THERE_MM {
                first = at;
            }
        });
        SurfaceHit { at: first, position: first.position(&self.mesh), ..hit }
    }

    /// Whether a place lies on a side of its triangle with no triangle across; the weight opposite a side is 0 on it.
    fn on_open_edge(&self, at: &SurfacePoint) -> bool {
        (0..3).any(|side| at.weights[(side + 2) % 3] <= 0.0 && self.topology.neighbour(at.triangle, side).is_none())
    }
}

/// How torn the scan is, in words.
fn seams(scalp: &Scalp) -> String {
    let count = torn_edges(&scalp.mesh, &scalp.topology, SEAM_MM).len();
    format!("{count} open edges of the scan have another one within {SEAM_MM} mm")
}
