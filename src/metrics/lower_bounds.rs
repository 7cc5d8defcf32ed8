//! The floor: the fastest that any protocol could bring an item from a zone to all others, over the
//! links as they are: shortest paths over their latencies.

use std::sync::OnceLock;

use crate::id::NodeId;
use crate::network::Links;
use crate::plan::Plan;

/// Above so many nodes no shortest paths are sought. Where all links are alike, or the way straight
/// is known to be the shortest, none need be.
const MAX_NODES: usize = 4096;

/// The floors of all zones, each found when it is first asked for.
pub struct LowerBounds {
    zones: u32,
    nodes: usize,
    links: Links,
    ticks: Vec<OnceLock<u64>>,
}

impl LowerBounds {
    /// The floors of a plan's network.
    pub fn new<E, C>(plan: &Plan<E, C>) -> Self {
        let sought = match &plan.network.links {
            Links::Globe(globe) => globe.is_straight(),
            _ => plan.nodes() <= MAX_NODES,
        };
        let ticks = if sought { plan.zones } else { 0 };
        Self {
            zones: plan.zones,
            nodes: plan.nodes(),
            links: plan.network.links.clone(),
            ticks: (0..ticks).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The floor of a zone, in ticks, if it is known.
    pub fn of(&self, origin: NodeId) -> Option<u64> {
        if let Links::Uniform(link) = &self.links {
            return Some(link.latency().0);
        }
        let floor = self.ticks.get(origin.index())?;
        let longest = || match &self.links {
            Links::Globe(globe) => globe.farthest(origin, self.zones).0,
            links => {
                let distances = links.distances(self.nodes, origin);
                distances[..self.zones as usize].iter().copied().max().unwrap_or(0)
            }
        };
        Some(*floor.get_or_init(longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Link, LinkTable};

    #[test]
    fn a_detour_may_be_the_fastest() {
        // 0 to 2 takes 239 directly and 6 + 71 by way of 1, as Tashkent to Islamabad does.
        let link = |latency| Link { latency, model: 0 };
        let (far, near, mid) = (link(239), link(6), link(71));
        let links = vec![near, near, far, near, near, mid, far, mid, near];
        let floors = LowerBounds {
            zones: 3,
            nodes: 3,
            links: Links::Table(LinkTable::new(3, &links)),
            ticks: (0..3).map(|_| OnceLock::new()).collect(),
        };
        assert_eq!(floors.of(NodeId(0)), Some(77));
        assert_eq!(floors.of(NodeId(1)), Some(71));
    }
}
