use crate::geometry::{Aabb, Point, Vector};
use crate::mesh::{Topology, TriMesh};

/// A hole's edge and the skin beside it lie in about one plane: least mean cosine between their normals. A neck's cut
/// has about 0 and the outline of a flat piece -1.
const LEAST_HOLE_COSINE: f64 = 0.5;
/// A rim that is longer than this many times its width is a slit.
const SLIT_SLENDERNESS: f64 = 4.0;
/// Rims with more vertices are measured by every n-th of them.
const MEASURED_VERTICES: usize = 512;

/// A closed line of open edges.
#[derive(Debug, Clone, PartialEq)]
pub struct Rim {
    /// The vertices in order; the first is not repeated.
    pub vertices: Vec<u32>,
    /// The triangle beside each edge; edge `i` runs from vertex `i` to the next.
    pub triangles: Vec<u32>,
    /// Length of the line, mm.
    pub length_mm: f64,
    /// Box around it, mm.
    pub bounds: Aabb,
}

/// The open and non-manifold edges, joined into rims around the triangles that hang together beside them; those of
/// non-manifold edges alone are left out. In the order of their first triangles; whatever the winding. Holes that touch
/// at a vertex are one rim.
pub fn open_rims(mesh: &TriMesh, topology: &Topology) -> Vec<Rim> {
    let is_open = |t: u32, side: usize| topology.neighbour(t, side).is_none();
    let shared = non_manifold_edges(mesh, topology);
    let mut used = vec![0_u8; mesh.triangles().len()];
    let mut rims = Vec::new();
    for first in 0..mesh.triangles().len() as u32 {
        for first_side in (0..3).filter(|&side| is_open(first, side)) {
            if used[first as usize] & 1 << first_side != 0 {
                continue;
            }
            let (mut vertices, mut triangles, mut open_edges) = (Vec::new(), Vec::new(), 0);
            let (mut t, mut side) = (first, first_side);
            let mut from = mesh.triangles()[t as usize][side];
            while used[t as usize] & 1 << side == 0 {
                used[t as usize] |= 1 << side;
                vertices.push(from);
                triangles.push(t);
                let to = other_end(mesh, t, side, from);
                open_edges += usize::from(shared.binary_search(&[from.min(to), from.max(to)]).is_err());
                (t, side) = around(mesh, topology, t, side, to);
                from = to;
            }
            if open_edges > 0 {
                rims.push(Rim::new(mesh, vertices, triangles));
            }
        }
    }
    rims
}

/// Edges with more than two triangles, lower vertex first, ascending.
pub(super) fn non_manifold_edges(mesh: &TriMesh, topology: &Topology) -> Vec<[u32; 2]> {
    let mut edges: Vec<[u32; 2]> = (0..)
        .zip(mesh.triangles())
        .flat_map(|(t, corners)| {
            let open = (0..3).filter(move |&side| topology.neighbour(t, side).is_none());
            open.map(|side| (corners[side], corners[(side + 1) % 3])).map(|(a, b)| [a.min(b), a.max(b)])
        })
        .collect();
    edges.sort_unstable();
    edges.chunk_by(|a, b| a == b).filter(|same| same.len() > 2).map(|same| same[0]).collect()
}

fn other_end(mesh: &TriMesh, t: u32, side: usize, end: u32) -> u32 {
    let corners = mesh.triangles()[t as usize];
    let [a, b] = [corners[side], corners[(side + 1) % 3]];
    if a == end { b } else { a }
}

/// Turns about a vertex, from a side of a triangle through its neighbours to the next side without a neighbour.
fn around(mesh: &TriMesh, topology: &Topology, mut t: u32, mut side: usize, vertex: u32) -> (u32, usize) {
    loop {
        let corners = mesh.triangles()[t as usize];
        let has_vertex = |side: usize| corners[side] == vertex || corners[(side + 1) % 3] == vertex;
        let Some(onward) = (0..3).find(|&other| other != side && has_vertex(other)) else { return (t, side) };
        let Some(next) = topology.neighbour(t, onward) else { return (t, onward) };
        let end = other_end(mesh, t, onward, vertex);
        let beyond = mesh.triangles()[next as usize];
        let is_shared = |i: &usize| {
            let ends = [beyond[*i], beyond[(*i + 1) % 3]];
            ends.contains(&vertex) && ends.contains(&end)
        };
        let Some(entry) = (0..3).find(is_shared) else { return (t, onward) };
        (t, side) = (next, entry);
    }
}

impl Rim {
    fn new(mesh: &TriMesh, vertices: Vec<u32>, triangles: Vec<u32>) -> Self {
        let mut rim = Self { vertices, triangles, length_mm: 0.0, bounds: Aabb::EMPTY };
        let positions = rim.positions(mesh);
        rim.bounds = Aabb::around(&positions);
        rim.length_mm = sides(&positions).map(|[a, b]| (b - a).norm()).sum();
        rim
    }

    /// Positions of the vertices, mm. Panics when the rim is not of this mesh, as all that asks for the mesh does.
    pub fn positions(&self, mesh: &TriMesh) -> Vec<Point> {
        self.vertices.iter().map(|&v| mesh.vertices()[v as usize]).collect()
    }

    /// Whether surface is missing inside the rim, as opposed to a rim at which the surface ends.
    pub fn is_hole(&self, mesh: &TriMesh) -> bool {
        let positions = self.positions(mesh);
        if self.is_slit(mesh) {
            return true;
        }
        let enclosed = enclosed(&positions).try_normalize(0.0).unwrap_or_else(Vector::zeros);
        // With the surface wound outwards on its left, a hole's rim runs clockwise as seen from outside.
        let cosines: f64 = sides(&positions)
            .zip(&self.triangles)
            .map(|([a, b], &t)| {
                let corners = mesh.corners(t);
                let middle = (corners[0].coords + corners[1].coords + corners[2].coords) / 3.0;
                let outwards = (b - a).cross(&(Point::from(middle) - a));
                let sense = outwards.dot(&mesh.normal(t)).signum();
                (b - a).norm() * -sense * mesh.normal(t).dot(&enclosed)
            })
            .sum();
        cosines > LEAST_HOLE_COSINE * self.length_mm
    }

    /// Whether the rim is many times as long as wide.
    pub fn is_slit(&self, mesh: &TriMesh) -> bool {
        SLIT_SLENDERNESS * self.across_mm(mesh) < self.extent_mm(mesh)
    }

    /// Greatest distance between two places of the rim, mm; of long rims between every n-th vertex.
    pub fn extent_mm(&self, mesh: &TriMesh) -> f64 {
        let positions = self.positions(mesh);
        let step = positions.len().div_ceil(MEASURED_VERTICES).max(1);
        let measured: Vec<&Point> = positions.iter().step_by(step).collect();
        let pairs = measured.iter().enumerate().flat_map(|(i, a)| measured[..i].iter().map(move |b| (*a - **b).norm()));
        pairs.fold(0.0, f64::max)
    }

    /// How wide the hole is, mm: the lesser axis of the ellipse of the same extent and enclosed area.
    pub fn across_mm(&self, mesh: &TriMesh) -> f64 {
        let extent = self.extent_mm(mesh);
        let area = enclosed(&self.positions(mesh)).norm();
        if extent > 0.0 { (4.0 / std::f64::consts::PI * area / extent).min(extent) } else { 0.0 }
    }
}

fn sides(positions: &[Point]) -> impl Iterator<Item = [Point; 2]> {
    (0..positions.len()).map(|i| [positions[i], positions[(i + 1) % positions.len()]])
}

/// Area inside a closed line, along its normal, mm².
fn enclosed(positions: &[Point]) -> Vector {
    let Some(origin) = positions.first() else { return Vector::zeros() };
    sides(positions).map(|[a, b]| (a - origin).cross(&(b - origin)) * 0.5).sum()
}
