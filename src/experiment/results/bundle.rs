//! Reads `sweep.json`: the inputs of a sweep that was run.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::metadata;
use crate::experiment::design::{AxisArg, Design};
use crate::scenario::{Diagnostic, Inputs, LARGEST_FILE, path_keys};

/// Maximum size of a `sweep.json` in bytes: what is beyond is not read, so that it is no JSON. It has the
/// texts of all files that a sweep read.
const MAX_BUNDLE: u64 = 4 * LARGEST_FILE;

/// Maximum number of quotes at the ends of strings. An empty string takes about 100 bytes of memory. A
/// guess: far more than the names of axes, levels, columns and files.
const MAX_QUOTES: usize = 2_000_000;

/// The part of `sweep.json` that reproduces the sweep.
#[derive(Debug, Deserialize)]
pub struct Bundle {
    /// The version of this program that wrote the file.
    pub zonesim: String,
    sweep: SweepFile,
    seeds: Seeds,
    files: BTreeMap<String, String>,
    #[serde(default)]
    digests: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct SweepFile {
    file: String,
    lines: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Seeds {
    base: u64,
    #[serde(default)]
    independent: bool,
}

impl Bundle {
    /// Parses a text. None if it is not JSON.
    ///
    /// # Errors
    /// JSON that no sweep wrote.
    pub fn read(name: &str, text: &str) -> Result<Option<Self>, Diagnostic> {
        if !text.trim_start().starts_with('{') {
            return Ok(None);
        }
        Self::parse(text).map(Some).map_err(|error| {
            let title = format!("{name} is JSON, but no sweep.json of this program: {error}");
            Diagnostic::new(title).help("a sweep file is TOML")
        })
    }

    /// Reads the file in a folder. None if there is none, or none of this program.
    pub fn in_folder(folder: &Path) -> Option<Self> {
        let path = folder.join("sweep.json");
        // A pipe may never end.
        std::fs::metadata(&path).ok().filter(Metadata::is_file)?;
        let mut text = String::new();
        File::open(path).ok()?.take(MAX_BUNDLE).read_to_string(&mut text).ok()?;
        Self::parse(&text).ok()
    }

    fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let begins = |pair: &&[u8]| pair[1] == b'"' && pair[0] != b'\\';
        if text.as_bytes().windows(2).filter(begins).nth(MAX_QUOTES).is_some() {
            let message = format!("more than {MAX_QUOTES} quotes around strings");
            return Err(serde::de::Error::custom(message));
        }
        serde_json::from_str(text)
    }

    /// Makes `inputs` read the bundled files instead of those on the disk. Returns the name of the sweep file
    /// and its arguments; `lines` replace arguments of the same paths.
    pub fn unpack(self, inputs: &Inputs, lines: &[String]) -> (String, Vec<String>) {
        for (path, text) in self.files {
            inputs.bundle(path, text);
        }
        let path = |line: &String| AxisArg::read(line).ok().and_then(|line| path_keys(&line.name));
        let replaced: Vec<_> = lines.iter().map(path).collect();
        let mut all = self.sweep.lines;
        all.retain(|line| !replaced.contains(&path(line)));
        all.extend_from_slice(lines);
        (self.sweep.file, all)
    }

    /// The differences from a sweep with these inputs and this design, as phrases.
    pub fn differences(&self, inputs: &Inputs, design: &Design) -> Vec<String> {
        let mut differences = Vec::new();
        if self.zonesim != env!("CARGO_PKG_VERSION") {
            differences.push(format!("it was made by zonesim {}", self.zonesim));
        }
        if self.seeds.base != design.seeds.first() {
            differences.push(format!("its first seed is {}", self.seeds.base));
        }
        match (self.seeds.independent, design.seeds.jobs().is_independent) {
            (true, false) => differences.push("its seeds are independent".into()),
            (false, true) => differences.push("its points have the same seeds".into()),
            _ => {}
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

    /// The difference in the arguments of the sweep file, as a phrase. None if they are equal.
    pub fn other_lines(&self, lines: &[String]) -> Option<String> {
        (self.sweep.lines != lines).then(|| match &self.sweep.lines[..] {
            [] => "it had no values over its file".to_owned(),
            lines => format!("it had {} over its file", lines.join(" ")),
        })
    }

    /// The digest of a table when the sweep wrote it.
    pub fn digest_of(&self, table: &str) -> Option<String> {
        self.digests.get(table).cloned()
    }

    /// Checks that a table has not changed since the sweep wrote it.
    ///
    /// # Errors
    /// A table that has changed, or cannot be read.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_without_end_are_refused() {
        let text = |count: usize| {
            let lines = "\"\",".repeat(count);
            format!(
                r#"{{"zonesim": "0", "sweep": {{"file": "a\"b", "lines": [{lines}""]}},
                    "seeds": {{"base": 1}}, "files": {{}}}}"#
            )
        };
        assert!(Bundle::read("sweep.json", &text(10)).is_ok_and(|bundle| bundle.is_some()));
        let wrong = Bundle::read("sweep.json", &text(MAX_QUOTES / 2)).unwrap_err();
        assert!(wrong.to_string().contains("more than 2000000 quotes"), "{wrong}");
    }
}
