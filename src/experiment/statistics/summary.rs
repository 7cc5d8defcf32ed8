//! Summaries of values: mean, deviation, quantiles, interval.

use serde::Serialize;

use super::{LEVEL, Moments};

/// The summary of a metric over many runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// The number of runs with a value.
    pub n: u64,
    /// The mean. None without values.
    pub mean: Option<f64>,
    /// The standard deviation, with n-1 in the denominator. None of fewer than two values.
    pub sd: Option<f64>,
    /// The 10 % quantile.
    pub p10: Option<f64>,
    /// The median, by linear interpolation (type 7 of Hyndman and Fan 1996).
    pub p50: Option<f64>,
    /// The 90 % quantile.
    pub p90: Option<f64>,
    /// The 99 % quantile.
    pub p99: Option<f64>,
    /// The smallest value.
    pub min: Option<f64>,
    /// The largest value.
    pub max: Option<f64>,
    /// Half the width of the 95 % confidence interval of the mean (Student's t).
    pub ci95: Option<f64>,
}

impl Summary {
    /// Summarizes values. The sums are taken in their order.
    pub fn new(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        if values.is_empty() {
            return Self::default();
        }
        let moments: Moments = values.iter().copied().collect();
        values.sort_by(f64::total_cmp);
        Self {
            n: moments.n(),
            mean: moments.mean(),
            sd: moments.sd(),
            p10: quantile(&values, 0.1),
            p50: quantile(&values, 0.5),
            p90: quantile(&values, 0.9),
            p99: quantile(&values, 0.99),
            min: values.first().copied(),
            max: values.last().copied(),
            ci95: moments.half(LEVEL),
        }
    }
}

/// The quantile `p` of sorted values, by linear interpolation (type 7).
pub(super) fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let position = sorted.len().checked_sub(1)? as f64 * p;
    let low = position as usize;
    let value = *sorted.get(low)?;
    let above = sorted.get(low + 1).copied().unwrap_or(value);
    Some(value + (position - low as f64) * (above - value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_values_by_hand() {
        let summary = Summary::new([4.0, 1.0, 3.0, 2.0]);
        assert_eq!((summary.n, summary.mean, summary.p50), (4, Some(2.5), Some(2.5)));
        assert_eq!((summary.min, summary.max), (Some(1.0), Some(4.0)));
        assert_eq!(summary.p90, Some(3.7));
        assert!((summary.sd.unwrap() - (5f64 / 3.0).sqrt()).abs() < 1e-15);
        // R: qt(.975, 3) = 3.182446305284263.
        let half = 3.182446305 * (5f64 / 3.0).sqrt() / 2.0;
        assert!((summary.ci95.unwrap() - half).abs() < 1e-8);
    }

    #[test]
    fn no_value_and_one_value() {
        assert_eq!(Summary::new([]), Summary::default());
        let one = Summary::new([7.0]);
        assert_eq!((one.mean, one.sd, one.ci95, one.p99), (Some(7.0), None, None, Some(7.0)));
    }
}
