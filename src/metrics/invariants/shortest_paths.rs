//! The shortest paths between nodes.

use std::sync::OnceLock;

use crate::id::NodeId;
use crate::network::{LinkModel, Links, Loss};
use crate::plan::Plan;
use crate::time::SimDuration;

/// Above this many nodes a shortest path is taken to be one tick, unless all links are alike or their
/// latencies follow from distances.
const MAX_NODES: usize = 512;

/// The lengths of the shortest paths between nodes, over any other nodes including the hub. They are
/// computed on first use, from one node at a time.
pub struct ShortestPaths {
    links: Links,
    nodes: usize,
    from: Vec<OnceLock<Vec<u64>>>,
    pub(super) worst_link: WorstLink,
}

/// Upper bounds over all links of a network.
#[derive(Clone, Copy, Debug)]
pub struct WorstLink {
    /// The longest latency.
    pub latency: SimDuration,
    /// The longest jitter of the links whose jitter has no long tail.
    pub jitter: SimDuration,
    /// The largest loss rate of the links that do not lose everything.
    pub loss: f64,
    /// The same for messages on one link that are sent at least this time apart.
    pub spaced_loss: (f64, SimDuration),
    /// Whether some link loses everything.
    pub has_dead_link: bool,
    /// Whether some link has a bandwidth, or some node an access link.
    pub has_bandwidth: bool,
    /// Whether messages may wait at their senders longer than `jitter`, or at their receivers: in queues,
    /// or for a jitter with a long tail.
    pub has_long_waits: bool,
}

impl WorstLink {
    pub(super) fn new<E, C>(plan: &Plan<E, C>) -> Self {
        let models = &plan.network.models;
        let latency = plan.network.links.longest();
        let is_short = |model: &&LinkModel| !model.jitter.is_long_tailed();
        let jitter = models.iter().filter(is_short).map(|model| model.jitter.longest()).max();
        let live = || models.iter().map(|model| &model.loss).filter(|loss| !loss.is_total());
        let spaced = live().map(Loss::worst_with_memory);
        let spaced =
            spaced.fold((0.0, 0), |(share, gap), (other, more)| (other.max(share), gap.max(more)));
        let has_bandwidth =
            plan.network.access.is_some() || models.iter().any(|model| model.bandwidth.is_some());
        Self {
            latency,
            jitter: jitter.unwrap_or_default(),
            loss: live().map(Loss::worst).fold(0.0, f64::max),
            spaced_loss: (spaced.0, SimDuration(spaced.1)),
            has_dead_link: models.iter().any(|model| model.loss.is_total()),
            has_bandwidth,
            has_long_waits: has_bandwidth
                || models.iter().any(|model| model.jitter.is_long_tailed()),
        }
    }
}

impl ShortestPaths {
    /// The shortest paths over the network of a plan.
    pub fn new<E, C>(plan: &Plan<E, C>) -> Self {
        let nodes = plan.nodes();
        let computed = if nodes <= MAX_NODES { nodes } else { 0 };
        let links = match &plan.network.links {
            // A table that is not used is not kept.
            Links::Table(_) | Links::Sparse { .. } if computed == 0 => {
                Links::Uniform(crate::network::Link { latency: 1, model: 0 })
            }
            links => links.clone(),
        };
        let from = (0..computed).map(|_| OnceLock::new()).collect();
        Self { links, nodes, from, worst_link: WorstLink::new(plan) }
    }

    /// The length of the shortest path from one node to another, or a lower bound of it.
    pub fn between(&self, from: NodeId, to: NodeId) -> SimDuration {
        match &self.links {
            Links::Uniform(link) => return link.latency(),
            Links::Globe(globe) => return globe.soonest(from, to),
            Links::Table(_) | Links::Sparse { .. } => {}
        }
        let Some(lengths) = self.from.get(from.index()) else { return SimDuration(1) };
        SimDuration(lengths.get_or_init(|| self.links.distances(self.nodes, from))[to.index()])
    }
}
