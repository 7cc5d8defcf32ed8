//! Scenarios from a number: zones, networks, faults, workloads and protocols of every kind there is,
//! small and dense, so that much meets in few instants.
//!
//! What a number gives may change from one version to the next; within one it never does.

mod draw;
mod generate;
mod network;
mod overlay;
mod own;
mod world;

use std::path::PathBuf;

pub use generate::{FAULTS_END, Protocols, lasting, scenario};
use serde::de::DeserializeOwned;

use crate::scenario::{self, Diagnostic, Loaded};

/// The text of a scenario file, and of the files that it names.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// The scenario.
    pub toml: String,
    /// The files, each a name and a text.
    pub files: Vec<(String, String)>,
}

impl Scenario {
    /// Reads it, as a file of that name, and overrides values in it.
    ///
    /// # Errors
    /// What in it cannot be read: a protocol may refuse a world that it cannot work in.
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
