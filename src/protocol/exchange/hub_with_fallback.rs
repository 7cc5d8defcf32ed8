//! `hub-with-fallback`: the hub passes on what zones send to it; while it does not answer, zones tell
//! each other directly.
//!
//! The exchange through the hub ([`hub`](super::hub)) with the end-to-end argument of J. Saltzer, D.
//! Reed and D. Clark: "End-to-end arguments in system design" (1984): a zone is done with an item once
//! all zones have acknowledged it, not once the hub has accepted it. The hub tells the zone so with a
//! receipt. Until then the zone keeps asking, with intervals that double (RFC 6298).
//!
//! The hub counts as *gone* for a zone after `missed` timeouts in a row without an answer. The zone
//! then sends all items for which it has no receipt directly to all other zones, acknowledged and
//! retried, and every new item at once. It goes on asking the hub, without items (a probe).
//!
//! The hub is *back* with its first answer. Nothing is sent then: new items go to the hub again, and
//! only what some zone has not acknowledged directly within another `retry` is submitted to it, in one
//! message. So an outage of the hub alone is followed by no repetition at all.
//!
//! A zone counts only answers to itself. If the hub reaches a zone and not the other way round, or
//! if it cannot reach another zone, that is the hub's to retry: it keeps what it has accepted.
//!
//! An item is released for all recipients of its class before the exchange sees it, so telling it
//! directly needs no further decision: it goes to the same recipients. What the hub may not have goes
//! directly from the start, beside the exchange, as with `hub`.

mod hub_contact;
mod message;
mod receipts;

use hub_contact::HubContact;
pub use message::Message;
use receipts::Receipts;

use super::hub::Registry;
use super::retransmitter::{self, Retransmitter};
use super::{Deliver, Publish};
use crate::id::{Item, ItemSet, NodeId};
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Range, Release, Routing, SendBound, StableBounds, bound_letters,
};
use crate::time::{NanoDuration, SimDuration};

/// The entry of `hub-with-fallback` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "hub-with-fallback",
    about: "every zone sends to the hub, which sends to every other zone; while the hub does not \
            answer, zones send directly",
    source: "no paper: store and forward through the coordinating body; receipts: Saltzer, Reed and \
             Clark, End-to-end arguments in system design, 1984; retries: RFC 6298, 2011",
    deviations: &[
        retransmitter::DEVIATIONS,
        "a zone has one timer for all that it asks the hub; a new item shortens it to retry",
    ],
    formulas: &[
        Cost { what: "messages per item", formula: "2*n + 1" },
        Cost { what: "payloads per item", formula: "n" },
        Cost { what: "time to all", formula: "U + D" },
        Cost { what: "messages per item, hub gone, without probes", formula: "2*(n - 1)" },
        Cost { what: "time to all, hub gone", formula: "F" },
        Cost {
            what: "time to all of the item that finds the hub gone, missed = 3",
            formula: "7*retry + F",
        },
        Cost {
            what: "time to all after the last fault, at most",
            formula: "(K + 6 + missed)*(9/4*retry_max + 3*L) + C",
        },
    ],
    variables: concat!(
        "n zones; U the latency of the origin's link to the hub; D the highest latency from the hub to \
         another zone; F the highest latency of a link from the origin; ",
        bound_letters!("2"),
        "; an attempt is a probe, its answer and the item, in two timeouts"
    ),
    guarantees: "every zone delivers every item within the time above, if the hub and both zones reach \
                 each other, or if the origin and the hub do not and the two zones do. Items without a \
                 receipt are durable at their origins, items that are not acknowledged are at the hub. \
                 With clerks no time is guaranteed",
    release: Release::Collective,
    settings: Params::PARAMS,
};

crate::params! {
    /// The `[exchange.hub-with-fallback]` table.
    #[derive(Copy, Eq)]
    pub struct Params in "a table such as [exchange.hub-with-fallback]" {
        /// After how many timeouts in a row without an answer the hub counts as gone.
        pub missed: u32 = 3,
            Range::AtLeast { min: 1, otherwise: "the hub would count as gone from the start" },
            "a guess";
        ..pub waits: retransmitter::Params;
    }
}

impl Params {
    /// Bound on the delivery time. The longest way: the hub counts as gone, a probe is answered, the
    /// item is submitted at the next timeout, and the hub passes it on.
    pub fn delivery_bound(&self, bounds: &StableBounds) -> Option<SimDuration> {
        let SimDuration(timeout) = bounds.slowest_timer(self.waits.retry_max);
        let per_attempt =
            timeout.saturating_mul(2).saturating_add(bounds.max_delay.0.saturating_mul(3));
        let attempts = bounds.attempts_for(2, 3)?.saturating_add(6 + u64::from(self.missed));
        Some(SimDuration(per_attempt.saturating_mul(attempts)) + bounds.max_skew)
    }
}

/// A timer of the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A zone has not acknowledged everything.
    Zone(retransmitter::Timer),
    /// The hub has not confirmed everything, or is gone; the number of the timer.
    Hub(u64),
    /// A clerk is done; the number of the work.
    Handled(u64),
}

/// One zone, or the hub itself.
#[derive(Clone, Debug)]
pub struct HubWithFallback {
    known: ItemSet,
    /// What zones have yet to acknowledge: to the hub, or directly to the zone that found it.
    retransmitter: Retransmitter,
    hub_contact: HubContact,
    retry_max: SimDuration,
    missed: u32,
    /// What waits for clerks; of the hub.
    registry: Registry,
    receipts: Receipts,
}

impl HubWithFallback {
    fn publish(&mut self, item: Item, out: &mut Out<'_, Self>) {
        self.known.insert(item);
        match out.view().hub {
            Some(hub) if hub == out.me() => self.pass_on(item, hub, out),
            Some(hub) if out.may_tell(item, hub) => {
                let items = ItemSet::singleton(item);
                if self.hub_contact.gone {
                    return self.tell_directly(&items, out);
                }
                self.hub_contact.submit(item, out.now());
                out.send(hub, Message::Submit { new: items, pending: ItemSet::EMPTY });
                self.arm(out);
            }
            _ => {}
        }
    }

    fn send(&mut self, to: NodeId, items: &ItemSet, out: &mut Out<'_, Self>) {
        out.inner(Message::ToZone, Timer::Zone, |out| self.retransmitter.send(to, items, out));
    }

    fn tell_directly(&mut self, items: &ItemSet, out: &mut Out<'_, Self>) {
        for peer in out.view().peers() {
            self.send(peer, items, out);
        }
    }

    /// Sets the timer for an answer of the hub if one is needed.
    fn arm(&mut self, out: &mut Out<'_, Self>) {
        let Some(hub) = out.view().hub else { return };
        if let Some((timeout, number)) = self.hub_contact.arm(out.now()) {
            out.timer_after_sent_to(hub, timeout, Timer::Hub(number));
        }
    }

    /// Sends the hub what it has not accepted, and asks for the rest; with neither, it is a probe.
    fn ask_hub(&mut self, out: &mut Out<'_, Self>) {
        if !self.hub_contact.gone {
            let returned = std::mem::replace(&mut self.hub_contact.returned, ItemSet::EMPTY);
            let unacked = self.retransmitter.unacked();
            self.hub_contact.waiting.union_with(&returned.intersection(&unacked));
        }
        if let (Some(hub), true) = (out.view().hub, self.hub_contact.is_waiting()) {
            let HubContact { waiting, accepted, .. } = &self.hub_contact;
            out.send(hub, Message::Submit { new: waiting.clone(), pending: accepted.clone() });
            self.arm(out);
        }
    }

    fn on_hub_timer(&mut self, number: u64, out: &mut Out<'_, Self>) {
        let Some(is_lost) = self.hub_contact.timeout(number, self.missed, self.retry_max) else {
            return;
        };
        if is_lost {
            // What is told directly already goes on.
            let items = self.hub_contact.take().difference(&self.retransmitter.unacked());
            self.tell_directly(&items, out);
        }
        self.ask_hub(out);
    }

    fn on_receipt(&mut self, accepted: &ItemSet, confirmed: &ItemSet, out: &mut Out<'_, Self>) {
        let was_gone = self.hub_contact.answer(accepted, confirmed);
        for peer in out.view().peers().filter(|_| !confirmed.is_empty()) {
            let retransmitter = &mut self.retransmitter;
            out.inner(Message::ToZone, Timer::Zone, |out| {
                retransmitter.acked(peer, confirmed, out)
            });
        }
        if was_gone {
            self.hub_contact.returned = self.retransmitter.unacked();
            self.hub_contact.disarm();
            self.arm(out);
        }
    }

    /// The hub takes items in. It answers every zone that asks.
    fn on_submit(
        &mut self,
        from: NodeId,
        new: ItemSet,
        mut pending: ItemSet,
        out: &mut Out<'_, Self>,
    ) {
        out.deliver_new(&mut self.known, &new);
        let to_pass_on = self.receipts.accept(&new, from);
        pending.union_with(&new);
        let confirmed = self.receipts.confirmed(&pending);
        let accepted = new.difference(&confirmed);
        out.send(from, Message::Receipt { accepted, confirmed });
        if out.has_clerks() {
            self.registry.add(&to_pass_on, from, out);
            self.registry.begin::<Self>(out, Timer::Handled);
        } else {
            self.pass_on_all(&to_pass_on, from, out);
        }
    }

    fn pass_on(&mut self, item: Item, from: NodeId, out: &mut Out<'_, Self>) {
        self.pass_on_all(&ItemSet::singleton(item), from, out);
    }

    /// The hub tells all other zones.
    fn pass_on_all(&mut self, items: &ItemSet, from: NodeId, out: &mut Out<'_, Self>) {
        for zone in out.view().peers().filter(|&zone| zone != from) {
            self.send(zone, items, out);
        }
        let mut confirmed = ItemSet::EMPTY;
        for item in items.iter() {
            let others = out.view().peers().filter(|&zone| zone != from);
            let told = others.filter(|&zone| out.may_tell(item, zone)).count() as u32;
            if self.receipts.passed_on(item, told).is_some() {
                confirmed.insert(item);
            }
        }
        if !confirmed.is_empty() {
            out.send(from, Message::Receipt { accepted: ItemSet::EMPTY, confirmed });
        }
    }

    /// A zone has acknowledged items, to the hub or to the zone that told it directly.
    fn on_ack(&mut self, by: NodeId, items: &ItemSet, out: &mut Out<'_, Self>) {
        let acked = self.retransmitter.unacked_by(by).intersection(items);
        let retransmitter = &mut self.retransmitter;
        out.inner(Message::ToZone, Timer::Zone, |out| retransmitter.acked(by, items, out));
        if out.view().is_hub() {
            for (origin, confirmed) in self.receipts.acked(&acked) {
                out.send(origin, Message::Receipt { accepted: ItemSet::EMPTY, confirmed });
            }
        } else if self.hub_contact.is_waiting() {
            self.hub_contact.done(&acked.difference(&self.retransmitter.unacked()));
        }
    }

    fn on_message(&mut self, from: NodeId, message: Message, out: &mut Out<'_, Self>) {
        match message {
            Message::ToZone(retransmitter::Message::Items(items)) => {
                out.deliver_new(&mut self.known, &items);
                out.send(from, Message::ToZone(retransmitter::Message::Ack(items)));
            }
            Message::ToZone(retransmitter::Message::Ack(items)) => self.on_ack(from, &items, out),
            Message::Submit { new, pending } => self.on_submit(from, new, pending, out),
            Message::Receipt { accepted, confirmed } => {
                self.on_receipt(&accepted, &confirmed, out);
            }
        }
    }

    fn on_timer(&mut self, timer: Timer, out: &mut Out<'_, Self>) {
        match timer {
            Timer::Zone(timer) => {
                let retransmitter = &mut self.retransmitter;
                out.inner(Message::ToZone, Timer::Zone, |out| retransmitter.retry(timer, out));
            }
            Timer::Hub(number) => self.on_hub_timer(number, out),
            Timer::Handled(number) => {
                if let Some((item, from)) = self.registry.finish(number) {
                    self.pass_on(item, from, out);
                    self.registry.begin::<Self>(out, Timer::Handled);
                }
            }
        }
    }

    fn restart(&mut self, out: &mut Out<'_, Self>) {
        let retransmitter = &mut self.retransmitter;
        out.inner(Message::ToZone, Timer::Zone, |out| retransmitter.restart(out));
        if out.view().is_hub() {
            self.registry.restart();
            return self.registry.begin::<Self>(out, Timer::Handled);
        }
        self.hub_contact.disarm();
        self.ask_hub(out);
        // Whether the hub is gone is forgotten with the memory.
        if !self.hub_contact.gone {
            self.hub_contact.returned = self.retransmitter.unacked();
        }
        self.arm(out);
    }
}

impl NamedProtocol for HubWithFallback {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, _view: &NodeView, resolution: NanoDuration) -> Self {
        let ticks = |time: NanoDuration| SimDuration(time.ticks(resolution).0.max(1));
        Self {
            known: ItemSet::EMPTY,
            retransmitter: Retransmitter::new(&params.waits, resolution),
            hub_contact: HubContact::new(ticks(params.waits.retry)),
            retry_max: ticks(params.waits.retry_max),
            missed: params.missed,
            registry: Registry::default(),
            receipts: Receipts::default(),
        }
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        if view.hub.is_none() {
            let message = "exchange through a hub without a hub; expected a table [hub] too, \
                           with a zone as its seat";
            return Err(ConfigError::new("exchange.use", message));
        }
        params.check_ranges("exchange.hub-with-fallback", view.zones)?;
        params.waits.check("exchange.hub-with-fallback", view.zones)
    }

    /// A zone gives nothing to the first message of an instant.
    fn depends_on_order(_params: &Params, view: &NodeView) -> bool {
        view.is_hub()
    }

    fn delivery_bound(params: &Params, bounds: &StableBounds) -> Option<SimDuration> {
        params.delivery_bound(bounds)
    }

    fn send_bound(params: &Params, resolution: NanoDuration) -> Option<SendBound> {
        Some(params.waits.send_bound(resolution))
    }

    fn routing(_params: &Params) -> Routing {
        Routing::HubOrDirect
    }
}

impl Protocol for HubWithFallback {
    type Message = Message;
    type Timer = Timer;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match input {
            Input::Start => {}
            Input::Local(Publish(item)) => self.publish(item, out),
            Input::Message { from, message } => self.on_message(from, message, out),
            Input::Timer(timer) => self.on_timer(timer, out),
            Input::Restart => self.restart(out),
        }
    }

    /// Items are durable until all zones have them, and so are the receipts of the hub.
    fn recover(&mut self, lost: Self) {
        self.hub_contact.waiting = lost.hub_contact.waiting;
        self.hub_contact.accepted = lost.hub_contact.accepted;
        self.retransmitter = lost.retransmitter;
        self.registry = lost.registry;
        self.receipts = lost.receipts;
    }
}

#[cfg(test)]
mod tests;
