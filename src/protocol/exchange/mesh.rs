//! `mesh`: every zone sends its items to every other zone directly, acknowledged and retried.
//!
//! C. Cachin, R. Guerraoui, L. Rodrigues: "Introduction to Reliable and Secure Distributed
//! Programming" (2011), 3.2, best-effort broadcast, over links that retransmit (2.4). No zone
//! forwards the items of another, so delivery is as fast as the direct links and fails with them.

pub use super::retransmitter::Params;
use super::retransmitter::{self, Message, Retransmitter, Timer};
use super::{Deliver, Publish};
use crate::id::ItemSet;
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Release, Routing, SendBound, StableBounds, bound_letters,
};
use crate::time::{NanoDuration, SimDuration};

/// The entry of `mesh` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "mesh",
    about: "every zone sends to every other zone directly, acknowledged and retried",
    source: "Cachin, Guerraoui and Rodrigues, Introduction to Reliable and Secure Distributed \
             Programming, 2011, 2.4 and 3.2 (best-effort broadcast); retries: RFC 6298, 2011",
    deviations: &[
        "the links of the paper retransmit for ever; here an acknowledgement ends it",
        retransmitter::DEVIATIONS,
    ],
    formulas: &[
        Cost { what: "messages per item", formula: "2*(n - 1)" },
        Cost { what: "payloads per item", formula: "n - 1" },
        Cost { what: "time to all", formula: "F" },
        Cost {
            what: "time to all after the last fault, at most",
            formula: "(K + 2)*(9/8*retry_max + L) + C",
        },
    ],
    variables: concat!(
        "n zones; F the highest latency of a link from the origin; ",
        bound_letters!("1")
    ),
    guarantees: "every zone delivers every published item within the time above. Nothing is \
                 durable: a crash with loss of memory loses the items that were not yet \
                 acknowledged",
    release: Release::Bilateral,
    settings: Params::PARAMS,
};

/// One zone of the mesh.
#[derive(Clone, Debug)]
pub struct Mesh {
    known: ItemSet,
    retransmitter: Retransmitter,
}

impl NamedProtocol for Mesh {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, _view: &NodeView, resolution: NanoDuration) -> Self {
        Self { known: ItemSet::EMPTY, retransmitter: Retransmitter::new(params, resolution) }
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        params.check("exchange.mesh", view.zones)
    }

    fn delivery_bound(params: &Params, bounds: &StableBounds) -> Option<SimDuration> {
        // A zone that loses its memory loses the items that it has not yet sent.
        if bounds.amnesia { None } else { params.delivery_bound(1, bounds) }
    }

    fn send_bound(params: &Params, resolution: NanoDuration) -> Option<SendBound> {
        Some(params.send_bound(resolution))
    }

    fn routing(_params: &Params) -> Routing {
        Routing::Direct
    }
}

impl Protocol for Mesh {
    type Message = Message;
    type Timer = Timer;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match self.retransmitter.handle(input, out) {
            Some(Input::Local(Publish(item))) => {
                self.known.insert(item);
                for peer in out.view().peers() {
                    self.retransmitter.send(peer, &ItemSet::singleton(item), out);
                }
            }
            Some(Input::Message { from, message: Message::Items(items) }) => {
                out.deliver_new(&mut self.known, &items);
                out.send(from, Message::Ack(items));
            }
            _ => {}
        }
    }
}
