//! Axes on the command line, as Hydra writes them: `path=value,value`.

use super::axis::{Axis, Level};
use crate::scenario::Diagnostic;

/// What it is called where a file has its name.
const ORIGIN: &str = "command line";

/// What stands before the sign of equality, and the values behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What was written.
    pub written: String,
    /// The path, or the name of an axis.
    pub name: String,
    /// Its values.
    pub values: Vec<toml::Value>,
}

impl Line {
    /// Reads `path=value,value`. Commas within quotes, lists and tables stay.
    ///
    /// # Errors
    /// No path, or no value.
    pub fn read(written: &str) -> Result<Self, Diagnostic> {
        let wrong = |title: String, label: &str, range: std::ops::Range<usize>| {
            let diagnostic = Diagnostic::new(title).at(ORIGIN, written, range);
            diagnostic.label(label).help("such as exchange=mesh,hub or network.loss=0,0.02")
        };
        let sign = split(written, '=').next().map_or(0, str::len);
        let (name, values) = (written[..sign].trim(), written.get(sign + 1..));
        let Some(values) = values.filter(|_| !name.is_empty()) else {
            let label = "expected a path, `=` and values with commas between";
            return Err(wrong(format!("`{written}` names no values"), label, 0..written.len()));
        };
        let mut read: Vec<toml::Value> = Vec::new();
        let mut start = sign + 1;
        for text in split(values, ',') {
            let range = start..start + text.len();
            start = range.end + 1;
            if text.trim().is_empty() {
                let label = "expected a value before and after each comma";
                return Err(wrong(format!("no value for `{name}`"), label, range));
            }
            let value = value(text.trim());
            if read.contains(&value) {
                return Err(wrong(format!("{value} twice"), "expected each once", range));
            }
            read.push(value);
        }
        Ok(Self { written: written.into(), name: name.into(), values: read })
    }

    /// The axis over a path.
    pub fn axis(&self, path: &str) -> Axis {
        let levels = self.values.iter().map(|value| Level::at(path, value)).collect();
        let path = Some(path.to_owned());
        Axis { name: self.name.clone(), path, levels, range: None, place: None }
    }

    /// Points at the whole of it.
    pub(super) fn shown(&self, diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.at(ORIGIN, &self.written, 0..self.written.len())
    }
}

/// A TOML value; what is none is text.
fn value(text: &str) -> toml::Value {
    let table = toml::from_str::<toml::Table>(&format!("v = {text}"));
    let value = table.ok().filter(|table| table.len() == 1).and_then(|mut table| table.remove("v"));
    value.unwrap_or_else(|| toml::Value::String(text.to_owned()))
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
        let line = Line::read(r#"a."x=y" = 1, 0.5,mesh,"a,b",[1, 2],{ b = "c,d" },true"#).unwrap();
        assert_eq!(line.name, "a.\"x=y\"");
        let texts: Vec<_> = line.values.iter().map(toml::Value::to_string).collect();
        assert_eq!(texts, ["1", "0.5", "\"mesh\"", "\"a,b\"", "[1, 2]", "{ b = \"c,d\" }", "true"]);
    }

    #[test]
    fn what_is_no_list_of_values_is_refused() {
        for written in ["", "a", "=1", "a=", "a=1,", "a=,1", "a=1,,2", "a=1,2,1"] {
            assert!(Line::read(written).is_err(), "{written}");
        }
    }
}
