use std::io::{self, Write};

use super::Sample;
use crate::error::{Error, Result};
use crate::geometry::Vector;

/// Writes dots as CSV, header `id,x_mm,y_mm,z_mm,nx,ny,nz,spacing_mm`. Numbers have the fewest digits that read back to
/// the same bits. `normals` has one entry a dot.
pub fn write_dots_csv(mut out: impl Write, dots: &[Sample], normals: &[Vector]) -> Result<()> {
    if dots.len() != normals.len() {
        return Err(Error::usage(format!("{} normals for {} dots", normals.len(), dots.len()))
            .expected("one normal for each dot")
            .remedy("pass the normals of these dots"));
    }
    let mut write = || -> io::Result<()> {
        writeln!(out, "id,x_mm,y_mm,z_mm,nx,ny,nz,spacing_mm")?;
        for (id, (dot, n)) in dots.iter().zip(normals).enumerate() {
            let p = dot.position;
            writeln!(out, "{id},{},{},{},{},{},{},{}", p.x, p.y, p.z, n.x, n.y, n.z, dot.spacing_mm)?;
        }
        out.flush()
    };
    write().map_err(|error| Error::system(error.to_string()).remedy("check the disk and the path of the table"))
}
