//! Axes on the command line, as Hydra writes them: `path=value,value`.

use std::collections::BTreeSet;

use super::axis::{Axis, Origin};
use super::value::{Level, Value};
use crate::scenario::{Diagnostic, choice_path, path_keys, printable};

/// What it is called where a file has its name.
const ORIGIN: &str = "command line";

/// What stands before the sign of equality, and the values behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisArg {
    /// What was written.
    pub written: String,
    /// The path, or the name of an axis.
    pub name: String,
    /// Its values.
    pub values: Vec<toml::Value>,
}

impl AxisArg {
    /// Reads `path=value,value`. Commas within quotes, lists and tables stay.
    ///
    /// # Errors
    /// No path, or no value.
    pub fn read(written: &str) -> Result<Self, Diagnostic> {
        let wrong = |title: String, label: &str, range: std::ops::Range<usize>| {
            let diagnostic = Diagnostic::new(title).at(ORIGIN, written, range);
            diagnostic.label(label).help("such as exchange.use=mesh,hub or network.loss=0,0.02")
        };
        let sign = split(written, '=').next().map_or(0, str::len);
        let (name, values) = (written[..sign].trim(), written.get(sign + 1..));
        let Some(values) = values.filter(|_| !name.is_empty()) else {
            let label = "expected a path, `=` and values with commas between";
            return Err(wrong(format!("`{written}` names no values"), label, 0..written.len()));
        };
        if path_keys(name).is_none() {
            let label = "expected keys with dots between; one such as \"cn>ru\" in its quotes";
            return Err(wrong(format!("`{name}` is no path of keys"), label, 0..sign));
        }
        let mut read: Vec<toml::Value> = Vec::new();
        let mut earlier = BTreeSet::new();
        let mut start = sign + 1;
        for text in split(values, ',') {
            let range = start..start + text.len();
            start = range.end + 1;
            if text.trim().is_empty() {
                let label = "expected a value before and after each comma";
                return Err(wrong(format!("no value for `{name}`"), label, range));
            }
            let text = text.trim();
            let value = value(text);
            if value.is_str() && text.starts_with(['[', '{', '"', '\'']) && !is_toml(text) {
                let label = "expected quotes and brackets to be closed, and text within in quotes";
                let title = format!("{text} is no value of TOML");
                let help = "the shell takes quotes away, unless all stands in others: 'a=[\"b\"]'";
                return Err(wrong(title, label, range).help(help));
            }
            if !earlier.insert(Value::of(&value).identity()) {
                return Err(wrong(format!("{text} twice"), "expected each value once", range));
            }
            read.push(value);
        }
        Ok(Self { written: written.into(), name: printable(name).into_owned(), values: read })
    }

    /// The axis over a path; words for a table are those for its `use`.
    pub fn axis(&self, path: &str) -> Axis {
        let is_words = self.values.iter().all(toml::Value::is_str);
        let path = choice_path(path).filter(|_| is_words).unwrap_or_else(|| path.to_owned());
        let levels = self.values.iter().map(|value| Level::at(&path, value)).collect();
        let path = Some(path);
        Axis {
            name: self.name.clone(),
            path,
            levels,
            range: None,
            said: Origin::Line(self.clone()),
        }
    }

    /// Whether it is about the sweep itself, not about the scenario.
    pub(super) fn is_of_the_sweep(&self) -> bool {
        self.name == "seeds" || self.name.starts_with("seeds.")
    }

    /// Points at the whole of it.
    pub(super) fn shown(&self, diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.at(ORIGIN, &self.written, 0..self.written.len())
    }
}

/// A TOML value; what is none is text.
fn value(text: &str) -> toml::Value {
    of_toml(text).unwrap_or_else(|| toml::Value::String(text.to_owned()))
}

fn is_toml(text: &str) -> bool {
    of_toml(text).is_some()
}

fn of_toml(text: &str) -> Option<toml::Value> {
    let table = toml::from_str::<toml::Table>(&format!("v = {text}"));
    table.ok().filter(|table| table.len() == 1).and_then(|mut table| table.remove("v"))
}

/// The parts of a text between signs, but for those within quotes and brackets.
pub fn split(text: &str, sign: char) -> impl Iterator<Item = &str> {
    let (mut depth, mut quote) = (0usize, None);
    text.split(move |c: char| {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, c) => return c == sign && depth == 0,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_toml_or_text() {
        let line =
            AxisArg::read(r#"a."x=y" = 1, 0.5,mesh,"a,b",[1, 2],{ b = "c,d" },true"#).unwrap();
        assert_eq!(line.name, "a.\"x=y\"");
        let texts: Vec<_> = line.values.iter().map(toml::Value::to_string).collect();
        assert_eq!(texts, ["1", "0.5", "\"mesh\"", "\"a,b\"", "[1, 2]", "{ b = \"c,d\" }", "true"]);
    }

    #[test]
    fn what_is_no_list_of_values_is_refused() {
        for written in ["", "a", "=1", "a=", "a=1,", "a=,1", "a=1,,2", "a=1,2,1"] {
            assert!(AxisArg::read(written).is_err(), "{written}");
        }
    }
}
