//! The interface of a service to the run: identity, time, randomness, measurements and the log.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{LogEntry, LogKind, Sample, ServiceReport};
use crate::engine::log::TARGET;
use crate::id::NodeId;
use crate::rng::{self, RngStream};
use crate::time::SimTime;

/// The handle of a service to its node and run. It is cheap to clone and can be moved to spawned tasks.
#[derive(Clone, Debug)]
pub struct ServiceHandle {
    node: usize,
    starts: u64,
    run: Arc<HostedRun>,
}

/// The state that all services of a run share.
#[derive(Debug)]
pub(super) struct HostedRun {
    pub zones: usize,
    pub hub: Option<NodeId>,
    pub names: Vec<String>,
    pub seed: u64,
    /// The current tick; the clocks of all hosts stand at it during a step.
    now: AtomicU64,
    report: Mutex<ServiceReport>,
}

impl HostedRun {
    pub fn new(report: ServiceReport, zones: usize, hub: Option<NodeId>) -> Self {
        let (names, seed) = (report.names.clone(), report.seed);
        Self { zones, hub, names, seed, now: AtomicU64::new(0), report: Mutex::new(report) }
    }

    pub fn enter(&self, tick: SimTime) {
        self.now.store(tick.0, Ordering::Relaxed);
    }

    /// The simulated time; a tick is a millisecond.
    pub fn now(&self) -> Duration {
        Duration::from_millis(self.now.load(Ordering::Relaxed))
    }

    /// Adds an entry to the report and to `tracing`; to be called in the span of the node, if any.
    pub fn log(&self, node: Option<usize>, what: LogKind, text: impl Into<String>) {
        let entry = LogEntry { at: self.now(), node, what, text: text.into() };
        if matches!(what, LogKind::Error | LogKind::Panic) {
            tracing::error!(target: TARGET, "{}", entry.text);
        } else {
            tracing::info!(target: TARGET, "{}", entry.text);
        }
        self.report().log.push(entry);
    }

    /// Logs a panic of a task. If it is that of the service, [`HostedRun::ended`] replaces the entry.
    pub fn panicked(&self, node: Option<usize>, message: &str) {
        self.log(node, LogKind::Panic, format!("a task panics: {message}"));
    }

    /// Logs that a service ended by a panic, in place of the entry of the panic hook. There is none if
    /// the panic was resumed from another task.
    pub fn ended(&self, node: usize, message: &str) {
        let by_hook = LogEntry {
            at: self.now(),
            node: Some(node),
            what: LogKind::Panic,
            text: format!("a task panics: {message}"),
        };
        let text = format!("panics: {message}");
        let mut report = self.report();
        match report.log.iter_mut().rfind(|entry| **entry == by_hook) {
            Some(entry) => entry.text = text,
            None => report.log.push(LogEntry { text, ..by_hook }),
        }
    }

    /// The report so far. Each entry is written at once, so a poisoned lock is consistent.
    pub fn report(&self) -> MutexGuard<'_, ServiceReport> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServiceHandle {
    pub(super) fn new(node: NodeId, starts: u64, run: &Arc<HostedRun>) -> Self {
        Self { node: node.index(), starts, run: Arc::clone(run) }
    }

    /// The id of this node, which is also its host name.
    pub fn name(&self) -> &str {
        &self.run.names[self.node]
    }

    /// The ids of all zones, including this one, in the order of the scenario.
    pub fn zones(&self) -> &[String] {
        &self.run.names[..self.run.zones]
    }

    /// The id of the hub, if there is one.
    pub fn hub(&self) -> Option<&str> {
        self.run.hub.map(|hub| self.run.names[hub.index()].as_str())
    }

    /// The number of earlier starts of this service; 0 at its first start.
    pub fn starts(&self) -> u64 {
        self.starts
    }

    /// The simulated time since the start of the run, in whole milliseconds. It continues over crashes,
    /// unlike `tokio::time::Instant`.
    pub fn now(&self) -> Duration {
        self.run.now()
    }

    /// A stream of random numbers for this node, this start and the seed of the run. Each call returns
    /// the stream from its beginning; draw with [`rand::Rng`].
    pub fn stream(&self) -> RngStream {
        // Protocols draw from the parts 1 to 3 modulo 4.
        rng::stream(self.run.seed, self.name(), (1 << 63) | (self.starts * 4))
    }

    /// Records a measurement named `what`: the time from `since`, a result of [`ServiceHandle::now`], to
    /// now.
    pub fn measure(&self, what: &str, since: Duration) {
        let at = self.now();
        let sample = Sample { node: self.node, at, took: at.saturating_sub(since) };
        self.run.report().samples.entry(what.to_owned()).or_default().push(sample);
    }

    /// Adds one to the counter named `what` of this node.
    pub fn count(&self, what: &str) {
        let mut report = self.run.report();
        *report.counts.entry(what.to_owned()).or_default().entry(self.node).or_default() += 1;
    }

    /// Adds a note to the log of the run.
    pub fn note(&self, text: impl Into<String>) {
        self.log(LogKind::Note, text);
    }

    pub(super) fn log(&self, what: LogKind, text: impl Into<String>) {
        self.run.log(Some(self.node), what, text);
    }

    pub(super) fn end_by_panic(&self, message: &str) {
        self.run.ended(self.node, message);
    }
}
