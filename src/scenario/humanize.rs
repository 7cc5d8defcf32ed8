//! Rewrites the errors of serde: what is wrong, what was expected, the nearest valid word.

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

/// Rewrites an error of serde.
pub fn humanize(message: &str, spot: &UnknownWord<'_>) -> Vocabulary {
    let message = message.trim_end().replace('\n', " ");
    if let Some(rest) = message.strip_prefix("unknown field `") {
        return unknown(rest, true, false, spot);
    }
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        return unknown(rest, spot.is_key, true, spot);
    }
    if let Some(key) = message.strip_prefix("missing field ") {
        let title = format!("{key} is missing in {}", quoted(spot.path));
        return Vocabulary::new(title, format!("expected {key} here"));
    }
    for begins in ["invalid type: ", "invalid value: ", "invalid length "] {
        if let Some(rest) = message.strip_prefix(begins)
            && let Some((found, expected)) = rest.rsplit_once(", expected ")
        {
            if let Some(most) = most(found, expected) {
                let title = format!("{} cannot be {}", quoted(spot.path), spot.found);
                return Vocabulary::new(title, format!("expected a whole number up to {most}"));
            }
            let found = match begins {
                "invalid length " => format!("a list of {found}"),
                _ if found.starts_with("integer ") && is_number(spot.found) => spot.found.into(),
                _ => found_words(found),
            };
            return wrong_value(spot, &found, expected);
        }
    }
    // Serde reports these for an enum whose value is not a string.
    if message == "wanted string or table" || message.starts_with("wanted exactly 1 element") {
        return wrong_value(spot, spot.found, "a word in quotes");
    }
    if message.starts_with("expected table, found ") || message.starts_with("expected empty ") {
        return wrong_value(
            &UnknownWord { path: spot.within, ..*spot },
            "a table",
            "a word in quotes",
        );
    }
    if message.ends_with(" overflowed") {
        return Vocabulary::new(format!("{} is a number too large", quoted(spot.path)), "");
    }
    split(&message)
}

/// The largest number of a type, if a larger one was found.
fn most(found: &str, expected: &str) -> Option<u64> {
    let most = match expected {
        "u8" => u8::MAX.into(),
        "u16" => u16::MAX.into(),
        "u32" => u32::MAX.into(),
        // TOML integers have 64 bits.
        "u64" | "usize" | "i64" => i64::MAX as u64,
        _ => return None,
    };
    let number = found.strip_prefix("integer `")?.split('`').next()?;
    number.parse::<i128>().is_ok_and(|number| number > most.into()).then_some(most)
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

/// The message for an unknown key or word. `rest` is the message of serde after the opening quote.
fn unknown(rest: &str, is_key: bool, of_words: bool, spot: &UnknownWord<'_>) -> Vocabulary {
    let (written, words) = match rest.rsplit_once("`, expected ") {
        Some((written, words)) => (written, words.split('`').skip(1).step_by(2).collect()),
        None => (rest.split('`').next().unwrap_or_default(), Vec::new()),
    };
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
    let expected = format!("expected {}", listed(&words));
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

/// The value that serde found, as written in a file.
fn found_words(found: &str) -> String {
    let inner = |text: &str| text.split('`').nth(1).unwrap_or_default().to_lowercase();
    match found.split_whitespace().next().unwrap_or_default() {
        "string" | "character" => shortened(found.split_once(' ').map_or("", |(_, text)| text)),
        "integer" | "floating" | "boolean" => inner(found),
        "map" => "a table".into(),
        "sequence" => "a list".into(),
        "unit" | "newtype" | "tuple" | "struct" => "a word alone".into(),
        _ => found.into(),
    }
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
        "a map" => "a table",
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
    use super::*;

    fn said(message: &str) -> (String, String) {
        let spot = UnknownWord { path: "a.b", within: "a", found: "a list", is_key: false };
        let words = humanize(message, &spot);
        (words.title, words.label)
    }

    /// A message of serde, and what is made of it.
    const SAID: &str = r#"
        invalid type: map, expected u32 | `a.b` cannot be a table | a whole number, 0 or more
        invalid value: integer `-1`, expected u8 | `a.b` cannot be -1 | a whole number, 0 or more
        invalid type: sequence, expected struct Own | `a.b` cannot be a list | a table
        invalid type: floating point `NaN`, expected i64 | `a.b` cannot be nan | a whole number
        invalid length 3, expected a tuple of size 2 | `a.b` cannot be a list of 3 | a list of 2
        invalid type: string "x, expected y", expected f64 | `a.b` cannot be "x, expected y" | a number
        wanted string or table | `a.b` cannot be a list | a word in quotes
        expected table, found boolean | `a` cannot be a table | a word in quotes
        unknown variant `x`, expected `left` or `right` | `a.b` cannot be "x" | `left` or `right`
        unknown field `x`, there are no fields | unknown key `x` in `a` | no key here
        invalid type: integer `5` as i128, expected a string | `a.b` cannot be 5 | text in quotes
        too many; expected fewer | too many | fewer
    "#;

    #[test]
    fn no_name_of_a_type_is_left() {
        for line in SAID.lines().filter(|line| line.contains(" | ")) {
            let parts: Vec<_> = line.split(" | ").map(str::trim).collect();
            let [message, title, label] = parts[..] else { panic!("{line}") };
            assert_eq!(said(message), (title.into(), format!("expected {label}")), "{message}");
        }
    }

    #[test]
    fn a_name_may_look_like_a_message() {
        let strange = "unknown field `a`, expected `b`, expected `c` or `d`";
        assert_eq!(said(strange).0, "unknown key `a`, expected `b` in `a`");
    }
}
