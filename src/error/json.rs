use serde::de::DeserializeOwned;

use super::{Error, MOST_BYTES_BY_HAND, Result, check_limit};

/// Parses JSON into a checked type. Errors name line, column and JSON path, what was found and expected, and for a
/// misspelt key the nearest known one.
///
/// Types should be derived with `deny_unknown_fields`, so that a misspelt optional key is not silently ignored.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8], file: &str) -> Result<T> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        describe(&path, &error.into_inner()).file(file)
    })?;
    reader.end().map_err(|error| describe(".", &error).file(file))?;
    Ok(value)
}

/// Like [`from_json`] for files that people write: `//` and `/* */` comments and trailing commas are allowed, and files of
/// more than [`MOST_BYTES_BY_HAND`] are not.
pub fn from_commented_json<T: DeserializeOwned>(bytes: &[u8], file: &str) -> Result<T> {
    check_limit(bytes.len(), MOST_BYTES_BY_HAND, "bytes").map_err(|error| error.file(file))?;
    let mut text = bytes.to_vec();
    // What cannot be stripped (an unclosed comment, say) is reported by the parser with its place.
    if json_strip_comments::strip_slice(&mut text).is_err() {
        text = bytes.to_vec();
    }
    from_json(&text, file)
}

fn describe(path: &str, error: &serde_json::Error) -> Error {
    let full = error.to_string();
    let message = full.split(" at line ").next().unwrap_or(&full);
    let position = format!("line {} column {}", error.line(), error.column());
    let place = if path == "." || path == "?" { position } else { format!("{position}, {path}") };
    let names = quoted(message);
    let error = match (message, names.as_slice()) {
        (m, [key, known @ ..]) if m.starts_with("unknown field") => unknown("key", key, known),
        (m, [value, known @ ..]) if m.starts_with("unknown variant") => unknown("value", value, known),
        (m, [key, ..]) if m.starts_with("missing field") => Error::input(format!("no key \"{key}\""))
            .expected(format!("the key \"{key}\""))
            .remedy(format!("add \"{key}\"; it has no default")),
        (m, [key, ..]) if m.starts_with("duplicate field") => {
            Error::input(format!("the key \"{key}\" twice")).expected("every key once").remedy("delete one of the two")
        }
        (m, _) if m.starts_with("invalid ") => {
            let (found, expected) = m.split_once(", expected ").unwrap_or((m, "another value"));
            let found = found.split_once(": ").map_or(found, |(_, found)| found);
            Error::input(found_in_words(found)).expected(expected_in_words(expected)).remedy("correct the value")
        }
        (m, _) => Error::input(format!("text that is no JSON: {m}"))
            .expected("valid JSON")
            .remedy("correct the text at that place"),
    };
    error.place(place)
}

/// What serde found, as people would say it.
fn found_in_words(found: &str) -> String {
    let quoted = quoted(found);
    let number = ["integer ", "floating point "].iter().any(|kind| found.starts_with(kind));
    match (found, quoted.as_slice()) {
        ("sequence", _) => "a list".to_owned(),
        ("map", _) => "an object".to_owned(),
        (_, [value]) if number => format!("the number {value}"),
        (_, [value]) if found.starts_with("boolean ") => (*value).to_owned(),
        _ => match (found.strip_prefix("string "), found.strip_prefix("invalid length ")) {
            (Some(text), _) => format!("the text {text}"),
            (_, Some(length)) => format!("a list of {length}"),
            _ => found.to_owned(),
        },
    }
}

/// What serde expected, without words of Rust.
fn expected_in_words(expected: &str) -> String {
    match expected {
        "f64" | "f32" => "a number".to_owned(),
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of 0 or above".to_owned(),
        "i8" | "i16" | "i32" | "i64" => "a whole number".to_owned(),
        "a string" => "a text in quotes".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        _ if expected.starts_with("struct ") => "an object with keys".to_owned(),
        _ => expected.replace("an array of length", "a list of"),
    }
}

fn unknown(what: &str, found: &str, known: &[&str]) -> Error {
    let nearest = known.iter().max_by(|a, b| similarity(found, a).total_cmp(&similarity(found, b)));
    let error = Error::input(format!("the unknown {what} \"{found}\"")).expected(match known {
        [] => format!("no {what} here"),
        _ => format!("one of {}", known.join(", ")),
    });
    match nearest {
        Some(name) if similarity(found, name) > 0.6 => error.remedy(format!("did you mean \"{name}\"?")),
        _ => error.remedy("correct or delete it"),
    }
}

fn similarity(a: &str, b: &str) -> f64 {
    strsim::jaro_winkler(a, b)
}

/// The words that serde puts between backquotes.
fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[allow(dead_code, reason = "only its key matters")]
        depth_mm: f64,
        #[serde(default)]
        #[allow(dead_code, reason = "only its key matters")]
        dwell_s: f64,
    }

    fn error(text: &str) -> String {
        from_json::<Sample>(text.as_bytes(), "case.json").expect_err(text).to_string()
    }

    #[test]
    fn a_misspelt_key_is_met_with_the_nearest_known_one() {
        let text = error(r#"{"depth_mm": 1, "dwel_s": 2}"#);
        assert!(text.starts_with("case.json: line 1 column 24, dwel_s: found the unknown key \"dwel_s\""), "{text}");
        assert!(text.ends_with("did you mean \"dwell_s\"?"), "{text}");
    }

    #[test]
    fn missing_and_double_keys_and_wrong_types_are_named() {
        assert!(error("{}").contains("add \"depth_mm\"; it has no default"));
        assert!(error(r#"{"depth_mm": 1, "depth_mm": 2}"#).contains("the key \"depth_mm\" twice"));
        assert!(error(r#"{"depth_mm": "deep"}"#).contains("found the text \"deep\"; expected a number"));
        assert!(error(r#"{"depth_mm": [1]}"#).contains("found a list; expected a number"));
        assert!(error("[[]]").contains("found a list; expected a number"));
        assert!(error("7").contains("found the number 7; expected an object with keys"));
        let whole = |text: &str| from_json::<[u32; 2]>(text.as_bytes(), "x").expect_err(text).to_string();
        assert!(whole("[-1, 2]").contains("found the number -1; expected a whole number of 0 or above"));
        assert!(whole("[1]").contains("found a list of 1; expected a list of 2"));
        assert!(whole("true").contains("found true; expected a list of 2"));
        assert!(error(r#"{"depth_mm": 1"#).contains("no JSON"));
        assert!(error(r#"{"depth_mm": 1} x"#).contains("no JSON"));
    }

    #[test]
    fn comments_are_allowed_where_people_write_and_keep_places_right() {
        let text = "{ // the depth\n \"depth_mm\": 1, /* and */ \"dwel_s\": 2 }";
        let error = from_commented_json::<Sample>(text.as_bytes(), "c").expect_err(text).to_string();
        assert!(error.starts_with("c: line 2 column 34, dwel_s"), "{error}");
        assert!(from_commented_json::<Sample>(b"{\"depth_mm\": 1, // x\n}", "c").is_ok());
        assert!(from_commented_json::<Sample>(b"{\"depth_mm\": 1 /*", "c").is_err());
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert!(from_json::<Sample>("\u{feff}{\"depth_mm\": 1}".as_bytes(), "x").is_ok());
    }
}
