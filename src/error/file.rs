use std::fs;
use std::io;
use std::path::Path;

use super::{Error, Result};

/// Reads a whole input file. Errors name it; folders, devices and pipes are refused, as they may have no end.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    let unreadable = |error: &io::Error| {
        let (found, remedy) = match error.kind() {
            io::ErrorKind::NotFound => ("no such file".to_owned(), "correct the path"),
            _ => (error.to_string(), "check the path and its permissions"),
        };
        Error::input(found).file(path.display().to_string()).expected("a readable file").remedy(remedy)
    };
    let kind = fs::metadata(path).map_err(|error| unreadable(&error))?.file_type();
    if !kind.is_file() {
        let found = if kind.is_dir() { "a folder" } else { "a device or pipe" };
        return Err(Error::input(found)
            .file(path.display().to_string())
            .expected("a regular file")
            .remedy("name the file itself"));
    }
    fs::read(path).map_err(|error| unreadable(&error))
}
