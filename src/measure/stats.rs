//! Many values to a few: means, deviations, quantiles, intervals. Sums run in the order given, so
//! the bytes are the same for any number of threads.

use serde::Serialize;

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

/// The 97.5 % point of Student's t, by halving: for all degrees of freedom it is below 13.
fn t_quantile(freedom: usize) -> f64 {
    let freedom = freedom as f64;
    let (mut low, mut high) = (0.0, 13.0);
    for _ in 0..60 {
        let t = (low + high) / 2.0;
        let beyond = beta(freedom / (freedom + t * t), freedom / 2.0, 0.5);
        if beyond > 0.05 { low = t } else { high = t }
    }
    high
}

/// The regularised incomplete beta function, on `libm` alone, so that its bits are the same
/// everywhere: the continued fraction of W. Press et al., Numerical Recipes, 6.4.
fn beta(x: f64, a: f64, b: f64) -> f64 {
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta(1.0 - x, b, a);
    }
    if x <= 0.0 {
        return 0.0;
    }
    let logs = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b);
    let front = libm::exp(logs + a * libm::log(x) + b * libm::log1p(-x)) / a;
    let kept = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let (mut c, mut d) = (1.0, 1.0 / kept(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for step in 1..1000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for term in [even, odd] {
            d = 1.0 / kept(1.0 + term * d);
            c = kept(1.0 + term / c);
            fraction *= c * d;
        }
        if (fraction - before).abs() < 1e-15 * fraction.abs() {
            break;
        }
    }
    front * fraction
}

#[cfg(test)]
mod tests {
    use statrs::distribution::{ContinuousCDF, StudentsT};

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
        // The first three from published tables (as in R, qt(.975, n)).
        for (freedom, t) in [(1, 12.706204736), (9, 2.262157163), (100, 1.983971518)] {
            assert!((t_quantile(freedom) - t).abs() < 1e-8, "{freedom}: {}", t_quantile(freedom));
        }
        for freedom in [1, 2, 3, 5, 17, 99, 1_000, 19_999] {
            let library = StudentsT::new(0.0, 1.0, freedom as f64).unwrap().inverse_cdf(0.975);
            assert!((t_quantile(freedom) - library).abs() < 1e-6, "{freedom}: {library}");
        }
        // Near the normal, by the first term of its expansion: z + (z^3 + z) / 4n.
        assert!((t_quantile(1_000_000) - 1.959966356).abs() < 1e-8);
    }

    #[test]
    fn nothing_and_one() {
        assert_eq!(Summary::of([]), Summary::default());
        let one = Summary::of([7.0]);
        assert_eq!((one.mean, one.sd, one.ci95, one.p99), (Some(7.0), None, None, Some(7.0)));
    }
}
