//! `flood`: a zone that receives an item for the first time sends it to all its neighbours except
//! the sender.
//!
//! A. Segall: "Distributed network protocols" (1983), PI, the propagation of information.
//! Acknowledged as in J. Moy: "OSPF Version 2", RFC 2328 (1998), 13: each neighbour has a list of
//! items that it has yet to acknowledge (13.5), and unacknowledged items are sent again (13.6).
//!
//! The neighbours are those of an overlay: see `topology`. An item takes every path of the overlay,
//! so it arrives by the fastest path and as long as any path works. The price is redundant copies.
//!
//! An edge over which neither end first received the item carries a copy each way. With
//! acknowledgements, these two copies acknowledge each other (RFC 2328, 13, (7): an implied
//! acknowledgment), so that an item costs two messages per edge.
//!
//! If several neighbours send an item in one instant, each of them is equally likely to be the one
//! it counts as received from ([`ShuffledInstant`](super::shuffled_instant)).
//!
//! With a batch, a zone collects new items and sends them in one message: a neighbour gets at most
//! one message per batch, however many items are published. Items that a neighbour has sent
//! meanwhile are not sent to it.

use std::collections::BTreeMap;

use super::retransmitter::{self, Message, Retransmitter};
use super::{Deliver, Publish};
use crate::id::{ItemSet, NodeId};
use crate::protocol::overlay::Topology;
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Range, Release, Routing, SendBound, StableBounds, bound_letters,
};
use crate::time::{NanoDuration, SimDuration};

/// The entry of `flood` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "flood",
    about: "every zone sends each new item to all its neighbours except the one it received it \
            from",
    source: "Segall, Distributed network protocols, 1983 (PI, the propagation of information); \
             acknowledged: Moy, OSPF Version 2, RFC 2328, 1998, 13",
    deviations: &[
        "in Segall's PI a zone sends the item back to the neighbour it came from too, in order to \
         detect termination; RFC 2328 (13.3) and zonesim do not",
        "RFC 2328 retransmits at fixed intervals; here the intervals double",
        "RFC 2328 delays acknowledgements; here they are sent at once",
        retransmitter::DEVIATIONS,
    ],
    formulas: &[
        Cost { what: "messages per item", formula: "2*E - (n - 1)" },
        Cost { what: "messages per item, acknowledged", formula: "2*E" },
        Cost { what: "payloads per item, with a batch at most", formula: "2*E - (n - 1)" },
        Cost { what: "redundancy", formula: "(2*E - (n - 1))/(n - 1) - 1" },
        Cost { what: "time to all", formula: "W" },
        Cost { what: "time to all, links all of L", formula: "D*(L + batch)" },
        Cost {
            what: "time to all after the last fault, acknowledged, at most",
            formula: "(K + 2*(n - 1))*(9/8*retry_max + L) + (n - 1)*9/8*batch + C",
        },
    ],
    variables: concat!(
        "n zones; E edges of the overlay; W the highest latency of a shortest path from the \
         origin; D the number of hops of the overlay's longest shortest path from the origin: in a \
         grid columns + rows - 2 from a corner, on a line n - 1 from an end, in a star 2 from a \
         leaf, in a complete overlay 1; ",
        bound_letters!("n - 1"),
        "; no overlay has more hops than a line, n - 1"
    ),
    guarantees: "unacknowledged, nothing: a lost item arrives only over another path. \
                 Acknowledged, every zone delivers every item within the time above. Nothing is \
                 durable: a crash with loss of memory loses the items that the zone knew and the \
                 ones that were not yet acknowledged to it",
    release: Release::Collective,
    settings: Params::PARAMS,
};

crate::params! {
    /// The `[exchange.flood]` table.
    pub struct Params in "a table such as [exchange.flood]" {
        /// Neighbours of each zone; the hub has none. Defaults: a grid has sqrt(n) columns, rounded
        /// up; a tree 2 children per zone; a star the first zone as its centre; a regular graph 4
        /// random neighbours per zone, or n-1, from seed 1. Of the three graphs below, a small world
        /// has 4 neighbours per zone on a ring, of which 0.1 are rewired; 2 links of each zone are
        /// attached to others by their degree; and the mean degree is 4. With redraw = true each run draws
        /// its own. A file path is relative to the scenario, and the file has the columns
        /// zone_a,zone_b.
        pub topology: Topology = "complete",
            Range::Text(
                "complete (up to 4096 zones), line, grid, { grid = { columns = 5 } }, tree, \
                 { tree = { arity = 2 } }, star, { star = { centre = \"z0\" } }, regular, \
                 { regular = { degree = 4, seed = 1 } }, { watts_strogatz = { neighbours = 4, \
                 rewire = 0.1, seed = 1, redraw = false } }, { barabasi_albert = { links = 2, .. } }, \
                 { erdos_renyi = { degree = 4.0, .. } }, { edges = [\"z0-z1\", ..] }, \
                 { file = \"edges.csv\" }",
            ),
            "a guess";
        /// Whether neighbours acknowledge items, which are retransmitted until they do.
        pub acknowledged: bool = false, Range::Bool, "Segall 1983; true is RFC 2328, 13.6";
        /// How long new items are collected before they are sent, in one message per neighbour. With
        /// 0s they are sent at once.
        pub batch: NanoDuration = "0s", Range::Text("0s or more"), "a guess";
        ..pub waits: retransmitter::Params;
    }
}

impl Params {
    /// Bound on the delivery time if items are acknowledged and no zone loses its memory. No
    /// overlay has longer paths than a line of all zones.
    pub fn delivery_bound(&self, bounds: &StableBounds) -> Option<SimDuration> {
        if !self.acknowledged || bounds.amnesia {
            return None;
        }
        let hops = u64::from(bounds.zones) - 1;
        let SimDuration(batch) = bounds.slowest_timer(self.batch);
        let batches = SimDuration(batch.saturating_mul(hops));
        Some(self.waits.delivery_bound(hops, bounds)? + batches)
    }

    /// Bound on the messages over a link: those of the retransmitter, and a batch at a restart.
    pub fn send_bound(&self, resolution: NanoDuration) -> SendBound {
        if self.acknowledged {
            SendBound { per_start: 2, ..self.waits.send_bound(resolution) }
        } else {
            SendBound::of_causes(1, 0, 1)
        }
    }

    /// Checks the table.
    ///
    /// # Errors
    /// A topology that this number of zones cannot have, or a retry of 0 or above `retry_max`.
    pub fn check(&self, view: &NodeView) -> Result<(), ConfigError> {
        self.topology.check("exchange.flood.topology", view.zones)?;
        self.check_ranges("exchange.flood", view.zones)?;
        self.waits.check("exchange.flood", view.zones)
    }
}

/// The timers of a flooding zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The retransmission timer of a neighbour.
    Retry(retransmitter::Timer),
    /// The end of a batch, by its number. It is stale unless it is the last batch.
    Batch(u64),
}

/// One zone that floods.
#[derive(Clone, Debug)]
pub struct Flood {
    neighbours: Vec<NodeId>,
    known: ItemSet,
    /// None without acknowledgements.
    retransmitter: Option<Retransmitter>,
    batch: SimDuration,
    /// The items that each neighbour gets at the end of the batch.
    collected: BTreeMap<NodeId, ItemSet>,
    batches: u64,
    is_batch_open: bool,
}

impl Flood {
    /// Sends new items to all neighbours except `from`, now or at the end of the batch.
    fn relay(&mut self, new: &ItemSet, from: Option<NodeId>, out: &mut Out<'_, Self>) {
        if new.is_empty() {
            return;
        }
        for &neighbour in self.neighbours.iter().filter(|&&neighbour| Some(neighbour) != from) {
            if self.batch == SimDuration(0) {
                send(&mut self.retransmitter, neighbour, new, out);
            } else {
                self.collected.entry(neighbour).or_insert(ItemSet::EMPTY).union_with(new);
            }
        }
        if !self.collected.is_empty() && !self.is_batch_open {
            self.is_batch_open = true;
            self.batches += 1;
            out.wake_after(self.batch, Timer::Batch(self.batches));
        }
    }

    fn send_collected(&mut self, out: &mut Out<'_, Self>) {
        self.is_batch_open = false;
        for (neighbour, items) in std::mem::take(&mut self.collected) {
            if !items.is_empty() {
                send(&mut self.retransmitter, neighbour, &items, out);
            }
        }
    }

    fn receive(&mut self, from: NodeId, items: &ItemSet, out: &mut Out<'_, Self>) {
        if let Some(collected) = self.collected.get_mut(&from) {
            *collected = collected.difference(items);
        }
        if let Some(retransmitter) = &mut self.retransmitter {
            let unacked =
                out.inner(|m| m, Timer::Retry, |out| retransmitter.implicit_ack(from, items, out));
            if !unacked.is_empty() {
                out.send(from, Message::Ack(unacked));
            }
        }
        let new = out.deliver_new(&mut self.known, items);
        self.relay(&new, Some(from), out);
    }
}

/// Sends items to one neighbour, with or without retransmission.
fn send(
    retransmitter: &mut Option<Retransmitter>,
    to: NodeId,
    items: &ItemSet,
    out: &mut Out<'_, Flood>,
) {
    match retransmitter {
        Some(retransmitter) => {
            out.inner(|m| m, Timer::Retry, |out| retransmitter.send(to, items, out))
        }
        None => {
            let items = out.tellable(items, to).into_owned();
            if !items.is_empty() {
                out.send(to, Message::Items(items));
            }
        }
    }
}

impl NamedProtocol for Flood {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, view: &NodeView, resolution: NanoDuration) -> Self {
        Self {
            neighbours: params.topology.neighbours(view),
            known: ItemSet::EMPTY,
            retransmitter: params
                .acknowledged
                .then(|| Retransmitter::new(&params.waits, resolution)),
            batch: params.batch.ticks(resolution),
            collected: BTreeMap::new(),
            batches: 0,
            is_batch_open: false,
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
        Some(("exchange.flood.topology", &mut params.topology))
    }
}

impl Protocol for Flood {
    type Message = Message;
    type Timer = Timer;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        let retransmitter = &mut self.retransmitter;
        match input {
            Input::Start => {}
            Input::Local(Publish(item)) => {
                if self.known.insert(item) {
                    self.relay(&ItemSet::singleton(item), None, out);
                }
            }
            Input::Message { from, message: Message::Items(items) } => {
                self.receive(from, &items, out)
            }
            Input::Message { from, message: Message::Ack(items) } => {
                if let Some(retransmitter) = retransmitter {
                    out.inner(|m| m, Timer::Retry, |out| retransmitter.acked(from, &items, out));
                }
            }
            Input::Timer(Timer::Retry(retry)) => {
                if let Some(retransmitter) = retransmitter {
                    out.inner(|m| m, Timer::Retry, |out| retransmitter.retry(retry, out));
                }
            }
            Input::Timer(Timer::Batch(number)) => {
                if self.is_batch_open && number == self.batches {
                    self.send_collected(out);
                }
            }
            Input::Restart => {
                if let Some(retransmitter) = retransmitter {
                    out.inner(|m| m, Timer::Retry, |out| retransmitter.restart(out));
                }
                self.send_collected(out);
            }
        }
    }
}

#[cfg(test)]
mod tests;
