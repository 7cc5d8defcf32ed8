//! A table of links with entries of two, four or eight bytes.
//!
//! Every send looks up a link in random order. In a large network the cache miss costs as much as the
//! rest of the send, so a smaller table is faster.

use std::sync::Arc;

use super::Link;
use crate::id::NodeId;
use crate::time::SimDuration;

/// All links between nodes, in row-major order by sender; the diagonal is unused.
#[derive(Clone, Debug)]
pub struct LinkTable {
    nodes: usize,
    cells: Cells,
    longest: SimDuration,
}

/// A packed entry has the latency in its high bits and the model in its low bits.
#[derive(Clone, Debug)]
enum Cells {
    Two(Arc<[u16]>, Packing),
    Four(Arc<[u32]>, Packing),
    /// For latencies and models that need more than 32 bits together.
    Wide(Arc<[Link]>),
}

/// The number of bits of the model.
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
    /// A table of `nodes` x `nodes` links, given row by row.
    pub fn new(nodes: usize, links: &[Link]) -> Self {
        let latency = links.iter().map(|link| link.latency).max().unwrap_or(0);
        let model = links.iter().map(|link| u32::from(link.model)).max().unwrap_or(0);
        let bits = |max: u32| u32::BITS - max.leading_zeros();
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
        let index = from.index() * self.nodes + to.index();
        match &self.cells {
            Cells::Two(cells, packing) => packing.unpack(cells[index].into()),
            Cells::Four(cells, packing) => packing.unpack(cells[index]),
            Cells::Wide(links) => links[index],
        }
    }

    /// The longest latency.
    pub fn longest(&self) -> SimDuration {
        self.longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_round_trip_in_the_smallest_entry() {
        let max = u32::MAX;
        for (latency, model, bytes) in [
            (120, 0, 2),
            (65_535, 0, 2),
            (65_536, 0, 4),
            (8191, 7, 2),
            (8192, 7, 4),
            (8191, 8, 4),
            (max, 0, 4),
            (65_535, u16::MAX, 4),
            (65_536, u16::MAX, 8),
            (max, 1, 8),
            (max, u16::MAX, 8),
        ] {
            let link = |latency, model| Link { latency, model };
            let links =
                [link(1, 0), link(latency, model), link(latency, 0), link(latency / 3, model / 2)];
            let table = LinkTable::new(2, &links);
            let pairs = [(0, 0), (0, 1), (1, 0), (1, 1)];
            let got = pairs.map(|(from, to)| table.get(NodeId(from), NodeId(to)));
            assert_eq!(got, links);
            assert_eq!(table.longest(), SimDuration(latency.into()));
            let size = match table.cells {
                Cells::Two(..) => 2,
                Cells::Four(..) => 4,
                Cells::Wide(_) => 8,
            };
            assert_eq!(size, bytes, "{latency} {model}");
        }
    }
}
