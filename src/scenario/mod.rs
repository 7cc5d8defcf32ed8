//! The scenario file: its model, and errors that point at the line.
//!
//! A file is TOML, read into [`Scenario`] by serde; unknown keys are errors. Any value can be
//! overridden by its path. This module checks single values; [`crate::plan`] checks values against each
//! other, such as the names of zones.

mod assignments;
mod diagnostic;
mod fault;
mod humanize;
mod inputs;
mod loss;
mod matrix;
mod model;
mod nemesis;
mod network;
mod overrides;
mod placement;
mod pool;
mod printable;
mod relative_path;
mod schema;
mod source;
mod strict;
mod syntax;
mod units;
mod values;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use assignments::{Assignment, folded as fold_overrides};
pub use diagnostic::{Diagnostic, nearest, renamed, suggestion};
pub use fault::{Fault, FaultKind, Faults, Parameter, Parameters, StatedEffect};
pub use humanize::UnknownKey;
pub use inputs::{FileId, Inputs, MAX_FILE as LARGEST_FILE, STDIN, display, folder, within};
pub use loss::{Burst, Loss, Start as BurstStart};
pub use matrix::Matrix;
pub use model::{
    Clock, Clocks, HubSeat, Items, MAX_ZONES, Organisation, Role, Scenario, Stop, Workload,
    WorkloadKind, Zone, Zones,
};
pub use nemesis::{Nemesis, Start as NemesisStart};
pub use network::{
    Exponential, Gamma, Geo, Jitter, Latency, LinkSettings, Lognormal, Network, Pareto, Uniform,
};
pub use overrides::{choice_path, inline, key as path_key, keys as path_keys};
pub use placement::{Near, Placement, Region, Seats, Sphere};
pub use pool::{ParsedPool, TextPool};
pub use printable::{printable, printable_lines};
pub use relative_path::RelativePath;
pub use schema::schema;
use serde::de::DeserializeOwned;
pub use source::{MAX_TOML, Source};
pub use units::{Bytes, Rate};
pub use values::{
    BoundedU32, Coordinates, Drift, East, Entries, Factor, Groups, Inflation, Names, North,
    Probability, Slowdown, SpreadKm, Times,
};
use xxhash_rust::xxh3::Xxh3;

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
    beside: RefCell<BTreeMap<String, u128>>,
}

impl<E, C> Loaded<E, C> {
    /// A scenario without attached files that has read no file yet.
    fn new(source: Source, scenario: Scenario<E, C>, folder: PathBuf) -> Self {
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
fn explain_sweep(wrong: Diagnostic, text: &str) -> Diagnostic {
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

/// The top-level keys of a text; empty if it is no TOML or too long.
pub fn top_keys(text: &str) -> Option<BTreeSet<String>> {
    let text = Some(text).filter(|text| text.len() <= MAX_TOML)?;
    toml::from_str::<toml::Table>(text)
        .ok()
        .map(|table| table.into_iter().map(|(key, _)| key).collect())
}

/// Whether a text that is no scenario is a sweep file.
fn is_sweep(text: &str) -> bool {
    let own = ["scenario", "scenarios", "axes"];
    top_keys(text)
        .is_some_and(|keys| !keys.contains("zones") && own.iter().any(|&key| keys.contains(key)))
}
