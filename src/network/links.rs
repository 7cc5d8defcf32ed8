//! The links between nodes, in the most compact of several representations.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{GeoLinks, Link, LinkTable};
use crate::id::NodeId;
use crate::time::SimDuration;

/// All links of a network.
#[derive(Clone, Debug)]
pub enum Links {
    /// Every link is the same.
    Uniform(Link),
    /// All links are equal except some, for networks too large for a table.
    Sparse {
        /// The link of every other pair.
        usual: Link,
        /// Links that differ, by (sender, receiver).
        exceptions: BTreeMap<(NodeId, NodeId), Link>,
    },
    /// One entry for each link.
    Table(LinkTable),
    /// Latencies are computed from distances, for networks too large for a table.
    Globe(Arc<GeoLinks>),
}

impl Links {
    /// The lengths in ticks of the shortest paths from `origin` to each node (E. Dijkstra, "A note on
    /// two problems in connexion with graphs", 1959).
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
                let distance = distances[nearest].saturating_add(link.latency().0);
                distances[other] = distances[other].min(distance);
            }
        }
        distances
    }

    /// An upper bound of all latencies, exact except for [`Links::Globe`].
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

    /// The link from one node to another. Inlined where a link takes one load, as in most networks.
    #[inline(always)]
    pub fn get(&self, from: NodeId, to: NodeId) -> Link {
        match self {
            Self::Uniform(link) => *link,
            Self::Table(table) => table.get(from, to),
            Self::Sparse { .. } | Self::Globe(_) => self.find(from, to),
        }
    }

    #[inline(never)]
    fn find(&self, from: NodeId, to: NodeId) -> Link {
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
