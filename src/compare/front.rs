//! Dominance (V. Pareto, Manuale di economia politica, 1906): who need not be taken, because another
//! is as good by every metric and better by one.

use super::{Metric, Sample, contrast};
use crate::statistics::Finding;

/// More choices are not compared each with each other. A guess: nobody reads as many.
const MOST: usize = 200;

/// Whether so many choices are compared each with each other; of more, nobody is known to be dominated.
pub fn is_told(choices: usize) -> bool {
    choices <= MOST
}

/// Which choices are dominated, and by which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Front {
    /// By choice: the first that dominates it.
    pub dominated_by: Vec<Option<usize>>,
}

impl Front {
    /// Finds out who dominates whom: better by a metric, and no difference beyond the floor, or
    /// better, by all others; in words that hold for all pairs together.
    pub(super) fn new(samples: &[Sample], metrics: &[Metric], seed: u64) -> Self {
        let mut front = Self { dominated_by: vec![None; samples.len()] };
        if !is_told(samples.len()) {
            return front;
        }
        let others = |first| (first + 1..samples.len()).map(move |other| (first, other));
        let pairs: Vec<_> = (0..samples.len()).flat_map(others).collect();
        // Metrics that are neither good nor bad have no say.
        let (having, metrics) = having_aim(samples, metrics);
        let contrasts = contrast(&having, &metrics, &pairs, seed);
        let mut dominates = vec![vec![false; samples.len()]; samples.len()];
        for (&(first, other), by_metric) in pairs.iter().zip(&contrasts) {
            let findings: Option<Vec<_>> = by_metric
                .iter()
                .map(|contrast| contrast.judgement.map(|judgement| judgement.finding))
                .collect();
            let Some(findings) = findings else { continue };
            let all = |good: Finding| {
                let fine =
                    |finding: &Finding| *finding == good || *finding == Finding::NoDifference;
                findings.iter().all(fine) && findings.contains(&good)
            };
            dominates[other][first] = all(Finding::Better);
            dominates[first][other] = all(Finding::Worse);
        }
        for (choice, by) in front.dominated_by.iter_mut().enumerate() {
            *by = (0..samples.len()).find(|&other| dominates[other][choice]);
        }
        front
    }

    /// The choices that nobody dominates, in order.
    pub fn left(&self) -> impl Iterator<Item = usize> {
        self.dominated_by.iter().enumerate().filter(|(_, by)| by.is_none()).map(|(place, _)| place)
    }
}

fn having_aim(samples: &[Sample], metrics: &[Metric]) -> (Vec<Sample>, Vec<Metric>) {
    let wanted: Vec<bool> = metrics.iter().map(|metric| metric.aim().is_some()).collect();
    let keep = |sample: &Sample| {
        let values = sample.values.iter().zip(&wanted);
        let values = values.filter(|(_, wanted)| **wanted).map(|(values, _)| values.clone());
        Sample { values: values.collect(), ..sample.clone() }
    };
    let kept = metrics.iter().zip(&wanted).filter(|(_, wanted)| **wanted);
    (samples.iter().map(keep).collect(), kept.map(|(metric, _)| *metric).collect())
}
