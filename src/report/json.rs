//! JSON for programs: one object, every name always there, null where there is nothing to say.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::experiment::statistics::Summary;
use crate::metrics::invariants::{JudgedCount, Violation};
use crate::metrics::{METRICS, MetricRow};

/// One run.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Single<'a> {
    /// The file.
    pub scenario: &'a str,
    /// The seed.
    pub seed: u64,
    /// The engine.
    pub engine: String,
    /// The digest of the trace: the same on every engine.
    pub digest: String,
    /// The first promise that did not hold.
    pub breach: Option<&'a Violation>,
    /// How many deliveries were judged, and why the others were not.
    pub liveness: &'a JudgedCount,
    /// The row.
    pub metrics: &'a MetricRow,
}

/// Many runs.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Many<'a> {
    /// The file.
    pub scenario: &'a str,
    /// The first seed; the others follow it.
    pub seed: u64,
    /// The engine.
    pub engine: String,
    /// How many.
    pub runs: u64,
    /// The first seed under which a promise did not hold.
    pub broken_seed: Option<u64>,
    /// Seeds under which one did not.
    pub broken_runs: u64,
    /// In how many runs deliveries were judged, and why not in the others.
    pub liveness: &'a JudgedCount,
    /// Runs in which the strike that was decided lies beyond the horizon.
    pub strikes_beyond: u64,
    /// By metric.
    pub metrics: Summaries<'a>,
}

/// Summaries in the order of the columns.
#[derive(Clone, Debug)]
pub struct Summaries<'a>(pub &'a [Summary]);

impl Serialize for Summaries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(METRICS.len()))?;
        for (column, summary) in METRICS.iter().zip(self.0) {
            map.serialize_entry(column.name, summary)?;
        }
        map.end()
    }
}
