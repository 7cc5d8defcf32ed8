//! Overrides on the command line: `path=value`.
//!
//! A path is keys separated by dots, quoted as in TOML; a number is an index of a list, and the index
//! after the last appends. The value replaces the old value as a whole. A value that is no TOML is a
//! string. A word for a table with a key `use` sets that key: `exchange=mesh`.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::Diagnostic;
use super::key_path::{ORIGIN, keys};
use super::scan::scan;

/// A value of a file and its span.
pub type Value<'i> = Spanned<DeValue<'i>>;

/// An override.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The argument, trimmed.
    pub written: String,
    /// The same as TOML; identical up to the value.
    pub toml: String,
    /// The keys of the path, including `use` if only its table was written.
    pub keys: Vec<String>,
    /// Whether `use` was left out.
    pub is_short: bool,
    /// Whether the value is read as a string although it starts like another TOML value.
    pub is_odd_text: bool,
}

impl Override {
    /// Parses `path=value`.
    ///
    /// # Errors
    /// The text is no override, or the path is invalid.
    pub fn read(line: &str) -> Result<Self, Diagnostic> {
        let line = line.trim();
        let bad = |title: String, label: &str, end: usize| {
            let diagnostic = Diagnostic::new(title).at(ORIGIN, line, 0..end).label(label);
            diagnostic.help("an override reads path=value, such as network.loss=0.05")
        };
        // A quoted key may contain `=`.
        let mut splits =
            line.match_indices('=').map(|(at, _)| (line[..at].trim(), &line[at + 1..]));
        let Some((first, _)) = splits.clone().next() else {
            return Err(bad(
                "an override without a value".into(),
                "expected `=` in it",
                line.len(),
            ));
        };
        let Some((value, keys)) =
            splits.find_map(|(path, value)| Some((value.trim(), keys(path)?)))
        else {
            let title = format!("`{first}` is no path of keys");
            let label = "expected keys with dots between; one such as \"cn>ru\" in its quotes";
            return Err(bad(title, label, first.len()));
        };
        let parsed = (!value.contains(['\n', '\r']) && scan(line).is_ok())
            .then(|| DeTable::parse(line).ok().filter(|table| table.get_ref().len() == 1))
            .flatten();
        let is_text = |table: &DeTable<'_>| table.values().all(|value| value.get_ref().is_str());
        let is_toml = parsed.is_some();
        let is_word = parsed.is_none_or(|table| is_text(table.get_ref()));
        let toml = if is_toml {
            line.to_owned()
        } else {
            let before = &line[..line.len() - value.len()];
            format!("{before}{}", quoted(value))
        };
        let is_odd_text = !is_toml && value.starts_with(['[', '{', '"', '\'']);
        let mut over = Self { written: line.into(), toml, keys, is_short: false, is_odd_text };
        if let [table] = &over.keys[..]
            && CHOICES.contains(&table.as_str())
            && is_word
        {
            over.keys.push("use".into());
            over.is_short = true;
        }
        Ok(over)
    }

    /// Parses the override into the table to merge into a file. Spans count from its start.
    ///
    /// # Errors
    /// The text is no TOML.
    pub fn table<'i>(&'i self) -> Result<DeTable<'i>, toml::de::Error> {
        let mut table = std::mem::take(DeTable::parse(&self.toml)?.get_mut());
        if self.is_short {
            let wrap = |(key, value): (Spanned<Cow<'i, str>>, Value<'i>)| {
                let (around, span) = (key.span(), value.span());
                let word = Spanned::new(around, Cow::Borrowed("use"));
                let inner = DeTable::from_iter([(word, value)]);
                (key, Spanned::new(span, DeValue::Table(inner)))
            };
            table = table.into_iter().map(wrap).collect();
        }
        Ok(table)
    }
}

/// A copy of a table with its spans shifted back by `by` bytes.
pub fn shifted<'i>(table: &DeTable<'i>, by: usize) -> DeTable<'i> {
    let entry = |(key, value): (&Spanned<Cow<'i, str>>, &Value<'i>)| {
        let Range { start, end } = key.span();
        (Spanned::new(start + by..end + by, key.get_ref().clone()), shifted_value(value, by))
    };
    table.iter().map(entry).collect()
}

fn shifted_value<'i>(value: &Value<'i>, by: usize) -> Value<'i> {
    let Range { start, end } = value.span();
    let copy = match value.get_ref() {
        DeValue::Table(table) => DeValue::Table(shifted(table, by)),
        DeValue::Array(list) => {
            let mut copy = DeArray::new();
            list.iter().for_each(|value| copy.push(shifted_value(value, by)));
            DeValue::Array(copy)
        }
        other => other.clone(),
    };
    Spanned::new(start + by..end + by, copy)
}

/// The tables with a key `use`, which selects one of their other keys.
const CHOICES: [&str; 3] = ["exchange", "coordination", "workload"];

/// The path of the key `use` of a table, if it has one.
pub fn choice_path(name: &str) -> Option<String> {
    CHOICES.contains(&name).then(|| format!("{name}.use"))
}

/// The list index that a key means. Leading zeros are invalid, so that paths can be compared.
pub(super) fn index(key: &str) -> Option<usize> {
    key.parse().ok().filter(|index: &usize| index.to_string() == key)
}

/// A key as written in a path: quoted if TOML requires it.
pub fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(is_bare) { name.into() } else { quoted(name) }
}

/// A value as TOML on one line.
pub fn inline(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => quoted(text),
        toml::Value::Array(list) => {
            format!("[{}]", list.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        toml::Value::Table(table) if table.is_empty() => "{}".into(),
        toml::Value::Table(table) => {
            let pair = |(name, value): (&String, _)| format!("{} = {}", key(name), inline(value));
            format!("{{ {} }}", table.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted += &format!("\\u{:04X}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A path that does not exist: the position in the override, and the error.
pub struct Lost {
    /// The index of the key that does not exist.
    pub span: Range<usize>,
    /// What is wrong; what was expected.
    pub message: String,
}

/// Merges a table with a single path of `depth` keys into another: the value of the last key replaces
/// the old one.
pub fn merge<'i>(
    base: &mut DeTable<'i>,
    over: DeTable<'i>,
    depth: usize,
    lists: &[&str],
) -> Result<(), Lost> {
    for (key, value) in over {
        if let Some(existing) = base.get_mut(&key) {
            merge_value(existing, value, depth - 1)?;
        } else if depth > 1 && lists.contains(&key.get_ref().as_ref()) {
            // A list that the file does not have starts empty.
            let mut list = Spanned::new(value.span(), DeValue::Array(Default::default()));
            merge_value(&mut list, value, depth - 1)?;
            base.insert(key, list);
        } else {
            base.insert(key, value);
        }
    }
    Ok(())
}

fn merge_value<'i>(base: &mut Value<'i>, over: Value<'i>, depth: usize) -> Result<(), Lost> {
    let span = over.span();
    let over = match over.into_inner() {
        DeValue::Table(over) if depth > 0 => over,
        value => {
            *base = Spanned::new(span, value);
            return Ok(());
        }
    };
    match base.get_mut() {
        DeValue::Table(table) => return merge(table, over, depth, &[]),
        DeValue::Array(list) => {
            for (key, value) in over {
                let length = list.len();
                let place = index(key.get_ref());
                match place.and_then(|place| list.get_mut(place)) {
                    Some(existing) => merge_value(existing, value, depth - 1)?,
                    None if place == Some(length) => list.push(value),
                    None => {
                        let expected = match length {
                            0 => "0 to add the first".into(),
                            1 => "0, or 1 to add one".into(),
                            _ => format!("0 to {}, or {length} to add one", length - 1),
                        };
                        let message = format!(
                            "`{}` steps into a list of {length}; expected {expected}",
                            key.get_ref()
                        );
                        return Err(Lost { span: key.span(), message });
                    }
                }
            }
        }
        _ => *base = Spanned::new(span, DeValue::Table(over)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_of_equality_may_stand_in_a_quoted_key() {
        let read = Override::read(r#"exchange."a=b".c=5"#).unwrap();
        assert_eq!(
            (&read.keys[..], read.is_odd_text),
            (&["exchange", "a=b", "c"].map(str::to_owned)[..], false)
        );
    }

    #[test]
    fn any_text_is_a_value_and_a_key_on_one_line() {
        let all: Vec<char> = (0..=0x2fff).filter_map(char::from_u32).collect();
        // A path of keys has at most 1,000 bytes.
        for text in all.chunks(100).map(String::from_iter) {
            let value = toml::Value::Array(vec![toml::Value::String(text.clone())]);
            let line = format!("{}.b={}", key(&text), inline(&value));
            assert!(!line.contains(['\n', '\r']));
            let read = Override::read(&line).unwrap();
            assert_eq!(read.keys, [text, "b".into()]);
            let table: toml::Table = format!("v = {}", inline(&value)).parse().unwrap();
            assert_eq!(table["v"], value);
        }
    }

    #[test]
    fn keys_are_quoted_where_they_must() {
        for (name, written) in [("cn-ru", "cn-ru"), ("cn>ru", "\"cn>ru\""), ("", "\"\"")] {
            assert_eq!(key(name), written);
        }
    }
}
