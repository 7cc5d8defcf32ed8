//! The files and overrides of many scenarios, each parsed once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::load::explain_sweep;
use super::overrides::Override;
use super::source::{ParsedFile, ParsedOverride};
use super::{Diagnostic, Inputs, Loaded, display, folder};

/// The texts of the scenarios of a sweep: files by path, overrides by their text.
#[derive(Clone, Debug)]
pub struct TextPool {
    inputs: Inputs,
    files: BTreeMap<PathBuf, Result<Arc<str>, Diagnostic>>,
    overrides: BTreeMap<String, Override>,
}

/// A pool keeps at most this many overrides; a sampled range has one for each point. The others are
/// parsed for each scenario. A guess: each takes about 1 kB.
const MAX_OVERRIDES: usize = 20_000;

impl TextPool {
    /// Reads the files and overrides of some scenarios.
    pub fn new<'a>(
        inputs: &Inputs,
        scenarios: impl Iterator<Item = (&'a Path, Vec<String>)>,
    ) -> Self {
        let (mut files, mut overrides) = (BTreeMap::new(), BTreeMap::new());
        for (path, sets) in scenarios {
            if !files.contains_key(path) {
                files.insert(path.to_owned(), inputs.read(path));
            }
            for set in sets {
                // An invalid override is reported where it is used.
                if overrides.len() < MAX_OVERRIDES
                    && !overrides.contains_key(&set)
                    && let Ok(read) = Override::read(&set)
                {
                    overrides.insert(set, read);
                }
            }
        }
        Self { inputs: inputs.clone(), files, overrides }
    }

    /// Parses all files and overrides.
    pub fn parse(&self) -> ParsedPool<'_> {
        let files = self.files.iter().map(|(path, text)| {
            let parsed = match text {
                Ok(text) => ParsedFile::parse(&display(path), text)
                    .map_err(|wrong| explain_sweep(wrong, text)),
                Err(unreadable) => Err(unreadable.clone()),
            };
            (path.as_path(), parsed)
        });
        let overrides = self.overrides.iter().map(|(set, over)| (&set[..], (over, over.table())));
        ParsedPool { pool: self, files: files.collect(), overrides: overrides.collect() }
    }
}

/// The parsed texts of a pool.
#[derive(Clone, Debug)]
pub struct ParsedPool<'t> {
    pool: &'t TextPool,
    files: BTreeMap<&'t Path, Result<ParsedFile<'t>, Diagnostic>>,
    overrides: BTreeMap<&'t str, ParsedOverride<'t>>,
}

impl ParsedPool<'_> {
    /// Builds a scenario from a file of the pool and overrides, as [`super::load_from`] does.
    ///
    /// # Errors
    /// An invalid file or override.
    pub fn load<E, C>(&self, path: &Path, sets: &[String]) -> Result<Loaded<E, C>, Diagnostic>
    where
        E: DeserializeOwned + Default,
        C: DeserializeOwned + Default,
    {
        let (Some(file), Some(Ok(text))) = (self.files.get(path), self.pool.files.get(path)) else {
            return super::load_from(&self.pool.inputs, path, sets);
        };
        let file = file.as_ref().map_err(Diagnostic::clone)?;
        let is_known = |set: &String| self.overrides.contains_key(&set[..]);
        let others = sets.iter().filter(|set| !is_known(set));
        let others: Vec<_> = others.map(|set| Override::read(set)).collect::<Result<_, _>>()?;
        let others: Vec<_> = others.iter().map(|over| (over, over.table())).collect();
        let mut others = others.iter();
        let overrides =
            sets.iter().map(|set| self.overrides.get(&set[..]).or_else(|| others.next()));
        let overrides: Vec<&ParsedOverride<'_>> = overrides.flatten().collect();
        let (source, scenario) =
            file.read(&overrides).map_err(|wrong| explain_sweep(wrong, text))?;
        let inputs = self.pool.inputs.clone();
        Ok(Loaded { inputs, ..Loaded::new(source, scenario, folder(path).to_path_buf()) })
    }
}
