//! A graph: one table of the neighbours of every zone, shared by all nodes.

use std::sync::Arc;

use crate::id::NodeId;

/// Zones and their neighbours. A clone shares the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph(Arc<Table>);

/// The neighbours of all zones in one list, sorted within each zone.
#[derive(Debug, PartialEq)]
struct Table {
    /// The index of each zone's first neighbour, and the length of the list.
    starts: Vec<u32>,
    neighbours: Vec<NodeId>,
}

impl Graph {
    /// The graph of so many zones with these edges, each given once.
    pub fn new(zones: u32, edges: impl IntoIterator<Item = (NodeId, NodeId)>) -> Self {
        let mut directed: Vec<(NodeId, NodeId)> =
            edges.into_iter().flat_map(|(a, b)| [(a, b), (b, a)]).collect();
        directed.sort_unstable();
        let start = |zone| directed.partition_point(|(from, _)| from.0 < zone) as u32;
        let starts = (0..=zones).map(start).collect();
        Self(Arc::new(Table {
            starts,
            neighbours: directed.into_iter().map(|(_, to)| to).collect(),
        }))
    }

    /// A star around `centre`.
    pub fn star(centre: NodeId, zones: u32) -> Self {
        let others = (0..zones).map(NodeId).filter(|&zone| zone != centre);
        Self::new(zones, others.map(|zone| (centre, zone)))
    }

    /// The neighbours of a zone, in order.
    pub fn neighbours(&self, zone: NodeId) -> &[NodeId] {
        let Table { starts, neighbours } = &*self.0;
        let ends = starts.get(zone.index()).zip(starts.get(zone.index() + 1));
        ends.map_or(&[], |(&start, &end)| &neighbours[start as usize..end as usize])
    }

    /// The zones of each part of the graph, in order of its first zone.
    pub fn parts(&self) -> Vec<Vec<NodeId>> {
        let zones = self.0.starts.len() - 1;
        let (mut reached, mut parts) = (vec![false; zones], Vec::new());
        for first in 0..zones {
            if reached[first] {
                continue;
            }
            reached[first] = true;
            let (mut part, mut next) = (vec![NodeId(first as u32)], 0);
            while let Some(&zone) = part.get(next) {
                next += 1;
                for &near in self.neighbours(zone) {
                    if !std::mem::replace(&mut reached[near.index()], true) {
                        part.push(near);
                    }
                }
            }
            part.sort_unstable();
            parts.push(part);
        }
        parts
    }

    /// The first zone that cannot be reached from zone 0, if there is one.
    pub fn unreached(&self) -> Option<NodeId> {
        let mut reached = vec![false; self.0.starts.len() - 1];
        let mut open = vec![NodeId(0)];
        reached[0] = true;
        while let Some(zone) = open.pop() {
            for &neighbour in self.neighbours(zone) {
                if !std::mem::replace(&mut reached[neighbour.index()], true) {
                    open.push(neighbour);
                }
            }
        }
        reached.iter().position(|&reached| !reached).map(|zone| NodeId(zone as u32))
    }
}
