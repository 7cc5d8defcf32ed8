//! A table of links, each in as few bytes as all of them allow.
//!
//! Every message looks its link up, in an order that no cache foresees: in a large world that look
//! costs as much as the rest of the message, and the less the smaller the table is.

use std::sync::Arc;

use super::Link;
use crate::id::NodeId;
use crate::time::SimDuration;

/// All links between nodes, row by sender; those of a node to itself are unused.
#[derive(Clone, Debug)]
pub struct LinkTable {
    nodes: usize,
    cells: Cells,
    longest: SimDuration,
}

/// The latency above the model, whose bits are told apart.
#[derive(Clone, Debug)]
enum Cells {
    Two(Arc<[u16]>, Packing),
    Four(Arc<[u32]>, Packing),
    /// Latencies and models that take more than 32 bits together.
    Wide(Arc<[Link]>),
}

/// How many of the low bits are the model.
#[derive(Clone, Copy, Debug)]
struct Packing(u32);

impl Packing {
    fn pack(self, Link { latency, model }: Link) -> u32 {
        latency << self.0 | u32::from(model)
    }

    #[inline]
    fn unpack(self, cell: u32) -> Link {
        let model = cell & ((1 << self.0) - 1);
        Link { latency: cell >> self.0, model: model as u16 }
    }
}

impl LinkTable {
    /// A table of nodes times nodes links.
    pub fn new(nodes: usize, links: &[Link]) -> Self {
        let latency = links.iter().map(|link| link.latency).max().unwrap_or(0);
        let model = links.iter().map(|link| u32::from(link.model)).max().unwrap_or(0);
        let bits = |most: u32| u32::BITS - most.leading_zeros();
        let packing = Packing(bits(model));
        let cells = match bits(latency) + bits(model) {
            ..=16 => {
                Cells::Two(links.iter().map(|&link| packing.pack(link) as u16).collect(), packing)
            }
            17..=32 => Cells::Four(links.iter().map(|&link| packing.pack(link)).collect(), packing),
            33.. => Cells::Wide(links.into()),
        };
        Self { nodes, cells, longest: SimDuration(latency.into()) }
    }

    /// The link from one node to another.
    #[inline]
    pub fn get(&self, from: NodeId, to: NodeId) -> Link {
        let place = from.index() * self.nodes + to.index();
        match &self.cells {
            Cells::Two(cells, packing) => packing.unpack(cells[place].into()),
            Cells::Four(cells, packing) => packing.unpack(cells[place]),
            Cells::Wide(links) => links[place],
        }
    }

    /// No link takes longer.
    pub fn longest(&self) -> SimDuration {
        self.longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_come_out_as_they_went_in() {
        let most = u32::MAX;
        for (latency, model, bytes) in [
            (120, 0, 2),
            (65_535, 0, 2),
            (65_536, 0, 4),
            (8191, 7, 2),
            (8192, 7, 4),
            (8191, 8, 4),
            (most, 0, 4),
            (65_535, u16::MAX, 4),
            (65_536, u16::MAX, 8),
            (most, 1, 8),
            (most, u16::MAX, 8),
        ] {
            let link = |latency, model| Link { latency, model };
            let links =
                [link(1, 0), link(latency, model), link(latency, 0), link(latency / 3, model / 2)];
            let table = LinkTable::new(2, &links);
            let ways = [(0, 0), (0, 1), (1, 0), (1, 1)];
            let got = ways.map(|(from, to)| table.get(NodeId(from), NodeId(to)));
            assert_eq!(got, links);
            assert_eq!(table.longest(), SimDuration(latency.into()));
            let is = match table.cells {
                Cells::Two(..) => 2,
                Cells::Four(..) => 4,
                Cells::Wide(_) => 8,
            };
            assert_eq!(is, bytes, "{latency} {model}");
        }
    }
}
