//! What a message waits at its sender beyond what it must: random numbers in, ticks out.

use std::sync::Arc;

use crate::rng::{exponential, normal_quantile, uniform01};
use crate::time::SimDuration;

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
    /// Gamma.
    Gamma {
        /// Its mean.
        mean: f64,
        /// Its shape; the variance is the mean squared over it.
        shape: f64,
    },
    /// Pareto: heavy-tailed, the mean infinite for a shape up to 1.
    Pareto {
        /// The shortest.
        scale: f64,
        /// The exponent of its tail.
        shape: f64,
    },
    /// One of these measured waits, each in ticks, up to 2^44; at least one, and each as
    /// likely as the other.
    Samples(Arc<[u64]>),
}

/// No wait is longer, and no run: keeps sums of times in range whatever the tail.
const MAX_TICKS: f64 = (1u64 << 44) as f64;

impl Jitter {
    /// A wait in ticks, to the nearest, from 64 random bits, and from as many more as it takes.
    #[inline]
    pub fn draw(&self, bits: u64, more: &mut dyn FnMut() -> u64) -> SimDuration {
        let ticks = match *self {
            Self::None => return SimDuration(0),
            Self::Uniform { min, max } => min + (max - min) * uniform01(bits),
            _ => self.draw_curved(bits, more),
        };
        // Never negative: by way of i64 it is the shorter conversion.
        SimDuration((ticks + 0.5).min(MAX_TICKS) as i64 as u64)
    }

    /// The same in ticks so many times finer; samples stay.
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

    /// Its mean before and after waits become whole ticks, over draws spread evenly.
    pub fn means(&self) -> [f64; 2] {
        const DRAWS: u64 = 4096;
        let (mut before, mut after) = (0.0, 0.0);
        for draw in 0..DRAWS {
            let bits = (2 * draw + 1) << (63 - DRAWS.ilog2());
            // Whatever more a gamma takes is another such number.
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

    /// Whether a wait can be very much longer than most.
    pub fn is_long_tailed(&self) -> bool {
        !matches!(self, Self::None | Self::Uniform { .. } | Self::Samples(_))
    }

    /// A wait in ticks that is exceeded no more than once in 10^12.
    pub fn longest(&self) -> SimDuration {
        // The logarithm of 10^12, and as many standard deviations as that takes, rounded up.
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

    /// A wait of a distribution that takes a logarithm or more, or a look at memory: out of the way
    /// of those that do not.
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
            // Whole numbers up to the longest are exact as floats.
            Self::Samples(ref samples) => samples[place(bits, samples.len())] as f64,
        }
    }
}

/// One of so many places: the high word of a product, no place likelier than another by more than
/// one part in 2^64 / `count`.
fn place(bits: u64, count: usize) -> usize {
    ((u128::from(bits) * count as u128) >> 64) as usize
}

/// A standard normal by inversion. Half a step up: the quantile wants an open interval.
fn normal(bits: u64) -> f64 {
    normal_quantile(uniform01(bits) + 0.5 / (1u64 << 53) as f64)
}

/// A gamma of scale 1: G. Marsaglia and W. Tsang, "A simple method for generating gamma variables"
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
        // One less than the number drawn is as uniform, and has a logarithm.
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

    /// A million draws at a fine grain, in units of `UNIT` ticks.
    fn draws(jitter: &Jitter) -> Vec<f64> {
        let chance = CounterRng::network(1);
        let draw = |i: u64| {
            let mut block = 0;
            let mut more = || {
                block += 1;
                chance.block(7, i, 0, block)[0]
            };
            jitter.draw(chance.draw(7, i, 0)[0], &mut more).0 as f64 / UNIT
        };
        (0..1_000_000).map(draw).collect()
    }

    /// Ticks to the unit: rounding is far below what a million draws can tell.
    const UNIT: f64 = 1e7;

    /// Kolmogorov and Smirnov: the greatest distance from the distribution, times the root of n,
    /// is above 1.95 once in a thousand.
    fn holds(jitter: &Jitter, cdf: impl Fn(f64) -> f64) {
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
        holds(&Jitter::Uniform { min: UNIT, max: 9.0 * UNIT }, |x| uniform.cdf(x));
        let exponential = Exp::new(1.0 / 3.0).unwrap();
        holds(&Jitter::Exponential { mean: 3.0 * UNIT }, |x| exponential.cdf(x));
        let lognormal = LogNormal::new(libm::log(4.0), 0.8).unwrap();
        holds(&Jitter::Lognormal { median: 4.0 * UNIT, sigma: 0.8 }, |x| lognormal.cdf(x));
        for shape in [0.5, 1.0, 2.0, 30.0] {
            let gamma = Gamma::new(shape, shape / 4.0).unwrap();
            holds(&Jitter::Gamma { mean: 4.0 * UNIT, shape }, |x| gamma.cdf(x));
        }
        let pareto = Pareto::new(1.0, 2.5).unwrap();
        holds(&Jitter::Pareto { scale: UNIT, shape: 2.5 }, |x| pareto.cdf(x));
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
        holds(&Jitter::Samples(many), |x| (x / 10.0).clamp(0.0, 1.0));
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
