//! Makes a mesh a manifold by cutting it apart where more than two triangles share an edge, or more than one fan of
//! triangles shares a vertex: vertices are copied, nothing is moved (A. Guéziec, G. Taubin, F. Lazarus, B. Horn,
//! Cutting and Stitching: Converting Sets of Polygons to Manifold Surfaces, IEEE TVCG 7(2), 2001).

mod flap;
mod pairs;
mod rim;
mod winding;

use rayon::prelude::*;

use self::pairs::Pairing;
use self::winding::Winding;

use super::check::Defects;
use super::edge_table::{EdgeTable, ends};
use super::topology::NONE;
use super::{Topology, TriMesh};
use crate::error::{Error, Result};

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
/// At an edge with more triangles the two that continue each other best stay together, then the next two, pieces judged
/// by all edges that they share; the rest comes off, and so does a pair that would leave a component without two sides. So a fin becomes a component of its own
/// and the skin beneath it stays whole. Of the fans at a vertex, that of the first triangle keeps it, the others get
/// copies, which stand behind all vertices of the input.
pub(crate) fn split(mesh: TriMesh) -> Result<(TriMesh, Topology, Singularities)> {
    let table = EdgeTable::build(mesh.vertices().len(), mesh.triangles());
    let topology = Topology::of_edges(&table, mesh.triangles());
    let crowds = Crowds::of(&table);
    drop(table);
    let is_singular = singular_vertices(&mesh, &topology);
    if !is_singular.contains(&true) {
        return Ok((mesh, topology, Singularities::default()));
    }
    crowds.refuse_a_volume(mesh.triangles().len())?;
    let found = Singularities::of(&mesh, &crowds, &is_singular);
    let fans = Fans::cut(&mesh, &topology, &crowds, &is_singular);
    drop((topology, crowds));
    let mesh = fans.with_copies(mesh, &is_singular)?;
    let topology = Topology::build(&mesh);
    Ok((mesh, topology, found))
}

/// The edges with more than two triangles.
struct Crowds {
    sides: Vec<u32>,
    /// End of each edge in `sides`.
    ends: Vec<u32>,
}

impl Crowds {
    fn of(table: &EdgeTable) -> Self {
        let mut crowds = Self { sides: Vec::new(), ends: Vec::new() };
        for edge in table.edges().filter(|sides| sides.len() > 2) {
            crowds.sides.extend(edge.iter().map(|&(_, side)| side));
            crowds.ends.push(crowds.sides.len() as u32);
        }
        crowds
    }

    /// The sides of each edge.
    fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.sides[start as usize..end as usize])
    }

    /// Refuses a large mesh most of whose edges have more than two triangles.
    fn refuse_a_volume(&self, triangles: usize) -> Result<()> {
        /// Fewer triangles are cut apart whatever they are.
        const FEW: usize = 10_000;
        if triangles <= FEW || 2 * self.sides.len() <= 3 * triangles {
            return Ok(());
        }
        Err(Error::input(format!("{} edges with more than two of the {triangles} triangles", self.ends.len()))
            .expected("a surface, in which such edges are rare")
            .remedy("export the outer surface of the scan, no volume mesh"))
    }
}

impl Singularities {
    fn of(mesh: &TriMesh, crowds: &Crowds, is_singular: &[bool]) -> Self {
        let mut found = Self::default();
        let mut alone = is_singular.to_vec();
        for sides in crowds.iter() {
            let [a, b] = ends(mesh.triangles(), sides[0]).map(|v| v as usize);
            found.edges.add([&mesh.vertices()[a], &mesh.vertices()[b]]);
            (alone[a], alone[b]) = (false, false);
        }
        mesh.vertices()
            .iter()
            .zip(alone)
            .filter(|&(_, alone)| alone)
            .for_each(|(place, _)| found.vertices.add([place]));
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

/// Which corners of triangles hang together around their vertex: a forest of disjoint sets over the corners (three times
/// the triangle, plus the position in it). Only corners at singular vertices are joined.
struct Fans {
    /// For each corner one before it in the same fan, or itself.
    before: Vec<u32>,
}

impl Fans {
    /// The fans such that each edge and each vertex gets no more than one sheet.
    ///
    /// A pair at an edge may close a fan upon itself such that the edge still has more than two triangles; then its
    /// pairs are given up. Without any pairs no edge can be left with more than two triangles.
    fn cut(mesh: &TriMesh, topology: &Topology, crowds: &Crowds, is_singular: &[bool]) -> Self {
        /// After so many rounds all pairs are given up.
        const ROUNDS: usize = 8;
        let plain = Winding::over_plain_edges(mesh, topology);
        let pairing = Pairing::of(mesh, topology, crowds.iter());
        let mut may_pair = vec![true; crowds.ends.len()];
        let mut round = 0;
        loop {
            let mut fans = Self::over_plain_edges(mesh, topology, is_singular);
            for [p, q] in pairing.pairs(&may_pair, plain.clone()) {
                for vertex in ends(mesh.triangles(), p) {
                    fans.join(mesh, vertex, [p / 3, q / 3]);
                }
            }
            let mut is_manifold = true;
            for (sides, may_pair) in crowds.iter().zip(&mut may_pair) {
                if fans.leave_crowded(mesh, sides) {
                    (is_manifold, *may_pair) = (false, false);
                }
            }
            if is_manifold {
                return fans;
            }
            round += 1;
            if round == ROUNDS {
                may_pair.fill(false);
            }
        }
    }

    /// Joins what hangs together over edges with two triangles.
    fn over_plain_edges(mesh: &TriMesh, topology: &Topology, is_singular: &[bool]) -> Self {
        let corners = mesh.triangles().as_flattened();
        let mut fans = Self { before: (0..corners.len() as u32).collect() };
        for (corner, &vertex) in (0..).zip(corners).filter(|&(_, &vertex)| is_singular[vertex as usize]) {
            for edge in [corner % 3, (corner + 2) % 3] {
                if let Some(neighbour) = topology.neighbour(corner / 3, edge as usize) {
                    fans.join(mesh, vertex, [corner / 3, neighbour]);
                }
            }
        }
        fans
    }

    fn join(&mut self, mesh: &TriMesh, vertex: u32, triangles: [u32; 2]) {
        let [p, q] = triangles.map(|t| self.first(corner_at(mesh, vertex, t)));
        self.before[p.max(q) as usize] = p.min(q);
    }

    /// The first corner of the fan.
    fn first(&mut self, mut corner: u32) -> u32 {
        while self.before[corner as usize] != corner {
            let before = self.before[corner as usize];
            self.before[corner as usize] = self.before[before as usize];
            corner = before;
        }
        corner
    }

    /// Whether more than two of the sides of an edge would have the same two vertices.
    fn leave_crowded(&mut self, mesh: &TriMesh, sides: &[u32]) -> bool {
        let edge = ends(mesh.triangles(), sides[0]);
        let fan = |side: &u32| edge.map(|vertex| self.first(corner_at(mesh, vertex, side / 3)));
        let mut fans: Vec<[u32; 2]> = sides.iter().map(fan).collect();
        fans.sort_unstable();
        fans.chunk_by(|a, b| a == b).any(|same| same.len() > 2)
    }

    /// Gives each fan but the first one of each singular vertex a copy of the vertex.
    fn with_copies(mut self, mesh: TriMesh, is_singular: &[bool]) -> Result<TriMesh> {
        let (mut vertices, mut triangles) = mesh.into_parts();
        let corners = triangles.as_flattened_mut();
        let mut is_taken = vec![false; vertices.len()];
        for corner in 0..corners.len() {
            let vertex = corners[corner] as usize;
            if !is_singular[vertex] {
                continue;
            }
            let first = self.first(corner as u32) as usize;
            if first < corner {
                corners[corner] = corners[first];
            } else if std::mem::replace(&mut is_taken[vertex], true) {
                corners[corner] = vertices.len() as u32;
                vertices.push(vertices[vertex]);
            }
        }
        TriMesh::new(vertices, triangles)
    }
}

/// The corner of a triangle at one of its vertices.
fn corner_at(mesh: &TriMesh, vertex: u32, triangle: u32) -> u32 {
    let corners = mesh.triangles()[triangle as usize];
    3 * triangle + corners.iter().position(|&v| v == vertex).unwrap_or_default() as u32
}
