//! Messages of one instant in random order.
//!
//! Engines hand on the messages of an instant in the order of the senders' numbers. Where a
//! protocol favours the first of them (with a connection, a branch of a tree, the head of a queue),
//! it would favour low numbers. [`ShuffledInstant`] wraps such a protocol: it collects the messages
//! of an instant with a timer of length 0, and hands them on in random order. The messages of one
//! sender stay in their order.
//!
//! An instant with one sender draws nothing.

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
    /// Whether to collect and shuffle; otherwise every input goes straight to the exchange.
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
                // Messages precede all other inputs of an instant.
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
            // The engine no longer handles the message, so it cannot know the sender.
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

/// Shuffles the senders; the messages of one sender stay together and in order.
fn shuffle<M>(mut collected: Vec<(NodeId, M)>, rng: &mut impl Rng) -> Vec<(NodeId, M)> {
    let mut senders: Vec<NodeId> = collected.iter().map(|(from, _)| *from).collect();
    senders.dedup();
    let mut ranks: Vec<u32> = (0..senders.len() as u32).collect();
    ranks.shuffle(rng);
    // Messages are collected in the order of senders.
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

    /// Delivers an item for every message, and sends what it publishes to node 0.
    struct Echo;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    struct Number(u32);

    impl WireMessage for Number {}

    impl Protocol for Echo {
        type Message = Number;
        type Timer = u32;
        type Input = Publish;
        type Output = Deliver;

        fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
            match input {
                Input::Message { message, .. } => out.deliver(Item(message.0)),
                Input::Local(Publish(item)) => out.send(NodeId(0), Number(item.0)),
                Input::Timer(number) => out.wake_after(SimDuration(1), number),
                Input::Start | Input::Restart => {}
            }
        }
    }

    type TestEffects = Vec<Effect<Number, Timer<u32>, Deliver>>;

    fn handle(
        echo: &mut ShuffledInstant<Echo>,
        rng: &mut RngStream,
        input: Input<ShuffledInstant<Echo>>,
    ) -> TestEffects {
        let view = NodeView { me: NodeId(9), zones: 10, hub: None, deputy: None };
        let mut effects = TestEffects::new();
        echo.handle(input, &mut OutOf::new(&view, LocalTime(5), rng, &mut effects));
        effects
    }

    fn message_from(from: u32, message_from: u32) -> Input<ShuffledInstant<Echo>> {
        Input::Message { from: NodeId(from), message: Number(message_from) }
    }

    fn delivered(from: u32, item: u32) -> Effect<Number, Timer<u32>, Deliver> {
        Effect::Emit(Deliver { item: Item(item), from: Some(NodeId(from)) })
    }

    #[test]
    fn an_instant_is_handled_in_any_order_of_its_senders() {
        let mut rng = stream(1, "test", 0);
        let mut echo = ShuffledInstant::wrap(Echo, true);
        let mut orders = BTreeMap::<Vec<u32>, u32>::new();
        for _ in 0..6000 {
            // Node 3 sends two of the four messages.
            assert_eq!(
                handle(&mut echo, &mut rng, message_from(2, 20)),
                [Effect::WakeAfter(SimDuration(0), Timer::Instant)]
            );
            for (from, item) in [(3, 30), (3, 31), (4, 40)] {
                assert!(handle(&mut echo, &mut rng, message_from(from, item)).is_empty());
            }
            let effects = handle(&mut echo, &mut rng, Input::Timer(Timer::Instant));
            let order = effects.iter().map(|effect| match effect {
                Effect::Emit(Deliver { item, from: Some(from) }) if item.0 / 10 == from.0 => item.0,
                other => panic!("{other:?}"),
            });
            *orders.entry(order.collect()).or_default() += 1;
        }
        let pairs = orders.keys().all(|order| order.windows(2).any(|two| two == [30, 31]));
        assert!(orders.len() == 6 && pairs, "{orders:?}");
        // Five standard deviations of a count with mean 1000 in 6000 draws.
        assert!(orders.values().all(|&count| count.abs_diff(1000) < 145), "{orders:?}");
    }

    #[test]
    fn nothing_is_drawn_for_one_sender() {
        let mut rng = stream(1, "test", 0);
        let mut echo = ShuffledInstant::wrap(Echo, true);
        handle(&mut echo, &mut rng, message_from(2, 20));
        handle(&mut echo, &mut rng, message_from(2, 21));
        let effects = handle(&mut echo, &mut rng, Input::Timer(Timer::Instant));
        assert_eq!(effects, [delivered(2, 20), delivered(2, 21)]);
        assert_eq!(rng.random::<u64>(), stream(1, "test", 0).random::<u64>());
    }

    #[test]
    fn messages_come_before_all_else_of_their_instant() {
        for (input, effect) in [
            (Input::Local(Publish(Item(7))), Effect::Send(NodeId(0), Number(7))),
            (Input::Timer(Timer::Inner(8)), Effect::WakeAfter(SimDuration(1), Timer::Inner(8))),
        ] {
            let mut rng = stream(1, "test", 0);
            let mut echo = ShuffledInstant::wrap(Echo, true);
            handle(&mut echo, &mut rng, message_from(2, 20));
            assert_eq!(handle(&mut echo, &mut rng, input), [delivered(2, 20), effect]);
            let effects = handle(&mut echo, &mut rng, Input::Timer(Timer::Instant));
            assert!(effects.is_empty(), "it has been handled");
        }
    }

    #[test]
    fn a_crash_takes_what_was_not_handled() {
        let mut rng = stream(1, "test", 0);
        let mut echo = ShuffledInstant::wrap(Echo, true);
        handle(&mut echo, &mut rng, message_from(2, 20));
        assert!(handle(&mut echo, &mut rng, Input::Restart).is_empty());
        assert_eq!(handle(&mut echo, &mut rng, message_from(3, 30)).len(), 1, "it waits anew");
        let mut echo = ShuffledInstant::wrap(Echo, false);
        let effects = handle(&mut echo, &mut rng, message_from(2, 20));
        assert_eq!(effects, [Effect::Emit(Deliver { item: Item(20), from: None })], "at once");
    }
}
