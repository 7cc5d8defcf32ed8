//! The links between nodes, kept as small as they are alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Bandwidth, GeoLinks, Jitter, LinkTable, Loss};
use crate::id::NodeId;
use crate::time::SimDuration;

/// One direction of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Ticks from departure to arrival, at least 1.
    pub latency: u32,
    /// Which kind of jitter, loss and the rest.
    pub model: u16,
}

impl Link {
    /// From departure to arrival, where no fault delays the message.
    #[inline]
    pub fn latency(self) -> SimDuration {
        SimDuration(u64::from(self.latency))
    }
}

/// What links of a kind do to messages.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkModel {
    /// The wait at the sender.
    pub jitter: Jitter,
    /// What chance loses.
    pub loss: Loss,
    /// A message is copied if 64 random bits are below this limit.
    pub duplicate: u64,
    /// How fast messages are put on the link; at once if nothing is said.
    pub bandwidth: Option<Bandwidth>,
}

impl LinkModel {
    /// Whether messages meet nothing at all: no draw, no queue.
    #[inline]
    pub fn is_ideal(&self) -> bool {
        self.fast_path_loss() == Some(0) && matches!(self.jitter, Jitter::None)
    }

    /// The limit of loss, where messages meet no more than that and a jitter that takes one draw
    /// and no curve.
    #[inline]
    pub fn fast_path_loss(&self) -> Option<u64> {
        let quick = matches!(self.jitter, Jitter::None | Jitter::Uniform { .. });
        let alone = self.duplicate == 0 && self.bandwidth.is_none();
        match self.loss {
            Loss::Independent(limit) if quick && alone => Some(limit),
            _ => None,
        }
    }
}

/// All links.
#[derive(Clone, Debug)]
pub enum Links {
    /// Every link is the same.
    Uniform(Link),
    /// Every link is the same but a few, for worlds too large for a table.
    Sparse {
        /// What the others are.
        usual: Link,
        /// Those that differ.
        exceptions: BTreeMap<(NodeId, NodeId), Link>,
    },
    /// Every link has a place in a table.
    Table(LinkTable),
    /// Every link takes what the distance of its ends makes it, for worlds too large for a table.
    Globe(Arc<GeoLinks>),
}

impl Links {
    /// How long the shortest ways from a node to all are, in ticks, by way of any other (E. Dijkstra,
    /// "A note on two problems in connexion with graphs", 1959).
    pub fn distances(&self, nodes: usize, origin: NodeId) -> Vec<u64> {
        let mut distances = vec![u64::MAX; nodes];
        let mut settled = vec![false; nodes];
        distances[origin.index()] = 0;
        for _ in 0..nodes {
            let open = (0..nodes).filter(|&node| !settled[node]);
            let Some(nearest) = open.min_by_key(|&node| distances[node]) else { break };
            settled[nearest] = true;
            for other in (0..nodes).filter(|&other| other != nearest) {
                let link = self.get(NodeId(nearest as u32), NodeId(other as u32));
                let way = distances[nearest].saturating_add(link.latency().0);
                distances[other] = distances[other].min(way);
            }
        }
        distances
    }

    /// No link takes longer: the longest, or, where each is by its distance, hardly less.
    pub fn longest(&self) -> SimDuration {
        let longest = match self {
            Self::Uniform(link) => return link.latency(),
            Self::Globe(globe) => return globe.longest(),
            Self::Table(table) => return table.longest(),
            Self::Sparse { usual, exceptions } => {
                exceptions.values().chain([usual]).map(|link| link.latency()).max()
            }
        };
        longest.unwrap_or_default()
    }

    /// The link from one node to another.
    #[inline]
    pub fn get(&self, from: NodeId, to: NodeId) -> Link {
        match self {
            Self::Uniform(link) => *link,
            Self::Table(table) => table.get(from, to),
            Self::Sparse { usual, exceptions } => {
                exceptions.get(&(from, to)).copied().unwrap_or(*usual)
            }
            Self::Globe(globe) => globe.link(from, to),
        }
    }
}
