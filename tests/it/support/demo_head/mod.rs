//! The demo head: made from figures of a survey, by code of the project alone.

pub(crate) mod anatomy;
mod drawing;
mod field;
mod surface_nets;

use std::sync::LazyLock;

use tonsure::mesh::TriMesh;

pub(crate) use drawing::{Drawing, placement};

/// The demo head's skin, open at the neck; head frame, mm.
pub(crate) static MESH: LazyLock<TriMesh> = LazyLock::new(|| {
    let axes = [
        lattice(-102.0, 102.0, |x| if x.abs() > 66.0 { 2.1 } else { 4.0 }),
        lattice(-126.0, 112.0, |y| if (-12.0..40.0).contains(&y) { 2.4 } else { 4.0 }),
        lattice(anatomy::NECK_CUT_Z_MM, 140.0, |z| if (-56.0..40.0).contains(&z) { 2.4 } else { 4.0 }),
    ];
    surface_nets::polygonise(&axes, anatomy::head)
});

/// Planes from `from` to past `to`, `step(position)` apart.
fn lattice(from: f64, to: f64, step: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut planes = vec![from];
    let mut position = from;
    while position < to {
        position += step(position);
        planes.push(position);
    }
    planes
}

/// Binary little-endian PLY with `float` coordinates.
pub(crate) fn ply(mesh: &TriMesh) -> Vec<u8> {
    let (vertices, triangles) = (mesh.vertices(), mesh.triangles());
    let header = format!(
        "ply\nformat binary_little_endian 1.0\ncomment tonsure demo head, mm\nelement vertex {}\nproperty float x\n\
         property float y\nproperty float z\nelement face {}\nproperty list uchar int vertex_indices\nend_header\n",
        vertices.len(),
        triangles.len()
    );
    let mut bytes = header.into_bytes();
    for vertex in vertices {
        bytes.extend(vertex.iter().flat_map(|&c| (c as f32).to_le_bytes()));
    }
    for triangle in triangles {
        bytes.push(3);
        bytes.extend(triangle.iter().flat_map(|v| v.to_le_bytes()));
    }
    bytes
}
