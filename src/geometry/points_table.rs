use csv::{Position, ReaderBuilder, StringRecord, Trim};

use super::{Point, parse_finite};
use crate::error::{Error, MOST_COORDINATE, MOST_ROWS, Result, check_limit};

/// A table of points as text: rows of `x_mm,y_mm[,z_mm]` (or `x,y[,z]`) and any other columns.
///
/// Fields are separated by commas, semicolons, tabs or blanks, whichever the first row uses; `#` starts a comment line.
/// A header may name the columns in any order; without one there are two or three columns of coordinates.
///
/// ```
/// use tonsure::geometry::PointsTable;
/// let table = PointsTable::read(b"id,x_mm,y_mm,z_mm,spacing_mm\n7,1,2,3,0.9\n")?;
/// assert_eq!(table.points[0].y, 2.0);
/// assert_eq!(table.column("spacing_mm")?, Some(vec![0.9]));
/// assert_eq!(table.column("radius")?, None);
/// # Ok::<(), tonsure::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PointsTable {
    /// The points, in the order of the rows; z is 0 where the table has none.
    pub points: Vec<Point>,
    /// True when the table has a third coordinate.
    pub has_z: bool,
    header: Vec<String>,
    rows: Vec<Row>,
}

/// The fields of one row and the line it stands in.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    line: usize,
    fields: Vec<String>,
}

impl PointsTable {
    /// Reads a table from the bytes of a file. Errors name the line and the column.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        check_limit(bytes.split(|&byte| byte == b'\n').count(), MOST_ROWS, "lines")?;
        let mut rows = rows(bytes)?;
        let Some(first) = rows.first() else {
            return Err(Error::input("no rows").expected("one point a row").remedy("check the file"));
        };
        let named = first.fields.iter().any(|field| field.parse::<f64>().is_err());
        let header = if named { rows.remove(0) } else { default_header(first)? };
        let axes = axes(&header)?;
        if let Some(row) = rows.iter().find(|row| row.fields.len() != header.fields.len()) {
            return Err(Error::input(format!("{} fields", row.fields.len()))
                .place(format!("line {}", row.line))
                .expected(format!("{} fields as in line {}", header.fields.len(), header.line))
                .remedy("complete the row"));
        }
        let mut table = Self { points: Vec::new(), has_z: axes.len() == 3, header: header.fields, rows };
        let mut coordinates = Vec::with_capacity(3);
        for &axis in &axes {
            coordinates.push(table.coordinates(axis)?);
        }
        let coordinate = |axis: usize, row: usize| coordinates.get(axis).map_or(0.0, |column| column[row]);
        table.points = (0..table.rows.len())
            .map(|row| Point::new(coordinate(0, row), coordinate(1, row), coordinate(2, row)))
            .collect();
        Ok(table)
    }

    /// The numbers of the column of that name; `None` without such a column. Errors when one of them is no number.
    pub fn column(&self, name: &str) -> Result<Option<Vec<f64>>> {
        self.header.iter().position(|column| column == name).map(|index| self.numbers(index)).transpose()
    }

    fn numbers(&self, column: usize) -> Result<Vec<f64>> {
        self.parsed(column, parse_finite, || "a finite number".to_owned())
    }

    fn coordinates(&self, column: usize) -> Result<Vec<f64>> {
        let parse = |text: &str| parse_finite(text).filter(|number| number.abs() <= MOST_COORDINATE);
        self.parsed(column, parse, || format!("a finite number of at most {MOST_COORDINATE:e} either way"))
    }

    fn parsed(
        &self,
        column: usize,
        parse: impl Fn(&str) -> Option<f64>,
        expected: impl Fn() -> String,
    ) -> Result<Vec<f64>> {
        let number = |row: &Row| {
            parse(&row.fields[column]).ok_or_else(|| {
                Error::input(format!("\"{}\"", row.fields[column]))
                    .place(format!("line {}, column {}", row.line, self.header[column]))
                    .expected(expected())
                    .remedy("correct the number")
            })
        };
        self.rows.iter().map(number).collect()
    }
}

/// Splits the text into rows without comments and empty lines, each with the number of its line.
fn rows(bytes: &[u8]) -> Result<Vec<Row>> {
    let lines = (1..).zip(bytes.split(|&b| b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)));
    // The reader of CSV sees no line that is left out, so that its line n is `numbers[n - 1]`.
    let (numbers, lines): (Vec<usize>, Vec<&[u8]>) =
        lines.filter(|(_, line)| !matches!(line.trim_ascii(), [] | [b'#', ..])).unzip();
    let line_of = |position: Option<&Position>| {
        position.and_then(|at| numbers.get(usize::try_from(at.line()).ok()?.checked_sub(1)?)).copied().unwrap_or(0)
    };
    let first = lines.first().copied().unwrap_or_default();
    let delimiter = [b',', b';', b'\t'].into_iter().find(|d| first.contains(d)).unwrap_or(b' ');
    let text = lines.join(&b'\n');
    let mut reader = ReaderBuilder::new();
    reader.has_headers(false).flexible(true).trim(Trim::All).delimiter(delimiter);
    let records = reader.from_reader(&text[..]).into_records();
    let row = |record: csv::Result<StringRecord>| {
        let record = record.map_err(|error| {
            Error::input(error.to_string())
                .place(format!("line {}", line_of(error.position())))
                .expected("UTF-8 text")
                .remedy("export the table again")
        })?;
        // Blanks may be repeated; every other separator counts.
        let fields = record.iter().filter(|field| delimiter != b' ' || !field.is_empty()).map(str::to_owned).collect();
        Ok(Row { line: line_of(record.position()), fields })
    };
    records.map(row).collect()
}

fn default_header(first: &Row) -> Result<Row> {
    let names = ["x_mm", "y_mm", "z_mm"];
    match first.fields.len() {
        count @ (2 | 3) => Ok(Row { line: first.line, fields: names[..count].iter().map(|&n| n.to_owned()).collect() }),
        count => Err(Error::input(format!("{count} columns without a header"))
            .place(format!("line {}", first.line))
            .expected("two or three columns of coordinates, or a header that names x_mm, y_mm, z_mm")
            .remedy("add a header line")),
    }
}

/// Columns of the two or three coordinates.
fn axes(header: &Row) -> Result<Vec<usize>> {
    let find = |names: [&str; 2]| {
        let mut columns = header.fields.iter().enumerate().filter(|(_, field)| names.contains(&field.as_str()));
        match (columns.next(), columns.next()) {
            (_, Some((second, _))) => Err(Error::input(format!("column {} for {} once more", second + 1, names[0]))
                .place(format!("line {}", header.line))
                .expected("each coordinate once")
                .remedy("rename one of the columns")),
            (first, None) => Ok(first.map(|(column, _)| column)),
        }
    };
    match (find(["x_mm", "x"])?, find(["y_mm", "y"])?, find(["z_mm", "z"])?) {
        (Some(x), Some(y), Some(z)) => Ok(vec![x, y, z]),
        (Some(x), Some(y), None) => Ok(vec![x, y]),
        _ => Err(Error::input(format!("the columns {}", header.fields.join(", ")))
            .place(format!("line {}", header.line))
            .expected("columns x_mm and y_mm, or x and y")
            .remedy("name the columns of the coordinates")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_order_separator_and_comments_do_not_matter() {
        let table =
            PointsTable::read(b"\xef\xbb\xbf# dots\r\nz;name;y;x\r\n3; a ;2;1\r\n\r\n# end\r\n6;b;5;4\r\n").unwrap();
        assert_eq!(table.points, [Point::new(1.0, 2.0, 3.0), Point::new(4.0, 5.0, 6.0)]);
        assert!(table.has_z);
    }

    #[test]
    fn bare_numbers_are_coordinates() {
        for text in ["1 2\n  3   4\n", "1,2\n3,4", "1\t2\n3\t4\n"] {
            let table = PointsTable::read(text.as_bytes()).unwrap();
            assert_eq!(table.points, [Point::new(1.0, 2.0, 0.0), Point::new(3.0, 4.0, 0.0)], "{text}");
            assert!(!table.has_z);
        }
    }

    #[test]
    fn quoted_fields_may_hold_separators_and_line_breaks() {
        let text = b"\"x_mm\",\"name\",\"y_mm\"\n# c\n\n1,\"a, b\",2\n3,\"two\nlines\",4\n5,c,six\n";
        let error = PointsTable::read(text).unwrap_err().to_string();
        assert!(error.starts_with("line 7, column y_mm: found \"six\""), "{error}");
        let table = PointsTable::read(&text[..text.len() - 8]).unwrap();
        assert_eq!(table.points, [Point::new(1.0, 2.0, 0.0), Point::new(3.0, 4.0, 0.0)]);
    }

    #[test]
    fn a_header_without_rows_is_an_empty_table() {
        assert!(PointsTable::read(b"x,y\n").unwrap().points.is_empty());
    }

    #[test]
    fn errors_name_line_and_column() {
        let message = |text: &[u8]| PointsTable::read(text).unwrap_err().to_string();
        assert!(message(b"# nothing\n\n").starts_with("found no rows"));
        assert!(message(b"x,y\n1,2\n3,nan\n").starts_with("line 3, column y: found \"nan\""));
        assert!(message(b"x,y\n1,2\n# c\n3\n").starts_with("line 4: found 1 fields; expected 2 fields as in line 1"));
        assert!(message(b"1,2,3,4\n").starts_with("line 1: found 4 columns without a header"));
        assert!(message(b"a,y\n1,2\n").starts_with("line 1: found the columns a, y"));
        assert!(message(b"x,y,x_mm\n1,2,3\n").starts_with("line 1: found column 3 for x_mm once more"));
        assert!(message(b"x,y\n1,\xff\n").starts_with("line 2: found"));
        let table = PointsTable::read(b"x,y,spacing_mm\n1,2,wide\n").unwrap();
        let error = table.column("spacing_mm").unwrap_err().to_string();
        assert!(error.starts_with("line 2, column spacing_mm: found \"wide\""), "{error}");
    }
}
