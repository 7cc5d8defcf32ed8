//! Amounts of data and data rates with units.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount of data in bytes: `"1500B"`, `"64kB"`, `"1MiB"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// A rate in bits per second: `"2Mbit/s"`, `"64kB/s"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(pub u64);

/// Units of amounts, in bytes: SI, and binary with an i.
const AMOUNTS: [(&str, u64); 7] = [
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// Units of rates, in bits per second.
const RATES: [(&str, u64); 8] = [
    ("bit/s", 1),
    ("kbit/s", 1_000),
    ("Mbit/s", 1_000_000),
    ("Gbit/s", 1_000_000_000),
    ("B/s", 8),
    ("kB/s", 8_000),
    ("MB/s", 8_000_000),
    ("GB/s", 8_000_000_000),
];

/// Maximum amount and rate.
const MAX_BITS: f64 = 1e15;

const AMOUNT: &str = "an amount of data with its unit, such as \"64kB\"";
const RATE: &str = "a rate with its unit, such as \"2Mbit/s\"";

/// Parses a number with a unit into the base unit, rounded to the nearest.
fn parse(text: &str, units: &[(&str, u64)], expected: &str) -> Result<u64, String> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = (&text[..split], text[split..].trim_start());
    let Ok(number) = number.parse::<f64>() else {
        return Err(format!("`{text}` begins with no number; expected {expected}"));
    };
    if unit.is_empty() {
        return Err(format!("`{text}` has no unit; expected {expected}"));
    }
    let Some((_, scale)) = units.iter().find(|(name, _)| *name == unit) else {
        let near = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
        let near = near.or_else(|| units.iter().find(|(name, _)| name.starts_with(unit)));
        let names: Vec<_> = units.iter().map(|(name, _)| *name).collect();
        return Err(match near {
            Some((name, _)) => format!("`{unit}` is no unit here; did you mean `{name}`?"),
            None => format!("`{unit}` is no unit here; expected one of {}", names.join(", ")),
        });
    };
    let amount = number * *scale as f64;
    if amount > MAX_BITS {
        return Err(format!("`{text}` is too much; expected less than 10^15 of the smallest unit"));
    }
    Ok((amount + 0.5) as u64)
}

/// Deserializes one of the two types from text; a bare number is an error that names the missing unit.
struct UnitVisitor(&'static [(&'static str, u64)], &'static str);

impl Visitor<'_> for UnitVisitor {
    type Value = u64;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        parse(text, self.0, self.1).map_err(E::custom)
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<u64, E> {
        Err(E::custom(format!("`{number}` has no unit; expected {}", self.1)))
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<u64, E> {
        Err(E::custom(format!("`{number}` has no unit; expected {}", self.1)))
    }
}

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text, &AMOUNTS, AMOUNT).map(Self)
    }
}

/// Deserializes bytes.
impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}B", self.0))
    }
}

/// Deserializes bits per second.
impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}bit/s", self.0))
    }
}

/// The schema: a number and a unit.
fn schema_of(units: &[(&str, u64)]) -> Schema {
    let units: Vec<_> = units.iter().map(|(unit, _)| *unit).collect();
    let units = units.join("|");
    json_schema!({
        "type": "string",
        "pattern": format!(r"^\s*[0-9]*\.?[0-9]+\s*({units})\s*$"),
    })
}

impl JsonSchema for Bytes {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Bytes".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema_of(&AMOUNTS)
    }
}

impl JsonSchema for Rate {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema_of(&RATES)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UnitVisitor(&AMOUNTS, AMOUNT)).map(Self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rate = deserializer.deserialize_any(UnitVisitor(&RATES, RATE))?;
        if rate == 0 {
            let message = format!("a rate of nothing lets nothing through; expected {RATE}");
            return Err(de::Error::custom(message));
        }
        Ok(Self(rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read() {
        let amount = |text| parse(text, &AMOUNTS, AMOUNT);
        assert_eq!(amount("1.5kB"), Ok(1500));
        assert_eq!(amount("2 KiB"), Ok(2048));
        assert_eq!(parse("2Mbit/s", &RATES, RATE), Ok(2_000_000));
        assert_eq!(parse("64kB/s", &RATES, RATE), Ok(512_000));
        for (text, says) in
            [("5", "no unit"), ("x", "no number"), ("5kb", "`kB`"), ("9GGB", "one of")]
        {
            let message = amount(text).unwrap_err();
            assert!(message.contains(says), "{message}");
        }
        assert!(parse("2Mbit", &RATES, RATE).unwrap_err().contains("`Mbit/s`"));
    }
}
