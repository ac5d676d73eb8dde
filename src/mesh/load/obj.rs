//! OBJ: vertices and polygons as text (Wavefront, Advanced Visualizer Manual, appendix B1).
//!
//! Objects and groups are joined. A `\` at the end joins any two lines. Texture coordinates are read for painted maps only; normals, materials,
//! lines, points and free-form surfaces are not. An own reader, because errors name the line and polygons may be concave.

use super::lines::{Line, clip, lines};
use super::mapped::Mapped;
use super::soup::Soup;
use crate::error::{Error, Result};
use crate::geometry::parse_finite;

pub(super) fn read(bytes: &[u8]) -> Result<Soup> {
    let mut soup = Soup::default();
    let mut face = Vec::new();
    statements(bytes, |line| {
        let mut words = line.words();
        match words.next() {
            Some("v") => soup.push_vertex(line.coordinates(&mut words)?, || line.place()),
            Some("f") => {
                face.clear();
                for corner in words {
                    face.push(vertex_of(corner, soup.vertices().len(), line)?);
                }
                soup.push_polygon(&face)
            }
            _ => Ok(()),
        }
    })?;
    Ok(soup)
}

/// The polygons that have texture coordinates, each corner a vertex of its own.
pub(super) fn read_mapped(bytes: &[u8]) -> Result<Mapped> {
    let mut mapped = Mapped::default();
    let (mut vertices, mut places) = (Vec::new(), Vec::new());
    let mut face = Vec::new();
    statements(bytes, |line| {
        let mut words = line.words();
        match words.next() {
            Some("v") => vertices.push(line.coordinates(&mut words)?),
            Some("vt") => places.push(texture_place(line, &mut words)?),
            Some("f") => {
                let corners: Vec<&str> = words.collect();
                if corners.iter().any(|corner| texture_part(corner).is_empty()) {
                    mapped.without += 1;
                    return Ok(());
                }
                face.clear();
                for corner in corners {
                    let vertex = vertex_of(corner, vertices.len(), line)?;
                    let [u, v] = places[index_of(texture_part(corner), places.len(), "texture place", line)? as usize];
                    face.push(mapped.soup.vertices().len() as u32);
                    mapped.soup.push_vertex(vertices[vertex as usize], || line.place())?;
                    // OBJ counts from the lower edge of the image, as this crate does not.
                    mapped.push_place([u, 1.0 - v], || line.place())?;
                }
                mapped.soup.push_polygon(&face)?;
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(mapped)
}

/// The second and third word of a `vt`; a texture of one dimension has no third.
fn texture_place<'w>(line: &Line<'_>, words: &mut impl Iterator<Item = &'w str>) -> Result<[f64; 2]> {
    let number = |word: Option<&str>| match word {
        None => Ok(0.0),
        Some(word) => parse_finite(word).ok_or_else(|| {
            line.wrong(format!("the texture coordinate \"{}\"", clip(word)))
                .expected("a finite number")
                .remedy("export the map again")
        }),
    };
    Ok([number(words.next())?, number(words.next())?])
}

/// `vt` of a corner `v/vt` or `v/vt/vn`; empty where there is none.
fn texture_part(corner: &str) -> &str {
    corner.split('/').nth(1).unwrap_or_default()
}

/// Calls `each` with every line, those that a `\` joins taken together.
fn statements<'b>(bytes: &'b [u8], mut each: impl FnMut(&Line<'b>) -> Result<()>) -> Result<()> {
    // The beginning of a line that goes on in the next one.
    let mut open = String::new();
    let (mut first, mut last) = (0, 0);
    for mut line in lines(bytes) {
        last = line.number;
        if let Some(beginning) = line.continued() {
            if open.is_empty() {
                first = line.number;
            }
            open += beginning;
            open.push(' ');
            continue;
        }
        if !open.is_empty() {
            line.prepend(&open, first);
            open.clear();
        }
        each(&line)?;
    }
    if open.is_empty() {
        return Ok(());
    }
    Err(Error::input("the end of the file in the middle of a line (truncated)")
        .place(format!("line {last}"))
        .expected("the line that the \\ at its end announces")
        .remedy("copy or export the file again"))
}

/// Vertex index of a corner `v`, `v/vt`, `v//vn` or `v/vt/vn`.
fn vertex_of(corner: &str, count: usize, line: &Line<'_>) -> Result<u32> {
    index_of(corner.split('/').next().unwrap_or_default(), count, "vertex", line)
}

/// The index that a word names among `count` things, counted from 1, or backwards from -1.
fn index_of(word: &str, count: usize, what: &str, line: &Line<'_>) -> Result<u32> {
    let index = match word.parse::<i64>() {
        Ok(number) if number > 0 => Some(number - 1),
        Ok(number) if number < 0 => number.checked_add_unsigned(count as u64),
        _ => None,
    };
    index.and_then(|index| u32::try_from(index).ok()).filter(|&index| (index as usize) < count).ok_or_else(|| {
        line.wrong(format!("the corner \"{}\"", clip(word)))
            .expected(format!("a {what} from 1 to {count}, or from -{count} to -1"))
            .remedy("export the scan again")
    })
}
