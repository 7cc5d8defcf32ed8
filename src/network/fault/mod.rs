//! What goes wrong, and when: partitions, holds, isolations, delays, losses, crashes, clocks that
//! are stepped.
//!
//! Faults are known before a run starts, so the fate of a message can be told when it is sent.
//! At one instant, faults end before others start, and both come before anything a node does:
//! a partition takes what departs in `[start, end)` and what is under way at `start`.

mod downtime;
mod intervals;
mod node_set;
mod schedule;

pub use downtime::Downtime;
pub use node_set::NodeSet;
pub use schedule::{Schedule, Transition};

use crate::id::NodeId;
use crate::time::{SimDuration, SimTime};

/// The number of a fault in the order of the scenario file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FaultId(pub u32);

/// One fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The first instant of it.
    pub start: SimTime,
    /// The instant at which it no longer holds; [`SimTime::NEVER`] if it stays.
    pub end: SimTime,
    /// What it does.
    pub effect: Effect,
}

/// What a fault does while it holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Takes what departs between two groups, and what is under way when it starts.
    Partition(LinkSet),
    /// Keeps what would depart between two groups until it ends.
    Hold(LinkSet),
    /// Cuts every link of the listed nodes, those between them too.
    Isolate(NodeSet),
    /// Makes what departs between two groups take longer to arrive.
    Delay(LinkSet, Delay),
    /// Loses a share of what two groups send each other: what is below this limit of 64 random
    /// bits, beside what the link loses itself.
    Loss(LinkSet, u64),
    /// Stops nodes. They lose timers and what had not departed.
    Crash(NodeSet, Memory),
    /// Steps the clocks of nodes by so many ticks, once: it has no end.
    Clock(NodeSet, i64),
}

/// How much longer a message is under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delay {
    /// So many times the latency of its link, that latency included: at least 1.
    Factor(f64),
    /// By so much.
    Add(SimDuration),
}

impl Delay {
    /// What it adds to the latency of a link, to the nearest tick.
    pub fn added(self, latency: SimDuration) -> SimDuration {
        match self {
            Self::Factor(factor) => SimDuration((latency.0 as f64 * (factor - 1.0) + 0.5) as u64),
            Self::Add(span) => span,
        }
    }
}

/// What a crash leaves of what a node knew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// All of it.
    Kept,
    /// Nothing but what its protocols name durable.
    Lost,
}

/// The two sides of a fault of links.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkSet {
    /// One side; the senders if `one_way`.
    pub from: NodeSet,
    /// The other side.
    pub to: NodeSet,
    /// Whether only what goes from `from` to `to` is touched.
    pub one_way: bool,
}

impl LinkSet {
    fn contains(&self, from: NodeId, to: NodeId) -> bool {
        let there = self.from.contains(from) && self.to.contains(to);
        there || (!self.one_way && self.from.contains(to) && self.to.contains(from))
    }
}

impl Fault {
    /// Whether it holds at an instant.
    #[inline]
    pub fn holds_at(&self, at: SimTime) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether this fault partitions the way from one node to another while it holds.
    pub fn partitions(&self, from: NodeId, to: NodeId) -> bool {
        match &self.effect {
            Effect::Partition(sides) => sides.contains(from, to),
            Effect::Isolate(nodes) => nodes.contains(from) || nodes.contains(to),
            _ => false,
        }
    }

    /// Whether this fault holds back what goes from one node to another.
    pub fn holds(&self, from: NodeId, to: NodeId) -> bool {
        matches!(&self.effect, Effect::Hold(sides) if sides.contains(from, to))
    }

    /// What this fault adds to the latency of a link; nothing if it does not touch it.
    pub fn added_delay(&self, from: NodeId, to: NodeId, latency: SimDuration) -> SimDuration {
        match &self.effect {
            Effect::Delay(sides, delay) if sides.contains(from, to) => delay.added(latency),
            _ => SimDuration(0),
        }
    }

    /// The limit below which this fault loses what goes from one node to another.
    pub fn loss_limit(&self, from: NodeId, to: NodeId) -> u64 {
        match self.effect {
            Effect::Loss(ref sides, limit) if sides.contains(from, to) => limit,
            _ => 0,
        }
    }

    /// Whether this fault stops the node.
    pub fn crashes(&self, node: NodeId) -> bool {
        matches!(&self.effect, Effect::Crash(nodes, _) if nodes.contains(node))
    }
}
