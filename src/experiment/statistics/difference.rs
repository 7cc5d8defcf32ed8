//! Two sorts of runs, paired by seed.

use serde::Serialize;

use super::special::student_beyond;
use super::{Interval, LEVEL, Moments, sign_flip_test, signed_rank_test};

/// By how much the other is above the first, over the pairs in which both have a value.
///
/// Runs of one seed meet the same network, so what is chance in both falls out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// Pairs in which both have a value.
    pub n: u64,
    /// Of them, those in which the two differ.
    pub differing: u64,
    /// Pairs in which only the first has one: if there are some, what is compared is what is left.
    pub first_only: u64,
    /// Pairs in which only the other has one.
    pub other_only: u64,
    /// The mean of the first, over the pairs in which both have a value.
    pub first: Option<f64>,
    /// That of the other.
    pub other: Option<f64>,
    /// The mean difference, the other less the first.
    pub mean: Option<f64>,
    /// The standard deviation of the difference, with n-1.
    pub sd: Option<f64>,
    /// The 95 % interval of the mean difference: Student's, unless the caller puts another there.
    pub ci95: Option<Interval>,
    /// Pearson's correlation of the two, over the pairs in which both have a value: what pairing
    /// achieved. At 1 what is chance in both falls out of the difference; at 0 pairs are no better
    /// than independent runs. None of fewer than three pairs, or where either does not vary.
    pub correlation: Option<f64>,
    /// Two-sided p value by Student's t: that the mean difference is 0. Exact for normal
    /// differences.
    pub p_student: Option<f64>,
    /// The same under flips of signs ([`sign_flip_test`]): exact for whatever is exchangeable.
    pub p_flips: Option<f64>,
    /// That of the signed-rank test ([`signed_rank_test`]): that differences lean to neither side.
    pub p_ranks: Option<f64>,
}

impl Difference {
    /// What pairs of (first, other) show. The seed is for flips that are drawn.
    pub fn of(pairs: impl IntoIterator<Item = (Option<f64>, Option<f64>)>, seed: u64) -> Self {
        let mut found = Self::default();
        let mut both = Vec::new();
        for pair in pairs {
            match pair {
                (Some(one), Some(two)) => both.push((one, two)),
                (Some(_), None) => found.first_only += 1,
                (None, Some(_)) => found.other_only += 1,
                (None, None) => {}
            }
        }
        let first: Moments = both.iter().map(|(first, _)| *first).collect();
        let other: Moments = both.iter().map(|(_, other)| *other).collect();
        let differences: Vec<f64> = both.iter().map(|(first, other)| other - first).collect();
        let moments: Moments = differences.iter().copied().collect();
        found.correlation = correlation(&both, &first, &other);
        found.n = moments.n();
        found.differing = differences.iter().filter(|&&off| off != 0.0).count() as u64;
        (found.first, found.other) = (first.mean(), other.mean());
        (found.mean, found.sd) = (moments.mean(), moments.sd());
        found.ci95 = moments.interval(LEVEL);
        if let (Some(mean), Some(sd)) = (found.mean, found.sd) {
            found.p_student = Some(student(found.n, mean, sd));
            found.p_flips = sign_flip_test(&differences, seed);
            found.p_ranks = signed_rank_test(&differences);
        }
        found
    }

    /// The p value that decides: that of the flips, but Student's where there are too many
    /// differences to need them, or none.
    pub fn p(&self) -> Option<f64> {
        self.p_flips.or(self.p_student)
    }

    /// The p value that the mean difference is as far from 0 as `floor` or farther: the larger of the
    /// two one-sided tests (D. Schuirmann, "A comparison of the two one-sided tests procedure",
    /// 1987), by Student's t. It is below 5 % where the 90 % interval is within the floor.
    pub fn p_within(&self, floor: f64) -> Option<f64> {
        let (mean, sd) = (self.mean?.abs(), self.sd?);
        if sd == 0.0 {
            return Some(if mean <= floor { 0.0 } else { 1.0 });
        }
        // The nearer bound has the larger p value.
        let t = (floor - mean) / sd * (self.n as f64).sqrt();
        let beyond = student_beyond(t, (self.n - 1) as f64) / 2.0;
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

/// That the mean of two differences or more is 0.
fn student(n: u64, mean: f64, sd: f64) -> f64 {
    match (mean == 0.0, sd == 0.0) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => student_beyond(mean / sd * (n as f64).sqrt(), (n - 1) as f64),
    }
}
