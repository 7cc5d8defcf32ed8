//! Whether a mean difference could be chance, had each pair been the other way round.

use rand::RngCore;

use crate::rng::stream;

/// Up to so many differences all ways are tried, which takes no longer than to draw of more.
const MAX_EXACT: usize = 15;

/// Ways that are drawn: a p value of 5 % is known to 0.2 points (one standard error).
const DRAWN: u32 = 9_999;

/// Above so many differences it is Student's t and takes less.
const MAX_PAIRS: usize = 1_000;

/// The two-sided p value of the mean of differences under flips of their signs: the share of all
/// ways to swap the two of each pair that give a mean as far from 0. None if all are 0, or more
/// than 1,000 are not.
///
/// R. Fisher, The Design of Experiments (1935), section 21. It is exact whatever the values are, if
/// the two of a pair are exchangeable; and as good as Student's t, in the long run, if only their
/// means are the same (A. DiCiccio and J. Romano, "Robust permutation tests", 2017). `n` differences
/// are never worse than chance at 2 to the 1-n, equal ones too. All ways of up to 15 differences; of more,
/// 9,999 from the seed, and the way it is (B. Phipson and G. Smyth, "Permutation p-values should
/// never be zero", 2010). Of those none need be drawn if fewer than one in 10,000 is as far by the
/// bound of W. Hoeffding ("Probability inequalities for sums of bounded random variables", 1963,
/// theorem 2): then that is given, or in a family of more than 500 nothing could ever be told.
pub fn sign_flip_test(differences: &[f64], seed: u64) -> Option<f64> {
    let sizes: Vec<f64> = differences.iter().copied().filter(|&off| off != 0.0).collect();
    let total: f64 = sizes.iter().map(|size| size.abs()).sum();
    // A tie is one in spite of rounding.
    let own = sizes.iter().sum::<f64>().abs() - 1e-12 * total;
    let is_as_far = |sum: f64| u32::from(sum.abs() >= own);
    match sizes.len() {
        0 => None,
        n if n <= MAX_EXACT => {
            // The first keeps its sign: the mirror images are as far.
            let ways = 1u64 << (n - 1);
            let far: u32 = (0..ways).map(|way| is_as_far(flipped(&sizes, way << 1))).sum();
            Some(f64::from(far) / ways as f64)
        }
        n if n <= MAX_PAIRS => {
            let squares: f64 = sizes.iter().map(|size| size * size).sum();
            let bound = 2.0 * libm::exp(-own.max(0.0) * own.max(0.0) / (2.0 * squares));
            if bound < 1.0 / f64::from(DRAWN + 1) {
                return Some(bound);
            }
            let mut rng = stream(seed, "flips", 0);
            let mut far = 1;
            for _ in 0..DRAWN {
                let parts = sizes.chunks(64);
                far += is_as_far(parts.map(|part| flipped(part, rng.next_u64())).sum());
            }
            Some(f64::from(far) / f64::from(DRAWN + 1))
        }
        _ => None,
    }
}

/// The sum, those turned round whose bit is set.
fn flipped(sizes: &[f64], way: u64) -> f64 {
    let turned =
        |(place, &size): (usize, &f64)| f64::from_bits(size.to_bits() ^ ((way >> place & 1) << 63));
    sizes.iter().enumerate().map(turned).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Equal differences are all as far only as they are, or all turned round.
    #[test]
    fn what_is_plain_is_no_less_likely_than_it_is_and_needs_no_draws() {
        for n in [20, 40, 1000] {
            let p = sign_flip_test(&vec![1.0; n], 1).unwrap();
            assert!(p >= libm::exp2(1.0 - n as f64) && p < 1e-4, "{n}: {p}");
        }
    }
}
