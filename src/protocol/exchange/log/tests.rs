//! Tests of `log` by itself: an input goes in, effects come out. A tick is 1 ms.

use super::*;
use crate::protocol::raft::{Content, Entry, Position};
use crate::protocol::{Effect, OutOf, WireMessage};
use crate::rng::stream;

type TestEffects = Vec<Effect<Message, Timer, Deliver>>;
const ZONE: NodeView = NodeView { me: NodeId(1), zones: 3, hub: None, deputy: None };

fn zone() -> Log {
    Log::new(&Params::default(), &ZONE, NanoDuration::from_ms(1))
}

fn handle(zone: &mut Log, now: i64, input: Input<Log>) -> TestEffects {
    let mut effects = TestEffects::new();
    let rng = &mut stream(1, "t", 0);
    zone.handle(input, &mut OutOf::new(&ZONE, LocalTime(now), rng, &mut effects));
    effects
}

fn publish(zone: &mut Log, now: i64, item: u32) -> TestEffects {
    handle(zone, now, Input::Local(Publish(Item(item))))
}

fn items(items: &[u32]) -> ItemSet {
    let mut set = ItemSet::EMPTY;
    for &item in items {
        set.insert(Item(item));
    }
    set
}

fn message(from: u32, term: u64, content: Content<ItemSet>) -> Input<Log> {
    let message = Message::Raft(raft::Message { term, content });
    Input::Message { from: NodeId(from), message }
}

/// Entries of zone 0 in its term 1, after the first `before` ones.
fn append(before: u64, entries: &[u32], commit: u64) -> Input<Log> {
    let entry = |&item: &u32| Entry { term: 1, command: Some(items(&[item])) };
    let previous = Position { term: u64::from(before > 0), index: before };
    let entries = entries.iter().map(entry).collect();
    message(0, 1, Content::AppendEntries { previous, entries, commit })
}

/// Makes the zone the leader of a term above that of its log.
fn elect(zone: &mut Log, now: i64) -> TestEffects {
    let term = zone.raft.term() + 1;
    // The number of the last election timer is known to the machine only: try them all.
    for number in 0..10 {
        handle(zone, now, Input::Timer(Timer::Raft(raft::Timer::Election(number))));
        if zone.raft.term() == term {
            break;
        }
    }
    handle(zone, now, message(2, term, Content::Vote(true)))
}

/// The items sent to the leader, with the receiver.
fn forwarded(effects: &TestEffects) -> Vec<(NodeId, ItemSet)> {
    let forward = |effect: &Effect<Message, Timer, Deliver>| match effect {
        Effect::Send(to, Message::Forward(items)) => Some((*to, items.clone())),
        _ => None,
    };
    effects.iter().filter_map(forward).collect()
}

/// The items of the entries sent to zone 2.
fn appended(effects: &TestEffects) -> Vec<ItemSet> {
    let entries = |effect: &Effect<Message, Timer, Deliver>| match effect {
        Effect::Send(NodeId(2), Message::Raft(message)) => {
            Some(message.commands().cloned().collect::<Vec<_>>())
        }
        _ => None,
    };
    effects.iter().filter_map(entries).flatten().collect()
}

fn delivered(effects: &TestEffects) -> Vec<(u32, Option<NodeId>)> {
    let deliver = |effect: &Effect<Message, Timer, Deliver>| match effect {
        Effect::Emit(Deliver { item, from }) => Some((item.0, *from)),
        _ => None,
    };
    effects.iter().filter_map(deliver).collect()
}

#[test]
fn items_are_delivered_in_the_order_of_the_log_once_they_are_committed() {
    let mut zone = zone();
    assert_eq!(delivered(&handle(&mut zone, 1, append(0, &[7, 3], 0))), []);
    let effects = handle(&mut zone, 2, append(2, &[5], 2));
    assert_eq!(delivered(&effects), [(7, Some(NodeId(0))), (3, Some(NodeId(0)))]);
    assert_eq!(delivered(&handle(&mut zone, 3, append(3, &[], 3))), [(5, Some(NodeId(0)))]);
}

#[test]
fn an_item_is_sent_until_it_is_committed_and_its_publisher_does_not_deliver_it() {
    let mut zone = zone();
    assert_eq!(publish(&mut zone, 1, 4), [], "there is no leader");
    let effects = handle(&mut zone, 2, append(0, &[], 0));
    assert_eq!(forwarded(&effects), [(NodeId(0), items(&[4]))]);
    assert_eq!(forwarded(&publish(&mut zone, 3, 9)), [(NodeId(0), items(&[9]))]);
    let retry = |zone: &mut Log, now| handle(zone, now, Input::Timer(Timer::Retry(LocalTime(now))));
    assert_eq!(forwarded(&retry(&mut zone, 2002)), [(NodeId(0), items(&[4, 9]))]);
    assert_eq!(delivered(&handle(&mut zone, 2010, append(0, &[9], 1))), []);
    assert_eq!(forwarded(&retry(&mut zone, 4002)), [(NodeId(0), items(&[4]))]);
    assert_eq!(delivered(&handle(&mut zone, 4010, append(1, &[4], 2))), []);
    assert_eq!(retry(&mut zone, 6002), []);
}

#[test]
fn a_leader_appends_an_item_once() {
    let mut zone = zone();
    publish(&mut zone, 1, 4);
    handle(&mut zone, 2, append(0, &[7], 0));
    let effects = elect(&mut zone, 9_000);
    assert_eq!(appended(&effects), [items(&[4])], "{effects:?}");
    let forward = |numbers: &[u32]| Input::Message {
        from: NodeId(0),
        message: Message::Forward(items(numbers)),
    };
    assert_eq!(handle(&mut zone, 9_010, forward(&[7])), []);
    assert_eq!(handle(&mut zone, 9_020, forward(&[4])), []);
    let ack = message(2, 2, Content::Appended(3));
    // The empty entry of the leader is the second; its own item is not delivered.
    assert_eq!(delivered(&handle(&mut zone, 9_030, ack)), [(7, Some(NodeId(0)))]);
    assert_eq!(appended(&handle(&mut zone, 9_040, forward(&[4, 5, 7]))), [items(&[5])]);
    let ack = message(2, 2, Content::Appended(4));
    assert_eq!(delivered(&handle(&mut zone, 9_050, ack)), [(5, Some(NodeId(0)))]);
    assert_eq!(handle(&mut zone, 9_060, forward(&[5])), []);
}

/// The log and what is not committed survive; what was delivered is delivered again.
#[test]
fn memory_that_is_lost_comes_back_from_the_log() {
    let mut zone = zone();
    publish(&mut zone, 1, 4);
    publish(&mut zone, 1, 6);
    handle(&mut zone, 2, append(0, &[7, 4], 2));
    let mut back = self::zone();
    back.recover(zone);
    handle(&mut back, 50, Input::Restart);
    let effects = handle(&mut back, 60, append(2, &[8], 3));
    let all: Vec<_> = delivered(&effects).into_iter().map(|(item, _)| item).collect();
    assert_eq!(all, [7, 4, 8], "its own committed item too: it has forgotten it");
    assert_eq!(forwarded(&effects), [(NodeId(0), items(&[6]))]);
}

#[test]
fn messages_name_their_items_and_say_what_they_are() {
    let Input::Message { message, .. } = append(0, &[7, 3], 1) else { unreachable!() };
    assert_eq!(message.items().iter().collect::<Vec<_>>(), [Item(7), Item(3)]);
    assert_eq!(message.items().count(), 2);
    let tick = NanoDuration::from_ms(1);
    assert_eq!(message.describe(tick), "entry 1: item 7, entry 2: item 3, 1 committed, term 1");
    let forward = Message::Forward(items(&[2]));
    assert_eq!(forward.describe(tick), "item 2 for the log");
    assert_eq!((forward.items().count(), forward.size()), (1, 1 + items(&[2]).size()));
}

#[test]
fn settings_that_cannot_serve_are_refused_or_warned_of() {
    let seconds = NanoDuration::from_secs;
    assert_eq!(Params::default().warnings(), [""; 0]);
    let slow = Params { heartbeat: seconds(5), ..Params::default() };
    assert!(slow.warnings()[0].contains("it sends a heartbeat every 5s"), "{:?}", slow.warnings());
    let wrong = Params { election: seconds(11), ..Params::default() }.check(3).expect_err("11 s");
    assert_eq!(wrong.path, "exchange.log.election");
    let none = Params { max_entries: 0, ..Params::default() }.check(3).expect_err("nothing");
    assert_eq!(none.path, "exchange.log.max_entries");
}
