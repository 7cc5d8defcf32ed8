//! Temporary files that are renamed when they are complete.
//!
//! A reader finds the old file or the new one, never a part of it. A process that is interrupted removes
//! its temporary files.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The temporary files of this process, for the signal handler.
static PARTS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

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

/// Syncs the folder of a file, so that its name survives a crash of the system. Systems that cannot open
/// folders do not need it.
pub fn sync_folder_of(path: &Path) {
    if let Ok(folder) = File::open(super::files::folder_of(path)) {
        drop(folder.sync_all());
    }
}

/// Removes the temporary files that a killed process left beside `path`. No other process may be writing
/// them.
pub fn remove_parts(path: &Path) {
    let Some(name) = path.file_name() else { return };
    let begin = format!("{}.part", name.to_string_lossy());
    for entry in fs::read_dir(super::files::folder_of(path)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let number = name.strip_prefix(&begin).unwrap_or("x");
        if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

#[cfg(unix)]
mod signals {
    use std::fs;
    use std::sync::{Once, PoisonError};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    use super::PARTS;

    /// Starts, at the first temporary file, a thread that removes temporary files on a signal. If no thread
    /// can be started, an interrupted process leaves its temporary files.
    pub fn watch() {
        static WATCH: Once = Once::new();
        WATCH.call_once(|| {
            let ignored = ignored();
            let handled = [SIGHUP, SIGINT, SIGTERM]
                .into_iter()
                .filter(|signal| ignored >> (signal - 1) & 1 == 0);
            let Ok(mut signals) = Signals::new(handled) else { return };
            drop(std::thread::Builder::new().spawn(move || {
                for signal in signals.forever() {
                    // The lock is held until the process ends, so that no other file is begun.
                    let parts = PARTS.lock().unwrap_or_else(PoisonError::into_inner);
                    parts.iter().for_each(|part| drop(fs::remove_file(part)));
                    drop(emulate_default_handler(signal));
                }
            }));
        });
    }

    /// The signals that this process inherited as ignored, as under nohup: a bit each. None if the system
    /// does not tell.
    fn ignored() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
    }
}

#[cfg(not(unix))]
mod signals {
    /// An interrupted process leaves its temporary files, and the next one removes them.
    pub fn watch() {}
}
