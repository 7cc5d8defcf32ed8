//! Files that a scenario names: beside it on the disk, or attached in memory.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_128;

use super::inputs::MAX_FILE;
use super::{Diagnostic, Loaded, nearest};

/// The text of a file that a scenario names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelativePath {
    /// The path, for messages.
    pub name: String,
    /// The content.
    pub text: Arc<str>,
}

impl<E, C> Loaded<E, C> {
    /// Attaches a file in memory; it replaces a file of that name on the disk.
    pub fn attach(mut self, file: impl Into<String>, text: impl Into<String>) -> Self {
        self.attached.insert(file.into(), text.into());
        self
    }

    /// Reads a file that the scenario names at `path`. All files of a scenario are read here.
    ///
    /// # Errors
    /// The file cannot be read or is no text: a message at `path`, with the nearest name of an existing
    /// file.
    pub fn beside(&self, file: &str, path: &str) -> Result<RelativePath, Diagnostic> {
        let place = self.folder.join(file);
        let name = place.display().to_string();
        if let Some(text) = self.attached.get(file) {
            return Ok(RelativePath { name, text: text.as_str().into() });
        }
        match self.inputs.read(&place) {
            Ok(text) => {
                self.beside.borrow_mut().insert(file.into(), xxh3_128(text.as_bytes()));
                Ok(RelativePath { name, text })
            }
            Err(error) if error.is_unreadable() => {
                let diagnostic = self.source.diagnostic(path, error.what()).about_a_file();
                if place.exists() {
                    let most = MAX_FILE >> 20;
                    return Err(diagnostic.label(format!("expected a text of {most} MiB or less")));
                }
                let there = self.files_beside(&place);
                Err(match nearest(file, there.iter().map(String::as_str)) {
                    Some(name) => diagnostic.label(format!("did you mean \"{name}\"?")),
                    None => diagnostic.label("expected the name of a file beside the scenario"),
                })
            }
            Err(error) => Err(error),
        }
    }

    /// The names of the existing CSV files, sorted.
    fn files_beside(&self, place: &Path) -> Vec<String> {
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
        let files = fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten();
        let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        let mut there: Vec<_> = names.chain(self.attached.keys().cloned()).collect();
        there.retain(|name| name.ends_with(".csv"));
        there.sort();
        there
    }
}
