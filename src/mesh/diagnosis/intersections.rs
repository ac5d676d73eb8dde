use rayon::prelude::*;

use crate::geometry::{Point, Vector};
use crate::mesh::{SurfaceIndex, TriMesh};

/// Corners closer than this to the plane of the other triangle touch it, and touching is not crossing, mm: above the
/// rounding of coordinates of a head, far below anything that a scan measures.
const TOUCH_MM: f64 = 1e-6;

/// Pairs of triangles that pass through each other, lower index first, ascending; at least one of each pair is in `of`.
///
/// An edge of one crosses the inside of the other. Triangles with a common vertex are neighbours and are not asked;
/// triangles that overlap in one plane are no crossing. Parallel; the result does not depend on the threads. Panics
/// when a triangle is out of range.
pub fn self_intersections(mesh: &TriMesh, index: &SurfaceIndex, of: &[u32]) -> Vec<[u32; 2]> {
    let partners = |&t: &u32| {
        let corners = mesh.corners(t);
        let (own, plane) = (mesh.triangles()[t as usize], Plane::of(&corners));
        let mut pairs = Vec::new();
        index.for_each_touching(&corners, |other, other_corners| {
            let apart = !mesh.triangles()[other as usize].iter().any(|v| own.contains(v));
            if apart && cross(&corners, &plane, other_corners) {
                pairs.push([t.min(other), t.max(other)]);
            }
        });
        pairs
    };
    let mut pairs: Vec<[u32; 2]> = of.par_iter().flat_map_iter(partners).collect();
    pairs.par_sort_unstable();
    pairs.dedup();
    pairs
}

/// The plane of a triangle; the normal is zero where there is none.
struct Plane {
    origin: Point,
    normal: Vector,
}

impl Plane {
    fn of(corners: &[Point; 3]) -> Self {
        let normal = (corners[1] - corners[0]).cross(&(corners[2] - corners[0]));
        Self { origin: corners[0], normal: normal.try_normalize(0.0).unwrap_or_else(Vector::zeros) }
    }

    /// Heights of corners over the plane; `None` when none is below or none above.
    fn split(&self, corners: &[Point; 3]) -> Option<[f64; 3]> {
        let heights = corners.map(|corner| (corner - self.origin).dot(&self.normal));
        let splits = heights.iter().any(|&h| h > TOUCH_MM) && heights.iter().any(|&h| h < -TOUCH_MM);
        splits.then_some(heights)
    }
}

fn cross(a: &[Point; 3], plane_a: &Plane, b: &[Point; 3]) -> bool {
    let Some(heights_b) = plane_a.split(b) else { return false };
    let plane_b = Plane::of(b);
    let Some(heights_a) = plane_b.split(a) else { return false };
    pierces(b, &heights_b, a, plane_a) || pierces(a, &heights_a, b, &plane_b)
}

/// Whether an edge of the triangle with these heights over the plane of `target` goes through the inside of `target`.
fn pierces(edges: &[Point; 3], heights: &[f64; 3], target: &[Point; 3], plane: &Plane) -> bool {
    (0..3).any(|i| {
        let (h, k) = (heights[i], heights[(i + 1) % 3]);
        let passes = h.min(k) < -TOUCH_MM && h.max(k) > TOUCH_MM;
        passes && {
            let through = edges[i] + (edges[(i + 1) % 3] - edges[i]) * (h / (h - k));
            (0..3).all(|j| {
                let side = target[(j + 1) % 3] - target[j];
                side.cross(&(through - target[j])).dot(&plane.normal) > TOUCH_MM * side.norm()
            })
        }
    })
}
