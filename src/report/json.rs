//! JSON output: one object in which every key is always present, `null` where there is no value.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::after_action::AfterAction;
use super::goal::{GoalOfRun, GoalOfRuns};
use crate::experiment::statistics::Summary;
use crate::metrics::invariants::{ClockRounds, JudgedCount, Violation};
use crate::metrics::{METRICS, MetricRow};

/// The result of one run.
#[derive(Clone, Debug, serde::Serialize)]
pub struct RunJson<'a> {
    /// Path of the scenario, as given.
    pub scenario: &'a str,
    /// Seed of the run.
    pub seed: u64,
    /// Name of the engine that ran it.
    pub engine: String,
    /// Digest of the trace in hexadecimal, the same on every engine.
    pub digest: String,
    /// The first violation of an invariant; `None` if all hold.
    pub violation: Option<&'a Violation>,
    /// How many deliveries were checked for liveness, and why the others were not.
    pub liveness: &'a JudgedCount,
    /// How many rounds of clock synchronization were judged; absent if clocks are not synchronized.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_rounds: Option<ClockRounds>,
    /// What happened and why; `None` unless the scenario states a procedure.
    pub after_action: Option<AfterAction>,
    /// Whether it reaches the goal; `None` without one.
    pub goal: Option<GoalOfRun<'a>>,
    /// The metrics by name.
    pub metrics: &'a MetricRow,
}

/// The results of runs with consecutive seeds.
#[derive(Clone, Debug, serde::Serialize)]
pub struct RunsJson<'a> {
    /// Path of the scenario, as given.
    pub scenario: &'a str,
    /// The first seed.
    pub seed: u64,
    /// Name of the engine that ran them.
    pub engine: String,
    /// Number of runs, and of seeds.
    pub runs: u64,
    /// The first seed with a violation of an invariant; `None` if there is none.
    pub failed_seed: Option<u64>,
    /// Number of runs with a violation.
    pub failed_runs: u64,
    /// In how many runs deliveries were checked for liveness, and why not in the others.
    pub liveness: &'a JudgedCount,
    /// Number of runs that decided a strike for a time beyond the horizon.
    pub strikes_beyond: u64,
    /// How many runs reach the goal; `None` without one.
    pub goal: Option<GoalOfRuns<'a>>,
    /// The summary of each metric by name.
    pub metrics: Summaries<'a>,
}

/// Summaries in the order of [`METRICS`], serialized as a map by metric name.
#[derive(Clone, Debug)]
pub struct Summaries<'a>(pub &'a [Summary]);

impl Serialize for Summaries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(METRICS.len()))?;
        for (metric, summary) in METRICS.iter().zip(self.0) {
            map.serialize_entry(metric.name, summary)?;
        }
        map.end()
    }
}
