//! A duration with a sign, as written in a scenario file.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::nano_duration::pattern;
use super::{NanoDuration, SimDuration};

/// A duration with a sign: `"250ms"`, `"-2s"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignedDuration {
    /// True below zero; may be true of zero.
    pub is_negative: bool,
    /// The absolute value.
    pub magnitude: NanoDuration,
}

impl SignedDuration {
    /// In ticks of `resolution`, to the nearest, halves away from zero.
    pub fn ticks(self, resolution: NanoDuration) -> i64 {
        let SimDuration(ticks) = self.magnitude.ticks(resolution);
        // A year of nanoseconds fits.
        if self.is_negative { -(ticks as i64) } else { ticks as i64 }
    }
}

impl Serialize for SignedDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for SignedDuration {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "SignedDuration".into()
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

/// The error about a duration without a unit.
fn without_unit(number: impl fmt::Display) -> String {
    format!("a time without a unit; expected \"{number}ms\" or \"{number}s\", say")
}

impl<'de> Deserialize<'de> for SignedDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SignedDurationVisitor;
        impl Visitor<'_> for SignedDurationVisitor {
            type Value = SignedDuration;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time with its unit, such as \"250ms\" or \"-2s\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<SignedDuration, E> {
                let (is_negative, magnitude) = match text.trim().strip_prefix(['-', '+']) {
                    Some(magnitude) => (text.trim().starts_with('-'), magnitude),
                    None => (false, text),
                };
                // The error is about the magnitude; its suggestion needs the sign.
                let signed = |message: String| match is_negative {
                    true => message.replace("expected \"", "expected \"-"),
                    false => message,
                };
                let magnitude = magnitude.parse().map_err(|message| E::custom(signed(message)))?;
                Ok(SignedDuration { is_negative, magnitude })
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<SignedDuration, E> {
                Err(E::custom(without_unit(number)))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<SignedDuration, E> {
                Err(E::custom(without_unit(number)))
            }
        }
        deserializer.deserialize_any(SignedDurationVisitor)
    }
}
