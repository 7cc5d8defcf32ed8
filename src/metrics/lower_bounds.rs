//! Lower bounds on the time that any protocol needs to bring an item from a zone to all others: the
//! longest of the shortest paths over the latencies of the links.

use std::sync::OnceLock;

use crate::id::NodeId;
use crate::network::Links;
use crate::plan::Plan;

/// Shortest paths are not computed above this many nodes, unless all links are alike or the direct link
/// is known to be the shortest path.
const MAX_NODES: usize = 4096;

/// The lower bounds of all zones, each computed on first use.
pub struct LowerBounds {
    zones: u32,
    nodes: usize,
    links: Links,
    bounds: Vec<OnceLock<u64>>,
    /// By origin, the shortest paths to each zone; computed where only some zones may have an item.
    paths: Vec<OnceLock<Vec<u64>>>,
}

impl LowerBounds {
    /// The lower bounds over the network of a plan.
    pub fn new<E, C>(plan: &Plan<E, C>) -> Self {
        let is_known = match &plan.network.links {
            Links::Globe(globe) => globe.is_straight(),
            _ => plan.nodes() <= MAX_NODES,
        };
        let known = if is_known { plan.zones } else { 0 };
        Self {
            zones: plan.zones,
            nodes: plan.nodes(),
            links: plan.network.links.clone(),
            bounds: (0..known).map(|_| OnceLock::new()).collect(),
            paths: (0..known).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The lower bound for an item of a zone that only some zones need, given as a bitmap.
    pub fn ticks_to(&self, origin: NodeId, zones: &[u64]) -> Option<u64> {
        if let Links::Uniform(link) = &self.links {
            return Some(link.latency().0);
        }
        let paths = self.paths.get(origin.index())?;
        let paths = paths.get_or_init(|| match &self.links {
            Links::Globe(globe) => {
                let zones = (0..self.zones).map(NodeId);
                zones.map(|zone| globe.link(origin, zone).latency().0).collect()
            }
            links => links.distances(self.nodes, origin),
        });
        let is_needed = |zone: usize| zones[zone / 64] & (1 << (zone % 64)) != 0;
        let needed = (0..self.zones as usize).filter(|&zone| is_needed(zone));
        needed.map(|zone| paths[zone]).max()
    }

    /// The lower bound for items of a zone, in ticks. None if it is not computed: above 4096 nodes,
    /// where links differ.
    pub fn ticks(&self, origin: NodeId) -> Option<u64> {
        if let Links::Uniform(link) = &self.links {
            return Some(link.latency().0);
        }
        let bound = self.bounds.get(origin.index())?;
        let longest = || match &self.links {
            Links::Globe(globe) => globe.farthest(origin, self.zones).0,
            links => {
                let distances = links.distances(self.nodes, origin);
                distances[..self.zones as usize].iter().copied().max().unwrap_or(0)
            }
        };
        Some(*bound.get_or_init(longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Link, LinkTable};

    #[test]
    fn a_detour_may_be_the_fastest() {
        // 0 to 2 takes 239 directly and 6 + 71 through 1, as from Tashkent to Islamabad.
        let link = |latency| Link { latency, model: 0 };
        let (far, near, mid) = (link(239), link(6), link(71));
        let links = vec![near, near, far, near, near, mid, far, mid, near];
        let lower_bounds = LowerBounds {
            zones: 3,
            nodes: 3,
            links: Links::Table(LinkTable::new(3, &links)),
            bounds: (0..3).map(|_| OnceLock::new()).collect(),
            paths: (0..3).map(|_| OnceLock::new()).collect(),
        };
        assert_eq!(lower_bounds.ticks(NodeId(0)), Some(77));
        assert_eq!(lower_bounds.ticks_to(NodeId(0), &[0b010]), Some(6), "only to zone 1");
        assert_eq!(lower_bounds.ticks(NodeId(1)), Some(71));
    }
}
