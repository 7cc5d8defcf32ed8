//! A length of time that may be negative, as people write it.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::nano_duration::pattern;
use super::{NanoDuration, SimDuration};

/// How far something is ahead, or behind: `"250ms"`, `"-2s"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignedDuration {
    /// Whether it is behind.
    pub is_negative: bool,
    /// By how much.
    pub magnitude: NanoDuration,
}

impl SignedDuration {
    /// In ticks of `resolution`, to the nearest, halves away from nothing.
    pub fn ticks(self, resolution: NanoDuration) -> i64 {
        let SimDuration(ticks) = self.magnitude.ticks(resolution);
        // A year of nanoseconds fits.
        if self.is_negative { -(ticks as i64) } else { ticks as i64 }
    }
}

/// As people write it.
impl Serialize for SignedDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// For editors: a sign, a number and a unit.
impl JsonSchema for SignedDuration {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Shift".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": pattern("[-+]?") })
    }
}

impl fmt::Display for SignedDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.is_negative { "-" } else { "" }, self.magnitude)
    }
}

/// What to say of a shift without a unit.
fn bare_shift(number: impl fmt::Display) -> String {
    format!("a time without a unit; expected \"{number}ms\" or \"{number}s\", say")
}

impl<'de> Deserialize<'de> for SignedDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ShiftVisitor;
        impl Visitor<'_> for ShiftVisitor {
            type Value = SignedDuration;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time with its unit, such as \"250ms\" or \"-2s\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<SignedDuration, E> {
                let (back, by) = match text.trim().strip_prefix(['-', '+']) {
                    Some(by) => (text.trim().starts_with('-'), by),
                    None => (false, text),
                };
                // What is said of the length is meant of the shift: with its sign.
                let signed = |message: String| match back {
                    true => message.replace("expected \"", "expected \"-"),
                    false => message,
                };
                let by = by.parse().map_err(|message| E::custom(signed(message)))?;
                Ok(SignedDuration { is_negative: back, magnitude: by })
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<SignedDuration, E> {
                Err(E::custom(bare_shift(number)))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<SignedDuration, E> {
                Err(E::custom(bare_shift(number)))
            }
        }
        deserializer.deserialize_any(ShiftVisitor)
    }
}
