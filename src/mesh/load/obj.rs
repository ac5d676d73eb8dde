//! OBJ: vertices and polygons as text (Wavefront, Advanced Visualizer Manual, appendix B1).
//!
//! Objects and groups are joined. A `\` at the end joins any two lines. Texture coordinates, normals, materials, lines, points and free-form surfaces are
//! not read. An own reader, because errors name the line and polygons may be concave.

use super::lines::{Line, clip, lines};
use super::soup::Soup;
use crate::error::{Error, Result};

pub(super) fn read(bytes: &[u8]) -> Result<Soup> {
    let mut soup = Soup::default();
    let mut face = Vec::new();
    // The beginning of a line that goes on in the next one.
    let mut open = String::new();
    let mut last = 0;
    for mut line in lines(bytes) {
        last = line.number;
        if let Some(beginning) = line.continued() {
            open += beginning;
            open.push(' ');
            continue;
        }
        line.prepend(&open);
        open.clear();
        let mut words = line.words();
        match words.next() {
            Some("v") => soup.push_vertex(line.coordinates(&mut words)?, || line.place())?,
            Some("f") => {
                face.clear();
                for corner in words {
                    face.push(vertex_of(corner, soup.vertices().len(), &line)?);
                }
                soup.push_polygon(&face)?;
            }
            _ => {}
        }
    }
    if open.is_empty() {
        return Ok(soup);
    }
    Err(Error::input("the end of the file in the middle of a line (truncated)")
        .place(format!("line {last}"))
        .expected("the line that the \\ at its end announces")
        .remedy("copy or export the file again"))
}

/// Vertex index of a corner `v`, `v/vt`, `v//vn` or `v/vt/vn`; counted from 1, or backwards from -1.
fn vertex_of(corner: &str, count: usize, line: &Line<'_>) -> Result<u32> {
    let number = corner.split('/').next().and_then(|vertex| vertex.parse::<i64>().ok());
    let index = match number {
        Some(number) if number > 0 => Some(number - 1),
        Some(number) if number < 0 => number.checked_add_unsigned(count as u64),
        _ => None,
    };
    index.and_then(|index| u32::try_from(index).ok()).filter(|&index| (index as usize) < count).ok_or_else(|| {
        line.wrong(format!("the corner \"{}\"", clip(corner)))
            .expected(format!("a vertex from 1 to {count}, or from -{count} to -1"))
            .remedy("export the scan again")
    })
}
