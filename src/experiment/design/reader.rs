//! Axes as a sweep file says them: a list of values, a range, or choices.

use std::collections::BTreeMap;

use super::axis::{Axis, Origin, joined};
use super::range::{Kind, Range};
use super::value::{Level, Value};
use crate::scenario::{Assignment, Diagnostic, Source, inline, nearest, path_keys, printable};
use crate::time::NanoDuration;

/// The keys of an axis that is a table.
const KEYS: [&str; 7] = ["path", "values", "from", "to", "steps", "scale", "choices"];

/// A range takes no more steps.
const MAX_STEPS: i64 = 10_000;

/// Gathers the axes of a table. A key may be a whole path in quotes, or tables one within another.
pub fn gather(
    table: &toml::Table,
    (name, place): (&str, &str),
    source: &Source,
    axes: &mut Vec<Axis>,
) -> Result<(), Diagnostic> {
    for (key, value) in table {
        let (name, place) = (joined(name, key), format!("{place}.{key}"));
        match value {
            toml::Value::Table(inner) if is_axis(inner) => {
                axes.push(Reader { source, name: &name, place: &place }.read(value)?);
            }
            _ if OF_THE_SWEEP.contains(&name.as_str()) => {
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

/// Keys of a sweep file that no scenario has.
const OF_THE_SWEEP: [&str; 8] =
    ["scenario", "scenarios", "set", "seeds", "zip", "exclude", "design", "metrics"];

const EXPECTED: &str = "expected a list of values, a range, or choices";

/// Whether a table describes an axis; if not, it is the first part of a path. Paths end in `from` and
/// `to` too, but then a list of values stands there.
fn is_axis(table: &toml::Table) -> bool {
    let says = |key: &&str| table.get(*key).is_some_and(|value| !value.is_array());
    table.contains_key("values") || KEYS.iter().any(says)
}

/// Reads an axis, said in a file at `place`.
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
            said: Origin::File(self.place.to_owned()),
        };
        match value {
            toml::Value::Array(values) => {
                let path = self.path(None)?;
                Ok(axis(Some(path), self.list(path, values, self.place)?, None))
            }
            toml::Value::Table(table) => {
                self.known(table)?;
                if let Some(choices) = table.get("choices") {
                    let levels = self.choices(choices)?;
                    self.alone(table, "choices", &[])?;
                    return Ok(axis(None, levels, None));
                }
                let path = self.path(table.get("path"))?;
                if let Some(values) = table.get("values") {
                    self.alone(table, "values", &["path"])?;
                    let place = self.below("values");
                    let Some(values) = values.as_array() else {
                        let title = format!("`values` of axis `{}` cannot be {values}", self.name);
                        let label = "expected a list, such as [0.0, 0.02]";
                        return Err(self.wrong(&place, title).label(label));
                    };
                    return Ok(axis(Some(path), self.list(path, values, &place)?, None));
                }
                let range = self.range(path, table)?;
                let levels = self.steps(table)?.map_or_else(Vec::new, |steps| range.levels(steps));
                Ok(axis(Some(path), levels, Some(range)))
            }
            value => {
                let title = format!("axis `{}` cannot be {}", self.name, inline(value));
                let wrong = self.wrong(self.place, title);
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

    /// Refuses keys that no axis has.
    fn known(&self, table: &toml::Table) -> Result<(), Diagnostic> {
        let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) else {
            return Ok(());
        };
        let title = format!("unknown key `{key}` of axis `{}`", self.name);
        let wrong = self.source.key_diagnostic(&self.below(key), title);
        let all = KEYS.map(|key| format!("`{key}`")).join(", ");
        Err(match nearest(key, KEYS) {
            Some(word) => wrong.label(format!("did you mean `{word}`?")),
            None => wrong.label(format!("expected one of {all}")),
        })
    }

    /// The path that it varies.
    fn path<'p>(&'p self, said: Option<&'p toml::Value>) -> Result<&'p str, Diagnostic> {
        let (path, wrong) = match said {
            None => (self.name, self.source.key_diagnostic(self.place, "")),
            Some(toml::Value::String(path)) => (&path[..], self.wrong(&self.below("path"), "")),
            Some(other) => {
                let title = format!("`path` of axis `{}` cannot be {}", self.name, inline(other));
                let label = "expected a path in quotes, such as \"network.loss\"";
                return Err(self.wrong(&self.below("path"), title).label(label));
            }
        };
        if path_keys(path).is_some() {
            return Ok(path);
        }
        let label = "expected keys with dots between, such as network.loss";
        let wrong = wrong.title(format!("`{path}` is no path of keys")).label(label);
        Err(wrong.help("a key such as cn>ru stands in quotes of its own: 'network.link.\"cn>ru\"'"))
    }

    /// Refuses keys that mean nothing beside another.
    fn alone(&self, table: &toml::Table, key: &str, beside: &[&str]) -> Result<(), Diagnostic> {
        let other = table.keys().find(|other| *other != key && !beside.contains(&other.as_str()));
        other.map_or(Ok(()), |other| {
            let title = format!("`{other}` beside `{key}` of axis `{}`", self.name);
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
            let title = format!("no value for axis `{}`", self.name);
            return Err(self.wrong(place, title).label("expected at least one"));
        }
        let mut levels: Vec<Level> = Vec::with_capacity(values.len());
        let mut earlier = BTreeMap::new();
        for (number, value) in values.iter().enumerate() {
            let level = Level::at(path, value);
            if let Some(first) = earlier.insert(level.value.identity(), value) {
                let title = format!("axis `{}` takes {} twice", self.name, inline(first));
                let wrong = self.wrong(&format!("{place}.{number}"), title);
                return Err(wrong.label("expected each value once"));
            }
            levels.push(level);
        }
        Ok(levels)
    }

    fn choices(&self, choices: &toml::Value) -> Result<Vec<Level>, Diagnostic> {
        let place = self.below("choices");
        let Some(table) = choices.as_table().filter(|table| !table.is_empty()) else {
            let title = format!("`choices` of axis `{}` cannot be {}", self.name, inline(choices));
            let label = "expected a table of lists of overrides";
            let help =
                "such as { push = [\"exchange.use=gossip\", \"exchange.gossip.mode=push\"] }";
            return Err(self.wrong(&place, title).label(label).help(help));
        };
        table.iter().map(|(name, sets)| self.one_choice(name, sets, &place)).collect()
    }

    fn one_choice(&self, name: &str, sets: &toml::Value, place: &str) -> Result<Level, Diagnostic> {
        let place = format!("{place}.{name}");
        let expected = "expected a list of overrides, such as [\"exchange.use=gossip\"]";
        let wrong = |place: &str, value: &toml::Value, label: &str| {
            let title = format!("choice `{name}` cannot be {}", inline(value));
            self.wrong(place, title).label(label)
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
                return Err(self.wrong(&place, title).label("expected it once"));
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
            (Kind::Whole, Kind::Whole) => Kind::Whole,
            (Kind::Length, Kind::Length) => Kind::Length,
            (Kind::Length, _) => return Err(self.mixed("a time", "a number", "a time")),
            (_, Kind::Length) => return Err(self.mixed("a number", "a time", "a number")),
            _ => Kind::Number,
        };
        let log = match table.get("scale").map(|scale| (scale, scale.as_str())) {
            None | Some((_, Some("linear"))) => false,
            Some((_, Some("log"))) => true,
            Some((scale, word)) => {
                let title = format!("`scale` of axis `{}` cannot be {}", self.name, inline(scale));
                let near = nearest(word.unwrap_or_default(), ["linear", "log"]);
                let wrong = self.wrong(&self.below("scale"), title);
                return Err(match near {
                    Some(near) => wrong.label(format!("did you mean \"{near}\"?")),
                    None => wrong.label("expected \"linear\" or \"log\""),
                });
            }
        };
        if log && (from <= 0.0 || to <= 0.0) {
            let end = if from <= 0.0 { "from" } else { "to" };
            let title = format!("`{end}` of axis `{}` has no logarithm", self.name);
            return Err(self.wrong(&self.below(end), title).label("expected more than 0"));
        }
        if from >= to {
            let title = format!("axis `{}` ends where it begins, or before", self.name);
            let wrong = self.wrong(&self.below("to"), title).label("expected more than `from`");
            return Err(wrong);
        }
        Ok(Range { path: path.to_owned(), from, to, kind, log })
    }

    fn mixed(&self, from: &str, to: &str, expected: &str) -> Diagnostic {
        let title = format!("axis `{}` goes from {from} to {to}", self.name);
        self.wrong(&self.below("to"), title).label(format!("expected {expected}, as `from` is"))
    }

    fn end(&self, table: &toml::Table, key: &str) -> Result<(f64, Kind), Diagnostic> {
        let place = self.below(key);
        let Some(value) = table.get(key) else {
            let title = format!("`{key}` is missing in axis `{}`", self.name);
            let wrong = self.source.key_diagnostic(self.place, title);
            let help = "such as { from = 0.0, to = 0.2, steps = 5 }, or { values = [0.0, 0.2] }";
            return Err(wrong.label(format!("expected `{key}` here")).help(help));
        };
        match value {
            // Beyond this floats skip whole numbers.
            toml::Value::Integer(number) if number.unsigned_abs() < 1 << 53 => {
                Ok((*number as f64, Kind::Whole))
            }
            toml::Value::Float(number) if number.is_finite() => Ok((*number, Kind::Number)),
            toml::Value::String(text) => match text.parse::<NanoDuration>() {
                Ok(length) => Ok((length.ns as f64, Kind::Length)),
                Err(message) => Err(self.source.refusal(&place, &message)),
            },
            other => {
                let title = format!("`{key}` of axis `{}` cannot be {}", self.name, inline(other));
                let label = match other {
                    toml::Value::Integer(_) => "expected less than 2^53",
                    _ => "expected a number, or a time such as \"5min\"",
                };
                Err(self.wrong(&place, title).label(label))
            }
        }
    }

    /// How many steps it says; samples need none.
    fn steps(&self, table: &toml::Table) -> Result<Option<u32>, Diagnostic> {
        let Some(steps) = table.get("steps") else { return Ok(None) };
        match steps.as_integer() {
            Some(steps @ 2..=MAX_STEPS) => Ok(Some(steps as u32)),
            _ => {
                let title = format!("`steps` of axis `{}` cannot be {}", self.name, inline(steps));
                let label = format!("expected a whole number from 2 to {MAX_STEPS}");
                Err(self.wrong(&self.below("steps"), title).label(label))
            }
        }
    }

    fn below(&self, key: &str) -> String {
        format!("{}.{key}", self.place)
    }

    fn wrong(&self, place: &str, title: impl Into<String>) -> Diagnostic {
        self.source.diagnostic(place, title)
    }
}
