//! What goes wrong, and when: cuts, holds, isolations, slow and lossy links, crashes, clocks that
//! are stepped.
//!
//! Faults are known before a run starts, so the fate of a message can be told when it is sent.
//! At one instant, faults end before others start, and both come before anything a node does:
//! a cut takes what departs in `[start, end)` and what is under way at `start`.

mod down;
mod group;
mod intervals;
mod schedule;

pub use down::Down;
pub use group::Group;
pub use schedule::{Schedule, Transition};

use crate::id::NodeId;
use crate::time::{Span, Tick};

/// The number of a fault in the order of the scenario file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FaultId(pub u32);

/// One fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The first instant of it.
    pub start: Tick,
    /// The instant at which it no longer holds; [`Tick::NEVER`] if it stays.
    pub end: Tick,
    /// What it does.
    pub effect: Effect,
}

/// What a fault does while it holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Takes what departs between two groups, and what is under way when it starts.
    Cut(Sides),
    /// Keeps what would depart between two groups until it ends.
    Hold(Sides),
    /// Cuts every link of the listed nodes, those between them too.
    Isolate(Group),
    /// Makes what departs between two groups take longer to arrive.
    Slow(Sides, Delay),
    /// Loses a share of what two groups send each other: what is below this limit of 64 random
    /// bits, beside what the link loses itself.
    Lose(Sides, u64),
    /// Stops nodes. They lose timers and what had not departed.
    Crash(Group, Memory),
    /// Steps the clocks of nodes by so many ticks, once: it has no end.
    Clock(Group, i64),
}

/// How much longer a message is under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delay {
    /// So many times the latency of its link, that latency included: at least 1.
    Factor(f64),
    /// By so much.
    Add(Span),
}

impl Delay {
    /// What it adds to the latency of a link, to the nearest tick.
    pub fn of(self, latency: Span) -> Span {
        match self {
            Self::Factor(factor) => Span((latency.0 as f64 * (factor - 1.0) + 0.5) as u64),
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
pub struct Sides {
    /// One side; the senders if `one_way`.
    pub from: Group,
    /// The other side.
    pub to: Group,
    /// Whether only what goes from `from` to `to` is touched.
    pub one_way: bool,
}

impl Sides {
    fn touch(&self, from: NodeId, to: NodeId) -> bool {
        let there = self.from.contains(from) && self.to.contains(to);
        there || (!self.one_way && self.from.contains(to) && self.to.contains(from))
    }
}

impl Fault {
    /// Whether it holds at an instant.
    #[inline]
    pub fn holds_at(&self, at: Tick) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether this fault cuts the way from one node to another while it holds.
    pub fn cuts(&self, from: NodeId, to: NodeId) -> bool {
        match &self.effect {
            Effect::Cut(sides) => sides.touch(from, to),
            Effect::Isolate(nodes) => nodes.contains(from) || nodes.contains(to),
            _ => false,
        }
    }

    /// Whether this fault holds back what goes from one node to another.
    pub fn holds(&self, from: NodeId, to: NodeId) -> bool {
        matches!(&self.effect, Effect::Hold(sides) if sides.touch(from, to))
    }

    /// What this fault adds to the latency of a link; nothing if it does not touch it.
    pub fn slows(&self, from: NodeId, to: NodeId, latency: Span) -> Span {
        match &self.effect {
            Effect::Slow(sides, delay) if sides.touch(from, to) => delay.of(latency),
            _ => Span(0),
        }
    }

    /// The limit below which this fault loses what goes from one node to another.
    pub fn loses(&self, from: NodeId, to: NodeId) -> u64 {
        match self.effect {
            Effect::Lose(ref sides, limit) if sides.touch(from, to) => limit,
            _ => 0,
        }
    }

    /// Whether this fault stops the node.
    pub fn crashes(&self, node: NodeId) -> bool {
        matches!(&self.effect, Effect::Crash(nodes, _) if nodes.contains(node))
    }
}
