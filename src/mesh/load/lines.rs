use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::geometry::parse_finite;

/// A line of a text format: its number, counted from 1, and its text without a comment after `#`.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) number: usize,
    text: Cow<'a, str>,
}

/// All lines, empty ones included, behind a byte order mark if there is one; they end in LF, CR LF or CR. Bytes that are
/// no UTF-8 are replaced: they can only stand in names and comments.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut rest = Some(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes));
    let mut number = 0;
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.iter().position(|&byte| byte == b'\n' || byte == b'\r').unwrap_or(text.len());
        let (line, after) = text.split_at(end);
        rest = after.strip_prefix(b"\r\n").or_else(|| after.get(1..));
        number += 1;
        let code = line.split(|&byte| byte == b'#').next().unwrap_or_default();
        Some(Line { number, text: String::from_utf8_lossy(code) })
    })
}

impl Line<'_> {
    /// The text before a `\` at the end of the line, which says that the next line belongs to this one.
    pub(super) fn continued(&self) -> Option<&str> {
        self.text.trim_end().strip_suffix('\\')
    }

    /// Puts a text in front.
    pub(super) fn prepend(&mut self, text: &str) {
        if !text.is_empty() {
            self.text.to_mut().insert_str(0, text);
        }
    }

    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.text.split_whitespace()
    }

    /// An error at this line.
    pub(super) fn wrong(&self, found: impl Into<String>) -> Error {
        Error::input(found).place(self.place())
    }

    pub(super) fn place(&self) -> String {
        format!("line {}", self.number)
    }

    /// The next three words as coordinates.
    pub(super) fn coordinates<'w>(&self, words: &mut impl Iterator<Item = &'w str>) -> Result<[f64; 3]> {
        let mut coordinates = [0.0; 3];
        for coordinate in &mut coordinates {
            let word = words.next().ok_or_else(|| self.wrong("fewer than three coordinates"));
            *coordinate = word
                .and_then(|word| {
                    parse_finite(word).ok_or_else(|| self.wrong(format!("the coordinate \"{}\"", clip(word))))
                })
                .map_err(|error| {
                    error.expected("three finite numbers").remedy("export the scan again, or delete the vertex")
                })?;
        }
        Ok(coordinates)
    }
}

/// At most so much of a word is repeated in an error.
pub(super) fn clip(word: &str) -> String {
    const LONGEST: usize = 40;
    if word.chars().count() <= LONGEST {
        word.to_owned()
    } else {
        word.chars().take(LONGEST).chain("…".chars()).collect()
    }
}
