//! A graph by its edges: the neighbours of every zone, one table for all machines.

use std::sync::Arc;

use crate::id::NodeId;

/// Zones and their neighbours. A clone shares the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph(Arc<Table>);

/// The neighbours of all zones in a row, those of a zone in order.
#[derive(Debug, PartialEq)]
struct Table {
    /// Where those of each zone begin, and where the last end.
    starts: Vec<u32>,
    neighbours: Vec<NodeId>,
}

impl Graph {
    /// The graph of so many zones with these edges, each given once.
    pub fn new(zones: u32, edges: impl IntoIterator<Item = (NodeId, NodeId)>) -> Self {
        let mut ways: Vec<(NodeId, NodeId)> =
            edges.into_iter().flat_map(|(a, b)| [(a, b), (b, a)]).collect();
        ways.sort_unstable();
        let start = |zone| ways.partition_point(|(from, _)| from.0 < zone) as u32;
        let starts = (0..=zones).map(start).collect();
        Self(Arc::new(Table { starts, neighbours: ways.into_iter().map(|(_, to)| to).collect() }))
    }

    /// All others around one.
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

    /// The first zone that cannot be reached from zone 0, if there is one.
    pub fn unreached(&self) -> Option<NodeId> {
        let mut reached = vec![false; self.0.starts.len() - 1];
        let mut open = vec![NodeId(0)];
        reached[0] = true;
        while let Some(zone) = open.pop() {
            for &near in self.neighbours(zone) {
                if !std::mem::replace(&mut reached[near.index()], true) {
                    open.push(near);
                }
            }
        }
        reached.iter().position(|&reached| !reached).map(|zone| NodeId(zone as u32))
    }
}
