use std::io::{self, Write};

use super::Dot;

/// Writes `dots.csv`: a row a dot in the order of ids. Numbers are the shortest decimals that read back to the same
/// `f64`; dots that no setup reaches have `setup` `none` and `order` -1.
pub fn write_dots_csv(out: &mut impl Write, dots: &[Dot]) -> io::Result<()> {
    writeln!(out, "id,x_mm,y_mm,z_mm,nx,ny,nz,spacing_mm,diameter_mm,depth_mm,session,setup,tool,order,existing")?;
    for dot in dots {
        let id = dot.id;
        let [x, y, z] = dot.position_mm;
        let [nx, ny, nz] = dot.normal;
        write!(out, "{id},{x},{y},{z},{nx},{ny},{nz},{},{},{},", dot.spacing_mm, dot.diameter_mm, dot.depth_mm)?;
        let setup = dot.setup.as_deref().unwrap_or("none");
        let order = dot.order.map_or(-1, i64::from);
        writeln!(out, "{},{setup},{},{order},{}", dot.session, dot.tool, u8::from(dot.existing))?;
    }
    Ok(())
}
