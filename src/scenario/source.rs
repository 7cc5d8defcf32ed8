//! A scenario's text: the file, and what the command line puts over it.
//!
//! Each override is parsed as a line of TOML of its own, placed after the file in one imaginary
//! text, so that the span of any value tells which line said it, in the file or on the command
//! line.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Diagnostic, Scenario, nearest};

/// A text and where each of its values stands.
#[derive(Clone, Debug)]
pub struct Source {
    segments: Vec<Segment>,
    /// By path, the place of the key and of the value.
    spans: BTreeMap<String, (Range<usize>, Range<usize>)>,
}

#[derive(Clone, Debug)]
struct Segment {
    origin: String,
    start: usize,
    text: String,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Source {
    /// Parses a file's text and the overrides into a scenario.
    ///
    /// # Errors
    /// What is wrong, at its place.
    pub fn read<E, C>(
        name: &str,
        text: String,
        overrides: &[String],
    ) -> Result<(Self, Scenario<E, C>), Diagnostic>
    where
        E: DeserializeOwned + Default,
        C: DeserializeOwned + Default,
    {
        let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
        let file = Segment { origin: name.into(), start: 0, text };
        let mut source = Self { segments: vec![file], spans: BTreeMap::new() };
        let padded: Vec<_> =
            overrides.iter().map(|line| source.add(line)).collect::<Result<_, _>>()?;
        let text = source.segments[0].text.clone();
        let mut table = DeTable::parse(&text).map_err(|error| source.explain(&error))?;
        for (line, depth) in &padded {
            let mut over = DeTable::parse(line).map_err(|error| source.explain(&error))?;
            merge(table.get_mut(), std::mem::take(over.get_mut()), *depth);
        }
        index(String::new(), table.get_ref(), &mut source.spans);
        let deserializer = toml::de::Deserializer::from(table);
        match Scenario::deserialize(deserializer) {
            Ok(scenario) => Ok((source, scenario)),
            Err(error) => Err(source.explain(&error)),
        }
    }

    /// Takes an override in as a line of TOML; returns it in its place, behind blanks, and how
    /// many keys its path has. What is no TOML value is a string.
    fn add(&mut self, line: &str) -> Result<(String, usize), Diagnostic> {
        let expected = "expected path=value, such as network.loss=0.05";
        let bad = |message: String| Diagnostic::new(message).help(expected);
        let Some((path, value)) = line.split_once('=') else {
            return Err(bad(format!("`{line}` overrides nothing")));
        };
        let (path, value) = (path.trim(), value.trim());
        let keys = format!("{path} = 0");
        let depth = match DeTable::parse(&keys) {
            Ok(table) if !path.is_empty() => depth(table.get_ref()),
            _ => return Err(bad(format!("`{path}` is no path of keys"))),
        };
        let plain = format!("{path} = {value}");
        let text = if DeTable::parse(&plain).is_ok_and(|table| table.get_ref().len() == 1)
            && !value.contains('\n')
        {
            plain
        } else {
            format!("{path} = {}", toml::Value::String(value.into()))
        };
        let start = self.segments.last().map_or(0, |last| last.start + last.text.len() + 1);
        let padded = format!("{}{text}", "\n".repeat(start));
        self.segments.push(Segment { origin: "command line".into(), start, text });
        Ok((padded, depth))
    }

    /// A message that points at the value at a path, or at what of the path there is.
    pub fn diagnostic(&self, path: &str, title: impl Into<String>) -> Diagnostic {
        self.point(path, title, |(_, value)| value)
    }

    /// A message that points at the key at a path.
    pub fn key_diagnostic(&self, path: &str, title: impl Into<String>) -> Diagnostic {
        self.point(path, title, |(key, _)| key)
    }

    /// Whether the file or an override says something at a path.
    pub fn says(&self, path: &str) -> bool {
        self.spans.contains_key(path)
    }

    fn point(
        &self,
        path: &str,
        title: impl Into<String>,
        pick: impl Fn(&(Range<usize>, Range<usize>)) -> &Range<usize>,
    ) -> Diagnostic {
        let diagnostic = Diagnostic::new(title);
        let parents = std::iter::successors(Some(path), |path| Some(path.rsplit_once('.')?.0));
        for path in parents {
            if let Some(spans) = self.spans.get(path) {
                return self.show(diagnostic, pick(spans).clone());
            }
        }
        let file = &self.segments[0];
        diagnostic.at(&file.origin, &file.text, 0..0)
    }

    fn show(&self, diagnostic: Diagnostic, span: Range<usize>) -> Diagnostic {
        let here = |segment: &&Segment| segment.start <= span.start;
        let segment = self.segments.iter().rev().find(here).unwrap_or(&self.segments[0]);
        let local = span.start - segment.start..span.end.saturating_sub(segment.start);
        diagnostic.at(&segment.origin, &segment.text, local)
    }

    /// An error of the TOML parser or of serde, in our words.
    fn explain(&self, error: &toml::de::Error) -> Diagnostic {
        let (title, label) = reword(error.message());
        let diagnostic = Diagnostic::new(title).label(label);
        match error.span() {
            Some(span) => self.show(diagnostic, span),
            None => self.show(diagnostic, 0..0),
        }
    }
}

/// How many keys lead to the value in a table made from one path.
fn depth(table: &DeTable<'_>) -> usize {
    match table.values().next().map(Spanned::get_ref) {
        Some(DeValue::Table(inner)) => 1 + depth(inner),
        _ => 1,
    }
}

/// Puts a table made from one path of `depth` keys over another: the last key's value replaces
/// what was there; on the way down, a number steps into a list.
fn merge<'i>(base: &mut DeTable<'i>, over: DeTable<'i>, depth: usize) {
    for (key, value) in over {
        let Some(existing) = base.get_mut(&key) else {
            base.insert(key, value);
            continue;
        };
        merge_value(existing, value, depth - 1);
    }
}

fn merge_value<'i>(base: &mut Value<'i>, over: Value<'i>, depth: usize) {
    if depth > 0 && matches!(over.get_ref(), DeValue::Table(_)) {
        let span = over.span();
        let DeValue::Table(over) = over.into_inner() else { return };
        match base.get_mut() {
            DeValue::Table(table) => return merge(table, over, depth),
            DeValue::Array(list) => {
                let step = over.iter().next().and_then(|(key, _)| key.get_ref().parse().ok());
                if let Some(place) = step.and_then(|index: usize| list.get_mut(index)) {
                    for (_, value) in over {
                        merge_value(place, value, depth - 1);
                    }
                    return;
                }
            }
            _ => {}
        }
        *base = Spanned::new(span, DeValue::Table(over));
    } else {
        *base = over;
    }
}

/// Notes where everything in a table stands.
fn index(
    prefix: String,
    table: &DeTable<'_>,
    spans: &mut BTreeMap<String, (Range<usize>, Range<usize>)>,
) {
    for (key, value) in table {
        let path = format!("{prefix}{}", key.get_ref());
        index_value(path, key.span(), value, spans);
    }
}

fn index_value(
    path: String,
    key: Range<usize>,
    value: &Value<'_>,
    spans: &mut BTreeMap<String, (Range<usize>, Range<usize>)>,
) {
    match value.get_ref() {
        DeValue::Table(table) => index(format!("{path}."), table, spans),
        DeValue::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                index_value(format!("{path}.{place}"), value.span(), value, spans);
            }
        }
        _ => {}
    }
    spans.insert(path, (key, value.span()));
}

/// Serde's words for a mistake, in ours: what is wrong, and what was expected.
fn reword(message: &str) -> (String, String) {
    let message = message.trim_end().replace('\n', "; ");
    for kind in ["field", "variant"] {
        let Some(rest) = message.strip_prefix(&format!("unknown {kind} `")) else { continue };
        let mut words = rest.split('`').step_by(2);
        let written = words.next().unwrap_or_default();
        let words: Vec<_> = rest.split('`').skip(2).step_by(2).collect();
        let noun = if kind == "field" { "key" } else { "word" };
        let title = format!("unknown {noun} `{written}`");
        let expected = format!("expected {}", listed(&words));
        return match nearest(written, words.iter().copied()) {
            Some(word) => (title, format!("did you mean `{word}`? {expected}")),
            None => (title, expected),
        };
    }
    if let Some(key) = message.strip_prefix("missing field ") {
        return (format!("{key} is missing"), format!("expected {key} here"));
    }
    if let Some((found, expected)) =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    {
        return (format!("found {}", plain(found)), format!("expected {}", plain(expected)));
    }
    if let Some((found, expected)) =
        message.strip_prefix("invalid value: ").and_then(|rest| rest.split_once(", expected "))
    {
        return (format!("{} is out of range", plain(found)), format!("expected {expected}"));
    }
    if message == "wanted string or table" {
        return ("a value of the wrong kind".into(), "expected a word or a table".into());
    }
    (message, String::new())
}

/// Words of serde that say nothing to people, replaced.
fn plain(words: &str) -> String {
    let words = words.replace("floating point", "number").replace("boolean", "truth value");
    match words.as_str() {
        "map" => "a table".into(),
        "sequence" | "a sequence" => "a list".into(),
        "u32" | "u64" | "u16" => "a whole number from 0".into(),
        "f64" => "a number".into(),
        "a string" | "a borrowed string" => "a string".into(),
        _ => words,
    }
}

fn listed(words: &[&str]) -> String {
    match words {
        [] => "nothing".into(),
        [word] => format!("`{word}`"),
        [words @ .., last] => {
            let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", words.join(", "))
        }
    }
}
