//! OFF: counts, vertices and polygons as text (Geomview manual, section 4.2.5), with any of the prefixes `ST`, `C`, `N`.

use super::lines::{Line, clip, lines};
use super::soup::Soup;
use crate::error::{Error, Result};

pub(super) fn read(bytes: &[u8]) -> Result<Soup> {
    // Empty lines and comments may stand everywhere.
    let mut rows = lines(bytes).filter(|line| line.words().next().is_some());
    let mut first = rows.next().ok_or_else(|| truncated("the word OFF"))?;
    let keyword = first.words().next().unwrap_or_default().to_owned();
    if !is_keyword(&keyword) {
        return Err(first
            .wrong(format!("\"{}\"", clip(&keyword)))
            .expected("OFF, COFF, NOFF or another three-dimensional text OFF")
            .remedy("export the scan again"));
    }
    // The counts may stand in the line of the keyword.
    let mut skip = 1;
    if first.words().nth(1).is_none() {
        first = rows.next().ok_or_else(|| truncated("the numbers of vertices and faces"))?;
        skip = 0;
    }
    let mut words = first.words().skip(skip);
    let vertex_count = count(&first, words.next())?;
    let face_count = count(&first, words.next())?;

    let mut soup = Soup::default();
    for index in 0..vertex_count {
        let line = rows.next().ok_or_else(|| truncated(&format!("vertex {index} of {vertex_count}")))?;
        // Normals and colours may follow.
        soup.push_vertex(line.coordinates(&mut line.words())?, || line.place())?;
    }
    let mut polygon = Vec::new();
    for index in 0..face_count {
        let line = rows.next().ok_or_else(|| truncated(&format!("face {index} of {face_count}")))?;
        let mut words = line.words();
        let corners = count(&line, words.next())?;
        polygon.clear();
        for _ in 0..corners {
            polygon.push(vertex_index(&line, words.next(), vertex_count)?);
        }
        soup.push_polygon(&polygon)?;
    }
    soup.pass_over(rows.count(), "lines");
    Ok(soup)
}

fn is_keyword(word: &str) -> bool {
    word.strip_suffix("OFF").is_some_and(|prefix| ["", "C", "N", "CN", "ST", "STC", "STN", "STCN"].contains(&prefix))
}

fn count(line: &Line<'_>, word: Option<&str>) -> Result<usize> {
    let word = word.unwrap_or_default();
    word.parse().map_err(|_| {
        line.wrong(format!("the count \"{}\"", clip(word))).expected("a whole number").remedy("export the scan again")
    })
}

fn vertex_index(line: &Line<'_>, word: Option<&str>, vertex_count: usize) -> Result<u32> {
    let word = word.unwrap_or_default();
    word.parse().ok().filter(|&index: &u32| (index as usize) < vertex_count).ok_or_else(|| {
        line.wrong(format!("the vertex index \"{}\"", clip(word)))
            .expected(format!("a whole number below {vertex_count}"))
            .remedy("export the scan again")
    })
}

fn truncated(expected: &str) -> Error {
    Error::input("the end of the file (truncated)")
        .place("last line")
        .expected(expected)
        .remedy("copy or export the file again")
}
