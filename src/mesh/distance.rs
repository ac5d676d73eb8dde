//! Distance along the surface, by marching values and directions of arrival outwards from a line.

mod layers;
mod profile;
mod source;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use self::layers::Layers;
use self::profile::Profile;
use self::source::Source;
use super::smooth_normal::vertex_normals;
use super::{SurfaceIndex, TriMesh};
use crate::geometry::{Point, Vector};

/// Height over an edge, in parts of its length, that a flatter triangle is taken to have: keeps directions defined.
const LEAST_HEIGHT: f64 = 1e-9;
/// Share of its squared length that a vector must have in a tangent plane to have a direction there.
const LEAST_FLAT2: f64 = 1e-12;
/// Sweeps after the march. Four bring meshes with moved vertices (see the tests) within a thousandth; on noisy scans a
/// few places would go on changing by some 0.1 mm for ever.
const SWEEPS: usize = 4;
/// Parts of 1 mm into which the order of the march is cut, no multiple of what symmetric meshes have: distances that
/// differ by rounding alone come in the order of their numbers, whichever way the mesh is turned.
const PARTS_PER_MM: f64 = 70_000.7;
/// Of two ways the later one must be shorter by this share to count as shorter, for the same reason.
const TIE: f64 = 1e-9;
/// A value that changes by less than this, mm, leaves its neighbours alone: a hundredth of what is asked of distances.
const SETTLED_MM: f64 = 1e-3;

/// Distance along the surface from every vertex to the nearest of the given mesh edges, mm; infinite where no path
/// over triangles leads.
///
/// On a rough surface the way along it is longer than over a smooth one: noise of 0.3 mm on edges of 1 mm makes distances
/// several per cent longer, truly so.
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
/// are computed anew from all neighbours in a few sweeps in the same order. O(n log n). Ties are settled by the numbers
/// of vertices, not by rounding.
///
/// Reference: S. F. Potter, M. K. Cameron, "Jet marching methods for solving the eikonal equation", SIAM Journal on
/// Scientific Computing 43(6), 2021, A4121-A4146. Differs from it in circles instead of cubics, in slopes taken in the
/// tangent planes of a surface, in the repeated passes, and in keeping apart two fronts that meet on an edge.
pub fn distance_to_edges(mesh: &TriMesh, edges: &[[u32; 2]]) -> Vec<f64> {
    let source = Source::new(edges);
    let layers = Layers::around(mesh, source.vertices());
    let mut front = Front::new(mesh, &layers, &source);
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
    let distance = |(&number, v): (&u32, &Point)| match front.sites.get(number as usize) {
        Some(site) => at_least_straight(site.arrival.distance.max(0.0), v),
        None => f64::INFINITY,
    };
    layers.numbers.par_iter().zip(mesh.vertices()).map(distance).collect()
}

struct Front<'a> {
    layers: &'a Layers,
    source: &'a Source,
    /// By number, as all that follows.
    sites: Vec<Site>,
    settled: Vec<bool>,
    /// Whether a neighbour has changed since the vertex was last computed.
    stale: Vec<bool>,
    /// Vertices in the order of distance.
    order: Vec<u32>,
    queue: BinaryHeap<Reverse<u64>>,
}

/// A vertex, and what is known of it.
struct Site {
    position: Point,
    normal: Vector,
    arrival: Arrival,
    is_source: bool,
}

/// How the shortest known path arrives at a vertex.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    distance: f64,
    /// Direction; unit length and in the tangent plane once it is the vertex's.
    direction: Vector,
}

impl<'a> Front<'a> {
    fn new(mesh: &'a TriMesh, layers: &'a Layers, source: &'a Source) -> Self {
        let normals = vertex_normals(mesh);
        let site = |&v: &u32| Site {
            position: mesh.vertices()[v as usize],
            normal: normals[v as usize],
            arrival: Arrival::NEVER,
            is_source: false,
        };
        let count = layers.vertices.len();
        let mut front = Self {
            layers,
            source,
            sites: layers.vertices.iter().map(site).collect(),
            settled: vec![false; count],
            stale: vec![true; count],
            order: Vec::with_capacity(count),
            queue: BinaryHeap::new(),
        };
        for v in source.vertices() {
            let number = layers.numbers[v as usize];
            let site = &mut front.sites[number as usize];
            if !std::mem::replace(&mut site.is_source, true) {
                site.arrival.distance = 0.0;
                front.queue.push(Reverse(u64::from(number)));
            }
        }
        front
    }

    /// Settles the vertices in the order of distance.
    fn march(&mut self) {
        let layers = self.layers;
        while let Some(Reverse(key)) = self.queue.pop() {
            let vertex = key as u32;
            if std::mem::replace(&mut self.settled[vertex as usize], true) {
                continue;
            }
            self.order.push(vertex);
            for &[a, b] in layers.ring(vertex) {
                for (to, other) in [(a, b), (b, a)] {
                    if !self.settled[to as usize] {
                        let mut best = self.along_edge(vertex, to);
                        if self.settled[other as usize] {
                            best = best.nearer(self.across(vertex, other, to, best.distance));
                        }
                        if best.is_nearer_than(&self.site(to).arrival) {
                            self.arrive(to, best);
                            // Beyond 60 m, where no head reaches, the order no longer matters: the cast saturates.
                            let place = u64::from((best.distance * PARTS_PER_MM) as u32);
                            self.queue.push(Reverse(place << 32 | u64::from(to)));
                        }
                    }
                }
            }
        }
    }

    /// Computes vertices anew from all their neighbours, in the order of distance, where one of these has changed.
    fn sweep(&mut self) {
        let layers = self.layers;
        for i in 0..self.order.len() {
            let vertex = self.order[i];
            let is_stale = std::mem::replace(&mut self.stale[vertex as usize], false);
            if !is_stale || self.site(vertex).is_source {
                continue;
            }
            let ring = layers.ring(vertex);
            let mut best = Arrival::NEVER;
            for &neighbour in ring.as_flattened() {
                if self.site(neighbour).arrival.distance < best.distance {
                    best = best.nearer(self.along_edge(neighbour, vertex));
                }
            }
            for &[a, b] in ring {
                best = best.nearer(self.across(a, b, vertex, best.distance));
            }
            let change = (best.distance - self.site(vertex).arrival.distance).abs();
            self.arrive(vertex, best);
            if change > SETTLED_MM {
                for &neighbour in ring.as_flattened() {
                    self.stale[neighbour as usize] = true;
                }
            }
        }
    }

    /// Lowers vertices to paths along edges until no two ends of an edge differ by more than its length.
    fn relax(&mut self) {
        let layers = self.layers;
        let mut open: Vec<u32> = self.order.clone();
        while !open.is_empty() {
            let mut lowered = Vec::new();
            for &vertex in &open {
                for &to in layers.ring(vertex).as_flattened() {
                    let distance = self.along_edge(vertex, to).distance;
                    let known = &mut self.sites[to as usize].arrival.distance;
                    if distance < *known {
                        *known = distance;
                        lowered.push(to);
                    }
                }
            }
            open = lowered;
        }
    }

    fn site(&self, number: u32) -> &Site {
        &self.sites[number as usize]
    }

    /// The path to `to` that goes through `from` and follows the edge.
    fn along_edge(&self, from: u32, to: u32) -> Arrival {
        let step = self.site(to).position - self.site(from).position;
        let length = step.norm();
        let before = self.site(from).arrival;
        let direction = if length > 0.0 { step } else { before.direction };
        Arrival { distance: before.distance + length, direction }
    }

    /// The shortest path to `to` that crosses the edge from `a` to `b` and then the triangle, if it can be below `limit`.
    fn across(&self, a: u32, b: u32, to: u32, limit: f64) -> Arrival {
        let (start, end) = (self.site(a), self.site(b));
        let values = [start.arrival.distance, end.arrival.distance];
        let [edge, offset] = [end.position - start.position, self.site(to).position - start.position];
        let length2 = edge.norm_squared();
        let length = length2.sqrt();
        // Along the edge distance falls from neither end faster than one goes.
        let least = 0.5 * (values[0] + values[1] - length);
        if length <= 0.0 || values.contains(&f64::INFINITY) || least >= limit {
            return Arrival::NEVER;
        }
        let along = offset.dot(&edge) / length;
        let height = (offset.cross(&edge).norm_squared() / length2).sqrt().max(LEAST_HEIGHT * length);
        if least + height >= limit {
            return Arrival::NEVER;
        }
        let is_source = start.is_source && end.is_source && self.source.has(self.vertex(a), self.vertex(b));
        let slopes =
            if is_source { [0.0; 2] } else { [self.slope(a, &edge, length2), -self.slope(b, &-edge, length2)] };
        let Some((s, distance)) = (Profile { length, values, slopes }).best_crossing(along, height) else {
            return Arrival::NEVER;
        };
        Arrival { distance, direction: offset - edge * (s / length) }
    }

    fn arrive(&mut self, vertex: u32, Arrival { distance, direction }: Arrival) {
        let site = &mut self.sites[vertex as usize];
        site.arrival = Arrival { distance, direction: tangent(&direction, &site.normal) };
    }

    /// Slope of the distance at the vertex in the direction of an edge from it, -1 to 1.
    fn slope(&self, vertex: u32, edge: &Vector, length2: f64) -> f64 {
        let site = self.site(vertex);
        if !site.is_source {
            // The arrival lies in the tangent plane, where the edge is shorter by its part along the normal.
            let flat2 = length2 - edge.dot(&site.normal).powi(2);
            let flat2 = if flat2 > LEAST_FLAT2 * length2 { flat2 } else { length2 };
            return (site.arrival.direction.dot(edge) / flat2.sqrt()).clamp(-Profile::STEEPEST, Profile::STEEPEST);
        }
        // On the source, distance grows with the sine of the angle to the nearest source edge, or as from a point.
        let direction = tangent(edge, &site.normal);
        let cosine = self.source.at(self.vertex(vertex)).map(|other| {
            let along = self.site(self.layers.numbers[other as usize]).position - site.position;
            tangent(&along, &site.normal).dot(&direction)
        });
        let cosine = cosine.fold(0.0, f64::max).min(1.0);
        (1.0 - cosine * cosine).sqrt().min(Profile::STEEPEST)
    }

    /// The mesh's index of a vertex.
    fn vertex(&self, number: u32) -> u32 {
        self.layers.vertices[number as usize]
    }
}

impl Arrival {
    const NEVER: Self = Self { distance: f64::INFINITY, direction: Vector::new(0.0, 0.0, 0.0) };

    fn is_nearer_than(&self, other: &Self) -> bool {
        self.distance < other.distance * (1.0 - TIE)
    }

    fn nearer(self, other: Self) -> Self {
        if other.is_nearer_than(&self) { other } else { self }
    }
}

/// Unit vector along the part of `vector` that is perpendicular to the normal; `vector` itself where there is none.
fn tangent(vector: &Vector, normal: &Vector) -> Vector {
    let flat = vector - normal * vector.dot(normal);
    let (flat2, length2) = (flat.norm_squared(), vector.norm_squared());
    let (kept, kept2) = if flat2 > LEAST_FLAT2 * length2 { (flat, flat2) } else { (*vector, length2) };
    if kept2 > 0.0 { kept / kept2.sqrt() } else { Vector::zeros() }
}
