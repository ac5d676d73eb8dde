//! Where a point, a ray or a segment meets a surface.

mod axes;
mod boxes;
mod bvh;
mod hull;
mod line;
mod packet;
mod ray;
mod triangle;

use rayon::prelude::*;
use wide::f32x4;

use self::boxes::{Boxes, WIDTH};
use self::bvh::{Bvh, Leaf};
use self::hull::Hull;
use self::line::Line;
use self::packet::{Packet, Place};
use self::ray::Ray;
use self::triangle::{at_weights, closest_weights, segment_distance2, separation};
use super::{SurfacePoint, TriMesh};
use crate::geometry::{Aabb, Point, Vector};

/// Rounding of a place computed from weights, in parts of the largest coordinate: boxes are widened by it.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// Answers closest-point, ray and segment queries on a triangle mesh.
///
/// Holds its own copy of the corners; the mesh may go. Bounds in single precision, four at a time, tell which triangles
/// may matter; answers come from double precision alone. Equal answers go to the
/// triangle with the lowest index, so results depend neither on the tree nor on the order of queries. Triangles
/// without area answer as the segment or point that they are, except to rays, which pass them.
#[derive(Debug, Clone)]
pub struct SurfaceIndex {
    tree: Bvh,
    vertices: Vec<Point>,
    /// The triangles by the leaves of the tree.
    packets: Vec<Packet>,
    /// Largest coordinate from the tree's centre, mm.
    reach: f32,
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
    /// Sorts the triangles into a tree, on all threads; O(n log n), the same tree each time. Holds about 100 bytes
    /// a triangle.
    pub fn build(mesh: &TriMesh) -> Self {
        Self::over(mesh.vertices(), mesh.triangles())
    }

    /// The same for segments, which answer as triangles without area; by their order.
    pub fn of_segments(segments: &[[Point; 2]]) -> Self {
        Self::from_corners(&segments.iter().map(|&[a, b]| [a, b, b]).collect::<Vec<_>>())
    }

    /// The same for loose triangles; one whose corners lie on a line stands for that line.
    pub(super) fn from_corners(loose: &[[Point; 3]]) -> Self {
        let triangles: Vec<[u32; 3]> = (0..loose.len() as u32).map(|t| [3 * t, 3 * t + 1, 3 * t + 2]).collect();
        Self::over(loose.as_flattened(), &triangles)
    }

    fn over(vertices: &[Point], triangles: &[[u32; 3]]) -> Self {
        let largest = vertices.iter().map(|vertex| vertex.coords.amax()).fold(0.0, f64::max);
        let corners = |t: u32| triangles[t as usize].map(|v| vertices[v as usize]);
        let (tree, leaves) = Bvh::build(triangles.len() as u32, largest * ROUNDING, corners);
        let packet = |of: &[u32; WIDTH]| Packet::new(*of, triangles, vertices, &tree.centre);
        let packets = leaves.par_iter().map(packet).collect();
        let reach = vertices.iter().map(|vertex| (vertex.coords - tree.centre).amax()).fold(0.0, f64::max) as f32;
        Self { vertices: vertices.to_vec(), packets, reach, tree }
    }

    fn corners(&self, packet: &Packet, lane: usize) -> [Point; 3] {
        let [a, b, c] = packet.vertices[lane];
        [self.vertices[a as usize], self.vertices[b as usize], self.vertices[c as usize]]
    }

    /// The triangles of a leaf with their corners.
    fn triangles(&self, Leaf { number, count }: Leaf) -> impl Iterator<Item = (u32, [Point; 3])> {
        let packet = &self.packets[number];
        (0..count).map(|lane| (packet.triangles[lane], self.corners(packet, lane)))
    }

    /// Visits the triangles of a leaf that may have a squared distance of at most `limit` from the place; `visit` returns
    /// the new limit.
    fn for_each_near(&self, leaf: Leaf, place: &Place, limit: f64, mut visit: impl FnMut(u32, &[Point; 3]) -> f64) {
        let packet = &self.packets[leaf.number];
        let least_mm = packet.least_distances(place);
        // The rounding to single precision is covered by what was taken from these distances. NaN counts as near.
        let mut reach_mm = limit.sqrt() as f32;
        let far = least_mm.simd_gt(f32x4::splat(reach_mm)).to_bitmask();
        let mut near = !far & ((1 << leaf.count) - 1);
        let least_mm = least_mm.to_array();
        while near != 0 {
            let lane = near.trailing_zeros() as usize;
            near &= near - 1;
            let is_far = least_mm[lane] > reach_mm;
            if !is_far {
                reach_mm = visit(packet.triangles[lane], &self.corners(packet, lane)).sqrt() as f32;
            }
        }
    }

    fn place(&self, p: &Point) -> Place {
        Place::new(&(p.coords - self.tree.centre), self.reach)
    }

    fn line(&self, origin: &Point, along: &Vector) -> Line {
        Line::new(&(origin.coords - self.tree.centre), along, self.reach)
    }

    /// The place closest to `p`; `None` without triangles.
    pub fn closest(&self, p: &Point) -> Option<SurfaceHit> {
        self.closest_within(p, f64::INFINITY)
    }

    /// The place closest to `p` if it is at most `max_mm` away.
    pub fn closest_within(&self, p: &Point, max_mm: f64) -> Option<SurfaceHit> {
        let mut limit = max_mm.max(0.0).powi(2);
        let mut best: Option<(u32, [f64; 3], Point)> = None;
        let place = self.place(p);
        self.tree.descend(limit, &place, Place::squared_distances, |leaf| {
            self.for_each_near(leaf, &place, limit, |triangle, corners| {
                let (weights, position, distance2) = closest_in(corners, p);
                if distance2 < limit || distance2 <= limit && best.is_none_or(|(other, ..)| triangle < other) {
                    limit = distance2;
                    best = Some((triangle, weights, position));
                }
                limit
            });
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
        let line = self.line(origin, direction);
        let last = f32x4::splat((max as f32).next_up());
        let bound = |line: &Line, boxes: &Boxes| {
            let [entry, exit] = line.spans(boxes);
            let key = if sign > 0.0 { entry } else { -exit };
            entry.simd_gt(exit.fast_min(last)).bitselect(f32x4::splat(f32::NAN), key).to_array()
        };
        self.tree.descend(limit, &line, bound, |leaf| {
            for (triangle, corners) in self.triangles(leaf) {
                let Some((t, weights)) = ray.hit(&corners).filter(|&(t, _)| t <= max) else { continue };
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
        let line = self.line(origin, direction);
        let bound = |line: &Line, boxes: &Boxes| {
            let [entry, exit] = line.spans(boxes);
            entry.simd_gt(exit).bitselect(f32x4::splat(f32::NAN), entry).to_array()
        };
        self.tree.descend(max, &line, bound, |leaf| {
            occluded = self.triangles(leaf).any(|(_, corners)| ray.hit(&corners).is_some_and(|(t, _)| t <= max));
            if occluded { f64::NEG_INFINITY } else { max }
        });
        occluded
    }

    /// Whether the surface comes within `radius` of `p`; cheaper than the distance, which takes long far off.
    pub fn is_within(&self, p: &Point, radius: f64) -> bool {
        let limit = radius.max(0.0).powi(2);
        let mut within = false;
        let place = self.place(p);
        self.tree.descend(limit, &place, Place::squared_distances, |leaf| {
            self.for_each_near(leaf, &place, limit, |_, corners| {
                within = within || closest_in(corners, p).2 <= limit;
                limit
            });
            if within { f64::NEG_INFINITY } else { limit }
        });
        within
    }

    /// Visits every triangle that comes within `radius` of `p`, with its distance, mm, in an order of the tree's.
    pub fn for_each_within(&self, p: &Point, radius: f64, mut visit: impl FnMut(u32, f64)) {
        let limit = radius.max(0.0).powi(2);
        let place = self.place(p);
        self.tree.descend(limit, &place, Place::squared_distances, |leaf| {
            self.for_each_near(leaf, &place, limit, |triangle, corners| {
                let (.., distance2) = closest_in(corners, p);
                if distance2 <= limit {
                    visit(triangle, distance2.sqrt());
                }
                limit
            });
            limit
        });
    }

    /// Visits every triangle that touches the given one, and some that only come near it, with their corners, in an order
    /// of the tree's.
    pub fn for_each_touching(&self, corners: &[Point; 3], mut visit: impl FnMut(u32, &[Point; 3])) {
        let meet = |a: &Aabb, b: &Aabb| (0..3).all(|k| a.min[k] <= b.max[k] && b.min[k] <= a.max[k]);
        let within = Aabb::around(corners);
        let hull = Hull::new(corners.map(|corner| corner.coords - self.tree.centre), self.reach);
        self.tree.descend(0.0, &hull, Hull::meeting, |leaf| {
            for (triangle, corners) in self.triangles(leaf) {
                if meet(&Aabb::around(&corners), &within) {
                    visit(triangle, &corners);
                }
            }
            0.0
        });
    }

    /// Least distance between the segment and the surface, mm; `limit` when it is farther, 0 when they meet.
    pub fn segment_distance(&self, a: &Point, b: &Point, limit: f64) -> f64 {
        let along = b - a;
        let ray = Ray::new(a, &along);
        let line = self.line(a, &along);
        let mut least2 = limit.max(0.0).powi(2);
        self.tree.descend(least2, &line, Line::squared_distances, |leaf| {
            let least_mm = line.least_distances(&self.packets[leaf.number]);
            for ((_, corners), least_mm) in self.triangles(leaf).zip(least_mm) {
                if f64::from(least_mm) < least2.sqrt() && separation(&corners, a, &along) < least2.sqrt() {
                    least2 = least2.min(segment_distance2(&corners, a, &along, &ray));
                }
            }
            if least2 > 0.0 { least2 } else { f64::NEG_INFINITY }
        });
        least2.sqrt().min(limit)
    }
}

/// The place of a triangle that is closest to `p`: weights, position, squared distance.
fn closest_in(corners: &[Point; 3], p: &Point) -> ([f64; 3], Point, f64) {
    let weights = closest_weights(corners, p);
    let position = at_weights(corners, weights);
    (weights, position, (position - p).norm_squared())
}
