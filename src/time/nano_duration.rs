//! A duration as written in a scenario file.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::SimDuration;

/// A duration in nanoseconds, written as a number and a unit: `"250ms"`, `"1.5s"`, `"6h"`. At most 366
/// days when parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NanoDuration {
    /// The whole duration in nanoseconds.
    pub ns: u64,
}

/// Units and their nanoseconds.
const UNITS: [(&str, u64); 10] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
    ("w", 604_800_000_000_000),
];

impl Serialize for NanoDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for NanoDuration {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": pattern("") })
    }
}

/// The regular expression of a duration after `sign`, a pattern itself.
pub(super) fn pattern(sign: &str) -> String {
    let units = UNITS.map(|(unit, _)| unit).join("|");
    format!(r"^\s*{sign}[0-9]+(\.[0-9]+)?\s*({units})\s*$")
}

/// A leap year in nanoseconds. Scenarios are no longer, so that sums of times do not overflow.
const LONGEST_NS: u64 = 366 * 24 * 3_600_000_000_000;

impl NanoDuration {
    /// The longest duration that is parsed: 366 days.
    pub const MAX: Self = Self { ns: LONGEST_NS };

    /// A duration of `ns` nanoseconds.
    pub const fn from_ns(ns: u64) -> Self {
        Self { ns }
    }

    /// A duration of `ms` milliseconds; overflows above 2^64 ns.
    pub const fn from_ms(ms: u64) -> Self {
        Self { ns: ms * 1_000_000 }
    }

    /// A duration of `secs` seconds; overflows above 2^64 ns.
    pub const fn from_secs(secs: u64) -> Self {
        Self { ns: secs * 1_000_000_000 }
    }

    /// In milliseconds, rounded to a float.
    pub fn as_ms(self) -> f64 {
        self.ns as f64 / 1e6
    }

    /// Formats `ticks` of this length in seconds, with the decimals that a tick needs: `0.050 s`.
    pub fn seconds(self, ticks: i64) -> String {
        const SECOND: u128 = 1_000_000_000;
        let ns = u128::from(ticks.unsigned_abs()) * u128::from(self.ns);
        let sign = if ticks < 0 { "-" } else { "" };
        let rest = format!("{:09}", ns % SECOND);
        let digits = (0..9).find(|&digits| self.ns.is_multiple_of(10_u64.pow(9 - digits)));
        match digits.unwrap_or(9) as usize {
            0 => format!("{sign}{} s", ns / SECOND),
            digits => format!("{sign}{}.{} s", ns / SECOND, &rest[..digits]),
        }
    }

    /// In ticks of `resolution`, to the nearest, halves up.
    pub fn ticks(self, resolution: Self) -> SimDuration {
        let tick = resolution.ns.max(1);
        SimDuration(self.ns / tick + u64::from(self.ns % tick >= tick.div_ceil(2)))
    }
}

/// Parses in integers: a float would round the number.
impl FromStr for NanoDuration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = (&text[..split], text[split..].trim_start());
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if text.starts_with('-') {
            return Err(without_unit(text));
        }
        if whole.is_empty() || fraction.contains('.') || (number.ends_with('.')) {
            return Err(format!("`{text}` is no time; expected a number and a unit: \"250ms\""));
        }
        if unit.is_empty() {
            return Err(without_unit(text));
        }
        let Some(&(_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(no_unit(text, number, unit));
        };
        let too_long = || format!("`{text}` is longer than a year; expected at most \"8784h\"");
        let mut ns = whole
            .parse::<u64>()
            .ok()
            .and_then(|whole| whole.checked_mul(scale))
            .ok_or_else(too_long)?;
        let mut place = scale;
        for digit in fraction.bytes().map(|byte| u64::from(byte - b'0')) {
            if (place == 0 || !place.is_multiple_of(10)) && digit != 0 {
                return Err(format!(
                    "`{text}` is finer than a nanosecond; expected \"1ns\" or more"
                ));
            }
            place /= 10;
            ns = ns.saturating_add(digit * place);
        }
        if ns > LONGEST_NS { Err(too_long()) } else { Ok(Self { ns }) }
    }
}

/// The error about a time without a unit.
pub(crate) fn without_unit(number: impl fmt::Display) -> String {
    let text = number.to_string();
    if text.starts_with('-') {
        return "a time below zero; expected \"0s\" or more".into();
    }
    if text.len() > 12 || text.parse::<f64>().is_ok_and(|number| !number.is_finite()) {
        return "a time without a unit; expected a number and a unit: \"250ms\"".into();
    }
    format!("a time without a unit; expected \"{text}ms\" or \"{text}s\", say")
}

/// The error about an unknown unit, with the likely one if there is one.
fn no_unit(text: &str, number: &str, unit: &str) -> String {
    if let Some(sum) = sum_of_parts(text) {
        return format!("`{text}` has more than one unit; expected \"{sum}\"");
    }
    const BEGINNINGS: [(&str, &str); 11] = [
        ("sec", "s"),
        ("min", "min"),
        ("h", "h"),
        ("day", "d"),
        ("w", "w"),
        ("msec", "ms"),
        ("mil", "ms"),
        ("usec", "us"),
        ("mic", "us"),
        ("nsec", "ns"),
        ("nan", "ns"),
    ];
    let small = unit.to_lowercase();
    let same = UNITS.iter().map(|(name, _)| *name).find(|name| *name == small);
    let is_word = small.chars().all(char::is_alphabetic);
    let begins = BEGINNINGS.iter().find(|(begins, _)| is_word && small.starts_with(begins));
    let meant = match same.or(begins.map(|(_, unit)| *unit)) {
        Some(unit) => format!("\"{number}{unit}\""),
        _ => "ns, us, ms, s, min, h, d or w".into(),
    };
    format!("`{unit}` is no unit of time; expected {meant}")
}

/// The duration that `1h30min` stands for; `None` if a part is no duration.
fn sum_of_parts(text: &str) -> Option<NanoDuration> {
    let mut rest = text;
    let mut sum = 0;
    while !rest.is_empty() {
        let unit = rest.find(|c: char| c.is_alphabetic())?;
        let end = rest[unit..].find(|c: char| !c.is_alphabetic()).map_or(rest.len(), |n| unit + n);
        // Anything else would recurse for ever.
        let is_number = rest[..unit].trim().chars().all(|c| c.is_ascii_digit() || c == '.');
        UNITS.iter().find(|(name, _)| is_number && *name == &rest[unit..end])?;
        sum = rest[..end].parse::<NanoDuration>().ok()?.ns.saturating_add(sum);
        rest = &rest[end..];
    }
    (sum <= LONGEST_NS).then_some(NanoDuration::from_ns(sum))
}

/// In the largest unit that takes at most three decimals: `90s` is `1.5min`.
impl fmt::Display for NanoDuration {
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

impl<'de> Deserialize<'de> for NanoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NanoDurationVisitor;
        impl Visitor<'_> for NanoDurationVisitor {
            type Value = NanoDuration;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time with its unit, such as \"250ms\", \"1.5s\" or \"6h\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<NanoDuration, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<NanoDuration, E> {
                Err(E::custom(without_unit(number)))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<NanoDuration, E> {
                Err(E::custom(without_unit(number)))
            }
        }
        deserializer.deserialize_any(NanoDurationVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_parse_exactly() {
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
            assert_eq!(text.parse::<NanoDuration>().unwrap().ns, ns, "{text}");
        }
        let bad = ["", "ms", "5", ".5s", "5.s", "1.2.3s", "5 parsecs", "-5s", "9e9s", "0.5ns"];
        let large = ["99999999h", "99999999999999999999999h", "18446744073.9s", "0.00000000005s"];
        for text in bad.into_iter().chain(large) {
            assert!(text.parse::<NanoDuration>().is_err(), "{text}");
        }
    }

    #[test]
    fn errors_name_the_likely_unit() {
        for (text, meant) in [
            ("5 seconds", "\"5s\""),
            ("5S", "\"5s\""),
            ("1.5 hours", "\"1.5h\""),
            ("2 days", "\"2d\""),
            ("3 msec", "\"3ms\""),
            ("1h30min", "\"1.5h\""),
            ("2min 5s", "\"125s\""),
            ("5 parsecs", "ns, us, ms, s, min, h, d or w"),
            ("2 0s", "ns, us, ms, s, min, h, d or w"),
            ("1h2x", "ns, us, ms, s, min, h, d or w"),
        ] {
            let message = text.parse::<NanoDuration>().unwrap_err();
            assert!(message.ends_with(&format!("expected {meant}")), "{message}");
        }
    }

    #[test]
    fn ticks_round_to_nearest() {
        let ms = NanoDuration::from_ms(1);
        for (text, ticks) in [("0.499ms", 0), ("0.5ms", 1), ("1.5ms", 2), ("122.107ms", 122)] {
            assert_eq!(
                text.parse::<NanoDuration>().unwrap().ticks(ms),
                SimDuration(ticks),
                "{text}"
            );
        }
        assert_eq!(NanoDuration::from_ns(1).ticks(NanoDuration::from_ns(3)), SimDuration(0));
        assert_eq!(NanoDuration::from_ns(2).ticks(NanoDuration::from_ns(3)), SimDuration(1));
    }

    #[test]
    fn seconds_have_the_decimals_of_a_tick() {
        for (tick, ticks, text) in [
            ("1ms", 50, "0.050 s"),
            ("1ms", -1_050, "-1.050 s"),
            ("10ms", 7_910, "79.10 s"),
            ("2s", 3, "6 s"),
            ("1h", 1, "3600 s"),
            ("250us", 1, "0.00025 s"),
            ("3ns", 1, "0.000000003 s"),
            ("1ms", i64::MIN, "-9223372036854775.808 s"),
        ] {
            assert_eq!(tick.parse::<NanoDuration>().unwrap().seconds(ticks), text);
        }
    }

    #[test]
    fn durations_print_as_written() {
        for text in ["250ms", "1.5s", "6h", "45min", "886us", "1ns", "0s", "1.5min"] {
            assert_eq!(text.parse::<NanoDuration>().unwrap().to_string(), text);
        }
    }
}
