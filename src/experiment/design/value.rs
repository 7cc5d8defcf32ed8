//! Levels: the values that an axis takes one after the other.

use std::fmt;

use crate::scenario::{inline, printable};
use crate::time::NanoDuration;

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
    pub fn length(&self) -> Option<NanoDuration> {
        match self {
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// What it has in common with values that nobody could tell from it in a table: 0 and 0.0, "60s"
    /// and "1min".
    pub fn identity(&self) -> String {
        // Whole numbers up to here are floats too.
        const EXACT: u64 = 1 << 53;
        match self {
            Self::Whole(number) if number.unsigned_abs() <= EXACT => {
                format!("{:?}", *number as f64)
            }
            Self::Text(text) => match (self.length(), text.parse::<i64>()) {
                (Some(length), _) => format!("{} ns", length.ns),
                (None, Ok(number)) => Self::Whole(number).identity(),
                (None, Err(_)) => text.clone(),
            },
            // Zero has no sign.
            Self::Number(number) => format!("{:?}", number + 0.0),
            other => other.to_string(),
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
