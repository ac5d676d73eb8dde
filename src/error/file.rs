use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::{Error, Result};

/// Reads a whole input file. Errors name it; folders, devices and pipes are refused, as they may have no end.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    check_kind(path)?;
    fs::read(path).map_err(|error| unreadable(path, &error))
}

/// Opens an input file that need not be held whole. Refuses what [`read_file`] does.
pub fn open_file(path: &Path) -> Result<File> {
    check_kind(path)?;
    File::open(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    let (found, remedy) = match error.kind() {
        io::ErrorKind::NotFound => ("no such file".to_owned(), "correct the path"),
        _ => (error.to_string(), "check the path and its permissions"),
    };
    Error::input(found).file(path.display().to_string()).expected("a readable file").remedy(remedy)
}

fn check_kind(path: &Path) -> Result<()> {
    let kind = fs::metadata(path).map_err(|error| unreadable(path, &error))?.file_type();
    if !kind.is_file() {
        let found = if kind.is_dir() { "a folder" } else { "a device or pipe" };
        return Err(Error::input(found)
            .file(path.display().to_string())
            .expected("a regular file")
            .remedy("name the file itself"));
    }
    Ok(())
}
