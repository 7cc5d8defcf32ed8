//! Dominance (V. Pareto, Manuale di economia politica, 1906): a choice is dominated if another is as good
//! in every metric and better in one.

use super::metric::Metric;
use super::paired_difference::contrast;
use super::sample::Sample;
use crate::experiment::statistics::Conclusion;

/// The largest number of choices whose pairs are all compared. A guess: nobody reads more.
const MAX_CHOICES: usize = 200;

/// Whether dominance is computed for this number of choices.
pub fn is_told(choices: usize) -> bool {
    choices <= MAX_CHOICES
}

/// Which choices are dominated, and by which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParetoFront {
    /// By choice: the first choice on the front that dominates it. None for choices on the front.
    pub dominated_by: Vec<Option<usize>>,
}

impl ParetoFront {
    /// Computes the front. A choice dominates another if it is better in one metric, and better or
    /// equivalent in all others, by verdicts of one family of all pairs. Differences within a minimum effect add up,
    /// so that the relation may have cycles: it is closed transitively, and choices that dominate each
    /// other do not count as dominated.
    pub(super) fn new(samples: &[Sample], metrics: &[Metric], seed: u64) -> Option<Self> {
        if !is_told(samples.len()) {
            return None;
        }
        let others = |first| (first + 1..samples.len()).map(move |other| (first, other));
        let pairs: Vec<_> = (0..samples.len()).flat_map(others).collect();
        // Metrics without a direction do not count.
        let (samples_with_aim, metrics) = having_aim(samples, metrics);
        let contrasts = contrast(&samples_with_aim, &metrics, &pairs, seed);
        let mut dominates = vec![vec![false; samples.len()]; samples.len()];
        for (&(first, other), by_metric) in pairs.iter().zip(&contrasts) {
            let findings: Option<Vec<_>> = by_metric
                .iter()
                .map(|contrast| contrast.judgement.map(|judgement| judgement.finding))
                .collect();
            let Some(findings) = findings else { continue };
            let all = |good: Conclusion| {
                let fine =
                    |finding: &Conclusion| *finding == good || *finding == Conclusion::Equivalent;
                findings.iter().all(fine) && findings.contains(&good)
            };
            dominates[other][first] = all(Conclusion::Better);
            dominates[first][other] = all(Conclusion::Worse);
        }
        Some(Self::from_relation(dominates))
    }

    /// The front of a relation: `dominates[a][b]` where a dominates b.
    fn from_relation(mut dominates: Vec<Vec<bool>>) -> Self {
        let count = dominates.len();
        // S. Warshall, "A theorem on Boolean matrices" (1962).
        for middle in 0..count {
            let next = dominates[middle].clone();
            for row in dominates.iter_mut().filter(|row| row[middle]) {
                row.iter_mut().zip(&next).for_each(|(reached, more)| *reached |= more);
            }
        }
        let beats = |a: usize, b: usize| dominates[a][b] && !dominates[b][a];
        let is_on_front = |choice: usize| (0..count).all(|other| !beats(other, choice));
        let front: Vec<usize> = (0..count).filter(|&choice| is_on_front(choice)).collect();
        let by = |choice| front.iter().copied().find(|&other| beats(other, choice));
        Self { dominated_by: (0..count).map(by).collect() }
    }

    /// The choices on the front, in order.
    pub fn front(&self) -> impl Iterator<Item = usize> {
        self.dominated_by
            .iter()
            .enumerate()
            .filter(|(_, by)| by.is_none())
            .map(|(choice, _)| choice)
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
        ParetoFront::from_relation(dominates).dominated_by
    }

    #[test]
    fn a_dominating_choice_is_on_the_front() {
        assert_eq!(front(3, &[]), [None; 3]);
        assert_eq!(front(3, &[(0, 1), (1, 2), (0, 2)]), [None, Some(0), Some(0)]);
        // Through another choice, though the two themselves are inconclusive.
        assert_eq!(front(3, &[(2, 1), (1, 0)]), [Some(2), Some(2), None]);
    }

    #[test]
    fn all_choices_of_a_cycle_are_on_the_front() {
        assert_eq!(front(4, &[(0, 1), (1, 2), (2, 0), (1, 3)]), [None, None, None, Some(0)]);
    }
}
