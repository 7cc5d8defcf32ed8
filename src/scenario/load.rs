//! Loads a scenario file with overrides.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::Xxh3;

use super::source::ParsedFile;
use super::{Diagnostic, Inputs, Scenario, Source, display, folder};

/// A scenario, its text, and the files that it names.
#[derive(Clone, Debug)]
pub struct Loaded<E, C> {
    /// The scenario.
    pub scenario: Scenario<E, C>,
    /// The text with the positions of its values.
    pub source: Source,
    /// The folder of the file.
    pub folder: PathBuf,
    /// Attached files by name: they replace files of the folder.
    pub attached: BTreeMap<String, String>,
    /// The files that were read; each is read once.
    pub inputs: Inputs,
    /// The files that the scenario has read, by name, each with a digest of its text.
    pub(super) beside: RefCell<BTreeMap<String, u128>>,
}

impl<E, C> Loaded<E, C> {
    /// A scenario without attached files that has read no file yet.
    pub(super) fn new(source: Source, scenario: Scenario<E, C>, folder: PathBuf) -> Self {
        Self {
            scenario,
            source,
            folder,
            attached: BTreeMap::new(),
            inputs: Inputs::default(),
            beside: RefCell::default(),
        }
    }

    /// A digest of some words of the caller, the file, its overrides, and the files that the scenario
    /// has read so far.
    pub fn digest(&self, words: &str) -> u128 {
        let mut digest = Xxh3::new();
        let beside = self.beside.borrow();
        let files = beside.iter().map(|(name, digest)| format!("{name} {digest:x}"));
        for text in std::iter::once(words.to_owned()).chain(self.source.texts()).chain(files) {
            digest.update(&(text.len() as u64).to_le_bytes());
            digest.update(text.as_bytes());
        }
        digest.digest128()
    }
}

/// Reads a scenario file with overrides, each `path=value`.
///
/// # Errors
/// The file cannot be read, is no TOML, or is invalid: a message that points at the line.
pub fn load<E, C>(path: &Path, overrides: &[String]) -> Result<Loaded<E, C>, Diagnostic>
where
    E: DeserializeOwned + Default,
    C: DeserializeOwned + Default,
{
    load_from(&Inputs::default(), path, overrides)
}

/// Reads a scenario as [`load`] does, with the inputs of a command: no file is read twice.
///
/// # Errors
/// An invalid file or override, or a file that cannot be read.
pub fn load_from<E, C>(
    inputs: &Inputs,
    path: &Path,
    overrides: &[String],
) -> Result<Loaded<E, C>, Diagnostic>
where
    E: DeserializeOwned + Default,
    C: DeserializeOwned + Default,
{
    let text = inputs.read(path)?;
    let folder = folder(path).to_path_buf();
    let loaded = parse(&display(path), text.to_string(), overrides, folder)?;
    Ok(Loaded { inputs: inputs.clone(), ..loaded })
}

/// Reads a scenario from a text. The files that it names are relative to `folder`, unless they are
/// attached ([`Loaded::attach`]).
///
/// # Errors
/// As [`load`], without those of the file.
pub fn parse<E, C>(
    name: &str,
    text: String,
    overrides: &[String],
    folder: PathBuf,
) -> Result<Loaded<E, C>, Diagnostic>
where
    E: DeserializeOwned + Default,
    C: DeserializeOwned + Default,
{
    let (source, scenario) =
        Source::read(name, &text, overrides).map_err(|wrong| explain_sweep(wrong, &text))?;
    Ok(Loaded::new(source, scenario, folder))
}

/// Replaces the error if the text is a sweep file.
pub(super) fn explain_sweep(wrong: Diagnostic, text: &str) -> Diagnostic {
    if is_sweep(text) {
        let wrong = wrong.title("a sweep file where a scenario belongs");
        wrong.label("no scenario has this").help("`zonesim sweep` runs a sweep file")
    } else {
        wrong
    }
}

/// The table of a scenario with overrides merged into it.
///
/// # Errors
/// The text is no TOML, or an override cannot be merged.
pub fn merged(text: &str, overrides: &[String]) -> Result<toml::Table, Diagnostic> {
    Source::read("scenario", text, overrides).map(|(_, table)| table)
}

/// The top-level keys of a text; none if it is no TOML or has too much of something.
pub fn top_keys(text: &str) -> Option<BTreeSet<String>> {
    ParsedFile::parse("", text).ok().map(|file| file.keys().map(str::to_owned).collect())
}

/// Whether a text that is no scenario is a sweep file.
fn is_sweep(text: &str) -> bool {
    let own = ["scenario", "scenarios", "axes"];
    top_keys(text)
        .is_some_and(|keys| !keys.contains("zones") && own.iter().any(|&key| keys.contains(key)))
}
