//! Events of hosts, applied to the state of the run after a step.

use crate::engine::run_state::RunState;
use crate::engine::trace::{Event, TraceSink};
use crate::id::{Item, Lead, Member, NodeId};
use crate::network::egress::{PacketInfo, SendOutcome};
use crate::protocol::NodePart;
use crate::protocol::clock_sync::Adjustment;
use crate::protocol::coordination::Abort;
use crate::protocol::desk::Stage;
use crate::time::{LocalTime, SimDuration, SimTime};

/// An event of a host.
pub enum HostEvent<M> {
    /// A part of a node is in a livelock.
    Livelock(NodeId, NodePart),
    /// Something pending is handled.
    Handled,
    /// Something will be handled.
    Expected,
    /// A message is sent: sender, receiver, sequence number, outcome.
    Send(NodeId, NodeId, u32, SendOutcome, M),
    /// A bulk message leaves the uplink.
    Depart(PacketInfo, SendOutcome, M),
    /// A message reaches the downlink: sender, receiver, when it is received.
    Arrive(NodeId, NodeId, Option<SimTime>, M),
    /// A message is received: sender, receiver.
    Deliver(NodeId, NodeId, M),
    /// A node restarts.
    Restart(NodeId),
    /// A zone publishes an item, which was due at the instant.
    Publish(NodeId, Item, SimTime),
    /// A protocol publishes an item on its own.
    PublishUnplanned(NodeId, Item),
    /// A node learns an item, from another if known.
    Learn(NodeId, Item, Option<NodeId>),
    /// A zone sees a lead.
    See(NodeId, Lead),
    /// A node has completed a stage of its work.
    Stage(NodeId, Stage, SimDuration),
    /// A zone locates a member.
    Locate(NodeId, Member),
    /// A node decides on a local time.
    Decide(NodeId, LocalTime),
    /// A zone strikes at a member.
    Strike(NodeId, Member),
    /// A node aborts a round.
    Abort(NodeId, Abort),
    /// A node has been elected leader of a term.
    Elected(NodeId, u64),
    /// The clock of a node is adjusted.
    Adjusted(NodeId, Adjustment),
}

impl<M> HostEvent<M> {
    /// Applies the event, which happened at an instant.
    pub fn apply<O: TraceSink<M>>(&self, at: SimTime, state: &mut RunState<'_, O>) {
        let event = match *self {
            Self::Livelock(node, part) => return state.set_livelock(node, part),
            Self::Handled => return state.remove_pending(),
            Self::Expected => return state.add_pending(),
            Self::Send(from, to, seq, outcome, ref message) => {
                Event::Send { from, to, seq, outcome, message }
            }
            Self::Depart(PacketInfo { link, now: sent, seq }, outcome, ref message) => {
                let [from, to] = link;
                Event::Depart { from, to, sent, seq, outcome, message }
            }
            Self::Arrive(from, to, received, ref message) => {
                Event::Arrive { from, to, received, message }
            }
            Self::Deliver(from, to, ref message) => Event::Deliver { from, to, message },
            Self::Restart(node) => Event::Restart { node },
            Self::Publish(node, item, due) => return state.publish(at, node, item, due),
            Self::PublishUnplanned(node, item) => return state.publish_unplanned(at, node, item),
            Self::Learn(node, item, via) => Event::Learn { node, item, via, again: false },
            Self::See(node, lead) => return state.see(at, node, lead),
            Self::Stage(node, stage, work) => Event::Stage { node, stage, work },
            Self::Locate(node, member) => Event::Locate { node, member, again: false },
            Self::Decide(node, at) => Event::Decide { node, at },
            Self::Strike(node, member) => Event::Strike { node, member },
            Self::Abort(node, abort) => Event::Abort { node, abort },
            Self::Elected(node, term) => Event::Elected { node, term },
            Self::Adjusted(node, adjustment) => Event::Adjusted { node, adjustment },
        };
        state.record(at, &event);
    }
}
