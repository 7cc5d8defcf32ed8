//! The values of the runs of all choices, in the order of seeds for any number of threads.

use std::sync::{Mutex, PoisonError};

use super::metric::Metric;
use super::sample::Sample;
use crate::experiment::design::JobSeeds;
use crate::experiment::run::MeasuredRun;
use crate::experiment::statistics::Moments;
use crate::experiment::sweep::{JobSet, PointRunner, par_for_each};
use crate::metrics::invariants::{JudgedCount, Reason};
use crate::metrics::{self, MetricId};
use crate::protocol::node::Protocols;
use crate::scenario::Diagnostic;

/// The values of all choices so far.
#[derive(Clone, Debug)]
pub struct Samples {
    names: Vec<String>,
    /// The indices of the columns that are kept ([`metrics::column`]).
    columns: Vec<usize>,
    /// By choice, by column, by run.
    values: Vec<Vec<Vec<Option<f64>>>>,
    runs: u64,
    first_violation: Option<(u64, u32)>,
    judged: JudgedCount,
    strikes_beyond: u64,
}

/// What is kept of a run.
struct KeptRun {
    has_violation: bool,
    unjudged: Option<Reason>,
    strike_beyond: bool,
    /// By column that is kept.
    values: Vec<Option<f64>>,
}

impl KeptRun {
    fn new(run: &MeasuredRun, columns: &[usize]) -> Self {
        let values: Vec<_> = run.values().collect();
        Self {
            has_violation: run.violation.is_some(),
            unjudged: run.liveness.unjudged(),
            strike_beyond: run.strike_beyond,
            values: columns.iter().map(|&place| values[place]).collect(),
        }
    }
}

impl Samples {
    /// No runs of choices with these names. The metrics at these indices are kept, and those that they
    /// are counted by.
    pub fn new(names: Vec<String>, mut columns: Vec<usize>) -> Self {
        let counted_by: Vec<_> = columns.iter().filter_map(|&place| counted_by(place)).collect();
        columns.extend(counted_by);
        columns.sort_unstable();
        columns.dedup();
        let values = vec![vec![Vec::new(); columns.len()]; names.len()];
        Self {
            names,
            columns,
            values,
            runs: 0,
            first_violation: None,
            judged: JudgedCount::default(),
            strikes_beyond: 0,
        }
    }

    /// Adds `more` runs of every choice, each a point of the runner. The first run of all has the seed
    /// `first`. `done` is called from any thread with the number of runs that have ended since its last
    /// call.
    ///
    /// # Errors
    /// A scenario that can no longer be read.
    pub fn run<P: Protocols>(
        &mut self,
        point_runner: &PointRunner<'_, P>,
        (first, more): (u64, u64),
        threads: usize,
        done: &(dyn Fn(u64) + Sync),
    ) -> Result<(), Diagnostic> {
        let points = u64::from(point_runner.points());
        let first = first.wrapping_add(self.runs);
        let seeds = JobSeeds::common(first);
        let blocks = Mutex::new(Vec::new());
        let columns = &self.columns;
        let keep = |job: u64, runs: &[MeasuredRun]| {
            let block: Vec<_> = runs.iter().map(|run| KeptRun::new(run, columns)).collect();
            blocks.lock().unwrap_or_else(PoisonError::into_inner).push((job, block));
            done(runs.len() as u64);
            Ok::<(), Diagnostic>(())
        };
        let jobs = (more * points, &JobSet::default());
        par_for_each(jobs, threads, &|job| point_runner.run(seeds, job), &keep)?;
        let mut blocks = blocks.into_inner().unwrap_or_else(PoisonError::into_inner);
        blocks.sort_by_key(|(job, _)| *job);
        for (start, block) in blocks {
            for (job, run) in (start..).zip(block) {
                self.judged.add(run.unjudged);
                self.strikes_beyond += u64::from(run.strike_beyond);
                let point = (job % points) as u32;
                for (column, value) in self.values[point as usize].iter_mut().zip(run.values) {
                    column.push(value);
                }
                if run.has_violation {
                    self.first_violation.get_or_insert((first.wrapping_add(job / points), point));
                }
            }
        }
        self.runs += more;
        Ok(())
    }

    /// The names of the choices, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of runs of each choice.
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// The first run with a violation: its seed and choice.
    pub fn first_violation(&self) -> Option<(u64, u32)> {
        self.first_violation
    }

    /// The number of runs, over all choices, in which deliveries were judged.
    pub fn judged(&self) -> &JudgedCount {
        &self.judged
    }

    /// The number of runs, over all choices, that decided a strike for a time beyond the horizon.
    pub fn strikes_beyond(&self) -> u64 {
        self.strikes_beyond
    }

    /// The name of each choice with the moments of a metric that is kept.
    pub fn moments(&self, place: usize) -> Vec<(String, Moments)> {
        let column = self.column(place);
        let choices = self.names.iter().zip(&self.values);
        let one = |(name, columns): (&String, &Vec<Vec<Option<f64>>>)| {
            (name.clone(), columns[column].iter().copied().flatten().collect())
        };
        choices.map(one).collect()
    }

    /// The samples of metrics that are kept, by choice.
    pub fn samples(&self, metrics: &[Metric]) -> Vec<Sample> {
        let choices = self.names.iter().zip(&self.values);
        let sample = |(name, columns): (&String, &Vec<Vec<Option<f64>>>)| {
            let values = |place: usize| columns[self.column(place)].clone();
            Sample {
                name: name.clone(),
                values: metrics.iter().map(|metric| values(metric.place)).collect(),
                counts: metrics
                    .iter()
                    .map(|metric| counted_by(metric.place).map(values).unwrap_or_default())
                    .collect(),
            }
        };
        choices.map(sample).collect()
    }

    fn column(&self, place: usize) -> usize {
        self.columns.iter().position(|&column| column == place).unwrap_or_default()
    }
}

/// The index of the metric that counts what a metric includes ([`crate::metrics::Population::counted_by`]).
fn counted_by(place: usize) -> Option<usize> {
    metrics::column(place).population.counted_by().map(MetricId::index)
}
