//! Levels: the values of an axis.

use std::fmt;

use crate::scenario::{inline, printable};
use crate::time::NanoDuration;

/// A value of an axis, in the form that columns of results have.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Number(f64),
    /// A string, a duration, or the TOML of a list or table.
    Text(String),
    /// A Boolean.
    Bool(bool),
}

impl Value {
    /// Converts a value of a scenario.
    pub fn from_toml(value: &toml::Value) -> Self {
        match value {
            toml::Value::Integer(number) => Self::Integer(*number),
            toml::Value::Float(number) => Self::Number(*number),
            toml::Value::Boolean(truth) => Self::Bool(*truth),
            toml::Value::String(text) => Self::Text(text.clone()),
            other => Self::Text(inline(other)),
        }
    }

    /// The duration that a text states. None if it states none.
    pub fn duration(&self) -> Option<NanoDuration> {
        match self {
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A key that is equal for values that mean the same: 0 and 0.0, "60s" and "1min".
    pub fn identity(&self) -> String {
        // Integers up to here are exact as floats.
        const EXACT: u64 = 1 << 53;
        match self {
            Self::Integer(number) if number.unsigned_abs() <= EXACT => {
                format!("{:?}", *number as f64)
            }
            Self::Text(text) => match (self.duration(), text.parse::<i64>()) {
                (Some(length), _) => format!("{} ns", length.ns),
                (None, Ok(number)) => Self::Integer(number).identity(),
                (None, Err(_)) => text.clone(),
            },
            // Adding 0.0 turns -0.0 into 0.0.
            Self::Number(number) => format!("{:?}", number + 0.0),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(f, "{number}"),
            Self::Number(number) => write!(f, "{number:?}"),
            Self::Text(text) => f.write_str(&printable(text)),
            Self::Bool(truth) => write!(f, "{truth}"),
        }
    }
}

/// One level of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// The value in a column of results.
    pub value: Value,
    /// The overrides of the level, in the form of `--set`.
    pub sets: Vec<String>,
}

impl Level {
    /// A level that sets a path to a value.
    pub fn new(path: &str, value: &toml::Value) -> Self {
        Self { value: Value::from_toml(value), sets: vec![format!("{path}={}", inline(value))] }
    }
}
