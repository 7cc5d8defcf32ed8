//! Explains errors of TOML syntax: most are a value without quotes, or an unclosed bracket or quote.
//!
//! What is wrong is judged from the text at the error and from what the parser expected there. Where that
//! says nothing, the parser's own words are shown.

use std::ops::Range;

use toml_parser::decoder::Encoding;
use toml_parser::{Expected, ParseError};

use super::humanize::{Vocabulary, shortened};
use super::scan::{self, Construct, Excess, Refused};
use crate::time::NanoDuration;

/// The characters that delimit a value.
const BOUNDS: [char; 11] = ['=', '[', ']', '{', '}', ',', '#', ' ', '\t', '\r', '\n'];

/// Explains what is wrong with a text, and where.
pub fn explain(refused: &Refused, text: &str) -> (Vocabulary, Range<usize>) {
    match refused {
        Refused::TooMuch(excess, span) => (too_much(*excess), span.clone()),
        Refused::Syntax(construct, error) => {
            let end = || text.len()..text.len();
            let span = error.unexpected().or(error.context()).map_or_else(end, scan::range);
            let is_whole = error.context().is_none_or(|context| context.start() == span.start);
            let is_value = is_whole && *construct == Construct::Scalar(None);
            let words = bare(is_value, text, span.start).or_else(|| match *construct {
                Construct::Grammar => of_grammar(error, text, span.start),
                Construct::Key(encoding) => of_a_key(encoding, text, span.start),
                Construct::Scalar(None) => Some(of_a_number(text, span.start)),
                Construct::Scalar(Some(encoding)) => of_a_string(error, encoding, text, span.start),
            });
            (words.unwrap_or_else(|| verbatim(error)), span)
        }
    }
}

/// Explains an error of the tables in a text without errors of syntax: a key that is there already.
pub fn repeated(error: &toml::de::Error, text: &str) -> (Vocabulary, Range<usize>) {
    let span = error.span().unwrap_or(0..0);
    let found = text.get(span.clone()).unwrap_or_default();
    let words = if !scan::is_key(text, &span) {
        Vocabulary::new(shortened(error.message()), "")
    } else if text[span.end..].trim_start().starts_with('.') {
        let title = format!("`{found}` was given a value before, and takes no more");
        let help = "say all of it in one place: in the braces, or under the [table]";
        Vocabulary { help: Some(help.into()), ..Vocabulary::new(title, "expected another key") }
    } else {
        twice(text, span.start, found)
    };
    (words, span)
}

/// The help for a file that is longer than is read.
pub const SHORTER: &str = "latencies and samples can be CSV files, zones generated, items published \
                           at an interval, and faults drawn by [nemesis]";

fn too_much(excess: Excess) -> Vocabulary {
    let (title, label) = match excess {
        Excess::Tokens => (
            format!("a file of more than {} words and signs", scan::MAX_TOKENS),
            "expected the end of the file before this",
        ),
        Excess::Tables => (
            format!("a file of more than {} tables and lists", scan::MAX_TABLES),
            "expected no further one, also none that a dotted key implies",
        ),
        Excess::Depth => {
            let label = format!("expected at most {} levels", scan::MAX_DEPTH);
            return Vocabulary::new("tables or lists nested too deeply", label);
        }
        Excess::Paths => (
            format!("a file whose keys take more than {} MiB", scan::MAX_PATHS >> 20),
            "expected fewer values below long keys",
        ),
    };
    Vocabulary { help: Some(SHORTER.into()), ..Vocabulary::new(title, label) }
}

/// A value without quotes, where a value must stand.
fn bare(is_value: bool, text: &str, start: usize) -> Option<Vocabulary> {
    let before = line_before(text, start).trim_end();
    let is_value = is_value || before.contains('=') && before.ends_with(['=', '[', ',', '{']);
    is_value.then(|| bare_value(&text[start..])).flatten()
}

/// Unbalanced brackets, and what stands before or behind a value.
fn of_grammar(error: &ParseError, text: &str, start: usize) -> Option<Vocabulary> {
    let wants = |literal| {
        error.expected().is_some_and(|expected| expected.contains(&Expected::Literal(literal)))
    };
    let context = error.context().and_then(|span| text.get(scan::range(span))).unwrap_or_default();
    let is_comma = text[start..].starts_with(',');
    Some(match context {
        "[" if is_comma => Vocabulary::new("a comma too many in a list", "expected a value"),
        "[" if wants(",") || wants("]") => {
            Vocabulary::new("a list that is not closed", "expected `,` or `]` before this")
        }
        "{" if is_comma => Vocabulary::new("a comma too many in braces", "expected a key"),
        "{" if wants("=") => missing_value(),
        "{" => Vocabulary::new(
            "a table in braces that is not closed",
            "expected `,` or `}` before this",
        ),
        "]" if wants("[") => closes_nothing("["),
        "}" if wants("{") => closes_nothing("{"),
        _ if context.starts_with('[') && (wants("]") || wants("]]")) => {
            let end = if wants("]") { "]" } else { "]]" };
            let label = format!("expected `{end}`");
            Vocabulary::new("the name of a table that is not closed", label)
        }
        _ if wants("=") && line_before(text, start).trim_start().starts_with('/') => no_comment(),
        _ if wants("=") => missing_value(),
        _ if wants("\n") && wants("#") => behind_a_value(text, start),
        _ => return None,
    })
}

fn missing_value() -> Vocabulary {
    Vocabulary::new("a key without a value", "expected `=` and a value")
}

fn no_comment() -> Vocabulary {
    Vocabulary::new("a line that says nothing", "expected `#` before a comment")
}

fn closes_nothing(open: &str) -> Vocabulary {
    Vocabulary::new("a bracket that closes nothing", format!("expected `{open}` before it"))
}

/// An error in a key.
fn of_a_key(encoding: Option<Encoding>, text: &str, start: usize) -> Option<Vocabulary> {
    let letter = text[start..].chars().next().filter(|letter| !letter.is_control())?;
    let is_empty = "=.]".contains(letter);
    (encoding.is_none() && !is_empty).then(|| {
        let title = format!("`{letter}` in a key without quotes");
        Vocabulary::new(title, "expected quotes around the key, such as \"z0>z1\"")
    })
}

/// An error in a string.
fn of_a_string(
    error: &ParseError,
    encoding: Encoding,
    text: &str,
    start: usize,
) -> Option<Vocabulary> {
    let is_basic = matches!(encoding, Encoding::BasicString | Encoding::MlBasicString);
    match error.expected() {
        Some([Expected::Literal(quote)]) if quote.starts_with(['"', '\'']) => {
            let label = format!("expected `{quote}`");
            Some(Vocabulary::new("text in quotes that are not closed", label))
        }
        _ if is_basic && text[..start].ends_with('\\') => Some(escape(text, start)),
        _ => None,
    }
}

/// An invalid number, or no value at all.
fn of_a_number(text: &str, start: usize) -> Vocabulary {
    let (before, rest) = (line_before(text, start), &text[start..]);
    let before = &before[before.rfind(BOUNDS).map_or(0, |at| at + 1)..];
    let rest = &rest[..rest.find(BOUNDS).unwrap_or(rest.len())];
    let found = format!("{before}{rest}");
    let digits = found.trim_start_matches(['+', '-']);
    if found.is_empty() {
        Vocabulary::new("a value is missing", "expected a value")
    } else if digits.len() > 1 && digits.starts_with('0') && digits.chars().all(is_of_number) {
        Vocabulary::new("a number that begins with 0", "expected it without the 0")
    } else {
        let title = format!("`{}` is no number", shortened(&found));
        Vocabulary::new(title, "expected digits, with a point between digits if need be")
    }
}

fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || c == '.' || c == '_'
}

/// The words of the parser.
fn verbatim(error: &ParseError) -> Vocabulary {
    let word = |expected: &Expected| match expected {
        Expected::Literal("\n") => "the end of the line".into(),
        Expected::Literal(literal) => format!("`{}`", literal.escape_debug()),
        Expected::Description(words) => (*words).into(),
        other => format!("{other:?}"),
    };
    let expected = error.expected().filter(|expected| !expected.is_empty());
    let label = expected.map_or_else(String::new, |expected| {
        format!("expected {}", expected.iter().map(word).collect::<Vec<_>>().join(", "))
    });
    Vocabulary::new(shortened(error.description()), label)
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
fn behind_a_value(text: &str, start: usize) -> Vocabulary {
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
