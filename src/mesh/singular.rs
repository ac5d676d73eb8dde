//! Makes a mesh a manifold by cutting it apart where more than two triangles share an edge, or more than one fan of
//! triangles shares a vertex: vertices are copied, nothing is moved (A. Guéziec, G. Taubin, F. Lazarus, B. Horn,
//! Cutting and Stitching: Converting Sets of Polygons to Manifold Surfaces, IEEE TVCG 7(2), 2001).

use rayon::prelude::*;

use super::check::Defects;
use super::edge_table::{EdgeTable, ends};
use super::topology::NONE;
use super::{Topology, TriMesh};
use crate::error::Result;
use crate::geometry::{Point, Vector};

/// What was cut apart.
#[derive(Debug, Default)]
pub(crate) struct Singularities {
    /// Edges that had more than two triangles.
    pub(crate) edges: Defects,
    /// Vertices away from such edges that had more than one fan of triangles.
    pub(crate) vertices: Defects,
}

/// Cuts the mesh apart until each edge has at most two triangles and each vertex one fan of them.
///
/// At an edge with more triangles the two that continue each other best stay together, then the next two; the rest
/// comes off. So a fin becomes a component of its own and the skin beneath it stays whole. Of the fans at a vertex, that
/// of the first triangle keeps it, the others get copies, which stand behind all vertices of the input.
pub(crate) fn split(mesh: TriMesh) -> Result<(TriMesh, Topology, Singularities)> {
    let table = EdgeTable::build(mesh.vertices().len(), mesh.triangles());
    let topology = Topology::of_edges(&table, mesh.triangles());
    let crowded: Vec<Vec<u32>> =
        table.edges().filter(|sides| sides.len() > 2).map(|sides| sides.iter().map(|&(_, side)| side).collect()).collect();
    drop(table);
    let is_singular = singular_vertices(&mesh, &topology);
    if !is_singular.contains(&true) {
        return Ok((mesh, topology, Singularities::default()));
    }
    let found = Singularities::of(&mesh, &crowded, &is_singular);
    let fans = Fans::at_vertices(&mesh, &topology, &is_singular);
    drop((is_singular, topology));
    let copies = fans.cut(&mesh, &crowded);
    let (mut vertices, mut triangles) = mesh.into_parts();
    for (corner, copy) in copies {
        let vertex = &mut triangles.as_flattened_mut()[corner as usize];
        if copy as usize == vertices.len() {
            vertices.push(vertices[*vertex as usize]);
        }
        *vertex = copy;
    }
    let mesh = TriMesh::new(vertices, triangles)?;
    let topology = Topology::build(&mesh);
    Ok((mesh, topology, found))
}

impl Singularities {
    fn of(mesh: &TriMesh, crowded: &[Vec<u32>], is_singular: &[bool]) -> Self {
        let mut found = Self::default();
        let mut alone = is_singular.to_vec();
        for sides in crowded {
            let [a, b] = ends(mesh.triangles(), sides[0]).map(|v| v as usize);
            found.edges.add([&mesh.vertices()[a], &mesh.vertices()[b]]);
            (alone[a], alone[b]) = (false, false);
        }
        mesh.vertices().iter().zip(alone).filter(|&(_, alone)| alone).for_each(|(place, _)| found.vertices.add([place]));
        found
    }
}

/// True for vertices around which a walk over edges with two triangles does not meet all triangles: those with more than
/// one fan, and so all ends of edges with more than two triangles.
fn singular_vertices(mesh: &TriMesh, topology: &Topology) -> Vec<bool> {
    let triangles = mesh.triangles();
    let mut first = vec![NONE; mesh.vertices().len()];
    let mut count = vec![0_u32; mesh.vertices().len()];
    for (&vertex, corner) in triangles.as_flattened().iter().zip(0..) {
        let vertex = vertex as usize;
        count[vertex] += 1;
        first[vertex] = first[vertex].min(corner);
    }
    let is_singular = |(&first, &count): (&u32, &u32)| count > 0 && fan_size(triangles, topology, first, count) < count;
    first.par_iter().zip(&count).map(is_singular).collect()
}

/// Number of triangles that hang together with one around its corner, counted up to `most`.
fn fan_size(triangles: &[[u32; 3]], topology: &Topology, corner: u32, most: u32) -> u32 {
    let vertex = triangles.as_flattened()[corner as usize];
    let first = corner / 3;
    let mut size = 1;
    // Out of the first triangle over either of its edges at the vertex.
    for out in [corner % 3, (corner + 2) % 3] {
        let (mut at, mut edge) = (first, out as usize);
        while let Some(next) = topology.neighbour(at, edge) {
            if next == first || size == most {
                return size;
            }
            size += 1;
            edge = onward(triangles, next, vertex, ends(triangles, 3 * at + edge as u32));
            at = next;
        }
    }
    size
}

/// The other edge of a triangle at the vertex than the one with these ends.
fn onward(triangles: &[[u32; 3]], triangle: u32, vertex: u32, common: [u32; 2]) -> usize {
    let is_onward = |&edge: &usize| {
        let ends = ends(triangles, 3 * triangle + edge as u32);
        ends.contains(&vertex) && ends != common
    };
    (0..3).find(is_onward).unwrap_or_default()
}

/// The corners of triangles at singular vertices, and which of them hang together.
struct Fans {
    /// Vertex and corner (three times the triangle, plus its position in it), sorted.
    corners: Vec<(u32, u32)>,
    /// For each corner one before it in the same fan, or itself: a forest of disjoint sets.
    before: Vec<u32>,
}

impl Fans {
    /// Joins what hangs together over edges with two triangles.
    fn at_vertices(mesh: &TriMesh, topology: &Topology, is_singular: &[bool]) -> Self {
        let all = mesh.triangles().as_flattened().iter().zip(0..);
        let mut corners: Vec<(u32, u32)> =
            all.filter(|&(&v, _)| is_singular[v as usize]).map(|(&v, corner)| (v, corner)).collect();
        corners.sort_unstable();
        let mut fans = Self { before: (0..corners.len() as u32).collect(), corners };
        for index in 0..fans.corners.len() {
            let (vertex, corner) = fans.corners[index];
            for edge in [corner % 3, (corner + 2) % 3] {
                if let Some(neighbour) = topology.neighbour(corner / 3, edge as usize) {
                    fans.join(mesh, vertex, [corner / 3, neighbour]);
                }
            }
        }
        fans
    }

    /// Place in `corners` of a triangle's corner at the vertex.
    fn index(&self, mesh: &TriMesh, vertex: u32, triangle: u32) -> u32 {
        let corners = mesh.triangles()[triangle as usize];
        let position = corners.iter().position(|&v| v == vertex).unwrap_or_default() as u32;
        self.corners.partition_point(|&corner| corner < (vertex, 3 * triangle + position)) as u32
    }

    fn join(&mut self, mesh: &TriMesh, vertex: u32, triangles: [u32; 2]) {
        let [p, q] = triangles.map(|t| self.index(mesh, vertex, t)).map(|index| self.first(index));
        self.before[p.max(q) as usize] = p.min(q);
    }

    /// The first corner of the fan.
    fn first(&mut self, mut index: u32) -> u32 {
        while self.before[index as usize] != index {
            let before = self.before[index as usize];
            self.before[index as usize] = self.before[before as usize];
            index = before;
        }
        index
    }

    /// The corners that get a copy of their vertex and its index, copies in increasing order from the number of
    /// vertices on.
    ///
    /// A pair at an edge may close a fan upon itself such that the edge still has more than two triangles; then its
    /// pairs are given up. Without any pairs no edge can be left with more than two triangles.
    fn cut(self, mesh: &TriMesh, crowded: &[Vec<u32>]) -> Vec<(u32, u32)> {
        /// After so many rounds all pairs are given up.
        const ROUNDS: usize = 8;
        let mut pairs: Vec<Vec<[u32; 2]>> = crowded.iter().map(|sides| smooth_pairs(mesh, sides)).collect();
        for round in 1.. {
            let mut fans = Self { corners: self.corners.clone(), before: self.before.clone() };
            for [p, q] in pairs.iter().flatten() {
                for vertex in ends(mesh.triangles(), *p) {
                    fans.join(mesh, vertex, [p / 3, q / 3]);
                }
            }
            let mut is_manifold = true;
            for (sides, pairs) in crowded.iter().zip(&mut pairs) {
                if fans.leave_crowded(mesh, sides) {
                    is_manifold = false;
                    pairs.clear();
                }
            }
            if is_manifold {
                return fans.copies(mesh.vertices().len() as u32);
            }
            if round == ROUNDS {
                pairs.iter_mut().for_each(Vec::clear);
            }
        }
        Vec::new()
    }

    /// Whether more than two of the sides of an edge would have the same two vertices.
    fn leave_crowded(&mut self, mesh: &TriMesh, sides: &[u32]) -> bool {
        let edge = ends(mesh.triangles(), sides[0]);
        let mut fans: Vec<[u32; 2]> = (sides.iter())
            .map(|side| edge.map(|vertex| self.index(mesh, vertex, side / 3)).map(|index| self.first(index)))
            .collect();
        fans.sort_unstable();
        fans.chunk_by(|a, b| a == b).any(|same| same.len() > 2)
    }

    fn copies(mut self, vertices: u32) -> Vec<(u32, u32)> {
        let mut copies = Vec::new();
        let mut next = vertices;
        // New vertex of each first corner of a fan.
        let mut new = vec![NONE; self.corners.len()];
        for index in 0..self.corners.len() {
            let first = self.first(index as u32) as usize;
            // The fan of a vertex's first corner keeps it.
            if first == 0 || self.corners[first - 1].0 != self.corners[first].0 {
                continue;
            }
            if new[first] == NONE {
                new[first] = next;
                next += 1;
            }
            copies.push((self.corners[index].1, new[first]));
        }
        copies
    }
}

/// Sets of two sides of an edge whose triangles continue each other: first the two that make the smallest bend, then the
/// two of the rest that do, and so on.
///
/// Where that joins only triangles that are wound against each other, as where two solids touch along an edge, and all
/// can be joined to one that is wound alike, that is taken instead.
fn smooth_pairs(mesh: &TriMesh, sides: &[u32]) -> Vec<[u32; 2]> {
    /// A crowd of more is no surface, and stays apart.
    const MOST: usize = 16;
    if sides.len() > MOST {
        return Vec::new();
    }
    let flaps: Vec<Flap> = sides.iter().map(|&side| Flap::of(mesh, side)).collect();
    let smooth = greedy_pairs(&flaps, |_, _| true);
    if smooth.iter().all(|&[p, q]| !flaps[p].is_wound_like(&flaps[q])) {
        let alike = greedy_pairs(&flaps, Flap::is_wound_like);
        if 2 * alike.len() == flaps.len() {
            return alike.into_iter().map(|pair| pair.map(|i| sides[i])).collect();
        }
    }
    smooth.into_iter().map(|pair| pair.map(|i| sides[i])).collect()
}

fn greedy_pairs(flaps: &[Flap], may_join: impl Fn(&Flap, &Flap) -> bool) -> Vec<[usize; 2]> {
    /// Cosines closer than this are the same, whatever pose the scan has; then winding decides, then the order.
    const SAME_COSINE: f64 = 1e-9;
    let mut left: Vec<usize> = (0..flaps.len()).collect();
    let mut pairs = Vec::new();
    loop {
        let mut best: Option<([usize; 2], f64, bool)> = None;
        for (i, &p) in left.iter().enumerate() {
            for &q in left[i + 1..].iter().filter(|&&q| may_join(&flaps[p], &flaps[q])) {
                let cosine = flaps[p].direction.dot(&flaps[q].direction);
                let alike = flaps[p].is_wound_like(&flaps[q]);
                let is_better = best.is_none_or(|(_, least, wound_alike)| {
                    cosine < least - SAME_COSINE || (cosine < least + SAME_COSINE && alike && !wound_alike)
                });
                if is_better {
                    best = Some(([p, q], cosine, alike));
                }
            }
        }
        let Some((pair, ..)) = best else { return pairs };
        left.retain(|i| !pair.contains(i));
        pairs.push(pair);
    }
}

/// A triangle at an edge.
struct Flap {
    /// From the edge to the third corner, at right angles to the edge, of length 1.
    direction: Vector,
    /// Whether the winding runs from the lower vertex of the edge to the higher one.
    is_upward: bool,
}

impl Flap {
    fn of(mesh: &TriMesh, side: u32) -> Self {
        let corners = mesh.triangles()[side as usize / 3];
        let [from, to, tip] = [0, 1, 2].map(|i| corners[(side as usize + i) % 3]);
        let place = |v: u32| -> Point { mesh.vertices()[v as usize] };
        let (low, high) = (from.min(to), from.max(to));
        let along = (place(high) - place(low)).try_normalize(0.0).unwrap_or_else(Vector::zeros);
        let across = place(tip) - place(low);
        let direction = (across - along * along.dot(&across)).try_normalize(0.0).unwrap_or_else(Vector::zeros);
        Self { direction, is_upward: from < to }
    }

    /// Two triangles wound alike run through their common edge in opposite directions.
    fn is_wound_like(&self, other: &Self) -> bool {
        self.is_upward != other.is_upward
    }
}
