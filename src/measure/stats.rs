//! Many values to a few: means, deviations, quantiles, intervals. Sums run in the order given, so
//! the bytes are the same for any number of threads.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A metric over many runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Runs that had a value.
    pub n: u64,
    /// Their mean.
    pub mean: Option<f64>,
    /// Their standard deviation, with n-1.
    pub sd: Option<f64>,
    /// Quantiles by linear interpolation (type 7 of Hyndman and Fan 1996).
    pub p50: Option<f64>,
    /// Of them, nine in ten are below.
    pub p90: Option<f64>,
    /// Ninety-nine in a hundred.
    pub p99: Option<f64>,
    /// The least.
    pub min: Option<f64>,
    /// The greatest.
    pub max: Option<f64>,
    /// Half the width of the 95 % confidence interval of the mean (Student's t).
    pub ci95: Option<f64>,
}

impl Summary {
    /// Summarises values in order.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        let n = values.len();
        if n == 0 {
            return Self::default();
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let sd = (n > 1).then(|| (squares / (n - 1) as f64).sqrt());
        values.sort_by(f64::total_cmp);
        Self {
            n: n as u64,
            mean: Some(mean),
            sd,
            p50: quantile(&values, 0.5),
            p90: quantile(&values, 0.9),
            p99: quantile(&values, 0.99),
            min: values.first().copied(),
            max: values.last().copied(),
            ci95: sd.map(|sd| t_quantile(n - 1) * sd / (n as f64).sqrt()),
        }
    }
}

/// The quantile `p` of sorted values, by linear interpolation (type 7).
fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let place = (sorted.len() - 1) as f64 * p;
    let low = place as usize;
    let value = *sorted.get(low)?;
    let above = sorted.get(low + 1).copied().unwrap_or(value);
    Some(value + (place - low as f64) * (above - value))
}

/// The 97.5 % point of Student's t, to nine digits: the library's last bits may depend on the
/// platform's logarithm.
fn t_quantile(freedom: usize) -> f64 {
    let t = StudentsT::new(0.0, 1.0, freedom as f64).map_or(f64::NAN, |t| t.inverse_cdf(0.975));
    (t * 1e9).round() / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_values_by_hand() {
        let summary = Summary::of([4.0, 1.0, 3.0, 2.0]);
        assert_eq!((summary.n, summary.mean, summary.p50), (4, Some(2.5), Some(2.5)));
        assert_eq!((summary.min, summary.max), (Some(1.0), Some(4.0)));
        assert_eq!(summary.p90, Some(3.7));
        assert!((summary.sd.unwrap() - (5f64 / 3.0).sqrt()).abs() < 1e-15);
        // R: qt(.975, 3) = 3.182446305284263.
        let half = 3.182446305 * (5f64 / 3.0).sqrt() / 2.0;
        assert!((summary.ci95.unwrap() - half).abs() < 1e-8);
    }

    #[test]
    fn points_of_student() {
        // R: qt(.975, c(1, 9, 100, 19999)).
        for (freedom, t) in
            [(1, 12.706204736), (9, 2.262157163), (100, 1.983971519), (19_999, 1.960082666)]
        {
            assert!((t_quantile(freedom) - t).abs() < 2e-6, "{freedom}: {}", t_quantile(freedom));
        }
    }

    #[test]
    fn nothing_and_one() {
        assert_eq!(Summary::of([]), Summary::default());
        let one = Summary::of([7.0]);
        assert_eq!((one.mean, one.sd, one.ci95, one.p99), (Some(7.0), None, None, Some(7.0)));
    }
}
