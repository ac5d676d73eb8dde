use std::io::{Error, ErrorKind, Result, Write};

use super::Tour;
use crate::geometry::Point;

/// Writes the points in visiting order as CSV: `x_mm,y_mm,z_mm,row,order`, with `row` the number of the point in
/// `points` and `order` its place, both from 0. Coordinates are the shortest decimals that read back to the same `f64`.
/// A number that is no point is `InvalidInput`.
pub fn write_route_csv(mut out: impl Write, points: &[Point], order: &[u32]) -> Result<()> {
    writeln!(out, "x_mm,y_mm,z_mm,row,order")?;
    for (place, &row) in order.iter().enumerate() {
        let point = points.get(row as usize).ok_or_else(|| {
            let what = format!("point {row} in an order of {} points", points.len());
            Error::new(ErrorKind::InvalidInput, what)
        })?;
        writeln!(out, "{},{},{},{row},{place}", point.x, point.y, point.z)?;
    }
    out.flush()
}

/// Writes a TSPLIB tour (`.tour`): points count from 1. The length stands in a comment, and there too whether the search
/// was cut, so that another run may give another tour.
pub fn write_tour(mut out: impl Write, name: &str, tour: &Tour) -> Result<()> {
    let Tour { order, length, reproducible, .. } = tour;
    let cut = if *reproducible { "" } else { "; search cut, not reproducible" };
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    writeln!(out, "NAME : {name}\nCOMMENT : length {length}{cut}\nTYPE : TOUR\nDIMENSION : {}", order.len())?;
    writeln!(out, "TOUR_SECTION")?;
    for &point in order {
        writeln!(out, "{}", u64::from(point) + 1)?;
    }
    writeln!(out, "-1\nEOF")?;
    out.flush()
}
