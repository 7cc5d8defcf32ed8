//! An event of a run.

use crate::engine::world::WorldEvent;
use crate::id::{Item, Lead, Member, NodeId, NodeSet};
use crate::network::egress::SendOutcome;
use crate::network::fault::{Effect, FaultId};
use crate::protocol::clock_sync::Adjustment;
use crate::protocol::coordination::Abort;
use crate::protocol::desk::{Content, LeadFacts, Stage};
use crate::time::{LocalTime, SimDuration, SimTime};

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
        seq: u32,
        /// Its outcome at the sender, unless the sender crashes before the departure.
        outcome: SendOutcome,
        /// Its content.
        message: &'a M,
    },
    /// A bulk message leaves the uplink in which it has waited.
    Depart {
        /// The sender.
        from: NodeId,
        /// The receiver.
        to: NodeId,
        /// When it was sent.
        sent: SimTime,
        /// Its sequence number on this link in that instant.
        seq: u32,
        /// Its outcome at the sender.
        outcome: SendOutcome,
        /// Its content.
        message: &'a M,
    },
    /// A message reaches a node that has a downlink.
    Arrive {
        /// The sender.
        from: NodeId,
        /// The receiver.
        to: NodeId,
        /// When the downlink will have transmitted it. `None` for a bulk message that waits: smaller
        /// ones may delay it.
        received: Option<SimTime>,
        /// Its content.
        message: &'a M,
    },
    /// A node receives a message.
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
        /// The member that it is about, if it is about one.
        about: Option<Member>,
        /// The nodes that may have it; None if all may.
        audience: Option<&'a NodeSet>,
        /// What it says; None unless the scenario states a procedure.
        content: Option<Content>,
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
    /// Something happens in the world.
    World {
        /// What happens.
        event: WorldEvent,
        /// Whether it is written to the trace: only if the scenario states a procedure.
        is_traced: bool,
    },
    /// A zone sees a lead. Only if the scenario states a procedure; otherwise it publishes an item.
    See {
        /// The zone.
        node: NodeId,
        /// The lead.
        lead: Lead,
        /// What is true about it.
        facts: LeadFacts,
    },
    /// A node has completed a stage of its work.
    Stage {
        /// The node.
        node: NodeId,
        /// The stage.
        stage: Stage,
        /// How long its staff worked on it, on its clock.
        work: SimDuration,
    },
    /// A node aborts a round because of a zone.
    Abort {
        /// The node.
        node: NodeId,
        /// The round, the zone and the reason.
        abort: Abort,
    },
    /// A node has been elected leader.
    Elected {
        /// The node.
        node: NodeId,
        /// The term that it leads.
        term: u64,
    },
    /// The clock of a node is adjusted, as its coordination sees it.
    Adjusted {
        /// The node.
        node: NodeId,
        /// Its correction from now on.
        adjustment: Adjustment,
    },
}
