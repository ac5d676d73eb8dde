use std::io::{Error, ErrorKind, Result, Write};

use super::Sample;
use crate::mesh::TriMesh;

/// Writes dots as CSV, header `id,x_mm,y_mm,z_mm,nx,ny,nz,spacing_mm`, with the normals of their triangles. Numbers have
/// the fewest digits that read back to the same bits. A dot on none of the mesh's triangles is `InvalidInput`.
pub fn write_dots_csv(mut out: impl Write, mesh: &TriMesh, dots: &[Sample]) -> Result<()> {
    writeln!(out, "id,x_mm,y_mm,z_mm,nx,ny,nz,spacing_mm")?;
    for (id, dot) in dots.iter().enumerate() {
        if dot.at.triangle as usize >= mesh.triangles().len() {
            let what = format!("dot {id} on triangle {} of {}", dot.at.triangle, mesh.triangles().len());
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        let (p, n) = (dot.position, mesh.normal(dot.at.triangle));
        writeln!(out, "{id},{},{},{},{},{},{},{}", p.x, p.y, p.z, n.x, n.y, n.z, dot.spacing_mm)?;
    }
    out.flush()
}
