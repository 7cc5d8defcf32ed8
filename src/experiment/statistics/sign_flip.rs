//! The sign-flip test of a mean difference.

use rand::RngCore;

use crate::rng::stream;

/// Up to this many differences all assignments of signs are tried, which takes no longer than drawing.
const MAX_EXACT: usize = 15;

/// Assignments that are drawn: a p value of 5 % is known to 0.2 points (one standard error).
const DRAWS: u32 = 9_999;

/// Above this many differences Student's t is as good and faster.
const MAX_PAIRS: usize = 1_000;

/// The two-sided p value of the mean of differences under flips of their signs: the share of all
/// assignments of signs whose mean is as far from 0. None if all differences are 0, or if more than 1,000
/// are not.
///
/// R. Fisher, The Design of Experiments (1935), section 21. The test is exact for any values if the two
/// of a pair are exchangeable, and asymptotically as good as Student's t if only their means are equal
/// (A. DiCiccio and J. Romano, "Robust permutation tests", 2017). The p value of `n` differences is at
/// least 2^(1-n). Up to 15 differences all assignments are tried; above, 9,999 are drawn from the seed
/// and the observed one is added (B. Phipson and G. Smyth, "Permutation p-values should never be zero",
/// 2010). If the bound of W. Hoeffding ("Probability inequalities for sums of bounded random
/// variables", 1963, theorem 2) is below 1 in 10,000, the result is that bound: drawn p values cannot
/// be smaller, so that no difference in a family of more than 500 could be significant.
pub fn sign_flip_test(differences: &[f64], seed: u64) -> Option<f64> {
    let sizes: Vec<f64> =
        differences.iter().copied().filter(|&difference| difference != 0.0).collect();
    let total: f64 = sizes.iter().map(|size| size.abs()).sum();
    // Sums that differ only by rounding are ties.
    let observed = sizes.iter().sum::<f64>().abs() - 1e-12 * total;
    let is_as_far = |sum: f64| u32::from(sum.abs() >= observed);
    match sizes.len() {
        0 => None,
        n if n <= MAX_EXACT => {
            // The first keeps its sign: mirror images are as far from 0.
            let assignments = 1u64 << (n - 1);
            let far: u32 =
                (0..assignments).map(|signs| is_as_far(flipped_sum(&sizes, signs << 1))).sum();
            Some(f64::from(far) / assignments as f64)
        }
        n if n <= MAX_PAIRS => {
            let squares: f64 = sizes.iter().map(|size| size * size).sum();
            let bound = 2.0 * libm::exp(-observed.max(0.0) * observed.max(0.0) / (2.0 * squares));
            if bound < 1.0 / f64::from(DRAWS + 1) {
                return Some(bound);
            }
            let mut rng = stream(seed, "flips", 0);
            let mut far = 1;
            for _ in 0..DRAWS {
                let parts = sizes.chunks(64);
                far += is_as_far(parts.map(|part| flipped_sum(part, rng.next_u64())).sum());
            }
            Some(f64::from(far) / f64::from(DRAWS + 1))
        }
        _ => None,
    }
}

/// The sum of values, negated where the bit of `signs` is set.
fn flipped_sum(sizes: &[f64], signs: u64) -> f64 {
    let flipped =
        |(bit, &size): (usize, &f64)| f64::from_bits(size.to_bits() ^ ((signs >> bit & 1) << 63));
    sizes.iter().enumerate().map(flipped).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only two assignments of signs to equal differences are as far from 0.
    #[test]
    fn a_clear_difference_needs_no_draws() {
        for n in [20, 40, 1000] {
            let p = sign_flip_test(&vec![1.0; n], 1).unwrap();
            assert!(p >= libm::exp2(1.0 - n as f64) && p < 1e-4, "{n}: {p}");
        }
    }
}
