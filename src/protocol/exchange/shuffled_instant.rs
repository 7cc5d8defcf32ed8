//! Messages of one instant in random order.
//!
//! Engines hand on the messages of an instant by the number of the sender. Where a protocol gives
//! something to the first of them (a connection, a branch of a tree, the head of a queue), low
//! numbers would be favoured. Around such a protocol [`ShuffledInstant`] collects the messages of an
//! instant, by a timer of no length, and hands them on in random order. Those of one sender stay in
//! the order in which they came.
//!
//! Nothing is drawn for an instant with one sender.

use rand::Rng;
use rand::seq::SliceRandom;

use super::{Deliver, Exchange, Publish};
use crate::id::NodeId;
use crate::protocol::named::forward_named;
use crate::protocol::{Input, NamedProtocol, NodeView, Out, OutOf, Protocol};
use crate::time::{NanoDuration, SimDuration};

/// An exchange that handles the messages of an instant in random order.
#[derive(Clone, Debug)]
pub struct ShuffledInstant<X: Exchange> {
    inner: X,
    /// Whether to collect and shuffle; else every input goes straight to the exchange.
    is_shuffling: bool,
    /// The messages of this instant so far, by sender.
    collected: Vec<(NodeId, X::Message)>,
}

/// A timer of a [`ShuffledInstant`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timer<T> {
    /// A timer of the exchange.
    Inner(T),
    /// All messages of the instant have arrived.
    Instant,
}

impl<T> Timer<T> {
    fn inner(self) -> Option<T> {
        if let Self::Inner(timer) = self { Some(timer) } else { None }
    }
}

impl<X: Exchange> ShuffledInstant<X> {
    /// Wraps an exchange; messages are shuffled only if `is_shuffling`.
    pub fn wrap(inner: X, is_shuffling: bool) -> Self {
        Self { inner, is_shuffling, collected: Vec::new() }
    }

    /// [`Protocol::handle_within`] where messages are shuffled.
    fn handle_shuffled<M, T>(
        &mut self,
        input: Input<Self>,
        out: &mut OutOf<'_, M, T, Deliver>,
        message: impl Fn(X::Message) -> M,
        timer: impl Fn(Timer<X::Timer>) -> T,
    ) {
        match input {
            Input::Message { from, message } => {
                if self.collected.is_empty() {
                    out.wake_after(SimDuration(0), timer(Timer::Instant));
                }
                self.collected.push((from, message));
            }
            Input::Timer(Timer::Instant) => self.handle_collected(out, &message, &timer),
            input => {
                if matches!(input, Input::Restart) {
                    self.collected.clear();
                }
                // Messages precede everything else in an instant, and are handled first.
                self.handle_collected(out, &message, &timer);
                let Some(input) = input.map(Some, Timer::inner) else { return };
                let timer = |inner| timer(Timer::Inner(inner));
                self.inner.handle_within(input, out, message, timer);
            }
        }
    }

    fn handle_collected<M, T>(
        &mut self,
        out: &mut OutOf<'_, M, T, Deliver>,
        message: &impl Fn(X::Message) -> M,
        timer: &impl Fn(Timer<X::Timer>) -> T,
    ) {
        if self.collected.is_empty() {
            return;
        }
        let mut collected = std::mem::take(&mut self.collected);
        if collected.first().map(|first| first.0) != collected.last().map(|last| last.0) {
            collected = shuffle(collected, out.rng());
        }
        for (from, content) in collected.drain(..) {
            // The engine no longer handles the message, so it cannot tell the sender.
            let deliver =
                |deliver: Deliver| Deliver { from: deliver.from.or(Some(from)), ..deliver };
            let input = Input::Message { from, message: content };
            let timer = |inner| timer(Timer::Inner(inner));
            out.inner_with(message, timer, deliver, |out| self.inner.handle(input, out));
        }
        // Keeps the allocation.
        self.collected = collected;
    }
}

/// In random order of the senders; a sender's messages stay together, and in their order.
fn shuffle<M>(mut collected: Vec<(NodeId, M)>, rng: &mut impl Rng) -> Vec<(NodeId, M)> {
    let mut senders: Vec<NodeId> = collected.iter().map(|(from, _)| *from).collect();
    senders.dedup();
    let mut ranks: Vec<u32> = (0..senders.len() as u32).collect();
    ranks.shuffle(rng);
    // Engines hand them on in the order of senders.
    let rank = |from: NodeId| ranks[senders.partition_point(|&sender| sender < from)];
    collected.sort_by_cached_key(|(from, _)| rank(*from));
    collected
}

impl<X: Exchange> Protocol for ShuffledInstant<X> {
    type Message = X::Message;
    type Timer = Timer<X::Timer>;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        self.handle_within(input, out, |message| message, |timer| timer);
    }

    fn recover(&mut self, lost: Self) {
        self.inner.recover(lost.inner);
    }

    #[inline(always)]
    fn handle_within<M, T>(
        &mut self,
        input: Input<Self>,
        out: &mut OutOf<'_, M, T, Deliver>,
        message: impl Fn(X::Message) -> M,
        timer: impl Fn(Timer<X::Timer>) -> T,
    ) {
        if self.is_shuffling {
            return self.handle_shuffled(input, out, message, timer);
        }
        let Some(input) = input.map(Some, Timer::inner) else { return };
        self.inner.handle_within(input, out, message, |inner| timer(Timer::Inner(inner)));
    }
}

impl<X: Exchange + NamedProtocol> NamedProtocol for ShuffledInstant<X> {
    forward_named!(X);

    fn new(params: &X::Params, view: &NodeView, resolution: NanoDuration) -> Self {
        let is_shuffling = X::depends_on_order(params, view);
        Self::wrap(X::new(params, view, resolution), is_shuffling)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::id::Item;
    use crate::protocol::{Effect, WireMessage};
    use crate::rng::{RngStream, stream};
    use crate::time::LocalTime;

    /// Learns an item for every message, and sends what it is told of to node 0.
    struct Echo;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    struct Word(u32);

    impl WireMessage for Word {}

    impl Protocol for Echo {
        type Message = Word;
        type Timer = u32;
        type Input = Publish;
        type Output = Deliver;

        fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
            match input {
                Input::Message { message, .. } => out.deliver(Item(message.0)),
                Input::Local(Publish(item)) => out.send(NodeId(0), Word(item.0)),
                Input::Timer(number) => out.wake_after(SimDuration(1), number),
                Input::Start | Input::Restart => {}
            }
        }
    }

    type Seen = Vec<Effect<Word, Timer<u32>, Deliver>>;

    fn tell(
        echo: &mut ShuffledInstant<Echo>,
        rng: &mut RngStream,
        input: Input<ShuffledInstant<Echo>>,
    ) -> Seen {
        let site = NodeView { me: NodeId(9), zones: 10, hub: None };
        let mut seen = Seen::new();
        echo.handle(input, &mut OutOf::new(&site, LocalTime(5), rng, &mut seen));
        seen
    }

    fn word(from: u32, word: u32) -> Input<ShuffledInstant<Echo>> {
        Input::Message { from: NodeId(from), message: Word(word) }
    }

    fn learnt(from: u32, item: u32) -> Effect<Word, Timer<u32>, Deliver> {
        Effect::Emit(Deliver { item: Item(item), from: Some(NodeId(from)) })
    }

    #[test]
    fn an_instant_is_handled_in_any_order_of_its_senders() {
        let mut rng = stream(1, "test", 0);
        let mut echo = ShuffledInstant::wrap(Echo, true);
        let mut orders = BTreeMap::<Vec<u32>, u32>::new();
        for _ in 0..6000 {
            // Two of node 3 among three senders.
            assert_eq!(
                tell(&mut echo, &mut rng, word(2, 20)),
                [Effect::WakeAfter(SimDuration(0), Timer::Instant)]
            );
            for (from, item) in [(3, 30), (3, 31), (4, 40)] {
                assert!(tell(&mut echo, &mut rng, word(from, item)).is_empty());
            }
            let seen = tell(&mut echo, &mut rng, Input::Timer(Timer::Instant));
            let order = seen.iter().map(|effect| match effect {
                Effect::Emit(Deliver { item, from: Some(from) }) if item.0 / 10 == from.0 => item.0,
                other => panic!("{other:?}"),
            });
            *orders.entry(order.collect()).or_default() += 1;
        }
        let pairs = orders.keys().all(|order| order.windows(2).any(|two| two == [30, 31]));
        assert!(orders.len() == 6 && pairs, "{orders:?}");
        // Five standard deviations of 1000 in 6000.
        assert!(orders.values().all(|&count| count.abs_diff(1000) < 145), "{orders:?}");
    }

    #[test]
    fn nothing_is_drawn_for_one_sender() {
        let mut rng = stream(1, "test", 0);
        let mut echo = ShuffledInstant::wrap(Echo, true);
        tell(&mut echo, &mut rng, word(2, 20));
        tell(&mut echo, &mut rng, word(2, 21));
        let seen = tell(&mut echo, &mut rng, Input::Timer(Timer::Instant));
        assert_eq!(seen, [learnt(2, 20), learnt(2, 21)]);
        assert_eq!(rng.random::<u64>(), stream(1, "test", 0).random::<u64>());
    }

    #[test]
    fn messages_come_before_all_else_of_their_instant() {
        for (input, effect) in [
            (Input::Local(Publish(Item(7))), Effect::Send(NodeId(0), Word(7))),
            (Input::Timer(Timer::Inner(8)), Effect::WakeAfter(SimDuration(1), Timer::Inner(8))),
        ] {
            let mut rng = stream(1, "test", 0);
            let mut echo = ShuffledInstant::wrap(Echo, true);
            tell(&mut echo, &mut rng, word(2, 20));
            assert_eq!(tell(&mut echo, &mut rng, input), [learnt(2, 20), effect]);
            let seen = tell(&mut echo, &mut rng, Input::Timer(Timer::Instant));
            assert!(seen.is_empty(), "it has been handled");
        }
    }

    #[test]
    fn a_crash_takes_what_was_not_handled() {
        let mut rng = stream(1, "test", 0);
        let mut echo = ShuffledInstant::wrap(Echo, true);
        tell(&mut echo, &mut rng, word(2, 20));
        assert!(tell(&mut echo, &mut rng, Input::Restart).is_empty());
        assert_eq!(tell(&mut echo, &mut rng, word(3, 30)).len(), 1, "it waits anew");
        let mut echo = ShuffledInstant::wrap(Echo, false);
        let seen = tell(&mut echo, &mut rng, word(2, 20));
        assert_eq!(seen, [Effect::Emit(Deliver { item: Item(20), from: None })], "at once");
    }
}
