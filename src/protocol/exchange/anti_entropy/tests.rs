//! Tests of `anti-entropy` by itself: an input goes in, effects come out.

use super::reconcile::{Content, Range};
use super::*;
use crate::id::Item;
use crate::protocol::{Effect, OutOf, WireMessage as _};
use crate::rng::stream;

const VIEW: NodeView = NodeView { me: NodeId(1), zones: 2, hub: None, deputy: None };

type TestEffects = Vec<Effect<Message, Timer, Deliver>>;

fn zone(mode: Mode, known: &[u32]) -> AntiEntropy {
    let ms = NanoDuration::from_ms;
    let params = Params { mode, interval: ms(1000), staggered: false, branching: 2, threshold: 1 };
    let mut zone = AntiEntropy::new(&params, &VIEW, ms(1));
    zone.known = items(known);
    zone
}

fn at(now: i64, zone: &mut AntiEntropy, input: Input<AntiEntropy>) -> TestEffects {
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

fn named(number: u32, names: &[u32]) -> Message {
    let ranges = vec![Range { end: None, content: Content::Names(items(names)) }];
    Message { ranges, ..answer(number, &[], &[]) }
}

fn answer(number: u32, sent: &[u32], wanted: &[u32]) -> Message {
    Message { session: 7, number, ranges: vec![], items: items(sent), wanted: items(wanted) }
}

fn received(message: Message) -> Input<AntiEntropy> {
    Input::Message { from: NodeId(0), message }
}

fn sends(message: Message) -> TestEffects {
    vec![Effect::Send(NodeId(0), message)]
}

#[test]
fn rounds_begin_at_multiples_or_at_a_random_point() {
    let mut zone = zone(Mode::Push, &[]);
    assert_eq!(at(30, &mut zone, Input::Start), [Effect::WakeAt(LocalTime(1000), Timer)]);
    // It has nothing to push.
    let wait = Effect::WakeAt(LocalTime(2000), Timer);
    assert_eq!(at(1000, &mut zone, Input::Timer(Timer)), std::slice::from_ref(&wait));
    at(1500, &mut zone, Input::Local(Publish(Item(3))));
    let called = at(2000, &mut zone, Input::Timer(Timer));
    let ranges = Index::new(&items(&[3])).opening();
    let call = Message { session: 2000, ranges, ..answer(0, &[], &[]) };
    assert_eq!(called[1..], sends(call));
    zone.is_staggered = true;
    let wait = at(2030, &mut zone, Input::Restart);
    assert!(matches!(wait[..], [Effect::WakeAfter(SimDuration(0..1000), Timer)]), "{wait:?}");
    let called = at(2100, &mut zone, Input::Timer(Timer));
    assert_eq!(called[0], Effect::WakeAfter(SimDuration(1000), Timer));
}

#[test]
fn items_go_the_way_that_the_mode_says() {
    // It has item 1 and the other item 2; who has called?
    for (mode, is_caller, sent, wanted) in [
        (Mode::Push, true, &[1][..], &[][..]),
        (Mode::Push, false, &[], &[2]),
        (Mode::Pull, true, &[], &[2]),
        (Mode::Pull, false, &[1], &[]),
        (Mode::PushPull, true, &[1], &[2]),
        (Mode::PushPull, false, &[1], &[2]),
    ] {
        let number = if is_caller { 1 } else { 2 };
        let effects = at(50, &mut zone(mode, &[1]), received(named(number, &[2])));
        assert_eq!(effects, sends(answer(number + 1, sent, wanted)), "{mode:?} {is_caller}");
    }
}

#[test]
fn what_is_asked_for_is_sent_and_copies_are_not_answered() {
    let mut zone = zone(Mode::PushPull, &[1]);
    let request = |number| received(answer(number, &[7], &[1, 2]));
    let effects = at(50, &mut zone, request(2));
    assert_eq!(effects[0], Effect::Emit(Deliver { item: Item(7), from: None }));
    assert_eq!(effects[1..], sends(answer(3, &[1], &[])), "it has no item 2");
    assert!(at(60, &mut zone, request(2)).is_empty(), "a copy");
    assert_eq!(at(70, &mut zone, request(4)), sends(answer(5, &[1], &[])));
    assert!(at(80, &mut zone, request(2)).is_empty(), "an overtaken copy");
    let other = Message { session: 8, ..answer(2, &[], &[1]) };
    assert_eq!(at(90, &mut zone, received(other)).len(), 1, "another session");
}

#[test]
fn a_session_ends_though_the_sets_go_on_changing() {
    let mut zone = zone(Mode::PushPull, &[1]);
    let max = zone.session_max;
    assert_eq!(at(50, &mut zone, received(answer(max - 2, &[], &[1]))).len(), 1);
    assert!(at(60, &mut zone, received(answer(max - 1, &[], &[1]))).is_empty());
}

#[test]
fn messages_in_words_and_bytes() {
    let mut message = named(0, &[3]);
    (message.items, message.wanted) = (items(&[1, 2]), items(&[9]));
    let tick = NanoDuration::from_ms(1);
    let text = "call: names item 3, items 1, 2, request for item 9";
    assert_eq!(message.describe(tick), text);
    let call = Message { ranges: Index::new(&items(&[3])).opening(), ..answer(0, &[], &[]) };
    assert_eq!(call.describe(tick), "call: 1 fingerprint");
    // Of a call: its session and number, the number of ranges, no end, the kind, the fingerprint, no items.
    assert_eq!(call.size(), 2 + 1 + 1 + 1 + 16 + 2);
}
