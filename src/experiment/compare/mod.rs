//! Comparison of choices: the metrics of each, its differences from the first, and which are dominated.
//!
//! All choices run from the same seeds and are compared in pairs, with common random numbers. The runs of
//! a seed have the same items, faults (those of the nemesis included), clocks, and states of links with
//! burst loss. Messages sent over the same link at the same instant, at the same position, have the same
//! loss, jitter and copies ([`crate::rng::CounterRng`]); those sent at other instants are independent:
//! retransmissions after 1 s and after 900 ms have nothing in common. The random choices of a node, such as
//! gossip partners, are the same as long as the node has made as many draws. The effect of pairing is
//! measured by [`crate::experiment::statistics::Difference::correlation`]. Verdicts are those of
//! [`crate::experiment::statistics::judge`], with a bound on the errors of each of two families: the
//! differences from the first choice, and, for dominance, those of all pairs.
//!
//! A mean over the items that reached all zones (or half, or any) cannot be compared where the items
//! differ: the faster choice may have lost the slow ones. Such a metric has no verdict if the metric that
//! counts the items ([`MetricInfo::population`]) differs in any pair of runs, and no metric has one if only
//! one run of a pair has a value. A relative minimum effect refers to the mean of the first of the pair.

mod metric;
mod paired_difference;
mod pareto;
mod sample;
mod samples;

use serde::Serialize;

pub use metric::Metric;
pub use paired_difference::{NotComparable, PairedDifference};
pub use pareto::{ParetoFront, is_told};
pub use sample::Sample;
pub use samples::Samples;

use self::paired_difference::contrast;
use crate::experiment::statistics::{Bootstrap, Interval, LEVEL, Moments, Statistic, Summary, bca};
use crate::metrics::MetricInfo;

/// The method for intervals of means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Student's interval. Of metrics that are 0 or 1, Wilson's, and Tango's of their differences.
    #[default]
    Student,
    /// The bias-corrected and accelerated bootstrap.
    Bca,
}

/// The estimate of a mean.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// The number of runs with a value.
    pub n: u64,
    /// The mean of these runs.
    pub mean: Option<f64>,
    /// The standard deviation of these runs.
    pub sd: Option<f64>,
    /// The 95 % interval of the mean.
    pub ci95: Option<Interval>,
    /// The 10 % quantile of these runs.
    pub p10: Option<f64>,
    /// Their median.
    pub p50: Option<f64>,
    /// The 90 % quantile.
    pub p90: Option<f64>,
    /// Why the mean says little. None if it does not mislead.
    pub misleading: Option<Misleading>,
}

/// Why a mean says little about the values of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Misleading {
    /// Some runs have a value and others none.
    ValuesMissing,
    /// The mean and the median are more than [`MAX_SKEWNESS`] standard deviations apart.
    Skewed,
}

/// The largest distance of mean and median at which a mean stands for the values, in standard
/// deviations. It is at most 1 for any values (H. Hotelling and L. Solomons, "The limits of a measure
/// of skewness", 1932), .31 for exponential ones, and 0 for symmetric ones, of which 100 have .25 in one
/// of a thousand samples. A guess.
pub const MAX_SKEWNESS: f64 = 0.25;

impl Misleading {
    /// Judges the mean of `runs` runs. Values that are 0 or 1 have their share as their mean.
    fn judge(column: &MetricInfo, summary: &Summary, runs: usize) -> Option<Self> {
        let (mean, sd, median) = (summary.mean?, summary.sd.unwrap_or(0.0), summary.p50?);
        match () {
            () if column.is_binary() => None,
            () if (summary.n as usize) < runs => Some(Self::ValuesMissing),
            () if (mean - median).abs() > MAX_SKEWNESS * sd => Some(Self::Skewed),
            () => None,
        }
    }

    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::ValuesMissing => "values are missing in some runs",
            Self::Skewed => "the values are skewed",
        }
    }
}

/// A comparison of choices by metrics.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// By choice, by metric.
    pub estimates: Vec<Vec<Estimate>>,
    /// By choice from the second on, by metric: the difference from the first choice.
    pub contrasts: Vec<Vec<PairedDifference>>,
    /// Which choices are dominated. None if there are too many choices to compare all pairs.
    pub front: Option<ParetoFront>,
}

impl Comparison {
    /// Compares choices with the first. The seed is that of the draws of the bootstrap and of the
    /// sign-flip test.
    pub fn new(samples: &[Sample], metrics: &[Metric], method: Method, seed: u64) -> Self {
        let estimate = |sample: &Sample| {
            let by_metric = metrics.iter().zip(&sample.values);
            by_metric.map(|(metric, values)| Estimate::of(metric, values, method, seed)).collect()
        };
        let estimates: Vec<Vec<Estimate>> = samples.iter().map(estimate).collect();
        let pairs: Vec<_> = (1..samples.len()).map(|other| (0, other)).collect();
        let mut contrasts = contrast(samples, metrics, &pairs, seed);
        if method == Method::Bca {
            for (other, row) in samples.iter().skip(1).zip(&mut contrasts) {
                for (metric, contrast) in row.iter_mut().enumerate() {
                    contrast.difference.ci95 = bca_of_pairs(&samples[0], other, metric, seed);
                }
            }
        }
        let front = ParetoFront::new(samples, metrics, seed);
        Self { estimates, contrasts, front }
    }
}

impl Estimate {
    fn of(metric: &Metric, values: &[Option<f64>], method: Method, seed: u64) -> Self {
        let moments: Moments = values.iter().copied().flatten().collect();
        let (n, mean, sd) = (moments.n(), moments.mean(), moments.sd());
        let ci95 = match method {
            Method::Student => interval(metric.column(), &moments),
            Method::Bca => {
                let values: Vec<_> = values.iter().copied().flatten().collect();
                bca(&values, Statistic::Mean, LEVEL, Bootstrap { seed, ..Bootstrap::default() })
            }
        };
        let summary = Summary::new(values.iter().copied().flatten());
        let misleading = Misleading::judge(metric.column(), &summary, values.len());
        let Summary { p10, p50, p90, .. } = summary;
        Self { n, mean, sd, ci95, p10, p50, p90, misleading }
    }
}

/// The 95 % bootstrap interval of the mean paired difference.
fn bca_of_pairs(first: &Sample, other: &Sample, metric: usize, seed: u64) -> Option<Interval> {
    let pairs = first.values[metric].iter().zip(&other.values[metric]);
    let differences: Vec<f64> = pairs.filter_map(|(one, two)| Some((*two)? - (*one)?)).collect();
    bca(&differences, Statistic::Mean, LEVEL, Bootstrap { seed, ..Bootstrap::default() })
}

/// The 95 % interval of a metric's mean: Student's, or Wilson's for a metric that is 0 or 1 in each run.
pub fn interval(column: &MetricInfo, values: &Moments) -> Option<Interval> {
    if !column.is_binary() {
        return values.interval(LEVEL);
    }
    let ones = (values.mean()? * values.n() as f64).round() as u64;
    Interval::wilson(ones, values.n(), LEVEL)
}
