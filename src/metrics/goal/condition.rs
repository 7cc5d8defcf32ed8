//! Conditions on the metrics of a run.

use crate::metrics::row::{MetricId, MetricRow};

/// A condition. A comparison with a metric that has no value is false.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Of a metric, in its unit, with a value.
    Compare {
        metric: MetricId,
        relation: Relation,
        value: f64,
    },
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
}

/// The relation of a metric to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Below,
    AtMost,
    Above,
    AtLeast,
    Equal,
    Unequal,
}

impl Condition {
    pub fn holds(&self, row: &MetricRow) -> bool {
        match self {
            Self::Compare { metric, relation, value } => {
                row.get(*metric).is_some_and(|found| relation.holds(found, *value))
            }
            Self::Not(condition) => !condition.holds(row),
            Self::And(conditions) => conditions.iter().all(|condition| condition.holds(row)),
            Self::Or(conditions) => conditions.iter().any(|condition| condition.holds(row)),
        }
    }
}

impl Relation {
    fn holds(self, found: f64, value: f64) -> bool {
        // Means and milliseconds are rounded: 0.1 + 0.2 is 0.3.
        let is_same = (found - value).abs() <= 1e-12 * found.abs().max(value.abs());
        match self {
            Self::Below => found < value && !is_same,
            Self::AtMost => found < value || is_same,
            Self::Above => found > value && !is_same,
            Self::AtLeast => found > value || is_same,
            Self::Equal => is_same,
            Self::Unequal => !is_same,
        }
    }
}
