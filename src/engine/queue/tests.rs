//! Tests of the order of the event queue.

use std::collections::BTreeMap;

use rand::Rng;

use super::*;
use crate::rng::stream;

#[test]
fn keys_round_trip_at_their_limits() {
    for (at, node, sender, number) in
        [(0, 0, 0, 0), ((1 << 44) - 1, 1_000_000, 1_000_000, (1 << 41) - 1), (5, 1, 2, 3)]
    {
        for kind in [
            Kind::Uplink,
            Kind::Downlink,
            Kind::Arrival,
            Kind::Message,
            Kind::Start,
            Kind::Publication,
            Kind::Timer,
        ] {
            let key = Key::new(SimTime(at), NodeId(node), kind, NodeId(sender), number);
            assert_eq!((key.at(), key.node()), (SimTime(at), NodeId(node)));
            assert_eq!((key.kind(), key.sender()), (kind, NodeId(sender)));
            assert_eq!(key.number(), number);
        }
    }
}

#[test]
fn the_order_is_canonical() {
    let key = |at, node, kind, sender, number| {
        Key::new(SimTime(at), NodeId(node), kind, NodeId(sender), number)
    };
    let order = [
        key(1, 7, Kind::Timer, 7, 9),
        key(2, 0, Kind::Timer, 0, 0),
        key(2, 1, Kind::Message, 0, 5),
        key(2, 1, Kind::Message, 0, 6),
        key(2, 1, Kind::Message, 3, 1),
        key(2, 1, Kind::Start, 1, 0),
        key(2, 1, Kind::Publication, 1, 0),
        key(2, 1, Kind::Timer, 1, 0),
        key(2, 1, Kind::Timer, 1, 4),
    ];
    let mut queue = Queue::default();
    for (index, &key) in order.iter().enumerate().rev() {
        queue.push(key, index);
    }
    let mut seen = Vec::new();
    while let Some(at) = queue.advance() {
        while let Some((key, slot)) = queue.pop() {
            assert_eq!(key.at(), at);
            seen.push((key, queue.take(slot)));
        }
    }
    let expected: Vec<_> = order.into_iter().zip((0..).map(Some)).collect();
    assert_eq!(seen, expected);
}

/// Pushes for the current, near and far instants pop as from a sorted map.
#[test]
fn order_matches_btree_map() {
    let mut rng = stream(1, "queue", 0);
    for spread in [1u32, 3, 900, 1_100, 5_000, 1 << 30] {
        let mut queue = Queue::default();
        let mut model = BTreeMap::new();
        let mut number = 0;
        let (mut now, mut begun) = (0, false);
        for round in 0..20_000 {
            for _ in 0..u32::from(round < 15_000) * rng.random_range(0..3) {
                let at = SimTime(now + u64::from(rng.random_range(0..spread)));
                let node = NodeId(rng.random_range(0..5));
                number += 1;
                let key = Key::new(at, node, Kind::Timer, node, number);
                queue.push(key, number);
                model.insert(key, number);
            }
            let next = model.first_key_value().map(|(key, _)| key.at());
            if let Some(next) = next.filter(|next| next.0 > now || !begun) {
                // The current instant has no more events.
                assert_eq!(queue.pop(), None);
                assert_eq!(queue.advance(), Some(next));
                (now, begun) = (next.0, true);
            }
            let popped = queue.pop().map(|(key, slot)| (key, queue.take(slot).unwrap()));
            let due = model.first_entry().filter(|entry| entry.key().at().0 == now);
            assert_eq!(popped, due.map(|entry| entry.remove_entry()), "{spread}");
        }
    }
}

#[test]
fn many_events_of_an_instant_are_in_order() {
    let mut rng = stream(1, "test", 0);
    let mut queue = Queue::default();
    let mut expected = Vec::new();
    let mut number = 0;
    let mut push = |queue: &mut Queue<u64>, expected: &mut Vec<_>, at, kind| {
        number += 1;
        let [node, sender] = [0, 0].map(|_| NodeId(rng.random_range(0..2500) * 400));
        let key = Key::new(SimTime(at), node, kind, sender, number);
        queue.push(key, number);
        expected.push((key, number));
    };
    for _ in 0..3 * SORTED_FROM {
        push(&mut queue, &mut expected, 5, Kind::Message);
        push(&mut queue, &mut expected, 9, Kind::Timer);
    }
    for at in [5, 9, 40] {
        assert_eq!(queue.advance(), Some(SimTime(at)));
        let due = expected.iter().filter(|(key, _)| key.at().0 == at).count();
        expected.sort();
        for (key, number) in expected.drain(..due).collect::<Vec<_>>() {
            let popped = queue.pop().map(|(key, slot)| (key, queue.take(slot)));
            assert_eq!(popped, Some((key, Some(number))));
            if at < 40 {
                push(&mut queue, &mut expected, 40, Kind::Message);
            }
        }
        assert_eq!(queue.pop(), None);
    }
    assert_eq!(queue.advance(), None);
}
