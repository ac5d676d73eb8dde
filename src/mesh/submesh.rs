use super::TriMesh;
use crate::error::Result;

/// The triangles for which `keep` holds, with only the vertices they use, both in their old order; and the old number
/// of each triangle.
pub fn submesh(mesh: &TriMesh, keep: impl Fn(u32) -> bool) -> Result<(TriMesh, Vec<u32>)> {
    let kept: Vec<u32> = (0..mesh.triangles().len() as u32).filter(|&t| keep(t)).collect();
    let mut renumbered = vec![u32::MAX; mesh.vertices().len()];
    for &t in &kept {
        for v in mesh.triangles()[t as usize] {
            renumbered[v as usize] = 0;
        }
    }
    let mut vertices = Vec::new();
    for (number, position) in renumbered.iter_mut().zip(mesh.vertices()).filter(|(number, _)| **number == 0) {
        *number = vertices.len() as u32;
        vertices.push(*position);
    }
    let triangles = kept.iter().map(|&t| mesh.triangles()[t as usize].map(|v| renumbered[v as usize])).collect();
    Ok((TriMesh::new(vertices, triangles)?, kept))
}
