use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Reads JSON into a type. Errors say line and column, the path of the value, and for an unknown key or value the
/// nearest one that is known.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        describe(error.inner(), Some(path).filter(|path| path != "."))
    })?;
    reader.end().map_err(|error| describe(&error, None))?;
    Ok(value)
}

fn describe(error: &serde_json::Error, path: Option<String>) -> Error {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let what = text.strip_suffix(&position).unwrap_or(&text);
    let line = format!("line {} column {}", error.line(), error.column());
    let place = if error.is_data() { path.map(|path| format!("{path} ({line})")) } else { None }.unwrap_or(line);
    let (found, expected) = what.split_once(", expected ").map_or((what, None), |(found, rest)| (found, Some(rest)));
    let described = Error::input(found).place(place);
    let described = match expected {
        Some(expected) => described.expected(expected.replace('`', "\"")),
        None => described,
    };
    match nearest(found, expected.unwrap_or_default()) {
        Some(name) => described.remedy(format!("did you mean \"{name}\"?")),
        None => described.remedy("correct the file"),
    }
}

/// The name among the quoted ones in `expected` that is nearest to the quoted one in `found`, if one is near.
fn nearest<'a>(found: &str, expected: &'a str) -> Option<&'a str> {
    let wrong = found.split('`').nth(1)?;
    let known = expected.split('`').skip(1).step_by(2);
    let scored = known.map(|name| (strsim::jaro_winkler(wrong, name), name));
    scored.filter(|(score, _)| *score > 0.7).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}
