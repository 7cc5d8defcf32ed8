//! `flood`: who hears something for the first time tells all its neighbours but the one it has it
//! from.
//!
//! A. Segall: "Distributed network protocols" (1983), PI, the propagation of information.
//! Acknowledged, as J. Moy has it: "OSPF Version 2", RFC 2328 (1998), 13, with a list of what each
//! neighbour has yet to acknowledge (13.5) and what is not acknowledged sent again (13.6).
//!
//! The neighbours are those of an overlay: see `topology`. An item takes every way there is, so it
//! comes by the fastest, and any one way that is whole will do; what that costs is copies.
//!
//! An edge by which nobody first heard carries a copy each way; acknowledged, these acknowledge each
//! other (RFC 2328, 13, (7): an implied acknowledgment), so that an item costs two messages an edge.
//!
//! Of the neighbours that tell it in one instant it has an item from any, each as likely as another
//! ([`ShuffledInstant`](super::shuffled_instant)).
//!
//! With a batch a zone waits with what it has heard, and tells it all in one message: a neighbour
//! gets no more than a message in that time, whatever is published. What a neighbour has told
//! meanwhile is not told to it.

use std::collections::BTreeMap;

use super::retransmitter::{self, Message, Retransmitter};
use super::{Deliver, Publish};
use crate::id::{ItemSet, NodeId};
use crate::protocol::overlay::Topology;
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Range, Routing, SendBound, StableBounds, bound_letters,
};
use crate::time::{NanoDuration, SimDuration};

/// Source, deviations from it, costs and guarantees.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "flood",
    about: "every zone passes what it first hears on to all its neighbours but the one it has it from",
    source: "Segall, Distributed network protocols, 1983 (PI, the propagation of information); \
             acknowledged: Moy, OSPF Version 2, RFC 2328, 1998, 13",
    deviations: &[
        "Segall's PI tells the neighbour too that it has the item from, which serves it to detect \
         the end; RFC 2328 does not (13.3), and neither does this",
        "RFC 2328 sends again in fixed intervals; here they double",
        "RFC 2328 delays acknowledgements; here they go at once",
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
        "n zones; E edges of the overlay; W the longest of the shortest ways from the origin; D its \
         hops at most: in a grid columns + rows - 2 from a corner, on a line n - 1 from an end, in a \
         star 2 from a leaf, in a complete overlay 1; ",
        bound_letters!("n - 1"),
        "; no overlay has more hops than a line, n - 1"
    ),
    guarantees: "unacknowledged, nothing: what is lost is made up for only by another way. \
               Acknowledged, all have everything, at the time above at most. Nothing is durable: a \
               crash that takes memory takes what the zone knew and what was not yet acknowledged \
               to it",
    settings: Params::PARAMS,
};

crate::params! {
    /// The `[exchange.flood]` table.
    pub struct Params in "a table such as [exchange.flood]" {
        /// Neighbours of each zone; the hub has none. A grid has the root of n columns, rounded up; a
        /// tree 2 children per zone; a star the first zone as its centre; a regular graph 4 random
        /// neighbours per zone, or n-1, from seed 1. A file stands beside the scenario and has the
        /// columns zone_a,zone_b.
        pub topology: Topology = "complete",
            Range::Text(
                "complete (up to 4096 zones), line, grid, { grid = { columns = 5 } }, tree, \
                 { tree = { arity = 2 } }, star, { star = { centre = \"z0\" } }, regular, \
                 { regular = { degree = 4, seed = 1 } }, { edges = [\"z0-z1\", ..] }, \
                 { file = \"edges.csv\" }",
            ),
            "a guess";
        /// Whether neighbours acknowledge, and are sent items again until they do.
        pub acknowledged: bool = false, Range::Bool, "Segall 1983; true is RFC 2328, 13.6";
        /// How long new items are collected before they are sent, in one message per neighbour. With
        /// 0s they are sent at once.
        pub batch: NanoDuration = "0s", Range::Text("0s or more"), "a guess";
        ..pub waits: retransmitter::Params;
    }
}

impl Params {
    /// How long it takes where all is acknowledged and nobody forgot; no overlay is longer than a
    /// line of all zones.
    pub fn delivery_bound(&self, calm: &StableBounds) -> Option<SimDuration> {
        if !self.acknowledged || calm.amnesia {
            return None;
        }
        let hops = u64::from(calm.zones) - 1;
        let SimDuration(batch) = calm.slowest_timer(self.batch);
        let batches = SimDuration(batch.saturating_mul(hops));
        Some(self.waits.delivery_bound(hops, calm)? + batches)
    }

    /// The most that goes over a link: the outbox's, and a batch at a restart.
    pub fn send_bound(&self, resolution: NanoDuration) -> SendBound {
        if self.acknowledged {
            SendBound { per_start: 2, ..self.waits.send_bound(resolution) }
        } else {
            SendBound::of_causes(1, 0, 1)
        }
    }

    /// Whether these settings work at a site.
    ///
    /// # Errors
    /// A topology that so many zones cannot have, or a wait that makes no sense.
    pub fn check(&self, site: &NodeView) -> Result<(), ConfigError> {
        self.topology.check("exchange.flood.topology", site.zones)?;
        self.check_ranges("exchange.flood", site.zones)?;
        self.waits.check("exchange.flood", site.zones)
    }
}

/// A timer of flood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Of an acknowledgement that is waited for.
    Retry(retransmitter::Timer),
    /// The end of a batch, by its number; it is stale unless it is the last.
    Batch(u64),
}

/// One zone that floods.
#[derive(Clone, Debug)]
pub struct Flood {
    neighbours: Vec<NodeId>,
    known: ItemSet,
    /// Where that is acknowledged.
    outbox: Option<Retransmitter>,
    batch: SimDuration,
    /// What each neighbour is told at the end of the batch.
    collected: BTreeMap<NodeId, ItemSet>,
    batches: u64,
    is_set: bool,
}

impl Flood {
    /// Tells all neighbours but one, now or at the end of the batch.
    fn relay(&mut self, new: &ItemSet, from: Option<NodeId>, out: &mut Out<'_, Self>) {
        if new.is_empty() {
            return;
        }
        for &neighbour in self.neighbours.iter().filter(|&&neighbour| Some(neighbour) != from) {
            if self.batch == SimDuration(0) {
                send(&mut self.outbox, neighbour, new, out);
            } else {
                self.collected.entry(neighbour).or_insert(ItemSet::EMPTY).union_with(new);
            }
        }
        if !self.collected.is_empty() && !self.is_set {
            self.is_set = true;
            self.batches += 1;
            out.wake_after(self.batch, Timer::Batch(self.batches));
        }
    }

    /// Tells what was collected.
    fn send_collected(&mut self, out: &mut Out<'_, Self>) {
        self.is_set = false;
        for (neighbour, items) in std::mem::take(&mut self.collected) {
            if !items.is_empty() {
                send(&mut self.outbox, neighbour, &items, out);
            }
        }
    }

    fn receive(&mut self, from: NodeId, items: &ItemSet, out: &mut Out<'_, Self>) {
        if let Some(collected) = self.collected.get_mut(&from) {
            *collected = collected.difference(items);
        }
        if let Some(outbox) = &mut self.outbox {
            let owed = out.inner(|m| m, Timer::Retry, |out| outbox.implicit_ack(from, items, out));
            if !owed.is_empty() {
                out.send(from, Message::Ack(owed));
            }
        }
        let new = out.deliver_new(&mut self.known, items);
        self.relay(&new, Some(from), out);
    }
}

/// Tells one neighbour.
fn send(outbox: &mut Option<Retransmitter>, to: NodeId, items: &ItemSet, out: &mut Out<'_, Flood>) {
    match outbox {
        Some(outbox) => out.inner(|m| m, Timer::Retry, |out| outbox.send(to, items, out)),
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

    fn new(settings: &Params, site: &NodeView, resolution: NanoDuration) -> Self {
        Self {
            neighbours: settings.topology.neighbours(site),
            known: ItemSet::EMPTY,
            outbox: settings.acknowledged.then(|| Retransmitter::new(&settings.waits, resolution)),
            batch: settings.batch.ticks(resolution),
            collected: BTreeMap::new(),
            batches: 0,
            is_set: false,
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
        let waiting = &mut self.outbox;
        match input {
            Input::Start => {}
            Input::Local(Publish(item)) => {
                if self.known.insert(item) {
                    self.relay(&ItemSet::of(item), None, out);
                }
            }
            Input::Message { from, message: Message::Items(items) } => {
                self.receive(from, &items, out)
            }
            Input::Message { from, message: Message::Ack(items) } => {
                if let Some(outbox) = waiting {
                    out.inner(|m| m, Timer::Retry, |out| outbox.acked(from, &items, out));
                }
            }
            Input::Timer(Timer::Retry(retry)) => {
                if let Some(outbox) = waiting {
                    out.inner(|m| m, Timer::Retry, |out| outbox.retry(retry, out));
                }
            }
            Input::Timer(Timer::Batch(number)) => {
                if self.is_set && number == self.batches {
                    self.send_collected(out);
                }
            }
            Input::Restart => {
                if let Some(outbox) = waiting {
                    out.inner(|m| m, Timer::Retry, |out| outbox.restart(out));
                }
                self.send_collected(out);
            }
        }
    }
}

#[cfg(test)]
mod tests;
