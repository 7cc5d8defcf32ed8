//! Dominance (V. Pareto, Manuale di economia politica, 1906): who need not be taken, because another
//! is as good by every metric and better by one.

use super::{Metric, Sample, contrast};
use crate::experiment::statistics::Conclusion;

/// More choices are not compared each with each other. A guess: nobody reads as many.
const MAX_CHOICES: usize = 200;

/// Whether so many choices are compared each with each other; of more, nobody is known to be dominated.
pub fn is_told(choices: usize) -> bool {
    choices <= MAX_CHOICES
}

/// Which choices are dominated, and by which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParetoFront {
    /// By choice: the first on the front that dominates it.
    pub dominated_by: Vec<Option<usize>>,
}

impl ParetoFront {
    /// Finds out who dominates whom: better by a metric, and no difference beyond the floor, or
    /// better, by all others; in words that hold for all pairs together. Differences within a floor
    /// add up, so that this may go round in a circle: what dominates by way of others dominates, and
    /// nobody dominates who is dominated back.
    pub(super) fn new(samples: &[Sample], metrics: &[Metric], seed: u64) -> Option<Self> {
        if !is_told(samples.len()) {
            return None;
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
            let all = |good: Conclusion| {
                let fine =
                    |finding: &Conclusion| *finding == good || *finding == Conclusion::NoDifference;
                findings.iter().all(fine) && findings.contains(&good)
            };
            dominates[other][first] = all(Conclusion::Better);
            dominates[first][other] = all(Conclusion::Worse);
        }
        Some(Self::of(dominates))
    }

    /// The front of a relation: `dominates[a][b]` where a dominates b.
    fn of(mut dominates: Vec<Vec<bool>>) -> Self {
        let count = dominates.len();
        // S. Warshall, "A theorem on Boolean matrices" (1962).
        for way in 0..count {
            let onward = dominates[way].clone();
            for row in dominates.iter_mut().filter(|row| row[way]) {
                row.iter_mut().zip(&onward).for_each(|(reached, more)| *reached |= more);
            }
        }
        let beats = |a: usize, b: usize| dominates[a][b] && !dominates[b][a];
        let is_left = |choice: usize| (0..count).all(|other| !beats(other, choice));
        let left: Vec<usize> = (0..count).filter(|&choice| is_left(choice)).collect();
        let by = |choice| left.iter().copied().find(|&other| beats(other, choice));
        Self { dominated_by: (0..count).map(by).collect() }
    }

    /// The choices that nobody dominates, in order.
    pub fn left(&self) -> impl Iterator<Item = usize> {
        self.dominated_by.iter().enumerate().filter(|(_, by)| by.is_none()).map(|(place, _)| place)
    }
}

fn having_aim(samples: &[Sample], metrics: &[Metric]) -> (Vec<Sample>, Vec<Metric>) {
    let wanted: Vec<bool> = metrics.iter().map(|metric| metric.aim().is_some()).collect();
    let keep = |sample: &Sample| {
        let wanted = |all: &[Vec<Option<f64>>]| {
            let kept = all.iter().zip(&wanted).filter(|(_, wanted)| **wanted);
            kept.map(|(values, _)| values.clone()).collect()
        };
        Sample {
            name: sample.name.clone(),
            values: wanted(&sample.values),
            counts: wanted(&sample.counts),
        }
    };
    let kept = metrics.iter().zip(&wanted).filter(|(_, wanted)| **wanted);
    (samples.iter().map(keep).collect(), kept.map(|(metric, _)| *metric).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front(count: usize, pairs: &[(usize, usize)]) -> Vec<Option<usize>> {
        let mut dominates = vec![vec![false; count]; count];
        pairs.iter().for_each(|&(a, b)| dominates[a][b] = true);
        ParetoFront::of(dominates).dominated_by
    }

    #[test]
    fn who_dominates_is_on_the_front() {
        assert_eq!(front(3, &[]), [None; 3]);
        assert_eq!(front(3, &[(0, 1), (1, 2), (0, 2)]), [None, Some(0), Some(0)]);
        // By way of another, though the two themselves were not told apart.
        assert_eq!(front(3, &[(2, 1), (1, 0)]), [Some(2), Some(2), None]);
    }

    #[test]
    fn a_circle_leaves_all_of_it_on_the_front() {
        assert_eq!(front(4, &[(0, 1), (1, 2), (2, 0), (1, 3)]), [None, None, None, Some(0)]);
    }
}
