//! Faults: partitions, holds, isolations, delays, losses, crashes and clock steps.
//!
//! Faults are known before a run starts, so the outcome of a send is computed when it is sent. At one
//! instant, faults end before others start, and both precede all events of nodes. A partition drops
//! what departs in `[start, end)` and what is in flight at `start`.

mod downtime;
mod intervals;
mod node_set;
mod schedule;

pub use downtime::Downtime;
pub use node_set::NodeSet;
pub use schedule::{Schedule, Transition};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// The effect of a fault.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Drops what departs between two groups, and what is in flight when it starts.
    Partition(LinkSet),
    /// Keeps at the sender what would depart between two groups, until it ends.
    Hold(LinkSet),
    /// Drops as a partition does on every link of the nodes, links among them included.
    Isolate(NodeSet),
    /// Delays what departs between two groups.
    Delay(LinkSet, Delay),
    /// Loses messages between two groups at random, in addition to the loss of the link: those whose 64
    /// random bits are below this limit.
    Loss(LinkSet, u64),
    /// Stops nodes until they restart. They lose their timers and messages that have not departed.
    Crash(NodeSet, Memory),
    /// Steps the clocks of nodes once, by this many ticks; its end is [`SimTime::NEVER`].
    Clock(NodeSet, i64),
}

/// A delay of messages in flight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delay {
    /// Multiplies the latency of the link; at least 1.
    Factor(f64),
    /// Adds to the latency of the link.
    Add(SimDuration),
}

impl Delay {
    /// The ticks added to the latency of a link, rounded to the nearest.
    pub fn added(self, latency: SimDuration) -> SimDuration {
        match self {
            Self::Factor(factor) => SimDuration((latency.0 as f64 * (factor - 1.0) + 0.5) as u64),
            Self::Add(duration) => duration,
        }
    }
}

/// What a crash leaves of what a node knew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Memory {
    /// All of it.
    #[default]
    Kept,
    /// Nothing but what its protocols recover.
    Lost,
}

/// The links between two sets of nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkSet {
    /// One set; the senders if `one_way`.
    pub from: NodeSet,
    /// The other set.
    pub to: NodeSet,
    /// Whether only the direction from `from` to `to` is included.
    pub one_way: bool,
}

impl LinkSet {
    fn contains(&self, from: NodeId, to: NodeId) -> bool {
        let is_forward = self.from.contains(from) && self.to.contains(to);
        is_forward || (!self.one_way && self.from.contains(to) && self.to.contains(from))
    }
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

/// The kinds of effects that a schedule looks up separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Category {
    /// Links drop packets.
    Drop,
    /// Links hold packets.
    Hold,
    /// Links delay packets.
    Delay,
    /// Links lose packets at random.
    Lose,
    /// Nodes are down.
    Crash,
    /// Clocks are stepped.
    Step,
}

impl Effect {
    /// Where a schedule looks it up.
    pub(crate) const fn category(&self) -> Category {
        match self {
            Self::Partition(_) | Self::Isolate(_) => Category::Drop,
            Self::Hold(_) => Category::Hold,
            Self::Delay(..) => Category::Delay,
            Self::Loss(..) => Category::Lose,
            Self::Crash(..) => Category::Crash,
            Self::Clock(..) => Category::Step,
        }
    }

    /// Whether it acts once, at the start of the fault, and has no duration.
    pub const fn is_instantaneous(&self) -> bool {
        matches!(self.category(), Category::Step)
    }

    /// The nodes that it stops, and what they remember after the restart.
    pub const fn crash(&self) -> Option<(&NodeSet, Memory)> {
        match self {
            Self::Crash(nodes, memory) => Some((nodes, *memory)),
            Self::Partition(_) | Self::Hold(_) | Self::Isolate(_) => None,
            Self::Delay(..) | Self::Loss(..) | Self::Clock(..) => None,
        }
    }

    /// The clocks that it steps, and by how many ticks.
    pub const fn clock_step(&self) -> Option<(&NodeSet, i64)> {
        match self {
            Self::Clock(nodes, step) => Some((nodes, *step)),
            Self::Partition(_) | Self::Hold(_) | Self::Isolate(_) => None,
            Self::Delay(..) | Self::Loss(..) | Self::Crash(..) => None,
        }
    }
}
