use crate::error::{Finding, Severity};
use crate::geometry::{Aabb, Point};
use crate::mesh::{SurfaceIndex, SurfacePoint, Topology, TriMesh, torn_edges};

/// The line is walked in steps of this length, mm.
const STEP_MM: f64 = 2.0;
/// Skin this close to the line counts to the region: drawn points lie up to 3 mm off the skin.
const LINE_MM: f64 = 4.0;
/// The inside point may lie this far off the skin, mm.
const INSIDE_REACH_MM: f64 = 15.0;
/// Open edges closer than this were one, mm.
const SEAM_MM: f64 = 0.1;

/// The skin inside the line and under it, roughly: known before anything is cut, to tell what matters.
pub(super) struct Beneath {
    within: Vec<bool>,
}

/// The place on one component closest to a point, if it is within `reach_mm`.
pub(super) fn closest_on(
    mesh: &TriMesh,
    topology: &Topology,
    index: &SurfaceIndex,
    component: u32,
    point: &Point,
    reach_mm: f64,
) -> Option<SurfacePoint> {
    let is_on = |t: u32| topology.components()[t as usize] == component;
    let closest = index.closest_within(point, reach_mm)?;
    if is_on(closest.at.triangle) {
        return Some(closest.at);
    }
    let mut nearest = None;
    index.for_each_within(point, reach_mm, |t, distance_mm| {
        if is_on(t) && nearest.is_none_or(|known| (distance_mm, t) < known) {
            nearest = Some((distance_mm, t));
        }
    });
    nearest.map(|(_, t)| SurfacePoint::closest_in(mesh, t, point))
}

impl Beneath {
    /// Marks a band along the line, then what hangs together with the skin at the inside point up to that band.
    pub(super) fn flood(
        mesh: &TriMesh,
        topology: &Topology,
        index: &SurfaceIndex,
        skin: u32,
        line: &[Point],
        inside: &Point,
    ) -> Self {
        let mut within = vec![false; mesh.triangles().len()];
        let mut marked: Option<Point> = None;
        for (i, a) in line.iter().enumerate() {
            let along = line[(i + 1) % line.len()] - a;
            let steps = (along.norm() / STEP_MM).ceil().max(1.0);
            for k in 0..steps as usize {
                let place = a + along * (k as f64 / steps);
                if marked.is_some_and(|marked| (place - marked).norm() < 0.5 * STEP_MM) {
                    continue;
                }
                marked = Some(place);
                index.for_each_within(&place, LINE_MM, |t, _| {
                    within[t as usize] |= topology.components()[t as usize] == skin;
                });
            }
        }
        let seed = closest_on(mesh, topology, index, skin, inside, INSIDE_REACH_MM).map(|at| at.triangle);
        let mut open: Vec<u32> = seed.into_iter().filter(|&t| !within[t as usize]).collect();
        open.iter().for_each(|&t| within[t as usize] = true);
        while let Some(t) = open.pop() {
            for next in (0..3).filter_map(|side| topology.neighbour(t, side)) {
                if !std::mem::replace(&mut within[next as usize], true) {
                    open.push(next);
                }
            }
        }
        Self { within }
    }

    /// Whether a triangle of the skin belongs to the region.
    pub(super) fn has(&self, triangle: u32) -> bool {
        self.within[triangle as usize]
    }

    /// Triangles of the region, ascending.
    pub(super) fn triangles(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.within).filter(|(_, within)| **within).map(|(t, _)| t)
    }

    /// Warns of seams of the skin that have come apart.
    pub(super) fn torn(&self, mesh: &TriMesh, topology: &Topology) -> Option<Finding> {
        let edges: Vec<[Point; 2]> = torn_edges(mesh, topology, SEAM_MM)
            .into_iter()
            .filter(|&(t, _)| self.has(t))
            .map(|(t, side)| {
                let corners = mesh.corners(t);
                [corners[side], corners[(side + 1) % 3]]
            })
            .collect();
        let length_mm: f64 = edges.iter().map(|[a, b]| (b - a).norm()).sum();
        let bounds = Aabb::around(edges.as_flattened());
        (!edges.is_empty()).then(|| {
            let message = format!(
                "the skin is torn: {} open edges, {length_mm:.1} mm long together, have another one within {SEAM_MM} mm",
                edges.len()
            );
            Finding::new("skin-torn", Severity::Warn, message)
                .times(edges.len())
                .bounds_mm([bounds.min.into(), bounds.max.into()])
                .remedy("weld the vertices along the seams of the scan: a line cannot cross them")
        })
    }
}
