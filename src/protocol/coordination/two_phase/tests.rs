//! Tests of `two-phase` by itself: an input goes in, effects come out.

use super::*;
use crate::id::Member;
use crate::protocol::coordination::coordinator_view;
use crate::protocol::coordination::min_acknowledged::MinAcknowledged;
use crate::protocol::coordination::{Abort, Objection, Output};
use crate::protocol::{Effect, OutOf};
use crate::rng::stream;
use crate::time::LocalTime;

mod twice;

type TestEffects = Vec<Effect<Message, Timer, Output>>;

/// Three zones without a hub: zone 0 coordinates.
const FIRST: NodeView = NodeView { me: NodeId(0), zones: 3, hub: None, deputy: None };
const SECOND: NodeView = NodeView { me: NodeId(1), ..FIRST };
/// Two zones and a hub.
const HUB: NodeView = NodeView { me: NodeId(2), zones: 2, hub: Some(NodeId(2)), deputy: None };

/// The vote deadline and the strike time of a round that begins at 0, without any round trip.
const LIMIT: i64 = 60_000;
const TIME: i64 = LIMIT + 600_100;
const PAUSE: i64 = 600_000;

fn params(silent: Silent) -> Params {
    Params { silent, ..Params::default() }
}

fn machine(view: &NodeView, silent: Silent) -> TwoPhase {
    TwoPhase::new(&params(silent), view, NanoDuration::from_ms(1))
}

fn handle(
    machine: &mut TwoPhase,
    view: &NodeView,
    now: i64,
    input: Input<TwoPhase>,
) -> TestEffects {
    let mut effects = TestEffects::new();
    machine
        .handle(input, &mut OutOf::new(view, LocalTime(now), &mut stream(1, "t", 0), &mut effects));
    effects
}

fn message(from: u32, message: Message) -> Input<TwoPhase> {
    Input::Message { from: NodeId(from), message }
}

fn sent(effects: &TestEffects) -> Vec<(u32, Message)> {
    let message = |effect: &Effect<Message, Timer, Output>| match effect {
        Effect::Send(to, message) => Some((to.0, message.clone())),
        _ => None,
    };
    effects.iter().filter_map(message).collect()
}

fn outputs(effects: &TestEffects) -> Vec<Output> {
    let output = |effect: &Effect<Message, Timer, Output>| match effect {
        Effect::Emit(output) => Some(*output),
        _ => None,
    };
    effects.iter().filter_map(output).collect()
}

/// The local times at which timers were set to fire.
fn woken_at(effects: &TestEffects) -> Vec<(i64, Timer)> {
    let wake = |effect: &Effect<Message, Timer, Output>| match effect {
        Effect::WakeAt(at, timer) => Some((at.0, *timer)),
        _ => None,
    };
    effects.iter().filter_map(wake).collect()
}

fn deadline() -> Input<TwoPhase> {
    Input::Timer(Timer::View(coordinator_view::Timer::Deadline))
}

/// A coordinating zone 0 that has located member 4 and begins round 1 at instant 0. Its deadline
/// timer fires at once.
fn asking(silent: Silent) -> (TwoPhase, TestEffects) {
    let mut first = machine(&FIRST, silent);
    handle(&mut first, &FIRST, 0, Input::Local(Located(Member(4))));
    let effects = handle(&mut first, &FIRST, 0, deadline());
    (first, effects)
}

fn prepare(round: u32, at: i64) -> Message {
    Message::Prepare { round, at: LocalTime(at) }
}

fn commit(round: u32, at: i64) -> Message {
    Message::Commit { round, at: LocalTime(at) }
}

#[test]
fn all_ready_is_a_go_which_is_sent_until_heard() {
    let (mut first, effects) = asking(Silent::StandDown);
    assert_eq!(sent(&effects), [(1, prepare(1, TIME)), (2, prepare(1, TIME))]);
    assert_eq!(woken_at(&effects), [(LIMIT, Timer::VoteDeadline(1))]);
    assert!(handle(&mut first, &FIRST, 10, message(1, Message::Prepared(1))).is_empty());
    // A duplicate is no second vote.
    assert!(handle(&mut first, &FIRST, 11, message(1, Message::Prepared(1))).is_empty());
    let again = handle(&mut first, &FIRST, 1_000, Input::Timer(Timer::Resend(LocalTime(1_000))));
    assert_eq!(sent(&again), [(2, prepare(1, TIME))]);
    let effects = handle(&mut first, &FIRST, 1_020, message(2, Message::Prepared(1)));
    assert_eq!(outputs(&effects), [Output::Decide(LocalTime(TIME))]);
    assert_eq!(sent(&effects), [(1, commit(1, TIME)), (2, commit(1, TIME))]);
    assert_eq!(woken_at(&effects), [(TIME, Timer::StrikeTime(1))]);
    handle(&mut first, &FIRST, 1_030, message(2, Message::DecisionAck(1)));
    let again = handle(&mut first, &FIRST, 2_020, Input::Timer(Timer::Resend(LocalTime(2_020))));
    assert_eq!(sent(&again), [(1, commit(1, TIME))]);
    // The decision is reported once, whatever arrives late or twice.
    for late in [message(2, Message::Prepared(1)), message(1, Message::VoteAbort(1)), deadline()] {
        assert!(handle(&mut first, &FIRST, 2_030, late).is_empty());
    }
    assert!(handle(&mut first, &FIRST, LIMIT, Input::Timer(Timer::VoteDeadline(1))).is_empty());
    let due = handle(&mut first, &FIRST, TIME, Input::Timer(Timer::StrikeTime(1)));
    assert_eq!(outputs(&due), [Output::Strike(Member(4))]);
}

#[test]
fn the_time_allows_for_two_round_trips() {
    let mut hub = machine(&HUB, Silent::StandDown);
    let echo = |sent| Message::View(coordinator_view::Message::Echo(LocalTime(sent)));
    handle(&mut hub, &HUB, 240, message(0, echo(0)));
    handle(&mut hub, &HUB, 12, message(1, echo(0)));
    let report = Message::View(coordinator_view::Message::Report(vec![Member(4)]));
    handle(&mut hub, &HUB, 500, message(0, report));
    let effects = handle(&mut hub, &HUB, 1_000, deadline());
    let at = 1_000 + 240 + 60_000 + 240 + 100 + 600_000;
    assert_eq!(sent(&effects), [(0, prepare(1, at)), (1, prepare(1, at))]);
    assert_eq!(woken_at(&effects)[0].0, 1_000 + 240 + 60_000);
}

#[test]
fn who_is_not_ready_in_time_aborts_and_a_new_round_follows() {
    let (mut first, _) = asking(Silent::StandDown);
    handle(&mut first, &FIRST, 10, message(1, Message::Prepared(1)));
    let effects = handle(&mut first, &FIRST, LIMIT, Input::Timer(Timer::VoteDeadline(1)));
    assert_eq!(sent(&effects), [(1, Message::Abort(1)), (2, Message::Abort(1))]);
    assert_eq!(woken_at(&effects), [(LIMIT + PAUSE, Timer::NextRound(1))]);
    // A vote for an aborted round is too late; a vote for a future round is ignored.
    assert!(handle(&mut first, &FIRST, LIMIT + 1, message(2, Message::Prepared(1))).is_empty());
    assert!(handle(&mut first, &FIRST, LIMIT + 1, message(2, Message::Prepared(2))).is_empty());
    let next = LIMIT + PAUSE;
    let effects = handle(&mut first, &FIRST, next, Input::Timer(Timer::NextRound(1)));
    assert_eq!(sent(&effects), [(1, prepare(2, next + TIME)), (2, prepare(2, next + TIME))]);
    handle(&mut first, &FIRST, next + 10, message(1, Message::Prepared(1)));
    handle(&mut first, &FIRST, next + 10, message(2, Message::Prepared(2)));
    let effects = handle(&mut first, &FIRST, next + 20, message(1, Message::Prepared(2)));
    assert_eq!(outputs(&effects), [Output::Decide(LocalTime(next + TIME))]);
}

#[test]
fn a_refusal_aborts_at_once_and_rounds_come_to_an_end() {
    let params =
        Params { give_up: GiveUp::After(NanoDuration::from_secs(601)), ..Params::default() };
    let mut first = TwoPhase::new(&params, &FIRST, NanoDuration::from_ms(1));
    handle(&mut first, &FIRST, 0, Input::Local(Located(Member(4))));
    handle(&mut first, &FIRST, 0, deadline());
    let effects = handle(&mut first, &FIRST, 10, message(1, Message::VoteAbort(1)));
    assert_eq!(woken_at(&effects), [(10 + PAUSE, Timer::NextRound(1))]);
    handle(&mut first, &FIRST, 10 + PAUSE, Input::Timer(Timer::NextRound(1)));
    let effects = handle(&mut first, &FIRST, 20 + PAUSE, message(1, Message::VoteAbort(2)));
    assert_eq!(sent(&effects).len(), 2);
    assert!(woken_at(&effects).is_empty(), "no third round: {effects:?}");
    let more = handle(&mut first, &FIRST, 30 + PAUSE, Input::Local(Located(Member(5))));
    assert!(more.is_empty(), "{more:?}");
}

#[test]
fn a_zone_strikes_only_on_a_go() {
    let mut zone = machine(&SECOND, Silent::StandDown);
    handle(&mut zone, &SECOND, 0, Input::Local(Located(Member(7))));
    let effects = handle(&mut zone, &SECOND, 10, message(0, prepare(1, 500)));
    assert_eq!(sent(&effects), [(0, Message::Prepared(1))]);
    assert!(
        woken_at(&effects).is_empty(),
        "without a decision there is nothing to do: {effects:?}"
    );
    assert_eq!(sent(&handle(&mut zone, &SECOND, 11, message(0, prepare(1, 500)))).len(), 1);
    let effects = handle(&mut zone, &SECOND, 20, message(0, commit(1, 500)));
    assert_eq!(sent(&effects), [(0, Message::DecisionAck(1))]);
    assert_eq!(woken_at(&effects), [(500, Timer::StrikeTime(1))]);
    // Late and duplicate messages change nothing and are answered.
    let twice = handle(&mut zone, &SECOND, 21, message(0, commit(1, 500)));
    assert_eq!((sent(&twice).len(), woken_at(&twice).len()), (1, 0));
    let due = || Input::Timer(Timer::StrikeTime(1));
    assert_eq!(outputs(&handle(&mut zone, &SECOND, 500, due())), [Output::Strike(Member(7))]);
    assert!(handle(&mut zone, &SECOND, 501, due()).is_empty());
    let late = handle(&mut zone, &SECOND, 600, Input::Local(Located(Member(8))));
    assert_eq!(outputs(&late), [Output::Strike(Member(8))]);
}

#[test]
fn a_go_that_is_late_is_carried_out_at_once() {
    let mut zone = machine(&SECOND, Silent::StandDown);
    handle(&mut zone, &SECOND, 0, Input::Local(Located(Member(7))));
    handle(&mut zone, &SECOND, 10, message(0, prepare(1, 500)));
    let effects = handle(&mut zone, &SECOND, 700, message(0, commit(1, 500)));
    assert_eq!(woken_at(&effects), [(500, Timer::StrikeTime(1))]);
    let effects = handle(&mut zone, &SECOND, 700, Input::Timer(Timer::StrikeTime(1)));
    assert_eq!(outputs(&effects), [Output::Strike(Member(7))]);
}

#[test]
fn in_silence_a_zone_goes_if_it_is_told_to_unless_it_heard_of_an_abort() {
    for (aborted, struck) in [(false, 1), (true, 0)] {
        let mut zone = machine(&SECOND, Silent::Go);
        handle(&mut zone, &SECOND, 0, Input::Local(Located(Member(7))));
        let effects = handle(&mut zone, &SECOND, 10, message(0, prepare(1, 500)));
        assert_eq!(woken_at(&effects), [(500, Timer::StrikeTime(1))]);
        if aborted {
            let effects = handle(&mut zone, &SECOND, 400, message(0, Message::Abort(1)));
            assert_eq!(sent(&effects), [(0, Message::DecisionAck(1))]);
        }
        let effects = handle(&mut zone, &SECOND, 500, Input::Timer(Timer::StrikeTime(1)));
        assert_eq!(outputs(&effects).len(), struck, "aborted: {aborted}");
        // An abort after that comes too late: the zone has struck.
        handle(&mut zone, &SECOND, 600, message(0, Message::Abort(1)));
        let late = handle(&mut zone, &SECOND, 700, Input::Local(Located(Member(8))));
        assert_eq!(outputs(&late).len(), struck);
    }
}

#[test]
fn a_time_that_is_past_is_refused_and_old_rounds_are_not_answered() {
    let mut zone = machine(&SECOND, Silent::Go);
    let past = handle(&mut zone, &SECOND, 500, message(0, prepare(1, 500)));
    assert_eq!(past, [Effect::Send(NodeId(0), Message::VoteAbort(1))]);
    handle(&mut zone, &SECOND, 600, message(0, prepare(3, 900)));
    assert!(handle(&mut zone, &SECOND, 610, message(0, prepare(2, 5_000))).is_empty());
    // An abort of an old round does not affect the vote of the new one.
    assert_eq!(sent(&handle(&mut zone, &SECOND, 620, message(0, Message::Abort(2)))).len(), 1);
    assert_eq!(
        woken_at(&handle(&mut zone, &SECOND, 625, Input::Restart)),
        [(900, Timer::StrikeTime(3))]
    );
    assert_eq!(
        sent(&handle(&mut zone, &SECOND, 630, message(0, prepare(3, 900)))),
        [(0, Message::Prepared(3))]
    );
    // A prepare that the abort of its round has overtaken.
    handle(&mut zone, &SECOND, 640, message(0, Message::Abort(4)));
    assert_eq!(
        sent(&handle(&mut zone, &SECOND, 650, message(0, prepare(4, 2_000)))),
        [(0, Message::VoteAbort(4))]
    );
    assert!(handle(&mut zone, &SECOND, 900, Input::Timer(Timer::StrikeTime(3))).is_empty());
}

#[test]
fn a_zone_keeps_its_vote_over_a_crash() {
    for (silent, struck) in [(Silent::StandDown, 0), (Silent::Go, 1)] {
        let mut zone = machine(&SECOND, silent);
        handle(&mut zone, &SECOND, 0, Input::Local(Located(Member(7))));
        handle(&mut zone, &SECOND, 10, message(0, prepare(1, 500)));
        let effects = handle(&mut zone, &SECOND, 100, Input::Restart);
        assert_eq!(woken_at(&effects).len(), struck, "{silent:?}");
        let effects = handle(&mut zone, &SECOND, 500, Input::Timer(Timer::StrikeTime(1)));
        assert_eq!(outputs(&effects).len(), struck, "{silent:?}");
        handle(&mut zone, &SECOND, 510, message(0, commit(1, 500)));
        assert_eq!(
            woken_at(&handle(&mut zone, &SECOND, 600, Input::Restart)),
            [(500, Timer::StrikeTime(1))]
        );
    }
}

#[test]
fn a_coordinator_that_was_down_takes_up_where_it_was() {
    // Before a round the coordinator keeps waiting. In a round it asks again, and aborts if it was
    // down for too long.
    let mut first = machine(&FIRST, Silent::StandDown);
    handle(&mut first, &FIRST, 1_000, Input::Local(Located(Member(4))));
    let quiet = LocalTime(1_000 + 3_600_000);
    let wait = (quiet.0, Timer::View(coordinator_view::Timer::Quiet(quiet)));
    assert!(woken_at(&handle(&mut first, &FIRST, 5_000, Input::Restart)).contains(&wait));
    for (now, calls) in [(LIMIT - 1, 2), (LIMIT + 9_000, 0)] {
        let (mut first, _) = asking(Silent::StandDown);
        let effects = handle(&mut first, &FIRST, now, Input::Restart);
        let questions = sent(&effects).iter().filter(|(_, c)| *c == prepare(1, TIME)).count();
        assert_eq!(questions, calls);
        assert!(woken_at(&effects).contains(&(LIMIT, Timer::VoteDeadline(1))));
        let effects =
            handle(&mut first, &FIRST, now.max(LIMIT), Input::Timer(Timer::VoteDeadline(1)));
        assert_eq!(sent(&effects), [(1, Message::Abort(1)), (2, Message::Abort(1))]);
        let again = *woken_at(&effects).first().unwrap();
        assert!(
            woken_at(&handle(&mut first, &FIRST, again.0 - 5, Input::Restart)).contains(&again)
        );
    }
    // After a commit it sends the commit again, and strikes itself.
    let (mut first, _) = asking(Silent::StandDown);
    handle(&mut first, &FIRST, 10, message(1, Message::Prepared(1)));
    handle(&mut first, &FIRST, 10, message(2, Message::Prepared(1)));
    handle(&mut first, &FIRST, 20, message(1, Message::DecisionAck(1)));
    let effects = handle(&mut first, &FIRST, 500, Input::Restart);
    assert_eq!(sent(&effects), [(2, commit(1, TIME))]);
    assert_eq!(woken_at(&effects), [(TIME, Timer::StrikeTime(1))]);
}

#[test]
fn a_report_of_a_zone_in_the_dark_is_answered_with_the_go() {
    let (mut first, _) = asking(Silent::StandDown);
    handle(&mut first, &FIRST, 10, message(1, Message::Prepared(1)));
    handle(&mut first, &FIRST, 10, message(2, Message::Prepared(1)));
    handle(&mut first, &FIRST, 20, message(1, Message::DecisionAck(1)));
    for (zone, calls) in [(1, 1), (2, 2)] {
        let report = Message::View(coordinator_view::Message::Report(vec![Member(9)]));
        let effects = sent(&handle(&mut first, &FIRST, TIME + 1, message(zone, report)));
        assert_eq!(effects.len(), calls, "{effects:?}");
        assert!(calls == 1 || effects[1] == (zone, commit(1, TIME)));
    }
}

#[test]
fn what_it_takes_must_leave_time_to_ask() {
    // Without any time the first zone cannot be prepared itself: it sends only the abort.
    let zero = NanoDuration::default();
    let none = Params { vote: zero, clock_bound: zero, margin: zero, ..Params::default() };
    let mut first = TwoPhase::new(&none, &FIRST, NanoDuration::from_ms(1));
    handle(&mut first, &FIRST, 0, Input::Local(Located(Member(4))));
    let effects = handle(&mut first, &FIRST, 0, deadline());
    assert_eq!(sent(&effects), [(1, Message::Abort(1)), (2, Message::Abort(1))]);
    let abort = Abort { round: 1, zone: NodeId(0), why: Objection::Refused };
    assert_eq!(outputs(&effects), [Output::Abort(abort)]);
}

#[test]
fn it_goes_on_asking_until_it_gives_up_and_says_who_was_silent() {
    let (mut first, _) = asking(Silent::StandDown);
    let mut now = 0;
    for round in 1..500 {
        now += LIMIT;
        handle(&mut first, &FIRST, now, message(1, Message::Prepared(round)));
        let effects = handle(&mut first, &FIRST, now, Input::Timer(Timer::VoteDeadline(round)));
        let abort = Abort { round, zone: NodeId(2), why: Objection::Silent };
        assert_eq!(outputs(&effects), [Output::Abort(abort)]);
        now += PAUSE;
        assert!(woken_at(&effects).contains(&(now, Timer::NextRound(round))), "{round}");
        handle(&mut first, &FIRST, now, Input::Timer(Timer::NextRound(round)));
    }
    // The second round would begin 660 s after the first.
    for (give_up, rounds) in [(659, 1), (660, 2)] {
        let give_up = GiveUp::After(NanoDuration::from_secs(give_up));
        let params = Params { give_up, ..Params::default() };
        let mut first = TwoPhase::new(&params, &FIRST, NanoDuration::from_ms(1));
        handle(&mut first, &FIRST, 0, Input::Local(Located(Member(4))));
        handle(&mut first, &FIRST, 0, deadline());
        let effects = handle(&mut first, &FIRST, LIMIT, Input::Timer(Timer::VoteDeadline(1)));
        let again = woken_at(&effects).iter().any(|(_, timer)| *timer == Timer::NextRound(1));
        assert_eq!(again, rounds == 2);
    }
}

#[test]
fn a_go_is_void_after_a_time() {
    let day = 12 * 3_600_000;
    for (late, struck) in [(day, 1), (day + 1, 0)] {
        let mut zone = machine(&SECOND, Silent::StandDown);
        handle(&mut zone, &SECOND, 10, message(0, prepare(1, 500)));
        handle(&mut zone, &SECOND, 20, message(0, commit(1, 500)));
        let effects = handle(&mut zone, &SECOND, 500 + late, Input::Local(Located(Member(7))));
        assert_eq!(outputs(&effects).len(), struck);
        let mut zone = machine(&SECOND, Silent::StandDown);
        handle(&mut zone, &SECOND, 5, Input::Local(Located(Member(7))));
        handle(&mut zone, &SECOND, 500 + late, message(0, commit(1, 500)));
        let effects = handle(&mut zone, &SECOND, 500 + late, Input::Timer(Timer::StrikeTime(1)));
        assert_eq!(outputs(&effects).len(), struck);
    }
}

#[test]
fn with_min_acknowledged_zones_strike_only_if_enough_have_the_commit() {
    let acknowledged = MinAcknowledged { min_acknowledged: 3 };
    let params = Params { acknowledged, ..Params::default() };
    let new = |view| TwoPhase::new(&params, view, NanoDuration::from_ms(1));
    // The coordinator is a zone and counts: it strikes once both others have acknowledged by the time.
    for (second_ack, strikes) in [(TIME, true), (TIME + 1, false)] {
        let mut first = new(&FIRST);
        handle(&mut first, &FIRST, 0, Input::Local(Located(Member(4))));
        handle(&mut first, &FIRST, 0, deadline());
        for zone in [1, 2] {
            handle(&mut first, &FIRST, 10, message(zone, Message::Prepared(1)));
        }
        let effects = handle(&mut first, &FIRST, 20, message(1, Message::DecisionAck(1)));
        assert_eq!(sent(&effects), []);
        let effects = handle(&mut first, &FIRST, second_ack, message(2, Message::DecisionAck(1)));
        let number = Message::Acknowledged { round: 1, at: LocalTime(TIME), zones: 3 };
        let expected = if strikes { vec![(1, number.clone()), (2, number)] } else { vec![] };
        assert_eq!(sent(&effects), expected);
        let due = handle(&mut first, &FIRST, second_ack, Input::Timer(Timer::StrikeTime(1)));
        assert_eq!(outputs(&due).len(), usize::from(strikes));
    }
    // The other zones: by the time, and the number serves as the commit.
    for (heard, strikes) in [(TIME, 1), (TIME + 1, 0)] {
        let mut second = new(&SECOND);
        handle(&mut second, &SECOND, 0, Input::Local(Located(Member(5))));
        handle(&mut second, &SECOND, 10, message(0, prepare(1, TIME)));
        let number = Message::Acknowledged { round: 1, at: LocalTime(TIME), zones: 3 };
        let effects = handle(&mut second, &SECOND, heard, message(0, number));
        assert_eq!(sent(&effects), [(0, Message::AcknowledgedAck(1))]);
        let due = handle(&mut second, &SECOND, heard, Input::Timer(Timer::StrikeTime(1)));
        assert_eq!(outputs(&due).len(), strikes);
    }
}
