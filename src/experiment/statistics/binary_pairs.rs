//! Differences of paired outcomes that are 0 or 1: McNemar's test and Tango's interval.

use serde::Serialize;

use super::Interval;
use super::special::{binomial_cdf, normal_cdf, normal_quantile};

/// Pairs of outcomes that are 0 or 1. Only the pairs that differ tell the two apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BinaryPairs {
    /// The number of pairs.
    pub pairs: u64,
    /// The pairs in which only the other is 1.
    pub gained: u64,
    /// The pairs in which only the first is 1.
    pub lost: u64,
}

/// Halvings of an interval of a length up to 2: the last bits of an end near 0 are not needed.
const HALVINGS: u32 = 60;

impl BinaryPairs {
    /// The two-sided p value of no difference: the exact conditional test of Q. McNemar, "Note on the
    /// sampling error of the difference between correlated proportions or percentages" (1947). It is
    /// 1 where no pair differs. The sign-flip test has the same value where it tries all signs.
    pub fn p(self) -> f64 {
        let differing = self.gained + self.lost;
        (2.0 * binomial_cdf(self.gained.min(self.lost), differing, 0.5)).min(1.0)
    }

    /// The interval of the difference of the two proportions, the other less the first: T. Tango,
    /// "Equivalence test and confidence interval for the difference in proportions for the
    /// paired-sample design" (1998), section 4. It contains the differences that the score test does
    /// not reject. None without pairs.
    pub fn interval(self, level: f64) -> Option<Interval> {
        if self.pairs == 0 {
            return None;
        }
        let z = normal_quantile((1.0 + level) / 2.0);
        let high = self.upper(z);
        let low = -Self { gained: self.lost, lost: self.gained, ..self }.upper(z);
        Some(Interval { low, high })
    }

    /// The p value that the difference is as far from 0 as `min_effect` or farther: the larger of the
    /// two one-sided score tests (Tango 1998, section 3). It is below 5 % where the 90 % interval is
    /// within the minimum effect.
    pub fn p_within(self, min_effect: f64) -> f64 {
        if min_effect >= 1.0 {
            return 0.0;
        }
        normal_cdf(self.score(min_effect)).max(normal_cdf(-self.score(-min_effect)))
    }

    /// The upper end of the interval: the difference whose score is -z. The score decreases.
    fn upper(self, z: f64) -> f64 {
        let (mut low, mut high) = (self.difference(), 1.0);
        for _ in 0..HALVINGS {
            let middle = low + (high - low) / 2.0;
            if self.score(middle) > -z { low = middle } else { high = middle }
        }
        high
    }

    fn difference(self) -> f64 {
        (self.gained as f64 - self.lost as f64) / self.pairs as f64
    }

    /// The score statistic of a true difference: standard normal for many pairs. The variance is that
    /// of the most likely proportions with this difference.
    fn score(self, difference: f64) -> f64 {
        let [n, gained, lost] = [self.pairs, self.gained, self.lost].map(|count| count as f64);
        let b = (2.0 * n - gained + lost) * difference - gained - lost;
        let c = -lost * difference * (1.0 - difference);
        // The most likely proportion of `lost`: the larger root of 2 n q^2 + b q + c.
        let root = (b * b - 8.0 * n * c).max(0.0).sqrt();
        let q = if b > 0.0 { -2.0 * c / (root + b) } else { (root - b) / (4.0 * n) };
        let variance = n * (2.0 * q + difference * (1.0 - difference));
        let off = gained - lost - n * difference;
        if off == 0.0 { 0.0 } else { off / variance.max(0.0).sqrt() }
    }
}
