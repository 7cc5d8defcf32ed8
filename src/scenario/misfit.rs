//! Why a value does not fit the type that reads it: what serde reports, in parts.

use std::fmt;
use std::ops::Range;

use serde::de::{self, Expected, Unexpected};

/// A value that does not fit, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Misfit {
    pub reason: Box<Reason>,
    /// The keys of its path, the last one first.
    keys: Vec<String>,
    /// Whether the key is wrong, not its value.
    pub is_key: bool,
    /// The innermost value, or the key.
    pub span: Option<Range<usize>>,
}

/// What does not fit.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// A key that the table does not have.
    UnknownKey(Unknown),
    /// A word that is none of those expected.
    UnknownWord(Unknown),
    /// A key that the table needs.
    MissingKey(&'static str),
    /// A value of another type, or out of range. `expected` is a phrase, or the name of a Rust type.
    Wrong { found: Found, expected: String },
    /// Something else in place of a word.
    NoWord,
    /// A number that is too large for any type.
    TooLarge,
    /// What a type says itself, of the form "what is wrong; expected what".
    Said(String),
}

/// A word that is unknown, and those that are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    pub word: String,
    pub known: &'static [&'static str],
}

/// What stands in place of what was expected.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// An integer; one beyond 128 bits is the nearest that has them.
    Integer(i128),
    /// A list of so many values.
    Length(usize),
    /// A value, in words.
    Words(String),
}

impl Misfit {
    pub fn new(reason: Reason) -> Self {
        Self { reason: Box::new(reason), keys: Vec::new(), is_key: false, span: None }
    }

    /// The same with a span, unless it has one.
    pub fn at(mut self, span: Range<usize>) -> Self {
        self.span.get_or_insert(span);
        self
    }

    /// The same, below a key.
    pub fn below(mut self, key: impl Into<String>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// The same at a key.
    pub fn at_key(self, key: &str, span: Range<usize>) -> Self {
        Self { is_key: true, ..self.at(span).below(key) }
    }

    /// Its path, with dots between the keys as they are.
    pub fn path(&self) -> String {
        self.keys.iter().rev().map(String::as_str).collect::<Vec<_>>().join(".")
    }
}

impl From<Unexpected<'_>> for Found {
    fn from(found: Unexpected<'_>) -> Self {
        Self::Words(match found {
            Unexpected::Unsigned(number) => return Self::Integer(number.into()),
            Unexpected::Signed(number) => return Self::Integer(number.into()),
            Unexpected::Bool(truth) => truth.to_string(),
            Unexpected::Float(number) => format!("{number:?}").to_lowercase(),
            Unexpected::Str(text) => format!("{text:?}"),
            Unexpected::Char(letter) => format!("{letter:?}"),
            Unexpected::Map => "a table".into(),
            Unexpected::Seq => "a list".into(),
            Unexpected::Unit
            | Unexpected::NewtypeStruct
            | Unexpected::UnitVariant
            | Unexpected::NewtypeVariant
            | Unexpected::TupleVariant
            | Unexpected::StructVariant
            | Unexpected::Enum => "a word alone".into(),
            other @ (Unexpected::Bytes(_) | Unexpected::Option | Unexpected::Other(_)) => {
                other.to_string()
            }
        })
    }
}

impl de::Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Reason::Said(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Reason::Wrong { found: found.into(), expected: expected.to_string() })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        let found = Found::Length(length);
        Self::new(Reason::Wrong { found, expected: expected.to_string() })
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::new(Reason::UnknownWord(Unknown { word: word.into(), known }))
    }

    fn unknown_field(word: &str, known: &'static [&'static str]) -> Self {
        Self::new(Reason::UnknownKey(Unknown { word: word.into(), known }))
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(Reason::MissingKey(key))
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.path(), self.reason)
    }
}

impl std::error::Error for Misfit {}
