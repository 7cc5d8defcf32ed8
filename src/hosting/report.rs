//! The report of a run: measurements, counts and the log.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::Unsupported;

/// The result of a run. Equal for equal seeds if the services are deterministic (see [`super`]).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceReport {
    /// The description of the scenario.
    pub about: String,
    /// The ids of all nodes, by node number.
    pub names: Vec<String>,
    /// The seed of the run.
    pub seed: u64,
    /// The simulated duration of the run.
    pub lasted: Duration,
    /// True if all clients were done before the horizon.
    pub is_done: bool,
    /// Parts of the scenario that were ignored.
    pub unsupported: Vec<Unsupported>,
    /// Measurements by name, in order of time.
    pub samples: BTreeMap<String, Vec<Sample>>,
    /// Counters by name and node number.
    pub counts: BTreeMap<String, BTreeMap<usize, u64>>,
    /// The log, in order of time.
    pub log: Vec<LogEntry>,
}

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The node number, an index of [`ServiceReport::names`].
    pub node: usize,
    /// The end of the measured interval, in simulated time.
    pub at: Duration,
    /// The length of the interval.
    pub took: Duration,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The simulated time.
    pub at: Duration,
    /// The node number; `None` for a fault of the scenario and a panic of an unknown node.
    pub node: Option<usize>,
    /// The kind of entry.
    pub what: LogKind,
    /// The message.
    pub text: String,
}

/// Kinds of log entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogKind {
    /// A fault starts or ends.
    Fault,
    /// A service restarted after a crash.
    Restart,
    /// A service returned without an error.
    Done,
    /// A service returned an error.
    Error,
    /// A service or a task that it spawned panicked.
    Panic,
    /// A call of [`ServiceHandle::note`](super::ServiceHandle::note).
    Note,
}

impl ServiceReport {
    /// Measurements of a name in milliseconds, at the node with an id or at all nodes.
    pub fn took_ms(&self, what: &str, node: Option<&str>) -> Vec<f64> {
        let samples = self.samples.get(what).into_iter().flatten();
        let matches = |sample: &&Sample| node.is_none_or(|name| self.names[sample.node] == name);
        samples.filter(matches).map(|sample| sample.took.as_secs_f64() * 1e3).collect()
    }

    /// The counter of a name, at the node with an id or summed over all nodes.
    pub fn count(&self, what: &str, node: Option<&str>) -> u64 {
        let counts = self.counts.get(what).into_iter().flatten();
        let matches = |&(&index, _): &(&usize, &u64)| node.is_none_or(|id| self.names[index] == id);
        counts.filter(matches).map(|(_, count)| count).sum()
    }

    /// Log entries of errors and panics.
    pub fn failures(&self) -> impl Iterator<Item = &LogEntry> {
        self.log.iter().filter(|entry| matches!(entry.what, LogKind::Error | LogKind::Panic))
    }
}
