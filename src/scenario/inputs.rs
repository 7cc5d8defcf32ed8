//! The files that a command reads, each read once.
//!
//! A second plan gets the same text, even if the file has changed since. The files that were read are
//! known, so that no output overwrites them.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Diagnostic;

/// The path that stands for standard input.
pub const STDIN: &str = "-";

/// Maximum size of a file in bytes. Bounds the reading of an endless device.
pub const MAX_FILE: u64 = 64 << 20;

/// Maximum time to read a pipe to its end. A guess: enough for a program that generates a scenario.
const PATIENCE: Duration = Duration::from_secs(60);

/// The files that a command has read. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Inputs(Arc<Mutex<Texts>>);

#[derive(Debug, Default)]
struct Texts {
    texts: BTreeMap<PathBuf, Arc<str>>,
    /// Texts in memory that replace files and were not read yet.
    bundled: BTreeMap<PathBuf, Arc<str>>,
    files: Vec<(PathBuf, FileId)>,
}

impl Inputs {
    /// The text of a file when it was first read.
    ///
    /// # Errors
    /// The error of the system; the file is too large, is no UTF-8, or does not end.
    pub fn read(&self, path: &Path) -> Result<Arc<str>, Diagnostic> {
        // The lock is held while reading, so that each file is read once.
        let mut inputs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = inputs.texts.get(path) {
            return Ok(text.clone());
        }
        let text = match inputs.bundled.remove(path) {
            Some(text) => text,
            None => {
                let (text, id) = read(path)?;
                inputs.files.extend(id.map(|id| (path.to_owned(), id)));
                text
            }
        };
        inputs.texts.insert(path.to_owned(), text.clone());
        Ok(text)
    }

    /// Whether the path is a file that can be read, and no folder.
    ///
    /// # Errors
    /// The error of the system.
    pub fn find(&self, path: &Path) -> io::Result<()> {
        let inputs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if path == Path::new(STDIN)
            || [&inputs.texts, &inputs.bundled].iter().any(|of| of.contains_key(path))
        {
            return Ok(());
        }
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            found => found.map(drop),
        }
    }

    /// Uses a text for the file at a path, instead of the disk.
    pub fn bundle(&self, path: impl Into<PathBuf>, text: impl Into<Arc<str>>) {
        let mut inputs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inputs.bundled.insert(path.into(), text.into());
    }

    /// Removes a file from those that the result depends on. It still must not be overwritten.
    pub fn forget(&self, path: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).texts.remove(path);
    }

    /// The texts that were read, by path.
    pub fn texts(&self) -> Vec<(PathBuf, Arc<str>)> {
        let inputs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inputs.texts.iter().map(|(path, text)| (path.clone(), text.clone())).collect()
    }

    /// The input that is the same file as `path`, also by another path or link.
    pub fn same_as(&self, other: &FileId) -> Option<PathBuf> {
        let inputs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inputs.files.iter().find(|(_, id)| id == other).map(|(path, _)| path.clone())
    }
}

/// The identity of a file whatever its path: device and inode, or else the path.
#[derive(Clone, Debug)]
pub struct FileId {
    path: PathBuf,
    node: Option<(u64, u64)>,
}

impl PartialEq for FileId {
    fn eq(&self, other: &Self) -> bool {
        match (self.node, other.node) {
            (Some(node), Some(other)) => node == other,
            _ => self.path == other.path,
        }
    }
}

impl FileId {
    /// The identity of the file at a path. `None` for terminals and other devices.
    pub fn new(path: &Path, found: &Metadata) -> Option<Self> {
        if is_character_device(found) {
            return None;
        }
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Some(Self { path, node: node(found) })
    }
}

#[cfg(unix)]
fn node(found: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn node(_: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(unix)]
fn is_character_device(found: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    found.file_type().is_char_device()
}

#[cfg(not(unix))]
fn is_character_device(_: &Metadata) -> bool {
    false
}

/// Reads a text file and returns its identity.
fn read(path: &Path) -> Result<(Arc<str>, Option<FileId>), Diagnostic> {
    let name = display(path);
    let system = bytes(path);
    let (bytes, id) =
        system.map_err(|error| Diagnostic::unreadable(format!("cannot read {name}: {error}")))?;
    if bytes.len() as u64 > MAX_FILE {
        let title = format!("cannot read {name}: it is larger than {} MiB", MAX_FILE >> 20);
        return Err(Diagnostic::unreadable(title));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes());
        Diagnostic::new("a file that is not in UTF-8")
            .at(&name, &text, at..at + char::REPLACEMENT_CHARACTER.len_utf8())
            .label("expected text in UTF-8")
    })?;
    // Some editors write a byte order mark.
    Ok((text.strip_prefix('\u{feff}').unwrap_or(&text).into(), id))
}

/// The name of an input in messages.
pub fn display(path: &Path) -> String {
    if path == Path::new(STDIN) { "standard input".into() } else { path.display().to_string() }
}

/// The folder to which the file names in an input are relative: the working directory for devices such
/// as standard input.
pub fn folder(path: &Path) -> &Path {
    let is_device = ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder));
    path.parent().filter(|_| !is_device).unwrap_or(Path::new(""))
}

fn bytes(path: &Path) -> io::Result<(Vec<u8>, Option<FileId>)> {
    if path == Path::new(STDIN) {
        let found = stdin_metadata();
        let id = found.as_ref().and_then(|found| FileId::new(path, found));
        let is_file = found.is_some_and(|found| found.is_file());
        let bytes = match is_file || io::stdin().is_terminal() {
            true => capped(io::stdin().lock()),
            false => within(PATIENCE, || capped(io::stdin().lock())),
        };
        return Ok((bytes?, id));
    }
    let found = fs::metadata(path)?;
    let id = FileId::new(path, &found);
    let bytes = if found.is_dir() {
        Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"))
    } else if found.is_file() {
        capped(File::open(path)?)
    } else if is_character_device(&found) && File::open(path)?.is_terminal() {
        // Input typed at a terminal has no time limit.
        capped(File::open(path)?)
    } else {
        let path = path.to_owned();
        within(PATIENCE, move || capped(File::open(path)?))
    };
    Ok((bytes?, id))
}

#[cfg(unix)]
fn stdin_metadata() -> Option<Metadata> {
    use std::os::fd::AsFd;
    File::from(io::stdin().as_fd().try_clone_to_owned().ok()?).metadata().ok()
}

#[cfg(not(unix))]
fn stdin_metadata() -> Option<Metadata> {
    None
}

/// Reads to the end, or one byte more than the maximum.
fn capped(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Waits for an operation that the other end of a pipe may block forever.
///
/// # Errors
/// The error of the operation, or a timeout after `patience`.
pub fn within<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (sender, receiver) = mpsc::sync_channel(1);
    // After a timeout the receiver is gone and the result is dropped.
    std::thread::Builder::new().spawn(move || drop(sender.send(work())))?;
    receiver.recv_timeout(patience).unwrap_or_else(|_| {
        let waited =
            format!("the other end of the pipe kept it waiting for {} s", patience.as_secs());
        Err(io::Error::new(io::ErrorKind::TimedOut, waited))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_once() {
        let path = std::env::temp_dir().join(format!("zonesim-inputs-{}", std::process::id()));
        fs::write(&path, "first").unwrap();
        let inputs = Inputs::default();
        assert_eq!(&*inputs.read(&path).unwrap(), "first");
        fs::write(&path, "second").unwrap();
        assert_eq!(&*inputs.read(&path).unwrap(), "first");
        fs::remove_file(&path).unwrap();
        assert_eq!(&*inputs.clone().read(&path).unwrap(), "first");
        inputs.bundle("nowhere/b.csv", "bundled");
        assert!(inputs.find(Path::new("nowhere/b.csv")).is_ok());
        assert_eq!(inputs.texts().len(), 1);
        assert_eq!(&*inputs.read(Path::new("nowhere/b.csv")).unwrap(), "bundled");
        assert_eq!(inputs.texts().len(), 2);
    }

    #[test]
    fn a_pipe_without_end_is_given_up() {
        let (reader, writer) = io::pipe().unwrap();
        let waited = within(Duration::from_millis(30), move || capped(reader));
        assert_eq!(waited.unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(writer);
        let endless = within(Duration::from_secs(60), || capped(io::repeat(b'#'))).unwrap();
        assert_eq!(endless.len() as u64, MAX_FILE + 1);
    }
}
