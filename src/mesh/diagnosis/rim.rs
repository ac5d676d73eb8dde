use crate::geometry::Point;
use crate::mesh::hole::Rim;
use crate::mesh::{Topology, TriMesh};

/// A rim that is longer than this many times its width is a slit.
const SLIT_SLENDERNESS: f64 = 4.0;
/// Rims with more vertices are measured by every n-th of them.
const MEASURED_VERTICES: usize = 512;

/// Greatest distance between two places of a rim, mm; of long rims between every n-th vertex.
pub(super) fn extent_mm(rim: &Rim, mesh: &TriMesh) -> f64 {
    let positions = rim.positions(mesh);
    let step = positions.len().div_ceil(MEASURED_VERTICES).max(1);
    let measured: Vec<&Point> = positions.iter().step_by(step).collect();
    let pairs = measured.iter().enumerate().flat_map(|(i, a)| measured[..i].iter().map(move |b| (*a - **b).norm()));
    pairs.fold(0.0, f64::max)
}

/// Whether a hole is many times as long as wide.
pub(super) fn is_slit(extent_mm: f64, across_mm: f64) -> bool {
    SLIT_SLENDERNESS * across_mm < extent_mm
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
