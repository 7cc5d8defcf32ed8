//! Time is an integer.
//!
//! A [`Tick`] is an instant of true time, counted in grains of the scenario's `resolution`. A
//! [`Local`] is what a zone's own clock shows. A [`Span`] is a length of time in ticks; a
//! [`Length`] is one as people write it, in nanoseconds, before a resolution is known.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// An instant of true time, in ticks since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Tick(pub u64);

/// An instant on a zone's own clock, in ticks; may be negative where a clock is behind.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Local(pub i64);

/// A length of time in ticks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span(pub u64);

impl Tick {
    /// A tick no run reaches.
    pub const NEVER: Self = Self(u64::MAX);
}

impl Add<Span> for Tick {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub for Tick {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Span> for Local {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add_unsigned(span.0))
    }
}

impl Sub for Local {
    type Output = Span;
    /// How long from `earlier` to here; nothing if `earlier` is later.
    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0).max(0) as u64)
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0))
    }
}

impl Span {
    /// Twice as long, up to a limit: the backoff of RFC 6298, 5.5.
    pub fn doubled(self, limit: Self) -> Self {
        Self(self.0.saturating_mul(2).min(limit.0))
    }
}

/// A length of time as people write it, in nanoseconds: `"250ms"`, `"1.5s"`, `"6h"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Length {
    /// Nanoseconds.
    pub ns: u64,
}

/// The units a length may carry, and their nanoseconds.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// A year in nanoseconds: no scenario is longer, and nothing overflows below it.
const LONGEST_NS: u64 = 366 * 24 * 3_600_000_000_000;

impl Length {
    /// So many nanoseconds.
    pub const fn from_ns(ns: u64) -> Self {
        Self { ns }
    }

    /// So many milliseconds.
    pub const fn from_ms(ms: u64) -> Self {
        Self { ns: ms * 1_000_000 }
    }

    /// So many seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self { ns: secs * 1_000_000_000 }
    }

    /// In milliseconds, as far as a float can say it.
    pub fn as_ms(self) -> f64 {
        self.ns as f64 / 1e6
    }

    /// In ticks of `resolution`, to the nearest, halves up.
    pub fn ticks(self, resolution: Self) -> Span {
        let grain = resolution.ns.max(1);
        Span(self.ns / grain + u64::from(self.ns % grain >= grain.div_ceil(2)))
    }
}

/// Splits a number of digits and a fraction from the unit behind it and makes nanoseconds of both,
/// in integers: a float would round what a person wrote.
impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = (&text[..split], text[split..].trim_start());
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || fraction.contains('.') || (number.ends_with('.')) {
            return Err(format!("`{text}` is no duration; write a number and a unit: \"250ms\""));
        }
        if unit.is_empty() {
            return Err(format!("`{text}` has no unit; write \"{text}ms\" or \"{text}s\""));
        }
        let Some(&(_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(format!("`{unit}` is no unit of time; use ns, us, ms, s, min or h"));
        };
        let too_long = || format!("`{text}` is longer than a year");
        let mut ns = whole
            .parse::<u64>()
            .ok()
            .and_then(|whole| whole.checked_mul(scale))
            .ok_or_else(too_long)?;
        let mut place = scale;
        for digit in fraction.bytes().map(|byte| u64::from(byte - b'0')) {
            if !place.is_multiple_of(10) && digit != 0 {
                return Err(format!("`{text}` is finer than a nanosecond"));
            }
            place /= 10;
            ns += digit * place;
        }
        if ns > LONGEST_NS { Err(too_long()) } else { Ok(Self { ns }) }
    }
}

/// The shortest exact way to say it in one unit: `90s` is `1.5min`, `250ms` stays.
impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [("h", 3_600_000_000_000), ("min", 60_000_000_000), ("s", 1_000_000_000)];
        let units = units.into_iter().chain([("ms", 1_000_000), ("us", 1_000), ("ns", 1)]);
        for (unit, scale) in units {
            if self.ns >= scale {
                let thousandths = (self.ns % scale) as u128 * 1000 / scale as u128;
                let exact = ((self.ns % scale) as u128 * 1000).is_multiple_of(scale as u128);
                if !exact {
                    continue;
                }
                let fraction = format!("{thousandths:03}");
                let fraction = fraction.trim_end_matches('0');
                let dot = if fraction.is_empty() { "" } else { "." };
                return write!(f, "{}{dot}{fraction}{unit}", self.ns / scale);
            }
        }
        f.write_str("0s")
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LengthVisitor;
        impl Visitor<'_> for LengthVisitor {
            type Value = Length;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration with its unit, such as \"250ms\", \"1.5s\" or \"6h\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Length, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Length, E> {
                Err(E::custom(format!(
                    "a time needs a unit: write \"{number}ms\" or \"{number}s\""
                )))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Length, E> {
                Err(E::custom(format!(
                    "a time needs a unit: write \"{number}ms\" or \"{number}s\""
                )))
            }
        }
        deserializer.deserialize_any(LengthVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_exact() {
        for (text, ns) in [
            ("250ms", 250_000_000),
            ("1.5s", 1_500_000_000),
            ("6h", 21_600_000_000_000),
            ("0.886ms", 886_000),
            ("45m", 2_700_000_000_000),
            ("45 min", 2_700_000_000_000),
            ("0s", 0),
            ("3us", 3_000),
            ("0.1s", 100_000_000),
        ] {
            assert_eq!(text.parse::<Length>().unwrap().ns, ns, "{text}");
        }
        let bad = ["", "ms", "5", ".5s", "5.s", "1.2.3s", "5 parsecs", "-5s", "9e9s", "0.5ns"];
        for text in bad.into_iter().chain(["99999999h", "99999999999999999999999h"]) {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
    }

    #[test]
    fn ticks_round_to_nearest() {
        let ms = Length::from_ms(1);
        for (text, ticks) in [("0.499ms", 0), ("0.5ms", 1), ("1.5ms", 2), ("122.107ms", 122)] {
            assert_eq!(text.parse::<Length>().unwrap().ticks(ms), Span(ticks), "{text}");
        }
        assert_eq!(Length::from_ns(1).ticks(Length::from_ns(3)), Span(0));
        assert_eq!(Length::from_ns(2).ticks(Length::from_ns(3)), Span(1));
    }

    #[test]
    fn lengths_print_as_they_are_written() {
        for text in ["250ms", "1.5s", "6h", "45min", "886us", "1ns", "0s", "1.5min"] {
            assert_eq!(text.parse::<Length>().unwrap().to_string(), text);
        }
    }
}
