//! `sweep.json` read back: what a sweep was made of.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::metadata;
use crate::experiment::design::{AxisArg, Design};
use crate::scenario::{Diagnostic, Inputs, path_keys};

/// What of a `sweep.json` makes the sweep again.
#[derive(Debug, Deserialize)]
pub struct Bundle {
    /// The version that wrote it.
    pub zonesim: String,
    sweep: Sheet,
    seeds: Seeds,
    files: BTreeMap<String, String>,
    #[serde(default)]
    digests: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Sheet {
    file: String,
    lines: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Seeds {
    base: u64,
}

impl Bundle {
    /// Reads it from a text, if that is JSON.
    ///
    /// # Errors
    /// JSON that no sweep wrote.
    pub fn read(name: &str, text: &str) -> Result<Option<Self>, Diagnostic> {
        if !text.trim_start().starts_with('{') {
            return Ok(None);
        }
        serde_json::from_str(text).map(Some).map_err(|error| {
            let title = format!("{name} is JSON, but no sweep.json of this program: {error}");
            Diagnostic::new(title).help("a sweep file is TOML")
        })
    }

    /// The one in a folder, if there is one.
    pub fn of_folder(folder: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join("sweep.json")).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Has its files read instead of those on the disk; returns the name of the sweep file, and the
    /// lines over it, of which those of the same paths give way to `lines`.
    pub fn unpack(self, inputs: &Inputs, lines: &[String]) -> (String, Vec<String>) {
        for (path, text) in self.files {
            inputs.bundle(path, text);
        }
        let path = |line: &String| AxisArg::read(line).ok().and_then(|line| path_keys(&line.name));
        let over: Vec<_> = lines.iter().map(path).collect();
        let mut all = self.sweep.lines;
        all.retain(|line| !over.contains(&path(line)));
        all.extend_from_slice(lines);
        (self.sweep.file, all)
    }

    /// In what it differs from a sweep of these inputs and this design, in a few words each.
    pub fn differences(&self, inputs: &Inputs, design: &Design) -> Vec<String> {
        let mut differences = Vec::new();
        if self.zonesim != env!("CARGO_PKG_VERSION") {
            differences.push(format!("it was made by zonesim {}", self.zonesim));
        }
        if self.seeds.base != design.seeds.first() {
            differences.push(format!("its first seed is {}", self.seeds.base));
        }
        let texts = inputs.texts();
        for (path, text) in &texts {
            match self.files.get(&path.display().to_string()) {
                None => differences.push(format!("it did not read {}", path.display())),
                Some(before) if **before != **text => {
                    differences.push(format!("{} has changed", path.display()));
                }
                Some(_) => {}
            }
        }
        let is_read =
            |name: &String| texts.iter().any(|(path, _)| path.display().to_string() == *name);
        let missing = self.files.keys().filter(|name| !is_read(name));
        differences.extend(missing.map(|name| format!("it read {name}")));
        differences
    }

    /// In what it differs by the lines over the sweep file.
    pub fn other_lines(&self, lines: &[String]) -> Option<String> {
        (self.sweep.lines != lines).then(|| match &self.sweep.lines[..] {
            [] => "it had no values over its file".to_owned(),
            lines => format!("it had {} over its file", lines.join(" ")),
        })
    }

    /// Refuses a table that is not as the sweep left it.
    ///
    /// # Errors
    /// One that was changed since, or what the system says.
    pub fn refuse_changed(&self, path: &Path) -> Result<(), Diagnostic> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(before) = self.digests.get(&*name).filter(|_| path.exists()) else {
            return Ok(());
        };
        if metadata::digest(path)? == *before {
            return Ok(());
        }
        let title = format!("{} was changed after this program wrote it", path.display());
        let help = "expected another --out; --overwrite replaces the file";
        Err(Diagnostic::unreadable(title).help(help))
    }
}
