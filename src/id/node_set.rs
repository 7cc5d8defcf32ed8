//! A set of nodes as a bitmap.

use super::NodeId;

/// A set of nodes; membership takes constant time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSet {
    bits: Vec<u64>,
}

impl FromIterator<NodeId> for NodeSet {
    fn from_iter<I: IntoIterator<Item = NodeId>>(nodes: I) -> Self {
        let mut set = Self::default();
        for node in nodes {
            let word = node.index() / 64;
            if set.bits.len() <= word {
                set.bits.resize(word + 1, 0);
            }
            set.bits[word] |= 1 << (node.0 % 64);
        }
        set
    }
}

impl NodeSet {
    /// The nodes below `nodes` that are not in this set.
    pub fn complement(&self, nodes: usize) -> Self {
        Self::from_iter((0..nodes as u32).map(NodeId).filter(|&node| !self.contains(node)))
    }

    /// Whether the set has the node.
    #[inline]
    pub fn contains(&self, node: NodeId) -> bool {
        self.bits.get(node.index() / 64).is_some_and(|word| word & (1 << (node.0 % 64)) != 0)
    }

    /// Number of nodes in the set.
    pub fn len(&self) -> u32 {
        self.bits.iter().map(|word| word.count_ones()).sum()
    }

    /// Whether the set has no node.
    pub fn is_empty(&self) -> bool {
        self.bits.iter().all(|&word| word == 0)
    }

    /// The nodes in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = NodeId> + '_ {
        (0..self.bits.len() as u32 * 64).map(NodeId).filter(|&node| self.contains(node))
    }
}
