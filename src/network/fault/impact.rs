//! One fault, and what it does to packets on a link.

use super::{Delay, Effect};
use crate::id::NodeId;
use crate::time::{SimDuration, SimTime};

/// The number of a fault in the order of the scenario file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FaultId(pub u32);

/// One fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The first instant at which it is in effect.
    pub start: SimTime,
    /// The first instant at which it is no longer in effect; [`SimTime::NEVER`] if it does not end.
    pub end: SimTime,
    /// What it does.
    pub effect: Effect,
}

impl Fault {
    /// Whether it is in effect at an instant.
    #[inline]
    pub fn holds_at(&self, at: SimTime) -> bool {
        self.start <= at && at < self.end
    }

    /// What the fault does to a packet from one node to another while it is active.
    #[inline]
    pub fn on_link(&self, from: NodeId, to: NodeId) -> LinkImpact {
        let (links, impact) = match &self.effect {
            Effect::Partition(links) => (links, LinkImpact::Drop),
            Effect::Hold(links) => (links, LinkImpact::Hold),
            Effect::Delay(links, delay) => (links, LinkImpact::Delay(*delay)),
            Effect::Loss(links, limit) => (links, LinkImpact::Lose(*limit)),
            Effect::Isolate(nodes) if nodes.contains(from) || nodes.contains(to) => {
                return LinkImpact::Drop;
            }
            Effect::Isolate(_) | Effect::Crash(..) | Effect::Clock(..) => return LinkImpact::None,
        };
        if links.contains(from, to) { impact } else { LinkImpact::None }
    }

    /// Whether this fault partitions the link from one node to another while it is active.
    pub fn partitions(&self, from: NodeId, to: NodeId) -> bool {
        self.on_link(from, to) == LinkImpact::Drop
    }

    /// Whether this fault holds back packets from one node to another.
    pub fn holds(&self, from: NodeId, to: NodeId) -> bool {
        self.on_link(from, to) == LinkImpact::Hold
    }

    /// What this fault adds to the latency of a link; 0 if it does not affect the link.
    pub fn added_delay(&self, from: NodeId, to: NodeId, latency: SimDuration) -> SimDuration {
        match self.on_link(from, to) {
            LinkImpact::Delay(delay) => delay.added(latency),
            _ => SimDuration(0),
        }
    }

    /// The limit below which this fault loses packets from one node to another.
    pub fn loss_limit(&self, from: NodeId, to: NodeId) -> u64 {
        match self.on_link(from, to) {
            LinkImpact::Lose(limit) => limit,
            _ => 0,
        }
    }

    /// Whether this fault crashes the node.
    pub fn crashes(&self, node: NodeId) -> bool {
        self.effect.crash().is_some_and(|(nodes, _)| nodes.contains(node))
    }
}

/// What a fault does to a packet on one link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LinkImpact {
    /// Nothing.
    None,
    /// It is lost, also if it is in flight when the fault starts.
    Drop,
    /// It departs when the fault ends.
    Hold,
    /// It takes longer.
    Delay(Delay),
    /// It is lost if its draw of 64 random bits is below this limit.
    Lose(u64),
}
