//! Distance along the surface, by marching values and directions of arrival outwards from a line.

mod profile;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use self::profile::Profile;
use super::smooth_normal::vertex_normals;
use super::{SurfaceIndex, TriMesh};
use crate::geometry::{Point, Vector};

/// Height over an edge, in parts of its length, that a flatter triangle is taken to have: keeps directions defined.
const LEAST_HEIGHT: f64 = 1e-9;
/// Sweeps after the march. Four bring meshes with moved vertices (see the tests) within a thousandth; on noisy scans a
/// few places would go on changing by some 0.1 mm for ever.
const SWEEPS: usize = 4;
/// A value that changes by less than this, mm, leaves its neighbours alone: a hundredth of what is asked of distances.
const SETTLED_MM: f64 = 1e-3;

/// Distance along the surface from every vertex to the nearest of the given mesh edges, mm; infinite where no path
/// over triangles leads.
///
/// A vertex pair in `edges` that is no side of a triangle acts as its two vertices; an index beyond the vertices panics.
/// Whatever the mesh, no value is below the straight-line distance, and none differs from a neighbour's by more than
/// the edge between them.
///
/// # Algorithm
///
/// Every vertex holds its distance and the unit direction in which the shortest path arrives. Over an edge whose ends
/// are both known, the front is the circle that has their values and slopes; a vertex across a triangle takes the
/// straight way from the circle's centre, which is exact in the plane. A first pass settles the vertices in the order
/// of distance. Triangles with an obtuse corner reach that corner too early; instead of unfolding them, all vertices
/// are computed anew from all neighbours in a few sweeps in the same order. O(n log n).
///
/// Reference: S. F. Potter, M. K. Cameron, "Jet marching methods for solving the eikonal equation", SIAM Journal on
/// Scientific Computing 43(6), 2021, A4121-A4146. Differs from it in circles instead of cubics, in slopes taken in the
/// tangent planes of a surface, in the repeated passes, and in keeping apart two fronts that meet on an edge.
pub fn distance_to_edges(mesh: &TriMesh, edges: &[[u32; 2]]) -> Vec<f64> {
    let mut front = Front::new(mesh, edges);
    front.march();
    for _ in 0..SWEEPS {
        front.sweep();
    }
    front.relax();
    // No path is shorter than the straight line, or than nothing, which fronts of soups of triangles can suggest. The
    // greatest of fields that obey the edge lengths obeys them too.
    let ends = edges.iter().map(|edge| edge.map(|v| mesh.vertices()[v as usize]));
    let index = SurfaceIndex::from_corners(&ends.map(|[a, b]| [a, b, b]).collect::<Vec<_>>());
    let at_least_straight = |along: f64, v: &Point| {
        if index.is_within(v, along) { along } else { index.closest(v).map_or(along, |hit| along.max(hit.distance_mm)) }
    };
    let arrivals = front.arrivals.par_iter().zip(mesh.vertices());
    arrivals.map(|(arrival, v)| at_least_straight(arrival.distance.max(0.0), v)).collect()
}

struct Front<'a> {
    mesh: &'a TriMesh,
    around: Around,
    normals: Vec<Vector>,
    source: Source,
    arrivals: Vec<Arrival>,
    settled: Vec<bool>,
    /// Whether a neighbour has changed since the vertex was last computed.
    stale: Vec<bool>,
    is_source: Vec<bool>,
    /// Vertices that were reached, in the order of distance.
    order: Vec<u32>,
    /// Bits of the distance, which order as the distances do, and the vertex.
    queue: BinaryHeap<Reverse<(u64, u32)>>,
}

/// How the shortest known path arrives at a vertex.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    distance: f64,
    /// Direction; unit length and in the tangent plane once it is the vertex's.
    direction: Vector,
}

/// Triangles around each vertex.
struct Around {
    starts: Vec<u32>,
    triangles: Vec<u32>,
}

/// The source edges, sorted, and those at each source vertex.
struct Source {
    edges: Vec<[u32; 2]>,
    /// Vertex and edge, sorted.
    ends: Vec<(u32, u32)>,
}

impl<'a> Front<'a> {
    fn new(mesh: &'a TriMesh, edges: &[[u32; 2]]) -> Self {
        let count = mesh.vertices().len();
        let mut front = Self {
            mesh,
            around: Around::new(mesh),
            normals: vertex_normals(mesh),
            source: Source::new(edges),
            arrivals: vec![Arrival::NEVER; count],
            settled: vec![false; count],
            stale: vec![true; count],
            is_source: vec![false; count],
            order: Vec::with_capacity(count),
            queue: BinaryHeap::new(),
        };
        for &(vertex, _) in &front.source.ends {
            front.arrivals[vertex as usize].distance = 0.0;
            front.is_source[vertex as usize] = true;
            front.queue.push(Reverse((0, vertex)));
        }
        front
    }

    /// Settles the vertices in the order of distance.
    fn march(&mut self) {
        while let Some(Reverse((_, vertex))) = self.queue.pop() {
            let v = vertex as usize;
            if std::mem::replace(&mut self.settled[v], true) {
                continue;
            }
            self.order.push(vertex);
            for i in self.around.of(v) {
                let [_, a, b] = self.around.seen_from(self.mesh, i, vertex);
                for (to, other) in [(a, b), (b, a)] {
                    if !self.settled[to as usize] {
                        let mut best = self.along_edge(vertex, to);
                        if self.settled[other as usize] {
                            best = best.nearer(self.across(vertex, other, to, best.distance));
                        }
                        if best.distance < self.arrivals[to as usize].distance {
                            self.arrive(to, best);
                            self.queue.push(Reverse((best.distance.to_bits(), to)));
                        }
                    }
                }
            }
        }
    }

    /// Computes vertices anew from all their neighbours, in the order of distance, where one of these has changed.
    fn sweep(&mut self) {
        for i in 0..self.order.len() {
            let vertex = self.order[i];
            let v = vertex as usize;
            if !std::mem::replace(&mut self.stale[v], false) || self.is_source[v] {
                continue;
            }
            let mut best = Arrival::NEVER;
            for i in self.around.of(v) {
                let [_, a, b] = self.around.seen_from(self.mesh, i, vertex);
                for neighbour in [a, b] {
                    if self.arrivals[neighbour as usize].distance < best.distance {
                        best = best.nearer(self.along_edge(neighbour, vertex));
                    }
                }
                best = best.nearer(self.across(a, b, vertex, best.distance));
            }
            let change = (best.distance - self.arrivals[v].distance).abs();
            self.arrive(vertex, best);
            if change > SETTLED_MM {
                for i in self.around.of(v) {
                    for corner in self.mesh.triangles()[self.around.triangles[i] as usize] {
                        self.stale[corner as usize] |= corner != vertex;
                    }
                }
            }
        }
    }

    /// Lowers vertices to paths along edges until no two ends of an edge differ by more than its length.
    fn relax(&mut self) {
        let mut open: Vec<u32> = self.order.clone();
        while !open.is_empty() {
            let mut lowered = Vec::new();
            for &vertex in &open {
                for i in self.around.of(vertex as usize) {
                    let [_, a, b] = self.around.seen_from(self.mesh, i, vertex);
                    for to in [a, b] {
                        let arrival = self.along_edge(vertex, to);
                        if arrival.distance < self.arrivals[to as usize].distance {
                            self.arrive(to, arrival);
                            lowered.push(to);
                        }
                    }
                }
            }
            open = lowered;
        }
    }

    /// The path to `to` that goes through `from` and follows the edge.
    fn along_edge(&self, from: u32, to: u32) -> Arrival {
        let step = self.mesh.vertices()[to as usize] - self.mesh.vertices()[from as usize];
        let length = step.norm();
        let before = self.arrivals[from as usize];
        let direction = if length > 0.0 { step } else { before.direction };
        Arrival { distance: before.distance + length, direction }
    }

    /// The shortest path to `to` that crosses the edge from `a` to `b` and then the triangle, if it can be below `limit`.
    fn across(&self, a: u32, b: u32, to: u32, limit: f64) -> Arrival {
        let [xa, xb, x] = [a, b, to].map(|v| self.mesh.vertices()[v as usize]);
        let (edge, offset) = (xb - xa, x - xa);
        let length = edge.norm();
        let values = [a, b].map(|v| self.arrivals[v as usize].distance);
        if length <= 0.0 || values.contains(&f64::INFINITY) {
            return Arrival::NEVER;
        }
        let along = offset.dot(&edge) / length;
        let height = (offset.cross(&edge).norm() / length).max(LEAST_HEIGHT * length);
        // Along the edge distance falls from neither end faster than one goes.
        if 0.5 * (values[0] + values[1] - length) + height >= limit {
            return Arrival::NEVER;
        }
        let both = self.is_source[a as usize] && self.is_source[b as usize];
        let slopes =
            if both && self.source.has(a, b) { [0.0; 2] } else { [self.slope(a, &edge), -self.slope(b, &-edge)] };
        let Some((s, distance)) = (Profile { length, values, slopes }).best_crossing(along, height) else {
            return Arrival::NEVER;
        };
        Arrival { distance, direction: x - (xa + edge * (s / length)) }
    }

    fn arrive(&mut self, vertex: u32, Arrival { distance, direction }: Arrival) {
        let direction = tangent(&direction, &self.normals[vertex as usize]);
        self.arrivals[vertex as usize] = Arrival { distance, direction };
    }

    /// Slope of the distance at the vertex in the direction of an edge from it, -1 to 1.
    fn slope(&self, vertex: u32, edge: &Vector) -> f64 {
        let v = vertex as usize;
        let direction = tangent(edge, &self.normals[v]);
        if !self.is_source[v] {
            return self.arrivals[v].direction.dot(&direction).clamp(-Profile::STEEPEST, Profile::STEEPEST);
        }
        // On the source, distance grows with the sine of the angle to the nearest source edge, or as from a point.
        let cosine = self.source.at(vertex).map(|other| {
            let along = self.mesh.vertices()[other as usize] - self.mesh.vertices()[v];
            tangent(&along, &self.normals[v]).dot(&direction)
        });
        let cosine = cosine.fold(0.0, f64::max).min(1.0);
        (1.0 - cosine * cosine).sqrt().min(Profile::STEEPEST)
    }
}

impl Arrival {
    const NEVER: Self = Self { distance: f64::INFINITY, direction: Vector::new(0.0, 0.0, 0.0) };

    fn nearer(self, other: Self) -> Self {
        if other.distance < self.distance { other } else { self }
    }
}

impl Around {
    fn new(mesh: &TriMesh) -> Self {
        let mut starts = vec![0_u32; mesh.vertices().len() + 1];
        for &v in mesh.triangles().as_flattened() {
            starts[v as usize + 1] += 1;
        }
        for v in 1..starts.len() {
            starts[v] += starts[v - 1];
        }
        let mut next = starts.clone();
        let mut triangles = vec![0; mesh.triangles().len() * 3];
        for (corners, t) in mesh.triangles().iter().zip(0..) {
            for &v in corners {
                triangles[next[v as usize] as usize] = t;
                next[v as usize] += 1;
            }
        }
        Self { starts, triangles }
    }

    /// Corners of the triangle at place `i`, turned so that the vertex comes first.
    fn seen_from(&self, mesh: &TriMesh, i: usize, vertex: u32) -> [u32; 3] {
        let [a, b, c] = mesh.triangles()[self.triangles[i] as usize];
        if a == vertex {
            [a, b, c]
        } else if b == vertex {
            [b, c, a]
        } else {
            [c, a, b]
        }
    }

    fn of(&self, vertex: usize) -> std::ops::Range<usize> {
        self.starts[vertex] as usize..self.starts[vertex + 1] as usize
    }
}

impl Source {
    fn new(edges: &[[u32; 2]]) -> Self {
        let mut edges: Vec<[u32; 2]> = edges.iter().map(|&[a, b]| [a.min(b), a.max(b)]).collect();
        edges.sort_unstable();
        edges.dedup();
        let mut ends: Vec<(u32, u32)> = edges.iter().zip(0..).flat_map(|(&[a, b], e)| [(a, e), (b, e)]).collect();
        ends.sort_unstable();
        Self { edges, ends }
    }

    fn has(&self, a: u32, b: u32) -> bool {
        self.edges.binary_search(&[a.min(b), a.max(b)]).is_ok()
    }

    /// The other ends of the source edges at a vertex.
    fn at(&self, vertex: u32) -> impl Iterator<Item = u32> {
        let first = self.ends.partition_point(|&(v, _)| v < vertex);
        let here = self.ends[first..].iter().take_while(move |&&(v, _)| v == vertex);
        here.map(move |&(_, edge)| self.edges[edge as usize].iter().fold(0, |sum, v| sum ^ v) ^ vertex)
    }
}

/// Unit vector along the part of `vector` that is perpendicular to the normal; `vector` itself where there is none.
fn tangent(vector: &Vector, normal: &Vector) -> Vector {
    let flat = vector - normal * vector.dot(normal);
    flat.try_normalize(1e-6 * vector.norm()).unwrap_or_else(|| vector.try_normalize(0.0).unwrap_or_else(Vector::zeros))
}
