//! PLY (G. Turk, The PLY polygon file format, 1994) by way of `ply-rs-bw`, which reads headers and rows; the loop over
//! the rows is ours, so that errors name them and no memory is taken on the word of a header.

use std::collections::BTreeMap;

use ply_rs_bw::parser::{ParseError, Parser, Reader};
use ply_rs_bw::ply::{
    ElementDef, Encoding, Header, Property, PropertyAccess, PropertyAccessResult, PropertyType, ScalarType,
};

use super::lines::clip;
use super::soup::Soup;
use crate::error::{Error, Result};
use crate::mesh::TriMesh;

/// Vertices and polygons; all other elements and properties are passed over.
pub(super) fn read(bytes: &[u8]) -> Result<Soup> {
    Ok(parse(bytes)?.0)
}

/// Reads a PLY as it stands: vertices in the order of the file, not welded, coordinates taken as mm; and every scalar
/// property of the vertices by its name, one value a vertex, not checked to be finite.
///
/// For files that this crate wrote, or that were computed for it. Errors name the place; the caller adds the file.
pub fn read_region_ply(bytes: &[u8]) -> Result<(TriMesh, BTreeMap<String, Vec<f64>>)> {
    let (soup, properties) = parse(bytes)?;
    soup.check_indices()?;
    let (vertices, triangles, _) = soup.triangulate()?;
    Ok((TriMesh::new(vertices, triangles)?, properties))
}

type Properties = BTreeMap<String, Vec<f64>>;

fn parse(bytes: &[u8]) -> Result<(Soup, Properties)> {
    let mut reader = Reader::new(bytes);
    let header = Parser::<Row>::new().read_header(&mut reader).map_err(|error| {
        Error::input(first_line(&error))
            .place(format!("line {}", error.line().unwrap_or(1)))
            .expected("a PLY header: ply, format, element and property lines, end_header")
            .remedy("copy or export the file again")
    })?;
    let mut rows = Rows { line: reader.line(), rest: reader.into_inner(), encoding: header.encoding };
    let names = names_of_other_scalars(&header)?;
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
    let mut soup = Soup::default();
    for element in header.elements.values().filter(|element| !element.properties.is_empty()) {
        rows.check_count(element)?;
        for index in 0..element.count {
            let place = rows.place(element, index);
            let row = rows.next(element).map_err(|error| error.place(place()))?;
            match element.name.as_str() {
                "vertex" => {
                    soup.push_vertex(row.point, &place)?;
                    columns.iter_mut().zip(row.others).for_each(|(column, value)| column.push(value));
                }
                "face" => soup.push_polygon(&row.corners.ok_or_else(|| bad_index().place(place()))?)?,
                _ => {}
            }
        }
    }
    Ok((soup, names.into_iter().zip(columns).collect()))
}

/// Checks that there are coordinates; names the other scalar properties of the vertices in order.
fn names_of_other_scalars(header: &Header) -> Result<Vec<String>> {
    let is_scalar = |kind: &PropertyType| matches!(kind, PropertyType::Scalar(_));
    let properties = header.elements.get("vertex").map(|vertex| &vertex.properties);
    let scalars: Vec<String> = properties
        .into_iter()
        .flatten()
        .filter(|(_, property)| is_scalar(&property.data_type))
        .map(|(name, _)| name.clone())
        .collect();
    if let Some(axis) = Row::AXES.iter().find(|&&axis| !scalars.iter().any(|name| name == axis)) {
        return Err(Error::input(format!("no vertex property {axis}"))
            .place("header")
            .expected("an element vertex with the properties x, y, z")
            .remedy("export the scan again"));
    }
    Ok(scalars.into_iter().filter(|name| !Row::AXES.contains(&name.as_str())).collect())
}

/// What comes after the header.
struct Rows<'a> {
    rest: &'a [u8],
    /// Number of the next line, of use in text only.
    line: usize,
    encoding: Encoding,
}

impl Rows<'_> {
    /// Refuses a count that the rest of the file cannot hold.
    fn check_count(&self, element: &ElementDef) -> Result<()> {
        let text = self.encoding == Encoding::Ascii;
        let least = |kind: &PropertyType| match kind {
            // A digit and a space or line end.
            _ if text => 2,
            PropertyType::Scalar(scalar) | PropertyType::List(scalar, _) => size_of_scalar(scalar),
        };
        let row: usize = element.properties.values().map(|property| least(&property.data_type)).sum();
        // The last line end may be missing.
        let most = (self.rest.len() + usize::from(text)) / row;
        if element.count <= most {
            return Ok(());
        }
        Err(Error::input(format!("{} bytes, enough for at most {most} rows (truncated)", self.rest.len()))
            .place(format!("element {}", element.name))
            .expected(format!("the {} rows of at least {row} bytes that the header promises", element.count))
            .remedy("copy or export the file again"))
    }

    fn next(&mut self, element: &ElementDef) -> Result<Row> {
        let parser = Parser::<Row>::new();
        let row = match self.encoding {
            Encoding::BinaryLittleEndian => parser.read_little_endian_element(&mut self.rest, element),
            Encoding::BinaryBigEndian => parser.read_big_endian_element(&mut self.rest, element),
            Encoding::Ascii => return self.next_line(element),
        };
        row.map_err(|_| {
            Error::input("the end of the file (truncated)")
                .expected(format!("{} rows, as the header promises", element.count))
                .remedy("copy or export the file again")
        })
    }

    fn next_line(&mut self, element: &ElementDef) -> Result<Row> {
        let end = self.rest.iter().position(|&byte| byte == b'\n').unwrap_or(self.rest.len());
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        self.line += 1;
        let line = String::from_utf8_lossy(line);
        Parser::<Row>::new().read_ascii_element(line.trim(), element).map_err(|_| {
            Error::input(format!("\"{}\"", clip(line.trim())))
                .expected(format!(
                    "finite numbers for the {} properties of a {}",
                    element.properties.len(),
                    element.name
                ))
                .remedy("correct the line or export the scan again")
        })
    }

    /// How errors name the row that comes next.
    fn place<'e>(&self, element: &'e ElementDef, index: usize) -> impl Fn() -> String + use<'e> {
        let line = (self.encoding == Encoding::Ascii).then_some(self.line);
        move || match line {
            Some(line) => format!("line {line}"),
            None => format!("{} {index} (counted from 0)", element.name),
        }
    }
}

/// A row of any element.
#[derive(Debug, Default)]
struct Row {
    point: [f64; 3],
    /// Scalars besides the coordinates.
    others: Vec<f64>,
    /// Vertex indices of a face; `None` when one is negative.
    corners: Option<Vec<u32>>,
}

impl Row {
    const AXES: [&str; 3] = ["x", "y", "z"];
}

impl PropertyAccess for Row {
    fn new() -> Self {
        Self::default()
    }

    fn set_property(&mut self, name: &str, property: Property) -> PropertyAccessResult {
        if let Some(value) = scalar(&property) {
            match Self::AXES.iter().position(|&axis| axis == name) {
                Some(axis) => self.point[axis] = value,
                None => self.others.push(value),
            }
        } else if matches!(name, "vertex_indices" | "vertex_index") {
            self.corners = indices(property);
        }
        PropertyAccessResult::Set
    }
}

fn scalar(property: &Property) -> Option<f64> {
    Some(match *property {
        Property::Char(value) => value.into(),
        Property::UChar(value) => value.into(),
        Property::Short(value) => value.into(),
        Property::UShort(value) => value.into(),
        Property::Int(value) => value.into(),
        Property::UInt(value) => value.into(),
        Property::Float(value) => value.into(),
        Property::Double(value) => value,
        _ => return None,
    })
}

fn indices(property: Property) -> Option<Vec<u32>> {
    fn each<T: TryInto<u32>>(values: Vec<T>) -> Option<Vec<u32>> {
        values.into_iter().map(|value| value.try_into().ok()).collect()
    }
    match property {
        Property::ListChar(values) => each(values),
        Property::ListUChar(values) => each(values),
        Property::ListShort(values) => each(values),
        Property::ListUShort(values) => each(values),
        Property::ListInt(values) => each(values),
        Property::ListUInt(values) => Some(values),
        _ => None,
    }
}

fn size_of_scalar(scalar: &ScalarType) -> usize {
    match scalar {
        ScalarType::Char | ScalarType::UChar => 1,
        ScalarType::Short | ScalarType::UShort => 2,
        ScalarType::Int | ScalarType::UInt | ScalarType::Float => 4,
        ScalarType::Double => 8,
    }
}

fn bad_index() -> Error {
    Error::input("no list vertex_indices of whole numbers from 0")
        .expected("the vertex indices of the face")
        .remedy("export the scan again")
}

fn first_line(error: &ParseError) -> String {
    let text = error.to_string();
    clip(text.lines().next().unwrap_or_default().trim_end_matches('.'))
}
