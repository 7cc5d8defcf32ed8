//! Axes: what is varied, from level to level.

use super::axis_arg::AxisArg;
use super::range::Range;
use super::value::{Level, Value};
use crate::scenario::{Assignment, Diagnostic, Source, nearest, path_key, path_keys};

/// What is varied.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Its name: the path, unless it was given another.
    pub name: String,
    /// The path that it varies; none where its levels are choices.
    pub path: Option<String>,
    /// Its levels, in order.
    pub levels: Vec<Level>,
    /// What a sample of it is drawn from.
    pub(super) range: Option<Range>,
    /// Where it is said.
    pub(super) said: Origin,
}

/// Where something is said.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// At a path of the sweep file.
    File(String),
    /// On the command line.
    Line(AxisArg),
}

impl Origin {
    /// A message that points there: at the key, in the file.
    pub(super) fn wrong(&self, source: &Source, title: impl Into<String>) -> Diagnostic {
        match self {
            Self::File(place) => source.key_diagnostic(place, title),
            Self::Line(line) => line.shown(Diagnostic::new(title)),
        }
    }
}

impl Axis {
    /// Whether its levels are even by their logarithms.
    pub fn is_logarithmic(&self) -> bool {
        self.range.as_ref().is_some_and(|range| range.log)
    }

    /// Takes other levels from the command line: values of its path, or some of its choices.
    ///
    /// # Errors
    /// A choice that it has not.
    pub(super) fn replace(&mut self, line: &AxisArg) -> Result<(), Diagnostic> {
        if let Some(path) = &self.path {
            self.levels = line.axis(path).levels;
        } else {
            let chosen = line.values.iter().map(|value| {
                let level = self.choice(&Value::of(value))?;
                Ok(self.levels[level as usize].clone())
            });
            let chosen: Result<Vec<_>, _> = chosen.collect();
            self.levels = chosen.map_err(|diagnostic| line.shown(diagnostic))?;
        }
        (self.range, self.said) = (None, Origin::Line(line.clone()));
        Ok(())
    }

    /// The number of the level with that value.
    pub(super) fn choice(&self, value: &Value) -> Result<u32, Diagnostic> {
        let identity = value.identity();
        let is_meant = |level: &Level| level.value.identity() == identity;
        if let Some(level) = self.levels.iter().position(is_meant) {
            return Ok(level as u32);
        }
        let names: Vec<_> = self.levels.iter().map(|level| level.value.to_string()).collect();
        let title = format!("axis `{}` has no level {value}", self.name);
        // Letters of a number say nothing of which is near.
        let word = if matches!(value, Value::Text(_)) { value.to_string() } else { String::new() };
        Err(Diagnostic::new(title).label(near_or_few(&word, &names, ("", ""))))
    }

    /// Whether a word means it: its name, or the path that it varies.
    pub(super) fn is_meant(&self, word: &str) -> bool {
        let keys = path_keys(word);
        let is = |own: &str| own == word || (keys.is_some() && path_keys(own) == keys);
        is(&self.name) || self.path.as_deref().is_some_and(is)
    }

    /// What its levels set, each once.
    pub(super) fn assignments(&self) -> Vec<Assignment> {
        let mut all: Vec<Assignment> = Vec::new();
        // A range that is sampled has no levels yet; each will be a word or a number.
        let sampled = self.path.iter().filter(|_| self.levels.is_empty());
        let sampled = sampled.map(|path| format!("{path}=0"));
        let sets = self.levels.iter().flat_map(|level| level.sets.iter().cloned());
        for one in sets.chain(sampled).filter_map(|set| Assignment::read(&set).ok()) {
            if !all.contains(&one) {
                all.push(one);
            }
        }
        all
    }
}

/// The axis that a word means; `wrong` points at the word.
pub(super) fn named(
    axes: &[Axis],
    word: &str,
    wrong: impl FnOnce(String) -> Diagnostic,
) -> Result<usize, Diagnostic> {
    let exact = axes.iter().position(|axis| axis.name == word);
    exact.or_else(|| axes.iter().position(|axis| axis.is_meant(word))).ok_or_else(|| {
        let names: Vec<_> = axes.iter().map(|axis| axis.name.clone()).collect();
        wrong(format!("no axis `{word}`")).label(match &names[..] {
            [] => "expected an axis; there is none".into(),
            names => near_or_few(word, names, ("`", "`")),
        })
    })
}

/// The nearest of some words to one that is none of them, or some of them.
pub(super) fn near_or_few(word: &str, words: &[String], (open, close): (&str, &str)) -> String {
    if let Some(near) = nearest(word, words.iter().map(String::as_str)) {
        return format!("did you mean {open}{near}{close}?");
    }
    let all: Vec<_> = words.iter().take(12).map(|word| format!("{open}{word}{close}")).collect();
    match &all[..] {
        [only] => format!("expected {only}"),
        all if words.len() > all.len() => format!("expected one of {}, ..", all.join(", ")),
        all => format!("expected one of {}", all.join(", ")),
    }
}

/// A key behind those before it. A whole path may be one key, in quotes.
pub(super) fn joined(name: &str, key: &str) -> String {
    match name {
        "" if key.contains('.') => key.to_owned(),
        "" => path_key(key),
        name => format!("{name}.{}", path_key(key)),
    }
}
