//! STL: a list of triangles, as text or as records of 50 bytes (3D Systems, Stereolithography Interface Specification,
//! 1989).

use super::lines::{Line, clip, lines};
use super::soup::Soup;
use crate::error::{Error, Finding, Result, Severity};

/// Free text of 80 bytes and the number of triangles.
const HEADER: usize = 84;
/// Normal, three corners (32-bit floats), two bytes of attributes.
const RECORD: usize = 50;

pub(super) fn read(bytes: &[u8]) -> Result<Soup> {
    if is_text(bytes) { read_text(bytes) } else { read_binary(bytes) }
}

/// Binary files may begin with `solid` as well; then their length tells, or the missing of the next keyword.
fn is_text(bytes: &[u8]) -> bool {
    let first_word = bytes.trim_ascii_start().get(..5).unwrap_or_default();
    if !first_word.eq_ignore_ascii_case(b"solid") || promised_length(bytes) == Some(bytes.len() as u64) {
        return false;
    }
    let beginning = bytes.get(..1024).unwrap_or(bytes).to_ascii_lowercase();
    [b"facet".as_slice(), b"endsolid"].iter().any(|word| beginning.windows(word.len()).any(|part| part == *word))
}

fn promised_length(bytes: &[u8]) -> Option<u64> {
    let count: [u8; 4] = bytes.get(HEADER - 4..HEADER)?.try_into().ok()?;
    Some(HEADER as u64 + RECORD as u64 * u64::from(u32::from_le_bytes(count)))
}

fn read_binary(bytes: &[u8]) -> Result<Soup> {
    let (Some(promised), Some(body)) = (promised_length(bytes), bytes.get(HEADER..)) else {
        return Err(Error::input(format!("{} bytes", bytes.len()))
            .place("header")
            .expected(format!("at least {HEADER} bytes of a binary STL, or a text that begins with \"solid\""))
            .remedy("copy or export the file again"));
    };
    let (records, rest) = body.as_chunks::<RECORD>();
    let triangles = (promised - HEADER as u64) / RECORD as u64;
    if promised > bytes.len() as u64 {
        return Err(Error::input(format!("{} bytes with {} whole triangles (truncated)", bytes.len(), records.len()))
            .place(format!("byte {}", bytes.len() - rest.len()))
            .expected(format!("{promised} bytes for the {triangles} triangles that the header promises"))
            .remedy("copy or export the file again"));
    }
    let records = &records[..triangles as usize];
    let mut soup = Soup::with_capacity(records.len() * 3, records.len());
    for (index, record) in records.iter().enumerate() {
        let (numbers, _) = record.as_chunks::<4>();
        let mut corners = numbers.iter().map(|&number| f64::from(f32::from_le_bytes(number))).skip(3);
        while let (Some(x), Some(y), Some(z)) = (corners.next(), corners.next(), corners.next()) {
            soup.push_vertex([x, y, z], || format!("triangle {index} (counted from 0)"))?;
        }
        soup.push_triangle_of_last_vertices()?;
    }
    soup.findings.extend(trailing_bytes(bytes.len() as u64 - promised, triangles));
    Ok(soup)
}

/// Some programs add blocks of their own; but a wrong count looks the same.
fn trailing_bytes(count: u64, triangles: u64) -> Option<Finding> {
    let message = || {
        format!(
            "{count} bytes, room for {} triangles, follow the {triangles} triangles that the header promises, and were \
             passed over",
            count / RECORD as u64
        )
    };
    let finding = || Finding::new("trailing-bytes", Severity::Warn, message()).times(count as usize);
    (count > 0).then(|| finding().remedy("look at the preview: if a part is missing, export the scan again"))
}

fn read_text(bytes: &[u8]) -> Result<Soup> {
    let mut soup = Soup::default();
    // Number of corners since `facet`; `None` outside of a facet.
    let mut corners = None;
    let mut last = 0;
    for line in lines(bytes) {
        last = line.number;
        let mut words = line.words();
        // Usually one keyword a line, but any number may stand there.
        while let Some(keyword) = words.next() {
            match keyword.to_ascii_lowercase().as_str() {
                // The rest of the line is a name.
                "solid" | "endsolid" if corners.is_none() => break,
                "facet" if corners.is_none() => {
                    corners = Some(0);
                    // `normal` and its three numbers, which may be anything.
                    words.by_ref().take(4).for_each(drop);
                }
                "outer" if corners.is_some() => words.by_ref().take(1).for_each(drop),
                "vertex" => {
                    let count = corners.as_mut().ok_or_else(|| outside(&line, keyword))?;
                    soup.push_vertex(line.coordinates(&mut words)?, || line.place())?;
                    *count += 1;
                }
                "endloop" if corners.is_some() => {}
                "endfacet" => match corners.take() {
                    Some(3) => soup.push_triangle_of_last_vertices()?,
                    Some(count) => {
                        return Err(line
                            .wrong(format!("a facet of {count} corners"))
                            .expected("three times \"vertex x y z\"")
                            .remedy("export the scan again"));
                    }
                    None => return Err(outside(&line, keyword)),
                },
                _ => return Err(outside(&line, keyword)),
            }
        }
    }
    if corners.is_some() {
        return Err(Error::input("the end of the file in the middle of a facet (truncated)")
            .place(format!("line {last}"))
            .expected("endfacet")
            .remedy("copy or export the file again"));
    }
    Ok(soup)
}

fn outside(line: &Line<'_>, keyword: &str) -> Error {
    line.wrong(format!("\"{}\" where it does not belong", clip(keyword)))
        .expected("facet, outer loop, three times vertex, endloop, endfacet")
        .remedy("export the scan again")
}
