//! Tests of `hub-with-fallback` by itself: an input goes in, effects come out.

use super::*;
use crate::protocol::{Effect, OutOf, WireMessage as _};
use crate::rng::stream;
use crate::time::LocalTime;

const HUB: NodeId = NodeId(3);

type TestEffects = Vec<Effect<Message, Timer, Deliver>>;

fn node() -> HubWithFallback {
    let waits = retransmitter::Params {
        retry: NanoDuration::from_ms(10),
        retry_max: NanoDuration::from_ms(40),
    };
    let view = NodeView { me: NodeId(0), zones: 3, hub: Some(HUB), deputy: None };
    HubWithFallback::new(&Params { missed: 2, waits }, &view, NanoDuration::from_ms(1))
}

fn at(me: u32, node: &mut HubWithFallback, input: Input<HubWithFallback>) -> TestEffects {
    let view = NodeView { me: NodeId(me), zones: 3, hub: Some(HUB), deputy: None };
    let mut effects = TestEffects::new();
    node.handle(
        input,
        &mut OutOf::new(&view, LocalTime(5), &mut stream(1, "test", 0), &mut effects),
    );
    effects
}

fn items(all: &[u32]) -> ItemSet {
    let mut set = ItemSet::EMPTY;
    for &item in all {
        set.insert(Item(item));
    }
    set
}

fn submit(new: &[u32], pending: &[u32]) -> Message {
    Message::Submit { new: items(new), pending: items(pending) }
}

fn receipt(accepted: &[u32], confirmed: &[u32]) -> Message {
    Message::Receipt { accepted: items(accepted), confirmed: items(confirmed) }
}

fn told(all: &[u32]) -> Message {
    Message::ToZone(retransmitter::Message::Items(items(all)))
}

fn ack(all: &[u32]) -> Message {
    Message::ToZone(retransmitter::Message::Ack(items(all)))
}

fn from(zone: u32, message: Message) -> Input<HubWithFallback> {
    Input::Message { from: NodeId(zone), message }
}

fn sent(effects: &TestEffects) -> Vec<(u32, Message)> {
    let send = |effect: &Effect<Message, Timer, Deliver>| match effect {
        Effect::Send(to, message) => Some((to.0, message.clone())),
        _ => None,
    };
    effects.iter().filter_map(send).collect()
}

#[test]
fn a_zone_asks_until_it_has_a_receipt() {
    let mut zone = node();
    let first = at(0, &mut zone, Input::Local(Publish(Item(7))));
    assert_eq!(sent(&first), [(3, submit(&[7], &[]))]);
    assert!(at(0, &mut zone, from(3, receipt(&[7], &[]))).is_empty());
    let asked = at(0, &mut zone, Input::Timer(Timer::Hub(1)));
    assert_eq!(sent(&asked), [(3, submit(&[], &[7]))]);
    assert!(at(0, &mut zone, from(3, receipt(&[], &[7]))).is_empty());
    assert!(at(0, &mut zone, Input::Timer(Timer::Hub(2))).is_empty(), "nothing is left to ask");
    let next = at(0, &mut zone, Input::Local(Publish(Item(8))));
    assert_eq!(next[1], Effect::WakeAfter(SimDuration(10), Timer::Hub(3)), "the first wait again");
}

#[test]
fn a_hub_that_does_not_answer_is_gone_and_comes_back() {
    let mut zone = node();
    at(0, &mut zone, Input::Local(Publish(Item(7))));
    let again = at(0, &mut zone, Input::Timer(Timer::Hub(1)));
    assert_eq!(sent(&again), [(3, submit(&[7], &[]))]);
    let direct = at(0, &mut zone, Input::Timer(Timer::Hub(2)));
    assert_eq!(sent(&direct), [(1, told(&[7])), (2, told(&[7])), (3, submit(&[], &[]))]);
    let new = at(0, &mut zone, Input::Local(Publish(Item(8))));
    assert_eq!(sent(&new), [(1, told(&[8])), (2, told(&[8]))]);
    at(0, &mut zone, from(1, ack(&[7, 8])));
    at(0, &mut zone, from(2, ack(&[7])));
    // It is back: nothing is sent, and what zone 2 has not acknowledged follows.
    assert!(sent(&at(0, &mut zone, from(3, receipt(&[], &[])))).is_empty());
    let handed = at(0, &mut zone, Input::Timer(Timer::Hub(4)));
    assert_eq!(sent(&handed), [(3, submit(&[8], &[]))]);
    // With its acknowledgement, nothing is left.
    at(0, &mut zone, from(2, ack(&[8])));
    assert!(at(0, &mut zone, Input::Timer(Timer::Hub(5))).is_empty());
    let new = at(0, &mut zone, Input::Local(Publish(Item(9))));
    assert_eq!(sent(&new), [(3, submit(&[9], &[]))]);
}

#[test]
fn the_hub_confirms_what_all_have() {
    let mut hub = node();
    let effects = at(3, &mut hub, from(0, submit(&[7], &[])));
    assert_eq!(sent(&effects), [(0, receipt(&[7], &[])), (1, told(&[7])), (2, told(&[7]))]);
    assert!(sent(&at(3, &mut hub, from(1, ack(&[7])))).is_empty());
    assert!(sent(&at(3, &mut hub, from(1, ack(&[7])))).is_empty(), "a copy counts once");
    let asked = at(3, &mut hub, from(0, submit(&[7], &[])));
    assert_eq!(sent(&asked), [(0, receipt(&[7], &[]))], "it is not passed on again");
    assert_eq!(sent(&at(3, &mut hub, from(2, ack(&[7])))), [(0, receipt(&[], &[7]))]);
    let mut fresh = node();
    fresh.recover(hub);
    let asked = at(3, &mut fresh, from(0, submit(&[], &[7])));
    assert_eq!(sent(&asked), [(0, receipt(&[], &[7]))], "receipts are durable");
}

#[test]
fn sizes_are_those_of_the_encoding() {
    for message in [submit(&[300], &[1]), receipt(&[2], &[70]), told(&[4]), ack(&[500])] {
        assert_eq!(message.size(), postcard::to_stdvec(&message).unwrap().len());
    }
}
