//! `relay`: items take the fastest paths, which zones find by probing their links.
//!
//! D. Andersen, H. Balakrishnan, F. Kaashoek and R. Morris: "Resilient overlay networks" (SOSP 2001),
//! 4: zones probe each other, tell each other the results, and send over a third zone what is faster
//! that way. That is link-state routing: J. McQuillan, I. Richer and E. Rosen: "The new routing
//! algorithm for the ARPANET" (IEEE Transactions on Communications 28, 1980): every node measures the
//! delays of its own lines (III), has the measurements of all others (IV), and computes the tree of
//! shortest paths (II).
//!
//! The neighbours of a zone are those of an overlay, the graph of agreements (see `topology`). In each
//! round a zone sends a probe to every neighbour, with its measurements and the newest ones of the
//! zones that do not reach that neighbour themselves; the echo gives the round trip. The zone that
//! finds an item computes the tree of fastest paths from it to all zones that may have the item, and
//! sends the tree with the item. Every zone passes the item on to its children in that tree,
//! acknowledged and retried (RFC 6298). So zones need not agree on a map, and no item goes round in
//! circles. Before links are measured, the tree is one of fewest hops.
//!
//! A branch of a tree fails if a link fails. The probes name the items that a zone has: a zone that
//! has been named an item in an earlier round and still lacks it asks for it, as in
//! [`bulletin`](super::bulletin). That does not depend on paths.
//!
//! Probes of one instant are handled in random order ([`ShuffledInstant`](super::shuffled_instant)), and
//! equal paths are equally likely.

mod links;
mod message;
mod params;
mod sending;
mod tree;

use links::Links;
pub use message::{Message, Parcels, Row, Timer};
pub use params::Params;
use sending::Sending;
pub use tree::Tree;

use super::lacking::Lacking;
use super::retransmitter;
use super::{Deliver, Publish};
use crate::id::{Item, ItemSet, NodeId};
use crate::protocol::overlay::Topology;
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Release, Routing, SendBound, StableBounds, bound_letters,
};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// The entry of `relay` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "relay",
    about: "zones measure their links and pass items on along the tree of fastest paths from the origin",
    source: "Andersen, Balakrishnan, Kaashoek and Morris, Resilient overlay networks, 2001, 4; link \
             state: McQuillan, Richer and Rosen, The new routing algorithm for the ARPANET, 1980",
    deviations: &[
        "in Andersen's paper a path has at most one zone between its ends; here it has any number",
        "in the ARPANET a change of a delay is flooded at once; here measurements go to neighbours with \
         the next probe, all of them in every round, and their numbers are the time",
        "a path is fast if its round trips are short: what a link takes each way cannot be told apart \
         without clocks that agree",
        "the smoothed round trip is the mean of the last one and the smoothed one before; the worse of \
         what the two ends of a link say counts; a link is down after three probes without an echo",
        "the zone that finds an item sets its paths; in the papers each node sets the next hop",
        retransmitter::DEVIATIONS,
    ],
    formulas: &[
        Cost { what: "messages per item, without probes", formula: "2*(n - 1)" },
        Cost { what: "payloads per item", formula: "n - 1" },
        Cost { what: "messages in a round of probes", formula: "4*E" },
        Cost { what: "time to all, once links are measured", formula: "W" },
        Cost {
            what: "time to all after the last fault, at most",
            formula: "(K + 3*(n - 1))*(9/8*probe + 3*L) + C",
        },
    ],
    variables: concat!(
        "n zones; E edges of the overlay; W the highest latency of a shortest path from the origin; ",
        bound_letters!("2*(n - 1)"),
        "; an attempt is a probe that names the item, the request for it and the item, and two are \
         needed on a hop; no overlay has more hops than a line, n - 1"
    ),
    guarantees: "every zone delivers every item within the time above, whatever the paths. Nothing is \
                 durable: a crash with loss of memory loses the items that no other zone has",
    release: Release::Collective,
    settings: Params::PARAMS,
};

/// The state machine of a zone.
#[derive(Clone, Debug)]
pub struct Relay {
    topology: Topology,
    neighbours: Vec<NodeId>,
    links: Links,
    known: ItemSet,
    sending: Sending,
    lacking: Lacking,
    /// Items that neighbours have named in this round, and in earlier ones.
    named: ItemSet,
    named_before: ItemSet,
    probe: SimDuration,
    rounds: u64,
}

impl Relay {
    /// The tree of fastest paths to the zones that may have an item.
    fn tree(&self, item: Item, out: &mut Out<'_, Self>) -> Tree {
        let (me, zones) = (out.me(), out.view().zones);
        let nodes: Vec<NodeId> =
            (0..zones).map(NodeId).filter(|&zone| zone == me || out.may_tell(item, zone)).collect();
        let edges = |from: NodeId| {
            let view = NodeView { me: from, zones, hub: None, deputy: None };
            self.links.edges(from, self.topology.neighbours(&view))
        };
        Tree::shortest(me, &nodes, edges, out.rng())
    }

    fn publish(&mut self, item: Item, out: &mut Out<'_, Self>) {
        if self.known.insert(item) {
            let tree = self.tree(item, out);
            self.pass_on(&ItemSet::singleton(item), &tree, out);
        }
    }

    fn pass_on(&mut self, new: &ItemSet, tree: &Tree, out: &mut Out<'_, Self>) {
        for child in tree.children(out.me()) {
            self.sending.send(child, new, tree, out);
        }
    }

    fn on_items(&mut self, from: NodeId, parcels: &Parcels, out: &mut Out<'_, Self>) {
        for (tree, items) in &parcels.0 {
            let new = out.deliver_new(&mut self.known, items);
            self.lacking.received(&new);
            self.pass_on(&new, tree, out);
        }
        out.send(from, Message::Ack(parcels.all()));
    }

    /// Probes all neighbours.
    fn begin_round(&mut self, out: &mut Out<'_, Self>) {
        self.rounds += 1;
        self.lacking.begin_round();
        self.named_before.union_with(&self.named);
        self.named_before = self.named_before.difference(&self.known);
        self.named = ItemSet::EMPTY;
        self.links.begin_round(out.now());
        for &to in &self.neighbours {
            let known = out.tellable(&self.known, to).into_owned();
            let rows = self.links.rows_for(to);
            out.send(to, Message::Probe { sent: out.now(), known, rows });
        }
        out.wake_after(self.probe, Timer::Round(self.rounds));
    }

    fn on_probe(
        &mut self,
        (from, sent): (NodeId, LocalTime),
        known: &ItemSet,
        rows: Vec<Row>,
        out: &mut Out<'_, Self>,
    ) {
        self.links.told(rows);
        let lacks = known.difference(&self.known);
        self.named.union_with(&lacks);
        let wanted = self.lacking.ask(&lacks.intersection(&self.named_before));
        out.send(from, Message::Echo { sent, wanted });
    }

    fn on_message(&mut self, from: NodeId, message: Message, out: &mut Out<'_, Self>) {
        match message {
            Message::Items(parcels) => self.on_items(from, &parcels, out),
            Message::Ack(items) => self.sending.acked(from, &items, out),
            Message::Probe { sent, known, rows } => self.on_probe((from, sent), &known, rows, out),
            Message::Echo { sent, wanted } => {
                self.links.echo(from, sent, out.now());
                // Who lacks them below it in a tree asks for them too.
                let items = wanted.intersection(&self.known);
                self.sending.send(from, &items, &Tree::default(), out);
            }
        }
    }
}

impl NamedProtocol for Relay {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, view: &NodeView, resolution: NanoDuration) -> Self {
        Self {
            topology: params.topology.clone(),
            neighbours: params.topology.neighbours(view),
            links: Links::new(view.me, &params.topology.neighbours(view)),
            known: ItemSet::EMPTY,
            sending: Sending::new(&params.waits, resolution),
            lacking: Lacking::default(),
            named: ItemSet::EMPTY,
            named_before: ItemSet::EMPTY,
            probe: SimDuration(params.probe.ticks(resolution).0.max(1)),
            rounds: 0,
        }
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        params.check(view)
    }

    fn delivery_bound(params: &Params, bounds: &StableBounds) -> Option<SimDuration> {
        params.delivery_bound(bounds)
    }

    fn send_bound(params: &Params, resolution: NanoDuration) -> Option<SendBound> {
        params.send_bound(resolution)
    }

    fn routing(_params: &Params) -> Routing {
        Routing::Overlay
    }

    fn overlay(params: &mut Params) -> Option<(&'static str, &mut Topology)> {
        Some(("exchange.relay.topology", &mut params.topology))
    }
}

impl Protocol for Relay {
    type Message = Message;
    type Timer = Timer;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        if out.view().is_hub() {
            return;
        }
        match input {
            Input::Start => self.begin_round(out),
            Input::Local(Publish(item)) => self.publish(item, out),
            Input::Message { from, message } => self.on_message(from, message, out),
            Input::Timer(Timer::Round(rounds)) if rounds == self.rounds => self.begin_round(out),
            Input::Timer(Timer::Round(_)) => {}
            Input::Timer(Timer::Retry(timer)) => self.sending.retry(timer, out),
            Input::Restart => {
                self.sending.restart(out);
                self.begin_round(out);
            }
        }
    }
}

#[cfg(test)]
mod tests;
