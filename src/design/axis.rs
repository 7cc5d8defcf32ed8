//! Axes: what is varied, from level to level.

use std::fmt;

use super::line::Line;
use crate::scenario::{Diagnostic, Source, nearest};
use crate::time::Length;

/// A value of an axis, as columns of results have it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// A word, a time, or a list as TOML writes it.
    Text(String),
    /// Yes or no.
    Truth(bool),
}

impl Value {
    /// The value of a scenario.
    pub fn of(value: &toml::Value) -> Self {
        match value {
            toml::Value::Integer(number) => Self::Whole(*number),
            toml::Value::Float(number) => Self::Number(*number),
            toml::Value::Boolean(truth) => Self::Truth(*truth),
            toml::Value::String(text) => Self::Text(text.clone()),
            other => Self::Text(other.to_string()),
        }
    }

    /// The length of time that it is, if it is one.
    pub fn length(&self) -> Option<Length> {
        match self {
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => write!(f, "{number}"),
            Self::Number(number) => write!(f, "{number:?}"),
            Self::Text(text) => f.write_str(text),
            Self::Truth(truth) => write!(f, "{truth}"),
        }
    }
}

/// One level of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// What a column of results says of it.
    pub value: Value,
    /// What it puts over the scenario, as `--set` takes it.
    pub sets: Vec<String>,
}

impl Level {
    /// A value at a path.
    pub fn at(path: &str, value: &toml::Value) -> Self {
        Self { value: Value::of(value), sets: vec![format!("{path}={value}")] }
    }
}

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
    /// Where the file says it; nothing on the command line.
    pub(super) place: Option<String>,
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
    pub(super) fn replace(&mut self, line: &Line) -> Result<(), Diagnostic> {
        if let Some(path) = &self.path {
            self.levels = line.axis(path).levels;
        } else {
            let chosen = line.values.iter().map(|value| self.choice(&Value::of(value)));
            let chosen: Result<Vec<_>, _> = chosen.collect();
            self.levels = chosen.map_err(|diagnostic| line.shown(diagnostic))?;
        }
        (self.range, self.place) = (None, None);
        Ok(())
    }

    /// The level with that value.
    pub(super) fn choice(&self, value: &Value) -> Result<Level, Diagnostic> {
        if let Some(level) = self.levels.iter().find(|level| level.value == *value) {
            return Ok(level.clone());
        }
        let names: Vec<_> = self.levels.iter().map(|level| level.value.to_string()).collect();
        let near = nearest(&value.to_string(), names.iter().map(String::as_str));
        let title = format!("`{}` has no level {value}", self.name);
        Err(Diagnostic::new(title).label(match near {
            Some(name) => format!("did you mean {name}?"),
            None => format!("expected one of {}", few(&names)),
        }))
    }
}

/// Names, as many as a message bears.
pub(super) fn few(names: &[String]) -> String {
    let more = if names.len() > 12 { ", .." } else { "" };
    format!("{}{more}", names[..names.len().min(12)].join(", "))
}

/// Numbers or times from one to another.
#[derive(Clone, Debug)]
pub(super) struct Range {
    path: String,
    from: f64,
    to: f64,
    kind: Kind,
    log: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Whole,
    Number,
    Length,
}

impl Range {
    /// What lies at a share of the way, 0 to 1, both ends included.
    pub(super) fn at(&self, share: f64) -> Level {
        let raw = if self.log {
            self.from * libm::pow(self.to / self.from, share)
        } else {
            self.from * (1.0 - share) + self.to * share
        };
        let value = match self.kind {
            Kind::Whole => toml::Value::Integer(raw.round() as i64),
            Kind::Number => toml::Value::Float(short(raw)),
            Kind::Length => toml::Value::String(Length::from_ns(raw.round() as u64).to_string()),
        };
        Level::at(&self.path, &value)
    }

    /// So many levels, evenly from end to end; whole numbers that are the same, once.
    fn levels(&self, steps: u32) -> Vec<Level> {
        let last = f64::from(steps.max(2) - 1);
        let mut levels: Vec<_> = (0..steps).map(|step| self.at(f64::from(step) / last)).collect();
        levels.dedup();
        levels
    }
}

/// A number to twelve digits: what people would write, without the dust of its computation.
fn short(number: f64) -> f64 {
    format!("{number:.11e}").parse().unwrap_or(number)
}

/// The keys of an axis that is a table.
const KEYS: [&str; 7] = ["path", "values", "from", "to", "steps", "scale", "choices"];

/// Whether a table describes an axis; if not, it is the first part of a path.
pub(super) fn is_axis(table: &toml::Table) -> bool {
    let says = |key: &str| table.get(key).is_some_and(|value| !value.is_array());
    table.contains_key("values") || says("from") || says("to") || says("choices") || says("steps")
}

/// Reads an axis, said in a file at `place`.
pub(super) struct Reader<'a> {
    pub(super) source: &'a Source,
    pub(super) name: &'a str,
    pub(super) place: &'a str,
}

impl Reader<'_> {
    pub(super) fn read(&self, value: &toml::Value) -> Result<Axis, Diagnostic> {
        let (levels, range) = match value {
            toml::Value::Array(values) => (self.list(self.name, values, self.place)?, None),
            toml::Value::Table(table) => self.table(table)?,
            _ => {
                let label = "expected a list of values, a range, or choices";
                let title = format!("an axis of one value: {value}");
                let help = "what does not vary stands in `set`, such as set = [\"horizon=2h\"]";
                return Err(self.wrong(self.place, title).label(label).help(help));
            }
        };
        let path = match value.get("path").and_then(toml::Value::as_str) {
            Some(path) => Some(path.to_owned()),
            None if value.get("choices").is_some() => None,
            None => Some(self.name.to_owned()),
        };
        let place = Some(self.place.to_owned());
        Ok(Axis { name: self.name.to_owned(), path, levels, range, place })
    }

    fn table(&self, table: &toml::Table) -> Result<(Vec<Level>, Option<Range>), Diagnostic> {
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let diagnostic = self.source.key_diagnostic(
                &format!("{}.{key}", self.place),
                format!("unknown key `{key}` of an axis"),
            );
            return Err(diagnostic.label(match nearest(key, KEYS) {
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("expected one of {}", KEYS.join(", ")),
            }));
        }
        let path = match table.get("path") {
            None => self.name,
            Some(toml::Value::String(path)) => path,
            Some(other) => {
                let title = format!("the path of an axis is {other}");
                let label = "expected text such as \"network.loss\"";
                return Err(self.wrong(&self.below("path"), title).label(label));
            }
        };
        if let Some(choices) = table.get("choices") {
            self.alone(table, "choices", &[])?;
            return Ok((self.choices(choices)?, None));
        }
        if let Some(values) = table.get("values") {
            self.alone(table, "values", &["path"])?;
            let place = self.below("values");
            return match values {
                toml::Value::Array(values) => Ok((self.list(path, values, &place)?, None)),
                other => {
                    let title = format!("the values of an axis are {other}");
                    Err(self.wrong(&place, title).label("expected a list, such as [0.0, 0.02]"))
                }
            };
        }
        let range = self.range(path, table)?;
        Ok((range.levels(self.steps(table)?), Some(range)))
    }

    /// Refuses keys that mean nothing beside another.
    fn alone(&self, table: &toml::Table, key: &str, beside: &[&str]) -> Result<(), Diagnostic> {
        let other = table.keys().find(|other| *other != key && !beside.contains(&other.as_str()));
        other.map_or(Ok(()), |other| {
            let title = format!("`{other}` beside `{key}`");
            let label = format!("expected `{key}` without it");
            Err(self.source.key_diagnostic(&self.below(other), title).label(label))
        })
    }

    fn list(
        &self,
        path: &str,
        values: &[toml::Value],
        place: &str,
    ) -> Result<Vec<Level>, Diagnostic> {
        if values.is_empty() {
            let title = format!("no value for `{}`", self.name);
            return Err(self.wrong(place, title).label("expected at least one"));
        }
        for (number, value) in values.iter().enumerate() {
            if let Some(first) = values[..number].iter().position(|other| other == value) {
                let title = format!("{value} twice, as value {first} and {number}");
                let label = "expected each once";
                return Err(self.wrong(&format!("{place}.{number}"), title).label(label));
            }
        }
        Ok(values.iter().map(|value| Level::at(path, value)).collect())
    }

    fn choices(&self, choices: &toml::Value) -> Result<Vec<Level>, Diagnostic> {
        let place = self.below("choices");
        let expected = "expected a table of overrides by name: \
                        { push = [\"exchange.use=gossip\", \"exchange.gossip.mode=push\"] }";
        let Some(table) = choices.as_table().filter(|table| !table.is_empty()) else {
            let title = format!("the choices of an axis are {choices}");
            return Err(self.wrong(&place, title).label(expected));
        };
        let level = |(name, sets): (&String, &toml::Value)| {
            let texts = sets.as_array().map(|list| list.iter().map(toml::Value::as_str).collect());
            let texts: Option<Option<Vec<&str>>> = texts;
            let Some(texts) = texts.flatten() else {
                let title = format!("the choice `{name}` is {sets}");
                let label = "expected a list of overrides, such as [\"exchange.use=gossip\"]";
                return Err(self.wrong(&format!("{place}.{name}"), title).label(label));
            };
            let sets = texts.into_iter().map(str::to_owned).collect();
            Ok(Level { value: Value::Text(name.clone()), sets })
        };
        table.iter().map(level).collect()
    }

    fn range(&self, path: &str, table: &toml::Table) -> Result<Range, Diagnostic> {
        let (from, first) = self.end(table, "from")?;
        let (to, second) = self.end(table, "to")?;
        let kind = match (first, second) {
            (Kind::Whole, Kind::Whole) => Kind::Whole,
            (Kind::Length, Kind::Length) => Kind::Length,
            (Kind::Length, _) | (_, Kind::Length) => {
                let title = "a range from a time to a number";
                return Err(self.wrong(&self.below("to"), title).label("expected two of a kind"));
            }
            _ => Kind::Number,
        };
        let log = match table.get("scale").map(|scale| scale.as_str()) {
            None | Some(Some("linear")) => false,
            Some(Some("log")) => true,
            _ => {
                let label = "expected \"linear\" or \"log\"";
                return Err(self.wrong(&self.below("scale"), "an unknown scale").label(label));
            }
        };
        if log && (from <= 0.0 || to <= 0.0) {
            let end = if from <= 0.0 { "from" } else { "to" };
            let title = "a range by logarithms that does not stay above 0";
            return Err(self.wrong(&self.below(end), title).label("expected more than 0"));
        }
        if from >= to {
            let title = "a range that ends where it begins, or before";
            return Err(self.wrong(&self.below("to"), title).label("expected more than `from`"));
        }
        Ok(Range { path: path.to_owned(), from, to, kind, log })
    }

    fn end(&self, table: &toml::Table, key: &str) -> Result<(f64, Kind), Diagnostic> {
        let place = self.below(key);
        let Some(value) = table.get(key) else {
            let title = format!("a range without `{key}`");
            let label = "expected { from = 0.0, to = 0.2, steps = 5 }";
            return Err(self.source.key_diagnostic(self.place, title).label(label));
        };
        match value {
            // Beyond this floats skip whole numbers.
            toml::Value::Integer(number) if number.unsigned_abs() < 1 << 53 => {
                Ok((*number as f64, Kind::Whole))
            }
            toml::Value::Float(number) if number.is_finite() => Ok((*number, Kind::Number)),
            toml::Value::String(text) => match text.parse::<Length>() {
                Ok(length) => Ok((length.ns as f64, Kind::Length)),
                Err(message) => Err(self.source.refusal(&place, &message)),
            },
            other => {
                let title = format!("a range with an end of {other}");
                Err(self
                    .wrong(&place, title)
                    .label("expected a number, or a time such as \"5min\""))
            }
        }
    }

    fn steps(&self, table: &toml::Table) -> Result<u32, Diagnostic> {
        let place = self.below("steps");
        let expected = "expected a whole number from 2 to 10000";
        match table.get("steps").map(|steps| steps.as_integer()) {
            // Samples need none.
            None => Ok(0),
            Some(Some(steps @ 2..=10_000)) => Ok(steps as u32),
            _ => Err(self.wrong(&place, "no number of steps").label(expected)),
        }
    }

    fn below(&self, key: &str) -> String {
        format!("{}.{key}", self.place)
    }

    fn wrong(&self, place: &str, title: impl Into<String>) -> Diagnostic {
        self.source.diagnostic(place, title)
    }
}
