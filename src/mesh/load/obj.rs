//! OBJ: vertices and polygons as text (Wavefront, Advanced Visualizer Manual, appendix B1).
//!
//! Objects and groups are joined. Texture coordinates, normals, materials, lines, points and free-form surfaces are
//! not read. An own reader, because errors name the line and polygons may be concave.

use super::lines::{Line, clip, lines};
use super::soup::Soup;
use crate::error::Result;

pub(super) fn read(bytes: &[u8]) -> Result<Soup> {
    let mut soup = Soup::default();
    let mut face = Vec::new();
    // Line of a face that goes on in the next line.
    let mut open: Option<Line<'_>> = None;
    for line in lines(bytes) {
        let mut words = line.words();
        if open.is_none() {
            match words.next() {
                Some("v") => {
                    soup.push_vertex(line.coordinates(&mut words)?, || line.place())?;
                    continue;
                }
                Some("f") => face.clear(),
                _ => continue,
            }
        }
        let mut continued = false;
        for word in words {
            let corner = word.trim_end_matches('\\');
            continued = corner.len() < word.len();
            if !corner.is_empty() {
                face.push(vertex_of(corner, soup.vertices().len(), &line)?);
            }
        }
        open = if continued { Some(line) } else { None };
        if open.is_none() {
            soup.push_polygon(&face)?;
        }
    }
    match open {
        Some(line) => Err(line
            .wrong("the end of the file in the middle of a face (truncated)")
            .expected("the corners that the \\ at the end of the line announces")
            .remedy("copy or export the file again")),
        None => Ok(soup),
    }
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
