//! What happens in a run, as an engine tells it, one event at a time and in the canonical order.

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

/// Something that happened. `M` are the messages.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a, M> {
    /// A fault starts or ends.
    Fault {
        /// Which.
        fault: FaultId,
        /// Whether it starts.
        starts: bool,
        /// What it does while it holds.
        effect: &'a Effect,
    },
    /// A message was handed to the network.
    Send {
        /// By this node.
        from: NodeId,
        /// To this one.
        to: NodeId,
        /// How manyth on this link in this instant.
        nth: u32,
        /// What becomes of it there, if its sender is still up when it departs.
        passage: SendOutcome,
        /// What it says.
        message: &'a M,
    },
    /// A message has arrived.
    Deliver {
        /// From this node.
        from: NodeId,
        /// At this one.
        to: NodeId,
        /// What it says.
        message: &'a M,
    },
    /// A node is back after a crash.
    Restart {
        /// Which.
        node: NodeId,
    },
    /// The world as it is: a member hides in a zone. No mind is told.
    Hidden {
        /// Which zone.
        node: NodeId,
        /// Who.
        member: Member,
    },
    /// A zone has found something out.
    Publish {
        /// Which zone.
        node: NodeId,
        /// What.
        item: Item,
        /// When it was due: earlier than now if the zone was down.
        due: SimTime,
        /// Whom it is about, if it is a lead.
        about: Option<Member>,
    },
    /// A node has learnt an item.
    Learn {
        /// Which node.
        node: NodeId,
        /// What.
        item: Item,
        /// From whom: the sender of the message it was handling.
        via: Option<NodeId>,
        /// Whether it knew it before, and a crash took its memory.
        again: bool,
    },
    /// A zone has located a member.
    Locate {
        /// Which zone.
        node: NodeId,
        /// Whom.
        member: Member,
        /// Whether it had before, and a crash took its memory.
        again: bool,
    },
    /// A node has decided that all strike when clocks show a time.
    Decide {
        /// Which node.
        node: NodeId,
        /// The time.
        at: LocalTime,
    },
    /// A zone goes to capture a member.
    Strike {
        /// Which zone.
        node: NodeId,
        /// Whom.
        member: Member,
    },
    /// A round came to nothing because of a zone.
    Abort {
        /// Which node aborted it.
        node: NodeId,
        /// Which round, and because of whom.
        abort: Abort,
    },
}

/// Who is told what happens.
pub trait TraceSink<M> {
    /// Something happened at an instant. Instants never go back.
    fn record(&mut self, at: SimTime, event: &Event<'_, M>);

    /// The run is over.
    fn end(&mut self, _ending: RunEnd) {}
}

/// Nobody is told.
impl<M> TraceSink<M> for () {
    #[inline]
    fn record(&mut self, _at: SimTime, _event: &Event<'_, M>) {}
}

/// Both are told.
impl<M, A: TraceSink<M>, B: TraceSink<M>> TraceSink<M> for (A, B) {
    #[inline]
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        self.0.record(at, event);
        self.1.record(at, event);
    }
    fn end(&mut self, ending: RunEnd) {
        self.0.end(ending);
        self.1.end(ending);
    }
}

/// Told through a reference.
impl<M, O: TraceSink<M>> TraceSink<M> for &mut O {
    #[inline]
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        (**self).record(at, event);
    }
    fn end(&mut self, ending: RunEnd) {
        (**self).end(ending);
    }
}

/// Told if there is one.
impl<M, O: TraceSink<M>> TraceSink<M> for Option<O> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        if let Some(observer) = self {
            observer.record(at, event);
        }
    }
    fn end(&mut self, ending: RunEnd) {
        if let Some(observer) = self {
            observer.end(ending);
        }
    }
}
