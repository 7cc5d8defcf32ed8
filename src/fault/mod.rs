//! What goes wrong, and when: cuts, holds, isolations, crashes.
//!
//! Faults are known before a run starts, so the fate of a message can be told when it is sent.
//! At one instant, faults end before others start, and both come before anything a node does:
//! a cut takes what departs in `[start, end)` and what is under way at `start`.

mod group;
mod schedule;

pub use group::Group;
pub use schedule::{Schedule, Transition};

use crate::id::NodeId;
use crate::time::Tick;

/// The number of a fault in the order of the scenario file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FaultId(pub u32);

/// One fault.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The first instant of it.
    pub start: Tick,
    /// The instant at which it no longer holds; [`Tick::NEVER`] if it stays.
    pub end: Tick,
    /// What it does.
    pub effect: Effect,
}

/// What a fault does while it holds.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Takes what departs between two groups, and what is under way when it starts.
    Cut(Sides),
    /// Keeps what would depart between two groups until it ends.
    Hold(Sides),
    /// Cuts every link of the listed nodes, those between them too.
    Isolate(Group),
    /// Stops nodes. They lose timers and what they had not sent; memory is kept.
    Crash(Group),
}

/// The two sides of a fault of links.
#[derive(Clone, Debug)]
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
    /// Whether this fault cuts the way from one node to another while it holds.
    pub fn cuts(&self, from: NodeId, to: NodeId) -> bool {
        match &self.effect {
            Effect::Cut(sides) => sides.touch(from, to),
            Effect::Isolate(nodes) => nodes.contains(from) || nodes.contains(to),
            Effect::Hold(_) | Effect::Crash(_) => false,
        }
    }

    /// Whether this fault holds back what goes from one node to another.
    pub fn holds(&self, from: NodeId, to: NodeId) -> bool {
        matches!(&self.effect, Effect::Hold(sides) if sides.touch(from, to))
    }

    /// Whether this fault stops the node.
    pub fn crashes(&self, node: NodeId) -> bool {
        matches!(&self.effect, Effect::Crash(nodes) if nodes.contains(node))
    }
}
