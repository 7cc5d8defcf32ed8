//! Tests of `order` by itself: an input goes in, effects come out.

use super::*;
use crate::id::{Member, NodeId};
use crate::protocol::coordination::Output;
use crate::protocol::coordination::coordinator_view;
use crate::protocol::coordination::min_acknowledged::MinAcknowledged;
use crate::protocol::{Effect, OutOf};
use crate::rng::stream;
use crate::time::LocalTime;

type TestEffects = Vec<Effect<Message, Timer, Output>>;
const HUB: NodeView = NodeView { me: NodeId(2), zones: 2, hub: Some(NodeId(2)), deputy: None };
const ZONE: NodeView = NodeView { me: NodeId(0), ..HUB };

fn machine(view: &NodeView) -> Order {
    Order::new(&Params::default(), view, NanoDuration::from_ms(1))
}

fn handle(order: &mut Order, view: &NodeView, now: i64, input: Input<Order>) -> TestEffects {
    let mut effects = TestEffects::new();
    order
        .handle(input, &mut OutOf::new(view, LocalTime(now), &mut stream(1, "t", 0), &mut effects));
    effects
}

fn message(from: u32, message: Message) -> Input<Order> {
    Input::Message { from: NodeId(from), message }
}

fn report(members: Vec<Member>) -> Message {
    Message::View(coordinator_view::Message::Report(members))
}

fn echo(sent: i64) -> Message {
    Message::View(coordinator_view::Message::Echo(LocalTime(sent)))
}

fn quiet_at(at: LocalTime) -> Input<Order> {
    Input::Timer(Timer::View(coordinator_view::Timer::Quiet(at)))
}

/// Both zones answer a probe every half hour, at once.
fn hear_both(hub: &mut Order, from: i64, to: i64) {
    hear_zone(hub, 0, from, to);
    hear_zone(hub, 1, from, to);
}

/// The decided time among these effects.
fn decided(effects: &TestEffects) -> Option<LocalTime> {
    effects.iter().find_map(|effect| match effect {
        Effect::Emit(Output::Decide(at)) => Some(*at),
        _ => None,
    })
}

const HALF: i64 = 1_800_000;

#[test]
fn a_hub_that_hears_nothing_does_not_take_it_for_quiet() {
    // Zone 1 is heard from for the last time at `last`; quiet would be reached at 3,601,000.
    let quiet = LocalTime(1000 + 2 * HALF);
    for (last, decides) in [(quiet.0 - HALF, true), (quiet.0 - HALF - 1, false)] {
        let mut hub = machine(&HUB);
        for zone in [0, 1] {
            handle(&mut hub, &HUB, 1000, message(zone, echo(1000)));
        }
        handle(&mut hub, &HUB, 1000, message(0, report(vec![Member(4)])));
        for (zone, at) in [(0, last), (1, last), (0, quiet.0 - 5)] {
            handle(&mut hub, &HUB, at, message(zone, echo(at)));
        }
        let effects = handle(&mut hub, &HUB, quiet.0, quiet_at(quiet));
        assert_eq!(decided(&effects).is_some(), decides, "{last}");
    }
    // Once heard from again, it has to be quiet again; a zone that was never heard from is not
    // quiet either.
    let mut hub = machine(&HUB);
    handle(&mut hub, &HUB, 1000, message(0, report(vec![Member(4)])));
    hear_zone(&mut hub, 0, 1000, quiet.0);
    assert_eq!(decided(&handle(&mut hub, &HUB, quiet.0, quiet_at(quiet))), None);
    let back = quiet.0 + 77;
    let effects = handle(&mut hub, &HUB, back, message(1, echo(back)));
    let anew = LocalTime(back + 2 * HALF);
    assert!(
        effects.contains(&Effect::WakeAt(anew, Timer::View(coordinator_view::Timer::Quiet(anew))))
    );
    hear_both(&mut hub, back, anew.0);
    assert!(decided(&handle(&mut hub, &HUB, anew.0, quiet_at(anew))).is_some());
}

fn hear_zone(hub: &mut Order, zone: u32, from: i64, to: i64) {
    for now in (from..to).step_by(HALF as usize) {
        handle(hub, &HUB, now, message(zone, echo(now)));
    }
}

#[test]
fn a_long_round_trip_is_forgotten_after_a_window_of_probes() {
    for (after, longest) in [(5, 10_000), (6, 7)] {
        let mut hub = machine(&HUB);
        handle(&mut hub, &HUB, 10_000, message(0, echo(0)));
        for probe in 1..=after {
            let sent = 600_000 * probe;
            handle(&mut hub, &HUB, sent + 7, message(0, echo(sent)));
        }
        handle(&mut hub, &HUB, 9_000_000, message(0, report(vec![Member(4)])));
        let deadline = Timer::View(coordinator_view::Timer::Deadline);
        let effects = handle(&mut hub, &HUB, 36_000_000, Input::Timer(deadline));
        assert_eq!(decided(&effects), Some(LocalTime(36_000_000 + longest + 100 + 600_000)));
    }
}

#[test]
fn an_order_is_void_after_a_time() {
    let valid = 12 * 3_600_000;
    for (late, struck) in [(valid, 1), (valid + 1, 0)] {
        let strikes = |effects: TestEffects| {
            effects
                .iter()
                .filter(|effect| matches!(effect, Effect::Emit(Output::Strike(_))))
                .count()
        };
        let mut zone = machine(&ZONE);
        handle(&mut zone, &ZONE, 20, message(2, Message::Order(LocalTime(500))));
        let effects = handle(&mut zone, &ZONE, 500 + late, Input::Local(Located(Member(8))));
        assert_eq!(strikes(effects), struck);
        let mut zone = machine(&ZONE);
        handle(&mut zone, &ZONE, 20, Input::Local(Located(Member(8))));
        handle(&mut zone, &ZONE, 500 + late, message(2, Message::Order(LocalTime(500))));
        let effects = handle(&mut zone, &ZONE, 500 + late, Input::Timer(Timer::StrikeTime));
        assert_eq!(strikes(effects), struck);
    }
}

#[test]
fn the_time_allows_for_the_worst_round_trip_seen() {
    let mut hub = machine(&HUB);
    handle(&mut hub, &HUB, 0, Input::Start);
    handle(
        &mut hub,
        &HUB,
        240,
        message(0, Message::View(coordinator_view::Message::Echo(LocalTime(0)))),
    );
    handle(
        &mut hub,
        &HUB,
        12,
        message(1, Message::View(coordinator_view::Message::Echo(LocalTime(0)))),
    );
    let effects = handle(&mut hub, &HUB, 1000, message(0, report(vec![Member(4)])));
    let quiet = LocalTime(1000 + 3_600_000);
    assert_eq!(
        effects[1],
        Effect::WakeAt(quiet, Timer::View(coordinator_view::Timer::Quiet(quiet)))
    );
    hear_both(&mut hub, 1000, quiet.0);
    let effects = handle(&mut hub, &HUB, quiet.0, quiet_at(quiet));
    assert_eq!(effects[0], Effect::Emit(Output::Decide(quiet + SimDuration(240 + 100 + 600_000))));
}

#[test]
fn the_order_is_sent_until_heard() {
    let mut hub = machine(&HUB);
    handle(&mut hub, &HUB, 1000, message(0, report(vec![Member(4)])));
    let deadline = handle(
        &mut hub,
        &HUB,
        36_000_000,
        Input::Timer(Timer::View(coordinator_view::Timer::Deadline)),
    );
    let sent =
        |effects: &TestEffects| effects.iter().filter(|e| matches!(e, Effect::Send(..))).count();
    assert_eq!(sent(&deadline), 2);
    handle(&mut hub, &HUB, 36_000_100, message(1, Message::OrderAck));
    let again = Timer::Resend(LocalTime(36_001_000));
    assert_eq!(sent(&handle(&mut hub, &HUB, 36_001_000, Input::Timer(again))), 1);
    handle(&mut hub, &HUB, 36_001_100, message(0, Message::OrderAck));
    let again = Timer::Resend(LocalTime(36_002_000));
    assert!(handle(&mut hub, &HUB, 36_002_000, Input::Timer(again)).is_empty());
}

#[test]
fn the_waits_for_an_answer_double_and_begin_anew_after_a_crash_or_with_what_is_new() {
    let seconds = |effects: &TestEffects| {
        let wait = |effect: &Effect<Message, Timer, Output>| match effect {
            Effect::WakeAfter(wait, timer) => Some((wait.0 / 1000, *timer)),
            _ => None,
        };
        effects.iter().find_map(wait).expect("it is said again")
    };
    let follow = |machine: &mut Order, view: &NodeView, mut now: i64, mut effects: TestEffects| {
        let mut waits = Vec::new();
        for _ in 0..9 {
            let (wait, timer) = seconds(&effects);
            waits.push(wait);
            now += 1000 * wait as i64;
            effects = handle(machine, view, now, Input::Timer(timer));
        }
        waits
    };
    let expected = [1, 2, 4, 8, 16, 32, 60, 60, 60];
    let mut zone = machine(&ZONE);
    for input in
        [Input::Local(Located(Member(7))), Input::Local(Located(Member(8))), Input::Restart]
    {
        let effects = handle(&mut zone, &ZONE, 10, input);
        assert_eq!(follow(&mut zone, &ZONE, 10, effects), expected);
    }
    let mut hub = machine(&HUB);
    handle(&mut hub, &HUB, 1000, message(0, report(vec![Member(4)])));
    let deadline = Input::Timer(Timer::View(coordinator_view::Timer::Deadline));
    let mut effects = handle(&mut hub, &HUB, 36_000_000, deadline);
    for now in [36_000_000, 36_000_001] {
        assert_eq!(follow(&mut hub, &HUB, now, effects), expected);
        effects = handle(&mut hub, &HUB, 36_000_001, Input::Restart);
    }
}

#[test]
fn a_zone_strikes_once_at_the_time_and_late_ones_at_once() {
    let mut zone = machine(&ZONE);
    handle(&mut zone, &ZONE, 10, Input::Local(Located(Member(7))));
    let effects = handle(&mut zone, &ZONE, 20, message(2, Message::Order(LocalTime(500))));
    assert_eq!(effects[1], Effect::WakeAt(LocalTime(500), Timer::StrikeTime));
    let go = || Input::Timer(Timer::StrikeTime);
    assert_eq!(handle(&mut zone, &ZONE, 500, go()), [Effect::Emit(Output::Strike(Member(7)))]);
    assert!(handle(&mut zone, &ZONE, 501, go()).is_empty());
    let late = handle(&mut zone, &ZONE, 600, Input::Local(Located(Member(8))));
    assert!(late.contains(&Effect::Emit(Output::Strike(Member(8)))));
}

#[test]
fn a_zone_that_missed_the_order_hears_of_it_when_it_reports() {
    let mut hub = machine(&HUB);
    handle(&mut hub, &HUB, 1000, message(0, report(vec![Member(4)])));
    handle(
        &mut hub,
        &HUB,
        36_000_000,
        Input::Timer(Timer::View(coordinator_view::Timer::Deadline)),
    );
    handle(&mut hub, &HUB, 36_000_100, message(0, Message::OrderAck));
    let order = Message::Order(LocalTime(36_600_100));
    let effects = handle(&mut hub, &HUB, 37_000_000, message(1, report(vec![Member(5)])));
    assert!(effects.contains(&Effect::Send(NodeId(1), order.clone())), "{effects:?}");
    let effects = handle(&mut hub, &HUB, 37_000_000, message(0, report(vec![Member(6)])));
    assert!(!effects.contains(&Effect::Send(NodeId(0), order)), "it has heard: {effects:?}");
}

#[test]
fn a_report_is_sent_until_noted_and_over_a_restart() {
    let mut zone = machine(&ZONE);
    let report = Effect::Send(NodeId(2), report(vec![Member(7)]));
    assert_eq!(handle(&mut zone, &ZONE, 10, Input::Local(Located(Member(7))))[0], report);
    let again = Timer::View(coordinator_view::Timer::Report(LocalTime(1010)));
    assert_eq!(handle(&mut zone, &ZONE, 1010, Input::Timer(again))[0], report);
    assert_eq!(handle(&mut zone, &ZONE, 5000, Input::Restart)[0], report);
    handle(
        &mut zone,
        &ZONE,
        5100,
        message(2, Message::View(coordinator_view::Message::ReportAck(vec![Member(7)]))),
    );
    let again = Timer::View(coordinator_view::Timer::Report(LocalTime(6000)));
    assert!(handle(&mut zone, &ZONE, 6000, Input::Timer(again)).is_empty());
}

#[test]
fn a_hub_that_was_down_waits_on_and_an_order_outlives_a_crash() {
    let mut hub = machine(&HUB);
    handle(&mut hub, &HUB, 990, message(1, echo(990)));
    handle(&mut hub, &HUB, 1000, message(0, report(vec![Member(4)])));
    let quiet = LocalTime(1000 + 3_600_000);
    let effects = handle(&mut hub, &HUB, 50_000, Input::Restart);
    assert!(
        effects
            .contains(&Effect::WakeAt(quiet, Timer::View(coordinator_view::Timer::Quiet(quiet)))),
        "{effects:?}"
    );
    hear_both(&mut hub, 50_000, quiet.0);
    handle(&mut hub, &HUB, quiet.0, quiet_at(quiet));
    let effects = handle(&mut hub, &HUB, quiet.0 + 60_000, Input::Restart);
    let order = Message::Order(quiet + SimDuration(600_100));
    assert!(effects.contains(&Effect::Send(NodeId(1), order)), "{effects:?}");
}

/// With `min_acknowledged`, at least two zones have to acknowledge.
fn two_needed(view: &NodeView) -> Order {
    let acknowledged = MinAcknowledged { min_acknowledged: 2 };
    let params = Params { acknowledged, ..Params::default() };
    Order::new(&params, view, NanoDuration::from_ms(1))
}

#[test]
fn the_hub_tells_how_many_zones_have_acknowledged_once_they_are_enough() {
    let mut hub = two_needed(&HUB);
    handle(&mut hub, &HUB, 1000, message(0, report(vec![Member(4)])));
    let deadline = Input::Timer(Timer::View(coordinator_view::Timer::Deadline));
    handle(&mut hub, &HUB, 36_000_000, deadline);
    let at = LocalTime(36_600_100);
    let number = Message::Acknowledged { at, zones: 2 };
    let told = |effects: &TestEffects| {
        let is_number = |e: &&Effect<_, _, _>| matches!(e, Effect::Send(_, m) if *m == number);
        effects.iter().filter(is_number).count()
    };
    let ack = |zone| message(zone, Message::OrderAck);
    assert_eq!(handle(&mut hub, &HUB, 36_000_100, ack(1)), []);
    assert_eq!(handle(&mut hub, &HUB, 36_000_110, ack(1)), [], "a zone counts once");
    assert_eq!(told(&handle(&mut hub, &HUB, 36_000_200, ack(0))), 2);
    // Only the zone that has not acknowledged the number is told again.
    handle(&mut hub, &HUB, 36_000_300, message(0, Message::AcknowledgedAck));
    let again = Input::Timer(Timer::ResendAcknowledged(LocalTime(36_001_200)));
    let effects = handle(&mut hub, &HUB, 36_001_200, again);
    assert_eq!(effects[0], Effect::Send(NodeId(1), number.clone()));
    assert_eq!(told(&effects), 1);
    assert_eq!(told(&handle(&mut hub, &HUB, 36_001_300, Input::Restart)), 1);
    // After the time it is too late to hear: a report is answered with an acknowledgement only.
    let effects = handle(&mut hub, &HUB, at.0 + 1, message(1, report(vec![Member(5)])));
    assert_eq!(effects.len(), 1, "{effects:?}");
}

#[test]
fn a_hub_does_not_begin_to_tell_after_the_time() {
    for (now, told) in [(36_600_100, 2), (36_600_101, 0)] {
        let mut hub = two_needed(&HUB);
        handle(&mut hub, &HUB, 1000, message(0, report(vec![Member(4)])));
        let deadline = Input::Timer(Timer::View(coordinator_view::Timer::Deadline));
        handle(&mut hub, &HUB, 36_000_000, deadline);
        handle(&mut hub, &HUB, 36_000_100, message(1, Message::OrderAck));
        let effects = handle(&mut hub, &HUB, now, message(0, Message::OrderAck));
        assert_eq!(effects.len(), told, "{now}: {effects:?}");
    }
}

#[test]
fn a_zone_strikes_only_if_it_heard_in_time_that_enough_have_acknowledged() {
    let at = LocalTime(500);
    let number = |zones| message(2, Message::Acknowledged { at, zones });
    // When it hears which number, whether the order came before, and whether it strikes.
    for (heard, zones, ordered, strikes) in [
        (500, 2, true, true),
        (500, 2, false, true),
        (501, 2, true, false),
        (400, 1, true, false),
        (400, 3, false, true),
    ] {
        let mut zone = two_needed(&ZONE);
        handle(&mut zone, &ZONE, 10, Input::Local(Located(Member(8))));
        if ordered {
            handle(&mut zone, &ZONE, 20, message(2, Message::Order(at)));
        }
        let mut effects = Vec::new();
        if heard <= 500 {
            effects.extend(handle(&mut zone, &ZONE, heard, number(zones)));
            assert_eq!(effects[0], Effect::Send(NodeId(2), Message::AcknowledgedAck));
            effects.extend(handle(&mut zone, &ZONE, 500, Input::Timer(Timer::StrikeTime)));
        } else {
            effects.extend(handle(&mut zone, &ZONE, 500, Input::Timer(Timer::StrikeTime)));
            effects.extend(handle(&mut zone, &ZONE, heard, number(zones)));
            effects.extend(handle(&mut zone, &ZONE, heard, Input::Timer(Timer::StrikeTime)));
        }
        // A member that it locates later is struck or not alike; the permission outlives amnesia.
        let mut fresh = two_needed(&ZONE);
        fresh.recover(zone);
        effects.extend(handle(&mut fresh, &ZONE, 600, Input::Local(Located(Member(9)))));
        let struck = |member| effects.contains(&Effect::Emit(Output::Strike(Member(member))));
        assert_eq!([struck(8), struck(9)], [strikes; 2], "{heard} {zones} {ordered}");
    }
}

#[test]
fn more_acknowledgements_than_zones_are_refused() {
    for (min, fits) in [(0, true), (2, true), (3, false)] {
        let acknowledged = MinAcknowledged { min_acknowledged: min };
        let params = Params { acknowledged, ..Params::default() };
        let error = params.check(&HUB).err();
        assert_eq!(error.is_none(), fits, "{error:?}");
        if let Some(ConfigError { path, message }) = error {
            assert_eq!(path, "coordination.order.min_acknowledged");
            assert_eq!(message, "3 of 2 zones; expected 0 to 2");
        }
    }
}
