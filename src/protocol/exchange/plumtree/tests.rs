//! Tests of `plumtree` by itself: an input goes in, effects come out.

use super::*;
use crate::protocol::exchange::Deliver;
use crate::protocol::overlay::{Shape, Topology};
use crate::protocol::{Effect, OutOf};
use crate::rng::stream;
use crate::time::LocalTime;

const SITE: NodeView = NodeView { me: NodeId(1), zones: 4, hub: None };
type Seen = Vec<Effect<Message, Timer, Deliver>>;

/// A zone with the neighbours 0, 2 and 3.
fn fresh(threshold: Option<u32>) -> Plumtree {
    let topology = Topology::Plain(Shape::Complete);
    let settings = Params { topology, threshold: Threshold(threshold), ..Params::default() };
    Plumtree::new(&settings, &SITE, NanoDuration::from_ms(1))
}

fn tell(zone: &mut Plumtree, input: Input<Plumtree>) -> Seen {
    let mut seen = Seen::new();
    let mut rng = stream(1, "test", 0);
    zone.handle(input, &mut OutOf::new(&SITE, LocalTime(5), &mut rng, &mut seen));
    seen
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

/// What is sent: to whom, and the first letter of what with its items.
fn sent(seen: &Seen) -> Vec<String> {
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
    seen.iter().filter_map(one).collect()
}

/// The timers that are set: how long.
fn waits(seen: &Seen) -> Vec<(u64, Timer)> {
    let wait = |effect: &Effect<Message, Timer, Deliver>| match effect {
        Effect::WakeAfter(after, alarm) => Some((after.0, *alarm)),
        _ => None,
    };
    seen.iter().filter_map(wait).collect()
}

#[test]
fn the_first_is_passed_on_and_the_second_pruned() {
    let mut zone = fresh(None);
    let seen = tell(&mut zone, gossip(0, 0, 7));
    assert_eq!(seen[0], Effect::Emit(Deliver { item: Item(7), from: None }));
    assert_eq!(sent(&seen), ["gossip 2 {7}", "gossip 3 {7}", "ack 0 {7}"]);
    assert_eq!(sent(&tell(&mut zone, gossip(2, 0, 7))), ["prune 2 {7}"]);
    assert_eq!(sent(&tell(&mut zone, from(3, Message::Prune(ItemSet::of(Item(7)))))), [""; 0]);
    // The next goes along what is left, and is announced elsewhere.
    let seen = tell(&mut zone, Input::Local(Publish(Item(8))));
    assert_eq!(sent(&seen), ["gossip 0 {8}", "ihave 2 {8}", "ihave 3 {8}"]);
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
    let seen = tell(&mut zone, ihave(2, 3, 7));
    let [(500, first)] = waits(&seen)[..] else { panic!("{seen:?}") };
    assert!(tell(&mut zone, ihave(3, 3, 7)).is_empty(), "it is waited for");
    let mut ring = first;
    for (asked, wait) in [(2, 250), (3, 500), (2, 1000)] {
        let seen = tell(&mut zone, Input::Timer(ring));
        assert_eq!(sent(&seen), [format!("graft {asked} {{7}}")]);
        assert_eq!(waits(&seen)[0].0, wait);
        ring = waits(&seen)[0].1;
    }
    assert!(tell(&mut zone, Input::Timer(first)).is_empty(), "a stale timer");
    // It comes: who announced it is told, the others get it.
    let seen = tell(&mut zone, gossip(3, 3, 7));
    assert_eq!(sent(&seen), ["gossip 0 {7}", "ack 2 {7}", "ack 3 {7}"]);
    assert!(tell(&mut zone, Input::Timer(ring)).is_empty(), "it has come");
}

#[test]
fn a_graft_makes_eager_and_brings_what_is_known() {
    let mut zone = fresh(None);
    tell(&mut zone, Input::Local(Publish(Item(7))));
    tell(&mut zone, from(2, Message::Prune(ItemSet::of(Item(7)))));
    assert_eq!(sent(&tell(&mut zone, Input::Local(Publish(Item(8)))))[2], "ihave 2 {8}");
    let graft = from(2, Message::Graft(ItemSet::of(Item(8))));
    assert_eq!(sent(&tell(&mut zone, graft)), ["gossip 2 {8}"]);
    assert_eq!(sent(&tell(&mut zone, Input::Local(Publish(Item(9)))))[1], "gossip 2 {9}");
    // What is not known any more is answered with what is.
    let graft = from(2, Message::Graft(ItemSet::of(Item(5))));
    assert_eq!(sent(&tell(&mut zone, graft)), ["welcome 2 {7, 8, 9}"]);
}

#[test]
fn announcements_that_cross_acknowledge_each_other() {
    let mut zone = fresh(None);
    tell(&mut zone, gossip(0, 0, 7));
    tell(&mut zone, from(2, Message::Prune(ItemSet::of(Item(7)))));
    assert_eq!(sent(&tell(&mut zone, Input::Local(Publish(Item(8)))))[2], "ihave 2 {8}");
    assert!(tell(&mut zone, ihave(2, 0, 8)).is_empty());
    // Announced again: the one that crossed was lost.
    assert_eq!(sent(&tell(&mut zone, ihave(2, 0, 8))), ["ack 2 {8}"]);
}

#[test]
fn who_is_silent_twice_becomes_lazy_and_is_told_again() {
    let mut zone = fresh(None);
    let seen = tell(&mut zone, Input::Local(Publish(Item(7))));
    let (wait, mut ring) = waits(&seen)[0];
    assert_eq!(wait, 1000);
    for (wait, next) in [(2000, "gossip 0 {8}"), (4000, "ihave 0 {9}")] {
        let seen = tell(&mut zone, Input::Timer(ring));
        assert!(sent(&seen)[0].starts_with("ihave 0 {7"), "{seen:?}");
        assert_eq!(waits(&seen)[0].0, wait);
        ring = waits(&seen)[0].1;
        let item = if wait == 2000 { Item(8) } else { Item(9) };
        assert!(sent(&tell(&mut zone, Input::Local(Publish(item)))).contains(&next.to_owned()));
    }
    // All is shown: nothing is waited for.
    let mut all = ItemSet::of(Item(7));
    all.union_with(&received::all(&heard(0, &[8, 9])));
    assert!(tell(&mut zone, from(0, Message::Ack(all))).is_empty());
    assert!(tell(&mut zone, Input::Timer(ring)).is_empty());
}

#[test]
fn who_is_back_compares() {
    let mut zone = fresh(None);
    tell(&mut zone, Input::Local(Publish(Item(7))));
    let seen = tell(&mut zone, Input::Restart);
    assert_eq!(sent(&seen), ["back 0 {7}", "back 2 {7}", "back 3 {7}"]);
    let (_, ring) = waits(&seen)[0];
    assert_eq!(sent(&tell(&mut zone, Input::Timer(ring))), ["back 0 {7}"]);
    let seen = tell(&mut zone, from(0, Message::RejoinReply(heard(2, &[9]))));
    assert_eq!(waits(&seen).iter().map(|(wait, _)| *wait).collect::<Vec<_>>(), [1000, 500]);
    // Another is back and has lost all: it is told all.
    let seen = tell(&mut zone, from(2, Message::Rejoin(Vec::new())));
    assert_eq!(sent(&seen), ["welcome 2 {7}"]);
    let (_, ring) = waits(&seen)[0];
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
    let mut zone = Plumtree::new(&settings, &SITE, NanoDuration::from_ms(1));
    let seen = tell(&mut zone, gossip(0, 0, 7));
    assert_eq!(sent(&seen), ["gossip 2 {7}", "gossip 3 {7}"]);
    let (wait, ring) = *waits(&seen).last().unwrap();
    assert_eq!(wait, 100);
    tell(&mut zone, gossip(0, 0, 8));
    assert_eq!(sent(&tell(&mut zone, Input::Timer(ring))), ["ack 0 {7, 8}"]);
    assert!(tell(&mut zone, Input::Timer(ring)).is_empty());
}
