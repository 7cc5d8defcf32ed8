//! Transforms of random bits, on `libm` and not on `rand_distr`: that crate takes the logarithm of
//! the platform, whose bits differ between platforms, where a feature that another crate enables
//! says so. Each takes the bits, not a generator, so that a [`CounterRng`](super::CounterRng) can
//! feed it too.

/// Maps 64 random bits to [0, 1), with a resolution of 2^-53.
#[inline]
pub fn uniform01(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Maps a uniform number in [0, 1) to an exponential of mean 1, by inversion.
#[inline]
pub fn exponential(unit: f64) -> f64 {
    -libm::log1p(-unit)
}

/// The quantile function of the standard normal for `p` in (0, 1), monotone: M. Wichura, "Algorithm
/// AS 241" (1988), PPND16, with a relative error of about 1e-16.
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * ratio(&CENTRE, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = (-libm::log(tail.max(f64::MIN_POSITIVE))).sqrt();
    let value = if r <= 5.0 { ratio(&MIDDLE, r - 1.6) } else { ratio(&FAR, r - 5.0) };
    if q < 0.0 { -value } else { value }
}

fn ratio(coefficients: &[[f64; 8]; 2], r: f64) -> f64 {
    let polynomial = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, &next| sum * r + next);
    polynomial(&coefficients[0]) / polynomial(&coefficients[1])
}

/// Coefficients of numerator and denominator from the lowest power, for `|p - 0.5| <= 0.425`.
const CENTRE: [[f64; 8]; 2] = [
    [
        3.3871328727963665,
        133.14166789178438,
        1971.5909503065513,
        13731.69376550946,
        45921.95393154987,
        67265.7709270087,
        33430.57558358813,
        2509.0809287301227,
    ],
    [
        1.0,
        42.31333070160091,
        687.1870074920579,
        5394.196021424751,
        21213.794301586597,
        39307.89580009271,
        28729.085735721943,
        5226.495278852854,
    ],
];

const MIDDLE: [[f64; 8]; 2] = [
    [
        1.4234371107496835,
        4.630337846156546,
        5.769497221460691,
        3.6478483247632045,
        1.2704582524523684,
        0.2417807251774506,
        0.022723844989269184,
        0.0007745450142783414,
    ],
    [
        1.0,
        2.053191626637759,
        1.6763848301838038,
        0.6897673349851,
        0.14810397642748008,
        0.015198666563616457,
        0.0005475938084995345,
        1.0507500716444169e-09,
    ],
];

const FAR: [[f64; 8]; 2] = [
    [
        6.657904643501103,
        5.463784911164114,
        1.7848265399172913,
        0.29656057182850487,
        0.026532189526576124,
        0.0012426609473880784,
        2.7115555687434876e-05,
        2.0103343992922881e-07,
    ],
    [
        1.0,
        0.599832206555888,
        0.1369298809227358,
        0.014875361290850615,
        0.0007868691311456133,
        1.8463183175100548e-05,
        1.421511758316446e-07,
        2.0442631033899397e-15,
    ],
];

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::rng::stream;

    #[test]
    fn uniform01_is_what_rand_draws() {
        let (mut ours, mut theirs) = (stream(1, "test", 0), stream(1, "test", 0));
        for _ in 0..1000 {
            assert_eq!(uniform01(ours.random()), theirs.random::<f64>());
        }
    }

    #[test]
    fn normal_quantiles_match_r() {
        // R 4.3, qnorm(p), 16 digits.
        for (p, z) in [
            (0.5, 0.0),
            (0.9, 1.2815515655446),
            (0.975, 1.959963984540054),
            (0.001, -3.090232306167813),
            (1e-10, -6.361340902404056),
            (1e-20, -9.262340089798408),
        ] {
            let got = normal_quantile(p);
            assert!((got - z).abs() < 1e-13 * (1.0 + z.abs()) * 10.0, "{p}: {got} {z}");
        }
    }

    #[test]
    fn exponential_has_mean_one() {
        let mut rng = stream(1, "test", 0);
        let n = 200_000;
        let mean: f64 = (0..n).map(|_| exponential(rng.random())).sum::<f64>() / n as f64;
        assert!((mean - 1.0).abs() < 4.0 / (n as f64).sqrt(), "{mean}");
    }
}
