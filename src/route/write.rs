use std::io::Write;

use crate::error::{Error, Result};
use crate::geometry::Point;

/// Writes the points in visiting order as CSV: `x_mm,y_mm,z_mm,row,order`, with `row` the number of the point in
/// `points` and `order` its place, both from 0. Coordinates are the shortest decimals that read back to the same `f64`.
///
/// # Errors
/// An order with numbers that are no points; an output that cannot be written.
pub fn write_route_csv(out: &mut impl Write, points: &[Point], order: &[u32]) -> Result<()> {
    if let Some(row) = order.iter().find(|&&row| row as usize >= points.len()) {
        return Err(Error::usage(format!("point {row} in an order of {} points", points.len())));
    }
    let mut write = || {
        writeln!(out, "x_mm,y_mm,z_mm,row,order")?;
        for (place, &row) in order.iter().enumerate() {
            let point = &points[row as usize];
            writeln!(out, "{},{},{},{row},{place}", point.x, point.y, point.z)?;
        }
        out.flush()
    };
    write().map_err(|error: std::io::Error| unwritable(&error))
}

/// Writes a TSPLIB tour (`.tour`): points count from 1, and the length stands in a comment.
///
/// # Errors
/// An output that cannot be written.
pub fn write_tour(out: &mut impl Write, name: &str, order: &[u32], length: f64) -> Result<()> {
    let mut write = || {
        writeln!(out, "NAME : {name}\nCOMMENT : length {length}\nTYPE : TOUR\nDIMENSION : {}", order.len())?;
        writeln!(out, "TOUR_SECTION")?;
        for &point in order {
            writeln!(out, "{}", u64::from(point) + 1)?;
        }
        writeln!(out, "-1\nEOF")?;
        out.flush()
    };
    write().map_err(|error: std::io::Error| unwritable(&error))
}

fn unwritable(error: &std::io::Error) -> Error {
    Error::system(format!("that the order could not be written: {error}")).remedy("check the disk and the permissions")
}
