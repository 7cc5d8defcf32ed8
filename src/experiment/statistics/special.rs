//! Distributions, on `libm` alone, so that their bits are the same everywhere.
//!
//! They are held to the figures of scipy and R, and to `statrs` (whose own bits are the platform's).

pub use crate::rng::normal_quantile;

/// The share of the standard normal below `z`.
pub fn normal_cdf(z: f64) -> f64 {
    libm::erfc(-z / std::f64::consts::SQRT_2) / 2.0
}

/// The share of Student's t, of so many degrees of freedom (above 0), below `t`.
pub fn student_cdf(t: f64, freedom: f64) -> f64 {
    let beyond = student_beyond(t, freedom) / 2.0;
    if t < 0.0 { beyond } else { 1.0 - beyond }
}

/// The share of Student's t farther from 0 than `t`, to both sides together.
pub fn student_beyond(t: f64, freedom: f64) -> f64 {
    let sum = freedom + t * t;
    if sum.is_infinite() {
        return 0.0;
    }
    beta(freedom / sum, t * t / sum, freedom / 2.0, 0.5)
}

/// The value of Student's t below which a share `p` in (0, 1) lies, by halving to the last bit but
/// a few.
pub fn student_quantile(p: f64, freedom: f64) -> f64 {
    if p > 0.5 {
        return -student_quantile(1.0 - p, freedom);
    }
    if p == 0.5 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    while student_beyond(high, freedom) > 2.0 * p && high < f64::MAX {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..60 {
        let t = (low + high) / 2.0;
        if student_beyond(t, freedom) > 2.0 * p { low = t } else { high = t }
    }
    -high
}

/// Of `n` tries that succeed with `p` each, the chance that at most so many do.
pub fn binomial_cdf(most: u64, n: u64, p: f64) -> f64 {
    if most >= n {
        return 1.0;
    }
    beta(1.0 - p, p, (n - most) as f64, most as f64 + 1.0)
}

/// Steps of the continued fraction: it takes some multiple of the root of the larger parameter.
const MAX_STEPS: u32 = 100_000;

/// The regularised incomplete beta function of `x` and `rest`, which is 1 - x and is given since it
/// may be known better: the continued fraction of W. Press et al., Numerical Recipes, 6.4.
pub fn beta(x: f64, rest: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta(rest, x, b, a);
    }
    let log =
        |part: f64, other: f64| if other < 0.5 { libm::log1p(-other) } else { libm::log(part) };
    let front = libm::exp(a * log(x, rest) + b * log(rest, x) - log_beta(a, b)) / a;
    let kept = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let (mut c, mut d) = (1.0, 1.0 / kept(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for step in 1..MAX_STEPS {
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

/// The logarithm of the beta function. Of large parameters, differences of logarithms of the gamma
/// function would lose digits; what Stirling's series leaves does not (as in R's `lbeta`).
fn log_beta(a: f64, b: f64) -> f64 {
    let (p, q) = (a.min(b), a.max(b));
    let share = p / (p + q);
    if q < 10.0 {
        return libm::lgamma(p) + libm::lgamma(q) - libm::lgamma(p + q);
    }
    let most = q * libm::log1p(-share);
    let left = stirling(q) - stirling(p + q);
    if p < 10.0 {
        let far = p - p * libm::log(p + q) - 0.5 * libm::log1p(-share);
        return libm::lgamma(p) + left + far + most;
    }
    let root = 0.5 * libm::log(2.0 * std::f64::consts::PI / q);
    root + stirling(p) + left + (p - 0.5) * libm::log(share) + most
}

/// What Stirling's formula leaves of the logarithm of the gamma function at 10 or more.
fn stirling(x: f64) -> f64 {
    const TERMS: [f64; 6] =
        [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0];
    TERMS.iter().rev().fold(0.0, |sum, term| sum / (x * x) + term) / x
}
