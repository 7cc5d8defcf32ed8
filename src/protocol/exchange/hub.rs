//! `hub`: every zone sends its items to the hub, and the hub sends them to every other zone.
//!
//! Store and forward through a coordinating body, as the exercise of 2019 did through Tashkent;
//! there is no paper. Both legs are acknowledged and retried as in V. Paxson et al.: "Computing
//! TCP's retransmission timer", RFC 6298 (2011). An item takes two links instead of one; a zone has
//! one connection instead of n-1; no item moves while the hub is down. The hub forwards the
//! messages of one instant in random order ([`ShuffledInstant`](super::shuffled_instant)). If the
//! scenario gives the hub clerks, an item waits for one of them before the hub forwards it.

mod registry;

pub(super) use registry::Registry;

pub use super::retransmitter::Params;
use super::retransmitter::{self, Message, Retransmitter};
use super::{Deliver, Publish};
use crate::id::{ItemSet, NodeId};
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Release, Routing, SendBound, StableBounds, bound_letters,
};
use crate::time::{NanoDuration, SimDuration};

/// The entry of `hub` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "hub",
    about: "every zone sends to the hub, the hub sends to every other zone, acknowledged and \
            retried",
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
        "n zones; U the latency of the origin's link to the hub; D the highest latency from the \
         hub to another zone; ",
        bound_letters!("2")
    ),
    guarantees: "every zone delivers every published item within the time above. Unacknowledged \
                 items are durable, at the hub and at the zones: a crash with loss of memory loses \
                 only the set of known items. With clerks no time is guaranteed",
    release: Release::Collective,
    settings: Params::PARAMS,
};

/// A timer of the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// An acknowledgement has not come.
    Retry(retransmitter::Timer),
    /// A clerk is done; the number of the work.
    Handled(u64),
}

/// One zone, or the hub itself.
#[derive(Clone, Debug)]
pub struct Hub {
    known: ItemSet,
    retransmitter: Retransmitter,
    /// What waits for clerks; of the hub.
    registry: Registry,
}

impl Hub {
    fn receive(&mut self, from: NodeId, items: ItemSet, out: &mut Out<'_, Self>) {
        let new = out.deliver_new(&mut self.known, &items);
        out.send(from, Message::Ack(items));
        if !out.view().is_hub() || new.is_empty() {
            return;
        }
        if out.has_clerks() {
            self.registry.add(&new, from, out);
            self.registry.begin::<Self>(out, Timer::Handled);
        } else {
            self.pass_on(&new, from, out);
        }
    }

    /// The hub tells all other zones.
    fn pass_on(&mut self, items: &ItemSet, from: NodeId, out: &mut Out<'_, Self>) {
        for zone in out.view().peers().filter(|&zone| zone != from) {
            self.send(zone, items, out);
        }
    }

    fn send(&mut self, to: NodeId, items: &ItemSet, out: &mut Out<'_, Self>) {
        out.inner(|m| m, Timer::Retry, |out| self.retransmitter.send(to, items, out));
    }

    fn on_timer(&mut self, timer: Timer, out: &mut Out<'_, Self>) {
        match timer {
            Timer::Retry(timer) => {
                out.inner(|m| m, Timer::Retry, |out| self.retransmitter.retry(timer, out));
            }
            Timer::Handled(number) => {
                if let Some((item, from)) = self.registry.finish(number) {
                    self.pass_on(&ItemSet::singleton(item), from, out);
                    self.registry.begin::<Self>(out, Timer::Handled);
                }
            }
        }
    }

    fn restart(&mut self, out: &mut Out<'_, Self>) {
        out.inner(|m| m, Timer::Retry, |out| self.retransmitter.restart(out));
        self.registry.restart();
        self.registry.begin::<Self>(out, Timer::Handled);
    }
}

impl NamedProtocol for Hub {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, _view: &NodeView, resolution: NanoDuration) -> Self {
        let retransmitter = Retransmitter::new(params, resolution);
        Self { known: ItemSet::EMPTY, retransmitter, registry: Registry::default() }
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
        match input {
            Input::Start => {}
            Input::Local(Publish(item)) => {
                self.known.insert(item);
                match out.view().hub {
                    Some(hub) if hub == out.me() => {
                        self.pass_on(&ItemSet::singleton(item), hub, out)
                    }
                    Some(hub) => self.send(hub, &ItemSet::singleton(item), out),
                    None => {}
                }
            }
            Input::Message { from, message: Message::Items(items) } => {
                self.receive(from, items, out);
            }
            Input::Message { from, message: Message::Ack(items) } => {
                out.inner(|m| m, Timer::Retry, |out| self.retransmitter.acked(from, &items, out));
            }
            Input::Timer(timer) => self.on_timer(timer, out),
            Input::Restart => self.restart(out),
        }
    }

    /// Unacknowledged items are durable, as store and forward requires.
    fn recover(&mut self, lost: Self) {
        self.retransmitter = lost.retransmitter;
        self.registry = lost.registry;
    }
}
