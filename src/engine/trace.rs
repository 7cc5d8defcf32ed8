//! Events of a run, in the canonical order.

mod digest;
mod jsonl;

pub use digest::Digest;
pub use jsonl::JsonlWriter;

use super::run_state::RunEnd;
use crate::id::{Item, Member, NodeId};
use crate::network::egress::SendOutcome;
use crate::network::fault::{Effect, FaultId};
use crate::protocol::coordination::Abort;
use crate::time::{LocalTime, SimTime};

/// An event. `M` is the type of messages.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a, M> {
    /// A fault starts or ends.
    Fault {
        /// The fault.
        fault: FaultId,
        /// False if it ends.
        starts: bool,
        /// Its effect.
        effect: &'a Effect,
    },
    /// A node sends a message.
    Send {
        /// The sender.
        from: NodeId,
        /// The receiver.
        to: NodeId,
        /// Sequence number on this link in this instant, from 0.
        nth: u32,
        /// Its outcome at the sender, unless the sender crashes before the departure.
        passage: SendOutcome,
        /// Its content.
        message: &'a M,
    },
    /// A message arrives.
    Deliver {
        /// The sender.
        from: NodeId,
        /// The receiver.
        to: NodeId,
        /// Its content.
        message: &'a M,
    },
    /// A node restarts after a crash.
    Restart {
        /// The node.
        node: NodeId,
    },
    /// A member hides in a zone; recorded once, before the run. Nodes do not know it.
    Hidden {
        /// The zone.
        node: NodeId,
        /// The member.
        member: Member,
    },
    /// A zone publishes an item.
    Publish {
        /// The zone.
        node: NodeId,
        /// The item.
        item: Item,
        /// When it was due; earlier than the event if the zone was down.
        due: SimTime,
        /// The member that it is about, if it is a lead.
        about: Option<Member>,
    },
    /// The exchange of a node delivers an item.
    Learn {
        /// The node.
        node: NodeId,
        /// The item.
        item: Item,
        /// The node it comes from: by default, the sender of the message being handled.
        via: Option<NodeId>,
        /// Whether the node had learnt it before and lost its memory.
        again: bool,
    },
    /// A zone locates a member.
    Locate {
        /// The zone.
        node: NodeId,
        /// The member.
        member: Member,
        /// Whether the zone had located it before and lost its memory.
        again: bool,
    },
    /// A node decides that zones strike at a local time.
    Decide {
        /// The node.
        node: NodeId,
        /// The local time.
        at: LocalTime,
    },
    /// A zone strikes at a member.
    Strike {
        /// The zone.
        node: NodeId,
        /// The member.
        member: Member,
    },
    /// A node aborts a round because of a zone.
    Abort {
        /// The node.
        node: NodeId,
        /// The round, the zone and the reason.
        abort: Abort,
    },
}

/// Receives the events of a run.
pub trait TraceSink<M> {
    /// Records an event; instants do not decrease.
    fn record(&mut self, at: SimTime, event: &Event<'_, M>);

    /// Called once, after the last event, unless the run panics.
    fn end(&mut self, _end: RunEnd) {}
}

/// Discards events.
impl<M> TraceSink<M> for () {
    #[inline]
    fn record(&mut self, _at: SimTime, _event: &Event<'_, M>) {}
}

/// Passes events to both.
impl<M, A: TraceSink<M>, B: TraceSink<M>> TraceSink<M> for (A, B) {
    #[inline]
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        self.0.record(at, event);
        self.1.record(at, event);
    }
    fn end(&mut self, end: RunEnd) {
        self.0.end(end);
        self.1.end(end);
    }
}

impl<M, O: TraceSink<M>> TraceSink<M> for &mut O {
    #[inline]
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        (**self).record(at, event);
    }
    fn end(&mut self, end: RunEnd) {
        (**self).end(end);
    }
}

/// Discards events if there is no sink.
impl<M, O: TraceSink<M>> TraceSink<M> for Option<O> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        if let Some(sink) = self {
            sink.record(at, event);
        }
    }
    fn end(&mut self, end: RunEnd) {
        if let Some(sink) = self {
            sink.end(end);
        }
    }
}
