use robust::{Coord, orient2d};

use super::SurfaceLoop;
use crate::mesh::TriMesh;

/// A step of one of several loops, with the triangle that carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::mesh) struct Step {
    pub(in crate::mesh) triangle: u32,
    /// Number of the loop.
    pub(in crate::mesh) outline: u32,
    /// Number of the step in its loop.
    pub(in crate::mesh) index: u32,
}

/// All steps, those in one triangle together.
pub(in crate::mesh) fn steps_by_triangle(loops: &[SurfaceLoop]) -> Vec<Step> {
    let mut steps: Vec<Step> = (0..)
        .zip(loops)
        .flat_map(|(outline, l)| {
            (0..).zip(&l.triangles).map(move |(index, &triangle)| Step { triangle, outline, index })
        })
        .collect();
    steps.sort_unstable();
    steps
}

/// The first two of the steps in one triangle that cross, touch or overlap.
///
/// Exact: two weights of a point serve as its plane coordinates. That is an affine image of the triangle, in which
/// points on edges lie exactly on the edges, and the orientation test is that of Shewchuk 1997, "Adaptive precision
/// floating-point arithmetic and fast robust geometric predicates".
pub(in crate::mesh) fn first_crossing_in(mesh: &TriMesh, loops: &[SurfaceLoop], steps: &[Step]) -> Option<[Step; 2]> {
    let ends: Vec<[Coord<f64>; 2]> = steps
        .iter()
        .map(|step| {
            let corners = mesh.triangles()[step.triangle as usize];
            loops[step.outline as usize].ends(step.index as usize).map(|point| {
                let [_, x, y] = point.weights_in(corners);
                Coord { x, y }
            })
        })
        .collect();
    let follows = |a: &Step, b: &Step| {
        a.outline == b.outline && (a.index + 1) as usize % loops[a.outline as usize].triangles.len() == b.index as usize
    };
    (0..steps.len()).find_map(|j| {
        (0..j).find_map(|i| {
            let meet = if follows(&steps[i], &steps[j]) {
                turn_back(ends[i][0], ends[i][1], ends[j][1])
            } else if follows(&steps[j], &steps[i]) {
                turn_back(ends[j][0], ends[j][1], ends[i][1])
            } else {
                segments_meet(ends[i], ends[j])
            };
            meet.then(|| [steps[i], steps[j]])
        })
    })
}

/// True if the way a, b, c runs back over itself at b.
fn turn_back(a: Coord<f64>, b: Coord<f64>, c: Coord<f64>) -> bool {
    orient2d(a, b, c) == 0.0 && (a.x - b.x) * (c.x - b.x) + (a.y - b.y) * (c.y - b.y) > 0.0
}

fn segments_meet([a, b]: [Coord<f64>; 2], [c, d]: [Coord<f64>; 2]) -> bool {
    let disjoint = |p: f64, q: f64, r: f64, s: f64| p.max(q) < r.min(s) || r.max(s) < p.min(q);
    if disjoint(a.x, b.x, c.x, d.x) || disjoint(a.y, b.y, c.y, d.y) {
        return false;
    }
    let same_side = |p: f64, q: f64| p > 0.0 && q > 0.0 || p < 0.0 && q < 0.0;
    !same_side(orient2d(a, b, c), orient2d(a, b, d)) && !same_side(orient2d(c, d, a), orient2d(c, d, b))
}
