//! The scenario file: its model, and errors that point at the line.
//!
//! A file is TOML, read into [`Scenario`] by serde; unknown keys are refused. Any value can be
//! overridden by its path. What a single value can be told wrong about is said here; what needs
//! the rest of the scenario (is there such a zone?) is said by [`crate::plan`].

mod diagnostic;
mod model;
mod source;
mod values;

use std::fs;
use std::path::{Path, PathBuf};

pub use diagnostic::{Diagnostic, nearest};
pub use model::{
    Fault, Geo, HubSeat, Items, Jitter, Latency, LinkSettings, Memory, Network, Organisation, Role,
    Scenario, Stop, Workload, WorkloadKind, Zone, Zones,
};
use serde::de::DeserializeOwned;
pub use source::Source;
pub use values::{Degrees, Entries, Factor, Groups, Probability};

/// A scenario, the text it came from, and where the files are that it names.
#[derive(Clone, Debug)]
pub struct Loaded<E, C> {
    /// What the file says.
    pub scenario: Scenario<E, C>,
    /// Where it says it.
    pub source: Source,
    /// The folder of the file.
    pub folder: PathBuf,
}

/// Reads a scenario file and overrides values in it, each given as `path=value`.
///
/// # Errors
/// A file that cannot be read, is no TOML, or says what no scenario can: one message, pointing at
/// the place.
pub fn load<E, C>(path: &Path, overrides: &[String]) -> Result<Loaded<E, C>, Diagnostic>
where
    E: DeserializeOwned + Default,
    C: DeserializeOwned + Default,
{
    let name = path.display().to_string();
    let text = read(path)?;
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    parse(&name, text, overrides, folder)
}

/// Reads a scenario from a text. Files that it names are looked for in `folder`.
///
/// # Errors
/// As [`load`], without the file.
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
    let (source, scenario) = Source::read(name, text, overrides)?;
    Ok(Loaded { scenario, source, folder })
}

/// Reads a text file.
///
/// # Errors
/// What the system says, or that it is no text.
pub fn read(path: &Path) -> Result<String, Diagnostic> {
    let name = path.display();
    let bytes = fs::read(path)
        .map_err(|error| Diagnostic::unreadable(format!("cannot read {name}: {error}")))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Diagnostic::new(format!("{name} is no text: byte {at} is not UTF-8"))
    })
}
