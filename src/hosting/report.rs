//! What came of a run: what the services measured, counted and noted, and what happened to them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::Unsupported;

/// All that a run gives. Equal for equal seeds, if the services repeat (see [`super`]).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceReport {
    /// What the scenario is about.
    pub about: String,
    /// The ids of all nodes, in order.
    pub names: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// How long the run took, on the scenario's clock.
    pub lasted: Duration,
    /// Whether it ended because all clients were done, rather than at the horizon.
    pub is_done: bool,
    /// What the scenario says and was left out.
    pub unsupported: Vec<Unsupported>,
    /// What was measured, by name, in order of time.
    pub samples: BTreeMap<String, Vec<Sample>>,
    /// What was counted, by name and node.
    pub counts: BTreeMap<String, BTreeMap<usize, u64>>,
    /// What happened, in order.
    pub log: Vec<LogEntry>,
}

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The node that measured, by its place in [`ServiceReport::names`].
    pub node: usize,
    /// When it was over.
    pub at: Duration,
    /// How long it took.
    pub took: Duration,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// When.
    pub at: Duration,
    /// The node it happened at; none if it is a fault of the scenario, or a panic of which the node
    /// is not known.
    pub node: Option<usize>,
    /// What kind of thing.
    pub what: LogKind,
    /// In words.
    pub text: String,
}

/// Kinds of things that happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogKind {
    /// A fault starts or ends.
    Fault,
    /// A service was called again after a crash.
    Restart,
    /// A service returned without an error.
    Done,
    /// A service returned an error.
    Error,
    /// A service, or a task that it spawned, panicked.
    Panic,
    /// A service noted something.
    Note,
}

impl ServiceReport {
    /// What was measured under a name, in milliseconds: at one node, or at all.
    pub fn took_ms(&self, what: &str, node: Option<&str>) -> Vec<f64> {
        let samples = self.samples.get(what).into_iter().flatten();
        let here = |sample: &&Sample| node.is_none_or(|name| self.names[sample.node] == name);
        samples.filter(here).map(|sample| sample.took.as_secs_f64() * 1e3).collect()
    }

    /// What was counted under a name: at one node, or at all.
    pub fn count(&self, what: &str, node: Option<&str>) -> u64 {
        let counts = self.counts.get(what).into_iter().flatten();
        let here = |&(&place, _): &(&usize, &u64)| node.is_none_or(|n| self.names[place] == n);
        counts.filter(here).map(|(_, count)| count).sum()
    }

    /// Services that returned an error, and panics.
    pub fn failures(&self) -> impl Iterator<Item = &LogEntry> {
        self.log.iter().filter(|line| matches!(line.what, LogKind::Error | LogKind::Panic))
    }
}
