//! Distribution functions on `libm` alone, so that their results are the same on all machines.
//!
//! Tests compare them with scipy and R, and with `statrs` (whose results depend on the platform).

pub use crate::rng::normal_quantile;

/// The standard normal distribution function.
pub fn normal_cdf(z: f64) -> f64 {
    libm::erfc(-z / std::f64::consts::SQRT_2) / 2.0
}

/// The distribution function of Student's t with `freedom` > 0 degrees of freedom.
pub fn student_cdf(t: f64, freedom: f64) -> f64 {
    let beyond = student_two_sided(t, freedom) / 2.0;
    if t < 0.0 { beyond } else { 1.0 - beyond }
}

/// The probability that Student's t is farther from 0 than `t`, on either side.
pub fn student_two_sided(t: f64, freedom: f64) -> f64 {
    let sum = freedom + t * t;
    if sum.is_infinite() {
        return 0.0;
    }
    beta(freedom / sum, t * t / sum, freedom / 2.0, 0.5)
}

/// The quantile `p` in (0, 1) of Student's t, by bisection, exact to a few last bits.
pub fn student_quantile(p: f64, freedom: f64) -> f64 {
    if p > 0.5 {
        return -student_quantile(1.0 - p, freedom);
    }
    if p == 0.5 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    while student_two_sided(high, freedom) > 2.0 * p && high < f64::MAX {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..60 {
        let t = (low + high) / 2.0;
        if student_two_sided(t, freedom) > 2.0 * p { low = t } else { high = t }
    }
    -high
}

/// The probability of at most `max` successes in `n` trials with the probability `p`.
pub fn binomial_cdf(max: u64, n: u64, p: f64) -> f64 {
    if max >= n {
        return 1.0;
    }
    beta(1.0 - p, p, (n - max) as f64, max as f64 + 1.0)
}

/// The steps of the continued fraction. It needs a multiple of the root of the larger parameter.
const MAX_STEPS: u32 = 100_000;

/// The regularized incomplete beta function at `x`, by the continued fraction of W. Press et al.,
/// Numerical Recipes, 6.4. `rest` is 1 - x, which the caller may know more exactly.
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
    let nonzero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let (mut c, mut d) = (1.0, 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for step in 1..MAX_STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for term in [even, odd] {
            d = 1.0 / nonzero(1.0 + term * d);
            c = nonzero(1.0 + term / c);
            fraction *= c * d;
        }
        if (fraction - before).abs() < 1e-15 * fraction.abs() {
            break;
        }
    }
    front * fraction
}

/// The logarithm of the beta function. For large parameters, differences of logarithms of the gamma
/// function would lose digits; the remainder of Stirling's series does not (as in R's `lbeta`).
fn log_beta(a: f64, b: f64) -> f64 {
    let (p, q) = (a.min(b), a.max(b));
    let share = p / (p + q);
    if q < 10.0 {
        return libm::lgamma(p) + libm::lgamma(q) - libm::lgamma(p + q);
    }
    let main = q * libm::log1p(-share);
    let remainder = stirling(q) - stirling(p + q);
    if p < 10.0 {
        let far = p - p * libm::log(p + q) - 0.5 * libm::log1p(-share);
        return libm::lgamma(p) + remainder + far + main;
    }
    let root = 0.5 * libm::log(2.0 * std::f64::consts::PI / q);
    root + stirling(p) + remainder + (p - 0.5) * libm::log(share) + main
}

/// The remainder of Stirling's formula for the logarithm of the gamma function, for x >= 10.
fn stirling(x: f64) -> f64 {
    const TERMS: [f64; 6] =
        [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0];
    TERMS.iter().rev().fold(0.0, |sum, term| sum / (x * x) + term) / x
}
