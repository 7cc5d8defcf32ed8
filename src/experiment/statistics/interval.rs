//! Between which two numbers something lies.

use serde::Serialize;

use super::special::{binomial_cdf, normal_quantile, student_quantile};

/// From the one to the other, both in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The least.
    pub low: f64,
    /// The greatest.
    pub high: f64,
}

impl Interval {
    /// A number and so much to either side.
    pub fn around(middle: f64, half: f64) -> Self {
        Self { low: middle - half, high: middle + half }
    }

    /// The interval of the mean of `n` values; none of fewer than two. Student, "The probable error
    /// of a mean" (1908). Exact for normal values. Of few skewed ones it covers less: of 20
    /// exponential ones 92 % in place of 95 %.
    pub fn student(n: u64, mean: f64, sd: f64, level: f64) -> Option<Self> {
        (n > 1).then(|| Self::around(mean, student_half(n, sd, level)))
    }

    /// The interval of a share, from so many successes in `n` tries; none of no tries. E. Wilson,
    /// "Probable inference" (1927). On average over shares it covers what it says.
    pub fn wilson(successes: u64, n: u64, level: f64) -> Option<Self> {
        if n == 0 {
            return None;
        }
        let z = normal_quantile((1.0 + level) / 2.0);
        let (tries, share) = (n as f64, successes as f64 / n as f64);
        let shrunk = 1.0 + z * z / tries;
        let middle = (share + z * z / (2.0 * tries)) / shrunk;
        let spread = share * (1.0 - share) / tries + z * z / (4.0 * tries * tries);
        let Self { low, high } = Self::around(middle, z * spread.sqrt() / shrunk);
        // At the ends it is 0 and 1 but for rounding.
        let low = if successes == 0 { 0.0 } else { low };
        Some(Self { low, high: if successes >= n { 1.0 } else { high } })
    }

    /// The interval of the quantile `p` in (0, 1) between two of the sorted values: it covers at
    /// least the level whatever the values are drawn from (H. David and H. Nagaraja, Order
    /// Statistics, 2003, section 7.1). None if there are too few: the 99 % quantile takes 368 at 95 %.
    pub fn of_quantile(sorted: &[f64], p: f64, level: f64) -> Option<Self> {
        let n = sorted.len() as u64;
        let tail = (1.0 - level) / 2.0;
        // As many values are below the quantile as tries of chance p succeed: the first place
        // below which that leaves too much, and its mirror image.
        let first = |p: f64| {
            let (mut least, mut most) = (0, n);
            while least < most {
                let middle = least + (most - least) / 2;
                let is_tail = binomial_cdf(middle, n, p) <= tail;
                (least, most) = if is_tail { (middle + 1, most) } else { (least, middle) };
            }
            least
        };
        let low = first(p).checked_sub(1)?;
        let high = n.checked_sub(first(1.0 - p))?;
        let at = |place: u64| sorted.get(usize::try_from(place).ok()?).copied();
        Some(Self { low: at(low)?, high: at(high)? })
    }

    /// Whether a number is in it.
    pub fn contains(self, number: f64) -> bool {
        (self.low..=self.high).contains(&number)
    }
}

/// Half the width of Student's interval of the mean of two values or more.
pub(super) fn student_half(n: u64, sd: f64, level: f64) -> f64 {
    student_quantile((1.0 + level) / 2.0, (n - 1) as f64) * sd / (n as f64).sqrt()
}
