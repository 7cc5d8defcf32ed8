//! The words of a goal.

use std::ops::Range;

use super::condition::Relation;

/// A word of a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// A metric, or one of [`KEYWORDS`].
    Word(&'a str),
    /// A number, with its unit if there is one.
    Value(&'a str),
    Relation(Relation),
    Open,
    Close,
    /// Any other character.
    Other(&'a str),
    End,
}

/// Words that are no units.
pub const KEYWORDS: [&str; 4] = ["and", "or", "not", "before"];

const RELATIONS: [(&str, Relation); 7] = [
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("!=", Relation::Unequal),
    ("==", Relation::Equal),
    ("<", Relation::Below),
    (">", Relation::Above),
    ("=", Relation::Equal),
];

/// Reads the word that begins at `at`, after white space. Returns it with its range.
pub fn next(text: &str, at: usize) -> (Token<'_>, Range<usize>) {
    let rest = text[at..].trim_start();
    let start = text.len() - rest.len();
    let Some(first) = rest.chars().next() else { return (Token::End, start..start) };
    let relation = RELATIONS.iter().find(|(sign, _)| rest.starts_with(sign));
    let (token, length) = match (first, relation) {
        (_, Some(&(sign, relation))) => (Token::Relation(relation), sign.len()),
        ('(', _) => (Token::Open, 1),
        (')', _) => (Token::Close, 1),
        ('0'..='9' | '.' | '-' | '+', _) => {
            let length = value_length(rest);
            (Token::Value(&rest[..length]), length)
        }
        (letter, _) if letter.is_alphabetic() || letter == '_' => {
            let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
            (Token::Word(&rest[..length]), length)
        }
        (other, _) => (Token::Other(&rest[..other.len_utf8()]), other.len_utf8()),
    };
    (token, start..start + length)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a number and its unit, which may stand apart.
fn value_length(text: &str) -> usize {
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | ',');
    let number = text.find(|c| !is_number(c)).unwrap_or(text.len());
    let rest = &text[number..];
    let unit = rest.trim_start();
    let gap = rest.len() - unit.len();
    let is_unit = |c: char| is_word(c) || matches!(c, '%' | '.');
    let length = unit.find(|c| !is_unit(c)).unwrap_or(unit.len());
    // `captured >= 3 and ..`, but `10 min`.
    let is_keyword = gap > 0 && KEYWORDS.contains(&&unit[..length]);
    if length == 0 || is_keyword { number } else { number + gap + length }
}
