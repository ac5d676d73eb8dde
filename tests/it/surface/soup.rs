//! Meshes that nobody would want.

use proptest::prelude::*;
use tonsure::geometry::Point;
use tonsure::mesh::TriMesh;

/// Coordinates from a small lattice (ties, flat and folded triangles), or anywhere, or nearly on the lattice (slivers).
fn coordinate() -> impl Strategy<Value = f64> {
    let lattice = (-3..=3).prop_map(f64::from);
    prop_oneof![
        3 => lattice.clone(),
        2 => -3.0..3.0,
        1 => (lattice, -1e-7..1e-7).prop_map(|(whole, crumb)| whole + crumb),
    ]
}

pub(super) fn point() -> impl Strategy<Value = Point> {
    [coordinate(), coordinate(), coordinate()].prop_map(Point::from)
}

/// Triangles between random points: crossing, folded, flat, several at one edge.
pub(super) fn soup() -> impl Strategy<Value = TriMesh> {
    prop::collection::vec(point(), 3..40).prop_flat_map(|vertices| {
        let count = vertices.len() as u32;
        let triangle = (0..count, 1..count, 2..count).prop_map(move |(a, step, other)| {
            let b = (a + step) % count;
            let c = (0..count).map(|i| (a + other + i) % count).find(|c| *c != a && *c != b).unwrap();
            [a, b, c]
        });
        prop::collection::vec(triangle, 1..60)
            .prop_map(move |triangles| TriMesh::new(vertices.clone(), triangles).unwrap())
    })
}
