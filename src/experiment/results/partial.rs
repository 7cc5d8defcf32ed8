//! Temporary files that are renamed when they are complete.
//!
//! A reader finds the old file or the new one, never a part of it. A process that is interrupted removes
//! its temporary files.

mod signals;

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use self::signals::PARTS;

/// A temporary file in the folder of another. It is removed on drop.
#[derive(Debug)]
pub struct Part(PathBuf);

impl Part {
    /// Creates a file with a new name beside `path`.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn beside(path: &Path) -> io::Result<(File, Self)> {
        signals::watch();
        let mut parts = PARTS.lock().unwrap_or_else(PoisonError::into_inner);
        let mut number = 0;
        loop {
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".part{number}"));
            match File::create_new(&name) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                created => {
                    let file = created?;
                    parts.push(name.clone().into());
                    return Ok((file, Self(name.into())));
                }
            }
        }
    }

    /// Renames the file to `path`. It gets the owner and mode of the file that it replaces.
    ///
    /// # Errors
    /// The file cannot be renamed.
    pub fn rename(mut self, path: &Path, before: Option<&Metadata>) -> io::Result<()> {
        if let Some(before) = before {
            copy_owner(&self.0, before);
            fs::set_permissions(&self.0, before.permissions())?;
        }
        let mut parts = PARTS.lock().unwrap_or_else(PoisonError::into_inner);
        fs::rename(&self.0, path)?;
        parts.retain(|part| *part != self.0);
        self.0 = PathBuf::new();
        drop(parts);
        sync_folder_of(path);
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // An empty path means that the file was renamed.
        if !self.0.as_os_str().is_empty() {
            let mut parts = PARTS.lock().unwrap_or_else(PoisonError::into_inner);
            parts.retain(|part| *part != self.0);
            drop(fs::remove_file(&self.0));
        }
    }
}

/// Gives a file the owner of another, if this process may: only root can.
#[cfg(unix)]
fn copy_owner(path: &Path, other: &Metadata) {
    use std::os::unix::fs::{MetadataExt, chown};
    let is_same = |current: &Metadata| (current.uid(), current.gid()) == (other.uid(), other.gid());
    if !fs::metadata(path).is_ok_and(|current| is_same(&current)) {
        drop(chown(path, Some(other.uid()), Some(other.gid())));
    }
}

#[cfg(not(unix))]
fn copy_owner(_: &Path, _: &Metadata) {}

/// The folder of a file; `.` for a bare name.
pub fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Syncs the folder of a file, so that its name survives a crash of the system. Systems that cannot open
/// folders do not need it.
pub fn sync_folder_of(path: &Path) {
    if let Ok(folder) = File::open(folder_of(path)) {
        drop(folder.sync_all());
    }
}

/// Removes the temporary files that a killed process left beside `path`. No other process may be writing
/// them.
pub fn remove_parts(path: &Path) {
    let Some(name) = path.file_name() else { return };
    let begin = format!("{}.part", name.to_string_lossy());
    for entry in fs::read_dir(folder_of(path)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let number = name.strip_prefix(&begin).unwrap_or("x");
        if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
            drop(fs::remove_file(entry.path()));
        }
    }
}
