//! What the command line puts over a file: `path=value`, each a line of TOML of its own.
//!
//! The path is keys with dots between, quoted where TOML wants it; a number steps into a list, and
//! the number after the last adds to it. The value replaces what stood there, whole. What is no
//! TOML value is text.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Diagnostic;

/// A value in a file, and where it stands.
pub type Value<'i> = Spanned<DeValue<'i>>;

/// One override.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// What was written, without blanks around it.
    pub written: String,
    /// The same as TOML: up to the value, letter by letter what was written.
    pub toml: String,
    /// How many keys its path has.
    pub depth: usize,
    /// Whether the value was taken for text though it begins as TOML does.
    pub is_odd_text: bool,
}

impl Override {
    /// Reads `path=value`.
    ///
    /// # Errors
    /// What is no path, or no override at all.
    pub fn read(line: &str) -> Result<Self, Diagnostic> {
        let line = line.trim();
        let bad = |title: String, label: &str, end: usize| {
            let diagnostic = Diagnostic::new(title).at(ORIGIN, line, 0..end).label(label);
            diagnostic.help("an override reads path=value, such as network.loss=0.05")
        };
        // A quoted key may hold the sign too.
        let mut splits =
            line.match_indices('=').map(|(at, _)| (line[..at].trim(), &line[at + 1..]));
        let Some((first, _)) = splits.clone().next() else {
            return Err(bad(
                "an override without a value".into(),
                "expected `=` in it",
                line.len(),
            ));
        };
        let Some((value, depth)) =
            splits.find_map(|(path, value)| Some((value.trim(), depth_of(path)?)))
        else {
            let title = format!("`{first}` is no path of keys");
            let label = "expected keys with dots between; one such as \"cn>ru\" in its quotes";
            return Err(bad(title, label, first.len()));
        };
        let is_toml = !value.contains(['\n', '\r'])
            && DeTable::parse(line).is_ok_and(|table| table.get_ref().len() == 1);
        let toml = if is_toml {
            line.to_owned()
        } else {
            let before = &line[..line.len() - value.len()];
            format!("{before}{}", toml::Value::String(value.into()))
        };
        let is_odd_text = !is_toml && value.starts_with(['[', '{', '"', '\'']);
        Ok(Self { written: line.into(), toml, depth, is_odd_text })
    }
}

/// What an override is called where a file has its name.
pub const ORIGIN: &str = "command line";

/// How many keys a path has; `None` if it is no path.
fn depth_of(path: &str) -> Option<usize> {
    fn depth(table: &DeTable<'_>) -> usize {
        match table.values().next().map(Spanned::get_ref) {
            Some(DeValue::Table(inner)) => 1 + depth(inner),
            _ => 1,
        }
    }
    if path.is_empty() || path.contains(['\n', '\r']) || path.starts_with(['#', '[']) {
        return None;
    }
    let text = format!("{path} = 0");
    let table = DeTable::parse(&text).ok()?;
    (table.get_ref().len() == 1).then(|| depth(table.get_ref()))
}

/// A key as it stands in a path: in quotes where TOML wants them.
pub fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(is_bare) {
        name.into()
    } else {
        toml::Value::String(name.into()).to_string()
    }
}

/// A path that cannot be followed: where in the override, and what is wrong.
pub struct Lost {
    /// The key that leads nowhere.
    pub span: Range<usize>,
    /// What is wrong; what was expected.
    pub message: String,
}

/// Puts a table made from one path of `depth` keys over another: the last key's value replaces
/// what was there.
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
            // A list that the file does not mention is an empty one.
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
                let place = key.get_ref().parse::<usize>().ok();
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
        assert_eq!((read.depth, read.is_odd_text), (3, false));
    }

    #[test]
    fn keys_are_quoted_where_they_must() {
        for (name, written) in [("cn-ru", "cn-ru"), ("cn>ru", "\"cn>ru\""), ("", "\"\"")] {
            assert_eq!(key(name), written);
        }
    }
}
