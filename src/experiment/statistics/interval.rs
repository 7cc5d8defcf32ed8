//! Confidence intervals.

use serde::Serialize;

use super::special::{binomial_cdf, normal_quantile, student_quantile};

/// A closed interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// The interval of a center and half a width.
    pub fn around(middle: f64, half: f64) -> Self {
        Self { low: middle - half, high: middle + half }
    }

    /// The interval of the mean of `n` values. None of fewer than two. Student, "The probable error of
    /// a mean" (1908). It is exact for normal values. For few skewed values it covers less: for 20
    /// exponential values 92 % instead of 95 %.
    pub fn student(n: u64, mean: f64, sd: f64, level: f64) -> Option<Self> {
        (n > 1).then(|| Self::around(mean, student_half(n, sd, level)))
    }

    /// The interval of a proportion from `n` trials. None without trials. E. Wilson, "Probable
    /// inference" (1927). Its coverage has the level on average over proportions.
    pub fn wilson(successes: u64, n: u64, level: f64) -> Option<Self> {
        if n == 0 {
            return None;
        }
        let z = normal_quantile((1.0 + level) / 2.0);
        let (trials, share) = (n as f64, successes as f64 / n as f64);
        let shrunk = 1.0 + z * z / trials;
        let middle = (share + z * z / (2.0 * trials)) / shrunk;
        let spread = share * (1.0 - share) / trials + z * z / (4.0 * trials * trials);
        let Self { low, high } = Self::around(middle, z * spread.sqrt() / shrunk);
        // Rounding must not move the ends 0 and 1.
        let low = if successes == 0 { 0.0 } else { low };
        Some(Self { low, high: if successes >= n { 1.0 } else { high } })
    }

    /// The interval of the quantile `p` in (0, 1) between two of the sorted values. It covers at least
    /// the level for any distribution (H. David and H. Nagaraja, Order Statistics, 2003, section 7.1).
    /// None of too few values: the 99 % quantile needs 368 at the level 95 %.
    pub fn quantile(sorted: &[f64], p: f64, level: f64) -> Option<Self> {
        let n = sorted.len() as u64;
        let tail = (1.0 - level) / 2.0;
        // The number of values below the quantile is binomial with p: take the first rank whose
        // probability exceeds the tail, and its mirror image.
        let first = |p: f64| {
            let (mut low, mut high) = (0, n);
            while low < high {
                let middle = low + (high - low) / 2;
                let is_tail = binomial_cdf(middle, n, p) <= tail;
                (low, high) = if is_tail { (middle + 1, high) } else { (low, middle) };
            }
            low
        };
        let low = first(p).checked_sub(1)?;
        let high = n.checked_sub(first(1.0 - p))?;
        let at = |index: u64| sorted.get(usize::try_from(index).ok()?).copied();
        Some(Self { low: at(low)?, high: at(high)? })
    }

    /// Whether the interval contains a number.
    pub fn contains(self, number: f64) -> bool {
        (self.low..=self.high).contains(&number)
    }
}

/// Half the width of Student's interval of the mean of at least two values.
pub(super) fn student_half(n: u64, sd: f64, level: f64) -> f64 {
    student_quantile((1.0 + level) / 2.0, (n - 1) as f64) * sd / (n as f64).sqrt()
}
