//! What a service is given of the world: where it stands, what time it is, and a book to write in.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{LogEntry, LogKind, Sample, ServiceReport};
use crate::engine::log::TARGET;
use crate::id::NodeId;
use crate::rng::{self, RngStream};
use crate::time::SimTime;

/// The place at which a service runs. Cheap to clone, and may be sent to tasks that it spawns.
#[derive(Clone, Debug)]
pub struct ServiceHandle {
    node: usize,
    starts: u64,
    world: Arc<HostedRun>,
}

/// What all places of a run share.
#[derive(Debug)]
pub(super) struct HostedRun {
    pub zones: usize,
    pub hub: Option<NodeId>,
    pub names: Vec<String>,
    pub seed: u64,
    /// The tick: in a step the clocks of all hosts stand still at it while their tasks run.
    now: AtomicU64,
    account: Mutex<ServiceReport>,
}

impl HostedRun {
    pub fn new(account: ServiceReport, zones: usize, hub: Option<NodeId>) -> Self {
        let (names, seed) = (account.names.clone(), account.seed);
        Self { zones, hub, names, seed, now: AtomicU64::new(0), account: Mutex::new(account) }
    }

    pub fn enter(&self, tick: SimTime) {
        self.now.store(tick.0, Ordering::Relaxed);
    }

    /// The instant, of which a tick is a millisecond.
    pub fn now(&self) -> Duration {
        Duration::from_millis(self.now.load(Ordering::Relaxed))
    }

    /// Writes a line into the account and the log: what is of a node is told while that runs.
    pub fn tell(&self, node: Option<usize>, what: LogKind, text: impl Into<String>) {
        let line = LogEntry { at: self.now(), node, what, text: text.into() };
        if matches!(what, LogKind::Error | LogKind::Panic) {
            tracing::error!(target: TARGET, "{}", line.text);
        } else {
            tracing::info!(target: TARGET, "{}", line.text);
        }
        self.account().log.push(line);
    }

    /// A task panics at a node: of the service itself this becomes the end, see [`World::ended`].
    pub fn panicked(&self, node: Option<usize>, message: &str) {
        self.tell(node, LogKind::Panic, format!("a task panics: {message}"));
    }

    /// The service at a node has panicked, which the hook has told already unless the panic was
    /// handed on from another task.
    pub fn ended(&self, node: usize, message: &str) {
        let told = LogEntry {
            at: self.now(),
            node: Some(node),
            what: LogKind::Panic,
            text: format!("a task panics: {message}"),
        };
        let text = format!("panics: {message}");
        let mut account = self.account();
        match account.log.iter_mut().rfind(|line| **line == told) {
            Some(line) => line.text = text,
            None => account.log.push(LogEntry { text, ..told }),
        }
    }

    /// The account so far. A service that panics while it writes has written a whole entry or none.
    pub fn account(&self) -> MutexGuard<'_, ServiceReport> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServiceHandle {
    pub(super) fn new(node: NodeId, starts: u64, world: &Arc<HostedRun>) -> Self {
        Self { node: node.index(), starts, world: Arc::clone(world) }
    }

    /// The id of this node, which is also its host name.
    pub fn name(&self) -> &str {
        &self.world.names[self.node]
    }

    /// The ids of all zones, this one too, in the order of the scenario.
    pub fn zones(&self) -> &[String] {
        &self.world.names[..self.world.zones]
    }

    /// The id of the hub, if there is one.
    pub fn hub(&self) -> Option<&str> {
        self.world.hub.map(|hub| self.world.names[hub.index()].as_str())
    }

    /// How often the service was started here before: 0 at first.
    pub fn starts(&self) -> u64 {
        self.starts
    }

    /// How much of the scenario has passed, in whole milliseconds. Goes on over crashes, which
    /// `tokio::time::Instant` does not.
    pub fn now(&self) -> Duration {
        self.world.now()
    }

    /// Random numbers of this zone, this start and the run's seed, from their beginning.
    pub fn stream(&self) -> RngStream {
        // Machines of the engines draw from the parts 1 to 3 of four.
        rng::stream(self.world.seed, self.name(), (1 << 63) | (self.starts * 4))
    }

    /// Measures something that began at `since` (as [`ServiceHandle::now`] told it) and is over now.
    pub fn measure(&self, what: &str, since: Duration) {
        let at = self.now();
        let sample = Sample { node: self.node, at, took: at.saturating_sub(since) };
        self.world.account().samples.entry(what.to_owned()).or_default().push(sample);
    }

    /// Counts something.
    pub fn count(&self, what: &str) {
        let mut account = self.world.account();
        *account.counts.entry(what.to_owned()).or_default().entry(self.node).or_default() += 1;
    }

    /// Writes something into the log of the run.
    pub fn note(&self, text: impl Into<String>) {
        self.tell(LogKind::Note, text);
    }

    pub(super) fn tell(&self, what: LogKind, text: impl Into<String>) {
        self.world.tell(Some(self.node), what, text);
    }

    pub(super) fn end_by_panic(&self, message: &str) {
        self.world.ended(self.node, message);
    }
}
