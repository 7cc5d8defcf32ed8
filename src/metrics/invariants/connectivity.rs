//! Which nodes reach each other despite faults that never end and links that lose everything.

use super::liveness::Reason;
use crate::id::NodeId;
use crate::network::fault::{Fault, LinkImpact, Schedule};
use crate::plan::Plan;
use crate::protocol::overlay::Graph;
use crate::protocol::{ProtocolSet, Routing};
use crate::time::SimTime;

/// Above this many nodes connectivity is not computed, and no delivery depends on it.
const MAX_NODES: usize = 512;

/// Which pairs of nodes reach each other directly, both ways.
#[derive(Clone, Debug)]
pub struct Connectivity {
    zones: usize,
    hub: Option<NodeId>,
    nodes: usize,
    open: Vec<bool>,
    /// The overlay of the run, if each run draws one.
    graph: Option<Graph>,
    /// Whether the overlay does not connect all zones.
    is_overlay_unconnected: bool,
}

/// The groups of zones within which an exchange still delivers.
#[derive(Clone, Debug)]
pub struct Groups {
    /// By zone, the number of its group; none if the exchange does not deliver to it.
    group_of: Vec<Option<usize>>,
    /// By the number of a group.
    members: Vec<Vec<NodeId>>,
}

impl Connectivity {
    /// The connectivity at the end of a run with these faults.
    pub fn new<E, C>(plan: &Plan<E, C>, schedule: &Schedule, seed: u64) -> Self {
        let nodes = plan.nodes();
        let mut connectivity = Self {
            zones: plan.zones as usize,
            hub: plan.hub,
            nodes,
            open: vec![],
            graph: plan.overlay_graph(seed),
            is_overlay_unconnected: plan.is_overlay_unconnected(seed),
        };
        if nodes > MAX_NODES {
            return connectivity;
        }
        let faults = schedule.faults().iter();
        let faults: Vec<&Fault> = faults
            .filter(|fault| fault.start < plan.horizon && is_endless(fault, plan.horizon))
            .collect();
        let is_open = |from: NodeId, to: NodeId| {
            let model = usize::from(plan.network.links.get(from, to).model);
            !plan.network.models[model].loss.is_total()
                && !faults.iter().any(|fault| blocks(fault, from, to))
        };
        let node = |index: usize| NodeId(index as u32);
        connectivity.open = vec![false; nodes * nodes];
        for a in 0..nodes {
            for b in 0..a {
                let both = is_open(node(a), node(b)) && is_open(node(b), node(a));
                connectivity.open[a * nodes + b] = both;
                connectivity.open[b * nodes + a] = both;
            }
        }
        connectivity
    }

    /// Whether two nodes reach each other directly, both ways. A node reaches itself.
    pub fn is_open(&self, a: NodeId, b: NodeId) -> bool {
        a == b || self.open.get(a.index() * self.nodes + b.index()).is_some_and(|&open| open)
    }

    /// Why an exchange over an overlay does not deliver to a zone that it cannot reach.
    pub fn reason(&self) -> Reason {
        if self.is_overlay_unconnected { Reason::Unconnected } else { Reason::EndlessFault }
    }

    /// The groups within which an exchange with this routing delivers.
    pub fn groups<X: ProtocolSet>(&self, settings: &X::Params, routing: Routing) -> Groups {
        let mut settings = settings.clone();
        let overlay = X::overlay(&mut settings).map(|(_, topology)| &*topology);
        let neighbours = |zone: NodeId| -> Vec<NodeId> {
            let site = crate::protocol::NodeView {
                me: zone,
                zones: self.zones as u32,
                hub: self.hub,
                deputy: None,
            };
            match overlay {
                Some(_) if routing != Routing::Uniform && self.graph.is_some() => {
                    self.graph.iter().flat_map(|graph| graph.neighbours(zone)).copied().collect()
                }
                Some(topology) if routing != Routing::Uniform => topology.neighbours(&site),
                _ => site.peers().collect(),
            }
        };
        let (group_of, members) = (vec![None; self.zones], vec![Vec::new(); self.zones]);
        let mut groups = Groups { group_of, members };
        for first in 0..if self.open.is_empty() { 0 } else { self.zones } {
            if groups.group_of[first].is_some() {
                continue;
            }
            let members = self.connected(NodeId(first as u32), &neighbours);
            if routing == Routing::Overlay || self.is_clique(&members, routing) {
                members.iter().for_each(|zone| groups.group_of[zone.index()] = Some(first));
                groups.members[first] = members;
            }
        }
        groups
    }

    /// The zones that are connected to `first` over open edges to neighbours.
    fn connected(&self, first: NodeId, neighbours: &dyn Fn(NodeId) -> Vec<NodeId>) -> Vec<NodeId> {
        let (mut found, mut next) = (vec![first], 0);
        while let Some(&zone) = found.get(next) {
            next += 1;
            for neighbour in neighbours(zone) {
                if self.is_open(zone, neighbour) && !found.contains(&neighbour) {
                    found.push(neighbour);
                }
            }
        }
        found
    }

    /// Whether all zones of a group reach each other directly, and the hub if the routing may use it.
    fn is_clique(&self, members: &[NodeId], routing: Routing) -> bool {
        let hub = self.hub.filter(|_| routing == Routing::Unknown);
        let reached = |&a: &NodeId| members.iter().chain(&hub).all(|&b| self.is_open(a, b));
        members.iter().all(reached)
    }
}

impl Groups {
    /// The number of a zone's group. None if the exchange does not deliver to the zone.
    pub fn number(&self, zone: NodeId) -> Option<usize> {
        self.group_of.get(zone.index()).copied().flatten()
    }

    /// The zones of a group; the number must be one that [`Groups::number`] returns.
    pub fn members(&self, number: usize) -> &[NodeId] {
        &self.members[number]
    }
}

/// Whether a fault lasts to the end of the run. A clock step has no duration.
pub fn is_endless(fault: &Fault, horizon: SimTime) -> bool {
    fault.end >= horizon && !fault.effect.is_instantaneous()
}

/// Whether no message arrives from one node at another while a fault is active.
fn blocks(fault: &Fault, from: NodeId, to: NodeId) -> bool {
    match fault.on_link(from, to) {
        LinkImpact::Drop | LinkImpact::Hold => true,
        LinkImpact::Lose(limit) => limit == u64::MAX,
        LinkImpact::Delay(_) | LinkImpact::None => fault.crashes(from) || fault.crashes(to),
    }
}
