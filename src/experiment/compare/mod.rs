//! Choices side by side: what each costs and brings, how it differs from the first, and which of them
//! nobody need take.
//!
//! All choices run from the same seeds, so they are compared in pairs. Common to the runs of a seed are
//! the items, the faults (those of the nemesis too), the clocks, and the states of links that lose in
//! bursts. Loss, jitter and copies are common to messages that are sent over the same link at the same
//! instant, as the same one there ([`crate::rng::CounterRng`]); what is sent at another instant is drawn
//! independently: retries after 1 s and after 900 ms have nothing in common. The random choices of a
//! node, such as its partners in gossip, are common as long as it has drawn as often. What all of this
//! comes to is measured: [`Difference::correlation`]. Words are of [`crate::experiment::statistics::judge`]. Two families are held
//! to their errors, each by itself: the differences to the first, and, for dominance, those of all
//! pairs.
//!
//! A time that is a mean over the items that reached all (or half, or anybody) compares nothing where
//! not the same items did: the faster may have lost the slow ones. So no word is said of it if the
//! column that counts them ([`MetricInfo::counted_by`]) differs in any pair of runs, nor of a metric that only one of two runs has a value of. A floor that is a share
//! is a share of the mean of the pair's first.

mod pareto;
mod samples;

use serde::Serialize;

pub use pareto::{ParetoFront, is_told};
pub use samples::Samples;

use crate::experiment::statistics::{
    Aim, Bootstrap, Difference, Hypothesis, Interval, Judgement, LEVEL, Moments, Precision,
    Statistic, bca, judge,
};
use crate::metrics::{Direction, METRICS, MetricInfo};

/// A metric to compare by, and what difference would matter.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its place among the columns.
    pub place: usize,
    /// Differences up to this are none: a share of the first's mean, or in the metric's unit.
    pub floor: Option<Precision>,
}

impl Metric {
    /// Its column.
    pub fn column(&self) -> &'static MetricInfo {
        &METRICS[self.place]
    }

    fn aim(&self) -> Option<Aim> {
        match self.column().better {
            Direction::Less => Some(Aim::Less),
            Direction::More => Some(Aim::More),
            Direction::Neither => None,
        }
    }
}

/// What the runs of a choice gave, in the order of their seeds.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// What was chosen, in words.
    pub name: String,
    /// By metric: a value for each run, if it has one.
    pub values: Vec<Vec<Option<f64>>>,
    /// By metric: for each run the value of the column that counts what it is a mean over
    /// ([`MetricInfo::counted_by`]); empty where there is no such column.
    pub counts: Vec<Vec<Option<f64>>>,
}

/// How means get their intervals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Student's t; of what is 0 or 1, Wilson's.
    #[default]
    Student,
    /// The bootstrap, bias-corrected and accelerated.
    Bca,
}

/// A mean and what is known of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// Runs that have a value.
    pub n: u64,
    /// Their mean.
    pub mean: Option<f64>,
    /// Their standard deviation.
    pub sd: Option<f64>,
    /// The 95 % interval of the mean.
    pub ci95: Option<Interval>,
}

/// What one choice is beside another by a metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairedDifference {
    /// The difference of runs of the same seed.
    #[serde(flatten)]
    pub difference: Difference,
    /// What is to be thought of it; nothing where nothing can be.
    pub judgement: Option<Judgement>,
    /// Why nothing can be.
    pub withheld: Option<NotComparable>,
}

/// Why no word is said of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotComparable {
    /// The two runs of some pairs are means over different numbers of items.
    CountDiffers {
        /// The column that counts them.
        column: &'static str,
        /// The number of pairs in which it differs.
        runs: u64,
    },
    /// In so many pairs only one of the runs has a value.
    ValuesMissing(u64),
    /// It is neither good nor bad.
    NoAim,
}

/// Choices by metrics.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// By choice, by metric.
    pub estimates: Vec<Vec<Estimate>>,
    /// By choice but the first, by metric: measured by the first.
    pub contrasts: Vec<Vec<PairedDifference>>,
    /// Which choices are dominated; nothing where they are too many to compare each with each.
    pub front: Option<ParetoFront>,
}

impl Comparison {
    /// Compares choices, the first of which is what the others are measured by. The seed is for what
    /// is drawn by the bootstrap and by tests.
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
        Self { n, mean, sd, ci95 }
    }
}

/// The 95 % interval of the mean difference of runs of the same seed, by the bootstrap.
fn bca_of_pairs(first: &Sample, other: &Sample, metric: usize, seed: u64) -> Option<Interval> {
    let pairs = first.values[metric].iter().zip(&other.values[metric]);
    let differences: Vec<f64> = pairs.filter_map(|(one, two)| Some((*two)? - (*one)?)).collect();
    bca(&differences, Statistic::Mean, LEVEL, Bootstrap { seed, ..Bootstrap::default() })
}

/// The 95 % interval of a metric's mean: Student's, and Wilson's of what is 0 or 1 in each run.
pub fn interval(column: &MetricInfo, values: &Moments) -> Option<Interval> {
    if !column.is_binary() {
        return values.interval(LEVEL);
    }
    let ones = (values.mean()? * values.n() as f64).round() as u64;
    Interval::wilson(ones, values.n(), LEVEL)
}

/// The differences of pairs (first, other) by metric, judged as one family.
fn contrast(
    samples: &[Sample],
    metrics: &[Metric],
    pairs: &[(usize, usize)],
    seed: u64,
) -> Vec<Vec<PairedDifference>> {
    let difference = |first: &Sample, other: &Sample, metric: usize| {
        let pairs = first.values[metric].iter().zip(&other.values[metric]);
        Difference::from_pairs(pairs.map(|(&first, &other)| (first, other)), seed)
    };
    let mut contrasts: Vec<Vec<PairedDifference>> = pairs
        .iter()
        .map(|&(first, other)| {
            let (first, other) = (&samples[first], &samples[other]);
            let one = |(number, metric): (usize, &Metric)| {
                let difference = difference(first, other, number);
                let withheld = withheld((number, metric), first, other, &difference);
                PairedDifference { difference, judgement: None, withheld }
            };
            metrics.iter().enumerate().map(one).collect()
        })
        .collect();
    let mut claims = Vec::new();
    let mut places = Vec::new();
    for (row, by_metric) in contrasts.iter().enumerate() {
        for (column, (contrast, metric)) in by_metric.iter().zip(metrics).enumerate() {
            let Some(aim) = metric.aim().filter(|_| contrast.withheld.is_none()) else { continue };
            let mean = contrast.difference.first.unwrap_or_default();
            let floor = metric.floor.map_or(0.0, |floor| floor.half(mean));
            claims.push(Hypothesis { difference: &contrast.difference, floor, aim });
            places.push((row, column));
        }
    }
    let judgements = judge(&claims);
    for ((row, column), judgement) in places.into_iter().zip(judgements) {
        contrasts[row][column].judgement = Some(judgement);
    }
    contrasts
}

fn withheld(
    (place, metric): (usize, &Metric),
    first: &Sample,
    other: &Sample,
    difference: &Difference,
) -> Option<NotComparable> {
    if metric.aim().is_none() {
        return Some(NotComparable::NoAim);
    }
    if let Some(column) = metric.column().counted_by {
        let pairs = first.counts[place].iter().zip(&other.counts[place]);
        match pairs.filter(|(first, other)| first != other).count() as u64 {
            0 => {}
            runs => return Some(NotComparable::CountDiffers { column, runs }),
        }
    }
    match difference.first_only + difference.other_only {
        0 => None,
        runs => Some(NotComparable::ValuesMissing(runs)),
    }
}
