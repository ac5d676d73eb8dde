use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::case::SETUPS;
use crate::error::{Error, Result, open_file, read_bounded, read_file};
use crate::rig::PROGRAM_EXTENSIONS;

/// Reads a whole input file; `-` is standard input. Folders, devices and pipes are refused by name.
pub fn read_input(path: &Path) -> Result<Vec<u8>> {
    if path.as_os_str() == "-" {
        return read_bounded(io::stdin().lock()).map_err(|error| error.file("-"));
    }
    read_file(path)
}

/// Opens an input file to be read once, bit by bit; `-` is standard input.
pub fn open_input(path: &Path) -> Result<Box<dyn BufRead>> {
    Ok(if path.as_os_str() == "-" { Box::new(io::stdin().lock()) } else { Box::new(BufReader::new(open_file(path)?)) })
}

/// The folder in which a command leaves its files. Each file appears whole or not at all.
///
/// One run at a time has it, from before its first file to its end; where the system cannot lock folders, all may.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Made by this run; goes again when nothing comes to lie in it.
    made: bool,
    /// Held as long as this lives; the system lets go of it even when the process is killed.
    lock: Option<File>,
}

impl Folder {
    /// Makes the folder where there is none, takes it, and clears away what a killed run left half done. Errors: a folder
    /// that cannot be made or written to, and one into which another run is writing.
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
        let made = !path.exists();
        fs::create_dir_all(path).map_err(|error| fault(error.to_string()))?;
        let mut folder = Self::take(path)?;
        folder.made = made;
        folder.remove_drafts();
        Ok(folder)
    }

    fn take(path: &Path) -> Result<Self> {
        let handle = File::open(path).ok();
        let busy = handle.as_ref().map(File::try_lock);
        if matches!(busy, Some(Err(TryLockError::WouldBlock))) {
            return Err(Error::system("another run that writes into this folder")
                .file(path.display().to_string())
                .expected("a folder into which nothing else is written")
                .remedy("wait until the other run has ended, or name another folder with --out"));
        }
        Ok(Self { path: path.to_owned(), made: false, lock: handle.filter(|_| matches!(busy, Some(Ok(())))) })
    }

    /// Deletes drafts that have no owner any more: this run has none yet, and no other run has the folder. One that cannot be
    /// deleted does no harm.
    fn remove_drafts(&self) {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if self.lock.is_some() && name.starts_with(DRAFT.0) && name.ends_with(DRAFT.1) && !path.is_dir() {
                let _ = fs::remove_file(&path);
            }
        }
    }

    /// Refuses a folder in which one of these input files would be replaced by a result of the same name.
    pub fn spare<'a>(&self, inputs: impl IntoIterator<Item = &'a Path>) -> Result<()> {
        for input in inputs {
            let name = input.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if (RESULTS.contains(&name) || is_program_name(name)) && is_same_file(input, &self.path.join(name)) {
                return Err(Error::usage(format!("an input where \"{name}\" would be written"))
                    .file(input.display().to_string())
                    .expected("a folder for the results that does not hold an input of that name")
                    .remedy("name another folder with --out, or give the input another name"));
            }
        }
        Ok(())
    }

    /// A file in this folder that has no name yet.
    pub(super) fn draft(&self) -> Result<Draft> {
        let file = tempfile::Builder::new().prefix(DRAFT.0).suffix(DRAFT.1).tempfile_in(&self.path);
        Ok(Draft(file.map_err(|error| unwritable(&self.path, error.to_string()))?))
    }

    /// A draft with that content.
    pub(super) fn drafted(&self, content: &[u8]) -> Result<Draft> {
        let draft = self.draft()?;
        draft.write(|out| out.write_all(content).map_err(|error| unwritable(&self.path, error.to_string())))?;
        Ok(draft)
    }

    /// Puts drafts in the place of an earlier run's results: first its programs are removed, then the drafts get their names,
    /// one after the other. When one of them does not no program is left. Returns the names, sorted.
    pub(super) fn replace(&self, drafts: Vec<(String, Draft)>) -> Result<Vec<String>> {
        self.remove_programs()?;
        let mut names = Vec::new();
        for (name, draft) in drafts {
            self.keep(&name, draft).or_else(|error| self.remove_programs().and(Err(error)))?;
            names.push(name);
        }
        names.sort();
        Ok(names)
    }

    /// Gives a draft its name, in place of what had it. A program is on the disk before it has its name, whatever happens to
    /// the machine.
    fn keep(&self, name: &str, Draft(file): Draft) -> Result<()> {
        let target = self.path.join(name);
        let synced = if is_program_name(name) { file.as_file().sync_data() } else { Ok(()) };
        synced.and_then(|()| share(&file)).map_err(|error| unwritable(&target, error.to_string()))?;
        file.persist(&target).map_err(|error| unwritable(&target, error.error.to_string()))?;
        Ok(())
    }

    /// Deletes the programs, maps and verdicts that an earlier run left, so that none of an older plan stays beside a
    /// newer one. Files whose names this program does not give, and folders, are never touched.
    pub fn remove_programs(&self) -> Result<()> {
        let fault = |path: &Path, error: io::Error| {
            Error::system(error.to_string())
                .file(path.display().to_string())
                .expected("programs of an earlier run that can be deleted")
                .remedy("check the permissions, or name another folder with --out")
        };
        for entry in fs::read_dir(&self.path).map_err(|error| fault(&self.path, error))? {
            let path = entry.map_err(|error| fault(&self.path, error))?.path();
            if path.file_name().and_then(|name| name.to_str()).is_some_and(is_program_name) && !path.is_dir() {
                fs::remove_file(&path).map_err(|error| fault(&path, error))?;
            }
        }
        Ok(())
    }

    /// Deletes the programs after a run into this folder has failed. The failure itself is what the caller tells; that a
    /// program could not be deleted either shows in the folder.
    pub(super) fn withdraw(&self) {
        let _ = self.remove_programs();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.made {
            // One that is not empty stays.
            let _ = fs::remove_dir(&self.path);
        }
        // Closing the file would not do: a process that is being started holds a copy of it for a moment.
        if let Some(lock) = &self.lock {
            let _ = lock.unlock();
        }
    }
}

/// Beginning and end of the names of drafts.
const DRAFT: (&str, &str) = (".tonsure-", ".part");

/// A file that nobody can mistake for a result: it has its name only once it is kept, and is gone when it is not.
#[derive(Debug)]
pub(super) struct Draft(NamedTempFile);

impl Draft {
    /// Writes it from its beginning to its end.
    pub(super) fn write<T>(&self, content: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
        let mut out = BufWriter::with_capacity(1 << 16, self.0.as_file());
        let value = content(&mut out)?;
        out.flush().map_err(|error| unwritable(self.0.path(), error.to_string()))?;
        Ok(value)
    }

    /// Reads it from its beginning.
    pub(super) fn read(&self) -> Result<impl BufRead + '_> {
        let mut file = self.0.as_file();
        file.rewind().map_err(|error| Error::system(error.to_string()).file(self.0.path().display().to_string()))?;
        Ok(BufReader::with_capacity(1 << 16, file))
    }
}

/// [`Folder::withdraw`] where there is such a folder and no other run has it.
pub(super) fn withdraw_programs(path: &Path) {
    if path.is_dir() {
        let _ = Folder::take(path).map(|folder| folder.withdraw());
    }
}

/// Names of the results besides programs.
const RESULTS: [&str; 13] = [
    "aftercare.html",
    "key.svg",
    "key.csv",
    "plan.json",
    "scan.ply",
    "region.ply",
    "dots.csv",
    "preview.svg",
    "report.json",
    "report.html",
    "healing.json",
    "healing.csv",
    "calibration.json",
];

/// `session-K.SETUP.` and then a program, its air run, what touches or shows places, its map, its verdict or poses.
fn is_program_name(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("session-") else { return false };
    let mut parts = rest.split('.');
    let session = parts.next().is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    let setup = parts.next().is_some_and(|setup| SETUPS.contains(&setup));
    let is_program = |extension: &str| PROGRAM_EXTENSIONS.contains(&extension);
    session
        && setup
        && match parts.collect::<Vec<_>>()[..] {
            ["map" | "poses", "csv"]
            | ["probe", "map", "csv"]
            | ["verify" | "poses", "json"]
            | ["verify", "svg"]
            | ["air" | "probe" | "frame" | "fiducials", "verify", "svg"] => true,
            [extension] | ["air" | "probe" | "frame" | "fiducials", extension] => is_program(extension),
            _ => false,
        }
}

/// True when both paths lead to one file that is there.
pub(crate) fn is_same_file(a: &Path, b: &Path) -> bool {
    fs::canonicalize(a).is_ok_and(|a| fs::canonicalize(b).is_ok_and(|b| a == b))
}

/// Writes a file whole or not at all. A link is followed; a device or pipe takes the content as it comes, and one whose
/// reader has gone away is no error.
pub(crate) fn write_file(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let is_stream = fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
    if !is_stream {
        return replace(&fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()), content);
    }
    let written = OpenOptions::new().write(true).open(path).and_then(|stream| {
        let mut out = BufWriter::new(stream);
        content(&mut out)?;
        out.flush()
    });
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritable(path, error.to_string())),
        _ => Ok(()),
    }
}

/// Writes into a temporary file, which then takes the name.
fn replace(target: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let fault = |error: io::Error| unwritable(target, error.to_string());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(unwritable(target, "no such folder".to_owned()));
    }
    let temporary = NamedTempFile::new_in(folder).map_err(fault)?;
    let mut out = BufWriter::with_capacity(1 << 16, temporary.as_file());
    content(&mut out).and_then(|()| out.flush()).map_err(fault)?;
    drop(out);
    share(&temporary).map_err(fault)?;
    temporary.persist(target).map_err(|error| fault(error.error))?;
    Ok(())
}

fn unwritable(path: &Path, found: String) -> Error {
    Error::system(found)
        .file(path.display().to_string())
        .expected("a file that can be written")
        .remedy("check the folder, its permissions and the free space")
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
        for name in [
            "session-1.upright.nc",
            "session-12.left.air.nc",
            "session-2.prone.map.csv",
            "session-1.left.verify.json",
            "session-1.left.air.verify.svg",
        ] {
            assert!(is_program_name(name), "{name}");
        }
        for name in
            ["session-.upright.nc", "session-1.nc", "session-1.upright.txt", "my.nc", "session-1.upright.air.map.csv"]
        {
            assert!(!is_program_name(name), "{name}");
        }
    }
}
