use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::case::SETUPS;
use crate::error::{Error, Result, read_file};

/// Reads a whole input file; `-` is standard input. Folders, devices and pipes are refused by name.
pub fn read_input(path: &Path) -> Result<Vec<u8>> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(|error| Error::system(error.to_string()).file("-"))?;
        return Ok(bytes);
    }
    read_file(path)
}

/// The folder in which a command leaves its files. Each file appears whole or not at all.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder where there is none.
    pub fn create(path: &Path) -> Result<Self> {
        let fault = |found: String| {
            Error::system(found)
                .file(path.display().to_string())
                .expected("a folder that can be written to")
                .remedy("name another folder with --out, or mend its permissions")
        };
        if path.exists() && !path.is_dir() {
            return Err(fault("a file".to_owned()));
        }
        fs::create_dir_all(path).map_err(|error| fault(error.to_string()))?;
        Ok(Self { path: path.to_owned() })
    }

    /// Writes one file whole: into a temporary file beside it, then renamed.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        self.write_with(name, |out| out.write_all(content))
    }

    /// Like [`Folder::write`], from a function that writes.
    pub fn write_with(&self, name: &str, content: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>) -> Result<()> {
        let target = self.path.join(name);
        write_whole(&target, content)
    }

    /// Deletes the programs, maps and verdicts that an earlier run left, so that none of an older plan stays beside a
    /// newer one. Files whose names this program does not give are never touched.
    pub fn remove_programs(&self) -> Result<()> {
        let fault =
            |error: io::Error| Error::system(error.to_string()).file(self.path.display().to_string()).remedy("mend it");
        for entry in fs::read_dir(&self.path).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            if entry.file_name().to_str().is_some_and(is_program_name) {
                fs::remove_file(entry.path()).map_err(fault)?;
            }
        }
        Ok(())
    }
}

/// `session-K.SETUP.` and then a program, its air run, its map or its verdict.
fn is_program_name(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("session-") else { return false };
    let mut parts = rest.split('.');
    let session = parts.next().is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    let setup = parts.next().is_some_and(|setup| SETUPS.contains(&setup));
    session
        && setup
        && matches!(
            parts.collect::<Vec<_>>()[..],
            ["nc" | "ngc" | "gcode"] | ["air", "nc" | "ngc" | "gcode"] | ["map", "csv"] | ["verify", "json"]
        )
}

/// Writes a file whole or not at all.
pub(crate) fn write_whole(target: &Path, content: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>) -> Result<()> {
    let fault = |error: io::Error| {
        Error::system(error.to_string())
            .file(target.display().to_string())
            .expected("a file that can be written")
            .remedy("check the folder, its permissions and the free space")
    };
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = NamedTempFile::new_in(folder).map_err(fault)?;
    let mut out = BufWriter::with_capacity(1 << 16, temporary.as_file());
    content(&mut out).and_then(|()| out.flush()).map_err(fault)?;
    drop(out);
    share(&temporary).map_err(fault)?;
    temporary.persist(target).map_err(|error| fault(error.error))?;
    Ok(())
}

/// Temporary files are private to their owner; results are not.
fn share(temporary: &NamedTempFile) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        temporary.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = temporary;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_programs_are_ours() {
        for name in
            ["session-1.upright.nc", "session-12.left.air.nc", "session-2.prone.map.csv", "session-1.left.verify.json"]
        {
            assert!(is_program_name(name), "{name}");
        }
        for name in
            ["session-.upright.nc", "session-1.nc", "session-1.upright.txt", "my.nc", "session-1.upright.air.map.csv"]
        {
            assert!(!is_program_name(name), "{name}");
        }
    }
}
