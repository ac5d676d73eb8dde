//! PLY (G. Turk, The PLY polygon file format, 1994). `ply-rs-bw` reads the header; the rows are read here, because its
//! own grammar refuses some spellings of numbers, takes memory for each row, and gives no place in errors.

mod row;

use std::collections::BTreeMap;

use ply_rs_bw::parser::{ParseError, Parser, Reader};
use ply_rs_bw::ply::{DefaultElement, ElementDef, Encoding, Header, PropertyType};

use self::row::{AXES, Layout, NO_INDEX, RESTART, Row};
use super::lines::clip;
use super::soup::Soup;
use crate::error::{Error, Result};
use crate::mesh::TriMesh;

/// Vertices, polygons and strips of triangles; all other elements and properties are passed over.
pub(super) fn read(bytes: &[u8]) -> Result<Soup> {
    Ok(parse(bytes, false)?.0)
}

/// Reads a PLY as it stands: vertices in the order of the file, not welded, coordinates taken as mm; and every scalar
/// property of the vertices by its name, one value a vertex, not checked to be finite.
///
/// For files that this crate wrote, or that were computed for it. Errors name the place; the caller adds the file.
pub fn read_region_ply(bytes: &[u8]) -> Result<(TriMesh, BTreeMap<String, Vec<f64>>)> {
    let (soup, properties) = parse(bytes, true)?;
    soup.check_indices()?;
    let (vertices, triangles, _) = soup.triangulate()?;
    Ok((TriMesh::new(vertices, triangles)?, properties))
}

type Properties = BTreeMap<String, Vec<f64>>;

fn parse(bytes: &[u8], keep_columns: bool) -> Result<(Soup, Properties)> {
    let mut reader = Reader::new(bytes);
    let header = Parser::<DefaultElement>::new().read_header(&mut reader).map_err(|error| {
        Error::input(first_line(&error))
            .place(format!("line {}", error.line().unwrap_or(1)))
            .expected("a PLY header: ply, format, element and property lines, end_header")
            .remedy("copy or export the file again")
    })?;
    let line = reader.line();
    let rest = reader.into_inner();
    check_names(&header, &bytes[..bytes.len() - rest.len()])?;
    let mut rows = Rows { line, rest, encoding: header.encoding };
    let names = names_of_other_scalars(&header)?;
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); if keep_columns { names.len() } else { 0 }];
    let mut soup = Soup::default();
    let mut row = Row::default();
    for element in header.elements.values().filter(|element| !element.properties.is_empty()) {
        let layout = Layout::of(element, header.encoding, keep_columns);
        rows.check_count(element, &layout)?;
        if matches!(element.name.as_str(), "face" | "tristrips") && !layout.has_indices() && element.count > 0 {
            return Err(bad_index().place(format!("element {}", element.name)));
        }
        for index in 0..element.count {
            let place = rows.place(element, index);
            rows.next(element, &layout, &mut row).map_err(|error| error.place(place()))?;
            match element.name.as_str() {
                "vertex" => {
                    soup.push_vertex(row.point, &place)?;
                    columns.iter_mut().zip(&row.others).for_each(|(column, &value)| column.push(value));
                }
                "face" => {
                    if row.indices.iter().any(|&index| index >= NO_INDEX) {
                        return Err(bad_index().place(place()));
                    }
                    soup.push_polygon(&row.indices)?;
                }
                "tristrips" => push_strips(&row.indices, &mut soup).map_err(|error| error.place(place()))?,
                _ => {}
            }
        }
    }
    let more = if rows.encoding == Encoding::Ascii { rows.rest.trim_ascii() } else { rows.rest };
    soup.pass_over(more.len(), "bytes");
    Ok((soup, names.into_iter().zip(columns).collect()))
}

/// Refuses elements and properties that are named twice: the header as it was read has the last of them alone.
fn check_names(header: &Header, text: &[u8]) -> Result<()> {
    let declared = |word: &str| {
        let lines = text.split(|&byte| byte == b'\n');
        lines
            .filter(|line| line.split(u8::is_ascii_whitespace).find(|part| !part.is_empty()) == Some(word.as_bytes()))
            .count()
    };
    let properties: usize = header.elements.values().map(|element| element.properties.len()).sum();
    let indices = |element: &&ElementDef| {
        element.properties.keys().filter(|name| matches!(name.as_str(), "vertex_indices" | "vertex_index")).count() > 1
    };
    let found = if declared("element") != header.elements.len() {
        "an element that is named twice".to_owned()
    } else if declared("property") != properties {
        "a property that is named twice".to_owned()
    } else if let Some(element) = header.elements.values().find(indices) {
        format!("two lists of vertex indices in the element {}", element.name)
    } else {
        return Ok(());
    };
    Err(Error::input(found).place("header").expected("each name once").remedy("export the scan again"))
}

/// Adds the triangles of strips that -1 ends. Repeated corners are how strips turn; they make no triangle.
fn push_strips(indices: &[u32], soup: &mut Soup) -> Result<()> {
    if indices.contains(&NO_INDEX) {
        return Err(bad_index());
    }
    for strip in indices.split(|&index| index == RESTART) {
        for (position, corners) in strip.windows(3).enumerate() {
            let [a, b, c] = [corners[0], corners[1], corners[2]];
            if a != b && b != c && c != a {
                // Every second triangle of a strip is wound the other way.
                soup.push_polygon(&if position % 2 == 0 { [a, b, c] } else { [b, a, c] })?;
            }
        }
    }
    Ok(())
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
    if let Some(axis) = AXES.iter().find(|&&axis| !scalars.iter().any(|name| name == axis)) {
        return Err(Error::input(format!("no vertex property {axis}"))
            .place("header")
            .expected("an element vertex with the properties x, y, z")
            .remedy("export the scan again"));
    }
    Ok(scalars.into_iter().filter(|name| !AXES.contains(&name.as_str())).collect())
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
    fn check_count(&self, element: &ElementDef, layout: &Layout) -> Result<()> {
        let text = self.encoding == Encoding::Ascii;
        let row = layout.least();
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

    fn next(&mut self, element: &ElementDef, layout: &Layout, row: &mut Row) -> Result<()> {
        if self.encoding == Encoding::Ascii {
            let end = self.rest.iter().position(|&byte| byte == b'\n').unwrap_or(self.rest.len());
            let (line, rest) = self.rest.split_at(end);
            self.rest = rest.get(1..).unwrap_or_default();
            self.line += 1;
            return layout.read_text(&String::from_utf8_lossy(line), &element.name, row);
        }
        layout.read_binary(&mut self.rest, row).ok_or_else(|| {
            Error::input("the end of the file (truncated)")
                .expected(format!("{} rows, as the header promises", element.count))
                .remedy("copy or export the file again")
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

fn bad_index() -> Error {
    Error::input("no list vertex_indices of whole numbers from 0")
        .expected("the vertex indices of the face")
        .remedy("export the scan again")
}

fn first_line(error: &ParseError) -> String {
    let text = error.to_string();
    clip(text.lines().next().unwrap_or_default().trim_end_matches('.'))
}
