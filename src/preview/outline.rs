use crate::geometry::Vector;
use crate::mesh::TriMesh;

/// Unit normals of the vertices: mean of the triangles' normals weighted by area; zero for a vertex without triangles.
pub(super) fn vertex_normals(mesh: &TriMesh) -> Vec<Vector> {
    let mut normals = vec![Vector::zeros(); mesh.vertices().len()];
    for (t, corners) in mesh.triangles().iter().enumerate() {
        let normal = mesh.double_area_vector(t as u32);
        for &corner in corners {
            normals[corner as usize] += normal;
        }
    }
    normals.iter().map(|normal| normal.try_normalize(0.0).unwrap_or_else(Vector::zeros)).collect()
}
