//! Ranges: numbers or times from one to another, in steps or sampled.

use super::value::Level;
use crate::time::NanoDuration;

/// Numbers or times from one to another.
#[derive(Clone, Debug)]
pub struct Range {
    /// What it varies.
    pub path: String,
    /// Its first value; of times, in nanoseconds.
    pub from: f64,
    /// Its last.
    pub to: f64,
    /// What they are.
    pub kind: Kind,
    /// Whether equal steps are equal ratios.
    pub log: bool,
}

/// What the values of a range are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Whole,
    /// Numbers.
    Number,
    /// Times.
    Length,
}

impl Range {
    /// So many levels, two or more, evenly from end to end; those that come out the same, once.
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

    /// What lies at a share of the way, from 0 up to but not 1. Each whole number has as much of the
    /// way as any other.
    pub fn sample(&self, share: f64) -> Level {
        match self.kind {
            Kind::Whole => {
                let raw = libm::floor(self.between(self.to + 1.0, share));
                self.level(raw.clamp(self.from, self.to))
            }
            _ => self.level(self.between(self.to, share)),
        }
    }

    fn between(&self, to: f64, share: f64) -> f64 {
        let raw = if self.log {
            self.from * libm::pow(to / self.from, share)
        } else {
            self.from * (1.0 - share) + to * share
        };
        match self.kind {
            // What cancels out near zero is dust of the larger end.
            Kind::Number if self.log => short(raw, raw),
            Kind::Number => short(raw, self.from.abs().max(to.abs())),
            Kind::Whole | Kind::Length => raw,
        }
    }

    fn level(&self, raw: f64) -> Level {
        let value = match self.kind {
            Kind::Whole => toml::Value::Integer(libm::round(raw) as i64),
            Kind::Number => toml::Value::Float(raw),
            Kind::Length => {
                toml::Value::String(NanoDuration::from_ns(libm::round(raw) as u64).to_string())
            }
        };
        Level::at(&self.path, &value)
    }
}

/// A number to twelve digits, and no finer than a scale of that size bears: what people would write,
/// without the dust of its computation.
fn short(number: f64, scale: f64) -> f64 {
    let exponent = libm::floor(libm::log10(scale)).clamp(-300.0, 13.0) as i32;
    let fixed = format!("{number:.*}", (13 - exponent) as usize);
    let fixed = fixed.parse().unwrap_or(number);
    // Adding nothing makes -0.0 a plain zero.
    format!("{fixed:.11e}").parse().unwrap_or(number) + 0.0
}
