//! In a word: is the other better?
//!
//! A family is all that one reader reads together, and its errors are held together: that any true
//! 0 of it is called better or worse, and that any difference beyond the minimum effect is called none, has
//! a chance of 5 % each (Holm 1979).
//!
//! - **better, worse**: the p value ([`Difference::p`]), adjusted, is below 5 %, and the mean
//!   difference is beyond the minimum effect. That it truly is beyond the minimum effect is not claimed; that it is
//!   not 0 is.
//! - **equivalent**: two one-sided tests at 5 % ([`Difference::p_within`]),
//!   adjusted, put it within the minimum effect; for a single claim that is its 90 % interval. Or no pair
//!   differs, from two on. What is the same in `n` pairs may yet differ in 3 of `n` runs (J. Hanley
//!   and A. Lippman-Hand, "If nothing goes wrong, is everything all right?", 1983).
//! - **inconclusive**: neither; of pairs there are too few, and about so many more are needed. Of a
//!   difference that lies at the minimum effect no feasible number tells on which side it is.
//!   Or there are fewer than two pairs.
//!
//! Few pairs cannot tell: of differences that all point one way, even if they are all the same, 6
//! are needed, and more in a family. For if a coin decided, 2 would be the same every second time.
//!
//! The 5 % are kept where what is compared comes to the same thing, whatever the values. Where only
//! the means are the same, they are kept in the long run: a zero that is the difference of an
//! exponential and its mean is told apart from 20 pairs 7.9 % of the time, from 100 6.9 %, from 300
//! 5.4 % (3,000 samples each).

use std::fmt;

use serde::Serialize;

use super::special::normal_quantile;
use super::{Difference, holm};

/// The chance of an error of a family.
const ERROR: f64 = 0.05;

/// The chance that as many pairs as are asked for will tell, if the difference is what it seems (J.
/// Cohen, Statistical Power Analysis, 1988, section 2.4: a convention).
const POWER: f64 = 0.8;

/// More pairs than that are not asked for: nobody makes so many runs.
const MAX_ADVISED: f64 = 1e6;

/// What is wanted of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aim {
    /// Less is better.
    Less,
    /// More is better.
    More,
}

/// A difference, and what would be worth a word.
#[derive(Clone, Copy, Debug)]
pub struct Hypothesis<'a> {
    /// What the pairs show.
    pub difference: &'a Difference,
    /// Mean differences up to this, in the unit of the metric, are none; at least 0.
    pub min_effect: f64,
    /// What would be better.
    pub aim: Aim,
}

/// What is to be thought of the other, measured by the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Conclusion {
    /// It is better.
    Better,
    /// It is worse.
    Worse,
    /// The difference is within the minimum effect.
    Equivalent,
    /// There are too few pairs to tell.
    Inconclusive {
        /// About as many more are needed, where that can be said.
        more: Option<u64>,
        /// The mean difference lies at the minimum effect: no feasible number of pairs would tell.
        at_min_effect: bool,
    },
    /// There are fewer than two pairs.
    #[serde(rename = "inconclusive")]
    TooFewPairs,
}

impl Conclusion {
    /// The word alone.
    pub fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Equivalent => "equivalent",
            Self::Inconclusive { .. } | Self::TooFewPairs => "inconclusive",
        }
    }

    /// About how many pairs more would tell, where too few are there and that can be said.
    pub fn more(self) -> Option<u64> {
        if let Self::Inconclusive { more, .. } = self { more } else { None }
    }
}

impl fmt::Display for Conclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            Self::Inconclusive { at_min_effect: true, .. } => f.write_str(
                ": the difference is close to the minimum effect, no feasible number of runs decides",
            ),
            Self::Inconclusive { more: Some(more), .. } => {
                write!(f, ": about {more} more runs needed")
            }
            Self::Inconclusive { more: None, .. } => f.write_str(": too few runs"),
            Self::TooFewPairs => f.write_str(": fewer than 2 pairs"),
            _ => Ok(()),
        }
    }
}

/// A finding and the adjusted p values that it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// In a word.
    #[serde(flatten)]
    pub finding: Conclusion,
    /// That there is no difference.
    pub p: Option<f64>,
    /// That there is one beyond the minimum effect.
    pub p_within: Option<f64>,
}

/// Judges all that is read together, in order.
pub fn judge(family: &[Hypothesis<'_>]) -> Vec<Judgement> {
    let differ: Vec<_> = family.iter().map(|claim| claim.difference.p()).collect();
    let within: Vec<_> =
        family.iter().map(|claim| claim.difference.p_within(claim.min_effect)).collect();
    let size = differ.iter().flatten().count();
    let adjusted = holm(&differ).into_iter().zip(holm(&within));
    let judged = family.iter().zip(adjusted).map(|(claim, (p, p_within))| {
        let finding = claim.finding(p, p_within, size);
        Judgement { finding, p, p_within }
    });
    judged.collect()
}

impl Hypothesis<'_> {
    fn finding(&self, p: Option<f64>, p_within: Option<f64>, family: usize) -> Conclusion {
        let (Some(mean), Some(p), Some(p_within)) = (self.difference.mean, p, p_within) else {
            return Conclusion::TooFewPairs;
        };
        let is_better = (mean < 0.0) == (self.aim == Aim::Less);
        match () {
            () if self.difference.differing == 0 => Conclusion::Equivalent,
            () if p < ERROR && mean.abs() > self.min_effect && is_better => Conclusion::Better,
            () if p < ERROR && mean.abs() > self.min_effect => Conclusion::Worse,
            () if p_within < ERROR => Conclusion::Equivalent,
            () => {
                let more = self.more(ERROR / family as f64);
                let at_min_effect = more.is_none() && mean.abs() <= 2.0 * self.min_effect;
                Conclusion::Inconclusive { more, at_min_effect }
            }
        }
    }

    /// About how many more pairs it takes, each test at `error` (as if the whole family, of this
    /// size, were yet to be told: Holm's first step), if mean and deviation are what they seem. By
    /// the normal distribution and half a square for Student's t (W. Guenther, "Sample size formulas
    /// for normal theory t tests", 1981). Of a mean within the minimum effect both one-sided tests must hold,
    /// so each is given half of the failures (S. Julious, "Sample sizes for clinical trials with
    /// normal data", 2004, section 5).
    fn more(&self, error: f64) -> Option<u64> {
        let (mean, sd) = (self.difference.mean?.abs(), self.difference.sd?);
        let (sure, able, far) = if mean > self.min_effect {
            (normal_quantile(1.0 - error / 2.0), normal_quantile(POWER), mean)
        } else {
            let able = normal_quantile((1.0 + POWER) / 2.0);
            (normal_quantile(1.0 - error), able, self.min_effect - mean)
        };
        let root = (sure + able) * sd / far;
        let n = self.difference.n as f64;
        let by_size = root * root + sure * sure / 2.0;
        // Flips of fewer differences tell nothing.
        let fewest = 1.0 + libm::ceil(libm::log2(1.0 / error) + 1e-9);
        let by_flips = fewest * n / self.difference.differing as f64;
        // To be called better or worse the mean must also turn out beyond the minimum effect.
        let beyond = normal_quantile(POWER) * sd / (mean - self.min_effect);
        let needed = match mean > self.min_effect {
            true => by_size.max(by_flips).max(beyond * beyond),
            false => by_size,
        };
        let more = libm::ceil(needed - n).max(1.0);
        (more <= MAX_ADVISED).then_some(more as u64)
    }
}
