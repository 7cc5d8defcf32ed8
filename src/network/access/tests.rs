//! Tests of access links: cases computed by hand, and a reference that serves byte by byte.

use rand::Rng;

use super::*;
use crate::rng::stream;

const MS: u64 = 1_000_000;
const FREE: Limits = Limits { crash: SimTime::NEVER, horizon: SimTime::NEVER };

/// When a message that is not bulk leaves.
fn small(queue: &mut AccessQueue<u32>, now: u64, bytes: u64) -> SimTime {
    let at = queue.leaves(SimTime(now), (bytes, false));
    match queue.enter(SimTime(now), (bytes, false), 0, FREE) {
        Entered::Leaves(sent, _) => {
            assert_eq!(at, Some(nearest(sent.ends, queue.tick)));
            nearest(sent.ends, queue.tick)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_small_message_interrupts_a_bulk_one() {
    // 1,000 bytes take 1 ms. Bulk of 10 ms and of 5 ms at 0; small of 1 ms at 4 and of 2 ms at 10.
    let mut queue = AccessQueue::new(8_000_000, MS);
    for (bytes, content) in [(10_000, 1), (5_000, 2)] {
        assert_eq!(queue.leaves(SimTime(0), (bytes, true)), None);
        assert!(matches!(queue.enter(SimTime(0), (bytes, true), content, FREE), Entered::Waits));
    }
    assert_eq!(queue.next(), Some(SimTime(10)));
    assert_eq!(small(&mut queue, 4, 1_000), SimTime(5));
    assert_eq!((queue.next(), queue.leave(SimTime(10)).is_none()), (Some(SimTime(11)), true));
    assert_eq!(small(&mut queue, 10, 2_000), SimTime(12));
    let (sent, content) = queue.leave(SimTime(13)).unwrap();
    assert_eq!((sent, content), (Transmission { waited: 3 * MS, ends: 13 * MS }, 1));
    assert_eq!(queue.next(), Some(SimTime(18)));
    let (sent, content) = queue.leave(SimTime(18)).unwrap();
    assert_eq!((sent, content), (Transmission { waited: 13 * MS, ends: 18 * MS }, 2));
    assert_eq!(queue.next(), None);
}

#[test]
fn fractions_of_a_tick_accumulate_and_are_rounded_to_the_nearest() {
    // 100 bytes take 0.4 ms.
    for is_bulk in [false, true] {
        let mut queue = AccessQueue::new(2_000_000, MS);
        let mut left = Vec::new();
        for content in 0..10 {
            let size = (100, is_bulk);
            if let Entered::Leaves(sent, _) = queue.enter(SimTime(0), size, content, FREE) {
                left.push(nearest(sent.ends, MS).0);
            }
        }
        for now in 0..5 {
            while queue.leave(SimTime(now)).is_some() {
                left.push(now);
            }
        }
        assert_eq!(left, [0, 1, 1, 2, 2, 2, 3, 3, 4, 4], "{is_bulk}");
    }
}

#[test]
fn bulk_that_never_leaves_is_cut() {
    let limits = Limits { crash: SimTime(20), horizon: SimTime(100) };
    let mut queue = AccessQueue::new(8_000_000, MS);
    let enter = |queue: &mut AccessQueue<u32>, now, bytes, is_bulk, content| {
        let entered = queue.enter(SimTime(now), (bytes, is_bulk), content, limits);
        (format!("{entered:?}"), queue.cut(limits))
    };
    assert_eq!(enter(&mut queue, 0, 10_000, true, 1), ("Waits".into(), vec![]));
    assert_eq!(enter(&mut queue, 0, 9_000, true, 2), ("Waits".into(), vec![]));
    // It would leave at 20, when the node crashes; what is behind it does not leave either.
    assert_eq!(enter(&mut queue, 0, 1_000, true, 3), ("Lost".into(), vec![]));
    assert_eq!(enter(&mut queue, 0, 1, true, 4), ("Lost".into(), vec![]));
    // 2 ms delay the second one to 21.
    let (_, cut) = enter(&mut queue, 3, 2_000, false, 5);
    assert_eq!(cut, [(2, true)]);
    assert_eq!(queue.next(), Some(SimTime(12)));
    queue.clear();
    assert_eq!(
        enter(&mut queue, 30, 1_000, true, 6),
        ("Lost".into(), vec![]),
        "of limits that are past"
    );
    let limits = Limits { crash: SimTime::NEVER, horizon: SimTime(100) };
    queue.clear();
    let entered = queue.enter(SimTime(30), (70_000, true), 7, limits);
    assert!(matches!(entered, Entered::Beyond), "{entered:?}");
}

#[test]
fn absurd_sizes_saturate() {
    let mut queue = AccessQueue::new(1, MS);
    for is_bulk in [false, true, false] {
        queue.enter(SimTime(1 << 40), (u64::MAX, is_bulk), 0, FREE);
        queue.cut(Limits { crash: SimTime::NEVER, horizon: SimTime(1 << 43) });
    }
    assert_eq!(queue.next(), None);
}

/// A byte takes a ns, a tick has 10. Messages are (instant, bytes, bulk); returns when each leaves, in
/// ns.
fn reference(messages: &[(u64, u64, bool)]) -> Vec<u64> {
    let mut left = vec![u64::MAX; messages.len()];
    let mut rest: Vec<u64> = messages.iter().map(|&(_, bytes, _)| bytes).collect();
    let mut committed = None;
    for ns in 0.. {
        let is_waiting = |index: &usize| messages[*index].0 * 10 <= ns;
        let first = |bulk: bool, rest: &[u64]| {
            let mut all = (0..messages.len()).filter(is_waiting);
            all.find(|&index| messages[index].2 == bulk && rest[index] > 0)
        };
        // What ends within half a tick of an instant has left by it: nothing interrupts it.
        let before = |index: &usize| messages[*index].0 * 10 < ns;
        if ns % 10 == 0 && committed.is_none() {
            let small = (0..messages.len()).filter(before).any(|i| !messages[i].2 && rest[i] > 0);
            committed =
                first(true, &rest).filter(|index| !small && before(index) && rest[*index] < 5);
        }
        let next = committed.filter(|&index| rest[index] > 0);
        let Some(next) = next.or(first(false, &rest)).or(first(true, &rest)) else {
            if rest.iter().all(|&rest| rest == 0) {
                return left;
            }
            continue;
        };
        rest[next] -= 1;
        if rest[next] == 0 {
            left[next] = ns + 1;
            committed = None;
        }
    }
    left
}

#[test]
fn transmissions_are_those_of_a_reference() {
    let mut rng = stream(1, "access", 0);
    for _ in 0..500 {
        let mut messages: Vec<_> = (0..rng.random_range(1..12))
            .map(|_| {
                let is_bulk = rng.random_bool(0.5);
                let bytes =
                    if is_bulk { rng.random_range(30..90) } else { rng.random_range(1..30) };
                (rng.random_range(0..30), bytes, is_bulk)
            })
            .collect();
        messages.sort_by_key(|message| message.0);
        let mut queue = AccessQueue::new(8_000_000_000, 10);
        let mut left = vec![u64::MAX; messages.len()];
        let mut next = 0;
        for now in 0..200 {
            while let Some((sent, index)) = queue.leave(SimTime(now)) {
                left[index] = sent.ends;
            }
            while let Some(&(at, bytes, is_bulk)) = messages.get(next)
                && at == now
            {
                let entered = queue.enter(SimTime(now), (bytes, is_bulk), next, FREE);
                if let Entered::Leaves(sent, index) = entered {
                    left[index] = sent.ends;
                }
                next += 1;
            }
        }
        assert_eq!(left, reference(&messages), "{messages:?}");
    }
}
