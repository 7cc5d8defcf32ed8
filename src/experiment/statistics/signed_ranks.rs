//! The signed-rank test of differences.

use super::special::normal_cdf;

/// Up to this many differences without ties, the distribution is exact.
const MAX_EXACT: usize = 25;

/// The two-sided p value of the signed-rank test. The null hypothesis is that the differences are
/// symmetric about 0. None if all are 0.
///
/// F. Wilcoxon, "Individual comparisons by ranking methods" (1945); differences of 0 are left out. Exact for
/// up to 25 differences without ties; otherwise normal, with the variance corrected for ties and a
/// continuity correction of half a rank (M. Hollander and D. Wolfe, Nonparametric Statistical Methods,
/// 1999, section 3.1).
pub fn signed_rank_test(differences: &[f64]) -> Option<f64> {
    let mut sizes: Vec<(f64, bool)> = differences
        .iter()
        .filter(|&&difference| difference != 0.0)
        .map(|&difference| (difference.abs(), difference > 0.0))
        .collect();
    sizes.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let (mut above, mut ties, mut before) = (0.0, 0.0, 0);
    // Values that differ only by rounding are ties.
    for tied in sizes.chunk_by(|(a, _), (b, _)| b - a <= 1e-12 * b) {
        let count = tied.len() as f64;
        let rank = before as f64 + (count + 1.0) / 2.0;
        above += rank * tied.iter().filter(|(_, is_above)| *is_above).count() as f64;
        ties += count * count * count - count;
        before += tied.len();
    }
    let n = sizes.len() as f64;
    let middle = n * (n + 1.0) / 4.0;
    match sizes.len() {
        0 => None,
        count if count <= MAX_EXACT && ties == 0.0 => {
            Some(exact_p(count, above.min(2.0 * middle - above) as usize))
        }
        _ => {
            let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
            let deviation = ((above - middle).abs() - 0.5).max(0.0);
            Some((2.0 * normal_cdf(-deviation / variance.sqrt())).min(1.0))
        }
    }
}

/// The exact two-sided p value: twice the share of all assignments of signs to the ranks 1 to `n` in which
/// the sum of the positive ranks is at most `lesser`.
fn exact_p(n: usize, lesser: usize) -> f64 {
    let mut assignments = vec![0u64; lesser + 1];
    assignments[0] = 1;
    for rank in 1..=n {
        for sum in (rank..=lesser).rev() {
            assignments[sum] += assignments[sum - rank];
        }
    }
    let tail: u64 = assignments.iter().sum();
    (2.0 * tail as f64 / (1u64 << n) as f64).min(1.0)
}
