//! Axes: the values of a scenario that a design varies.

use super::axis_arg::AxisArg;
use super::range::Range;
use super::value::{Level, Value};
use crate::scenario::{Assignment, Diagnostic, Source, choice_path, nearest, path_key, path_keys};

/// An axis of a design.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The name: the path, unless the file states another.
    pub name: String,
    /// The path that the axis varies. None if its levels are choices.
    pub path: Option<String>,
    /// The levels, in order. Empty before a range is sampled.
    pub levels: Vec<Level>,
    /// The range that levels are computed or sampled from.
    pub(super) range: Option<Range>,
    pub(super) origin: Origin,
}

/// Where an axis or a value is stated.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// At a path of the sweep file.
    File(String),
    /// On the command line.
    CommandLine(AxisArg),
}

impl Origin {
    /// A diagnostic that points at the origin: at the key, in a file.
    pub(super) fn diagnostic(&self, source: &Source, title: impl Into<String>) -> Diagnostic {
        match self {
            Self::File(place) => source.key_diagnostic(place, title),
            Self::CommandLine(arg) => arg.locate(Diagnostic::new(title)),
        }
    }
}

impl AxisArg {
    /// The axis over a path. If all values are words and the path is that of a protocol table, the axis
    /// varies the `use` of the table.
    pub fn axis(&self, path: &str) -> Axis {
        let is_words = self.values.iter().all(toml::Value::is_str);
        let path = choice_path(path).filter(|_| is_words).unwrap_or_else(|| path.to_owned());
        let levels = self.values.iter().map(|value| Level::new(&path, value)).collect();
        let path = Some(path);
        Axis {
            name: self.name.clone(),
            path,
            levels,
            range: None,
            origin: Origin::CommandLine(self.clone()),
        }
    }
}

impl Axis {
    /// Whether the levels are evenly spaced on a logarithmic scale.
    pub fn is_logarithmic(&self) -> bool {
        self.range.as_ref().is_some_and(|range| range.log)
    }

    /// Replaces the levels by those of an argument: values of the path, or some of the choices.
    ///
    /// # Errors
    /// An unknown choice.
    pub(super) fn replace(&mut self, arg: &AxisArg) -> Result<(), Diagnostic> {
        if let Some(path) = &self.path {
            self.levels = arg.axis(path).levels;
        } else {
            let chosen = arg.values.iter().map(|value| {
                let level = self.choice(&Value::from_toml(value))?;
                Ok(self.levels[level as usize].clone())
            });
            let chosen: Result<Vec<_>, _> = chosen.collect();
            self.levels = chosen.map_err(|diagnostic| arg.locate(diagnostic))?;
        }
        (self.range, self.origin) = (None, Origin::CommandLine(arg.clone()));
        Ok(())
    }

    /// The index of the level with a value.
    ///
    /// # Errors
    /// No level has the value.
    pub(super) fn choice(&self, value: &Value) -> Result<u32, Diagnostic> {
        let identity = value.identity();
        let is_equal = |level: &Level| level.value.identity() == identity;
        if let Some(level) = self.levels.iter().position(is_equal) {
            return Ok(level as u32);
        }
        let names: Vec<_> = self.levels.iter().map(|level| level.value.to_string()).collect();
        let title = format!("axis `{}` has no level {value}", self.name);
        // The nearest spelling of a number is no hint.
        let word = if matches!(value, Value::Text(_)) { value.to_string() } else { String::new() };
        Err(Diagnostic::new(title).label(suggest(&word, &names, ("", ""))))
    }

    /// Whether a word is the name or the path of the axis.
    pub(super) fn is_called(&self, word: &str) -> bool {
        let keys = path_keys(word);
        let is_word = |own: &str| own == word || (keys.is_some() && path_keys(own) == keys);
        is_word(&self.name) || self.path.as_deref().is_some_and(is_word)
    }

    /// The assignments of all levels, each once.
    pub(super) fn assignments(&self) -> Vec<Assignment> {
        let mut all: Vec<Assignment> = Vec::new();
        // A sampled range has no levels yet. They will set the path, to any number or word.
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

/// The index of the axis that has a word as its name or path; `wrong` makes a diagnostic at the word.
///
/// # Errors
/// No axis has that name.
pub(super) fn find_axis(
    axes: &[Axis],
    word: &str,
    wrong: impl FnOnce(String) -> Diagnostic,
) -> Result<usize, Diagnostic> {
    let exact = axes.iter().position(|axis| axis.name == word);
    exact.or_else(|| axes.iter().position(|axis| axis.is_called(word))).ok_or_else(|| {
        let names: Vec<_> = axes.iter().map(|axis| axis.name.clone()).collect();
        wrong(format!("no axis `{word}`")).label(match &names[..] {
            [] => "expected an axis; there is none".into(),
            names => suggest(word, names, ("`", "`")),
        })
    })
}

/// A hint for an unknown word: the nearest known word, or some of them.
pub(super) fn suggest(word: &str, words: &[String], (open, close): (&str, &str)) -> String {
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

/// Appends a key to a path. The first key may be a whole path in quotes.
pub(super) fn join_key(name: &str, key: &str) -> String {
    match name {
        "" if key.contains('.') => key.to_owned(),
        "" => path_key(key),
        name => format!("{name}.{}", path_key(key)),
    }
}
