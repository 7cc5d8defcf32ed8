//! `plumtree`: payloads go along a tree that the first of them has found; everywhere else goes what
//! there is to have, and who misses something asks for it and joins the tree there.
//!
//! J. Leitão, J. Pereira, L. Rodrigues: "Epidemic broadcast trees" (SRDS 2007).
//!
//! - *Eager push*: a zone that first hears an item sends it (Gossip) to its eager neighbours but the
//!   one it has it from. At the beginning all neighbours are eager.
//! - *Prune*: who is sent an item that it has says so, and both make the other lazy: what is left
//!   of the eager links after an item is a tree.
//! - *Lazy push*: to lazy neighbours it announces that it has the item (IHave).
//! - *Graft*: who hears of an item that does not come within `timeout_1` asks the first who
//!   announced it, and both make the other eager; every `timeout_2` the next one is asked.
//! - *Optimization*: who receives an item in a round that is later by `threshold` or more than the
//!   round in which a lazy neighbour announced it makes the two change places. A round is a hop.
//!
//! What comes in one instant is heard in random order ([`ShuffledInstant`](super::shuffled_instant)): which neighbour
//! becomes the parent, or is asked first, does not depend on numbers.
//!
//! What is older than a crash that takes memory and arrives after it may mislead: a neighbour may
//! think that a zone has an item that it lost. The zone hears of it from its other neighbours.

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
    Routing, SendBound, StableBounds, bound_letters,
};
use crate::time::{NanoDuration, SimDuration};

/// Source, deviations from it, costs and guarantees.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "plumtree",
    about: "payloads along a tree that the first finds, announcements everywhere else, and who \
            misses something grafts",
    source: "Leitão, Pereira and Rodrigues, Epidemic broadcast trees, 2007",
    deviations: &[
        "the paper's peers come from HyParView, which repairs itself; here they are the neighbours \
         in an overlay that does not change",
        "the paper has TCP beneath: it resends, and it tells of a neighbour that is down. Here what \
         was sent or announced is owed until the neighbour shows that it has it: by an \
         acknowledgement, a prune, or the same item or announcement of its own. After retry, and \
         then in intervals that double up to retry_max (RFC 6298, 5), what is owed is announced \
         (again). A neighbour that is silent twice in a row becomes lazy, as one that is down leaves \
         the tree, and is back in it when it grafts",
        "a zone that was down tells its neighbours what it has (Back) until they answer with what \
         they have (Welcome), and is eager for them, as a neighbour that is up",
        "nothing is sent to a neighbour that has announced it: that is acknowledged instead",
        "a graft is for all that the same announcement would have brought; if nothing comes of it, \
         the next waits double, and go round those who announced the item",
        "a copy that the network made of a payload is no reason to prune: who is sent an item again \
         by whom it has it from acknowledges it again",
        "in the optimization the two links change places at both ends; the paper leaves it open when",
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
        "n zones; E edges of the overlay; W the longest way from the origin along the tree: the ways \
         are the shortest there are for the origin of the first item; ",
        bound_letters!("n - 1"),
        "; no overlay has more hops than a line, n - 1; an attempt is of an announcement, a graft and the \
         item. The tree stands from the second item on, if \
         no payload takes longer by timeout_1 than an announcement on another way"
    ),
    guarantees: "all have everything, though nothing new is published, at the time above at most. \
               Nothing is durable: a crash that takes memory takes what nobody else has",
    settings: Params::PARAMS,
};

/// A timer of plumtree; each has a number, and is stale unless that is still waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A neighbour has not yet shown that it has what it is owed.
    Retry(NodeId, u64),
    /// Items that were announced have not come.
    Missing(u64),
    /// The end of a batch.
    Batch(u64),
}

/// One zone.
#[derive(Clone, Debug)]
pub struct Plumtree {
    timeouts: Timeouts,
    threshold: Option<u32>,
    /// By neighbour, in order.
    peers: Vec<Peer>,
    received: ReceivedByRound,
    missing: Missing,
    /// Timers set so far.
    timers: u64,
    /// The timer of the batch.
    batch: Option<u64>,
    /// Whether something is collected.
    is_collecting: bool,
}

impl Plumtree {
    fn number(&mut self) -> u64 {
        self.timers += 1;
        self.timers
    }

    /// The place of a neighbour. Nobody else sends.
    fn peer_index(&self, from: NodeId) -> Option<usize> {
        self.peers.binary_search_by_key(&from, |branch| branch.to).ok()
    }

    /// Waits for a neighbour to show that it has what it is owed, if it is not waited for.
    fn arm(&mut self, place: usize, out: &mut Out<'_, Self>) {
        let branch = &self.peers[place];
        if branch.retry.is_none() && branch.awaits_ack() {
            let number = self.number();
            let branch = &mut self.peers[place];
            branch.arm(number);
            out.wake_after(branch.timeout, Timer::Retry(branch.to, number));
        }
    }

    /// A neighbour has shown that it has these.
    fn on_ack(&mut self, place: usize, items: &ItemSet, out: &mut Out<'_, Self>) {
        if self.peers[place].acknowledge(items, self.timeouts.retry) {
            self.arm(place, out);
        }
    }

    /// Pushes items that are new here: eagerly, lazily, or not at all where they are known.
    fn broadcast(&mut self, new: &ItemsOfRound, from: Option<NodeId>, out: &mut Out<'_, Self>) {
        for place in 0..self.peers.len() {
            let branch = &mut self.peers[place];
            if Some(branch.to) == from {
                continue;
            }
            let announced = self.missing.announced_by(branch.to, &new.items);
            let items = new.items.difference(&announced);
            let items = out.tellable(&items, branch.to).into_owned();
            branch.acks.union_with(&announced);
            branch.owed.union_with(&items);
            if !branch.eager {
                branch.announced.union_with(&items);
            } else if !items.is_empty() {
                out.send(branch.to, Message::Gossip(vec![ItemsOfRound { items, ..*new }]));
                self.arm(place, out);
            }
        }
        self.is_collecting = true;
    }

    fn publish(&mut self, item: Item, out: &mut Out<'_, Self>) {
        let new = self.received.insert(0, &ItemSet::of(item));
        if !new.is_empty() {
            self.broadcast(&ItemsOfRound { round: 0, items: new.clone() }, None, out);
            self.missing.received(&new);
        }
    }

    /// Items come from a neighbour.
    fn on_gossip(&mut self, place: usize, heard: &[ItemsOfRound], out: &mut Out<'_, Self>) {
        let from = self.peers[place].to;
        let all = received::all(heard);
        let had = all.intersection(self.received.all());
        self.on_ack(place, &all, out);
        self.peers[place].announced = self.peers[place].announced.difference(&all);
        for ItemsOfRound { round, items } in heard {
            let new = self.received.insert(round.saturating_add(1), items);
            if new.is_empty() {
                continue;
            }
            for item in new.iter() {
                out.deliver(item);
            }
            let branch = &mut self.peers[place];
            branch.eager = true;
            branch.received_from.union_with(&new);
            branch.acks.union_with(&new);
            self.broadcast(
                &ItemsOfRound { round: round.saturating_add(1), items: new.clone() },
                Some(from),
                out,
            );
            self.optimise(place, *round, &new, out);
            self.missing.received(&new);
        }
        let branch = &mut self.peers[place];
        let is_copy = had.difference(&branch.received_from).is_empty();
        if is_copy || all != had {
            branch.acks.union_with(&had);
            self.is_collecting = true;
        } else {
            branch.eager = false;
            out.send(from, Message::Prune(had));
        }
    }

    /// If somebody announced these as of an earlier round by so much, it takes the sender's place.
    fn optimise(&mut self, place: usize, round: u32, new: &ItemSet, out: &mut Out<'_, Self>) {
        let Some(threshold) = self.threshold else { return };
        let from = self.peers[place].to;
        let Some(nearer) = self.missing.nearer(new, from, round, threshold) else { return };
        if let Some(other) = self.peer_index(nearer) {
            self.peers[other].eager = true;
            out.send(nearer, Message::Graft(ItemSet::EMPTY));
            let branch = &mut self.peers[place];
            branch.eager = false;
            branch.acks = branch.acks.difference(new);
            out.send(from, Message::Prune(new.clone()));
        }
    }

    /// A neighbour announces items.
    fn on_ihave(&mut self, place: usize, heard: &[ItemsOfRound], out: &mut Out<'_, Self>) {
        let known = received::all(heard).intersection(self.received.all());
        let branch = &mut self.peers[place];
        // What is under way to it acknowledges; what is only collected need not be announced.
        let crossed = known.intersection(&branch.owed).difference(&branch.announced);
        branch.acks.union_with(&known.difference(&crossed));
        branch.announced = branch.announced.difference(&known);
        self.is_collecting = true;
        self.on_ack(place, &known, out);
        self.track_missing(place, heard, out);
    }

    fn on_message(&mut self, place: usize, message: Message, out: &mut Out<'_, Self>) {
        match message {
            Message::Gossip(heard) => self.on_gossip(place, &heard, out),
            Message::IHave(heard) => self.on_ihave(place, &heard, out),
            Message::Graft(items) => self.on_graft(place, &items, out),
            Message::Prune(items) => {
                self.peers[place].eager = false;
                self.on_ack(place, &items, out);
            }
            Message::Ack(items) => self.on_ack(place, &items, out),
            Message::Rejoin(heard) => {
                self.peers[place].eager = true;
                let to = self.peers[place].to;
                out.send(to, Message::RejoinReply(self.tellable_by_round(to, out)));
                self.reconcile(place, &heard, out);
            }
            Message::RejoinReply(heard) => {
                self.peers[place].is_unheard = false;
                self.reconcile(place, &heard, out);
            }
        }
    }

    /// Sends what is collected, at once or at the end of a batch.
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
        for place in 0..self.peers.len() {
            let branch = &mut self.peers[place];
            let acks = std::mem::replace(&mut branch.acks, ItemSet::EMPTY);
            let announced = std::mem::replace(&mut branch.announced, ItemSet::EMPTY);
            if !acks.is_empty() {
                out.send(branch.to, Message::Ack(acks));
            }
            if !announced.is_empty() {
                out.send(branch.to, Message::IHave(self.received.grouped(&announced)));
                self.arm(place, out);
            }
        }
    }
}

impl NamedProtocol for Plumtree {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(settings: &Params, site: &NodeView, resolution: NanoDuration) -> Self {
        let waits = settings.timeouts(resolution);
        let neighbours = settings.topology.neighbours(site);
        Self {
            timeouts: waits,
            threshold: settings.threshold.0,
            peers: neighbours.into_iter().map(|to| Peer::new(to, waits.retry)).collect(),
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
                if let Some(place) = self.peer_index(from) {
                    self.on_message(place, message, out);
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
