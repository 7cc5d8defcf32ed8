//! The output files of a command.
//!
//! A command does not write to a file that it reads, to a store of runs, or twice to one file. A file
//! without a mark of this program ([`FileMark`]) is replaced only if the user allows it. Symbolic links and
//! devices are followed; a file is replaced as a whole and keeps its mode.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::file_mark::{FileMark, is_store};
use super::partial::{Part, folder_of};
use crate::scenario::{Diagnostic, FileId, Inputs, display, within};

/// The path that stands for standard output.
pub const STDOUT: &str = "-";

/// How long to wait for a reader of a pipe. A guess.
const PIPE_TIMEOUT: Duration = Duration::from_secs(60);

/// The outputs of a command, checked before anything is run.
#[derive(Debug)]
pub struct Outputs {
    inputs: Inputs,
    overwrite: bool,
    claimed: Vec<(PathBuf, Option<FileId>)>,
}

/// A file that may be written.
#[derive(Debug)]
pub struct Target {
    /// The name in messages.
    name: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Out,
    Err,
    /// A device or a pipe.
    Device(PathBuf),
    /// The path with all symbolic links resolved, and the metadata of an existing file.
    File(PathBuf, Option<Metadata>),
}

impl Outputs {
    /// The outputs of a command that reads `inputs`. `overwrite` allows replacing files without a mark of
    /// this program.
    pub fn new(inputs: &Inputs, overwrite: bool) -> Self {
        Self { inputs: inputs.clone(), overwrite, claimed: Vec::new() }
    }

    /// Claims a path for an output. An existing file must have the mark.
    ///
    /// # Errors
    /// A path that must not be written, or cannot be.
    pub fn claim(&mut self, path: &Path, mark: FileMark) -> Result<Target, Diagnostic> {
        let name = path.display().to_string();
        if path == Path::new(STDOUT) {
            return Ok(Target { name: "standard output".into(), place: Place::Out });
        }
        let failed = |error: io::Error| unwritable(path, &error);
        let place = match fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                return Err(unwritable(path, &"it is a folder; expected the name of a file"));
            }
            Ok(found) => self.claim_existing(path, found, mark)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let path = resolve(path)?;
                if self.claimed.iter().any(|(other, _)| *other == path) {
                    return Err(twice(&name));
                }
                self.claimed.push((path.clone(), None));
                Place::File(path, None)
            }
            Err(error) => return Err(failed(error)),
        };
        Ok(Target { name, place })
    }

    /// Claims the path of a store. The store itself checks an existing file.
    ///
    /// # Errors
    /// A file that the command reads, or another of its outputs.
    pub fn claim_store(&mut self, path: &Path) -> Result<(), Diagnostic> {
        let found = fs::metadata(path).ok();
        let id = found.as_ref().and_then(|found| FileId::new(path, found));
        let place = match &found {
            Some(_) => path.to_owned(),
            None => resolve(path)?,
        };
        let name = path.display().to_string();
        if let Some(input) = id.as_ref().and_then(|id| self.inputs.same_as(id)) {
            return Err(is_input(&name, &input));
        }
        let is_same = |(other, other_id): &(PathBuf, Option<FileId>)| {
            *other == place || (id.is_some() && *other_id == id)
        };
        if self.claimed.iter().any(is_same) {
            return Err(twice(&name));
        }
        self.claimed.push((place, id));
        Ok(())
    }

    /// Whether files without a mark of this program may be replaced.
    pub fn may_overwrite(&self) -> bool {
        self.overwrite
    }

    /// Claims an existing file.
    fn claim_existing(
        &mut self,
        path: &Path,
        found: Metadata,
        mark: FileMark,
    ) -> Result<Place, Diagnostic> {
        let name = path.display();
        let failed = |error: io::Error| unwritable(path, &error);
        let id = FileId::new(path, &found);
        if let Some(id) = &id {
            if let Some(input) = self.inputs.same_as(id) {
                return Err(is_input(&name.to_string(), &input));
            }
            if let Some(stream) = stream(id) {
                return Ok(stream);
            }
            if self.claimed.iter().any(|(_, other)| other.as_ref() == Some(id)) {
                return Err(twice(&name.to_string()));
            }
        }
        // A file that was deleted while it is open has no path and is written in place.
        let Some(resolved) = fs::canonicalize(path).ok().filter(|_| found.is_file()) else {
            return Ok(Place::Device(path.to_owned()));
        };
        // A file that the user may not write must not be replaced either.
        File::options().append(true).open(&resolved).map_err(failed)?;
        if is_store(&resolved).map_err(failed)? {
            let title = format!("{name} is a store of runs");
            return Err(Diagnostic::unreadable(title).help("expected another file to write to"));
        }
        if !self.overwrite && !mark.is_in(&resolved).map_err(failed)? {
            let title = format!("{name} is there already, and was not written by this program");
            let help = "expected another file to write to; --overwrite replaces this one";
            return Err(Diagnostic::unreadable(title).help(help));
        }
        self.claimed.push((resolved.clone(), id));
        Ok(Place::File(resolved, Some(found)))
    }
}

fn is_input(name: &str, input: &Path) -> Diagnostic {
    let input = display(input);
    let other = if name == input { String::new() } else { format!(", as {input}") };
    let title = format!("{name} is read by this command{other}");
    Diagnostic::unreadable(title).help("expected another file to write to")
}

fn twice(name: &str) -> Diagnostic {
    let title = format!("{name} would be written twice by this command");
    Diagnostic::unreadable(title).help("expected another file for one of the two")
}

/// Standard output or standard error, if a file is one of them. Opening it under another name would
/// overwrite what was written to the stream.
#[cfg(unix)]
fn stream(id: &FileId) -> Option<Place> {
    use std::os::fd::AsFd;
    let is_file = |stream: io::Result<std::os::fd::OwnedFd>| {
        let found = stream.and_then(|stream| File::from(stream).metadata());
        found.is_ok_and(|found| FileId::new(Path::new(STDOUT), &found).as_ref() == Some(id))
    };
    if is_file(io::stdout().as_fd().try_clone_to_owned()) {
        return Some(Place::Out);
    }
    is_file(io::stderr().as_fd().try_clone_to_owned()).then_some(Place::Err)
}

#[cfg(not(unix))]
fn stream(_: &FileId) -> Option<Place> {
    None
}

/// The largest number of symbolic links in a row; more are taken for a cycle.
const MAX_LINKS: usize = 40;

/// Resolves the symbolic links of a path at which no file exists.
fn resolve(path: &Path) -> Result<PathBuf, Diagnostic> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(target) = fs::read_link(&path) else { break };
        path = folder_of(&path).join(target);
    }
    let folder = folder_of(&path);
    if !folder.is_dir() {
        let title = format!("{} is no folder; expected one that is there", folder.display());
        return Err(Diagnostic::unreadable(title));
    }
    let name = path.file_name().ok_or_else(|| unwritable(&path, &"it names no file"))?;
    Ok(fs::canonicalize(folder).map_err(|error| unwritable(&path, &error))?.join(name))
}

impl Target {
    /// Whether the output is standard output, which then must not have anything else.
    pub fn is_stdout(&self) -> bool {
        matches!(self.place, Place::Out)
    }

    /// Opens the output for writing.
    ///
    /// # Errors
    /// The output cannot be opened.
    pub fn open(&self) -> Result<Draft, Diagnostic> {
        let failed = |error: io::Error| self.unwritable(&error);
        let (sink, replaces) = match &self.place {
            Place::Out => (Sink::Out(io::stdout()), None),
            Place::Err => (Sink::Err(io::stderr()), None),
            Place::Device(path) => (Sink::File(device(path).map_err(failed)?), None),
            Place::File(path, before) => {
                let (file, part) = Part::beside(path).map_err(failed)?;
                (Sink::File(file), Some((part, path.clone(), before.clone())))
            }
        };
        Ok(Draft { writer: BufWriter::with_capacity(1 << 18, sink), replaces })
    }

    /// Writes the output as a whole.
    ///
    /// # Errors
    /// The output cannot be written, or an error of `fill`. An existing file then stays.
    pub fn write(
        &self,
        fill: &mut dyn FnMut(&mut Draft) -> Result<(), Diagnostic>,
    ) -> Result<(), Diagnostic> {
        let mut draft = self.open()?;
        fill(&mut draft)?;
        draft.finish().map_err(|error| self.unwritable(&error))
    }

    /// Writes a text as the whole output.
    ///
    /// # Errors
    /// The output cannot be written. An existing file then stays.
    pub fn write_text(&self, text: &str) -> Result<(), Diagnostic> {
        self.write(&mut |draft| {
            draft.write_all(text.as_bytes()).map_err(|error| self.unwritable(&error))
        })
    }

    /// The diagnostic that the output cannot be written.
    pub fn unwritable(&self, error: &dyn std::fmt::Display) -> Diagnostic {
        unwritable(Path::new(&self.name), error)
    }
}

/// Opens a device or a pipe. Opening a pipe waits for a reader.
fn device(path: &Path) -> io::Result<File> {
    let path = path.to_owned();
    within(PIPE_TIMEOUT, move || File::options().write(true).open(path))
}

/// An output that is being written. A file is removed if the draft is dropped unfinished.
#[derive(Debug)]
pub struct Draft {
    writer: BufWriter<Sink>,
    /// For a file: the temporary file, the path, and the metadata of the file to replace.
    replaces: Option<(Part, PathBuf, Option<Metadata>)>,
}

#[derive(Debug)]
enum Sink {
    File(File),
    Out(io::Stdout),
    Err(io::Stderr),
}

impl Draft {
    /// Syncs the file to the disk and renames it to its path.
    ///
    /// # Errors
    /// The output cannot be written. An existing file then stays.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.flush()?;
        let Some((part, path, before)) = self.replaces else { return Ok(()) };
        if let Sink::File(file) = self.writer.get_ref() {
            file.sync_all()?;
        }
        part.rename(&path, before.as_ref())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Out(out) => out.write(bytes),
            Self::Err(err) => err.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Out(out) => out.flush(),
            Self::Err(err) => err.flush(),
        }
    }
}

/// The diagnostic that a file cannot be written.
pub fn unwritable(path: &Path, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::unreadable(format!("cannot write {}: {error}", path.display()))
}
