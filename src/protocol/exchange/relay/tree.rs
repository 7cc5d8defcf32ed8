//! The tree of fastest paths along which an item is passed on.

use std::collections::BTreeMap;

use rand::Rng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::id::NodeId;

/// A tree: its nodes in preorder, each with its depth. The first node is the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tree(Vec<(NodeId, u32)>);

/// The edges from a node: the neighbours and the cost to each.
pub type Edges = Vec<(NodeId, u64)>;

impl Tree {
    /// The tree of shortest paths from a node (E. W. Dijkstra 1959). Paths of equal cost are equally
    /// likely to be taken, whatever the numbers of their nodes.
    pub fn shortest(
        root: NodeId,
        nodes: &[NodeId],
        edges: impl Fn(NodeId) -> Edges,
        rng: &mut impl Rng,
    ) -> Self {
        let mut order: Vec<NodeId> = nodes.iter().copied().filter(|&node| node != root).collect();
        order.shuffle(rng);
        order.insert(0, root);
        let index: BTreeMap<NodeId, usize> =
            order.iter().enumerate().map(|(at, &node)| (node, at)).collect();
        let mut costs = vec![u64::MAX; order.len()];
        let mut parents = vec![0; order.len()];
        let mut settled = vec![false; order.len()];
        costs[0] = 0;
        // Of equal costs, the first in the random order is settled first.
        let next = |costs: &[u64], settled: &[bool]| {
            let open = (0..costs.len()).filter(|&at| !settled[at] && costs[at] < u64::MAX);
            open.min_by_key(|&at| costs[at])
        };
        while let Some(at) = next(&costs, &settled) {
            settled[at] = true;
            for (to, cost) in edges(order[at]) {
                let Some(&to) = index.get(&to) else { continue };
                let cost = costs[at].saturating_add(cost);
                if cost < costs[to] {
                    (costs[to], parents[to]) = (cost, at);
                }
            }
        }
        let mut tree = Self::default();
        tree.add(0, 0, &order, &|at| {
            (1..parents.len()).filter(|&child| parents[child] == at && settled[child]).collect()
        });
        tree
    }

    /// Adds the node at an index of `order`, and what is below it.
    fn add(
        &mut self,
        at: usize,
        depth: u32,
        order: &[NodeId],
        children: &dyn Fn(usize) -> Vec<usize>,
    ) {
        self.0.push((order[at], depth));
        for child in children(at) {
            self.add(child, depth + 1, order, children);
        }
    }

    #[cfg(test)]
    pub(super) fn of(nodes: Vec<(NodeId, u32)>) -> Self {
        Self(nodes)
    }

    /// The nodes to which a node passes items on; none if it is not in the tree.
    pub fn children(&self, node: NodeId) -> Vec<NodeId> {
        let Some(at) = self.0.iter().position(|&(other, _)| other == node) else {
            return Vec::new();
        };
        let depth = self.0[at].1;
        let below = self.0[at + 1..].iter().take_while(|&&(_, other)| other > depth);
        below.filter(|&&(_, other)| other == depth + 1).map(|&(child, _)| child).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::stream;

    fn nodes(all: &[u32]) -> Vec<NodeId> {
        all.iter().copied().map(NodeId).collect()
    }

    #[test]
    fn shortest_paths_by_hand() {
        // 0 - 1 costs 3, 1 - 2 costs 4, 0 - 2 costs 8, 2 - 3 costs 1; 4 is not connected.
        let links = [(0, 1, 3), (1, 2, 4), (0, 2, 8), (2, 3, 1)];
        let edges = |node: NodeId| {
            let ends = |&(a, b, cost): &(u32, u32, u64)| match node.0 {
                node if node == a => Some((NodeId(b), cost)),
                node if node == b => Some((NodeId(a), cost)),
                _ => None,
            };
            links.iter().filter_map(ends).collect()
        };
        let mut rng = stream(1, "test", 0);
        let all = nodes(&[0, 1, 2, 3, 4]);
        let tree = Tree::shortest(NodeId(0), &all, edges, &mut rng);
        assert_eq!(tree.0, [(NodeId(0), 0), (NodeId(1), 1), (NodeId(2), 2), (NodeId(3), 3)]);
        assert_eq!(tree.children(NodeId(1)), nodes(&[2]));
        assert_eq!(tree.children(NodeId(4)), []);
        // Without node 1.
        let tree = Tree::shortest(NodeId(0), &nodes(&[0, 2, 3]), edges, &mut rng);
        assert_eq!(tree.children(NodeId(0)), nodes(&[2]));
        assert_eq!(tree.children(NodeId(2)), nodes(&[3]));
    }

    #[test]
    fn equal_paths_are_equally_likely() {
        // A ring of four: the last is reached over one or the other.
        let edges = |node: NodeId| {
            let sides = [(node.0 + 1) % 4, (node.0 + 3) % 4];
            sides.map(|side| (NodeId(side), 5)).to_vec()
        };
        let mut rng = stream(1, "test", 0);
        let mut over_1 = 0;
        for _ in 0..1000 {
            let tree = Tree::shortest(NodeId(0), &nodes(&[0, 1, 2, 3]), edges, &mut rng);
            over_1 += u32::from(tree.children(NodeId(1)) == nodes(&[2]));
        }
        assert!((420..580).contains(&over_1), "{over_1} of 1000");
    }
}
