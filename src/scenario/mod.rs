//! The scenario file: its model, and errors that point at the line.
//!
//! A file is TOML, read into [`Scenario`] by serde; unknown keys are refused. Any value can be
//! overridden by its path. What a single value can be told wrong about is said here; what needs
//! the rest of the scenario (is there such a zone?) is said by [`crate::plan`].

mod assignments;
mod beside;
mod diagnostic;
mod loss;
mod matrix;
mod model;
mod nemesis;
mod network;
mod overrides;
mod placement;
mod printable;
mod schema;
mod source;
mod strict;
mod syntax;
mod units;
mod values;
mod words;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

pub use assignments::{Assignment, folded as fold_overrides};
pub use beside::Beside;
pub use diagnostic::{Diagnostic, nearest};
pub use loss::{Burst, Loss, Start as BurstStart};
pub use matrix::Matrix;
pub use model::{
    Clock, Clocks, Fault, Faults, HubSeat, Items, MOST_ZONES, Memory, Organisation, Role, Scenario,
    Stop, Workload, WorkloadKind, Zone, Zones,
};
pub use nemesis::{Kind, Nemesis};
pub use network::{
    Exponential, Gamma, Geo, Jitter, Latency, LinkSettings, Lognormal, Network, Pareto, Uniform,
};
pub use overrides::{inline, key as path_key, keys as path_keys};
pub use placement::{Near, Placement, Region, Seats, Sphere};
pub use printable::{printable, printable_lines};
pub use schema::schema;
use serde::de::DeserializeOwned;
pub use source::Source;
pub use units::{Bytes, Rate};
pub use values::{
    Coordinates, Drift, East, Entries, Factor, Groups, Inflation, Names, North, Probability,
    Slowdown, SpreadKm, Times, Whole,
};
use xxhash_rust::xxh3::Xxh3;

/// A scenario, the text it came from, and where the files are that it names.
#[derive(Clone, Debug)]
pub struct Loaded<E, C> {
    /// What the file says.
    pub scenario: Scenario<E, C>,
    /// Where it says it.
    pub source: Source,
    /// The folder of the file.
    pub folder: PathBuf,
    /// Files in memory that go before those in the folder: their text by name.
    pub attached: BTreeMap<String, String>,
    /// The files that were read on its behalf, by name: a digest of what they say.
    beside: RefCell<BTreeMap<String, u128>>,
}

impl<E, C> Loaded<E, C> {
    /// A digest of all that made it, on top of some words of the caller's: the file, what was put over
    /// it, and the files that have been read on its behalf so far.
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

/// Reads a scenario from a text. Files that it names are looked for in `folder`, but for those
/// that are attached to what is returned ([`Loaded::attach`]).
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
    let (source, scenario) = Source::read(name, &text, overrides).map_err(|wrong| {
        if is_sweep(&text) {
            let wrong = wrong.title("a sweep file where a scenario belongs");
            wrong.label("no scenario has this").help("`zonesim sweep` runs a sweep file")
        } else {
            wrong
        }
    })?;
    Ok(Loaded { scenario, source, folder, attached: BTreeMap::new(), beside: RefCell::default() })
}

/// Whether a text that is no scenario is a sweep file.
fn is_sweep(text: &str) -> bool {
    let keys = ["scenario", "scenarios", "axes"];
    toml::from_str::<toml::Table>(text).is_ok_and(|table| {
        !table.contains_key("zones") && keys.iter().any(|&key| table.contains_key(key))
    })
}

/// No file that a scenario needs is larger; a device that never ends is not read to its end.
const LARGEST_FILE: u64 = 64 << 20;

/// Reads a text file.
///
/// # Errors
/// What the system says, or that it is no text.
pub fn read(path: &Path) -> Result<String, Diagnostic> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    if path.is_dir() {
        return Err(Diagnostic::unreadable(format!("cannot read {name}: it is a folder")));
    }
    let system = File::open(path).and_then(|file| {
        // As long as it says it is, it is read in one go.
        bytes
            .reserve(file.metadata().map_or(0, |found| found.len().min(LARGEST_FILE)) as usize + 1);
        file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)
    });
    system.map_err(|error| Diagnostic::unreadable(format!("cannot read {name}: {error}")))?;
    if bytes.len() as u64 > LARGEST_FILE {
        let title = format!("cannot read {name}: it is larger than {} MiB", LARGEST_FILE >> 20);
        return Err(Diagnostic::unreadable(title));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes());
        Diagnostic::new("a file that is not in UTF-8")
            .at(&name, &text, at..at + char::REPLACEMENT_CHARACTER.len_utf8())
            .label("expected text in UTF-8")
    })?;
    // Some editors begin a file with a mark that is no part of it.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
