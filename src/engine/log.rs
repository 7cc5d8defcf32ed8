//! What engines log through `tracing`, and when: a line of a log carries the simulated time of the
//! thread that writes it, and stands in a span `node` that names the node.
//!
//! Nothing of this is on the way of a run that nobody logs.

use std::cell::Cell;

use tracing::{Level, debug, info, info_span, trace};

use super::run_state::RunEnd;
use super::trace::{Event, TraceSink};
use crate::id::NodeId;
use crate::network::fault::FaultId;
use crate::plan::{NameTable, Plan};
use crate::protocol::WireMessage;
use crate::protocol::coordination::Abort;
use crate::time::{NanoDuration, SimTime};

/// The name of the span that lines of a node stand in: that of turmoil.
pub const NODE: &str = "node";
/// Where lines come from, in short.
pub(crate) const TARGET: &str = "zonesim";

thread_local! {
    static NOW: Cell<Option<(SimTime, NanoDuration)>> = const { Cell::new(None) };
}

/// The instant that this thread simulates, and the length of a tick; none outside of a run.
pub fn now() -> Option<(SimTime, NanoDuration)> {
    NOW.get()
}

/// An instant begins on this thread; with none, the run is over.
pub(super) fn set_now(now: Option<(SimTime, NanoDuration)>) {
    NOW.set(now);
}

/// Whether anybody wants to read what happens in a run.
pub(super) fn is_wanted() -> bool {
    tracing::enabled!(target: TARGET, Level::INFO)
}

/// An observer that logs all it is told, and hands it on.
pub(super) struct LoggingSink<'a, M> {
    observer: &'a mut dyn TraceSink<M>,
    names: &'a NameTable,
    resolution: NanoDuration,
    /// In words, by number.
    faults: Vec<String>,
}

impl<'a, M> LoggingSink<'a, M> {
    pub fn new<E, C>(plan: &'a Plan<E, C>, seed: u64, observer: &'a mut dyn TraceSink<M>) -> Self {
        let schedule = plan.schedule(seed);
        let faults = schedule.faults().iter().map(|fault| plan.describe(fault)).collect();
        set_now(Some((SimTime(0), plan.resolution)));
        info!(target: TARGET, seed, "the run begins");
        Self { observer, names: &plan.names, resolution: plan.resolution, faults }
    }

    fn at<R>(&self, node: NodeId, log: impl FnOnce() -> R) -> R {
        info_span!(target: TARGET, NODE, name = &self.names[node.index()]).in_scope(log)
    }

    fn fault(&self, FaultId(number): FaultId, starts: bool) {
        let does = if starts { "begins" } else { "ends" };
        info!(target: TARGET, "{}: {does}", self.faults[number as usize]);
    }
}

impl<M: WireMessage> TraceSink<M> for LoggingSink<'_, M> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        set_now(Some((at, self.resolution)));
        let name = |node: NodeId| &self.names[node.index()];
        let words = |message: &M| message.describe(self.resolution);
        match *event {
            Event::Fault { fault, starts, .. } => self.fault(fault, starts),
            Event::Send { from, to, message, .. } => self.at(from, || {
                trace!(target: TARGET, to = name(to), "sends {}", words(message));
            }),
            Event::Deliver { from, to, message } => self.at(to, || {
                trace!(target: TARGET, from = name(from), "receives {}", words(message));
            }),
            Event::Restart { node } => self.at(node, || info!(target: TARGET, "restarts")),
            Event::Hidden { node, member } => {
                self.at(node, || debug!(target: TARGET, member = member.0, "hides"))
            }
            Event::Publish { node, item, .. } => {
                self.at(node, || debug!(target: TARGET, item = item.0, "publishes"));
            }
            Event::Learn { node, item, via, again } => self.at(node, || {
                debug!(target: TARGET, item = item.0, from = via.map(name), again, "learns");
            }),
            Event::Locate { node, member, again } => self.at(node, || {
                debug!(target: TARGET, member = member.0, again, "locates");
            }),
            Event::Decide { node, at } => {
                self.at(node, || info!(target: TARGET, local_time = at.0, "decides"))
            }
            Event::Strike { node, member } => {
                self.at(node, || info!(target: TARGET, member = member.0, "strikes"));
            }
            Event::Abort { node, abort: Abort { round, zone, why } } => self.at(node, || {
                info!(target: TARGET, round, zone = name(zone), ?why, "aborts");
            }),
        }
        self.observer.record(at, event);
    }

    fn end(&mut self, ending: RunEnd) {
        set_now(Some((ending.at, self.resolution)));
        info!(target: TARGET, why = ?ending.reason, "the run ends");
        self.observer.end(ending);
    }
}

impl<M> Drop for LoggingSink<'_, M> {
    fn drop(&mut self) {
        set_now(None);
    }
}
