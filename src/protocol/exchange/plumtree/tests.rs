//! Tests of `plumtree` by itself: an input goes in, effects come out.

use super::*;
use crate::protocol::exchange::Deliver;
use crate::protocol::overlay::{Shape, Topology};
use crate::protocol::{Effect, OutOf};
use crate::rng::stream;
use crate::time::LocalTime;

const VIEW: NodeView = NodeView { me: NodeId(1), zones: 4, hub: None, deputy: None };
type TestEffects = Vec<Effect<Message, Timer, Deliver>>;

/// A zone with the neighbours 0, 2 and 3.
fn fresh(threshold: Option<u32>) -> Plumtree {
    let topology = Topology::Plain(Shape::Complete);
    let settings = Params { topology, threshold: Threshold(threshold), ..Params::default() };
    Plumtree::new(&settings, &VIEW, NanoDuration::from_ms(1))
}

fn tell(zone: &mut Plumtree, input: Input<Plumtree>) -> TestEffects {
    let mut effects = TestEffects::new();
    let mut rng = stream(1, "test", 0);
    zone.handle(input, &mut OutOf::new(&VIEW, LocalTime(5), &mut rng, &mut effects));
    effects
}

fn heard(round: u32, items: &[u32]) -> Vec<ItemsOfRound> {
    let mut set = ItemSet::EMPTY;
    for &item in items {
        set.insert(Item(item));
    }
    vec![ItemsOfRound { round, items: set }]
}

fn from(zone: u32, message: Message) -> Input<Plumtree> {
    Input::Message { from: NodeId(zone), message }
}

fn gossip(zone: u32, round: u32, item: u32) -> Input<Plumtree> {
    from(zone, Message::Gossip(heard(round, &[item])))
}

fn ihave(zone: u32, round: u32, item: u32) -> Input<Plumtree> {
    from(zone, Message::IHave(heard(round, &[item])))
}

/// The messages sent: kind, recipient and items.
fn sent(effects: &TestEffects) -> Vec<String> {
    let one = |effect: &Effect<Message, Timer, Deliver>| {
        let Effect::Send(to, talk) = effect else { return None };
        let (word, items) = match talk {
            Message::Gossip(heard) => ("gossip", received::all(heard)),
            Message::IHave(heard) => ("ihave", received::all(heard)),
            Message::Graft(items) => ("graft", items.clone()),
            Message::Prune(items) => ("prune", items.clone()),
            Message::Ack(items) => ("ack", items.clone()),
            Message::Rejoin(heard) => ("back", received::all(heard)),
            Message::RejoinReply(heard) => ("welcome", received::all(heard)),
        };
        Some(format!("{word} {} {items:?}", to.0))
    };
    effects.iter().filter_map(one).collect()
}

/// The timers set, with their durations.
fn waits(effects: &TestEffects) -> Vec<(u64, Timer)> {
    let wait = |effect: &Effect<Message, Timer, Deliver>| match effect {
        Effect::WakeAfter(after, alarm) => Some((after.0, *alarm)),
        _ => None,
    };
    effects.iter().filter_map(wait).collect()
}

#[test]
fn the_first_is_passed_on_and_the_second_pruned() {
    let mut zone = fresh(None);
    let effects = tell(&mut zone, gossip(0, 0, 7));
    assert_eq!(effects[0], Effect::Emit(Deliver { item: Item(7), from: None }));
    assert_eq!(sent(&effects), ["gossip 2 {7}", "gossip 3 {7}", "ack 0 {7}"]);
    assert_eq!(sent(&tell(&mut zone, gossip(2, 0, 7))), ["prune 2 {7}"]);
    assert_eq!(
        sent(&tell(&mut zone, from(3, Message::Prune(ItemSet::singleton(Item(7)))))),
        [""; 0]
    );
    // The next item takes the eager links, and is announced on the others.
    let effects = tell(&mut zone, Input::Local(Publish(Item(8))));
    assert_eq!(sent(&effects), ["gossip 0 {8}", "ihave 2 {8}", "ihave 3 {8}"]);
}

#[test]
fn a_copy_made_by_the_network_prunes_nobody() {
    let mut zone = fresh(None);
    tell(&mut zone, gossip(0, 0, 7));
    assert_eq!(sent(&tell(&mut zone, gossip(0, 0, 7))), ["ack 0 {7}"]);
    assert_eq!(sent(&tell(&mut zone, Input::Local(Publish(Item(8)))))[0], "gossip 0 {8}");
}

#[test]
fn what_is_missing_is_grafted_from_one_after_the_other() {
    let mut zone = fresh(None);
    let effects = tell(&mut zone, ihave(2, 3, 7));
    let [(500, first)] = waits(&effects)[..] else { panic!("{effects:?}") };
    assert!(tell(&mut zone, ihave(3, 3, 7)).is_empty(), "it is waited for");
    let mut ring = first;
    for (asked, wait) in [(2, 250), (3, 500), (2, 1000)] {
        let effects = tell(&mut zone, Input::Timer(ring));
        assert_eq!(sent(&effects), [format!("graft {asked} {{7}}")]);
        assert_eq!(waits(&effects)[0].0, wait);
        ring = waits(&effects)[0].1;
    }
    assert!(tell(&mut zone, Input::Timer(first)).is_empty(), "a stale timer");
    // It arrives: announcers get an acknowledgement, the others get the item.
    let effects = tell(&mut zone, gossip(3, 3, 7));
    assert_eq!(sent(&effects), ["gossip 0 {7}", "ack 2 {7}", "ack 3 {7}"]);
    assert!(tell(&mut zone, Input::Timer(ring)).is_empty(), "it has come");
}

#[test]
fn a_graft_makes_eager_and_brings_what_is_known() {
    let mut zone = fresh(None);
    tell(&mut zone, Input::Local(Publish(Item(7))));
    tell(&mut zone, from(2, Message::Prune(ItemSet::singleton(Item(7)))));
    assert_eq!(sent(&tell(&mut zone, Input::Local(Publish(Item(8)))))[2], "ihave 2 {8}");
    let graft = from(2, Message::Graft(ItemSet::singleton(Item(8))));
    assert_eq!(sent(&tell(&mut zone, graft)), ["gossip 2 {8}"]);
    assert_eq!(sent(&tell(&mut zone, Input::Local(Publish(Item(9)))))[1], "gossip 2 {9}");
    // A graft for unknown items is answered with the known items.
    let graft = from(2, Message::Graft(ItemSet::singleton(Item(5))));
    assert_eq!(sent(&tell(&mut zone, graft)), ["welcome 2 {7, 8, 9}"]);
}

#[test]
fn announcements_that_cross_acknowledge_each_other() {
    let mut zone = fresh(None);
    tell(&mut zone, gossip(0, 0, 7));
    tell(&mut zone, from(2, Message::Prune(ItemSet::singleton(Item(7)))));
    assert_eq!(sent(&tell(&mut zone, Input::Local(Publish(Item(8)))))[2], "ihave 2 {8}");
    assert!(tell(&mut zone, ihave(2, 0, 8)).is_empty());
    // Announced again: the announcement that crossed was lost.
    assert_eq!(sent(&tell(&mut zone, ihave(2, 0, 8))), ["ack 2 {8}"]);
}

#[test]
fn who_is_silent_twice_becomes_lazy_and_is_told_again() {
    let mut zone = fresh(None);
    let effects = tell(&mut zone, Input::Local(Publish(Item(7))));
    let (wait, mut ring) = waits(&effects)[0];
    assert_eq!(wait, 1000);
    for (wait, next) in [(2000, "gossip 0 {8}"), (4000, "ihave 0 {9}")] {
        let effects = tell(&mut zone, Input::Timer(ring));
        assert!(sent(&effects)[0].starts_with("ihave 0 {7"), "{effects:?}");
        assert_eq!(waits(&effects)[0].0, wait);
        ring = waits(&effects)[0].1;
        let item = if wait == 2000 { Item(8) } else { Item(9) };
        assert!(sent(&tell(&mut zone, Input::Local(Publish(item)))).contains(&next.to_owned()));
    }
    // Everything is acknowledged: no timer is set.
    let mut all = ItemSet::singleton(Item(7));
    all.union_with(&received::all(&heard(0, &[8, 9])));
    assert!(tell(&mut zone, from(0, Message::Ack(all))).is_empty());
    assert!(tell(&mut zone, Input::Timer(ring)).is_empty());
}

#[test]
fn who_is_back_compares() {
    let mut zone = fresh(None);
    tell(&mut zone, Input::Local(Publish(Item(7))));
    let effects = tell(&mut zone, Input::Restart);
    assert_eq!(sent(&effects), ["back 0 {7}", "back 2 {7}", "back 3 {7}"]);
    let (_, ring) = waits(&effects)[0];
    assert_eq!(sent(&tell(&mut zone, Input::Timer(ring))), ["back 0 {7}"]);
    let effects = tell(&mut zone, from(0, Message::RejoinReply(heard(2, &[9]))));
    assert_eq!(waits(&effects).iter().map(|(wait, _)| *wait).collect::<Vec<_>>(), [1000, 500]);
    // Another zone rejoins without any items: it gets the full set.
    let effects = tell(&mut zone, from(2, Message::Rejoin(Vec::new())));
    assert_eq!(sent(&effects), ["welcome 2 {7}"]);
    let (_, ring) = waits(&effects)[0];
    assert_eq!(sent(&tell(&mut zone, Input::Timer(ring))), ["back 2 {7}"]);
}

#[test]
fn a_nearer_announcer_takes_the_place_of_a_branch() {
    for (threshold, announced, changes) in
        [(Some(2), 3, true), (Some(2), 4, false), (None, 0, false)]
    {
        let mut zone = fresh(threshold);
        tell(&mut zone, ihave(2, announced, 7));
        let sent = sent(&tell(&mut zone, gossip(0, 5, 7)));
        assert_eq!(sent.contains(&"graft 2 {}".to_owned()), changes, "{sent:?}");
        assert_eq!(sent.contains(&"prune 0 {7}".to_owned()), changes, "{sent:?}");
        assert_eq!(sent.contains(&"ack 0 {7}".to_owned()), !changes, "{sent:?}");
    }
}

#[test]
fn a_batch_collects_announcements_and_acknowledgements() {
    let batch = NanoDuration::from_ms(100);
    let topology = Topology::Plain(Shape::Complete);
    let settings = Params { topology, batch, ..Params::default() };
    let mut zone = Plumtree::new(&settings, &VIEW, NanoDuration::from_ms(1));
    let effects = tell(&mut zone, gossip(0, 0, 7));
    assert_eq!(sent(&effects), ["gossip 2 {7}", "gossip 3 {7}"]);
    let (wait, ring) = *waits(&effects).last().unwrap();
    assert_eq!(wait, 100);
    tell(&mut zone, gossip(0, 0, 8));
    assert_eq!(sent(&tell(&mut zone, Input::Timer(ring))), ["ack 0 {7, 8}"]);
    assert!(tell(&mut zone, Input::Timer(ring)).is_empty());
}
