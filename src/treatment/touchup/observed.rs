use crate::error::{Error, Result};
use crate::geometry::{Point, PointsTable, Units};

/// Healed dots as they were measured, in a frame of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// Places, mm.
    pub places: Vec<Point>,
    /// Diameters, mm; where the table has them.
    pub diameter_mm: Option<Vec<f64>>,
    /// How much each stands out from the skin, in any unit; where the table has it.
    pub contrast: Option<Vec<f64>>,
}

impl Observed {
    /// Reads a table with `x,y,z` or `x_mm,y_mm,z_mm`, in `units`, and maybe `diameter_mm` and `contrast`.
    ///
    /// Errors name the line: no numbers, no third coordinate, diameters that are not above 0, negative contrast.
    pub fn read(bytes: &[u8], units: Units) -> Result<Self> {
        let table = PointsTable::read(bytes)?;
        if !table.has_z {
            return Err(Error::input("two coordinates")
                .place("header")
                .expected("places in space: x, y and z")
                .remedy("measure on a scan; single photographs have no third coordinate"));
        }
        let column = |name: &str, fits: fn(f64) -> bool, expected: &str| -> Result<Option<Vec<f64>>> {
            let Some(values) = table.column(name)? else { return Ok(None) };
            match values.iter().position(|&value| !fits(value)) {
                None => Ok(Some(values)),
                Some(row) => Err(Error::input(values[row].to_string())
                    .place(format!("row {}, column {name}", row + 1))
                    .expected(expected)
                    .remedy("correct the number, or remove the row")),
            }
        };
        Ok(Self {
            diameter_mm: column("diameter_mm", |value| value > 0.0, "a diameter above 0 mm")?,
            contrast: column("contrast", |value| value >= 0.0, "a contrast of 0 or above")?,
            places: table.points.into_iter().map(|place| place * units.in_mm()).collect(),
        })
    }
}
