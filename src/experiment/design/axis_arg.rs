//! Axes on the command line, in the form of Hydra: `path=value,value`.

use std::collections::BTreeSet;

use super::value::Value;
use crate::scenario::{Diagnostic, path_keys, printable};

/// The name of the command line in diagnostics.
const ORIGIN: &str = "command line";

/// An argument `path=value,value`.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisArg {
    /// The argument as it was given.
    pub written: String,
    /// The path, or the name of an axis.
    pub name: String,
    /// The values, at least one, all different.
    pub values: Vec<toml::Value>,
}

impl AxisArg {
    /// Reads `path=value,value`. Commas within quotes, lists and tables do not separate values.
    ///
    /// # Errors
    /// No path, no value, or a value given twice.
    pub fn read(written: &str) -> Result<Self, Diagnostic> {
        let wrong = |title: String, label: &str, range: std::ops::Range<usize>| {
            let diagnostic = Diagnostic::new(title).at(ORIGIN, written, range);
            diagnostic.label(label).help("such as exchange.use=mesh,hub or network.loss=0,0.02")
        };
        let equals = split(written, '=').next().map_or(0, str::len);
        let (name, values) = (written[..equals].trim(), written.get(equals + 1..));
        let Some(values) = values.filter(|_| !name.is_empty()) else {
            let label = "expected a path, `=` and values with commas between";
            return Err(wrong(format!("`{written}` names no values"), label, 0..written.len()));
        };
        if path_keys(name).is_none() {
            let label = "expected keys with dots between; one such as \"cn>ru\" in its quotes";
            return Err(wrong(format!("`{name}` is no path of keys"), label, 0..equals));
        }
        let mut read: Vec<toml::Value> = Vec::new();
        let mut earlier = BTreeSet::new();
        let mut start = equals + 1;
        for text in split(values, ',') {
            let range = start..start + text.len();
            start = range.end + 1;
            if text.trim().is_empty() {
                let label = "expected a value before and after each comma";
                return Err(wrong(format!("no value for `{name}`"), label, range));
            }
            let text = text.trim();
            let value = toml_or_text(text);
            if value.is_str() && text.starts_with(['[', '{', '"', '\'']) && !is_toml(text) {
                let label = "expected quotes and brackets to be closed, and text within in quotes";
                let title = format!("{text} is no value of TOML");
                let help = "the shell takes quotes away, unless all stands in others: 'a=[\"b\"]'";
                return Err(wrong(title, label, range).help(help));
            }
            if !earlier.insert(Value::from_toml(&value).identity()) {
                return Err(wrong(format!("{text} twice"), "expected each value once", range));
            }
            read.push(value);
        }
        Ok(Self { written: written.into(), name: printable(name).into_owned(), values: read })
    }

    /// Whether the argument sets a value of the sweep file instead of the scenario.
    pub(super) fn is_for_sweep(&self) -> bool {
        ["seeds", "goal"].contains(&self.name.as_str()) || self.name.starts_with("seeds.")
    }

    /// A diagnostic that points at the argument.
    pub(super) fn locate(&self, diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.at(ORIGIN, &self.written, 0..self.written.len())
    }
}

/// A TOML value, or the text itself if it is none.
fn toml_or_text(text: &str) -> toml::Value {
    parse_toml(text).unwrap_or_else(|| toml::Value::String(text.to_owned()))
}

fn is_toml(text: &str) -> bool {
    parse_toml(text).is_some()
}

fn parse_toml(text: &str) -> Option<toml::Value> {
    let table = toml::from_str::<toml::Table>(&format!("v = {text}"));
    table.ok().filter(|table| table.len() == 1).and_then(|mut table| table.remove("v"))
}

/// Splits a text at a separator, except within quotes and brackets.
pub fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut depth, mut quote) = (0usize, None);
    text.split(move |c: char| {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, c) => return c == separator && depth == 0,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_toml_or_text() {
        let arg =
            AxisArg::read(r#"a."x=y" = 1, 0.5,mesh,"a,b",[1, 2],{ b = "c,d" },true"#).unwrap();
        assert_eq!(arg.name, "a.\"x=y\"");
        let texts: Vec<_> = arg.values.iter().map(toml::Value::to_string).collect();
        assert_eq!(texts, ["1", "0.5", "\"mesh\"", "\"a,b\"", "[1, 2]", "{ b = \"c,d\" }", "true"]);
    }

    #[test]
    fn an_argument_without_a_list_of_values_is_an_error() {
        for written in ["", "a", "=1", "a=", "a=1,", "a=,1", "a=1,,2", "a=1,2,1"] {
            assert!(AxisArg::read(written).is_err(), "{written}");
        }
    }
}
