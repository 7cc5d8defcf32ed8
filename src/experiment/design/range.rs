//! Ranges of numbers or durations, divided into steps or sampled.

use super::value::Level;
use crate::time::NanoDuration;

/// A range of numbers or durations.
#[derive(Clone, Debug)]
pub struct Range {
    /// The path of the scenario that the range varies.
    pub path: String,
    /// The first value; durations are in nanoseconds.
    pub from: f64,
    /// The last value, above `from`.
    pub to: f64,
    /// The type of the values.
    pub kind: Kind,
    /// Whether equal steps have equal ratios.
    pub log: bool,
}

/// The type of the values of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Integers below 2^53.
    Integer,
    /// Floating-point numbers.
    Number,
    /// Durations, in whole nanoseconds.
    Duration,
}

impl Range {
    /// Evenly spaced levels from end to end, at least two steps. Equal levels are listed once, so that
    /// there may be fewer than `steps`.
    pub fn levels(&self, steps: u32) -> Vec<Level> {
        let last = f64::from(steps.max(2) - 1);
        let level = |step| match step {
            0 => self.level(self.from),
            step if step + 1 == steps => self.level(self.to),
            step => self.level(self.between(self.to, f64::from(step) / last)),
        };
        let mut levels: Vec<_> = (0..steps).map(level).collect();
        levels.dedup();
        levels
    }

    /// The level at a fraction of the range, in [0, 1). All integers have the same share of the range.
    pub fn sample(&self, fraction: f64) -> Level {
        match self.kind {
            Kind::Integer => {
                let raw = libm::floor(self.between(self.to + 1.0, fraction));
                self.level(raw.clamp(self.from, self.to))
            }
            _ => self.level(self.between(self.to, fraction)),
        }
    }

    fn between(&self, to: f64, fraction: f64) -> f64 {
        let raw = if self.log {
            self.from * libm::pow(to / self.from, fraction)
        } else {
            self.from * (1.0 - fraction) + to * fraction
        };
        match self.kind {
            // Near zero, rounding errors have the size of the larger end.
            Kind::Number if self.log => round_digits(raw, raw),
            Kind::Number => round_digits(raw, self.from.abs().max(to.abs())),
            Kind::Integer | Kind::Duration => raw,
        }
    }

    fn level(&self, raw: f64) -> Level {
        let value = match self.kind {
            Kind::Integer => toml::Value::Integer(libm::round(raw) as i64),
            Kind::Number => toml::Value::Float(raw),
            Kind::Duration => {
                toml::Value::String(NanoDuration::from_ns(libm::round(raw) as u64).to_string())
            }
        };
        Level::new(&self.path, &value)
    }
}

/// Rounds a number to twelve digits, and to the precision that values of the size of `scale` have, so
/// that rounding errors do not show.
fn round_digits(number: f64, scale: f64) -> f64 {
    let exponent = libm::floor(libm::log10(scale)).clamp(-300.0, 13.0) as i32;
    let fixed = format!("{number:.*}", (13 - exponent) as usize);
    let fixed = fixed.parse().unwrap_or(number);
    // Adding 0.0 turns -0.0 into 0.0.
    format!("{fixed:.11e}").parse().unwrap_or(number) + 0.0
}
