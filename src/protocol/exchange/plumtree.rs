//! `plumtree`: payloads take a tree that the first payload builds. All other links of the overlay
//! carry announcements. A zone that misses an item asks an announcer for it and joins the tree
//! there.
//!
//! J. Leitão, J. Pereira, L. Rodrigues: "Epidemic broadcast trees" (SRDS 2007).
//!
//! - *Eager push*: a zone that receives an item for the first time sends it (Gossip) to its eager
//!   peers, except the sender. At the beginning all peers are eager.
//! - *Prune*: a zone that receives an item it already has replies with Prune, and both ends make
//!   the link lazy. The links that stay eager form a tree.
//! - *Lazy push*: a zone announces the item (IHave) to its lazy peers.
//! - *Graft*: if an announced item does not arrive within `timeout_1`, the zone asks the first
//!   announcer for it, and both ends make the link eager. Every `timeout_2` it asks the next
//!   announcer.
//! - *Optimization*: if an item arrives in a round that is later by at least `threshold` than the
//!   round in which a lazy peer announced it, the two peers swap roles. A round is a hop.
//!
//! A zone handles the messages of one instant in random order
//! ([`ShuffledInstant`](super::shuffled_instant)), so that the choice of the parent and of the
//! first announcer does not depend on zone numbers.
//!
//! A message sent before a crash with loss of memory and received after it can mislead: a peer may
//! believe that the zone has an item that it lost. The zone then learns of the item from its other
//! peers.

mod message;
mod missing;
mod params;
mod peer;
mod received;
mod repair;

use missing::Missing;
use peer::Peer;
use received::ReceivedByRound;

pub use self::message::{ItemsOfRound, Message};
use self::params::Timeouts;
pub use self::params::{Params, Threshold};
use super::{Deliver, Publish};
use crate::id::{Item, ItemSet, NodeId};
use crate::protocol::overlay::Topology;
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Release, Routing, SendBound, StableBounds, bound_letters,
};
use crate::time::{NanoDuration, SimDuration};

/// The entry of `plumtree` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "plumtree",
    about: "payloads take a tree that the first payload builds, announcements take all other \
            links, and a zone that misses an item grafts",
    source: "Leitão, Pereira and Rodrigues, Epidemic broadcast trees, 2007",
    deviations: &[
        "the paper's peers come from HyParView, which repairs itself; here they are the neighbours \
         in a fixed overlay",
        "the paper uses TCP, which retransmits and reports a peer that is down. Here an item that \
         was sent or announced stays unacknowledged until the peer shows that it has it: by an \
         acknowledgement, a prune, or the same item or announcement of its own. After retry, and \
         then in intervals that double up to retry_max (RFC 6298, 5), unacknowledged items are \
         announced (again). A peer that is silent twice in a row becomes lazy, as a peer that is \
         down leaves the tree; it returns to the tree when it grafts",
        "a zone that restarts sends its items to its peers (Rejoin) until they answer with theirs \
         (RejoinReply), and becomes eager for them, like a peer that comes up",
        "an item is not sent to a peer that has announced it; the announcement is acknowledged \
         instead",
        "a graft asks for all items of the same announcement; if it fails, the following waits \
         double, and the announcers are asked in turn",
        "a payload that the network duplicated causes no prune: a zone that receives an item again \
         from the peer it first came from acknowledges it again",
        "in the optimization both ends swap the two links; the paper does not say when",
    ],
    formulas: &[
        Cost { what: "payloads of the first item", formula: "2*E - (n - 1)" },
        Cost { what: "messages of the first item", formula: "4*E - 2*(n - 1)" },
        Cost { what: "payloads of a later item", formula: "n - 1" },
        Cost { what: "messages of a later item, with a batch at most", formula: "2*E" },
        Cost { what: "time to all", formula: "W" },
        Cost {
            what: "time to all after the last fault, at most",
            formula: "(K + 3*(n - 1))*(9/8*(2*retry_max + timeout_1 + timeout_2 + batch) + 4*L) + C",
        },
    ],
    variables: concat!(
        "n zones; E edges of the overlay; W the highest latency from the origin along the tree, \
         whose paths are shortest paths for the origin of the first item; ",
        bound_letters!("n - 1"),
        "; no overlay has more hops than a line, n - 1; an attempt is an announcement, a graft and \
         the item. The tree is complete from the second item on if no payload takes longer by \
         timeout_1 than an announcement on another path"
    ),
    guarantees: "every zone delivers every item within the time above, even if nothing new is \
                 published. Nothing is durable: a crash with loss of memory loses the items that \
                 no other zone has",
    release: Release::Collective,
    settings: Params::PARAMS,
};

/// A timer of plumtree. Each has a number, and is stale unless that number is still waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A peer has not acknowledged everything.
    Retry(NodeId, u64),
    /// Announced items have not arrived.
    Missing(u64),
    /// The end of a batch.
    Batch(u64),
}

/// The state machine of a zone.
#[derive(Clone, Debug)]
pub struct Plumtree {
    timeouts: Timeouts,
    threshold: Option<u32>,
    /// Sorted by node.
    peers: Vec<Peer>,
    received: ReceivedByRound,
    missing: Missing,
    /// How many timers were set.
    timers: u64,
    /// The number of the batch timer, if it is set.
    batch: Option<u64>,
    /// Whether acknowledgements or announcements may have been collected since the last dispatch.
    is_collecting: bool,
}

impl Plumtree {
    fn number(&mut self) -> u64 {
        self.timers += 1;
        self.timers
    }

    /// The index of a peer. Nodes that are no peers send nothing.
    fn peer_index(&self, from: NodeId) -> Option<usize> {
        self.peers.binary_search_by_key(&from, |peer| peer.to).ok()
    }

    /// Sets the retry timer of a peer if it has something to acknowledge and none runs.
    fn arm(&mut self, index: usize, out: &mut Out<'_, Self>) {
        let peer = &self.peers[index];
        if peer.retry.is_none() && peer.awaits_ack() {
            let number = self.number();
            let peer = &mut self.peers[index];
            peer.arm(number);
            out.wake_after(peer.timeout, Timer::Retry(peer.to, number));
        }
    }

    /// A peer has shown that it has `items`.
    fn on_ack(&mut self, index: usize, items: &ItemSet, out: &mut Out<'_, Self>) {
        if self.peers[index].acknowledge(items, self.timeouts.retry) {
            self.arm(index, out);
        }
    }

    /// Pushes new items: eagerly, lazily, or not at all to peers that announced them.
    fn broadcast(&mut self, new: &ItemsOfRound, from: Option<NodeId>, out: &mut Out<'_, Self>) {
        for index in 0..self.peers.len() {
            let peer = &mut self.peers[index];
            if Some(peer.to) == from {
                continue;
            }
            let announced = self.missing.announced_by(peer.to, &new.items);
            let items = new.items.difference(&announced);
            let items = out.tellable(&items, peer.to).into_owned();
            peer.pending_acks.union_with(&announced);
            peer.unacked.union_with(&items);
            if !peer.eager {
                peer.pending_ihave.union_with(&items);
            } else if !items.is_empty() {
                out.send(peer.to, Message::Gossip(vec![ItemsOfRound { items, ..*new }]));
                self.arm(index, out);
            }
        }
        self.is_collecting = true;
    }

    fn publish(&mut self, item: Item, out: &mut Out<'_, Self>) {
        let new = self.received.insert(0, &ItemSet::singleton(item));
        if !new.is_empty() {
            self.broadcast(&ItemsOfRound { round: 0, items: new.clone() }, None, out);
            self.missing.received(&new);
        }
    }

    fn on_gossip(&mut self, index: usize, rounds: &[ItemsOfRound], out: &mut Out<'_, Self>) {
        let from = self.peers[index].to;
        let all = received::all(rounds);
        let had = all.intersection(self.received.all());
        self.on_ack(index, &all, out);
        self.peers[index].pending_ihave = self.peers[index].pending_ihave.difference(&all);
        for ItemsOfRound { round, items } in rounds {
            let new = self.received.insert(round.saturating_add(1), items);
            if new.is_empty() {
                continue;
            }
            for item in new.iter() {
                out.deliver(item);
            }
            let peer = &mut self.peers[index];
            peer.eager = true;
            peer.received_from.union_with(&new);
            peer.pending_acks.union_with(&new);
            self.broadcast(
                &ItemsOfRound { round: round.saturating_add(1), items: new.clone() },
                Some(from),
                out,
            );
            self.optimise(index, *round, &new, out);
            self.missing.received(&new);
        }
        let peer = &mut self.peers[index];
        let is_copy = had.difference(&peer.received_from).is_empty();
        if is_copy || all != had {
            peer.pending_acks.union_with(&had);
            self.is_collecting = true;
        } else {
            peer.eager = false;
            out.send(from, Message::Prune(had));
        }
    }

    /// Replaces the sender by a lazy peer that announced the items in an earlier round, if the
    /// difference reaches the threshold.
    fn optimise(&mut self, index: usize, round: u32, new: &ItemSet, out: &mut Out<'_, Self>) {
        let Some(threshold) = self.threshold else { return };
        let from = self.peers[index].to;
        let Some(nearer) = self.missing.nearer(new, from, round, threshold) else { return };
        if let Some(other) = self.peer_index(nearer) {
            self.peers[other].eager = true;
            out.send(nearer, Message::Graft(ItemSet::EMPTY));
            let peer = &mut self.peers[index];
            peer.eager = false;
            peer.pending_acks = peer.pending_acks.difference(new);
            out.send(from, Message::Prune(new.clone()));
        }
    }

    fn on_ihave(&mut self, index: usize, rounds: &[ItemsOfRound], out: &mut Out<'_, Self>) {
        let known = received::all(rounds).intersection(self.received.all());
        let peer = &mut self.peers[index];
        // A message in transit to the peer acknowledges these; one that is only collected need not
        // be sent.
        let crossed = known.intersection(&peer.unacked).difference(&peer.pending_ihave);
        peer.pending_acks.union_with(&known.difference(&crossed));
        peer.pending_ihave = peer.pending_ihave.difference(&known);
        self.is_collecting = true;
        self.on_ack(index, &known, out);
        self.track_missing(index, rounds, out);
    }

    fn on_message(&mut self, index: usize, message: Message, out: &mut Out<'_, Self>) {
        match message {
            Message::Gossip(rounds) => self.on_gossip(index, &rounds, out),
            Message::IHave(rounds) => self.on_ihave(index, &rounds, out),
            Message::Graft(items) => self.on_graft(index, &items, out),
            Message::Prune(items) => {
                self.peers[index].eager = false;
                self.on_ack(index, &items, out);
            }
            Message::Ack(items) => self.on_ack(index, &items, out),
            Message::Rejoin(rounds) => {
                self.peers[index].eager = true;
                let to = self.peers[index].to;
                out.send(to, Message::RejoinReply(self.tellable_by_round(to, out)));
                self.reconcile(index, &rounds, out);
            }
            Message::RejoinReply(rounds) => {
                self.peers[index].awaits_rejoin_reply = false;
                self.reconcile(index, &rounds, out);
            }
        }
    }

    /// Sends what was collected, at once or at the end of a batch.
    fn dispatch(&mut self, out: &mut Out<'_, Self>) {
        if !std::mem::take(&mut self.is_collecting) {
            return;
        }
        if self.timeouts.batch == SimDuration(0) {
            self.send_collected(out);
        } else if self.batch.is_none() && self.peers.iter().any(Peer::has_batched) {
            let number = self.number();
            self.batch = Some(number);
            out.wake_after(self.timeouts.batch, Timer::Batch(number));
        }
    }

    fn send_collected(&mut self, out: &mut Out<'_, Self>) {
        for index in 0..self.peers.len() {
            let peer = &mut self.peers[index];
            let pending_acks = std::mem::replace(&mut peer.pending_acks, ItemSet::EMPTY);
            let announced = std::mem::replace(&mut peer.pending_ihave, ItemSet::EMPTY);
            if !pending_acks.is_empty() {
                out.send(peer.to, Message::Ack(pending_acks));
            }
            if !announced.is_empty() {
                out.send(peer.to, Message::IHave(self.received.grouped(&announced)));
                self.arm(index, out);
            }
        }
    }
}

impl NamedProtocol for Plumtree {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, view: &NodeView, resolution: NanoDuration) -> Self {
        let timeouts = params.timeouts(resolution);
        let neighbours = params.topology.neighbours(view);
        Self {
            timeouts,
            threshold: params.threshold.0,
            peers: neighbours.into_iter().map(|to| Peer::new(to, timeouts.retry)).collect(),
            received: ReceivedByRound::default(),
            missing: Missing::default(),
            timers: 0,
            batch: None,
            is_collecting: false,
        }
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        params.check(view)
    }

    fn delivery_bound(params: &Params, bounds: &StableBounds) -> Option<SimDuration> {
        params.delivery_bound(bounds)
    }

    fn send_bound(params: &Params, resolution: NanoDuration) -> Option<SendBound> {
        Some(params.send_bound(resolution))
    }

    fn routing(_params: &Params) -> Routing {
        Routing::Overlay
    }

    fn overlay(params: &mut Params) -> Option<(&'static str, &mut Topology)> {
        Some(("exchange.plumtree.topology", &mut params.topology))
    }
}

impl Protocol for Plumtree {
    type Message = Message;
    type Timer = Timer;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match input {
            Input::Start => {}
            Input::Local(Publish(item)) => self.publish(item, out),
            Input::Message { from, message } => {
                if let Some(index) = self.peer_index(from) {
                    self.on_message(index, message, out);
                }
            }
            Input::Timer(Timer::Retry(to, number)) => self.retry(to, number, out),
            Input::Timer(Timer::Missing(number)) => self.on_missing_timer(number, out),
            Input::Timer(Timer::Batch(number)) => {
                if self.batch == Some(number) {
                    self.batch = None;
                    self.send_collected(out);
                }
            }
            Input::Restart => self.restart(out),
        }
        self.dispatch(out);
    }
}

#[cfg(test)]
mod tests;
