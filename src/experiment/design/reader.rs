//! Reads the axes of a sweep file: lists of values, ranges, and choices.

use std::collections::BTreeMap;

use super::axis::{Axis, Origin, join_key};
use super::range::{Kind, Range};
use super::value::{Level, Value};
use crate::scenario::{Assignment, Diagnostic, Source, inline, nearest, path_keys, printable};
use crate::time::NanoDuration;

/// The keys of an axis in the form of a table.
const KEYS: [&str; 7] = ["path", "values", "from", "to", "steps", "scale", "choices"];

/// The largest number of steps of a range. A guess.
const MAX_STEPS: i64 = 10_000;

/// Adds the axes of a table to `axes`. A path may be one key in quotes, or nested tables.
pub fn gather(
    table: &toml::Table,
    (name, place): (&str, &str),
    source: &Source,
    axes: &mut Vec<Axis>,
) -> Result<(), Diagnostic> {
    for (key, value) in table {
        let (name, place) = (join_key(name, key), format!("{place}.{key}"));
        match value {
            toml::Value::Table(inner) if is_axis(inner) => {
                axes.push(Reader { source, name: &name, place: &place }.read(value)?);
            }
            _ if SWEEP_KEYS.contains(&name.as_str()) => {
                let wrong = source.key_diagnostic(&place, format!("`{name}` among the axes"));
                return Err(wrong.label("expected it at the top of the file, before [axes]"));
            }
            toml::Value::Table(inner) if inner.is_empty() => {
                let title = format!("axis `{name}` says nothing");
                return Err(source.diagnostic(&place, title).label(EXPECTED));
            }
            toml::Value::Table(inner) => {
                gather(inner, (&name, &place), source, axes)?;
            }
            value => axes.push(Reader { source, name: &name, place: &place }.read(value)?),
        }
    }
    Ok(())
}

/// Keys of a sweep file that are no paths of a scenario.
const SWEEP_KEYS: [&str; 8] =
    ["scenario", "scenarios", "set", "seeds", "zip", "exclude", "design", "metrics"];

const EXPECTED: &str = "expected a list of values, a range, or choices";

/// Whether a table describes an axis. If not, its key is the first part of a path. A path may end in
/// `from` or `to`, but then its value is a list.
fn is_axis(table: &toml::Table) -> bool {
    let says = |key: &&str| table.get(*key).is_some_and(|value| !value.is_array());
    table.contains_key("values") || KEYS.iter().any(says)
}

/// Reads the axis at `place` of a file.
struct Reader<'a> {
    source: &'a Source,
    name: &'a str,
    place: &'a str,
}

impl Reader<'_> {
    fn read(&self, value: &toml::Value) -> Result<Axis, Diagnostic> {
        let axis = |path: Option<&str>, levels, range| Axis {
            name: printable(self.name).into_owned(),
            path: path.map(str::to_owned),
            levels,
            range,
            origin: Origin::File(self.place.to_owned()),
        };
        match value {
            toml::Value::Array(values) => {
                let path = self.path(None)?;
                Ok(axis(Some(path), self.list(path, values, self.place)?, None))
            }
            toml::Value::Table(table) => {
                self.check_keys(table)?;
                if let Some(choices) = table.get("choices") {
                    let levels = self.choices(choices)?;
                    self.check_alone(table, "choices", &[])?;
                    return Ok(axis(None, levels, None));
                }
                let path = self.path(table.get("path"))?;
                if let Some(values) = table.get("values") {
                    self.check_alone(table, "values", &["path"])?;
                    let place = self.place_of("values");
                    let Some(values) = values.as_array() else {
                        let title = format!("`values` of axis `{}` cannot be {values}", self.name);
                        let label = "expected a list, such as [0.0, 0.02]";
                        return Err(self.diagnostic(&place, title).label(label));
                    };
                    return Ok(axis(Some(path), self.list(path, values, &place)?, None));
                }
                let range = self.range(path, table)?;
                let levels = self.steps(table)?.map_or_else(Vec::new, |steps| range.levels(steps));
                Ok(axis(Some(path), levels, Some(range)))
            }
            value => {
                let title = format!("axis `{}` cannot be {}", self.name, inline(value));
                let wrong = self.diagnostic(self.place, title);
                let key = self.place.rsplit('.').next().unwrap_or_default();
                Err(match nearest(key, KEYS).filter(|_| self.name.contains('.')) {
                    Some(word) => wrong.label(format!("did you mean `{word}`?")),
                    None => wrong
                        .label(EXPECTED)
                        .help("what does not vary stands in `set`, such as set = [\"horizon=2h\"]"),
                })
            }
        }
    }

    /// Refuses unknown keys.
    fn check_keys(&self, table: &toml::Table) -> Result<(), Diagnostic> {
        let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) else {
            return Ok(());
        };
        let title = format!("unknown key `{key}` of axis `{}`", self.name);
        let wrong = self.source.key_diagnostic(&self.place_of(key), title);
        let all = KEYS.map(|key| format!("`{key}`")).join(", ");
        Err(match nearest(key, KEYS) {
            Some(word) => wrong.label(format!("did you mean `{word}`?")),
            None => wrong.label(format!("expected one of {all}")),
        })
    }

    /// The path of the axis: the value of `path`, or the name.
    fn path<'p>(&'p self, stated: Option<&'p toml::Value>) -> Result<&'p str, Diagnostic> {
        let (path, wrong) = match stated {
            None => (self.name, self.source.key_diagnostic(self.place, "")),
            Some(toml::Value::String(path)) => {
                (&path[..], self.diagnostic(&self.place_of("path"), ""))
            }
            Some(other) => {
                let title = format!("`path` of axis `{}` cannot be {}", self.name, inline(other));
                let label = "expected a path in quotes, such as \"network.loss\"";
                return Err(self.diagnostic(&self.place_of("path"), title).label(label));
            }
        };
        if path_keys(path).is_some() {
            return Ok(path);
        }
        let label = "expected keys with dots between, such as network.loss";
        let wrong = wrong.title(format!("`{path}` is no path of keys")).label(label);
        Err(wrong.help("a key such as cn>ru needs its own quotes: 'network.link.\"cn>ru\"'"))
    }

    /// Refuses keys that have no meaning beside another.
    fn check_alone(
        &self,
        table: &toml::Table,
        key: &str,
        beside: &[&str],
    ) -> Result<(), Diagnostic> {
        let other = table.keys().find(|other| *other != key && !beside.contains(&other.as_str()));
        other.map_or(Ok(()), |other| {
            let title = format!("`{other}` beside `{key}` of axis `{}`", self.name);
            let label = format!("expected `{key}` without it");
            Err(self.source.key_diagnostic(&self.place_of(other), title).label(label))
        })
    }

    fn list(
        &self,
        path: &str,
        values: &[toml::Value],
        place: &str,
    ) -> Result<Vec<Level>, Diagnostic> {
        if values.is_empty() {
            let title = format!("no value for axis `{}`", self.name);
            return Err(self.diagnostic(place, title).label("expected at least one"));
        }
        let mut levels: Vec<Level> = Vec::with_capacity(values.len());
        let mut earlier = BTreeMap::new();
        for (number, value) in values.iter().enumerate() {
            let level = Level::new(path, value);
            if let Some(first) = earlier.insert(level.value.identity(), value) {
                let title = format!("axis `{}` takes {} twice", self.name, inline(first));
                let wrong = self.diagnostic(&format!("{place}.{number}"), title);
                return Err(wrong.label("expected each value once"));
            }
            levels.push(level);
        }
        Ok(levels)
    }

    fn choices(&self, choices: &toml::Value) -> Result<Vec<Level>, Diagnostic> {
        let place = self.place_of("choices");
        let Some(table) = choices.as_table().filter(|table| !table.is_empty()) else {
            let title = format!("`choices` of axis `{}` cannot be {}", self.name, inline(choices));
            let label = "expected a table of lists of overrides";
            let help =
                "such as { push = [\"exchange.use=gossip\", \"exchange.gossip.mode=push\"] }";
            return Err(self.diagnostic(&place, title).label(label).help(help));
        };
        table.iter().map(|(name, sets)| self.one_choice(name, sets, &place)).collect()
    }

    fn one_choice(&self, name: &str, sets: &toml::Value, place: &str) -> Result<Level, Diagnostic> {
        let place = format!("{place}.{name}");
        let expected = "expected a list of overrides, such as [\"exchange.use=gossip\"]";
        let wrong = |place: &str, value: &toml::Value, label: &str| {
            let title = format!("choice `{name}` cannot be {}", inline(value));
            self.diagnostic(place, title).label(label)
        };
        let sets = sets.as_array().ok_or_else(|| wrong(&place, sets, expected))?;
        let mut texts: Vec<String> = Vec::new();
        let mut seen: Vec<Assignment> = Vec::new();
        for (number, set) in sets.iter().enumerate() {
            let place = format!("{place}.{number}");
            let label = "expected an override in quotes, such as \"exchange.use=gossip\"";
            let text = set.as_str().ok_or_else(|| wrong(&place, set, label))?;
            let one = Assignment::read(text).map_err(|wrong| self.source.moved(wrong, &place))?;
            if let Some(lost) = seen.iter().find_map(|earlier| earlier.lost_to(&one)) {
                let title = format!("choice `{name}` sets `{}` twice", lost.join("."));
                return Err(self.diagnostic(&place, title).label("expected it once"));
            }
            seen.push(one);
            texts.push(text.to_owned());
        }
        Ok(Level { value: Value::Text(name.to_owned()), sets: texts })
    }

    fn range(&self, path: &str, table: &toml::Table) -> Result<Range, Diagnostic> {
        let (from, first) = self.end(table, "from")?;
        let (to, second) = self.end(table, "to")?;
        let kind = match (first, second) {
            (Kind::Integer, Kind::Integer) => Kind::Integer,
            (Kind::Duration, Kind::Duration) => Kind::Duration,
            (Kind::Duration, _) => return Err(self.mixed("a time", "a number", "a time")),
            (_, Kind::Duration) => return Err(self.mixed("a number", "a time", "a number")),
            _ => Kind::Number,
        };
        let log = match table.get("scale").map(|scale| (scale, scale.as_str())) {
            None | Some((_, Some("linear"))) => false,
            Some((_, Some("log"))) => true,
            Some((scale, word)) => {
                let title = format!("`scale` of axis `{}` cannot be {}", self.name, inline(scale));
                let near = nearest(word.unwrap_or_default(), ["linear", "log"]);
                let wrong = self.diagnostic(&self.place_of("scale"), title);
                return Err(match near {
                    Some(near) => wrong.label(format!("did you mean \"{near}\"?")),
                    None => wrong.label("expected \"linear\" or \"log\""),
                });
            }
        };
        if log && (from <= 0.0 || to <= 0.0) {
            let end = if from <= 0.0 { "from" } else { "to" };
            let title = format!("`{end}` of axis `{}` has no logarithm", self.name);
            return Err(self.diagnostic(&self.place_of(end), title).label("expected more than 0"));
        }
        if from >= to {
            let title = format!("axis `{}` ends where it begins, or before", self.name);
            let wrong =
                self.diagnostic(&self.place_of("to"), title).label("expected more than `from`");
            return Err(wrong);
        }
        Ok(Range { path: path.to_owned(), from, to, kind, log })
    }

    fn mixed(&self, from: &str, to: &str, expected: &str) -> Diagnostic {
        let title = format!("axis `{}` goes from {from} to {to}", self.name);
        self.diagnostic(&self.place_of("to"), title)
            .label(format!("expected {expected}, as `from` is"))
    }

    fn end(&self, table: &toml::Table, key: &str) -> Result<(f64, Kind), Diagnostic> {
        let place = self.place_of(key);
        let Some(value) = table.get(key) else {
            let title = format!("`{key}` is missing in axis `{}`", self.name);
            let wrong = self.source.key_diagnostic(self.place, title);
            let help = "such as { from = 0.0, to = 0.2, steps = 5 }, or { values = [0.0, 0.2] }";
            return Err(wrong.label(format!("expected `{key}` here")).help(help));
        };
        match value {
            // Larger integers are not exact as floats.
            toml::Value::Integer(number) if number.unsigned_abs() < 1 << 53 => {
                Ok((*number as f64, Kind::Integer))
            }
            toml::Value::Float(number) if number.is_finite() => Ok((*number, Kind::Number)),
            toml::Value::String(text) => match text.parse::<NanoDuration>() {
                Ok(length) => Ok((length.ns as f64, Kind::Duration)),
                Err(message) => Err(self.source.refusal(&place, &message)),
            },
            other => {
                let title = format!("`{key}` of axis `{}` cannot be {}", self.name, inline(other));
                let label = match other {
                    toml::Value::Integer(_) => "expected less than 2^53",
                    _ => "expected a number, or a time such as \"5min\"",
                };
                Err(self.diagnostic(&place, title).label(label))
            }
        }
    }

    /// The number of steps. None if the axis is sampled.
    fn steps(&self, table: &toml::Table) -> Result<Option<u32>, Diagnostic> {
        let Some(steps) = table.get("steps") else { return Ok(None) };
        match steps.as_integer() {
            Some(steps @ 2..=MAX_STEPS) => Ok(Some(steps as u32)),
            _ => {
                let title = format!("`steps` of axis `{}` cannot be {}", self.name, inline(steps));
                let label = format!("expected a whole number from 2 to {MAX_STEPS}");
                Err(self.diagnostic(&self.place_of("steps"), title).label(label))
            }
        }
    }

    fn place_of(&self, key: &str) -> String {
        format!("{}.{key}", self.place)
    }

    fn diagnostic(&self, place: &str, title: impl Into<String>) -> Diagnostic {
        self.source.diagnostic(place, title)
    }
}
