use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Dialect, Hooks, Profile};
use crate::error::{Error, Result, from_commented_json};

/// Version tag of the dialect format.
pub const DIALECT_FORMAT: &str = "tonsure-dialect/1";

/// A dialect of a rig's owner, in a file of its own that any number of profiles may name as their `own_dialect`: the
/// built-in dialect on which it is based, and what it says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnDialect {
    /// `tonsure-dialect/1`.
    pub format: String,
    /// Name, also used in program headers: letters, digits, `-` and `_`.
    pub name: String,
    /// The built-in dialect that holds where the templates say nothing, and as which `verify` reads the programs.
    pub based_on: Dialect,
    /// Header, footer and what stands for each event, as in a profile's `hooks`.
    pub hooks: Hooks,
}

/// Whether the value is the path of a file, and no name.
fn names_file(value: &str) -> bool {
    Path::new(value).extension().is_some_and(|extension| extension == "json")
}

impl OwnDialect {
    /// Reads a dialect file. Its templates are tried with the profile that names it.
    fn parse(text: &[u8], file: &str) -> Result<Self> {
        let own: Self = from_commented_json(text, file)?;
        if own.format == DIALECT_FORMAT {
            return Ok(own);
        }
        Err(Error::input(format!("{:?}", own.format))
            .file(file)
            .place("format")
            .expected(format!("{DIALECT_FORMAT:?}"))
            .remedy("use a dialect of this version, or correct the key"))
    }
}

/// Reads a profile. Where its `own_dialect` names a `.json` file, `read` gives that file's content and its path, and what it says takes its
/// place: a profile that was read names no file. Returns the content of that file, too.
pub fn profile_with_dialect(
    text: &[u8],
    file: &str,
    read: impl FnOnce(&str) -> Result<(Vec<u8>, String)>,
) -> Result<(Profile, Vec<u8>)> {
    let mut profile: Value = from_commented_json(text, file)?;
    let named = profile.get("own_dialect").and_then(Value::as_str).filter(|name| names_file(name));
    let Some((bytes, path)) = named.map(read).transpose().map_err(|error| error.place("own_dialect"))? else {
        return Ok((Profile::parse(text, file)?, Vec::new()));
    };
    let own = OwnDialect::parse(&bytes, &path)?;
    let twice = |key: &str, found: String| {
        Error::input(found)
            .file(file)
            .place(key)
            .expected(format!("nothing but what \"{path}\" says"))
            .remedy("keep it in one of the two files")
    };
    if profile.get("hooks").is_some() {
        return Err(twice("hooks", "hooks beside those of the own dialect".to_owned()));
    }
    if let Some(other) = profile.get("dialect").filter(|dialect| **dialect != json!(own.based_on)) {
        return Err(twice("dialect", other.to_string()));
    }
    if let Some(keys) = profile.as_object_mut() {
        keys.insert("own_dialect".to_owned(), json!(own.name));
        keys.insert("dialect".to_owned(), json!(own.based_on));
        keys.insert("hooks".to_owned(), json!(own.hooks));
    }
    // Whatever is wrong from here on is most likely a template.
    let profile = Profile::parse(profile.to_string(), &format!("{file} with {path}"))?;
    Ok((profile, bytes))
}
