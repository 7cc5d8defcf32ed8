//! When there are enough runs: the rule of Chow and Robbins.
//!
//! Y. Chow and H. Robbins, "On the asymptotic theory of fixed-width sequential confidence intervals
//! for the mean" (1965): go on until Student's interval of all there is so far is as narrow as
//! wanted; A. Nadas (1969) shows the same for a share of the mean. As the width goes to 0 it covers
//! what it says, whatever the values are drawn from. Here it begins with 100 values, and looks again
//! where the values so far say that it will be enough, but no later than at twice as many and no
//! sooner than at a twentieth more.
//!
//! What 95 % intervals covered, of 4,000 simulated rules each (one standard error is 0.4 points), by
//! this rule, and by that of C. Stein (1945), whose second stage keeps to the deviation of the first
//! and is exact for normal values; in brackets the mean number of values:
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
//! Where this rule covers less than 94 % it ends with some hundred values, of which any interval by
//! Student's t covers as little.

use std::fmt;

use super::{Interval, LEVEL, Moments, Precision};

/// Runs until an interval is as narrow as wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoppingRule {
    /// How narrow.
    pub precision: Precision,
    /// What the interval is to cover.
    pub level: f64,
    /// Values before the first look.
    pub pilot: u64,
    /// Runs at most.
    pub most: u64,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// So many more runs.
    More(u64),
    /// The interval is as narrow as wanted, or narrower.
    Enough(Interval),
    /// It will not be.
    Hopeless(Unreachable),
}

/// Why an interval will not be as narrow as wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// No run has a value.
    NoValue,
    /// All runs there may be have too few values to begin with.
    FewValues {
        /// So many.
        values: u64,
        /// Values before the first look.
        pilot: u64,
    },
    /// A share of nothing is wanted.
    MeanIsZero,
    /// More runs are needed than there may be.
    TooWide {
        /// About as many in all.
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
    /// Values before the first look, if there may be as many runs.
    pub const PILOT: u64 = 100;

    /// The rule for 95 % intervals, with so many runs at most (2 at least).
    pub fn new(precision: Precision, most: u64) -> Self {
        Self { precision, level: LEVEL, pilot: Self::PILOT.min(most).max(2), most }
    }

    /// What to do after so many runs, in which there were these values: of a run that has no value
    /// there is none, and the rule asks for as many runs more as that makes likely.
    ///
    /// Values that are all equal are enough: of an event so rare that the pilot does not see it,
    /// no rule knows.
    pub fn next(&self, runs: u64, values: &Moments) -> Next {
        let n = values.n();
        if runs < self.pilot {
            return Next::More(self.pilot - runs);
        }
        if n == 0 {
            return Next::Hopeless(Unreachable::NoValue);
        }
        let (Some(mean), Some(half)) = (values.mean(), values.half(self.level)) else {
            return self.few(runs, n);
        };
        if n < self.pilot {
            return self.few(runs, n);
        }
        let wanted = self.precision.half(mean);
        if wanted == 0.0 {
            return Next::Hopeless(Unreachable::MeanIsZero);
        }
        if half <= wanted {
            return Next::Enough(Interval::around(mean, half));
        }
        let ratio = half / wanted;
        let needed = libm::ceil(ratio * ratio * runs as f64) as u64;
        if runs >= self.most {
            return Next::Hopeless(Unreachable::TooWide { needed });
        }
        let sooner = runs.saturating_add(runs.div_ceil(20));
        let next = needed.clamp(sooner, runs.saturating_mul(2).max(sooner)).min(self.most);
        Next::More(next - runs)
    }

    /// There are fewer values than the pilot is to have.
    fn few(&self, runs: u64, values: u64) -> Next {
        let missing = self.pilot - values;
        let likely =
            missing.saturating_mul(runs).div_ceil(values).min(self.most.saturating_sub(runs));
        match likely {
            0 => Next::Hopeless(Unreachable::FewValues { values, pilot: self.pilot }),
            likely => Next::More(likely),
        }
    }
}
