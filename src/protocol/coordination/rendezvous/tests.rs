//! Tests of `rendezvous` by itself: an input goes in, effects come out. A tick is 1 ms.

use super::*;
use crate::id::NodeId;
use crate::protocol::{Effect, OutOf};
use crate::rng::stream;

type TestEffects = Vec<Effect<Never, LocalTime, Output>>;
const ZONE: NodeView = NodeView { me: NodeId(0), zones: 3, hub: None, deputy: None };

/// A zone with the agreed times 1000, 1400, 1800 and so on, which needs 50 and may be late by 30.
fn zone() -> Rendezvous {
    let ms = NanoDuration::from_ms;
    let params = Params { first: ms(1000), interval: ms(400), margin: ms(50), valid_for: ms(30) };
    Rendezvous::new(&params, &ZONE, ms(1))
}

fn handle(zone: &mut Rendezvous, now: i64, input: Input<Rendezvous>) -> TestEffects {
    let mut effects = TestEffects::new();
    let rng = &mut stream(1, "t", 0);
    zone.handle(input, &mut OutOf::new(&ZONE, LocalTime(now), rng, &mut effects));
    effects
}

fn locate(zone: &mut Rendezvous, now: i64, member: u32) -> TestEffects {
    handle(zone, now, Input::Local(Located(Member(member))))
}

fn timer(zone: &mut Rendezvous, now: i64, at: i64) -> TestEffects {
    handle(zone, now, Input::Timer(LocalTime(at)))
}

fn decision(at: i64) -> TestEffects {
    let at = LocalTime(at);
    vec![Effect::Emit(Output::Decide(at)), Effect::WakeAt(at, at)]
}

fn strikes(members: &[u32]) -> TestEffects {
    members.iter().map(|&member| Effect::Emit(Output::Strike(Member(member)))).collect()
}

#[test]
fn a_zone_takes_the_first_time_that_is_margin_later() {
    for (now, at) in [(-70, 1000), (0, 1000), (950, 1000), (951, 1400), (1350, 1400), (1351, 1800)]
    {
        let mut zone = zone();
        assert_eq!(locate(&mut zone, now, 3), decision(at), "{now}");
        assert_eq!(timer(&mut zone, at, at), strikes(&[3]), "{now}");
        assert_eq!(timer(&mut zone, at, at), [], "it strikes once");
        assert_eq!(locate(&mut zone, at + 1, 3), [], "it strikes once");
    }
}

#[test]
fn members_that_are_ready_too_late_wait_for_the_next_time() {
    let mut zone = zone();
    assert_eq!(locate(&mut zone, 10, 3), decision(1000));
    // Decided already: only the timer is set.
    assert_eq!(locate(&mut zone, 20, 5), decision(1000)[1..]);
    assert_eq!(locate(&mut zone, 960, 4), decision(1400));
    assert_eq!(timer(&mut zone, 1000, 1000), strikes(&[3, 5]));
    assert_eq!(timer(&mut zone, 1400, 1400), strikes(&[4]));
}

#[test]
fn a_missed_time_is_followed_by_the_next() {
    for (up, strikes_at_once) in [(1000, true), (1030, true), (1031, false)] {
        let mut zone = zone();
        locate(&mut zone, 10, 3);
        let effects = handle(&mut zone, up, Input::Restart);
        if strikes_at_once {
            assert_eq!(effects, strikes(&[3]), "{up}");
        } else {
            assert_eq!(effects[..2], decision(1400), "{up}");
            assert_eq!(timer(&mut zone, 1400, 1400), strikes(&[3]), "{up}");
        }
    }
    // A clock that is stepped over the time and beyond.
    let mut zone = zone();
    locate(&mut zone, 10, 3);
    assert_eq!(timer(&mut zone, 1900, 1000), decision(2200));
}

#[test]
fn a_restart_sets_the_timers_that_the_crash_lost() {
    let mut zone = zone();
    locate(&mut zone, 10, 3);
    locate(&mut zone, 960, 4);
    let times = [1000, 1400].map(LocalTime);
    assert_eq!(handle(&mut zone, 970, Input::Restart), times.map(|at| Effect::WakeAt(at, at)));
}

#[test]
fn what_is_durable_survives_a_loss_of_memory() {
    let mut before = zone();
    locate(&mut before, 10, 3);
    timer(&mut before, 1000, 1000);
    locate(&mut before, 1010, 4);
    let mut after = zone();
    after.recover(before);
    assert_eq!(locate(&mut after, 1020, 3), [], "it was struck");
    assert_eq!(locate(&mut after, 1020, 4), [], "its time is chosen");
    assert_eq!(timer(&mut after, 1400, 1400), strikes(&[4]));
}

#[test]
fn a_first_time_beyond_the_horizon_is_warned_of() {
    let ms = NanoDuration::from_ms;
    let bounds = |max_ahead| RunBounds {
        horizon: ms(1000),
        max_ahead,
        max_behind: Some(ms(0)),
        acting_zones: 3,
    };
    let warnings = |first, ahead: Option<u64>| {
        let params = Params { first: ms(first), ..Params::default() };
        params.warnings(&bounds(ahead.map(ms)))
    };
    assert_eq!(warnings(999, Some(0)), [""; 0]);
    assert_eq!(warnings(1009, Some(10)), [""; 0]);
    assert_eq!(warnings(5000, None), [""; 0]);
    assert!(warnings(1000, Some(0))[0].ends_with("the first agreed time is 1s, the horizon is 1s"));
    assert!(warnings(1010, Some(10))[0].ends_with("no clock is ahead by more than 10ms"));
}
