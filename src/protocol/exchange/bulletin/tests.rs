//! Tests of `bulletin` by itself: an input goes in, effects come out.

use super::*;
use crate::protocol::{Effect, OutOf, WireMessage as _};
use crate::rng::stream;

const VIEW: NodeView = NodeView { me: NodeId(1), zones: 3, hub: None, deputy: None };

/// Meetings at 100, 1100 and so on, of 300 ms; retries after 100 and 200 ms more.
fn zone() -> Bulletin {
    let ms = NanoDuration::from_ms;
    let params = Params { interval: ms(1000), offset: ms(2100), length: ms(350), retry: ms(100) };
    Bulletin::new(&params, &VIEW, ms(1))
}

type TestEffects = Vec<Effect<Message, Timer, Deliver>>;

fn at(now: i64, zone: &mut Bulletin, input: Input<Bulletin>) -> TestEffects {
    let mut effects = TestEffects::new();
    let mut rng = stream(1, "test", 0);
    zone.handle(input, &mut OutOf::new(&VIEW, LocalTime(now), &mut rng, &mut effects));
    effects
}

fn items(all: &[u32]) -> ItemSet {
    let mut set = ItemSet::EMPTY;
    all.iter().for_each(|&item| _ = set.insert(Item(item)));
    set
}

fn report(new: &[u32], minutes: &[u32]) -> Message {
    Message::Report { new: items(new), minutes: items(minutes) }
}

fn answer(received: &[u32], lacking: &[u32]) -> Message {
    Message::Answer { received: items(received), lacking: items(lacking) }
}

fn from(zone: u32, message: Message) -> Input<Bulletin> {
    Input::Message { from: NodeId(zone), message }
}

fn send(to: u32, message: Message) -> Effect<Message, Timer, Deliver> {
    Effect::Send(NodeId(to), message)
}

#[test]
fn items_wait_for_the_meeting_and_are_repeated_until_it_ends() {
    let mut zone = zone();
    let wait = |at, number| Effect::WakeAt(LocalTime(at), Timer::Meeting(number));
    assert_eq!(at(3, &mut zone, Input::Start), [wait(100, 0)]);
    assert!(at(50, &mut zone, Input::Local(Publish(Item(7)))).is_empty());
    let retry = |after| Effect::WakeAfter(SimDuration(after), Timer::Retry(1));
    assert_eq!(
        at(100, &mut zone, Input::Timer(Timer::Meeting(0))),
        [
            send(0, report(&[7], &[])),
            send(2, report(&[7], &[])),
            retry(100),
            Effect::WakeAt(LocalTime(450), Timer::End(1)),
            wait(1100, 1),
        ]
    );
    assert!(at(110, &mut zone, from(0, answer(&[7], &[]))).is_empty());
    // What is found in a meeting waits for the next one.
    at(120, &mut zone, Input::Local(Publish(Item(8))));
    let again = at(200, &mut zone, Input::Timer(Timer::Retry(1)));
    assert_eq!(again, [send(2, report(&[7], &[])), retry(200)]);
    let last = at(400, &mut zone, Input::Timer(Timer::Retry(1)));
    assert_eq!(last, [send(2, report(&[7], &[]))], "800 is after the end");
    at(450, &mut zone, Input::Timer(Timer::End(1)));
    let next = at(1100, &mut zone, Input::Timer(Timer::Meeting(1)));
    let reports = [send(0, report(&[8], &[7])), send(2, report(&[7, 8], &[]))];
    assert_eq!(next[..2], reports);
    // The minutes of another are as good as an acknowledgement.
    at(1110, &mut zone, from(2, report(&[], &[7])));
    let again = at(1200, &mut zone, Input::Timer(Timer::Retry(2)));
    assert_eq!(again[..2], [send(0, report(&[8], &[])), send(2, report(&[8], &[]))]);
}

#[test]
fn what_others_name_is_asked_for_once_then_of_all() {
    let mut zone = zone();
    assert_eq!(
        at(100, &mut zone, from(0, report(&[1], &[2]))),
        [Effect::Emit(Deliver { item: Item(1), from: None }), send(0, answer(&[1], &[2]))]
    );
    assert!(at(100, &mut zone, from(2, report(&[], &[2]))).is_empty());
    at(1100, &mut zone, Input::Timer(Timer::Meeting(0)));
    for other in [0, 2] {
        let effects = at(1100, &mut zone, from(other, report(&[], &[2])));
        assert_eq!(effects, [send(other, answer(&[], &[2]))]);
    }
    let effects = at(1200, &mut zone, from(0, Message::Items(items(&[2]))));
    assert_eq!(effects[1], send(0, answer(&[2], &[])));
    assert!(at(1200, &mut zone, from(2, report(&[], &[1, 2]))).is_empty());
    let effects = at(1300, &mut zone, from(2, answer(&[], &[2, 9])));
    assert_eq!(effects, [send(2, Message::Items(items(&[2])))], "it has no item 9");
}

#[test]
fn a_zone_that_lost_its_memory_keeps_what_it_found() {
    let mut old = zone();
    for item in [5, 6] {
        at(10, &mut old, Input::Local(Publish(Item(item))));
    }
    for other in [0, 2] {
        at(20, &mut old, from(other, answer(&[5], &[])));
    }
    at(20, &mut old, from(0, answer(&[6], &[])));
    let mut fresh = zone();
    fresh.recover(old);
    // It comes back during a meeting, and joins it.
    let effects = at(150, &mut fresh, Input::Restart);
    assert_eq!(effects[..2], [send(0, report(&[], &[])), send(2, report(&[6], &[]))]);
    let effects = at(160, &mut fresh, from(0, report(&[], &[5, 6])));
    assert_eq!(effects, [send(0, answer(&[], &[5]))], "others have what it lost");
    // After a meeting, it waits for the next one.
    let effects = at(500, &mut fresh, Input::Restart);
    assert_eq!(effects, [Effect::WakeAt(LocalTime(1100), Timer::Meeting(2))]);
}

#[test]
fn sizes_are_those_of_the_encoding() {
    for message in [report(&[300], &[1]), answer(&[2], &[70]), Message::Items(items(&[4]))] {
        assert_eq!(message.size(), postcard::to_stdvec(&message).unwrap().len());
    }
}
