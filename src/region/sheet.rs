use std::borrow::Cow;

use super::scalp::Scalp;
use crate::error::{Error, Result};
use crate::geometry::Point;
use crate::mesh::{SurfaceHit, SurfaceIndex, SurfacePoint, Topology, TriMesh, submesh};

/// A drawn point that is farther than this beyond an open edge of the scan was not meant to lie on the scan, mm.
const BEYOND_EDGE_MM: f64 = 0.5;

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
}

impl<'a> Sheet<'a> {
    /// The component that is closest to the points on average; distances beyond the tolerance count as the tolerance.
    pub(super) fn under(scalp: &'a Scalp, points: &[Point], tolerance_mm: f64) -> Result<Self> {
        let Scalp { mesh: scan, topology, index, .. } = scalp;
        if topology.component_count() <= 1 {
            return Ok(Self {
                mesh: Cow::Borrowed(scan),
                topology: Cow::Borrowed(topology),
                index: Cow::Borrowed(index),
                sources: (0..scan.triangles().len() as u32).collect(),
            });
        }
        let mut misfit_mm = vec![0.0; topology.component_count()];
        for point in points {
            let mut distance_mm = vec![tolerance_mm; misfit_mm.len()];
            index.for_each_within(point, tolerance_mm, |triangle, d| {
                let least = &mut distance_mm[topology.components()[triangle as usize] as usize];
                *least = least.min(d);
            });
            // Where nothing is within the tolerance the closest still counts for a little, so that the error names it.
            if let Some(hit) = index.closest(point) {
                misfit_mm[topology.components()[hit.at.triangle as usize] as usize] -= 1e-9 * tolerance_mm;
            }
            misfit_mm.iter_mut().zip(distance_mm).for_each(|(sum, d)| *sum += d);
        }
        let best = (0..misfit_mm.len()).min_by(|&a, &b| misfit_mm[a].total_cmp(&misfit_mm[b])).unwrap_or_default();
        Self::part(scan, |t| topology.components()[t as usize] as usize == best)
    }

    /// The triangles for which `keep` holds.
    pub(super) fn part(scan: &TriMesh, keep: impl Fn(u32) -> bool) -> Result<Self> {
        let (mesh, sources) = submesh(scan, keep)?;
        Ok(Self {
            topology: Cow::Owned(Topology::build(&mesh)),
            index: Cow::Owned(SurfaceIndex::build(&mesh)),
            mesh: Cow::Owned(mesh),
            sources,
        })
    }

    /// The place closest to a point, with an error when it is farther than `tolerance_mm`.
    pub(super) fn closest(&self, point: &Point, tolerance_mm: f64) -> Result<SurfaceHit> {
        let hit = self.index.closest(point).ok_or_else(|| Error::input("a mesh without triangles"))?;
        if hit.distance_mm > tolerance_mm {
            return Err(Error::input(format!("a point {:.2} mm away from the scan's surface", hit.distance_mm))
                .expected(format!("at most {tolerance_mm} mm"))
                .remedy("check that point, and that mesh and point have the same units and axes"));
        }
        Ok(hit)
    }

    /// Lays the points of a loop on the surface. Returns the places and the greatest distance, mm.
    ///
    /// # Errors
    /// When a point is farther than the tolerance (names the worst), or beyond an open edge.
    pub(super) fn snap(&self, points: &[Point], tolerance_mm: f64) -> Result<(Vec<SurfacePoint>, f64)> {
        let hits = points.iter().map(|p| self.closest(p, f64::INFINITY)).collect::<Result<Vec<_>>>()?;
        let hits: Vec<_> = points.iter().zip(hits).map(|(p, hit)| self.first_of_equals(p, hit)).collect();
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

    /// The same place on the lowest of the triangles that share it, however a motion of the scan rounds: points drawn on
    /// edges and corners are common.
    fn first_of_equals(&self, point: &Point, hit: SurfaceHit) -> SurfaceHit {
        /// Distances that differ by less count as equal, mm.
        const EQUAL_MM: f64 = 1e-9;
        let mut first = hit.at.triangle;
        self.index.for_each_within(point, hit.distance_mm + EQUAL_MM, |triangle, _| first = first.min(triangle));
        let at = SurfacePoint::closest_in(&self.mesh, first, point);
        SurfaceHit { at, position: at.position(&self.mesh), ..hit }
    }

    /// Whether a place lies on a side of its triangle with no triangle across; the weight opposite a side is 0 on it.
    fn on_open_edge(&self, at: &SurfacePoint) -> bool {
        (0..3).any(|side| at.weights[(side + 2) % 3] <= 0.0 && self.topology.neighbour(at.triangle, side).is_none())
    }
}
