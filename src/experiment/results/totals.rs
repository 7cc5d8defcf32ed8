//! Totals of the runs of each point.

use super::table::Rows;
use crate::experiment::statistics::Moments;
use crate::metrics::COLUMNS;
use crate::metrics::invariants::JudgedCount;
use crate::scenario::Diagnostic;

/// A metric over the runs of a point.
#[derive(Clone, Copy, Debug, Default)]
pub struct Total {
    /// The moments of its values.
    pub moments: Moments,
    /// The smallest and the largest value. None without values.
    pub range: Option<(f64, f64)>,
}

/// The runs of a point.
#[derive(Clone, Debug)]
pub struct PointTotals {
    /// The number of runs with a violation.
    pub failed: u64,
    /// By column ([`crate::metrics::column`]).
    pub metrics: Vec<Total>,
}

/// The runs of all points.
#[derive(Clone, Debug)]
pub struct Totals {
    /// By point.
    pub points: Vec<PointTotals>,
    /// The first job with a violation.
    pub first_failed: Option<u64>,
    /// The number of runs in which deliveries were judged.
    pub judged: JudgedCount,
    /// The number of runs that decided a strike for a time beyond the horizon.
    pub strikes_beyond: u64,
}

impl Totals {
    /// Adds up all rows.
    ///
    /// # Errors
    /// A run that is missing in the store, or a store that cannot be read.
    pub fn gather(rows: &Rows<'_>) -> Result<Self, Diagnostic> {
        let count = u64::from(rows.design.points.count());
        let none = PointTotals { failed: 0, metrics: vec![Total::default(); COLUMNS] };
        let mut totals = Self {
            points: vec![none; count as usize],
            first_failed: None,
            judged: JudgedCount::default(),
            strikes_beyond: 0,
        };
        rows.store.read(rows.count(), &mut |job, record| {
            let Some(record) = record else { return Err(super::table::missing_run(job)) };
            let point = &mut totals.points[(job % count) as usize];
            totals.judged.add(record.unjudged);
            totals.strikes_beyond += u64::from(record.strike_beyond);
            if record.has_violation {
                totals.first_failed.get_or_insert(job);
                point.failed += 1;
            }
            for (total, value) in point.metrics.iter_mut().zip(record.values) {
                value.into_iter().for_each(|value| total.add(value));
            }
            Ok(())
        })?;
        Ok(totals)
    }

    /// The number of runs with a violation, over all points.
    pub fn failed(&self) -> u64 {
        self.points.iter().map(|point| point.failed).sum()
    }

    /// The moments of metrics with these indices: by point, then by metric.
    pub fn moments(&self, metrics: &[usize]) -> Vec<Vec<Moments>> {
        let moments = |point: &PointTotals| {
            metrics.iter().map(|&index| point.metrics[index].moments).collect()
        };
        self.points.iter().map(moments).collect()
    }
}

impl Total {
    fn add(&mut self, value: f64) {
        self.moments.add(value);
        let (min, max) = self.range.unwrap_or((value, value));
        self.range = Some((min.min(value), max.max(value)));
    }
}
