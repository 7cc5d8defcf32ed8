//! Bootstrap intervals, by resampling the values.

use super::special::{normal_cdf, normal_quantile};
use super::summary::quantile;
use super::{Interval, Moments};
use rand::Rng;

use crate::rng::stream;

/// A statistic of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// The mean.
    Mean,
    /// The quantile p in (0, 1), by linear interpolation. [`Interval::quantile`] assumes less and is
    /// cheaper.
    Quantile(f64),
}

/// The parameters of a bootstrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// Resamples, at least 1. The default is 2,000: more than the 1,000 of B. Efron and R.
    /// Tibshirani, An Introduction to the Bootstrap (1993), section 14.3 (a guess).
    pub resamples: u32,
    /// The seed of the draws.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 2_000, seed: 1 }
    }
}

/// The bias-corrected and accelerated interval of a statistic (B. Efron, "Better bootstrap
/// confidence intervals", 1987, section 3; the acceleration by the jackknife, section 6), for 2 to
/// 2^32 values; none for other numbers. The time is proportional to values times resamples.
///
/// For skewed values its errors are more evenly divided between the two ends than those of Student's
/// interval, but its coverage is not better: of 20 exponential values it
/// covers the mean 91.2 % of the time instead of 95 %, and lies below it 6.0 % (Student's: 91.9 % and
/// 7.5 %; 20,000 samples). Where its corrections are not defined (all resamples on one side of the
/// statistic, or an acceleration beyond its pole) it is the percentile interval; where all values are
/// equal, that value.
pub fn bca(values: &[f64], statistic: Statistic, level: f64, by: Bootstrap) -> Option<Interval> {
    let sample = Sample::new(values)?;
    let observed = sample.statistic(statistic, &sample.counts);
    let mut rng = stream(by.seed, "bootstrap", 0);
    let mut counts = vec![0; sample.counts.len()];
    let mut drawn = Vec::with_capacity(by.resamples.max(1) as usize);
    for _ in 0..by.resamples.max(1) {
        counts.fill(0);
        for _ in 0..sample.n {
            counts[sample.indices[rng.random_range(0..sample.n) as usize] as usize] += 1;
        }
        drawn.push(sample.statistic(statistic, &counts));
    }
    drawn.sort_by(f64::total_cmp);
    let under = drawn.iter().filter(|&&value| value < observed).count();
    let equal = drawn.iter().filter(|&&value| value == observed).count();
    // Equal resamples count half, as in scipy.
    let share = (under as f64 + equal as f64 / 2.0) / drawn.len() as f64;
    let acceleration = sample.acceleration(statistic);
    let tails = [(1.0 - level) / 2.0, (1.0 + level) / 2.0];
    let [low, high] = corrected(tails, share, acceleration).unwrap_or(tails);
    Some(Interval { low: quantile(&drawn, low)?, high: quantile(&drawn, high)? })
}

/// The quantiles of the resamples at which the interval ends. `share` is the share of resamples below
/// the statistic. None if a correction is not defined.
fn corrected(tails: [f64; 2], share: f64, acceleration: f64) -> Option<[f64; 2]> {
    if share <= 0.0 || share >= 1.0 {
        return None;
    }
    let bias = normal_quantile(share);
    let ends = tails.map(|tail| {
        let z = bias + normal_quantile(tail);
        let slope = 1.0 - acceleration * z;
        (slope > 0.0).then(|| normal_cdf(bias + z / slope))
    });
    Some([ends[0]?, ends[1]?])
}

/// Values as distinct values with counts, so that the statistic of a resample does not depend on the
/// order of its draws.
struct Sample {
    n: u32,
    sorted: Vec<f64>,
    /// Sorted, without repetitions.
    distinct: Vec<f64>,
    counts: Vec<u32>,
    /// The index in `distinct` of each sorted value.
    indices: Vec<u32>,
}

impl Sample {
    fn new(values: &[f64]) -> Option<Self> {
        let n = u32::try_from(values.len()).ok().filter(|&n| n > 1)?;
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (mut distinct, mut counts) = (Vec::new(), Vec::<u32>::new());
        let mut indices = Vec::with_capacity(values.len());
        for &value in &sorted {
            match counts.last_mut() {
                Some(count) if distinct.last() == Some(&value) => *count += 1,
                _ => {
                    distinct.push(value);
                    counts.push(1);
                }
            }
            indices.push(counts.len() as u32 - 1);
        }
        Some(Self { n, sorted, distinct, counts, indices })
    }

    fn statistic(&self, statistic: Statistic, counts: &[u32]) -> f64 {
        match statistic {
            Statistic::Mean => self.mean(counts),
            Statistic::Quantile(p) => self.quantile(p, counts),
        }
    }

    fn mean(&self, counts: &[u32]) -> f64 {
        let first = self.distinct[0];
        let parts = self.distinct.iter().zip(counts);
        let sum: f64 = parts.map(|(value, &count)| (value - first) * f64::from(count)).sum();
        let n: f64 = counts.iter().map(|&count| f64::from(count)).sum();
        first + sum / n
    }

    /// The quantile by linear interpolation (type 7).
    fn quantile(&self, p: f64, counts: &[u32]) -> f64 {
        let n: u64 = counts.iter().map(|&count| u64::from(count)).sum();
        let position = (n - 1) as f64 * p;
        let (mut left, mut before) = (position as u64, None);
        for (&value, &count) in self.distinct.iter().zip(counts) {
            let count = u64::from(count);
            match before {
                Some(low) if count > 0 => {
                    return low + (position - position.trunc()) * (value - low);
                }
                None if left + 1 < count => return value,
                // The last of equal values: the next one differs.
                None if left + 1 == count => before = Some(value),
                None => left -= count,
                Some(_) => {}
            }
        }
        before.unwrap_or_else(|| self.distinct[self.distinct.len() - 1])
    }

    /// A sixth of the skewness of the jackknife values of the statistic.
    fn acceleration(&self, statistic: Statistic) -> f64 {
        let left_out = |index: usize| match statistic {
            // Up to shift and scale, which do not change the skewness.
            Statistic::Mean => -self.sorted[index],
            Statistic::Quantile(p) => self.quantile_without(index, p),
        };
        let moments: Moments = (0..self.sorted.len()).map(left_out).collect();
        let mean = moments.mean().unwrap_or_default();
        let (mut squares, mut cubes) = (0.0, 0.0);
        for index in 0..self.sorted.len() {
            let deviation = mean - left_out(index);
            squares += deviation * deviation;
            cubes += deviation * deviation * deviation;
        }
        let skewness = cubes / (squares * squares.sqrt());
        if skewness.is_finite() { skewness / 6.0 } else { 0.0 }
    }

    fn quantile_without(&self, left_out: usize, p: f64) -> f64 {
        let last = self.sorted.len() - 2;
        let at = |index: usize| self.sorted[index + usize::from(index >= left_out)];
        let position = last as f64 * p;
        let (low, high) = (at(position as usize), at((position as usize + 1).min(last)));
        low + (position - position.trunc()) * (high - low)
    }
}
