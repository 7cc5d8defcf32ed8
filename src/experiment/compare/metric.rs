//! A metric to compare.

use crate::experiment::statistics::{Aim, Precision};
use crate::metrics::{self, Direction, MetricInfo};

/// A metric to compare, and the smallest difference that matters.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// The index of its column ([`metrics::column`]).
    pub place: usize,
    /// The largest difference that does not matter: relative to the mean of the first choice, or in the
    /// unit of the metric. None is 0.
    pub min_effect: Option<Precision>,
}

impl Metric {
    /// The description of the metric.
    pub fn column(&self) -> &'static MetricInfo {
        metrics::column(self.place)
    }

    pub(super) fn aim(&self) -> Option<Aim> {
        match self.column().better {
            Direction::Less => Some(Aim::Less),
            Direction::More => Some(Aim::More),
            Direction::Neither => None,
        }
    }
}
