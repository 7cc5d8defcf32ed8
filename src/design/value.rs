//! Levels: the values that an axis takes one after the other.

use std::fmt;

use crate::scenario::{inline, printable};
use crate::time::Length;

/// A value of an axis, as columns of results have it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// A word, a time, or a list as TOML writes it.
    Text(String),
    /// Yes or no.
    Truth(bool),
}

impl Value {
    /// The value of a scenario.
    pub fn of(value: &toml::Value) -> Self {
        match value {
            toml::Value::Integer(number) => Self::Whole(*number),
            toml::Value::Float(number) => Self::Number(*number),
            toml::Value::Boolean(truth) => Self::Truth(*truth),
            toml::Value::String(text) => Self::Text(text.clone()),
            other => Self::Text(inline(other)),
        }
    }

    /// The length of time that it is, if it is one.
    pub fn length(&self) -> Option<Length> {
        match self {
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Whether nobody could tell it from another in a table: 0 and 0.0, "60s" and "1min".
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(whole), Self::Number(number))
            | (Self::Number(number), Self::Whole(whole)) => *whole as f64 == *number,
            (Self::Text(_), Self::Text(_)) if self.length().is_some() => {
                self.length() == other.length()
            }
            _ => self == other || self.to_string() == other.to_string(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => write!(f, "{number}"),
            Self::Number(number) => write!(f, "{number:?}"),
            Self::Text(text) => f.write_str(&printable(text)),
            Self::Truth(truth) => write!(f, "{truth}"),
        }
    }
}

/// One level of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// What a column of results says of it.
    pub value: Value,
    /// What it puts over the scenario, as `--set` takes it.
    pub sets: Vec<String>,
}

impl Level {
    /// A value at a path.
    pub fn at(path: &str, value: &toml::Value) -> Self {
        Self { value: Value::of(value), sets: vec![format!("{path}={}", inline(value))] }
    }
}
