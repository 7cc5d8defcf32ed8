//! What faults do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NodeSet;
use crate::id::NodeId;
use crate::time::SimDuration;

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
    /// Steps the clocks of nodes once, by this many ticks; its end is
    /// [`SimTime::NEVER`](crate::time::SimTime::NEVER).
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
    pub(super) fn contains(&self, from: NodeId, to: NodeId) -> bool {
        let is_forward = self.from.contains(from) && self.to.contains(to);
        is_forward || (!self.one_way && self.from.contains(to) && self.to.contains(from))
    }
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
