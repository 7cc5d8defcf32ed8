//! Puts errors of values into words: what is wrong, what was expected, the nearest valid word.

use super::misfit::{Found, Reason, Unknown};
use super::suggestion::{nearest, renamed};

/// The parts of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    pub title: String,
    pub label: String,
    /// How to correct it.
    pub help: Option<String>,
    /// The unknown key that it is about, if it is about one.
    pub unknown_key: Option<UnknownKey>,
}

/// A key that nothing has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    /// Whether it stands at the top of the file.
    pub is_top: bool,
    /// Whether a similar key is suggested.
    pub has_suggestion: bool,
}

impl Vocabulary {
    pub fn new(title: impl Into<String>, label: impl Into<String>) -> Self {
        Self { title: title.into(), label: label.into(), ..Self::default() }
    }
}

/// The location of an error.
#[derive(Clone, Debug, Default)]
pub struct UnknownWord<'a> {
    /// The path, in the form of `--set`.
    pub path: &'a str,
    /// The path of the enclosing table; empty at the top level.
    pub within: &'a str,
    /// The value there, for messages: `5`, `"a list"`.
    pub found: &'a str,
    /// Whether the error is in the key.
    pub is_key: bool,
}

/// Maximum length of a list of words.
const MAX_WORDS: usize = 24;

/// Maximum length of a quoted text.
const MAX_LETTERS: usize = 60;

/// Keys that are often written in the wrong table, and the table where they belong.
const HOMES: [(&str, &str); 10] = [
    ("about", ""),
    ("horizon", ""),
    ("resolution", ""),
    ("stop", ""),
    ("latency", "network"),
    ("jitter", "network"),
    ("loss", "network"),
    ("fanout", "exchange.gossip"),
    ("interval", "exchange.gossip"),
    ("labs", "zones.cn"),
];

/// Removed keys: the table, the key, and the replacement.
const REMOVED: [(&str, &str, &str); 1] = [(
    "coordination.two-phase",
    "rounds",
    "`give_up`, a time from the first prepare, took its place; the default is \"never\"",
)];

/// Names of protocols in other software.
const OTHER_WORDS: [(&str, &str); 8] = [
    ("tashkent", "hub"),
    ("centre", "hub"),
    ("center", "hub"),
    ("star", "hub"),
    ("direct", "mesh"),
    ("epidemic", "gossip"),
    ("broadcast", "flood"),
    ("2pc", "two-phase"),
];

/// Explains what does not fit.
pub fn humanize(reason: &Reason, spot: &UnknownWord<'_>) -> Vocabulary {
    match reason {
        Reason::UnknownKey(unknown) => unknown_word(unknown, true, false, spot),
        Reason::UnknownWord(unknown) => unknown_word(unknown, spot.is_key, true, spot),
        Reason::MissingKey(key) => {
            let title = format!("`{key}` is missing in {}", quoted(spot.path));
            Vocabulary::new(title, format!("expected `{key}` here"))
        }
        Reason::Wrong { found, expected } => wrong(found, expected, spot),
        Reason::NoWord => wrong_value(spot, spot.found, "a word in quotes"),
        Reason::TooLarge => {
            Vocabulary::new(format!("{} is a number too large", quoted(spot.path)), "")
        }
        Reason::Said(message) => split(&message.trim_end().replace('\n', " ")),
    }
}

fn wrong(found: &Found, expected: &str, spot: &UnknownWord<'_>) -> Vocabulary {
    match found {
        Found::Integer(number) => {
            if let Some(most) = most(*number, expected) {
                let title = format!("{} cannot be {}", quoted(spot.path), spot.found);
                return Vocabulary::new(title, format!("expected a whole number up to {most}"));
            }
            let number = number.to_string();
            let found = if is_number(spot.found) { spot.found } else { &number };
            wrong_value(spot, found, expected)
        }
        Found::Length(length) => wrong_value(spot, &format!("a list of {length}"), expected),
        Found::Words(words) => wrong_value(spot, &shortened(words), expected),
    }
}

/// The largest number of a type, if a larger one was found.
fn most(found: i128, expected: &str) -> Option<u64> {
    let most = match expected {
        "u8" => u8::MAX.into(),
        "u16" => u16::MAX.into(),
        "u32" => u32::MAX.into(),
        // TOML integers have 64 bits.
        "u64" | "usize" | "i64" => i64::MAX as u64,
        _ => return None,
    };
    (found > most.into()).then_some(most)
}

/// Whether a text is written as a number.
fn is_number(found: &str) -> bool {
    found.starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '-')
}

/// Splits a message of the form "what is wrong; what was expected".
pub fn split(message: &str) -> Vocabulary {
    match message.split_once("; expected ") {
        Some((title, expected)) => {
            Vocabulary::new(shortened(title), format!("expected {expected}"))
        }
        None => Vocabulary::new(shortened(message), ""),
    }
}

fn wrong_value(spot: &UnknownWord<'_>, found: &str, expected: &str) -> Vocabulary {
    let title = format!("{} cannot be {found}", quoted(spot.path));
    let is_rate = spot.within.starts_with("fault.") && spot.path.ends_with(".loss");
    let help = (is_rate && is_number(spot.found))
        .then(|| "the share of messages that the fault loses is called `rate`".into());
    Vocabulary { title, label: format!("expected {}", plain(expected)), help, unknown_key: None }
}

/// The message for an unknown key or word; `of_words` if words were expected, not keys.
fn unknown_word(
    unknown: &Unknown,
    is_key: bool,
    of_words: bool,
    spot: &UnknownWord<'_>,
) -> Vocabulary {
    let (written, words) = (unknown.word.as_str(), unknown.known);
    let title = match (is_key, spot.within) {
        // Serde reports the key of a table as the variant of an enum.
        (true, within) if of_words => {
            format!("`{within}` cannot be a table with `{}`", shortened(written))
        }
        (false, _) => format!("{} cannot be \"{}\"", quoted(spot.path), shortened(written)),
        (true, "") => format!("unknown key `{}`", shortened(written)),
        (true, within) => format!("unknown key `{}` in `{within}`", shortened(written)),
    };
    let is_top = spot.within.is_empty();
    let unknown_key = (is_key && !of_words).then_some(UnknownKey { is_top, has_suggestion: false });
    let removed = REMOVED.iter().find(|(table, key, _)| (*table, *key) == (spot.within, written));
    if let Some((.., instead)) = removed.filter(|_| is_key) {
        return Vocabulary { title, label: (*instead).into(), help: None, unknown_key };
    }
    let expected = format!("expected {}", listed(words));
    if let Some(new) = renamed(written, words.iter().copied()) {
        let label = format!("`{written}` is called `{new}`");
        return Vocabulary { title, label, help: None, unknown_key };
    }
    let lower = written.to_lowercase();
    let other = OTHER_WORDS.iter().find(|(other, word)| *other == lower && words.contains(word));
    let near = || nearest(written, words.iter().copied());
    if let Some(word) = other.map(|(_, word)| *word).or_else(near) {
        let help = (words.len() > 1).then_some(expected);
        let unknown_key = unknown_key.map(|key| UnknownKey { has_suggestion: true, ..key });
        return Vocabulary { title, label: format!("did you mean `{word}`?"), help, unknown_key };
    }
    let meant = nearest(written, HOMES.iter().map(|(key, _)| *key));
    let help = HOMES.iter().find(|(key, _)| is_key && meant == Some(*key)).map(|(key, home)| {
        if home.is_empty() {
            format!("`{key}` stands at the top of the file, before the first [table]")
        } else {
            format!("`{key}` stands in a table such as [{home}]")
        }
    });
    Vocabulary { title, label: expected, help, unknown_key }
}

/// What serde expects, without names of types.
fn plain(expected: &str) -> String {
    let last = expected.rsplit(' ').next().unwrap_or_default();
    let words = match expected {
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "a borrowed string" | "a character" => "text in quotes",
        "a sequence" => "a list",
        "a map" | "newtype variant" | "tuple variant" | "struct variant" => "a table",
        _ if expected.starts_with("an array of length ") => return format!("a list of {last}"),
        _ if expected.starts_with("a tuple of size ") => return format!("a list of {last}"),
        _ if expected.starts_with("struct ") => "a table",
        _ if expected.starts_with("enum ") => "a word in quotes",
        _ => expected,
    };
    words.into()
}

/// A path in quotes, or the words for the top level.
fn quoted(path: &str) -> String {
    if path.is_empty() { "the file".into() } else { format!("`{path}`") }
}

/// Joins words with commas, the last with `or`.
fn listed(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().take(MAX_WORDS).map(|word| format!("`{word}`")).collect();
    match &quoted[..] {
        [] => "no key here".into(),
        [word] => word.clone(),
        all if words.len() > MAX_WORDS => format!("{} and others", all.join(", ")),
        [words @ .., last] => format!("{} or {last}", words.join(", ")),
    }
}

/// Shortens a long text.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_LETTERS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::super::Source;

    /// Fields of types that have no phrase of their own.
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "read only to be refused")]
    struct Fields {
        small: Option<u8>,
        whole: Option<u32>,
        large: Option<u64>,
        signed: Option<i64>,
        number: Option<f64>,
        truth: Option<bool>,
        text: Option<String>,
        pair: Option<(u32, u32)>,
        word: Option<Word>,
        empty: Option<Empty>,
        listed: Option<Vec<Empty>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    #[allow(dead_code, reason = "read only to be refused")]
    enum Word {
        Left,
        Right,
        Far(u8),
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Empty {}

    /// A value, and what is said of it.
    const SAID: &str = r#"
        whole = {} | `whole` cannot be a table | a whole number, 0 or more
        small = -1 | `small` cannot be -1 | a whole number, 0 or more
        small = 300 | `small` cannot be 300 | a whole number up to 255
        large = 9223372036854775808000 | `large` cannot be 9223372036854775808000 | a whole number up to 9223372036854775807
        signed = 0xffffffffffffffffffffffffffffffffffff | `signed` cannot be 0xffffffffffffffffffffffffffffffffffff | a whole number up to 9223372036854775807
        empty = [1] | `empty` cannot be a list | a table
        signed = nan | `signed` cannot be nan | a whole number
        truth = 5 | `truth` cannot be 5 | true or false
        pair = [1] | `pair` cannot be a list of 1 | a list of 2
        pair = [1, true] | `pair.1` cannot be true | a whole number, 0 or more
        number = "x, expected y" | `number` cannot be "x, expected y" | a number
        text = 5 | `text` cannot be 5 | text in quotes
        word = [] | `word` cannot be a list | a word in quotes
        word = {} | `word` cannot be a table | a word in quotes
        word = { left = true } | `word` cannot be a table | a word in quotes
        word = { far = -1 } | `word.far` cannot be -1 | a whole number, 0 or more
        word = "far" | `word` cannot be a word alone | a table
        word = "x" | `word` cannot be "x" | `left`, `right` or `far`
        word = { x = 1 } | `word` cannot be a table with `x` | `left`, `right` or `far`
        empty = { "unknown field `a`, expected `b`" = 1 } | unknown key `unknown field `a`, expected `b`` in `empty` | no key here
        listed = [{}, { x = 1 }] | unknown key `x` in `listed.1` | no key here
    "#;

    #[test]
    fn no_name_of_a_type_is_left() {
        let mut judged = 0;
        for line in SAID.lines().filter(|line| line.contains(" | ")) {
            let parts: Vec<_> = line.split(" | ").map(str::trim).collect();
            let [text, title, label] = parts[..] else { panic!("{line}") };
            let wrong = Source::read::<Fields>("file", text, &[]).unwrap_err().to_string();
            let expected = format!("expected {label}");
            assert!(wrong.contains(title) && wrong.contains(&expected), "{text}: {wrong}");
            judged += 1;
        }
        assert_eq!(judged, 21);
    }

    #[test]
    fn a_number_beyond_all_types_is_too_large() {
        let wrong = Source::read::<Fields>("file", "number = 1e999", &[]).unwrap_err();
        assert!(wrong.to_string().contains("`number` is a number too large"), "{wrong}");
    }
}
