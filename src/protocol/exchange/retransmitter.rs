//! Reliable transmission of items: send, acknowledge, retransmit.
//!
//! V. Paxson, M. Allman, J. Chu, M. Sargent: "Computing TCP's retransmission timer", RFC 6298
//! (2011). There is one timer per destination. Sending starts it if none runs (5.1); it stops when
//! everything is acknowledged (5.2); an acknowledgement restarts it (5.3); when it expires, the
//! unacknowledged items are sent again and the timeout doubles (5.4 to 5.6).
//!
//! [`DEVIATIONS`] lists the differences.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{ItemSet, NodeId};
use crate::protocol::{
    ConfigError, Input, Items, Out, OutOf, Params as _, Protocol, Range, SendBound, StableBounds,
    WireMessage,
};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// Deviations from RFC 6298.
pub const DEVIATIONS: &str = "retries, from RFC 6298: everything that was pending when the timer \
                              was set is sent again, not the earliest item alone, since it fits \
                              one message; the timeout is a parameter and is not estimated from \
                              round trips, so it must exceed the round trip or copies are sent \
                              needlessly; any acknowledgement of something new resets the timeout, \
                              since it shows that the link works; acknowledgements name single \
                              items and are not cumulative, so the timer restarts only once \
                              everything that it was set for is acknowledged, otherwise steady \
                              traffic would postpone a lost item for ever";

/// Items, or the acknowledgement of items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Items to be acknowledged.
    Items(ItemSet),
    /// These items have arrived.
    Ack(ItemSet),
}

impl WireMessage for Message {
    fn size(&self) -> usize {
        let (Self::Items(items) | Self::Ack(items)) = self;
        1 + items.size()
    }

    fn items(&self) -> Items<'_> {
        match self {
            Self::Items(items) => Items::Set(items),
            Self::Ack(_) => Items::None,
        }
    }

    fn for_each_name(&self, visit: &mut dyn FnMut(Items<'_>)) {
        let (Self::Items(items) | Self::Ack(items)) = self;
        visit(Items::Set(items));
    }

    fn describe(&self, _tick: NanoDuration) -> String {
        match self {
            Self::Items(items) => items.to_string(),
            Self::Ack(items) => format!("ack of {items}"),
        }
    }
}

/// The timer of one destination. It is stale unless the destination still waits for `due`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    to: NodeId,
    due: LocalTime,
}

crate::params! {
    /// How long to wait for an acknowledgement.
    #[derive(Copy, Eq)]
    pub struct Params in "a table of settings" {
        /// First wait for an acknowledgement. Keep it above the round trip.
        pub retry: NanoDuration = "1s",
            Range::AboveZero {
                also: ", up to retry_max",
                otherwise: "a wait of 0 would retransmit without end",
            },
            "RFC 6298, 2.1";
        /// Longest wait for an acknowledgement after repeated doubling.
        pub retry_max: NanoDuration = "60s", Range::Timer("retry or more"), "RFC 6298, 2.5";
    }
}

impl Params {
    /// Bound on the delivery time over `hops` hops. On all hops together
    /// [`attempts_for`](StableBounds::attempts_for) attempts suffice, each at most the longest wait
    /// after the previous one; each hop adds two attempts that had begun before, one for the items
    /// and one for earlier items.
    pub fn delivery_bound(&self, hops: u64, bounds: &StableBounds) -> Option<SimDuration> {
        let SimDuration(max_timeout) = bounds.slowest_timer(self.retry_max);
        let per_attempt = max_timeout.saturating_add(bounds.max_delay.0);
        let attempts = bounds.attempts_for(hops, 1)?.saturating_add(hops.saturating_mul(2));
        Some(SimDuration(per_attempt.saturating_mul(attempts)) + bounds.max_skew)
    }

    /// Bound on the messages over a link: new items once, once more after each wait, all of them
    /// after a restart, and one acknowledgement per message.
    pub fn send_bound(&self, resolution: NanoDuration) -> SendBound {
        let interval = Some(SimDuration(self.retry.ticks(resolution).0.max(1)));
        SendBound { interval, ..SendBound::of_causes(1, 1, 1) }
    }

    /// Checks the two waits of the table at `path`.
    ///
    /// # Errors
    /// A first wait of 0, or a longest wait below the first.
    pub fn check(&self, path: &str, zones: u32) -> Result<(), ConfigError> {
        self.check_ranges(path, zones)?;
        let waits = [("retry", self.retry), ("retry_max", self.retry_max)];
        ConfigError::of_waits(path, waits, Self::default().retry_max)
    }
}

/// Items that were sent and are not yet acknowledged, by destination.
#[derive(Clone, Debug)]
pub struct Retransmitter {
    initial_timeout: SimDuration,
    max_timeout: SimDuration,
    pending: BTreeMap<NodeId, Pending>,
}

#[derive(Clone, Debug)]
struct Pending {
    items: ItemSet,
    /// The items for which the timer was set.
    timed: ItemSet,
    timeout: SimDuration,
    due: LocalTime,
}

impl Retransmitter {
    pub fn new(params: &Params, resolution: NanoDuration) -> Self {
        let ticks = |duration: NanoDuration| SimDuration(duration.ticks(resolution).0.max(1));
        let (initial_timeout, max_timeout) = (ticks(params.retry), ticks(params.retry_max));
        Self { initial_timeout, max_timeout, pending: BTreeMap::new() }
    }

    /// Sends the items that `to` may be told of, until it acknowledges them.
    pub fn send<D>(&mut self, to: NodeId, items: &ItemSet, out: &mut OutOf<'_, Message, Timer, D>) {
        let items = &*out.tellable(items, to);
        if items.is_empty() {
            return;
        }
        out.send(to, Message::Items(items.clone()));
        if let Some(pending) = self.pending.get_mut(&to) {
            pending.items.union_with(items);
        } else {
            let due = arm(to, self.initial_timeout, out);
            let (items, timed) = (items.clone(), items.clone());
            self.pending.insert(to, Pending { items, timed, timeout: self.initial_timeout, due });
        }
    }

    /// Handles acknowledgements, timers and restarts. Returns every other input for the protocol to
    /// handle.
    pub fn handle<X>(&mut self, input: Input<X>, out: &mut Out<'_, X>) -> Option<Input<X>>
    where
        X: Protocol<Message = Message, Timer = Timer>,
    {
        match input {
            Input::Message { from, message: Message::Ack(items) } => self.acked(from, &items, out),
            Input::Timer(timer) => self.retry(timer, out),
            Input::Restart => self.restart(out),
            input => return Some(input),
        }
        None
    }

    /// Treats `items` that arrived from `from` as an acknowledgement of the same items sent to it.
    /// Returns the items that still have to be acknowledged to it.
    pub fn implicit_ack<D>(
        &mut self,
        from: NodeId,
        items: &ItemSet,
        out: &mut OutOf<'_, Message, Timer, D>,
    ) -> ItemSet {
        let Some(pending) = self.pending.get(&from) else { return items.clone() };
        let left = items.difference(&pending.items);
        self.acked(from, items, out);
        left
    }

    /// The items that a node has not acknowledged.
    pub fn unacked_by(&self, node: NodeId) -> &ItemSet {
        self.pending.get(&node).map_or(&ItemSet::EMPTY, |pending| &pending.items)
    }

    /// The items that some node has not acknowledged.
    pub fn unacked(&self) -> ItemSet {
        let mut unacked = ItemSet::EMPTY;
        for pending in self.pending.values() {
            unacked.union_with(&pending.items);
        }
        unacked
    }

    pub fn acked<D>(
        &mut self,
        by: NodeId,
        items: &ItemSet,
        out: &mut OutOf<'_, Message, Timer, D>,
    ) {
        let Some(pending) = self.pending.get_mut(&by) else { return };
        let left = pending.items.difference(items);
        if left.is_empty() {
            self.pending.remove(&by);
            return;
        }
        if left == pending.items {
            return;
        }
        let timed = pending.timed.difference(items);
        let (timed, due) = if timed.is_empty() {
            (left.clone(), arm(by, self.initial_timeout, out))
        } else {
            (timed, pending.due)
        };
        *pending = Pending { items: left, timed, timeout: self.initial_timeout, due };
    }

    /// Retransmits, unless the timer is stale.
    pub fn retry<D>(&mut self, timer: Timer, out: &mut OutOf<'_, Message, Timer, D>) {
        let Some(pending) = self.pending.get_mut(&timer.to) else { return };
        if pending.due == timer.due {
            out.send(timer.to, Message::Items(pending.timed.clone()));
            pending.timed = pending.items.clone();
            pending.timeout = pending.timeout.backoff(self.max_timeout);
            pending.due = arm(timer.to, pending.timeout, out);
        }
    }

    /// Sends everything unacknowledged again: a restart has lost the timers.
    pub fn restart<D>(&mut self, out: &mut OutOf<'_, Message, Timer, D>) {
        for (&to, pending) in &mut self.pending {
            out.send(to, Message::Items(pending.items.clone()));
            pending.timed = pending.items.clone();
            pending.timeout = self.initial_timeout;
            pending.due = arm(to, pending.timeout, out);
        }
    }
}

fn arm<D>(to: NodeId, after: SimDuration, out: &mut OutOf<'_, Message, Timer, D>) -> LocalTime {
    let due = out.now() + after;
    // Otherwise what takes long to leave would be sent again and again before it has.
    out.timer_after_sent_to(to, after, Timer { to, due });
    due
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Item;
    use crate::protocol::{Effect, NodeView};
    use crate::rng::stream;

    type TestEffects = Vec<Effect<Message, Timer, ()>>;

    /// The effects of a call at the instant `now`.
    fn at(now: i64, handle: impl FnOnce(&mut OutOf<'_, Message, Timer, ()>)) -> TestEffects {
        let mut effects = TestEffects::new();
        let view = NodeView { me: NodeId(0), zones: 2, hub: None, deputy: None };
        handle(&mut OutOf::new(&view, LocalTime(now), &mut stream(1, "test", 0), &mut effects));
        effects
    }

    #[test]
    fn retries_double_until_acknowledged() {
        let to = NodeId(1);
        let params =
            Params { retry: NanoDuration::from_ms(10), retry_max: NanoDuration::from_ms(40) };
        let mut retransmitter = Retransmitter::new(&params, NanoDuration::from_ms(1));
        let items = ItemSet::singleton(Item(7));
        let mut effects = at(0, |out| retransmitter.send(to, &items, out));
        let mut now = 0;
        for expected in [10, 20, 40, 40] {
            let [Effect::Send(_, Message::Items(sent)), Effect::WakeAfter(after, timer)] =
                &effects[..]
            else {
                panic!("{effects:?}")
            };
            assert_eq!((sent, after.0), (&items, expected));
            now += expected as i64;
            effects = at(now, |out| retransmitter.retry(*timer, out));
        }
        let Effect::WakeAfter(_, last) = effects[1] else { panic!("{effects:?}") };
        assert!(at(now, |out| retransmitter.acked(to, &items, out)).is_empty());
        assert!(at(now + 40, |out| retransmitter.retry(last, out)).is_empty(), "a stale timer");
        assert!(at(now, |out| retransmitter.restart(out)).is_empty(), "nothing is left");
    }

    #[test]
    fn steady_traffic_does_not_put_off_what_was_lost() {
        // Found by `zonesim fuzz`: item 0 is lost, and another item is sent and acknowledged every
        // 4 ms.
        let (to, params) = (
            NodeId(1),
            Params { retry: NanoDuration::from_ms(10), retry_max: NanoDuration::from_ms(40) },
        );
        let mut retransmitter = Retransmitter::new(&params, NanoDuration::from_ms(1));
        let first = at(0, |out| retransmitter.send(to, &ItemSet::singleton(Item(0)), out));
        let Effect::WakeAfter(SimDuration(10), timer) = first[1] else { panic!("{first:?}") };
        for (now, item) in [(4, 1), (8, 2)] {
            at(now - 1, |out| retransmitter.send(to, &ItemSet::singleton(Item(item)), out));
            assert!(
                at(now, |out| retransmitter.acked(to, &ItemSet::singleton(Item(item)), out))
                    .is_empty()
            );
        }
        at(9, |out| retransmitter.send(to, &ItemSet::singleton(Item(3)), out));
        let effects = at(10, |out| retransmitter.retry(timer, out));
        assert_eq!(
            effects[0],
            Effect::Send(to, Message::Items(ItemSet::singleton(Item(0)))),
            "not item 3"
        );
        // Once everything that the timer was set for is acknowledged, it is set for the rest.
        let both = ItemSet::singleton(Item(0)).intersection(&ItemSet::singleton(Item(0)));
        at(11, |out| retransmitter.send(to, &ItemSet::singleton(Item(4)), out));
        at(12, |out| retransmitter.acked(to, &both, out));
        let effects = at(13, |out| retransmitter.acked(to, &ItemSet::singleton(Item(3)), out));
        assert!(matches!(effects[..], [Effect::WakeAfter(SimDuration(10), _)]), "{effects:?}");
    }

    #[test]
    fn a_restart_sends_what_was_not_acknowledged() {
        let mut retransmitter = Retransmitter::new(&Params::default(), NanoDuration::from_ms(1));
        at(0, |out| {
            retransmitter.send(NodeId(1), &ItemSet::singleton(Item(1)), out);
            retransmitter.send(NodeId(1), &ItemSet::singleton(Item(2)), out);
        });
        at(5, |out| retransmitter.acked(NodeId(1), &ItemSet::singleton(Item(1)), out));
        let effects = at(9, |out| retransmitter.restart(out));
        assert_eq!(
            effects[0],
            Effect::Send(NodeId(1), Message::Items(ItemSet::singleton(Item(2))))
        );
    }

    #[test]
    fn sizes_are_those_of_the_encoding() {
        for message in [Message::Items(ItemSet::singleton(Item(300))), Message::Ack(ItemSet::EMPTY)]
        {
            assert_eq!(message.size(), postcard::to_stdvec(&message).unwrap().len());
        }
    }
}
