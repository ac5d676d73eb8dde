//! Fewer triangles: edges are collapsed where that moves the surface least.
//!
//! M. Garland, P. S. Heckbert, "Surface simplification using quadric error metrics", SIGGRAPH 1997.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use nalgebra::{Matrix3, Matrix4, Vector4};
use tonsure::geometry::Point;
use tonsure::mesh::TriMesh;

use super::Soup;

/// Weight of the planes that hold open edges in place.
const RIM_WEIGHT: f64 = 10.0;

/// A candidate: cost in bits (costs are not negative, so that the bits are in order), edge, and the ages of its ends.
type Candidate = Reverse<(u64, [u32; 2], [u32; 2])>;

struct Collapser {
    vertices: Vec<Point>,
    quadrics: Vec<Matrix4<f64>>,
    /// Triangles around each vertex, and how often it was moved.
    around: Vec<BTreeSet<u32>>,
    ages: Vec<u32>,
    triangles: Vec<Option<[u32; 3]>>,
    queue: BinaryHeap<Candidate>,
}

/// Collapses edges until `target` triangles are left, or nothing more can be collapsed without a fold.
pub(super) fn decimate(mesh: &TriMesh, target: usize) -> Soup {
    let mut collapser = Collapser::new(mesh);
    let mut left = mesh.triangles().len();
    while left > target {
        let Some(Reverse((_, [a, b], ages))) = collapser.queue.pop() else { break };
        if ages == [a, b].map(|v| collapser.ages[v as usize]) {
            left -= collapser.collapse(a, b);
        }
    }
    Soup { vertices: collapser.vertices, triangles: collapser.triangles.into_iter().flatten().collect() }
}

impl Collapser {
    fn new(mesh: &TriMesh) -> Self {
        let count = mesh.vertices().len();
        let mut new = Self {
            vertices: mesh.vertices().to_vec(),
            quadrics: vec![Matrix4::zeros(); count],
            around: vec![BTreeSet::new(); count],
            ages: vec![0; count],
            triangles: mesh.triangles().iter().copied().map(Some).collect(),
            queue: BinaryHeap::new(),
        };
        let mut edges = Vec::new();
        for (t, &corners) in (0..).zip(mesh.triangles()) {
            let (normal, area) = (mesh.normal(t), mesh.triangle_area_mm2(t));
            let at = mesh.corners(t);
            for i in 0..3 {
                let (from, to) = (corners[i], corners[(i + 1) % 3]);
                new.around[from as usize].insert(t);
                new.quadrics[from as usize] += plane(&normal, &at[i], area / 3.0);
                edges.push(([from.min(to), from.max(to)], t, i));
            }
        }
        edges.sort_unstable();
        for same in edges.chunk_by(|a, b| a.0 == b.0) {
            if let &[([a, b], t, i)] = same {
                let (start, along) = (mesh.corners(t)[i], mesh.corners(t)[(i + 1) % 3] - mesh.corners(t)[i]);
                let upright = mesh.normal(t).cross(&along).try_normalize(0.0).unwrap_or_default();
                for v in [a, b] {
                    new.quadrics[v as usize] += plane(&upright, &start, RIM_WEIGHT * along.norm_squared());
                }
            }
        }
        edges.dedup_by_key(|edge| edge.0);
        for (edge, ..) in edges {
            new.offer(edge);
        }
        new
    }

    fn offer(&mut self, [a, b]: [u32; 2]) {
        let cost = self.best([a, b]).1.max(0.0);
        self.queue.push(Reverse((cost.to_bits(), [a, b], [a, b].map(|v| self.ages[v as usize]))));
    }

    /// Where both ends best go, and the error there.
    fn best(&self, ends: [u32; 2]) -> (Point, f64) {
        let quadric = self.quadrics[ends[0] as usize] + self.quadrics[ends[1] as usize];
        let [p, q] = ends.map(|v| self.vertices[v as usize]);
        let error = |at: &Point| {
            let at = Vector4::new(at.x, at.y, at.z, 1.0);
            at.dot(&(quadric * at))
        };
        let middle = nalgebra::center(&p, &q);
        let matrix: Matrix3<f64> = quadric.fixed_view::<3, 3>(0, 0).into();
        let solved = matrix.try_inverse().map(|inverse| Point::from(-(inverse * quadric.fixed_view::<3, 1>(0, 3))));
        let near = solved.filter(|at| (at - middle).norm() <= (p - q).norm());
        near.into_iter().chain([middle, p, q]).map(|at| (at, error(&at))).min_by(|a, b| a.1.total_cmp(&b.1)).unwrap()
    }

    fn neighbours(&self, v: u32) -> BTreeSet<u32> {
        let corners = self.around[v as usize].iter().filter_map(|&t| self.triangles[t as usize]).flatten();
        corners.filter(|&other| other != v).collect()
    }

    /// Moves `b` into `a`; returns how many triangles went, none where the surface would fold or pinch.
    fn collapse(&mut self, a: u32, b: u32) -> usize {
        let shared: Vec<u32> = self.around[a as usize].intersection(&self.around[b as usize]).copied().collect();
        let common = self.neighbours(a).intersection(&self.neighbours(b)).count();
        if shared.is_empty() || common != shared.len() {
            return 0;
        }
        let (place, _) = self.best([a, b]);
        let moved: BTreeSet<u32> =
            self.around[a as usize].symmetric_difference(&self.around[b as usize]).copied().collect();
        let folds = moved.iter().filter_map(|&t| self.triangles[t as usize]).any(|corners| {
            let normal = |at: [Point; 3]| (at[1] - at[0]).cross(&(at[2] - at[0]));
            let before = normal(corners.map(|v| self.vertices[v as usize]));
            let after = normal(corners.map(|v| if v == a || v == b { place } else { self.vertices[v as usize] }));
            before.dot(&after) < 0.2 * before.norm() * after.norm()
        });
        if folds {
            return 0;
        }
        for &t in &shared {
            for v in self.triangles[t as usize].take().into_iter().flatten() {
                self.around[v as usize].remove(&t);
            }
        }
        for t in std::mem::take(&mut self.around[b as usize]) {
            if let Some(corners) = &mut self.triangles[t as usize] {
                *corners = corners.map(|v| if v == b { a } else { v });
                self.around[a as usize].insert(t);
            }
        }
        self.vertices[a as usize] = place;
        self.quadrics[a as usize] = self.quadrics[a as usize] + self.quadrics[b as usize];
        self.ages[a as usize] += 1;
        self.ages[b as usize] += 1;
        for other in self.neighbours(a) {
            self.offer([a.min(other), a.max(other)]);
        }
        shared.len()
    }
}

/// Squared distance from a plane, as a matrix over homogeneous coordinates.
fn plane(normal: &tonsure::geometry::Vector, at: &Point, weight: f64) -> Matrix4<f64> {
    let plane = Vector4::new(normal.x, normal.y, normal.z, -normal.dot(&at.coords));
    plane * plane.transpose() * weight
}
