use super::TriMesh;

/// The triangles around each vertex.
#[derive(Debug, Clone)]
pub(super) struct VertexTriangles {
    starts: Vec<u32>,
    triangles: Vec<u32>,
}

impl VertexTriangles {
    /// Counts, then sorts in; O(n).
    pub(super) fn build(mesh: &TriMesh) -> Self {
        let mut starts = vec![0_u32; mesh.vertices().len() + 1];
        for &v in mesh.triangles().as_flattened() {
            starts[v as usize + 1] += 1;
        }
        for v in 0..mesh.vertices().len() {
            starts[v + 1] += starts[v];
        }
        let mut next = starts.clone();
        let mut triangles = vec![0; mesh.triangles().len() * 3];
        for (t, corners) in (0..).zip(mesh.triangles()) {
            for &v in corners {
                triangles[next[v as usize] as usize] = t;
                next[v as usize] += 1;
            }
        }
        Self { starts, triangles }
    }

    /// The triangles at vertex `v`, ascending.
    pub(super) fn around(&self, v: u32) -> &[u32] {
        &self.triangles[self.starts[v as usize] as usize..self.starts[v as usize + 1] as usize]
    }
}
