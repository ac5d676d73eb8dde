//! The one error type of the crate, and the findings that checks return.
//!
//! An [`Error`] stops a stage; a [`Finding`] is something that a check saw and that the caller decides about.
//! Both say where, what was found, what was expected and what to do.

mod file;
mod json;
mod limits;

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use file::{open_file, read_bounded, read_file};
pub use json::{from_commented_json, from_json};
pub use limits::{
    MOST_BYTES, MOST_BYTES_BY_HAND, MOST_COORDINATE, MOST_LINE_POINTS, MOST_ROWS, MOST_TRIANGLES, check_limit,
    raise_limits,
};

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who has to act on an error; decides the exit status of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The command was used in a way that cannot work.
    Usage,
    /// An input file or value cannot be read or does not make sense.
    Input,
    /// The system failed: disk, memory, an output that cannot be written.
    System,
}

/// What went wrong, where, and what to do about it.
///
/// Texts are lower case without a final full stop. Build one with [`Error::input`], [`Error::usage`] or
/// [`Error::system`] and the chained setters:
///
/// ```
/// use tonsure::error::Error;
/// let error = Error::input("a spacing of -1 mm").file("case.json").place("design.spacing_mm")
///     .expected("a spacing above 0").remedy("correct the number");
/// assert_eq!(
///     error.to_string(),
///     "case.json: design.spacing_mm: found a spacing of -1 mm; expected a spacing above 0; correct the number"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Parts>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    kind: ErrorKind,
    file: Option<String>,
    place: Option<String>,
    found: String,
    expected: Option<String>,
    remedy: Option<String>,
}

impl Error {
    fn new(kind: ErrorKind, found: impl Into<String>) -> Self {
        Self(Box::new(Parts { kind, file: None, place: None, found: found.into(), expected: None, remedy: None }))
    }

    /// An input that cannot be used; `found` says what was there.
    pub fn input(found: impl Into<String>) -> Self {
        Self::new(ErrorKind::Input, found)
    }

    /// A call that cannot work; `found` says what was asked.
    pub fn usage(found: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, found)
    }

    /// A failure of the system; `found` says what the system answered.
    pub fn system(found: impl Into<String>) -> Self {
        Self::new(ErrorKind::System, found)
    }

    /// Names the file, unless an inner stage has named one already.
    #[must_use]
    pub fn file(mut self, file: impl Into<String>) -> Self {
        self.0.file.get_or_insert_with(|| file.into());
        self
    }

    /// Names the place inside the file (line, JSON path, triangle, point), unless one is named already.
    #[must_use]
    pub fn place(mut self, place: impl Into<String>) -> Self {
        self.0.place.get_or_insert_with(|| place.into());
        self
    }

    /// Puts the larger thing before the place that is named already, as in `keep-out 2, point 7`.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        self.0.place = Some(self.0.place.map_or_else(|| outer.to_owned(), |inner| format!("{outer}, {inner}")));
        self
    }

    /// Says what was expected instead.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// Who has to act.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &*self.0;
        if let Some(file) = &parts.file {
            write!(f, "{file}: ")?;
        }
        if let Some(place) = &parts.place {
            write!(f, "{}: ", shortened(place))?;
        }
        write!(f, "found {}", shortened(&parts.found))?;
        if let Some(expected) = &parts.expected {
            write!(f, "; expected {expected}")?;
        }
        if let Some(remedy) = &parts.remedy {
            write!(f, "; {remedy}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// The most characters of one part of an error that are printed; parts quote the input, which may be one endless word.
const MOST_CHARACTERS: usize = 400;

/// Both ends of `text`, with the number of characters left out between them, if it is too long to read.
fn shortened(text: &str) -> Cow<'_, str> {
    let count = text.chars().count();
    if count <= MOST_CHARACTERS {
        return Cow::Borrowed(text);
    }
    let half = MOST_CHARACTERS / 2;
    let start: String = text.chars().take(half).collect();
    let end: String = text.chars().skip(count - half).collect();
    Cow::Owned(format!("{start} … {} characters more … {end}", count - 2 * half))
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// Checked and in order, or worth knowing only.
    Pass,
    /// Can be used, but a person should look.
    Warn,
    /// Must not be used.
    Fail,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "PASS",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        })
    }
}

/// Something a check saw: stable code, weight, and a sentence with the numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Stable name in kebab case (`open-edges`, `dots-not-reached`) or the number of a check (`P07`).
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// How many times it was seen; 0 when counting makes no sense.
    pub count: usize,
    /// What was seen, with numbers and places.
    pub message: String,
    /// What to do; empty when nothing needs to be done.
    pub remedy: String,
    /// Lower and upper corner of the box around the places, mm, in the scan's axes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds_mm: Option<[[f64; 3]; 2]>,
    /// The landmark nearest to the places, and how far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<String>,
}

impl Finding {
    /// A finding of the given weight; set `count` and `remedy` with [`Finding::times`] and [`Finding::remedy`].
    pub fn new(code: impl Into<String>, severity: Severity, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        Self { code, severity, count: 0, message, remedy: String::new(), bounds_mm: None, near: None }
    }

    /// Says how many times it was seen.
    #[must_use]
    pub fn times(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// Says where: the box around the places, mm.
    #[must_use]
    pub fn bounds_mm(mut self, bounds_mm: [[f64; 3]; 2]) -> Self {
        self.bounds_mm = Some(bounds_mm);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_words_of_an_input_are_shortened_at_both_ends() {
        let key = format!("a{}z", "é".repeat(10_000));
        let error = Error::input(format!("the unknown key \"{key}\"")).place(format!("dots.{key}")).expected("id");
        let text = error.to_string();
        assert!(text.starts_with("dots.aé") && text.ends_with("éz\"; expected id"), "{text}");
        assert_eq!(text.matches("characters more").count(), 2, "{text}");
        assert!(text.chars().count() < 900, "{text}");
    }
}
