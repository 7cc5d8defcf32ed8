//! Whom an exchange reaches within an audience, and whom the originator must tell directly.

use crate::id::NodeId;
use crate::plan::node_table::NodeTable;
use crate::protocol::overlay::Topology;
use crate::protocol::{self, NodeView, Routing};

/// What the policy on release needs to know of the exchange.
#[derive(Clone, Debug)]
pub struct ExchangeFacts {
    /// Its name in a scenario file.
    pub name: &'static str,
    /// The decisions that it needs.
    pub release: protocol::Release,
    /// The links by which it delivers.
    pub routing: Routing,
    /// Its overlay, compiled.
    pub overlay: Option<Topology>,
}

/// How an exchange delivers within an audience.
#[derive(Clone, Debug)]
pub struct Reach {
    routing: Routing,
    hub: Option<NodeId>,
    zones: usize,
    /// By zone, its neighbours; empty unless the exchange relays along an overlay in which not all are
    /// neighbours.
    neighbours: Vec<Vec<NodeId>>,
}

impl Reach {
    /// That of an exchange.
    pub fn new(exchange: &ExchangeFacts, node_table: &NodeTable) -> Self {
        let (zones, hub) = (node_table.zones, node_table.hub);
        let of_zone = |topology: &Topology, me: u32| {
            topology.neighbours(&NodeView { me: NodeId(me), zones, hub, deputy: None })
        };
        let overlay = exchange.overlay.as_ref().filter(|_| exchange.routing == Routing::Overlay);
        let overlay = overlay
            .filter(|topology| (0..zones).any(|me| of_zone(topology, me).len() as u32 + 1 < zones));
        let neighbours = match overlay {
            None => Vec::new(),
            Some(topology) => (0..zones).map(|me| of_zone(topology, me)).collect(),
        };
        Self { routing: exchange.routing, hub, zones: zones as usize, neighbours }
    }

    /// The nodes of an audience that the originator tells directly.
    pub fn direct(&self, origin: NodeId, orcon: bool, audience: &[NodeId]) -> Vec<NodeId> {
        let others = || audience.iter().copied().filter(|&node| node != origin);
        let is_hub = |node: NodeId| self.hub == Some(node);
        match self.routing {
            routing if routing.has_relaying_hub() && is_hub(origin) => Vec::new(),
            Routing::Hub | Routing::HubOrDirect
                if !orcon && audience.iter().any(|&node| is_hub(node)) =>
            {
                Vec::new()
            }
            Routing::Hub | Routing::HubOrDirect => others().filter(|&node| !is_hub(node)).collect(),
            // The other exchanges know the hub as nobody who tells or is told.
            _ if is_hub(origin) => others().collect(),
            Routing::Direct => others().filter(|&node| is_hub(node)).collect(),
            _ if orcon => others().collect(),
            // An item for some zones only is not told to the one that is elected.
            Routing::Elected if others().filter(|&node| !is_hub(node)).count() + 1 < self.zones => {
                others().collect()
            }
            Routing::Overlay if !self.neighbours.is_empty() => {
                let reached = self.connected(origin, audience);
                others().filter(|node| !reached.contains(node)).collect()
            }
            Routing::Overlay | Routing::Uniform | Routing::Elected | Routing::Unknown => {
                others().filter(|&node| is_hub(node)).collect()
            }
        }
    }

    /// The zones of an audience to which the overlay leads without leaving it.
    fn connected(&self, origin: NodeId, audience: &[NodeId]) -> Vec<NodeId> {
        let (mut found, mut next) = (vec![origin], 0);
        while let Some(&zone) = found.get(next) {
            next += 1;
            for &near in self.neighbours.get(zone.index()).into_iter().flatten() {
                if audience.contains(&near) && !found.contains(&near) {
                    found.push(near);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(all: &[u32]) -> Vec<NodeId> {
        all.iter().copied().map(NodeId).collect()
    }

    /// Four zones on a line and the hub, node 4.
    fn reach(routing: Routing) -> Reach {
        let line = [&[1][..], &[0, 2], &[1, 3], &[2]];
        let neighbours = match routing {
            Routing::Overlay => line.map(nodes).to_vec(),
            _ => Vec::new(),
        };
        Reach { routing, hub: Some(NodeId(4)), zones: 4, neighbours }
    }

    #[test]
    fn who_is_told_directly() {
        for (routing, orcon, audience, expected) in [
            (Routing::Direct, true, &[1, 2, 4][..], &[4][..]),
            (Routing::Hub, false, &[1, 2, 4], &[]),
            (Routing::Hub, false, &[1, 2], &[1, 2]),
            (Routing::Hub, true, &[1, 4], &[1]),
            (Routing::HubOrDirect, false, &[1, 2, 4], &[]),
            (Routing::HubOrDirect, false, &[1, 2], &[1, 2]),
            (Routing::Overlay, false, &[1, 2, 3], &[]),
            (Routing::Overlay, false, &[1, 3], &[3]),
            (Routing::Overlay, false, &[2, 3], &[2, 3]),
            (Routing::Overlay, true, &[1, 2], &[1, 2]),
            (Routing::Uniform, false, &[2, 3, 4], &[4]),
            (Routing::Uniform, true, &[2, 3], &[2, 3]),
            (Routing::Unknown, true, &[2], &[2]),
            (Routing::Elected, false, &[1, 2, 3, 4], &[4]),
            (Routing::Elected, false, &[1, 2, 3], &[]),
            (Routing::Elected, false, &[1, 3, 4], &[1, 3, 4]),
            (Routing::Elected, true, &[1, 2, 3], &[1, 2, 3]),
        ] {
            let direct = reach(routing).direct(NodeId(0), orcon, &nodes(audience));
            assert_eq!(direct, nodes(expected), "{routing:?} {orcon} {audience:?}");
        }
        assert_eq!(reach(Routing::Hub).direct(NodeId(4), false, &nodes(&[1, 2])), []);
        assert_eq!(reach(Routing::Uniform).direct(NodeId(4), false, &nodes(&[1])), nodes(&[1]));
    }
}
