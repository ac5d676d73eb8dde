//! Where a point, a ray or a segment meets a surface.

mod boxes;
mod bvh;
mod ray;
mod triangle;

use self::bvh::Bvh;
use self::ray::Ray;
use self::triangle::{at_weights, closest_weights, project, segment_distance2, separation};
use super::{SurfacePoint, TriMesh};
use crate::geometry::{Aabb, Point, Vector};

/// Rounding of a place computed from weights, in parts of the largest coordinate: boxes are widened by it.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// Answers closest-point, ray and segment queries on a triangle mesh.
///
/// Holds its own copy of the corners in the order of the tree's leaves; the mesh may go. Equal answers go to the
/// triangle with the lowest index, so results depend neither on the tree nor on the order of queries. Triangles
/// without area answer as the segment or point that they are, except to rays, which pass them.
#[derive(Debug, Clone)]
pub struct SurfaceIndex {
    tree: Bvh,
    corners: Vec<[Point; 3]>,
    triangles: Vec<u32>,
}

/// The place on the surface closest to a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurfaceHit {
    /// The place as triangle and weights.
    pub at: SurfacePoint,
    /// The place, mm.
    pub position: Point,
    /// Distance from the asked point, mm.
    pub distance_mm: f64,
}

/// Where a ray meets the surface.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RayHit {
    /// The place as triangle and weights.
    pub at: SurfacePoint,
    /// Distance from the origin in lengths of the direction: mm for a unit direction.
    pub t: f64,
}

impl SurfacePoint {
    /// The place of one triangle that is closest to a point. Panics when the triangle is out of range.
    pub fn closest_in(mesh: &TriMesh, triangle: u32, p: &Point) -> Self {
        Self { triangle, weights: closest_weights(&mesh.corners(triangle), p) }
    }
}

impl SurfaceIndex {
    /// Sorts the triangles into a tree; O(n log n), the same tree each time.
    pub fn build(mesh: &TriMesh) -> Self {
        let corners: Vec<[Point; 3]> = (0..mesh.triangles().len() as u32).map(|t| mesh.corners(t)).collect();
        Self::from_corners(&corners)
    }

    /// The same for segments, which answer as triangles without area; by their order.
    pub fn of_segments(segments: &[[Point; 2]]) -> Self {
        Self::from_corners(&segments.iter().map(|&[a, b]| [a, b, b]).collect::<Vec<_>>())
    }

    /// The same for loose triangles; one whose corners lie on a line stands for that line.
    pub(super) fn from_corners(loose: &[[Point; 3]]) -> Self {
        let largest = loose.as_flattened().iter().map(|corner| corner.coords.amax()).fold(0.0, f64::max);
        let margin = Vector::repeat(largest * ROUNDING);
        let (tree, triangles) = Bvh::build(loose.iter().map(|corners| {
            let tight = Aabb::around(corners);
            Aabb { min: tight.min - margin, max: tight.max + margin }
        }));
        let corners = triangles.iter().map(|&t| loose[t as usize]).collect();
        Self { tree, corners, triangles }
    }

    /// The place closest to `p`; `None` without triangles.
    pub fn closest(&self, p: &Point) -> Option<SurfaceHit> {
        self.closest_within(p, f64::INFINITY)
    }

    /// The place closest to `p` if it is at most `max_mm` away.
    pub fn closest_within(&self, p: &Point, max_mm: f64) -> Option<SurfaceHit> {
        let mut limit = max_mm.max(0.0).powi(2);
        let mut best: Option<(u32, [f64; 3], Point)> = None;
        let bound = |bounds: &Aabb| bounds.squared_distance(p) * (1.0 - ROUNDING);
        self.tree.descend(limit, bound, |leaf| {
            for i in leaf {
                let weights = closest_weights(&self.corners[i], p);
                let position = at_weights(&self.corners[i], weights);
                let distance2 = (position - p).norm_squared();
                let triangle = self.triangles[i];
                if distance2 < limit || distance2 <= limit && best.is_none_or(|(other, ..)| triangle < other) {
                    limit = distance2;
                    best = Some((triangle, weights, position));
                }
            }
            limit
        });
        best.map(|(triangle, weights, position)| SurfaceHit {
            at: SurfacePoint { triangle, weights },
            position,
            distance_mm: limit.sqrt(),
        })
    }

    /// The first place where the ray meets the surface, from either side, with `t` from 0 to `max`.
    pub fn ray(&self, origin: &Point, direction: &Vector, max: f64) -> Option<RayHit> {
        self.ray_extreme(origin, direction, max, 1.0)
    }

    /// The last place where the ray meets the surface, from either side, with `t` from 0 to `max`.
    pub fn ray_last(&self, origin: &Point, direction: &Vector, max: f64) -> Option<RayHit> {
        self.ray_extreme(origin, direction, max, -1.0)
    }

    /// The hit with the least `t * sign`.
    fn ray_extreme(&self, origin: &Point, direction: &Vector, max: f64, sign: f64) -> Option<RayHit> {
        let ray = Ray::new(origin, direction);
        let mut best: Option<RayHit> = None;
        let mut limit = f64::INFINITY;
        let bound = |bounds: &Aabb| {
            let (entry, exit) = ray.span(bounds);
            if entry > exit.min(max) { f64::NAN } else { sign * if sign > 0.0 { entry } else { exit } }
        };
        self.tree.descend(limit, bound, |leaf| {
            for i in leaf {
                let Some((t, weights)) = ray.hit(&self.corners[i]).filter(|&(t, _)| t <= max) else { continue };
                let triangle = self.triangles[i];
                let key = sign * t;
                if key < limit || key <= limit && best.is_none_or(|other| triangle < other.at.triangle) {
                    limit = key;
                    best = Some(RayHit { at: SurfacePoint { triangle, weights }, t });
                }
            }
            limit
        });
        best
    }

    /// Whether the ray meets the surface with `t` from 0 to `max`.
    pub fn is_occluded(&self, origin: &Point, direction: &Vector, max: f64) -> bool {
        let ray = Ray::new(origin, direction);
        let mut occluded = false;
        let bound = |bounds: &Aabb| {
            let (entry, exit) = ray.span(bounds);
            if entry > exit { f64::NAN } else { entry }
        };
        self.tree.descend(max, bound, |leaf| {
            occluded = self.corners[leaf].iter().any(|corners| ray.hit(corners).is_some_and(|(t, _)| t <= max));
            if occluded { f64::NEG_INFINITY } else { max }
        });
        occluded
    }

    /// Whether the surface comes within `radius` of `p`; cheaper than the distance, which takes long far off.
    pub fn is_within(&self, p: &Point, radius: f64) -> bool {
        let limit = radius.max(0.0).powi(2);
        let mut within = false;
        let bound = |bounds: &Aabb| bounds.squared_distance(p) * (1.0 - ROUNDING);
        self.tree.descend(limit, bound, |leaf| {
            within = self.corners[leaf]
                .iter()
                .any(|corners| (at_weights(corners, closest_weights(corners, p)) - p).norm_squared() <= limit);
            if within { f64::NEG_INFINITY } else { limit }
        });
        within
    }

    /// Visits every triangle that comes within `radius` of `p`, with its distance, mm, in an order of the tree's.
    pub fn for_each_within(&self, p: &Point, radius: f64, mut visit: impl FnMut(u32, f64)) {
        let limit = radius.max(0.0).powi(2);
        let bound = |bounds: &Aabb| bounds.squared_distance(p) * (1.0 - ROUNDING);
        self.tree.descend(limit, bound, |leaf| {
            for i in leaf {
                let corners = &self.corners[i];
                let distance2 = (at_weights(corners, closest_weights(corners, p)) - p).norm_squared();
                if distance2 <= limit {
                    visit(self.triangles[i], distance2.sqrt());
                }
            }
            limit
        });
    }

    /// Least distance between the segment and the surface, mm; `limit` when it is farther, 0 when they meet.
    pub fn segment_distance(&self, a: &Point, b: &Point, limit: f64) -> f64 {
        let along = b - a;
        let ray = Ray::new(a, &along);
        let hull = Aabb::around([a, b]);
        let mut least2 = limit.max(0.0).powi(2);
        self.tree.descend(
            least2,
            |bounds| segment_box_bound2(a, &along, &hull, bounds),
            |leaf| {
                for corners in &self.corners[leaf] {
                    if separation(corners, a, &along) < least2.sqrt() {
                        least2 = least2.min(segment_distance2(corners, a, &along, &ray));
                    }
                }
                if least2 > 0.0 { least2 } else { f64::NEG_INFINITY }
            },
        );
        least2.sqrt().min(limit)
    }
}

/// A number not above the squared distance of the segment `a + s * along` from the box.
///
/// The better of two separating planes: along an axis, and across the line from the box's centre to the closest point
/// of the segment, where the segment does not reach past that point.
fn segment_box_bound2(a: &Point, along: &Vector, hull: &Aabb, bounds: &Aabb) -> f64 {
    let apart = (bounds.min - hull.max).sup(&(hull.min - bounds.max)).sup(&Vector::zeros());
    let centre = bounds.centre();
    let to_centre = centre - (a + along * project(&(centre - a), along));
    let distance = to_centre.norm();
    let reach = to_centre.abs().dot(&bounds.size()) * 0.5;
    let gap = if distance > 0.0 { (distance - reach / distance).max(0.0) } else { 0.0 };
    apart.norm_squared().max(gap * gap) * (1.0 - ROUNDING)
}
