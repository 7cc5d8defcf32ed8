//! Random waits of messages at their sender.

use std::sync::Arc;

use crate::rng::{exponential, normal_quantile, uniform01};
use crate::time::SimDuration;

/// A distribution of waits; parameters are in ticks.
#[derive(Clone, Debug, PartialEq)]
pub enum Jitter {
    /// No wait.
    None,
    /// Uniform between two bounds.
    Uniform {
        /// Lower bound.
        min: f64,
        /// Upper bound.
        max: f64,
    },
    /// Exponential.
    Exponential {
        /// Mean wait.
        mean: f64,
    },
    /// Log-normal.
    Lognormal {
        /// Median wait.
        median: f64,
        /// The standard deviation of its logarithm.
        sigma: f64,
    },
    /// Gamma.
    Gamma {
        /// Mean wait.
        mean: f64,
        /// Shape; the variance is mean² / shape.
        shape: f64,
    },
    /// Pareto; the mean is infinite for a shape of at most 1.
    Pareto {
        /// The minimum.
        scale: f64,
        /// Exponent of the tail.
        shape: f64,
    },
    /// Drawn uniformly from measured waits: at least one, each at most 2^44 ticks.
    Samples(Arc<[u64]>),
}

/// Upper bound of a wait, which is that of a run: sums of times do not overflow.
const MAX_TICKS: f64 = (1u64 << 44) as f64;

impl Jitter {
    /// Draws a wait, rounded to the nearest tick, from 64 random bits; rejection sampling draws `more`.
    #[inline]
    pub fn draw(&self, bits: u64, more: &mut dyn FnMut() -> u64) -> SimDuration {
        let ticks = match *self {
            Self::None => return SimDuration(0),
            Self::Uniform { min, max } => min + (max - min) * uniform01(bits),
            _ => self.draw_curved(bits, more),
        };
        // The conversion to i64 takes fewer instructions, and the value is never negative.
        SimDuration((ticks + 0.5).min(MAX_TICKS) as i64 as u64)
    }

    /// The same distribution with times multiplied by `by`; samples are not changed.
    #[must_use]
    pub fn scaled(&self, by: f64) -> Self {
        match *self {
            Self::Uniform { min, max } => Self::Uniform { min: min * by, max: max * by },
            Self::Exponential { mean } => Self::Exponential { mean: mean * by },
            Self::Lognormal { median, sigma } => Self::Lognormal { median: median * by, sigma },
            Self::Gamma { mean, shape } => Self::Gamma { mean: mean * by, shape },
            Self::Pareto { scale, shape } => Self::Pareto { scale: scale * by, shape },
            Self::None | Self::Samples(_) => self.clone(),
        }
    }

    /// The mean before and after rounding to ticks, over evenly spaced draws.
    pub fn means(&self) -> [f64; 2] {
        const DRAWS: u64 = 4096;
        let (mut before, mut after) = (0.0, 0.0);
        for draw in 0..DRAWS {
            let bits = (2 * draw + 1) << (63 - DRAWS.ilog2());
            // A fixed sequence for rejection sampling.
            let more = |seed: &mut u64| {
                *seed = seed.wrapping_add(1);
                seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            };
            let (mut first, mut second) = (draw, draw);
            let ticks = match *self {
                Self::Uniform { min, max } => min + (max - min) * uniform01(bits),
                _ => self.draw_curved(bits, &mut || more(&mut first)),
            };
            before += ticks.min(MAX_TICKS);
            after += self.draw(bits, &mut || more(&mut second)).0 as f64;
        }
        [before, after].map(|sum| sum / DRAWS as f64)
    }

    /// Whether the distribution is unbounded.
    pub fn is_long_tailed(&self) -> bool {
        !matches!(self, Self::None | Self::Uniform { .. } | Self::Samples(_))
    }

    /// Upper bound, exceeded with probability at most 1e-12.
    pub fn longest(&self) -> SimDuration {
        // ln(1e12), and the quantile of the standard normal at 1 - 1e-12, rounded up.
        const RARE: f64 = 27.7;
        const DEVIATIONS: f64 = 7.2;
        let ticks = match *self {
            Self::None => 0.0,
            Self::Uniform { max, .. } => max,
            Self::Samples(ref samples) => samples.iter().copied().max().unwrap_or(0) as f64,
            Self::Exponential { mean } => mean * RARE,
            Self::Lognormal { median, sigma } => median * libm::exp(sigma * DEVIATIONS),
            // S. Boucheron and others, Concentration inequalities (2013), 2.4: sub-gamma.
            Self::Gamma { mean, shape } => {
                mean * (1.0 + (2.0 * RARE / shape).sqrt() + RARE / shape)
            }
            Self::Pareto { scale, shape } => scale * libm::exp(RARE / shape),
        };
        SimDuration((ticks + 1.0).min(MAX_TICKS) as u64)
    }

    /// Draws from a distribution that needs a logarithm or memory; not inlined, so that the others stay
    /// short.
    #[inline(never)]
    fn draw_curved(&self, bits: u64, more: &mut dyn FnMut() -> u64) -> f64 {
        match *self {
            Self::None => 0.0,
            Self::Uniform { min, .. } => min,
            Self::Exponential { mean } => mean * exponential(uniform01(bits)),
            Self::Lognormal { median, sigma } => median * libm::exp(sigma * normal(bits)),
            Self::Gamma { mean, shape } => mean / shape * gamma(shape, bits, more),
            Self::Pareto { scale, shape } => {
                scale * libm::exp(exponential(uniform01(bits)) / shape)
            }
            // Integers up to 2^44 are exact as floats.
            Self::Samples(ref samples) => samples[index(bits, samples.len())] as f64,
        }
    }
}

/// An index below `count`: the high word of a product. Probabilities differ by at most 2^-64.
fn index(bits: u64, count: usize) -> usize {
    ((u128::from(bits) * count as u128) >> 64) as usize
}

/// A standard normal by inversion; the added half step keeps the argument above 0.
fn normal(bits: u64) -> f64 {
    normal_quantile(uniform01(bits) + 0.5 / (1u64 << 53) as f64)
}

/// A gamma variate of scale 1: G. Marsaglia and W. Tsang, "A simple method for generating gamma variables"
/// (2000), section 4; for a shape below 1 its section 6.
fn gamma(shape: f64, bits: u64, more: &mut dyn FnMut() -> u64) -> f64 {
    if shape < 1.0 {
        let boost = libm::exp(-exponential(uniform01(more())) / shape);
        return gamma(shape + 1.0, bits, more) * boost;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    let mut x = normal(bits);
    loop {
        let root = 1.0 + c * x;
        let v = root * root * root;
        // In (0, 1], so that the logarithm is finite.
        let u = 1.0 - uniform01(more());
        if v > 0.0 && libm::log(u) < 0.5 * x * x + d - d * v + d * libm::log(v) {
            return d * v;
        }
        x = normal(more());
    }
}

#[cfg(test)]
mod tests {
    use statrs::distribution::{ContinuousCDF, Exp, Gamma, LogNormal, Pareto, Uniform};

    use super::*;
    use crate::rng::CounterRng;

    /// A million draws, in units of `UNIT` ticks.
    fn draws(jitter: &Jitter) -> Vec<f64> {
        let rng = CounterRng::network(1);
        let draw = |i: u64| {
            let mut block = 0;
            let mut more = || {
                block += 1;
                rng.block(7, i, 0, block)[0]
            };
            jitter.draw(rng.draw(7, i, 0)[0], &mut more).0 as f64 / UNIT
        };
        (0..1_000_000).map(draw).collect()
    }

    /// Ticks per unit: rounding is far below the resolution of a million draws.
    const UNIT: f64 = 1e7;

    /// The Kolmogorov-Smirnov test: the largest distance to the distribution, times the root of n,
    /// exceeds 1.95 with probability 0.001.
    fn follows(jitter: &Jitter, cdf: impl Fn(f64) -> f64) {
        let mut drawn = draws(jitter);
        drawn.sort_by(f64::total_cmp);
        let n = drawn.len() as f64;
        let distance = |(i, &x): (usize, &f64)| {
            let p = cdf(x);
            (p - i as f64 / n).abs().max((p - (i + 1) as f64 / n).abs())
        };
        let greatest = drawn.iter().enumerate().map(distance).fold(0.0, f64::max);
        assert!(greatest * n.sqrt() < 1.95, "{jitter:?}: {greatest}");
    }

    #[test]
    fn draws_have_their_distributions() {
        let uniform = Uniform::new(1.0, 9.0).unwrap();
        follows(&Jitter::Uniform { min: UNIT, max: 9.0 * UNIT }, |x| uniform.cdf(x));
        let exponential = Exp::new(1.0 / 3.0).unwrap();
        follows(&Jitter::Exponential { mean: 3.0 * UNIT }, |x| exponential.cdf(x));
        let lognormal = LogNormal::new(libm::log(4.0), 0.8).unwrap();
        follows(&Jitter::Lognormal { median: 4.0 * UNIT, sigma: 0.8 }, |x| lognormal.cdf(x));
        for shape in [0.5, 1.0, 2.0, 30.0] {
            let gamma = Gamma::new(shape, shape / 4.0).unwrap();
            follows(&Jitter::Gamma { mean: 4.0 * UNIT, shape }, |x| gamma.cdf(x));
        }
        let pareto = Pareto::new(1.0, 2.5).unwrap();
        follows(&Jitter::Pareto { scale: UNIT, shape: 2.5 }, |x| pareto.cdf(x));
    }

    #[test]
    fn samples_are_drawn_as_often_as_each_other() {
        // In any order, and one of them thrice: 7 a fifth, 9 a fifth, 4 three fifths.
        let samples = [4u64, 9, 4, 7, 4].map(|wait| wait * UNIT as u64);
        let drawn = draws(&Jitter::Samples(Arc::from(samples)));
        for (wait, share) in [(4.0, 0.6), (7.0, 0.2), (9.0, 0.2f64)] {
            let got = drawn.iter().filter(|&&drawn| drawn == wait).count() as f64 / 1e6;
            // Four standard errors of a share at a million draws.
            assert!((got - share).abs() < 4.0 * (share * (1.0 - share)).sqrt() / 1e3, "{got}");
        }
        // So many that their steps are finer than a million draws can tell: uniform, 0 to 10.
        let many: Arc<[u64]> = (0..1_000_000).map(|n| n * 100).collect();
        follows(&Jitter::Samples(many), |x| (x / 10.0).clamp(0.0, 1.0));
    }

    #[test]
    fn the_first_and_the_last_sample_can_be_drawn() {
        let three = Jitter::Samples(Arc::from([5, 6, 7]));
        let third = u64::MAX / 3;
        for (bits, wait) in
            [(0, 5), (third, 5), (third + 1, 6), (2 * third, 6), (2 * third + 1, 7), (u64::MAX, 7)]
        {
            assert_eq!(three.draw(bits, &mut || 0), SimDuration(wait), "{bits}");
        }
        assert_eq!(Jitter::Samples(Arc::from([8])).draw(u64::MAX, &mut || 0), SimDuration(8));
    }

    #[test]
    fn moments_are_those_of_the_closed_forms() {
        let sigma: f64 = 0.8;
        let spread = libm::expm1(sigma * sigma).sqrt();
        let lognormal_mean = 4.0 * libm::exp(sigma * sigma / 2.0);
        for (jitter, mean, sd) in [
            (Jitter::Uniform { min: 0.0, max: 9.0 * UNIT }, 4.5, 9.0 / 12f64.sqrt()),
            (Jitter::Exponential { mean: 3.0 * UNIT }, 3.0, 3.0),
            (
                Jitter::Lognormal { median: 4.0 * UNIT, sigma },
                lognormal_mean,
                lognormal_mean * spread,
            ),
            (Jitter::Gamma { mean: 4.0 * UNIT, shape: 2.0 }, 4.0, 8f64.sqrt()),
            // a / (a - 1), and the variance a / ((a - 1)^2 (a - 2)), at a = 6.
            (Jitter::Pareto { scale: UNIT, shape: 6.0 }, 1.2, (6.0 / 100.0f64).sqrt()),
        ] {
            let drawn = draws(&jitter);
            let n = drawn.len() as f64;
            let got_mean = drawn.iter().sum::<f64>() / n;
            let squares = drawn.iter().map(|x| (x - got_mean) * (x - got_mean)).sum::<f64>();
            let got_sd = (squares / n).sqrt();
            assert!((got_mean - mean).abs() < 4.0 * sd / 1e3, "{jitter:?}: {got_mean} {mean}");
            assert!((got_sd / sd - 1.0).abs() < 0.02, "{jitter:?}: {got_sd} {sd}");
        }
    }

    #[test]
    fn quantiles_are_those_of_the_closed_forms() {
        let middle = |jitter: Jitter| jitter.draw(1 << 63, &mut || 0).0;
        assert_eq!(middle(Jitter::Lognormal { median: 4e6, sigma: 0.8 }), 4_000_000);
        assert_eq!(middle(Jitter::Exponential { mean: 1e6 }), 693_147);
        assert_eq!(middle(Jitter::Uniform { min: 2.0, max: 4.0 }), 3);
        assert_eq!(middle(Jitter::Uniform { min: 0.0, max: 1.0 }), 1, "halves up");
        assert_eq!(middle(Jitter::Pareto { scale: 1e6, shape: 2.0 }), 1_414_214);
    }
}
