//! The shortest ways between zones, each found when it is first asked for.

use std::sync::OnceLock;

use crate::id::NodeId;
use crate::network::{LinkModel, Links, Loss};
use crate::plan::Plan;
use crate::time::SimDuration;

/// Above so many nodes a way takes a tick for all that is said here, unless all links are alike or
/// take what their distance makes them.
const MAX_NODES: usize = 512;

/// How long the shortest ways are, by way of any node, the hub too, and what all links have in common.
pub struct ShortestPaths {
    links: Links,
    nodes: usize,
    from: Vec<OnceLock<Vec<u64>>>,
    pub(super) medium: WorstLink,
}

/// The worst of all links of a network.
#[derive(Clone, Copy, Debug)]
pub struct WorstLink {
    /// The longest travel.
    pub travel: SimDuration,
    /// The longest jitter, of those that have no long tail.
    pub jitter: SimDuration,
    /// The largest share that is lost, of the links that do not lose everything.
    pub loss: f64,
    /// The same of messages on one link that are so far apart.
    pub loss_apart: (f64, SimDuration),
    /// Whether some link loses everything.
    pub has_dead: bool,
    /// Whether some link has a bandwidth.
    pub has_bandwidth: bool,
    /// Whether messages may wait at their senders for longer than that: in queues, or for a jitter.
    pub has_long_waits: bool,
}

impl WorstLink {
    pub(super) fn new<E, C>(plan: &Plan<E, C>) -> Self {
        let models = &plan.network.models;
        let travel = plan.network.links.longest();
        let is_short = |model: &&LinkModel| !model.jitter.is_long_tailed();
        let jitter = models.iter().filter(is_short).map(|model| model.jitter.longest()).max();
        let live = || models.iter().map(|model| &model.loss).filter(|loss| !loss.is_total());
        let apart = live().map(Loss::worst_with_memory);
        let apart =
            apart.fold((0.0, 0), |(share, gap), (other, more)| (other.max(share), gap.max(more)));
        Self {
            travel,
            jitter: jitter.unwrap_or_default(),
            loss: live().map(Loss::worst).fold(0.0, f64::max),
            loss_apart: (apart.0, SimDuration(apart.1)),
            has_dead: models.iter().any(|model| model.loss.is_total()),
            has_bandwidth: models.iter().any(|model| model.bandwidth.is_some()),
            has_long_waits: models
                .iter()
                .any(|model| model.bandwidth.is_some() || model.jitter.is_long_tailed()),
        }
    }
}

impl ShortestPaths {
    /// The ways of a plan's network.
    pub fn new<E, C>(plan: &Plan<E, C>) -> Self {
        let nodes = plan.nodes();
        let sought = if nodes <= MAX_NODES { nodes } else { 0 };
        let links = match &plan.network.links {
            // What is not sought need not be kept.
            Links::Table(_) | Links::Sparse { .. } if sought == 0 => {
                Links::Uniform(crate::network::Link { latency: 1, model: 0 })
            }
            links => links.clone(),
        };
        let from = (0..sought).map(|_| OnceLock::new()).collect();
        Self { links, nodes, from, medium: WorstLink::new(plan) }
    }

    /// How long it takes at the least from one node to another.
    pub fn between(&self, from: NodeId, to: NodeId) -> SimDuration {
        match &self.links {
            Links::Uniform(link) => return link.latency(),
            Links::Globe(globe) => return globe.soonest(from, to),
            Links::Table(_) | Links::Sparse { .. } => {}
        }
        let Some(place) = self.from.get(from.index()) else { return SimDuration(1) };
        SimDuration(place.get_or_init(|| self.links.distances(self.nodes, from))[to.index()])
    }
}
