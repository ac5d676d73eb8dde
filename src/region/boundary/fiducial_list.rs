use super::Boundary;
use super::labels::Labelled;
use super::slicer::{CoordinateSystem, into_lps};
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Units, parse_finite};

/// Columns of a list that does not name its own, as Slicer has written them since version 4.
const COLUMNS: &str = "id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID";

/// Point list of 3D Slicer 3 to 5.0 (`*.fcsv`): comment lines with the system of axes and the columns, then a row a
/// point, in the order of picking; a closed loop.
pub(super) fn read(bytes: &[u8], mesh_units: Units) -> Result<Boundary> {
    let mut list = List { system: CoordinateSystem::Ras, columns: columns(COLUMNS), points: Labelled::default() };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.iter().take(error.valid_up_to()).filter(|&&byte| byte == b'\n').count();
        Error::input("bytes that are not UTF-8")
            .place(format!("line {}", before + 1))
            .expected("a text file of points")
            .remedy("save the points in Slicer again")
    })?;
    for (number, line) in (1..).zip(text.lines()) {
        list.take(line.trim(), mesh_units).map_err(|error| error.place(format!("line {number}")))?;
    }
    let message = format!("a list of points has no unit; its numbers are taken in the scan's unit, {mesh_units}");
    Ok(Boundary {
        name: String::new(),
        units: mesh_units,
        points: list.points.line,
        closed: true,
        inside_point: list.points.inside_point,
        landmarks: list.points.landmarks,
        findings: vec![Finding::new("boundary-units-of-scan", Severity::Pass, message)],
    })
}

struct List {
    /// RAS in files that do not say: those of Slicer up to 4.10.
    system: CoordinateSystem,
    columns: Vec<String>,
    points: Labelled,
}

impl List {
    fn take(&mut self, line: &str, mesh_units: Units) -> Result<()> {
        if line.is_empty() {
            return Ok(());
        }
        if let Some(comment) = line.strip_prefix('#') {
            return match comment.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
                Some(("CoordinateSystem", value)) => {
                    self.system = CoordinateSystem::named(value)
                        .map_err(|found| Error::input(found).remedy("save the points in Slicer again"))?;
                    Ok(())
                }
                Some(("columns", value)) => {
                    self.columns = columns(value);
                    Ok(())
                }
                _ => Ok(()),
            };
        }
        let row = fields(line)?;
        let field = |name: &str| {
            let index = self.columns.iter().position(|column| column == name);
            index.and_then(|index| row.get(index)).map_or("", String::as_str)
        };
        let coordinate = |name: &str| {
            parse_finite(field(name)).ok_or_else(|| {
                Error::input(format!("\"{}\" in the column {name}", field(name)))
                    .expected("a finite number")
                    .remedy("correct the point, or delete its line")
            })
        };
        let position = [coordinate("x")?, coordinate("y")?, coordinate("z")?];
        self.points.add(field("label"), into_lps(position, self.system, mesh_units))
    }
}

fn columns(names: &str) -> Vec<String> {
    names.split(',').map(|name| name.trim().to_owned()).collect()
}

/// The fields of a row, in which a label with a comma stands in quotes.
fn fields(line: &str) -> Result<Vec<String>> {
    let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line.as_bytes());
    let row = rows.records().next().transpose();
    let row =
        row.map_err(|error| Error::input(format!("a broken row ({error})")).expected("fields with commas between"))?;
    Ok(row.iter().flatten().map(str::to_owned).collect())
}
