//! Closes cracks between triangles whose corners were meant to be the same.

use super::check::Defects;
use super::weld::weld;
use super::{Topology, TriMesh};
use crate::error::Result;

/// Open corners farther apart than this are no crack but a gap, mm: some times what is lost by writing coordinates with
/// two decimals.
const WIDEST_MM: f64 = 0.02;

/// Corners farther apart than this share of the shorter open edge at them may be two corners of one triangle strip.
const SHARE_OF_EDGE: f64 = 0.05;

/// Makes one vertex of vertices on open edges that all but coincide: triangles get the vertex with the lowest number
/// instead of the others, which moves their corners by at most [`WIDEST_MM`]. Of the vertices of one triangle none becomes
/// another.
///
/// Returns the mesh and how many vertices went; the mesh may have to be freed of triangles that have become the same.
pub(crate) fn close(mesh: TriMesh, topology: &Topology) -> Result<(TriMesh, Defects)> {
    let mut closed = Defects::default();
    let open = open_vertices(&mesh, topology);
    let places: Vec<_> = open.iter().map(|&(v, _)| mesh.vertices()[v as usize]).collect();
    if places.is_empty() {
        return Ok((mesh, closed));
    }
    let (kept, keepers) = weld(&places, WIDEST_MM);
    // Of the open vertices that were merged the first is kept, in the order of the input.
    let mut first = vec![u32::MAX; kept.len()];
    let mut becomes: Vec<u32> = Vec::new();
    for (&(vertex, shortest_mm), &keeper) in open.iter().zip(&keepers) {
        let target = &mut first[keeper as usize];
        if *target == u32::MAX {
            *target = vertex;
            continue;
        }
        let [from, to] = [vertex, *target].map(|v| mesh.vertices()[v as usize]);
        // Those at the very same place were cut apart because they are no manifold together.
        let distance_mm = (to - from).norm();
        if distance_mm > 0.0 && distance_mm <= WIDEST_MM.min(SHARE_OF_EDGE * shortest_mm) {
            if becomes.is_empty() {
                becomes = (0..mesh.vertices().len() as u32).collect();
            }
            becomes[vertex as usize] = *target;
            closed.add([&from, &to]);
        }
    }
    if becomes.is_empty() {
        return Ok((mesh, closed));
    }
    let (vertices, mut triangles) = mesh.into_parts();
    for corners in &mut triangles {
        let merged = corners.map(|v| becomes[v as usize]);
        if merged[0] != merged[1] && merged[1] != merged[2] && merged[2] != merged[0] {
            *corners = merged;
        }
    }
    Ok((TriMesh::new(vertices, triangles)?, closed))
}

/// The vertices of open edges in increasing order, each with the length of the shortest open edge there, mm.
fn open_vertices(mesh: &TriMesh, topology: &Topology) -> Vec<(u32, f64)> {
    let mut ends = Vec::new();
    for (corners, t) in mesh.triangles().iter().zip(0..) {
        for side in (0..3).filter(|&side| topology.neighbour(t, side).is_none()) {
            let (a, b) = (corners[side], corners[(side + 1) % 3]);
            let length_mm = (mesh.vertices()[b as usize] - mesh.vertices()[a as usize]).norm();
            ends.extend([(a, length_mm), (b, length_mm)]);
        }
    }
    ends.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    ends.dedup_by_key(|end| end.0);
    ends
}
