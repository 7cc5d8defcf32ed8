//! `hub`: every zone tells the hub, and the hub tells every other zone.
//!
//! Store and forward through a coordinating body: what the exercise of 2019 did through Tashkent;
//! there is no paper. Acknowledged and retried on both legs, as V. Paxson et al. have it: "Computing
//! TCP's retransmission timer", RFC 6298 (2011). Two links to each other zone instead of one; one
//! connection per zone instead of n-1; nothing moves while the hub is away. What reaches the hub in
//! one instant goes out in random order ([`ShuffledInstant`](super::shuffled_instant)).

pub use super::retransmitter::Params;
use super::retransmitter::{self, Message, Retransmitter, Timer};
use super::{Deliver, Publish};
use crate::id::{ItemSet, NodeId};
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Routing, SendBound, StableBounds, bound_letters,
};
use crate::time::{NanoDuration, SimDuration};

/// Source, deviations from it, costs and guarantees.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "hub",
    about: "every zone tells the hub, the hub tells every other zone, acknowledged and retried",
    source: "no paper: store and forward through the coordinating body; retries: RFC 6298, 2011",
    deviations: &[retransmitter::DEVIATIONS],
    formulas: &[
        Cost { what: "messages per item", formula: "2*n" },
        Cost { what: "payloads per item", formula: "n" },
        Cost { what: "time to all", formula: "U + D" },
        Cost {
            what: "time to all after the last fault, at most",
            formula: "(K + 4)*(9/8*retry_max + L) + C",
        },
    ],
    variables: concat!(
        "n zones; U the origin's link up to the hub; D the hub's longest link down to another zone; ",
        bound_letters!("2")
    ),
    guarantees: "what one zone publishes all others have, at the time above at most. What is on its way \
               is durable, at the hub and at the zones: a crash that takes memory takes only what \
               they know",
    settings: Params::PARAMS,
};

/// One zone, or the hub itself.
#[derive(Clone, Debug)]
pub struct Hub {
    known: ItemSet,
    outbox: Retransmitter,
}

impl Hub {
    fn receive(&mut self, from: NodeId, items: ItemSet, out: &mut Out<'_, Self>) {
        let new = out.deliver_new(&mut self.known, &items);
        out.send(from, Message::Ack(items));
        if out.view().is_hub() && !new.is_empty() {
            for zone in out.view().peers().filter(|&zone| zone != from) {
                self.outbox.send(zone, &new, out);
            }
        }
    }
}

impl NamedProtocol for Hub {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(settings: &Params, _view: &NodeView, resolution: NanoDuration) -> Self {
        Self { known: ItemSet::EMPTY, outbox: Retransmitter::new(settings, resolution) }
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        if view.hub.is_none() {
            let message = "exchange through a hub without a hub; expected a table [hub] too, \
                           with a zone as its seat";
            return Err(ConfigError::new("exchange.use", message));
        }
        params.check("exchange.hub", view.zones)
    }

    /// A zone receives messages from the hub alone.
    fn depends_on_order(_params: &Params, view: &NodeView) -> bool {
        view.is_hub()
    }

    fn delivery_bound(params: &Params, bounds: &StableBounds) -> Option<SimDuration> {
        params.delivery_bound(2, bounds)
    }

    fn send_bound(params: &Params, resolution: NanoDuration) -> Option<SendBound> {
        Some(params.send_bound(resolution))
    }

    fn routing(_params: &Params) -> Routing {
        Routing::Hub
    }
}

impl Protocol for Hub {
    type Message = Message;
    type Timer = Timer;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match self.outbox.handle(input, out) {
            Some(Input::Local(Publish(item))) => {
                self.known.insert(item);
                if let Some(hub) = out.view().hub {
                    self.outbox.send(hub, &ItemSet::of(item), out);
                }
            }
            Some(Input::Message { from, message: Message::Items(items) }) => {
                self.receive(from, items, out);
            }
            _ => {}
        }
    }

    /// What is owed to others is durable: that is what storing and forwarding means.
    fn recover(&mut self, lost: Self) {
        self.outbox = lost.outbox;
    }
}
