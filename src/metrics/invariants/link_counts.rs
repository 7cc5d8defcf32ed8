//! Counts of the messages over links.

use std::collections::BTreeMap;

use crate::id::NodeId;

/// Above this many nodes only the links that are used have a count.
pub const MAX_DENSE: usize = 128;

/// The messages of a protocol over a link.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkCount {
    pub sent: u64,
    /// The bytes of the messages that were sent.
    pub bytes: u64,
    pub delivered: u64,
}

/// The counts of all links.
pub enum LinkCounts {
    /// The number of nodes, and the count of every link.
    Dense(usize, Vec<LinkCount>),
    /// The links that were used.
    Sparse(BTreeMap<[NodeId; 2], LinkCount>),
}

impl LinkCounts {
    pub fn new(nodes: usize) -> Self {
        if nodes <= MAX_DENSE {
            Self::Dense(nodes, vec![LinkCount::default(); nodes * nodes])
        } else {
            Self::Sparse(BTreeMap::new())
        }
    }

    pub fn of(&mut self, link: [NodeId; 2]) -> &mut LinkCount {
        match self {
            Self::Dense(nodes, counts) => &mut counts[link[0].index() * *nodes + link[1].index()],
            Self::Sparse(counts) => counts.entry(link).or_default(),
        }
    }
}
