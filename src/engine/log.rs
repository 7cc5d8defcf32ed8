//! Logs of engines, written with `tracing`. A line carries the simulated time of its thread and is in
//! a span `node` with the name of the node. A run without a subscriber does not pay for it.

use std::cell::Cell;

use tracing::{Level, debug, info, info_span, trace};

use super::run_end::RunEnd;
use super::trace::{Event, TraceSink};
use crate::id::NodeId;
use crate::network::fault::FaultId;
use crate::plan::{NameTable, Plan};
use crate::protocol::WireMessage;
use crate::protocol::coordination::Abort;
use crate::time::{NanoDuration, SimTime};

/// The name of the span of a node; turmoil uses the same.
pub const NODE: &str = "node";
/// The target of all lines.
pub(crate) const TARGET: &str = "zonesim";

thread_local! {
    static NOW: Cell<Option<(SimTime, NanoDuration)>> = const { Cell::new(None) };
}

/// The instant that this thread simulates, and the length of a tick; `None` outside a run.
pub fn now() -> Option<(SimTime, NanoDuration)> {
    NOW.get()
}

/// Sets the result of [`now`]; `None` after the run.
pub(super) fn set_now(now: Option<(SimTime, NanoDuration)>) {
    NOW.set(now);
}

/// Whether a subscriber is interested in lines of runs.
pub(super) fn is_wanted() -> bool {
    tracing::enabled!(target: TARGET, Level::INFO)
}

/// Logs events and passes them on.
pub(super) struct LoggingSink<'a, M> {
    sink: &'a mut dyn TraceSink<M>,
    names: &'a NameTable,
    resolution: NanoDuration,
    /// Descriptions by fault id.
    faults: Vec<String>,
}

impl<'a, M> LoggingSink<'a, M> {
    pub fn new<E, C>(plan: &'a Plan<E, C>, seed: u64, sink: &'a mut dyn TraceSink<M>) -> Self {
        let schedule = plan.schedule(seed);
        let faults = schedule.faults().iter().map(|fault| plan.describe(fault)).collect();
        set_now(Some((SimTime(0), plan.resolution)));
        info!(target: TARGET, seed, "the run begins");
        Self { sink, names: &plan.names, resolution: plan.resolution, faults }
    }

    fn in_span<R>(&self, node: NodeId, log: impl FnOnce() -> R) -> R {
        info_span!(target: TARGET, NODE, name = &self.names[node.index()]).in_scope(log)
    }

    fn log_fault(&self, FaultId(number): FaultId, starts: bool) {
        let verb = if starts { "begins" } else { "ends" };
        info!(target: TARGET, "{}: {verb}", self.faults[number as usize]);
    }
}

impl<M: WireMessage> TraceSink<M> for LoggingSink<'_, M> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        set_now(Some((at, self.resolution)));
        let name = |node: NodeId| &self.names[node.index()];
        let describe = |message: &M| message.describe(self.resolution);
        match *event {
            Event::Fault { fault, starts, .. } => self.log_fault(fault, starts),
            Event::Send { from, to, message, .. } => self.in_span(from, || {
                trace!(target: TARGET, to = name(to), "sends {}", describe(message));
            }),
            Event::Depart { from, to, message, .. } => self.in_span(from, || {
                trace!(target: TARGET, to = name(to), "has sent {}", describe(message));
            }),
            Event::Arrive { from, to, message, .. } => self.in_span(to, || {
                trace!(target: TARGET, from = name(from), "is sent {}", describe(message));
            }),
            Event::Deliver { from, to, message } => self.in_span(to, || {
                trace!(target: TARGET, from = name(from), "receives {}", describe(message));
            }),
            Event::Restart { node } => self.in_span(node, || info!(target: TARGET, "restarts")),
            Event::Hidden { node, member } => {
                self.in_span(node, || debug!(target: TARGET, member = member.0, "hides"))
            }
            Event::Publish { node, item, .. } => {
                self.in_span(node, || debug!(target: TARGET, item = item.0, "publishes"));
            }
            Event::Learn { node, item, via, again } => self.in_span(node, || {
                debug!(target: TARGET, item = item.0, from = via.map(name), again, "learns");
            }),
            Event::Locate { node, member, again } => self.in_span(node, || {
                debug!(target: TARGET, member = member.0, again, "locates");
            }),
            Event::Decide { node, at } => {
                self.in_span(node, || info!(target: TARGET, local_time = at.0, "decides"))
            }
            Event::Strike { node, member } => {
                self.in_span(node, || info!(target: TARGET, member = member.0, "strikes"));
            }
            Event::World { event, .. } => info!(target: TARGET, ?event, "in the world"),
            Event::See { node, lead, .. } => {
                self.in_span(node, || info!(target: TARGET, lead = lead.0, "sees"));
            }
            Event::Stage { node, stage, .. } => {
                self.in_span(node, || info!(target: TARGET, ?stage, "completes a stage"));
            }
            Event::Abort { node, abort: Abort { round, zone, why } } => self.in_span(node, || {
                info!(target: TARGET, round, zone = name(zone), ?why, "aborts");
            }),
            Event::Elected { node, term } => {
                self.in_span(node, || info!(target: TARGET, term, "is elected leader"));
            }
            Event::Adjusted { node, adjustment } => self.in_span(node, || {
                let correction_ns = adjustment.correction_ns;
                info!(target: TARGET, correction_ns, "adjusts its clock");
            }),
        }
        self.sink.record(at, event);
    }

    fn end(&mut self, end: RunEnd) {
        set_now(Some((end.at, self.resolution)));
        info!(target: TARGET, why = ?end.reason, "the run ends");
        self.sink.end(end);
    }
}

impl<M> Drop for LoggingSink<'_, M> {
    fn drop(&mut self) {
        set_now(None);
    }
}
