//! What a message waits at its sender beyond what it must: one random number in, ticks out.

use crate::chance::{exponential, normal_quantile, unit};
use crate::time::Span;

/// A distribution of waiting times, its parameters in ticks.
#[derive(Clone, Debug, PartialEq)]
pub enum Jitter {
    /// No wait.
    None,
    /// Between two bounds, each as likely as the other.
    Uniform {
        /// The shortest.
        min: f64,
        /// The longest.
        max: f64,
    },
    /// Exponential.
    Exponential {
        /// Its mean.
        mean: f64,
    },
    /// Log-normal.
    Lognormal {
        /// Its median.
        median: f64,
        /// The standard deviation of its logarithm.
        sigma: f64,
    },
}

/// No wait is longer: some 34 years at 1 ms. Keeps sums of times in range whatever the tail.
const LONGEST_TICKS: f64 = (1u64 << 40) as f64;

impl Jitter {
    /// A wait in ticks, to the nearest, from 64 random bits.
    #[inline]
    pub fn draw(&self, bits: u64) -> Span {
        let ticks = match *self {
            Self::None => return Span(0),
            Self::Uniform { min, max } => min + (max - min) * unit(bits),
            Self::Exponential { mean } => mean * exponential(unit(bits)),
            Self::Lognormal { median, sigma } => {
                // Half a step up: the quantile wants an open interval.
                let p = unit(bits) + 0.5 / (1u64 << 53) as f64;
                median * libm::exp(sigma * normal_quantile(p))
            }
        };
        Span((ticks + 0.5).min(LONGEST_TICKS) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Keyed;

    /// Mean and standard deviation of a million draws at a fine grain.
    fn moments(jitter: &Jitter) -> (f64, f64) {
        let n = 1_000_000;
        let (mut sum, mut squares) = (0.0, 0.0);
        for i in 0..n {
            let x = jitter.draw(Keyed::network(1).draw(7, i, 0)[0]).0 as f64;
            sum += x;
            squares += x * x;
        }
        let mean = sum / n as f64;
        (mean, (squares / n as f64 - mean * mean).sqrt())
    }

    #[test]
    fn moments_are_those_of_the_closed_forms() {
        // 10^6 ticks to the unit: rounding is far below the error of sampling, here four standard
        // errors (and twice that for the deviation of a heavy tail).
        let sigma: f64 = 0.8;
        let spread = libm::expm1(sigma * sigma).sqrt();
        let lognormal_mean = 4e6 * libm::exp(sigma * sigma / 2.0);
        for (jitter, mean, sd) in [
            (Jitter::Uniform { min: 0.0, max: 9e6 }, 4.5e6, 9e6 / 12f64.sqrt()),
            (Jitter::Exponential { mean: 3e6 }, 3e6, 3e6),
            (Jitter::Lognormal { median: 4e6, sigma }, lognormal_mean, lognormal_mean * spread),
        ] {
            let (got_mean, got_sd) = moments(&jitter);
            assert!((got_mean - mean).abs() < 4.0 * sd / 1e3, "{jitter:?}: {got_mean} {mean}");
            assert!((got_sd / sd - 1.0).abs() < 0.02, "{jitter:?}: {got_sd} {sd}");
        }
    }

    #[test]
    fn quantiles_are_those_of_the_closed_forms() {
        let median = Jitter::Lognormal { median: 4e6, sigma: 0.8 };
        assert_eq!(median.draw(1 << 63).0, 4_000_000);
        assert_eq!(Jitter::Exponential { mean: 1e6 }.draw(1 << 63).0, 693_147);
        assert_eq!(Jitter::Uniform { min: 2.0, max: 4.0 }.draw(1 << 63).0, 3);
        assert_eq!(Jitter::Uniform { min: 0.0, max: 1.0 }.draw(1 << 63).0, 1, "halves up");
    }
}
