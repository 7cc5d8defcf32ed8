//! Files in the making, which have their place but not yet their name.
//!
//! Nothing is ever half written: whoever looks finds the old file or the new one, whole. Who is
//! interrupted takes away what was in the making.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// All that are in the making.
static PARTS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file beside another, under a name that nobody has. It is gone when this is dropped.
#[derive(Debug)]
pub struct Part(PathBuf);

impl Part {
    /// A new one.
    ///
    /// # Errors
    /// What the system says.
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

    /// Gives it its name, and the owner and mode of what had that name before.
    ///
    /// # Errors
    /// What the system says.
    pub fn rename(mut self, path: &Path, before: Option<&Metadata>) -> io::Result<()> {
        if let Some(before) = before {
            own(&self.0, before);
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
        // With its name it is nobody's part any more.
        if !self.0.as_os_str().is_empty() {
            let mut parts = PARTS.lock().unwrap_or_else(PoisonError::into_inner);
            parts.retain(|part| *part != self.0);
            drop(fs::remove_file(&self.0));
        }
    }
}

/// Gives a file the owner of another. Only root can; for others it is theirs.
#[cfg(unix)]
fn own(path: &Path, other: &Metadata) {
    use std::os::unix::fs::{MetadataExt, chown};
    let is_same = |own: &Metadata| (own.uid(), own.gid()) == (other.uid(), other.gid());
    if !fs::metadata(path).is_ok_and(|own| is_same(&own)) {
        drop(chown(path, Some(other.uid()), Some(other.gid())));
    }
}

#[cfg(not(unix))]
fn own(_: &Path, _: &Metadata) {}

/// Waits until a name is on the disk: it is when its folder is. Where folders cannot be opened, it
/// comes by itself.
pub fn sync_folder_of(path: &Path) {
    if let Ok(folder) = File::open(super::files::folder_of(path)) {
        drop(folder.sync_all());
    }
}

/// Takes away what a killed process left of a file in the making. Nobody else may be making it.
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

    /// Waits for whoever ends this process, from the first file in the making on. Without a thread to
    /// do so, a part may be left; nothing else depends on it.
    pub fn watch() {
        static WATCH: Once = Once::new();
        WATCH.call_once(|| {
            let ignored = ignored();
            let heard = [SIGHUP, SIGINT, SIGTERM]
                .into_iter()
                .filter(|signal| ignored >> (signal - 1) & 1 == 0);
            let Ok(mut signals) = Signals::new(heard) else { return };
            drop(std::thread::Builder::new().spawn(move || {
                for signal in signals.forever() {
                    // Kept until the end: nobody begins another part.
                    let parts = PARTS.lock().unwrap_or_else(PoisonError::into_inner);
                    parts.iter().for_each(|part| drop(fs::remove_file(part)));
                    drop(emulate_default_handler(signal));
                }
            }));
        });
    }

    /// The signals that whoever started this process told it to ignore, as nohup does: a bit each.
    /// Where the system does not say, none.
    fn ignored() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
    }
}

#[cfg(not(unix))]
mod signals {
    /// Elsewhere an interrupted process leaves its parts, and the next one clears them away.
    pub fn watch() {}
}
