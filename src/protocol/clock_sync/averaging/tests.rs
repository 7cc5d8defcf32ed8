//! Tests of `averaging` by itself: an input goes in, effects come out. A tick is 1 ms.

use super::*;
use crate::protocol::{Effect, OutOf};
use crate::rng::stream;

type TestEffects = Vec<Effect<Reading, Timer, Adjustment>>;
const ZONE: NodeView = NodeView { me: NodeId(0), zones: 3, hub: None, deputy: None };
const MS: i64 = 1_000_000;

/// A zone with three rounds, at 100, 600 and 1100; delays are between 10 and 30.
fn zone() -> Averaging {
    let ms = NanoDuration::from_ms;
    let params = Params {
        start: ms(100),
        interval: ms(500),
        rounds: 3,
        min_delay: ms(10),
        max_delay: ms(30),
    };
    Averaging::new(&params, &ZONE, ms(1))
}

fn handle(zone: &mut Averaging, now: i64, input: Input<Averaging>) -> TestEffects {
    let mut effects = TestEffects::new();
    let rng = &mut stream(1, "t", 0);
    zone.handle(input, &mut OutOf::new(&ZONE, LocalTime(now), rng, &mut effects));
    effects
}

fn timer(zone: &mut Averaging, now: i64) -> TestEffects {
    handle(zone, now, Input::Timer(Timer))
}

fn receive(zone: &mut Averaging, now: i64, from: u32, round: u32, ms: i64) -> TestEffects {
    let message = Reading { round, ns: ms * MS };
    handle(zone, now, Input::Message { from: NodeId(from), message })
}

fn adjustment(round: u32, correction_ns: i64, readings: u32) -> TestEffects {
    vec![Effect::Emit(Adjustment { round, correction_ns, readings })]
}

fn begins(round: u32, ns: i64, next: i64) -> TestEffects {
    let reading = Reading { round, ns };
    let send = |to| Effect::Send(NodeId(to), reading);
    vec![send(1), send(2), Effect::WakeAt(LocalTime(next), Timer)]
}

#[test]
fn a_clock_moves_to_the_mean_once_all_readings_have_come() {
    let mut zone = zone();
    assert_eq!(handle(&mut zone, 0, Input::Start), [Effect::WakeAt(LocalTime(100), Timer)]);
    // Before its round begins here: 1 is 50 + 20 - 30 = 40 ahead.
    assert_eq!(receive(&mut zone, 30, 1, 1, 50), []);
    assert_eq!(timer(&mut zone, 100), begins(1, 100 * MS, 600));
    assert_eq!(receive(&mut zone, 110, 1, 1, 999), [], "a copy");
    // 2 is 100 + 20 - 150 = 30 behind: the mean is (40 - 30 + 0)/3.
    assert_eq!(receive(&mut zone, 150, 2, 1, 100), adjustment(1, 3_333_333, 2));
    assert_eq!(receive(&mut zone, 160, 2, 1, 999), [], "the round is over");
    // The next reading is corrected.
    assert_eq!(timer(&mut zone, 600), begins(2, 600 * MS + 3_333_333, 1100));
}

#[test]
fn a_round_without_all_readings_takes_the_mean_of_those_there_are() {
    let mut zone = zone();
    timer(&mut zone, 100);
    assert_eq!(receive(&mut zone, 140, 1, 1, 100), []);
    // 1 is 100 + 20 - 140 = 20 behind: the mean of two is 10 behind.
    let next = [adjustment(1, -10 * MS, 1), begins(2, 590 * MS, 1100)].concat();
    assert_eq!(timer(&mut zone, 600), next);
    // Nobody's reading came in round 2, and the last round ends without another.
    assert_eq!(timer(&mut zone, 1100), begins(3, 1090 * MS, 1600));
    receive(&mut zone, 1120, 2, 3, 1100);
    assert_eq!(timer(&mut zone, 1600), adjustment(3, -5 * MS, 1));
    assert_eq!(timer(&mut zone, 2100), []);
}

#[test]
fn a_restart_waits_for_the_next_round() {
    for (now, next) in [(0, Some(100)), (100, Some(600)), (599, Some(600)), (1100, Some(1600))] {
        let mut zone = zone();
        let expected: TestEffects =
            next.map(|next| Effect::WakeAt(LocalTime(next), Timer)).into_iter().collect();
        assert_eq!(handle(&mut zone, now, Input::Restart), expected, "{now}");
    }
    assert_eq!(handle(&mut zone(), 1600, Input::Restart), []);
}

#[test]
fn a_clock_that_is_stepped_over_rounds_leaves_them_out() {
    let mut zone = zone();
    assert_eq!(timer(&mut zone, 1150), begins(3, 1150 * MS, 1600));
}

#[test]
fn readings_are_encoded_in_the_bytes_that_they_count() {
    for reading in [Reading { round: 1, ns: 0 }, Reading { round: 300, ns: -5 * MS }] {
        assert_eq!(reading.size(), postcard::to_stdvec(&reading).unwrap().len());
    }
}
