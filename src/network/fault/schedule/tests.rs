//! Tests of the schedule: hand-computed cases.

use super::super::{Delay, Effect, LinkSet, NodeSet};
use super::*;

/// A share of all 64-bit numbers.
fn limit(share: f64) -> u64 {
    (share * (1u128 << 64) as f64) as u64
}

const A: NodeId = NodeId(0);
const B: NodeId = NodeId(1);

fn fault(start: u64, end: u64, effect: Effect) -> Fault {
    Fault { start: SimTime(start), end: SimTime(end), effect }
}

/// The faults of a run without an end.
fn schedule(faults: Vec<Fault>) -> Schedule {
    Schedule::new(faults, SimTime::NEVER)
}

fn links(one_way: bool) -> LinkSet {
    LinkSet { from: NodeSet::from_iter([A]), to: NodeSet::from_iter([B]), one_way }
}

fn is_dropped(schedule: &Schedule, link: [NodeId; 2], times: [u64; 3]) -> bool {
    schedule.is_dropped(link, times.map(SimTime))
}

#[test]
fn a_partition_drops_departures_and_messages_in_flight_at_its_start() {
    let schedule = schedule(vec![fault(10, 20, Effect::Partition(links(true)))]);
    for (departs, arrives, lost) in [
        (4, 9, false),
        (5, 10, true), // due at the very instant of the start: faults come first
        (9, 14, true),
        (10, 15, true),
        (19, 24, true),
        (20, 25, false), // departs at the very instant of the end
    ] {
        assert_eq!(is_dropped(&schedule, [A, B], [departs, departs, arrives]), lost, "{departs}");
        assert!(!is_dropped(&schedule, [B, A], [departs, departs, arrives]), "one way");
    }
}

#[test]
fn holds_chain() {
    let schedule = schedule(vec![
        fault(20, 30, Effect::Hold(links(false))),
        fault(10, 25, Effect::Hold(links(false))),
    ]);
    for (due, departs) in [(9, 9), (10, 30), (22, 30), (30, 30)] {
        assert_eq!(schedule.release(B, A, SimTime(due)), SimTime(departs), "{due}");
    }
}

#[test]
fn a_crash_drops_what_has_not_departed_and_arrivals_until_the_restart() {
    let crash =
        |start, end| fault(start, end, Effect::Crash(NodeSet::from_iter([A]), Memory::Kept));
    let schedule = schedule(vec![crash(10, 20), crash(20, 30), crash(50, 60)]);
    assert_eq!(schedule.downtimes(A).len(), 2, "crashes that touch are one downtime");
    assert_eq!(schedule.up_from(A, SimTime(15)), SimTime(30));
    assert_eq!(schedule.next_crash(A, SimTime(0)), SimTime(10));
    assert_eq!(schedule.next_crash(A, SimTime(30)), SimTime(50));
    assert!(is_dropped(&schedule, [A, B], [9, 10, 15]), "had not departed");
    assert!(!is_dropped(&schedule, [A, B], [9, 9, 15]), "in flight");
    for (arrives, lost) in [(9, false), (10, true), (30, true), (31, false)] {
        assert_eq!(is_dropped(&schedule, [B, A], [5, 5, arrives]), lost, "{arrives}");
    }
}

#[test]
fn merged_crashes_lose_memory_if_one_does() {
    let crash =
        |start, end, memory| fault(start, end, Effect::Crash(NodeSet::from_iter([A]), memory));
    let schedule = schedule(vec![
        crash(10, 20, Memory::Lost),
        crash(20, 30, Memory::Kept),
        crash(50, 60, Memory::Kept),
    ]);
    assert!(schedule.has_amnesia());
    for (restart, memory) in [(30, Memory::Lost), (60, Memory::Kept)] {
        assert_eq!(schedule.memory(A, SimTime(restart)), memory, "{restart}");
    }
    assert_eq!(schedule.memory(B, SimTime(30)), Memory::Kept);
}

#[test]
fn delays_add_up_and_losses_are_independent() {
    let schedule = schedule(vec![
        fault(10, 30, Effect::Delay(links(true), Delay::Factor(3.0))),
        fault(20, 40, Effect::Delay(links(false), Delay::Add(SimDuration(7)))),
        fault(10, 30, Effect::Loss(links(true), limit(0.5))),
        fault(20, 40, Effect::Loss(links(false), limit(0.5))),
    ]);
    let link = [A, B];
    for (now, takes, share) in [(9, 40, 0.2), (10, 120, 0.6), (20, 127, 0.8), (30, 47, 0.6)] {
        assert_eq!(
            schedule.arrival(link, SimTime(now), SimDuration(40)),
            SimTime(now + takes),
            "{now}"
        );
        let got = schedule.loss_limit(link, SimTime(now), limit(0.2)) as f64 / limit(1.0) as f64;
        assert!((got - share).abs() < 1e-9, "{now}: {got}");
    }
    assert_eq!(schedule.arrival([B, A], SimTime(10), SimDuration(40)), SimTime(50), "one way");
    assert_eq!(schedule.arrival(link, SimTime::NEVER, SimDuration(40)), SimTime::NEVER);
    assert_eq!(schedule.loss_limit([B, A], SimTime(10), 5), 5);
    assert_eq!(schedule.loss_limit(link, SimTime(10), limit(1.0)), limit(1.0));
    // Either would have lost what is below 0.6, only both what is below 0.8.
    let losing = |share| schedule.losing(link, SimTime(25), [limit(share), limit(0.2)]).len();
    assert_eq!((losing(0.5), losing(0.7)), (2, 2));
    assert_eq!(schedule.losing(link, SimTime(35), [limit(0.5), limit(0.2)]), [FaultId(3)]);
}

#[test]
fn clock_steps_are_in_order() {
    let step = |at, by| fault(at, u64::MAX, Effect::Clock(NodeSet::from_iter([A]), by));
    let schedule = schedule(vec![step(30, -5), step(10, 7)]);
    let steps: Vec<_> = schedule.steps(A).collect();
    assert_eq!(steps, [(SimTime(10), 7), (SimTime(30), -5)]);
    assert_eq!(schedule.steps(B).count(), 0);
}

#[test]
fn ends_come_before_starts() {
    let schedule = schedule(vec![
        fault(10, 20, Effect::Partition(links(false))),
        fault(0, 10, Effect::Partition(links(false))),
    ]);
    let order: Vec<_> =
        schedule.transitions().iter().map(|t| (t.at.0, t.starts, t.fault.0)).collect();
    assert_eq!(order, [(0, true, 1), (10, false, 1), (10, true, 0), (20, false, 0)]);
}

#[test]
fn faults_at_the_horizon_or_later_have_no_effect() {
    let both = || NodeSet::from_iter([A, B]);
    let faults = vec![
        fault(10, 20, Effect::Crash(both(), Memory::Lost)),
        fault(10, 20, Effect::Partition(links(false))),
        fault(10, 20, Effect::Hold(links(false))),
        fault(10, 20, Effect::Loss(links(false), limit(0.5))),
        fault(10, 20, Effect::Delay(links(false), Delay::Factor(3.0))),
        fault(10, u64::MAX, Effect::Clock(both(), 5)),
    ];
    for (horizon, starts) in [(9, false), (10, false), (11, true)] {
        let schedule = Schedule::new(faults.clone(), SimTime(horizon));
        assert_eq!(schedule.faults(), faults, "they are listed");
        assert_eq!(is_dropped(&schedule, [A, B], [8, 8, 15]), starts, "{horizon}");
        assert_eq!(schedule.next_crash(A, SimTime(8)) == SimTime(10), starts, "{horizon}");
        assert_eq!(schedule.has_amnesia(), starts, "{horizon}");
        assert_eq!(schedule.release(A, B, SimTime(15)) == SimTime(20), starts, "{horizon}");
        assert_eq!(schedule.loss_limit([A, B], SimTime(15), 5) > 5, starts, "{horizon}");
        let arrival = schedule.arrival([A, B], SimTime(15), SimDuration(40));
        assert_eq!(arrival == SimTime(135), starts, "{horizon}");
        assert_eq!(schedule.steps(A).count() == 1, starts, "{horizon}");
        assert_eq!(schedule.transitions().len(), if starts { 11 } else { 0 }, "{horizon}");
    }
}
