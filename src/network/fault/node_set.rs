//! A set of nodes that answers in one step whether a node is in.

use crate::id::NodeId;

/// A set of nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSet {
    bits: Vec<u64>,
}

impl NodeSet {
    /// The set of these nodes.
    pub fn of(nodes: impl IntoIterator<Item = NodeId>) -> Self {
        let mut group = Self::default();
        for node in nodes {
            let word = node.index() / 64;
            if group.bits.len() <= word {
                group.bits.resize(word + 1, 0);
            }
            group.bits[word] |= 1 << (node.0 % 64);
        }
        group
    }

    /// Every one of `nodes` nodes that is not in here.
    pub fn complement(&self, nodes: usize) -> Self {
        Self::of((0..nodes as u32).map(NodeId).filter(|&node| !self.contains(node)))
    }

    /// Whether the node is in.
    #[inline]
    pub fn contains(&self, node: NodeId) -> bool {
        self.bits.get(node.index() / 64).is_some_and(|word| word & (1 << (node.0 % 64)) != 0)
    }

    /// The nodes in order of number.
    pub fn iter(&self) -> impl Iterator<Item = NodeId> + '_ {
        (0..self.bits.len() as u32 * 64).map(NodeId).filter(|&node| self.contains(node))
    }
}
