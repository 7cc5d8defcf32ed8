//! Differences between two choices, paired by seed.

use serde::Serialize;

use super::special::student_two_sided;
use super::{BinaryPairs, Interval, LEVEL, Moments, sign_flip_test, signed_rank_test};

/// The difference of the other from the first, over the pairs in which both have a value.
///
/// Runs from one seed have common random numbers, so that variation common to both cancels.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// Pairs in which both have a value.
    pub n: u64,
    /// Pairs among them in which the two differ.
    pub differing: u64,
    /// Pairs in which only the first has a value. They are not compared.
    pub first_only: u64,
    /// Pairs in which only the other has a value. They are not compared.
    pub other_only: u64,
    /// The mean of the first.
    pub first: Option<f64>,
    /// The mean of the other.
    pub other: Option<f64>,
    /// The mean difference, the other less the first.
    pub mean: Option<f64>,
    /// The standard deviation of the difference, with n-1 in the denominator.
    pub sd: Option<f64>,
    /// The 95 % interval of the mean difference: Student's, or Tango's of values that are 0 or 1
    /// ([`BinaryPairs::interval`]), unless the caller replaces it.
    pub ci95: Option<Interval>,
    /// Pearson's correlation of the two, the effect of pairing. At 1 all common variation cancels in
    /// the difference; at 0 pairs are no better than independent runs. None of fewer than three
    /// pairs, or where either does not vary.
    pub correlation: Option<f64>,
    /// The two-sided p value of the mean difference by Student's t. Exact for normal differences.
    pub p_student: Option<f64>,
    /// The same by the sign-flip test ([`sign_flip_test`]). Exact if the two of a pair are
    /// exchangeable.
    pub p_flips: Option<f64>,
    /// The two-sided p value of the signed-rank test ([`signed_rank_test`]).
    pub p_ranks: Option<f64>,
    /// The pairs of values that are 0 or 1. None of other values.
    pub binary: Option<BinaryPairs>,
    /// The two-sided p value of McNemar's test of values that are 0 or 1 ([`BinaryPairs::p`]).
    pub p_mcnemar: Option<f64>,
}

impl Difference {
    /// The difference of pairs (first, other). The seed is that of the sign-flip test.
    pub fn from_pairs(
        pairs: impl IntoIterator<Item = (Option<f64>, Option<f64>)>,
        seed: u64,
    ) -> Self {
        let mut result = Self::default();
        let mut both = Vec::new();
        for pair in pairs {
            match pair {
                (Some(one), Some(two)) => both.push((one, two)),
                (Some(_), None) => result.first_only += 1,
                (None, Some(_)) => result.other_only += 1,
                (None, None) => {}
            }
        }
        let first: Moments = both.iter().map(|(first, _)| *first).collect();
        let other: Moments = both.iter().map(|(_, other)| *other).collect();
        let differences: Vec<f64> = both.iter().map(|(first, other)| other - first).collect();
        let moments: Moments = differences.iter().copied().collect();
        result.correlation = correlation(&both, &first, &other);
        result.n = moments.n();
        result.differing =
            differences.iter().filter(|&&difference| difference != 0.0).count() as u64;
        (result.first, result.other) = (first.mean(), other.mean());
        (result.mean, result.sd) = (moments.mean(), moments.sd());
        result.ci95 = moments.interval(LEVEL);
        if let (Some(mean), Some(sd)) = (result.mean, result.sd) {
            result.p_student = Some(student_p(result.n, mean, sd));
            result.p_flips = sign_flip_test(&differences, seed);
            result.p_ranks = signed_rank_test(&differences);
        }
        result
    }

    /// The difference of pairs (first, other) of values that are 0 or 1. The seed is that of the
    /// sign-flip test.
    pub fn from_binary_pairs(
        pairs: impl IntoIterator<Item = (Option<f64>, Option<f64>)>,
        seed: u64,
    ) -> Self {
        let mut binary = BinaryPairs::default();
        let counted = pairs.into_iter().inspect(|pair| {
            let (Some(first), Some(other)) = pair else { return };
            binary.pairs += 1;
            binary.gained += u64::from(first < other);
            binary.lost += u64::from(other < first);
        });
        let mut result = Self::from_pairs(counted, seed);
        result.p_mcnemar = (binary.pairs > 1).then(|| binary.p());
        result.ci95 = binary.interval(LEVEL);
        result.binary = Some(binary);
        result
    }

    /// The p value of the verdict: that of McNemar's test of values that are 0 or 1. Of others that of
    /// the sign-flip test, or Student's if there are too many differences for it, or none.
    pub fn p(&self) -> Option<f64> {
        self.p_mcnemar.or(self.p_flips).or(self.p_student)
    }

    /// The p value that the mean difference is as far from 0 as `min_effect` or farther: the larger of the
    /// two one-sided tests (D. Schuirmann, "A comparison of the two one-sided tests procedure",
    /// 1987), by Student's t, or by Tango's score test of values that are 0 or 1. It is below 5 % where
    /// the 90 % interval is within the minimum effect.
    pub fn p_within(&self, min_effect: f64) -> Option<f64> {
        let (mean, sd) = (self.mean?.abs(), self.sd?);
        if let Some(binary) = self.binary {
            return Some(binary.p_within(min_effect));
        }
        if sd == 0.0 {
            return Some(if mean <= min_effect { 0.0 } else { 1.0 });
        }
        // The nearer bound has the larger p value.
        let t = (min_effect - mean) / sd * (self.n as f64).sqrt();
        let beyond = student_two_sided(t, (self.n - 1) as f64) / 2.0;
        Some(if t > 0.0 { beyond } else { 1.0 - beyond })
    }
}

/// Pearson's correlation of pairs with these moments.
fn correlation(pairs: &[(f64, f64)], first: &Moments, other: &Moments) -> Option<f64> {
    let (means, sds) = (first.mean().zip(other.mean())?, first.sd().zip(other.sd())?);
    if pairs.len() < 3 || sds.0 == 0.0 || sds.1 == 0.0 {
        return None;
    }
    let products = pairs.iter().map(|(one, two)| (one - means.0) * (two - means.1));
    let covariance = products.sum::<f64>() / (pairs.len() - 1) as f64;
    Some((covariance / sds.0 / sds.1).clamp(-1.0, 1.0))
}

/// The two-sided p value of the mean of at least two differences.
fn student_p(n: u64, mean: f64, sd: f64) -> f64 {
    match (mean == 0.0, sd == 0.0) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => student_two_sided(mean / sd * (n as f64).sqrt(), (n - 1) as f64),
    }
}
