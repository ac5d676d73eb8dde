//! Surfaces with closed forms.

use tonsure::geometry::Point;
use tonsure::mesh::TriMesh;

/// The unit sphere from an octahedron, each face divided in four `depth` times.
pub(super) fn octasphere(depth: usize) -> TriMesh {
    let mut vertices: Vec<Point> =
        [[1., 0., 0.], [0., 1., 0.], [-1., 0., 0.], [0., -1., 0.], [0., 0., 1.], [0., 0., -1.]].map(Point::from).into();
    let mut triangles: Vec<[u32; 3]> =
        vec![[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4], [1, 0, 5], [2, 1, 5], [3, 2, 5], [0, 3, 5]];
    for _ in 0..depth {
        let mut middles = std::collections::BTreeMap::new();
        let mut middle = |a: u32, b: u32| {
            *middles.entry([a.min(b), a.max(b)]).or_insert_with(|| {
                let sum = vertices[a as usize].coords + vertices[b as usize].coords;
                vertices.push(Point::from(sum.normalize()));
                vertices.len() as u32 - 1
            })
        };
        let mut finer = Vec::new();
        for [a, b, c] in triangles {
            let [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
            finer.extend([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]);
        }
        triangles = finer;
    }
    TriMesh::new(vertices, triangles).unwrap()
}
