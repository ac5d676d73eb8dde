use std::io::{Error, ErrorKind, Result, Write};

use super::Sample;
use crate::geometry::Vector;

/// Writes dots as CSV, header `id,x_mm,y_mm,z_mm,nx,ny,nz,spacing_mm`. Numbers have the fewest digits that read back to
/// the same bits. `normals` has one entry a dot; another number of them is `InvalidInput`.
pub fn write_dots_csv(mut out: impl Write, dots: &[Sample], normals: &[Vector]) -> Result<()> {
    if dots.len() != normals.len() {
        let what = format!("{} normals for {} dots", normals.len(), dots.len());
        return Err(Error::new(ErrorKind::InvalidInput, what));
    }
    writeln!(out, "id,x_mm,y_mm,z_mm,nx,ny,nz,spacing_mm")?;
    for (id, (dot, n)) in dots.iter().zip(normals).enumerate() {
        let p = dot.position;
        writeln!(out, "{id},{},{},{},{},{},{},{}", p.x, p.y, p.z, n.x, n.y, n.z, dot.spacing_mm)?;
    }
    out.flush()
}
