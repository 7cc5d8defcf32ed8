//! The messages and timers of a relay.

use serde::{Deserialize, Serialize};

use super::tree::Tree;
use crate::id::{ItemSet, NodeId};
use crate::protocol::exchange::retransmitter;
use crate::protocol::{ItemSets, Items, WireMessage};
use crate::time::{LocalTime, NanoDuration};

/// A message of a relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Items to be acknowledged and passed on.
    Items(Parcels),
    /// These items have arrived.
    Ack(ItemSet),
    /// To a neighbour, in each round.
    Probe {
        /// When it was sent, on the clock of the sender.
        sent: LocalTime,
        /// The names of the items that the sender has.
        known: ItemSet,
        /// What the sender has measured, and what others have that do not reach the neighbour.
        rows: Vec<Row>,
    },
    /// The answer to a probe.
    Echo {
        /// When the probe was sent.
        sent: LocalTime,
        /// The items that are asked for.
        wanted: ItemSet,
    },
}

/// A timer of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A neighbour has not acknowledged everything.
    Retry(retransmitter::Timer),
    /// The next round begins; the number of rounds so far.
    Round(u64),
}

/// Items by the tree along which they are passed on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcels(pub Vec<(Tree, ItemSet)>);

impl ItemSets for Parcels {
    fn set(&self, index: usize) -> Option<&ItemSet> {
        self.0.get(index).map(|(_, items)| items)
    }
}

impl Parcels {
    /// All items.
    pub fn all(&self) -> ItemSet {
        let mut all = ItemSet::EMPTY;
        for (_, items) in &self.0 {
            all.union_with(items);
        }
        all
    }
}

/// What a zone has measured of its links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The zone.
    pub zone: NodeId,
    /// A row with a higher number is newer.
    pub number: u64,
    /// The cost of each link that answers, sorted by neighbour: the round trip in halves of a tick.
    pub costs: Vec<(NodeId, u64)>,
}

impl Row {
    /// The cost of the link to a neighbour; None if it does not answer.
    pub fn cost(&self, to: NodeId) -> Option<u64> {
        let found = self.costs.binary_search_by_key(&to, |&(neighbour, _)| neighbour);
        found.ok().map(|at| self.costs[at].1)
    }
}

impl WireMessage for Message {
    fn items(&self) -> Items<'_> {
        match self {
            Self::Items(parcels) => Items::Sets(parcels),
            Self::Ack(_) | Self::Probe { .. } | Self::Echo { .. } => Items::None,
        }
    }

    fn for_each_name(&self, visit: &mut dyn FnMut(Items<'_>)) {
        match self {
            Self::Items(parcels) => visit(Items::Sets(parcels)),
            Self::Ack(items)
            | Self::Probe { known: items, .. }
            | Self::Echo { wanted: items, .. } => visit(Items::Set(items)),
        }
    }

    fn describe(&self, _tick: NanoDuration) -> String {
        match self {
            Self::Items(parcels) => parcels.all().to_string(),
            Self::Ack(items) => format!("ack of {items}"),
            Self::Probe { known, .. } if known.is_empty() => "probe".into(),
            Self::Probe { known, .. } => format!("probe, has {known}"),
            Self::Echo { wanted, .. } if wanted.is_empty() => "echo".into(),
            Self::Echo { wanted, .. } => format!("echo, request for {wanted}"),
        }
    }
}
