use super::rim;
use crate::geometry::{Point, Vector};
use crate::mesh::TriMesh;
use crate::mesh::vertex_triangles::VertexTriangles;

/// Cosine of the angle to the surface's normal beyond which a triangle stands across the surface: 75°.
const ACROSS: f64 = 0.26;
/// Rounds of spreading.
const ROUNDS: usize = 30;
/// Share of the way to the middle of the neighbours that a vertex goes in a round.
const STEP: f64 = 0.8;

/// What was spread.
pub(super) struct Spread {
    /// For each vertex whether it moved.
    pub(super) vertices: Vec<bool>,
    /// Triangles that are folded over still.
    pub(super) folded: usize,
}

/// Spreads the vertices of triangles that stand across the surface or are folded over, along the surface, towards the
/// middle of their neighbours. Vertices without a normal and those on open edges stay.
pub(super) fn unfold(mesh: &TriMesh, around: &VertexTriangles, places: &mut [Point], normals: &[Vector]) -> Spread {
    let cosine = |places: &[Point], t: u32| {
        let [a, b, c] = mesh.triangles()[t as usize].map(|v| places[v as usize]);
        let up: Vector = mesh.triangles()[t as usize].iter().map(|&v| normals[v as usize]).sum();
        let area = (b - a).cross(&(c - a));
        let lengths = area.norm() * up.norm();
        if lengths > 0.0 { area.dot(&up) / lengths } else { 1.0 }
    };
    let mut moved = vec![false; places.len()];
    let mut candidates: Vec<u32> = (0..mesh.triangles().len() as u32).collect();
    candidates.retain(|&t| cosine(places, t) < ACROSS);
    if candidates.is_empty() {
        return Spread { vertices: moved, folded: 0 };
    }
    let rim = rim(mesh);
    let mut vertices = Vec::new();
    for _ in 0..ROUNDS {
        let corners = candidates.iter().flat_map(|&t| mesh.triangles()[t as usize]);
        vertices.clear();
        vertices.extend(corners.filter(|&v| !rim[v as usize] && normals[v as usize] != Vector::zeros()));
        vertices.sort_unstable();
        vertices.dedup();
        let targets: Vec<Point> =
            vertices.iter().map(|&v| spread(mesh, around, places, v, &normals[v as usize])).collect();
        for (&v, target) in vertices.iter().zip(targets) {
            places[v as usize] = target;
            moved[v as usize] = true;
        }
        // Only triangles at a vertex that moved, or that were folded already, can be folded now.
        candidates.extend(vertices.iter().flat_map(|&v| around.around(v)));
        candidates.sort_unstable();
        candidates.dedup();
        candidates.retain(|&t| cosine(places, t) < ACROSS);
        if candidates.is_empty() {
            break;
        }
    }
    let folded = candidates.iter().filter(|&&t| cosine(places, t) < 0.0).count();
    Spread { vertices: moved, folded }
}

/// A step towards the middle of the neighbours, along the surface.
fn spread(mesh: &TriMesh, around: &VertexTriangles, places: &[Point], v: u32, normal: &Vector) -> Point {
    let here = places[v as usize];
    // Inside a closed ring every neighbour is counted twice.
    let (mut sum, mut count) = (Vector::zeros(), 0.0);
    for &u in around.around(v).iter().flat_map(|&t| &mesh.triangles()[t as usize]).filter(|&&u| u != v) {
        sum += places[u as usize] - here;
        count += 1.0;
    }
    let towards = sum * (STEP / f64::max(count, 1.0));
    here + towards - normal * normal.dot(&towards)
}
