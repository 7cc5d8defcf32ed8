//! What hosts note of an instant, told to the record when its step is done.

use crate::engine::run_state::RunState;
use crate::engine::trace::{Event, TraceSink};
use crate::id::{Item, Member, NodeId};
use crate::network::egress::SendOutcome;
use crate::protocol::NodePart;
use crate::protocol::coordination::Abort;
use crate::time::{LocalTime, SimTime};

/// What a host notes of an instant, in order; told to the record when the step is done.
pub enum HostEvent<M> {
    /// This part of this node wakes itself without end.
    Livelock(NodeId, NodePart),
    /// Something that was pending is being handled.
    Handled,
    /// Something will yet be handled.
    Expected,
    /// A message was handed to the network.
    Send(NodeId, NodeId, u32, SendOutcome, M),
    /// A message has arrived.
    Deliver(NodeId, NodeId, M),
    /// A node is back.
    Restart(NodeId),
    /// A zone has found something out, which was due then.
    Publish(NodeId, Item, SimTime),
    /// A node has learnt an item from another.
    Learn(NodeId, Item, Option<NodeId>),
    /// A zone has located a member.
    Locate(NodeId, Member),
    /// A node has decided.
    Decide(NodeId, LocalTime),
    /// A zone strikes.
    Strike(NodeId, Member),
    /// A node has aborted a round.
    Abort(NodeId, Abort),
}

impl<M> HostEvent<M> {
    /// Tells the record.
    pub fn apply<O: TraceSink<M>>(&self, at: SimTime, record: &mut RunState<'_, O>) {
        let event = match *self {
            Self::Livelock(node, part) => return record.set_livelock(node, part),
            Self::Handled => return record.remove_pending(),
            Self::Expected => return record.add_pending(),
            Self::Send(from, to, nth, passage, ref message) => {
                Event::Send { from, to, nth, passage, message }
            }
            Self::Deliver(from, to, ref message) => Event::Deliver { from, to, message },
            Self::Restart(node) => Event::Restart { node },
            Self::Publish(node, item, due) => return record.publish(at, node, item, due),
            Self::Learn(node, item, via) => Event::Learn { node, item, via, again: false },
            Self::Locate(node, member) => Event::Locate { node, member, again: false },
            Self::Decide(node, at) => Event::Decide { node, at },
            Self::Strike(node, member) => Event::Strike { node, member },
            Self::Abort(node, abort) => Event::Abort { node, abort },
        };
        record.record(at, &event);
    }
}
