//! The shortest ways between zones, each found when it is first asked for.

use std::sync::OnceLock;

use crate::id::NodeId;
use crate::network::Links;
use crate::plan::Plan;
use crate::time::Span;

/// Above so many nodes a way takes a tick for all that is said here, unless all links are alike or
/// take what their distance makes them.
const MOST_NODES: usize = 512;

/// How long the shortest ways are, by way of any node, the hub too.
pub struct Ways {
    links: Links,
    nodes: usize,
    from: Vec<OnceLock<Vec<u64>>>,
}

impl Ways {
    /// The ways of a plan's network.
    pub fn new<E, C>(plan: &Plan<E, C>) -> Self {
        let nodes = plan.nodes();
        let sought = if nodes <= MOST_NODES { nodes } else { 0 };
        let links = match &plan.network.links {
            // What is not sought need not be kept.
            Links::Table(_) | Links::Sparse { .. } if sought == 0 => {
                Links::Uniform(crate::network::Link { latency: 1, model: 0 })
            }
            links => links.clone(),
        };
        Self { links, nodes, from: (0..sought).map(|_| OnceLock::new()).collect() }
    }

    /// How long it takes at the least from one node to another.
    pub fn between(&self, from: NodeId, to: NodeId) -> Span {
        match &self.links {
            Links::Uniform(link) => return link.latency(),
            Links::Globe(globe) => return globe.soonest(from, to),
            Links::Table(_) | Links::Sparse { .. } => {}
        }
        let Some(place) = self.from.get(from.index()) else { return Span(1) };
        Span(place.get_or_init(|| self.links.distances(self.nodes, from))[to.index()])
    }
}
