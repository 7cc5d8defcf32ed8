//! Rewrites TOML syntax errors: most are a value without quotes, or an unclosed bracket or quote.

use std::ops::Range;

use super::humanize::{Vocabulary, shortened};
use crate::time::NanoDuration;

/// The message of the parser for most invalid values.
const NO_QUOTES: &str = "string values must be quoted";

/// The messages of the parser for invalid numbers.
const NUMBERS: [&str; 5] = [
    "invalid float",
    "invalid integer",
    "invalid mantissa",
    "invalid fraction",
    "invalid exponent",
];

/// The characters that delimit a value.
const BOUNDS: [char; 11] = ['=', '[', ']', '{', '}', ',', '#', ' ', '\t', '\r', '\n'];

/// Rewrites a message of the parser; `span` is its range in the text.
pub fn humanize(message: &str, text: &str, span: Range<usize>) -> Vocabulary {
    let start = span.start.min(text.len());
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    let before = line_before(text, start).trim_end();
    let is_value = before.contains('=') && before.ends_with(['=', '[', ',', '{']);
    let words = (is_value || what == NO_QUOTES).then(|| bare_value(&text[start..])).flatten();
    let words = words.or_else(|| of_a_key(what, text, start..span.end.min(text.len())));
    let words = words.or_else(|| of_a_value(what, text, start));
    words.or_else(|| not_closed(what, expected)).unwrap_or_else(|| {
        let (what, expected) = (plain(what), plain(expected));
        let is_told = !expected.is_empty() && expected != "nothing";
        let label = if is_told { format!("expected {expected}") } else { String::new() };
        Vocabulary::new(shortened(&what), label)
    })
}

/// Errors in a key.
fn of_a_key(what: &str, text: &str, span: Range<usize>) -> Option<Vocabulary> {
    let start = span.start;
    let found = text.get(span).unwrap_or_default();
    Some(match what {
        "duplicate key" => twice(text, start, found),
        "key with no value" if line_before(text, start).trim_start().starts_with('/') => {
            Vocabulary::new("a line that says nothing", "expected `#` before a comment")
        }
        "key with no value" => Vocabulary::new("a key without a value", "expected `=` and a value"),
        "invalid unquoted key" => {
            let letter = text[start..].chars().next().unwrap_or(' ');
            let title = format!("`{letter}` in a key without quotes");
            Vocabulary::new(title, "expected quotes around the key, such as \"z0>z1\"")
        }
        _ if what.starts_with("cannot extend value") => {
            let title = format!("`{found}` was given a value before, and takes no more");
            let help = "say all of it in one place: in the braces, or under the [table]";
            Vocabulary { help: Some(help.into()), ..Vocabulary::new(title, "expected another key") }
        }
        _ => return None,
    })
}

/// Errors in a value.
fn of_a_value(what: &str, text: &str, start: usize) -> Option<Vocabulary> {
    Some(match what {
        NO_QUOTES => Vocabulary::new("a value is missing", "expected a value"),
        "unexpected key or value" => too_much(text, start),
        "missing escaped value" => escape(text, start),
        "unexpected leading zero" => {
            Vocabulary::new("a number that begins with 0", "expected it without the 0")
        }
        _ if NUMBERS.contains(&what) => {
            let (before, rest) = (line_before(text, start), &text[start..]);
            let before = &before[before.rfind(BOUNDS).map_or(0, |at| at + 1)..];
            let rest = &rest[..rest.find(BOUNDS).unwrap_or(rest.len())];
            let title = format!("`{}` is no number", shortened(&format!("{before}{rest}")));
            Vocabulary::new(title, "expected digits, with a point between digits if need be")
        }
        _ => return None,
    })
}

/// Unbalanced brackets and quotes.
fn not_closed(what: &str, expected: &str) -> Option<Vocabulary> {
    Some(match what {
        "missing comma between array elements" | "unclosed array" => {
            Vocabulary::new("a list that is not closed", "expected `,` or `]` before this")
        }
        "missing comma between key-value pairs"
        | "unclosed inline table"
        | "missing key for inline table element" => Vocabulary::new(
            "a table in braces that is not closed",
            "expected `,` or `}` before this",
        ),
        "unclosed table" | "unclosed array table" => Vocabulary::new(
            "the name of a table that is not closed",
            format!("expected {expected}"),
        ),
        "missing table open" | "missing array opening" | "missing inline table opening" => {
            Vocabulary::new(
                "a bracket that closes nothing",
                format!("expected {expected} before it"),
            )
        }
        _ if what.starts_with("invalid ") && what.ends_with(" string") => {
            Vocabulary::new("text in quotes that are not closed", format!("expected {expected}"))
        }
        _ if what.contains("recurs") => {
            Vocabulary::new("tables or lists nested too deeply", "expected fewer than 80 levels")
        }
        _ => return None,
    })
}

/// Replaces terms of the TOML grammar.
fn plain(words: &str) -> String {
    const WORDS: [(&str, &str); 9] = [
        ("array table", "list of tables"),
        ("inline table", "table in braces"),
        ("array", "list"),
        ("multi-line basic string", "text in three quotes"),
        ("multi-line literal string", "text in three quotes"),
        ("basic string", "text in quotes"),
        ("literal string", "text in quotes"),
        ("boolean", "true or false"),
        ("assignment", "`=`"),
    ];
    WORDS.iter().fold(words.to_owned(), |text, (word, plain)| text.replace(word, plain))
}

/// The error if the parser gives no range: the first path that is too long.
pub fn deepest(text: &str) -> Range<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.matches('.').count() >= 80 {
            return start..start;
        }
        start += line.len();
    }
    0..0
}

/// A value without quotes, or an invalid number.
fn bare_value(rest: &str) -> Option<Vocabulary> {
    let end = rest.find([',', ']', '}', '#', '\n', '\r']).unwrap_or(rest.len());
    let found = rest[..end].trim_end();
    let first = found.chars().next()?;
    if let ("True" | "TRUE" | "False" | "FALSE", word) = (found, found.to_lowercase()) {
        return Some(Vocabulary::new(format!("`{found}` is no value"), format!("expected {word}")));
    }
    if first == '“' || first == '”' || first == '„' {
        return Some(Vocabulary::new("typographic quotes", "expected straight ones: \""));
    }
    if let Some(number) = found.strip_suffix('%').and_then(|number| number.parse::<f64>().ok()) {
        let label = format!("expected a share of 1: {}", number / 100.0);
        return Some(Vocabulary::new("a percentage", label));
    }
    if found.starts_with('.') && found.parse::<f64>().is_ok() {
        return Some(Vocabulary::new(
            "a number without a digit first",
            format!("expected 0{found}"),
        ));
    }
    if found.parse::<NanoDuration>().is_ok() {
        let title = "a time without quotes";
        return Some(Vocabulary::new(title, format!("expected \"{found}\"")));
    }
    let word = first.is_alphabetic() && !found.contains(['"', '\'', '=']);
    word.then(|| {
        let found = shortened(found);
        Vocabulary::new(format!("`{found}` without quotes"), format!("expected \"{found}\""))
    })
}

/// Text after a value.
fn too_much(text: &str, start: usize) -> Vocabulary {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut rest = text[start..].chars();
    if rest.next() == Some(',') && digit(rest.next()) && digit(text[..start].chars().next_back()) {
        return Vocabulary::new("a number with a decimal comma", "expected a point: `.`");
    }
    Vocabulary::new("something behind a value", "expected the end of the line")
}

/// A repeated key or table.
fn twice(text: &str, start: usize, found: &str) -> Vocabulary {
    let line = line_before(text, start);
    let prefix = format!("{line}{found}");
    let is_key = |c: char| c.is_alphanumeric() || "_-.\"'".contains(c);
    let same = |other: &str| {
        other.trim_start().strip_prefix(prefix.trim_start()).is_some_and(|r| !r.starts_with(is_key))
    };
    let lines: Vec<_> = text[..start - line.len()].lines().collect();
    let first = lines.iter().rposition(|line| same(line));
    let help = first.map(|first| format!("it was given before, in line {}", first + 1));
    Vocabulary { help, ..Vocabulary::new(format!("`{found}` is given twice"), "expected it once") }
}

/// An invalid escape sequence.
fn escape(text: &str, start: usize) -> Vocabulary {
    let letter = text[start..].chars().next().unwrap_or(' ');
    let title = format!("`\\{letter}` means nothing in double quotes");
    Vocabulary::new(title, "expected `\\\\` for a backslash, or single quotes")
}

/// The text of the line before a position.
fn line_before(text: &str, start: usize) -> &str {
    text[..start].rsplit('\n').next().unwrap_or_default()
}
