//! Tests of `two-phase` by itself: an input goes in, effects come out.

use super::*;
use crate::id::Member;
use crate::protocol::coordination::coordinator_view;
use crate::protocol::coordination::{Abort, Objection, Output};
use crate::protocol::{Effect, OutOf};
use crate::rng::stream;
use crate::time::LocalTime;

mod twice;

type Seen = Vec<Effect<Message, Timer, Output>>;

/// Three zones and no hub: zone 0 coordinates.
const FIRST: NodeView = NodeView { me: NodeId(0), zones: 3, hub: None };
const SECOND: NodeView = NodeView { me: NodeId(1), ..FIRST };
/// Two zones and a hub.
const HUB: NodeView = NodeView { me: NodeId(2), zones: 2, hub: Some(NodeId(2)) };

/// Until all must be ready, and until the time, with no round trip seen.
const LIMIT: i64 = 60_000;
const TIME: i64 = LIMIT + 600_100;
const PAUSE: i64 = 600_000;

fn settings(silent: Silent) -> Params {
    Params { silent, ..Params::default() }
}

fn machine(site: &NodeView, silent: Silent) -> TwoPhase {
    TwoPhase::new(&settings(silent), site, NanoDuration::from_ms(1))
}

fn tell(machine: &mut TwoPhase, site: &NodeView, now: i64, input: Input<TwoPhase>) -> Seen {
    let mut seen = Seen::new();
    machine.handle(input, &mut OutOf::new(site, LocalTime(now), &mut stream(1, "t", 0), &mut seen));
    seen
}

fn message(from: u32, message: Message) -> Input<TwoPhase> {
    Input::Message { from: NodeId(from), message }
}

fn sent(seen: &Seen) -> Vec<(u32, Message)> {
    let call = |effect: &Effect<Message, Timer, Output>| match effect {
        Effect::Send(to, call) => Some((to.0, call.clone())),
        _ => None,
    };
    seen.iter().filter_map(call).collect()
}

fn deeds(seen: &Seen) -> Vec<Output> {
    let deed = |effect: &Effect<Message, Timer, Output>| match effect {
        Effect::Emit(deed) => Some(*deed),
        _ => None,
    };
    seen.iter().filter_map(deed).collect()
}

/// The timers asked for at an instant of the clock.
fn woken_at(seen: &Seen) -> Vec<(i64, Timer)> {
    let wake = |effect: &Effect<Message, Timer, Output>| match effect {
        Effect::WakeAt(at, alarm) => Some((at.0, *alarm)),
        _ => None,
    };
    seen.iter().filter_map(wake).collect()
}

fn deadline() -> Input<TwoPhase> {
    Input::Timer(Timer::View(coordinator_view::Timer::Deadline))
}

/// A coordinating zone 0 that has located member 4 and asks in round 1, from instant 0 of what
/// follows (its settings have no deadline but the one it is told of).
fn asking(silent: Silent) -> (TwoPhase, Seen) {
    let mut first = machine(&FIRST, silent);
    tell(&mut first, &FIRST, 0, Input::Local(Located(Member(4))));
    let seen = tell(&mut first, &FIRST, 0, deadline());
    (first, seen)
}

fn prepare(round: u32, at: i64) -> Message {
    Message::Prepare { round, at: LocalTime(at) }
}

fn go(round: u32, at: i64) -> Message {
    Message::Commit { round, at: LocalTime(at) }
}

#[test]
fn all_ready_is_a_go_which_is_sent_until_heard() {
    let (mut first, seen) = asking(Silent::StandDown);
    assert_eq!(sent(&seen), [(1, prepare(1, TIME)), (2, prepare(1, TIME))]);
    assert_eq!(woken_at(&seen), [(LIMIT, Timer::VoteDeadline(1))]);
    assert!(tell(&mut first, &FIRST, 10, message(1, Message::Prepared(1))).is_empty());
    // The same twice is no second vote.
    assert!(tell(&mut first, &FIRST, 11, message(1, Message::Prepared(1))).is_empty());
    let again = tell(&mut first, &FIRST, 1_000, Input::Timer(Timer::Resend(LocalTime(1_000))));
    assert_eq!(sent(&again), [(2, prepare(1, TIME))]);
    let seen = tell(&mut first, &FIRST, 1_020, message(2, Message::Prepared(1)));
    assert_eq!(deeds(&seen), [Output::Decide(LocalTime(TIME))]);
    assert_eq!(sent(&seen), [(1, go(1, TIME)), (2, go(1, TIME))]);
    assert_eq!(woken_at(&seen), [(TIME, Timer::StrikeTime(1))]);
    tell(&mut first, &FIRST, 1_030, message(2, Message::DecisionAck(1)));
    let again = tell(&mut first, &FIRST, 2_020, Input::Timer(Timer::Resend(LocalTime(2_020))));
    assert_eq!(sent(&again), [(1, go(1, TIME))]);
    // It is said once that it is decided, whatever comes late or twice.
    for late in [message(2, Message::Prepared(1)), message(1, Message::VoteAbort(1)), deadline()] {
        assert!(tell(&mut first, &FIRST, 2_030, late).is_empty());
    }
    assert!(tell(&mut first, &FIRST, LIMIT, Input::Timer(Timer::VoteDeadline(1))).is_empty());
    let due = tell(&mut first, &FIRST, TIME, Input::Timer(Timer::StrikeTime(1)));
    assert_eq!(deeds(&due), [Output::Strike(Member(4))]);
}

#[test]
fn the_time_allows_for_two_round_trips() {
    let mut hub = machine(&HUB, Silent::StandDown);
    let echo = |sent| Message::View(coordinator_view::Message::Echo(LocalTime(sent)));
    tell(&mut hub, &HUB, 240, message(0, echo(0)));
    tell(&mut hub, &HUB, 12, message(1, echo(0)));
    let report = Message::View(coordinator_view::Message::Report(vec![Member(4)]));
    tell(&mut hub, &HUB, 500, message(0, report));
    let seen = tell(&mut hub, &HUB, 1_000, deadline());
    let at = 1_000 + 240 + 60_000 + 240 + 100 + 600_000;
    assert_eq!(sent(&seen), [(0, prepare(1, at)), (1, prepare(1, at))]);
    assert_eq!(woken_at(&seen)[0].0, 1_000 + 240 + 60_000);
}

#[test]
fn who_is_not_ready_in_time_aborts_and_a_new_round_follows() {
    let (mut first, _) = asking(Silent::StandDown);
    tell(&mut first, &FIRST, 10, message(1, Message::Prepared(1)));
    let seen = tell(&mut first, &FIRST, LIMIT, Input::Timer(Timer::VoteDeadline(1)));
    assert_eq!(sent(&seen), [(1, Message::Abort(1)), (2, Message::Abort(1))]);
    assert_eq!(woken_at(&seen), [(LIMIT + PAUSE, Timer::NextRound(1))]);
    // A vote for what was aborted is too late, one for a round to come is none.
    assert!(tell(&mut first, &FIRST, LIMIT + 1, message(2, Message::Prepared(1))).is_empty());
    assert!(tell(&mut first, &FIRST, LIMIT + 1, message(2, Message::Prepared(2))).is_empty());
    let next = LIMIT + PAUSE;
    let seen = tell(&mut first, &FIRST, next, Input::Timer(Timer::NextRound(1)));
    assert_eq!(sent(&seen), [(1, prepare(2, next + TIME)), (2, prepare(2, next + TIME))]);
    tell(&mut first, &FIRST, next + 10, message(1, Message::Prepared(1)));
    tell(&mut first, &FIRST, next + 10, message(2, Message::Prepared(2)));
    let seen = tell(&mut first, &FIRST, next + 20, message(1, Message::Prepared(2)));
    assert_eq!(deeds(&seen), [Output::Decide(LocalTime(next + TIME))]);
}

#[test]
fn a_refusal_aborts_at_once_and_rounds_come_to_an_end() {
    let settings =
        Params { give_up: GiveUp::After(NanoDuration::from_secs(601)), ..Params::default() };
    let mut first = TwoPhase::new(&settings, &FIRST, NanoDuration::from_ms(1));
    tell(&mut first, &FIRST, 0, Input::Local(Located(Member(4))));
    tell(&mut first, &FIRST, 0, deadline());
    let seen = tell(&mut first, &FIRST, 10, message(1, Message::VoteAbort(1)));
    assert_eq!(woken_at(&seen), [(10 + PAUSE, Timer::NextRound(1))]);
    tell(&mut first, &FIRST, 10 + PAUSE, Input::Timer(Timer::NextRound(1)));
    let seen = tell(&mut first, &FIRST, 20 + PAUSE, message(1, Message::VoteAbort(2)));
    assert_eq!(sent(&seen).len(), 2);
    assert!(woken_at(&seen).is_empty(), "no third round: {seen:?}");
    let more = tell(&mut first, &FIRST, 30 + PAUSE, Input::Local(Located(Member(5))));
    assert!(more.is_empty(), "{more:?}");
}

#[test]
fn a_zone_strikes_only_on_a_go() {
    let mut zone = machine(&SECOND, Silent::StandDown);
    tell(&mut zone, &SECOND, 0, Input::Local(Located(Member(7))));
    let seen = tell(&mut zone, &SECOND, 10, message(0, prepare(1, 500)));
    assert_eq!(sent(&seen), [(0, Message::Prepared(1))]);
    assert!(woken_at(&seen).is_empty(), "in the dark there is nothing to do: {seen:?}");
    assert_eq!(sent(&tell(&mut zone, &SECOND, 11, message(0, prepare(1, 500)))).len(), 1);
    let seen = tell(&mut zone, &SECOND, 20, message(0, go(1, 500)));
    assert_eq!(sent(&seen), [(0, Message::DecisionAck(1))]);
    assert_eq!(woken_at(&seen), [(500, Timer::StrikeTime(1))]);
    // What comes twice or late changes nothing and is answered.
    let twice = tell(&mut zone, &SECOND, 21, message(0, go(1, 500)));
    assert_eq!((sent(&twice).len(), woken_at(&twice).len()), (1, 0));
    let due = || Input::Timer(Timer::StrikeTime(1));
    assert_eq!(deeds(&tell(&mut zone, &SECOND, 500, due())), [Output::Strike(Member(7))]);
    assert!(tell(&mut zone, &SECOND, 501, due()).is_empty());
    let late = tell(&mut zone, &SECOND, 600, Input::Local(Located(Member(8))));
    assert_eq!(deeds(&late), [Output::Strike(Member(8))]);
}

#[test]
fn a_go_that_is_late_is_carried_out_at_once() {
    let mut zone = machine(&SECOND, Silent::StandDown);
    tell(&mut zone, &SECOND, 0, Input::Local(Located(Member(7))));
    tell(&mut zone, &SECOND, 10, message(0, prepare(1, 500)));
    let seen = tell(&mut zone, &SECOND, 700, message(0, go(1, 500)));
    assert_eq!(woken_at(&seen), [(500, Timer::StrikeTime(1))]);
    let seen = tell(&mut zone, &SECOND, 700, Input::Timer(Timer::StrikeTime(1)));
    assert_eq!(deeds(&seen), [Output::Strike(Member(7))]);
}

#[test]
fn in_silence_a_zone_goes_if_it_is_told_to_unless_it_heard_of_an_abort() {
    for (aborted, struck) in [(false, 1), (true, 0)] {
        let mut zone = machine(&SECOND, Silent::Go);
        tell(&mut zone, &SECOND, 0, Input::Local(Located(Member(7))));
        let seen = tell(&mut zone, &SECOND, 10, message(0, prepare(1, 500)));
        assert_eq!(woken_at(&seen), [(500, Timer::StrikeTime(1))]);
        if aborted {
            let seen = tell(&mut zone, &SECOND, 400, message(0, Message::Abort(1)));
            assert_eq!(sent(&seen), [(0, Message::DecisionAck(1))]);
        }
        let seen = tell(&mut zone, &SECOND, 500, Input::Timer(Timer::StrikeTime(1)));
        assert_eq!(deeds(&seen).len(), struck, "aborted: {aborted}");
        // An abort after that comes too late: it has gone.
        tell(&mut zone, &SECOND, 600, message(0, Message::Abort(1)));
        let late = tell(&mut zone, &SECOND, 700, Input::Local(Located(Member(8))));
        assert_eq!(deeds(&late).len(), struck);
    }
}

#[test]
fn a_time_that_is_past_is_refused_and_old_rounds_are_not_answered() {
    let mut zone = machine(&SECOND, Silent::Go);
    let past = tell(&mut zone, &SECOND, 500, message(0, prepare(1, 500)));
    assert_eq!(past, [Effect::Send(NodeId(0), Message::VoteAbort(1))]);
    tell(&mut zone, &SECOND, 600, message(0, prepare(3, 900)));
    assert!(tell(&mut zone, &SECOND, 610, message(0, prepare(2, 5_000))).is_empty());
    // An abort of an old round does not affect the vote of the new one.
    assert_eq!(sent(&tell(&mut zone, &SECOND, 620, message(0, Message::Abort(2)))).len(), 1);
    assert_eq!(
        woken_at(&tell(&mut zone, &SECOND, 625, Input::Restart)),
        [(900, Timer::StrikeTime(3))]
    );
    assert_eq!(
        sent(&tell(&mut zone, &SECOND, 630, message(0, prepare(3, 900)))),
        [(0, Message::Prepared(3))]
    );
    // A question overtaken by the abort of its round.
    tell(&mut zone, &SECOND, 640, message(0, Message::Abort(4)));
    assert_eq!(
        sent(&tell(&mut zone, &SECOND, 650, message(0, prepare(4, 2_000)))),
        [(0, Message::VoteAbort(4))]
    );
    assert!(tell(&mut zone, &SECOND, 900, Input::Timer(Timer::StrikeTime(3))).is_empty());
}

#[test]
fn a_zone_keeps_its_vote_over_a_crash() {
    for (silent, struck) in [(Silent::StandDown, 0), (Silent::Go, 1)] {
        let mut zone = machine(&SECOND, silent);
        tell(&mut zone, &SECOND, 0, Input::Local(Located(Member(7))));
        tell(&mut zone, &SECOND, 10, message(0, prepare(1, 500)));
        let seen = tell(&mut zone, &SECOND, 100, Input::Restart);
        assert_eq!(woken_at(&seen).len(), struck, "{silent:?}");
        let seen = tell(&mut zone, &SECOND, 500, Input::Timer(Timer::StrikeTime(1)));
        assert_eq!(deeds(&seen).len(), struck, "{silent:?}");
        tell(&mut zone, &SECOND, 510, message(0, go(1, 500)));
        assert_eq!(
            woken_at(&tell(&mut zone, &SECOND, 600, Input::Restart)),
            [(500, Timer::StrikeTime(1))]
        );
    }
}

#[test]
fn a_coordinator_that_was_down_takes_up_where_it_was() {
    // Before a round: it waits on. In one: it asks again, and aborts if it was down for too long.
    let mut first = machine(&FIRST, Silent::StandDown);
    tell(&mut first, &FIRST, 1_000, Input::Local(Located(Member(4))));
    let quiet = LocalTime(1_000 + 3_600_000);
    let wait = (quiet.0, Timer::View(coordinator_view::Timer::Quiet(quiet)));
    assert!(woken_at(&tell(&mut first, &FIRST, 5_000, Input::Restart)).contains(&wait));
    for (now, calls) in [(LIMIT - 1, 2), (LIMIT + 9_000, 0)] {
        let (mut first, _) = asking(Silent::StandDown);
        let seen = tell(&mut first, &FIRST, now, Input::Restart);
        let questions = sent(&seen).iter().filter(|(_, c)| *c == prepare(1, TIME)).count();
        assert_eq!(questions, calls);
        assert!(woken_at(&seen).contains(&(LIMIT, Timer::VoteDeadline(1))));
        let seen = tell(&mut first, &FIRST, now.max(LIMIT), Input::Timer(Timer::VoteDeadline(1)));
        assert_eq!(sent(&seen), [(1, Message::Abort(1)), (2, Message::Abort(1))]);
        let again = *woken_at(&seen).first().unwrap();
        assert!(woken_at(&tell(&mut first, &FIRST, again.0 - 5, Input::Restart)).contains(&again));
    }
    // After a go: it says it again, and goes itself.
    let (mut first, _) = asking(Silent::StandDown);
    tell(&mut first, &FIRST, 10, message(1, Message::Prepared(1)));
    tell(&mut first, &FIRST, 10, message(2, Message::Prepared(1)));
    tell(&mut first, &FIRST, 20, message(1, Message::DecisionAck(1)));
    let seen = tell(&mut first, &FIRST, 500, Input::Restart);
    assert_eq!(sent(&seen), [(2, go(1, TIME))]);
    assert_eq!(woken_at(&seen), [(TIME, Timer::StrikeTime(1))]);
}

#[test]
fn a_report_of_a_zone_in_the_dark_is_answered_with_the_go() {
    let (mut first, _) = asking(Silent::StandDown);
    tell(&mut first, &FIRST, 10, message(1, Message::Prepared(1)));
    tell(&mut first, &FIRST, 10, message(2, Message::Prepared(1)));
    tell(&mut first, &FIRST, 20, message(1, Message::DecisionAck(1)));
    for (zone, calls) in [(1, 1), (2, 2)] {
        let report = Message::View(coordinator_view::Message::Report(vec![Member(9)]));
        let seen = sent(&tell(&mut first, &FIRST, TIME + 1, message(zone, report)));
        assert_eq!(seen.len(), calls, "{seen:?}");
        assert!(calls == 1 || seen[1] == (zone, go(1, TIME)));
    }
}

#[test]
fn what_it_takes_must_leave_time_to_ask() {
    // With no time for anything the first zone cannot be ready itself: no word but the abort.
    let zero = NanoDuration::default();
    let none = Params { vote: zero, clock_bound: zero, margin: zero, ..Params::default() };
    let mut first = TwoPhase::new(&none, &FIRST, NanoDuration::from_ms(1));
    tell(&mut first, &FIRST, 0, Input::Local(Located(Member(4))));
    let seen = tell(&mut first, &FIRST, 0, deadline());
    assert_eq!(sent(&seen), [(1, Message::Abort(1)), (2, Message::Abort(1))]);
    let abort = Abort { round: 1, zone: NodeId(0), why: Objection::Refused };
    assert_eq!(deeds(&seen), [Output::Abort(abort)]);
}

#[test]
fn it_goes_on_asking_until_it_gives_up_and_says_who_was_silent() {
    let (mut first, _) = asking(Silent::StandDown);
    let mut now = 0;
    for round in 1..500 {
        now += LIMIT;
        tell(&mut first, &FIRST, now, message(1, Message::Prepared(round)));
        let seen = tell(&mut first, &FIRST, now, Input::Timer(Timer::VoteDeadline(round)));
        let abort = Abort { round, zone: NodeId(2), why: Objection::Silent };
        assert_eq!(deeds(&seen), [Output::Abort(abort)]);
        now += PAUSE;
        assert!(woken_at(&seen).contains(&(now, Timer::NextRound(round))), "{round}");
        tell(&mut first, &FIRST, now, Input::Timer(Timer::NextRound(round)));
    }
    // The second round would begin 660 s after the first.
    for (give_up, rounds) in [(659, 1), (660, 2)] {
        let give_up = GiveUp::After(NanoDuration::from_secs(give_up));
        let settings = Params { give_up, ..Params::default() };
        let mut first = TwoPhase::new(&settings, &FIRST, NanoDuration::from_ms(1));
        tell(&mut first, &FIRST, 0, Input::Local(Located(Member(4))));
        tell(&mut first, &FIRST, 0, deadline());
        let seen = tell(&mut first, &FIRST, LIMIT, Input::Timer(Timer::VoteDeadline(1)));
        let again = woken_at(&seen).iter().any(|(_, alarm)| *alarm == Timer::NextRound(1));
        assert_eq!(again, rounds == 2);
    }
}

#[test]
fn a_go_is_void_after_a_time() {
    let day = 12 * 3_600_000;
    for (late, struck) in [(day, 1), (day + 1, 0)] {
        let mut zone = machine(&SECOND, Silent::StandDown);
        tell(&mut zone, &SECOND, 10, message(0, prepare(1, 500)));
        tell(&mut zone, &SECOND, 20, message(0, go(1, 500)));
        let seen = tell(&mut zone, &SECOND, 500 + late, Input::Local(Located(Member(7))));
        assert_eq!(deeds(&seen).len(), struck);
        let mut zone = machine(&SECOND, Silent::StandDown);
        tell(&mut zone, &SECOND, 5, Input::Local(Located(Member(7))));
        tell(&mut zone, &SECOND, 500 + late, message(0, go(1, 500)));
        let seen = tell(&mut zone, &SECOND, 500 + late, Input::Timer(Timer::StrikeTime(1)));
        assert_eq!(deeds(&seen).len(), struck);
    }
}
