//! Sets of nodes that may have an item, each kept once.

use std::collections::BTreeMap;

use crate::id::{NodeId, NodeSet};

/// The audiences of a run, numbered.
#[derive(Clone, Debug, Default)]
pub struct Audiences {
    nodes: Vec<Vec<NodeId>>,
    numbers: BTreeMap<Vec<NodeId>, u32>,
}

impl Audiences {
    /// The number of an audience.
    pub fn number(&mut self, mut nodes: Vec<NodeId>) -> u32 {
        nodes.sort_unstable();
        if let Some(&number) = self.numbers.get(&nodes) {
            return number;
        }
        let number = self.nodes.len() as u32;
        self.nodes.push(nodes.clone());
        self.numbers.insert(nodes, number);
        number
    }

    /// The nodes of an audience; none if the number is of no audience.
    pub fn nodes(&self, number: u32) -> &[NodeId] {
        self.nodes.get(number as usize).map_or(&[], Vec::as_slice)
    }

    /// The audiences by number.
    pub fn into_sets(self) -> Vec<NodeSet> {
        self.nodes.into_iter().map(|nodes| nodes.into_iter().collect()).collect()
    }
}
