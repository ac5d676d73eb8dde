use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::limits::in_force;
use super::{Error, MOST_BYTES, Result, check_limit};

/// Reads a whole input file. Errors name it; folders, devices and pipes are refused, as they may have no end, and files of
/// more than [`MOST_BYTES`], before anything is read.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    let mut file = open_file(path)?;
    let length = file.metadata().map_err(|error| unreadable(path, &error))?.len();
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    check_limit(length, MOST_BYTES, "bytes").map_err(|error| error.file(path.display().to_string()))?;
    // A growing buffer would be copied again and again.
    let mut bytes = Vec::with_capacity(length + 1);
    file.read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    Ok(bytes)
}

/// Reads a stream to its end, up to [`MOST_BYTES`].
pub fn read_bounded(stream: impl Read) -> Result<Vec<u8>> {
    read_up_to(MOST_BYTES, stream)
}

fn read_up_to(limit: usize, stream: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One more than is allowed tells that there is more.
    let most = in_force(limit) as u64 + 1;
    stream.take(most).read_to_end(&mut bytes).map_err(|error| Error::system(error.to_string()))?;
    check_limit(bytes.len(), limit, "bytes or more")?;
    Ok(bytes)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_without_end_is_given_up() {
        assert_eq!(read_up_to(4, &b"four"[..]), Ok(b"four".to_vec()));
        let error = read_up_to(4, io::repeat(b' ')).expect_err("no end").to_string();
        assert!(error.starts_with("found 5 bytes or more; expected at most 4; "), "{error}");
    }
}
