//! The stopping rule of Chow and Robbins: when there are enough runs.
//!
//! Y. Chow and H. Robbins, "On the asymptotic theory of fixed-width sequential confidence intervals
//! for the mean" (1965): run until Student's interval of all values so far has the required
//! width; A. Nadas (1969) shows the same for a width relative to the mean. As the width goes to 0, the
//! coverage goes to the level for any distribution. This implementation starts with 100 values. It
//! looks again at the number of runs that the values so far predict, but at no more than twice as many
//! runs and no fewer than a twentieth more.
//!
//! The coverage of 95 % intervals in 4,000 simulations each (one standard error is 0.4 points), by this
//! rule, and by that of C. Stein (1945), whose second stage uses the deviation of the first and is
//! exact for normal values; in parentheses the mean number of values:
//!
//! | values | width | this rule | from a pilot of 30 | Stein, 100 first | Stein, 30 first |
//! |---|---|---|---|---|---|
//! | normal, sd 30 % of the mean | ±2 % | 95.0 % (885) | 94.8 % (892) | 94.8 % (887) | 95.0 % (955) |
//! | exponential | ±20 % | 93.8 % (107) | 93.6 % (101) | 94.0 % (106) | 92.9 % (101) |
//! | exponential | ±10 % | 94.7 % (396) | 95.0 % (399) | 94.5 % (391) | 93.5 % (405) |
//! | exponential | ±5 % | 95.0 % (1577) | 94.8 % (1581) | 93.7 % (1553) | 92.8 % (1626) |
//! | lognormal, sigma 1 | ±20 % | 91.5 % (156) | 90.6 % (152) | 91.5 % (159) | 86.7 % (144) |
//! | lognormal, sigma 1 | ±10 % | 93.3 % (659) | 93.0 % (659) | 90.1 % (625) | 85.2 % (576) |
//! | lognormal, sigma 1 | ±5 % | 94.4 % (2701) | 94.3 % (2695) | 90.8 % (2468) | 86.2 % (2263) |
//! | 0 or 1, half and half | ±0.05 | 94.8 % (391) | 95.0 % (390) | 95.1 % (394) | 95.8 % (418) |
//! | 0 or 1, one in ten is 1 | ±0.02 | 94.2 % (886) | 90.0 % (857) | 93.8 % (881) | 89.4 % (932) |
//! | 0 or 1, one in ten is 1 | ±10 % | 95.2 % (3550) | 91.3 % (3426) | 93.9 % (4032) | 89.9 % (4888) |
//!
//! Where this rule covers less than 94 %, it stops at some hundred values; Student's interval of a fixed
//! number of that size covers as little.

use std::fmt;

use super::{Interval, LEVEL, Moments, Precision};

/// Runs until an interval has the required width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoppingRule {
    /// The required width.
    pub precision: Precision,
    /// The confidence level of the interval.
    pub level: f64,
    /// The number of values before the first look, at least 2.
    pub pilot: u64,
    /// The largest number of runs.
    pub max_runs: u64,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// This many more runs.
    More(u64),
    /// The interval has the required width or less.
    Enough(Interval),
    /// The required width cannot be reached.
    Unreachable(Unreachable),
}

/// Why an interval cannot reach the required width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// No run has a value.
    NoValue,
    /// The largest number of runs has fewer values than the pilot needs.
    FewValues {
        /// The number of values.
        values: u64,
        /// The number of values before the first look.
        pilot: u64,
    },
    /// The width is relative to the mean, and the mean is 0.
    MeanIsZero,
    /// More runs are needed than the largest number.
    TooWide {
        /// An estimate of all runs that are needed.
        needed: u64,
    },
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValue => f.write_str("no run has a value of it"),
            Self::FewValues { values, pilot } => {
                write!(f, "only {values} runs have a value of it, and {pilot} are needed to begin")
            }
            Self::MeanIsZero => f.write_str(
                "its mean is 0, and no interval is narrower than a share of that; expected a width \
                 in its unit",
            ),
            Self::TooWide { needed } => {
                write!(f, "the interval is still too wide; about {needed} runs are needed")
            }
        }
    }
}

impl StoppingRule {
    /// The default number of values before the first look.
    pub const PILOT: u64 = 100;

    /// The rule for 95 % intervals. `max_runs` is at least 2.
    pub fn new(precision: Precision, max_runs: u64) -> Self {
        Self { precision, level: LEVEL, pilot: Self::PILOT.min(max_runs).max(2), max_runs }
    }

    /// What to do after `runs` runs with these values. A run may have no value; the rule then asks for
    /// more runs in proportion.
    ///
    /// Equal values are enough: no rule can account for an event so rare that the pilot does not have it.
    pub fn next(&self, runs: u64, values: &Moments) -> Next {
        let n = values.n();
        if runs < self.pilot {
            return Next::More(self.pilot - runs);
        }
        if n == 0 {
            return Next::Unreachable(Unreachable::NoValue);
        }
        let (Some(mean), Some(half)) = (values.mean(), values.half(self.level)) else {
            return self.extend_pilot(runs, n);
        };
        if n < self.pilot {
            return self.extend_pilot(runs, n);
        }
        let required = self.precision.half(mean);
        if required == 0.0 {
            return Next::Unreachable(Unreachable::MeanIsZero);
        }
        if half <= required {
            return Next::Enough(Interval::around(mean, half));
        }
        let ratio = half / required;
        let needed = libm::ceil(ratio * ratio * runs as f64) as u64;
        if runs >= self.max_runs {
            return Next::Unreachable(Unreachable::TooWide { needed });
        }
        let min = runs.saturating_add(runs.div_ceil(20));
        let next = needed.clamp(min, runs.saturating_mul(2).max(min)).min(self.max_runs);
        Next::More(next - runs)
    }

    /// What to do with fewer values than the pilot needs.
    fn extend_pilot(&self, runs: u64, values: u64) -> Next {
        let missing = self.pilot - values;
        let likely =
            missing.saturating_mul(runs).div_ceil(values).min(self.max_runs.saturating_sub(runs));
        match likely {
            0 => Next::Unreachable(Unreachable::FewValues { values, pilot: self.pilot }),
            likely => Next::More(likely),
        }
    }
}
