//! The text of a scenario.

use std::path::PathBuf;

use serde::de::DeserializeOwned;

use crate::scenario::{self, Diagnostic, Loaded};

/// The text of a scenario file, and of the files that it names.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// The scenario file.
    pub toml: String,
    /// The files that it names: name and text.
    pub files: Vec<(String, String)>,
}

impl Scenario {
    /// Loads the scenario as a file of this name, with overrides.
    ///
    /// # Errors
    /// The first error in the file or the overrides.
    pub fn load<E, C>(&self, name: &str, overrides: &[String]) -> Result<Loaded<E, C>, Diagnostic>
    where
        E: DeserializeOwned + Default,
        C: DeserializeOwned + Default,
    {
        let loaded = scenario::parse(name, self.toml.clone(), overrides, PathBuf::new())?;
        let attach = |loaded: Loaded<E, C>, (file, text): &(String, String)| {
            loaded.attach(file.clone(), text.clone())
        };
        Ok(self.files.iter().fold(loaded, attach))
    }
}
