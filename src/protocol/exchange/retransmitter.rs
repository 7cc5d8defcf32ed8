//! Items that must arrive: sent, acknowledged, sent again.
//!
//! V. Paxson, M. Allman, J. Chu, M. Sargent: "Computing TCP's retransmission timer", RFC 6298
//! (2011). One timer per destination, started when something is sent and none runs (5.1), stopped
//! when all is acknowledged (5.2), restarted by an acknowledgement (5.3); when it runs out, what is
//! not acknowledged goes again and the timeout doubles (5.4 to 5.6).
//!
//! [`DEVIATIONS`] lists where it differs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{ItemSet, NodeId};
use crate::protocol::{
    ConfigError, Input, Items, Out, OutOf, Params as _, Protocol, Range, SendBound, StableBounds,
    WireMessage,
};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// Where it departs from its paper.
pub const DEVIATIONS: &str = "retries, from RFC 6298: all that waited when the timer was set goes again, \
    not the earliest alone, since it fits one message; the wait is a setting and not estimated from \
    round trips, so it must be above the round trip or copies are sent in vain; any acknowledgement \
    of something new sets the wait back, since it shows that the way is open; acknowledgements are \
    of single items, not of all before, so the timer is restarted only once all that it was set for \
    is acknowledged, or steady traffic would put off for ever what was lost before it";

/// Items on their way, or the acknowledgement of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// These items, to be acknowledged.
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

    fn describe(&self, _tick: NanoDuration) -> String {
        match self {
            Self::Items(items) => items.to_string(),
            Self::Ack(items) => format!("ack of {items}"),
        }
    }
}

/// The timer of one destination. It is stale unless the destination still waits for this instant.
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
                otherwise: "a wait of nothing would send without end",
            },
            "RFC 6298, 2.1";
        /// Longest wait for an acknowledgement, after doublings.
        pub retry_max: NanoDuration = "60s", Range::Timer("retry or more"), "RFC 6298, 2.5";
    }
}

impl Params {
    /// How long it takes over so many hops: so many tries as must be on all of them together, none of
    /// them longer after the other than the longest wait, and two on each that had begun: one for what
    /// was before it.
    pub fn delivery_bound(&self, hops: u64, calm: &StableBounds) -> Option<SimDuration> {
        let SimDuration(longest) = calm.slowest_timer(self.retry_max);
        let each = longest.saturating_add(calm.max_delay.0);
        let tries = calm.attempts_for(hops, 1)?.saturating_add(hops.saturating_mul(2));
        Some(SimDuration(each.saturating_mul(tries)) + calm.max_skew)
    }

    /// The most that goes over a link: what is new, once more after each wait, all of it after a
    /// restart, and an acknowledgement of each message.
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

/// What is sent and not yet acknowledged, by destination.
#[derive(Clone, Debug)]
pub struct Retransmitter {
    first: SimDuration,
    longest: SimDuration,
    waiting: BTreeMap<NodeId, Pending>,
}

#[derive(Clone, Debug)]
struct Pending {
    items: ItemSet,
    /// Those of them for which the timer was set.
    aged: ItemSet,
    timeout: SimDuration,
    due: LocalTime,
}

impl Retransmitter {
    /// An empty one.
    pub fn new(settings: &Params, resolution: NanoDuration) -> Self {
        let ticks = |length: NanoDuration| SimDuration(length.ticks(resolution).0.max(1));
        let (first, longest) = (ticks(settings.retry), ticks(settings.retry_max));
        Self { first, longest, waiting: BTreeMap::new() }
    }

    /// Sends those items that a node may have, until it acknowledges them.
    pub fn send<D>(&mut self, to: NodeId, items: &ItemSet, out: &mut OutOf<'_, Message, Timer, D>) {
        let items = &*out.tellable(items, to);
        if items.is_empty() {
            return;
        }
        out.send(to, Message::Items(items.clone()));
        if let Some(waiting) = self.waiting.get_mut(&to) {
            waiting.items.union_with(items);
        } else {
            let due = arm(to, self.first, out);
            let (items, aged) = (items.clone(), items.clone());
            self.waiting.insert(to, Pending { items, aged, timeout: self.first, due });
        }
    }

    /// Handles what concerns the outbox alone, and hands back what is for its owner: items that
    /// were published or have come, and the start.
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

    /// Items have come from a node, which must have them: that acknowledges them without a word.
    /// What is left is to be acknowledged to it.
    pub fn implicit_ack<D>(
        &mut self,
        from: NodeId,
        items: &ItemSet,
        out: &mut OutOf<'_, Message, Timer, D>,
    ) -> ItemSet {
        let Some(waiting) = self.waiting.get(&from) else { return items.clone() };
        let left = items.difference(&waiting.items);
        self.acked(from, items, out);
        left
    }

    /// A node has acknowledged items.
    pub fn acked<D>(
        &mut self,
        by: NodeId,
        items: &ItemSet,
        out: &mut OutOf<'_, Message, Timer, D>,
    ) {
        let Some(waiting) = self.waiting.get_mut(&by) else { return };
        let left = waiting.items.difference(items);
        if left.is_empty() {
            self.waiting.remove(&by);
            return;
        }
        if left == waiting.items {
            return;
        }
        let aged = waiting.aged.difference(items);
        let (aged, due) = if aged.is_empty() {
            (left.clone(), arm(by, self.first, out))
        } else {
            (aged, waiting.due)
        };
        *waiting = Pending { items: left, aged, timeout: self.first, due };
    }

    /// A timer has run out.
    pub fn retry<D>(&mut self, timer: Timer, out: &mut OutOf<'_, Message, Timer, D>) {
        let Some(waiting) = self.waiting.get_mut(&timer.to) else { return };
        if waiting.due == timer.due {
            out.send(timer.to, Message::Items(waiting.aged.clone()));
            waiting.aged = waiting.items.clone();
            waiting.timeout = waiting.timeout.backoff(self.longest);
            waiting.due = arm(timer.to, waiting.timeout, out);
        }
    }

    /// The node is back: its timers are gone, and all that was not acknowledged goes again.
    pub fn restart<D>(&mut self, out: &mut OutOf<'_, Message, Timer, D>) {
        for (&to, waiting) in &mut self.waiting {
            out.send(to, Message::Items(waiting.items.clone()));
            waiting.aged = waiting.items.clone();
            waiting.timeout = self.first;
            waiting.due = arm(to, waiting.timeout, out);
        }
    }
}

fn arm<D>(to: NodeId, after: SimDuration, out: &mut OutOf<'_, Message, Timer, D>) -> LocalTime {
    let due = out.now() + after;
    out.wake_after(after, Timer { to, due });
    due
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Item;
    use crate::protocol::{Effect, NodeView};
    use crate::rng::stream;

    type Seen = Vec<Effect<Message, Timer, ()>>;

    /// Does something with a port at an instant and returns what came out.
    fn at(now: i64, act: impl FnOnce(&mut OutOf<'_, Message, Timer, ()>)) -> Seen {
        let mut seen = Seen::new();
        let site = NodeView { me: NodeId(0), zones: 2, hub: None };
        act(&mut OutOf::new(&site, LocalTime(now), &mut stream(1, "test", 0), &mut seen));
        seen
    }

    #[test]
    fn retries_double_until_acknowledged() {
        let to = NodeId(1);
        let settings =
            Params { retry: NanoDuration::from_ms(10), retry_max: NanoDuration::from_ms(40) };
        let mut outbox = Retransmitter::new(&settings, NanoDuration::from_ms(1));
        let items = ItemSet::of(Item(7));
        let mut seen = at(0, |out| outbox.send(to, &items, out));
        let mut now = 0;
        for expected in [10, 20, 40, 40] {
            let [Effect::Send(_, Message::Items(sent)), Effect::WakeAfter(after, timer)] =
                &seen[..]
            else {
                panic!("{seen:?}")
            };
            assert_eq!((sent, after.0), (&items, expected));
            now += expected as i64;
            seen = at(now, |out| outbox.retry(*timer, out));
        }
        let Effect::WakeAfter(_, last) = seen[1] else { panic!("{seen:?}") };
        assert!(at(now, |out| outbox.acked(to, &items, out)).is_empty());
        assert!(at(now + 40, |out| outbox.retry(last, out)).is_empty(), "a stale timer");
        assert!(at(now, |out| outbox.restart(out)).is_empty(), "nothing is left");
    }

    #[test]
    fn steady_traffic_does_not_put_off_what_was_lost() {
        // Found by `zonesim fuzz`: item 0 is lost, and another comes and is acknowledged every 4 ms.
        let (to, settings) = (
            NodeId(1),
            Params { retry: NanoDuration::from_ms(10), retry_max: NanoDuration::from_ms(40) },
        );
        let mut outbox = Retransmitter::new(&settings, NanoDuration::from_ms(1));
        let first = at(0, |out| outbox.send(to, &ItemSet::of(Item(0)), out));
        let Effect::WakeAfter(SimDuration(10), timer) = first[1] else { panic!("{first:?}") };
        for (now, item) in [(4, 1), (8, 2)] {
            at(now - 1, |out| outbox.send(to, &ItemSet::of(Item(item)), out));
            assert!(at(now, |out| outbox.acked(to, &ItemSet::of(Item(item)), out)).is_empty());
        }
        at(9, |out| outbox.send(to, &ItemSet::of(Item(3)), out));
        let seen = at(10, |out| outbox.retry(timer, out));
        assert_eq!(seen[0], Effect::Send(to, Message::Items(ItemSet::of(Item(0)))), "not item 3");
        // Once all that the timer was set for is acknowledged, it is set for the rest.
        let both = ItemSet::of(Item(0)).intersection(&ItemSet::of(Item(0)));
        at(11, |out| outbox.send(to, &ItemSet::of(Item(4)), out));
        at(12, |out| outbox.acked(to, &both, out));
        let seen = at(13, |out| outbox.acked(to, &ItemSet::of(Item(3)), out));
        assert!(matches!(seen[..], [Effect::WakeAfter(SimDuration(10), _)]), "{seen:?}");
    }

    #[test]
    fn a_restart_sends_what_was_not_acknowledged() {
        let mut outbox = Retransmitter::new(&Params::default(), NanoDuration::from_ms(1));
        at(0, |out| {
            outbox.send(NodeId(1), &ItemSet::of(Item(1)), out);
            outbox.send(NodeId(1), &ItemSet::of(Item(2)), out);
        });
        at(5, |out| outbox.acked(NodeId(1), &ItemSet::of(Item(1)), out));
        let seen = at(9, |out| outbox.restart(out));
        assert_eq!(seen[0], Effect::Send(NodeId(1), Message::Items(ItemSet::of(Item(2)))));
    }

    #[test]
    fn sizes_are_those_of_the_encoding() {
        for parcel in [Message::Items(ItemSet::of(Item(300))), Message::Ack(ItemSet::EMPTY)] {
            assert_eq!(parcel.size(), postcard::to_stdvec(&parcel).unwrap().len());
        }
    }
}
