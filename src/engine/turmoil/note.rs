//! What hosts note of an instant, told to the record when its step is done.

use crate::coordination::Abort;
use crate::egress::Passage;
use crate::engine::record::Record;
use crate::engine::trace::{Event, Observer};
use crate::id::{Item, Member, NodeId};
use crate::seam::NodePart;
use crate::time::{Local, Tick};

/// What a host notes of an instant, in order; told to the record when the step is done.
pub enum Note<M> {
    /// This part of this node wakes itself without end.
    Stuck(NodeId, NodePart),
    /// Something that was pending is being handled.
    Handled,
    /// Something will yet be handled.
    Expected,
    /// A message was handed to the network.
    Send(NodeId, NodeId, u32, Passage, M),
    /// A message has arrived.
    Deliver(NodeId, NodeId, M),
    /// A node is back.
    Restart(NodeId),
    /// A zone has found something out, which was due then.
    Publish(NodeId, Item, Tick),
    /// A node has learnt an item from another.
    Learn(NodeId, Item, Option<NodeId>),
    /// A zone has located a member.
    Locate(NodeId, Member),
    /// A node has decided.
    Decide(NodeId, Local),
    /// A zone strikes.
    Strike(NodeId, Member),
    /// A node has aborted a round.
    Abort(NodeId, Abort),
}

impl<M> Note<M> {
    /// Tells the record.
    pub fn tell<O: Observer<M>>(&self, at: Tick, record: &mut Record<'_, O>) {
        let event = match *self {
            Self::Stuck(node, part) => return record.stick(node, part),
            Self::Handled => return record.handle_one(),
            Self::Expected => return record.expect_one(),
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
        record.tell(at, &event);
    }
}
