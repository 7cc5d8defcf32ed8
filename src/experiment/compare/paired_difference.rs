//! Differences of choices in pairs of runs, with verdicts.

use serde::Serialize;

use super::metric::Metric;
use super::sample::Sample;
use crate::experiment::statistics::{Difference, Hypothesis, Judgement, judge};
use crate::metrics::MetricId;

/// The difference of one choice from another in a metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairedDifference {
    /// The difference of runs of the same seed.
    #[serde(flatten)]
    pub difference: Difference,
    /// The verdict. None if the two are not comparable.
    pub judgement: Option<Judgement>,
    /// Why the two are not comparable.
    pub withheld: Option<NotComparable>,
}

/// Why two choices are not comparable in a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotComparable {
    /// The two values of some pairs are means over different numbers of items.
    CountDiffers {
        /// The metric that counts the items.
        column: MetricId,
        /// The number of pairs in which the count differs.
        runs: u64,
    },
    /// Only one run has a value, in this number of pairs.
    ValuesMissing(u64),
    /// The metric has no direction: neither more nor less is better.
    NoAim,
}

/// The differences of pairs of choices (first, other) by metric, judged as one family.
pub(super) fn contrast(
    samples: &[Sample],
    metrics: &[Metric],
    pairs: &[(usize, usize)],
    seed: u64,
) -> Vec<Vec<PairedDifference>> {
    let difference = |first: &Sample, other: &Sample, metric: usize| {
        let pairs = first.values[metric].iter().zip(&other.values[metric]);
        let pairs = pairs.map(|(&first, &other)| (first, other));
        match metrics[metric].column().is_binary() {
            true => Difference::from_binary_pairs(pairs, seed),
            false => Difference::from_pairs(pairs, seed),
        }
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
    let mut hypotheses = Vec::new();
    let mut positions = Vec::new();
    for (row, by_metric) in contrasts.iter().enumerate() {
        for (column, (contrast, metric)) in by_metric.iter().zip(metrics).enumerate() {
            let Some(aim) = metric.aim().filter(|_| contrast.withheld.is_none()) else { continue };
            let mean = contrast.difference.first.unwrap_or_default();
            let min_effect = metric.min_effect.map_or(0.0, |effect| effect.half(mean));
            hypotheses.push(Hypothesis { difference: &contrast.difference, min_effect, aim });
            positions.push((row, column));
        }
    }
    let judgements = judge(&hypotheses);
    for ((row, column), judgement) in positions.into_iter().zip(judgements) {
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
    if let Some(column) = metric.column().population.counted_by() {
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
