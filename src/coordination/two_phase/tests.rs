//! Tests of `two-phase` by itself: an input goes in, effects come out.

use super::*;
use crate::chance::stream;
use crate::coordination::{Abort, Deed, Objection};
use crate::id::Member;
use crate::seam::{Effect, Port};

mod twice;

type Seen = Vec<Effect<Call, Alarm, Deed>>;

/// Three zones and no hub: zone 0 co-ordinates.
const FIRST: Site = Site { me: NodeId(0), zones: 3, hub: None };
const SECOND: Site = Site { me: NodeId(1), ..FIRST };
/// Two zones and a hub.
const HUB: Site = Site { me: NodeId(2), zones: 2, hub: Some(NodeId(2)) };

/// Until all must be ready, and until the time, with no round trip seen.
const LIMIT: i64 = 60_000;
const TIME: i64 = LIMIT + 600_100;
const PAUSE: i64 = 600_000;

fn settings(silent: Silent) -> Settings {
    Settings { silent, ..Settings::default() }
}

fn machine(site: &Site, silent: Silent) -> TwoPhase {
    TwoPhase::new(&settings(silent), site, Length::from_ms(1))
}

fn tell(machine: &mut TwoPhase, site: &Site, now: i64, input: Input<TwoPhase>) -> Seen {
    let mut seen = Seen::new();
    machine.handle(input, &mut Port::new(site, Local(now), &mut stream(1, "t", 0), &mut seen));
    seen
}

fn message(from: u32, message: Call) -> Input<TwoPhase> {
    Input::Message { from: NodeId(from), message }
}

fn sent(seen: &Seen) -> Vec<(u32, Call)> {
    let call = |effect: &Effect<Call, Alarm, Deed>| match effect {
        Effect::Send(to, call) => Some((to.0, call.clone())),
        _ => None,
    };
    seen.iter().filter_map(call).collect()
}

fn deeds(seen: &Seen) -> Vec<Deed> {
    let deed = |effect: &Effect<Call, Alarm, Deed>| match effect {
        Effect::Act(deed) => Some(*deed),
        _ => None,
    };
    seen.iter().filter_map(deed).collect()
}

/// The timers asked for at an instant of the clock.
fn woken_at(seen: &Seen) -> Vec<(i64, Alarm)> {
    let wake = |effect: &Effect<Call, Alarm, Deed>| match effect {
        Effect::WakeAt(at, alarm) => Some((at.0, *alarm)),
        _ => None,
    };
    seen.iter().filter_map(wake).collect()
}

fn deadline() -> Input<TwoPhase> {
    Input::Timer(Alarm::Picture(picture::Alarm::Deadline))
}

/// A coordinating zone 0 that has located member 4 and asks in round 1, from instant 0 of what
/// follows (its settings have no deadline but the one it is told of).
fn asking(silent: Silent) -> (TwoPhase, Seen) {
    let mut first = machine(&FIRST, silent);
    tell(&mut first, &FIRST, 0, Input::Located(Member(4)));
    let seen = tell(&mut first, &FIRST, 0, deadline());
    (first, seen)
}

fn prepare(round: u32, at: i64) -> Call {
    Call::Prepare { round, at: Local(at) }
}

fn go(round: u32, at: i64) -> Call {
    Call::Go { round, at: Local(at) }
}

#[test]
fn all_ready_is_a_go_which_is_sent_until_heard() {
    let (mut first, seen) = asking(Silent::StandDown);
    assert_eq!(sent(&seen), [(1, prepare(1, TIME)), (2, prepare(1, TIME))]);
    assert_eq!(woken_at(&seen), [(LIMIT, Alarm::Limit(1))]);
    assert!(tell(&mut first, &FIRST, 10, message(1, Call::Ready(1))).is_empty());
    // The same twice is no second vote.
    assert!(tell(&mut first, &FIRST, 11, message(1, Call::Ready(1))).is_empty());
    let again = tell(&mut first, &FIRST, 1_000, Input::Timer(Alarm::Resend(Local(1_000))));
    assert_eq!(sent(&again), [(2, prepare(1, TIME))]);
    let seen = tell(&mut first, &FIRST, 1_020, message(2, Call::Ready(1)));
    assert_eq!(deeds(&seen), [Deed::Decide(Local(TIME))]);
    assert_eq!(sent(&seen), [(1, go(1, TIME)), (2, go(1, TIME))]);
    assert_eq!(woken_at(&seen), [(TIME, Alarm::Due(1))]);
    tell(&mut first, &FIRST, 1_030, message(2, Call::Heard(1)));
    let again = tell(&mut first, &FIRST, 2_020, Input::Timer(Alarm::Resend(Local(2_020))));
    assert_eq!(sent(&again), [(1, go(1, TIME))]);
    // It is said once that it is decided, whatever comes late or twice.
    for late in [message(2, Call::Ready(1)), message(1, Call::Refuse(1)), deadline()] {
        assert!(tell(&mut first, &FIRST, 2_030, late).is_empty());
    }
    assert!(tell(&mut first, &FIRST, LIMIT, Input::Timer(Alarm::Limit(1))).is_empty());
    let due = tell(&mut first, &FIRST, TIME, Input::Timer(Alarm::Due(1)));
    assert_eq!(deeds(&due), [Deed::Strike(Member(4))]);
}

#[test]
fn the_time_allows_for_two_round_trips() {
    let mut hub = machine(&HUB, Silent::StandDown);
    let echo = |sent| Call::Picture(Talk::Echo(Local(sent)));
    tell(&mut hub, &HUB, 240, message(0, echo(0)));
    tell(&mut hub, &HUB, 12, message(1, echo(0)));
    let report = Call::Picture(Talk::Report(vec![Member(4)]));
    tell(&mut hub, &HUB, 500, message(0, report));
    let seen = tell(&mut hub, &HUB, 1_000, deadline());
    let at = 1_000 + 240 + 60_000 + 240 + 100 + 600_000;
    assert_eq!(sent(&seen), [(0, prepare(1, at)), (1, prepare(1, at))]);
    assert_eq!(woken_at(&seen)[0].0, 1_000 + 240 + 60_000);
}

#[test]
fn who_is_not_ready_in_time_aborts_and_a_new_round_follows() {
    let (mut first, _) = asking(Silent::StandDown);
    tell(&mut first, &FIRST, 10, message(1, Call::Ready(1)));
    let seen = tell(&mut first, &FIRST, LIMIT, Input::Timer(Alarm::Limit(1)));
    assert_eq!(sent(&seen), [(1, Call::Abort(1)), (2, Call::Abort(1))]);
    assert_eq!(woken_at(&seen), [(LIMIT + PAUSE, Alarm::Again(1))]);
    // A vote for what was aborted is too late, one for a round to come is none.
    assert!(tell(&mut first, &FIRST, LIMIT + 1, message(2, Call::Ready(1))).is_empty());
    assert!(tell(&mut first, &FIRST, LIMIT + 1, message(2, Call::Ready(2))).is_empty());
    let next = LIMIT + PAUSE;
    let seen = tell(&mut first, &FIRST, next, Input::Timer(Alarm::Again(1)));
    assert_eq!(sent(&seen), [(1, prepare(2, next + TIME)), (2, prepare(2, next + TIME))]);
    tell(&mut first, &FIRST, next + 10, message(1, Call::Ready(1)));
    tell(&mut first, &FIRST, next + 10, message(2, Call::Ready(2)));
    let seen = tell(&mut first, &FIRST, next + 20, message(1, Call::Ready(2)));
    assert_eq!(deeds(&seen), [Deed::Decide(Local(next + TIME))]);
}

#[test]
fn a_refusal_aborts_at_once_and_rounds_come_to_an_end() {
    let settings =
        Settings { give_up: GiveUp::After(Length::from_secs(601)), ..Settings::default() };
    let mut first = TwoPhase::new(&settings, &FIRST, Length::from_ms(1));
    tell(&mut first, &FIRST, 0, Input::Located(Member(4)));
    tell(&mut first, &FIRST, 0, deadline());
    let seen = tell(&mut first, &FIRST, 10, message(1, Call::Refuse(1)));
    assert_eq!(woken_at(&seen), [(10 + PAUSE, Alarm::Again(1))]);
    tell(&mut first, &FIRST, 10 + PAUSE, Input::Timer(Alarm::Again(1)));
    let seen = tell(&mut first, &FIRST, 20 + PAUSE, message(1, Call::Refuse(2)));
    assert_eq!(sent(&seen).len(), 2);
    assert!(woken_at(&seen).is_empty(), "no third round: {seen:?}");
    let more = tell(&mut first, &FIRST, 30 + PAUSE, Input::Located(Member(5)));
    assert!(more.is_empty(), "{more:?}");
}

#[test]
fn a_zone_strikes_only_on_a_go() {
    let mut zone = machine(&SECOND, Silent::StandDown);
    tell(&mut zone, &SECOND, 0, Input::Located(Member(7)));
    let seen = tell(&mut zone, &SECOND, 10, message(0, prepare(1, 500)));
    assert_eq!(sent(&seen), [(0, Call::Ready(1))]);
    assert!(woken_at(&seen).is_empty(), "in the dark there is nothing to do: {seen:?}");
    assert_eq!(sent(&tell(&mut zone, &SECOND, 11, message(0, prepare(1, 500)))).len(), 1);
    let seen = tell(&mut zone, &SECOND, 20, message(0, go(1, 500)));
    assert_eq!(sent(&seen), [(0, Call::Heard(1))]);
    assert_eq!(woken_at(&seen), [(500, Alarm::Due(1))]);
    // What comes twice or late changes nothing and is answered.
    let twice = tell(&mut zone, &SECOND, 21, message(0, go(1, 500)));
    assert_eq!((sent(&twice).len(), woken_at(&twice).len()), (1, 0));
    let due = || Input::Timer(Alarm::Due(1));
    assert_eq!(deeds(&tell(&mut zone, &SECOND, 500, due())), [Deed::Strike(Member(7))]);
    assert!(tell(&mut zone, &SECOND, 501, due()).is_empty());
    let late = tell(&mut zone, &SECOND, 600, Input::Located(Member(8)));
    assert_eq!(deeds(&late), [Deed::Strike(Member(8))]);
}

#[test]
fn a_go_that_is_late_is_carried_out_at_once() {
    let mut zone = machine(&SECOND, Silent::StandDown);
    tell(&mut zone, &SECOND, 0, Input::Located(Member(7)));
    tell(&mut zone, &SECOND, 10, message(0, prepare(1, 500)));
    let seen = tell(&mut zone, &SECOND, 700, message(0, go(1, 500)));
    assert_eq!(woken_at(&seen), [(500, Alarm::Due(1))]);
    let seen = tell(&mut zone, &SECOND, 700, Input::Timer(Alarm::Due(1)));
    assert_eq!(deeds(&seen), [Deed::Strike(Member(7))]);
}

#[test]
fn in_silence_a_zone_goes_if_it_is_told_to_unless_it_heard_of_an_abort() {
    for (aborted, struck) in [(false, 1), (true, 0)] {
        let mut zone = machine(&SECOND, Silent::Go);
        tell(&mut zone, &SECOND, 0, Input::Located(Member(7)));
        let seen = tell(&mut zone, &SECOND, 10, message(0, prepare(1, 500)));
        assert_eq!(woken_at(&seen), [(500, Alarm::Due(1))]);
        if aborted {
            let seen = tell(&mut zone, &SECOND, 400, message(0, Call::Abort(1)));
            assert_eq!(sent(&seen), [(0, Call::Heard(1))]);
        }
        let seen = tell(&mut zone, &SECOND, 500, Input::Timer(Alarm::Due(1)));
        assert_eq!(deeds(&seen).len(), struck, "aborted: {aborted}");
        // An abort after that comes too late: it has gone.
        tell(&mut zone, &SECOND, 600, message(0, Call::Abort(1)));
        let late = tell(&mut zone, &SECOND, 700, Input::Located(Member(8)));
        assert_eq!(deeds(&late).len(), struck);
    }
}

#[test]
fn a_time_that_is_past_is_refused_and_old_rounds_are_not_answered() {
    let mut zone = machine(&SECOND, Silent::Go);
    let past = tell(&mut zone, &SECOND, 500, message(0, prepare(1, 500)));
    assert_eq!(past, [Effect::Send(NodeId(0), Call::Refuse(1))]);
    tell(&mut zone, &SECOND, 600, message(0, prepare(3, 900)));
    assert!(tell(&mut zone, &SECOND, 610, message(0, prepare(2, 5_000))).is_empty());
    // An abort of an old round does not touch the promise of the new one.
    assert_eq!(sent(&tell(&mut zone, &SECOND, 620, message(0, Call::Abort(2)))).len(), 1);
    assert_eq!(woken_at(&tell(&mut zone, &SECOND, 625, Input::Restart)), [(900, Alarm::Due(3))]);
    assert_eq!(
        sent(&tell(&mut zone, &SECOND, 630, message(0, prepare(3, 900)))),
        [(0, Call::Ready(3))]
    );
    // A question overtaken by the abort of its round.
    tell(&mut zone, &SECOND, 640, message(0, Call::Abort(4)));
    assert_eq!(
        sent(&tell(&mut zone, &SECOND, 650, message(0, prepare(4, 2_000)))),
        [(0, Call::Refuse(4))]
    );
    assert!(tell(&mut zone, &SECOND, 900, Input::Timer(Alarm::Due(3))).is_empty());
}

#[test]
fn a_zone_keeps_its_promise_over_a_crash() {
    for (silent, struck) in [(Silent::StandDown, 0), (Silent::Go, 1)] {
        let mut zone = machine(&SECOND, silent);
        tell(&mut zone, &SECOND, 0, Input::Located(Member(7)));
        tell(&mut zone, &SECOND, 10, message(0, prepare(1, 500)));
        let seen = tell(&mut zone, &SECOND, 100, Input::Restart);
        assert_eq!(woken_at(&seen).len(), struck, "{silent:?}");
        let seen = tell(&mut zone, &SECOND, 500, Input::Timer(Alarm::Due(1)));
        assert_eq!(deeds(&seen).len(), struck, "{silent:?}");
        tell(&mut zone, &SECOND, 510, message(0, go(1, 500)));
        assert_eq!(
            woken_at(&tell(&mut zone, &SECOND, 600, Input::Restart)),
            [(500, Alarm::Due(1))]
        );
    }
}

#[test]
fn a_coordinator_that_was_down_takes_up_where_it_was() {
    // Before a round: it waits on. In one: it asks again, and aborts if it was down for too long.
    let mut first = machine(&FIRST, Silent::StandDown);
    tell(&mut first, &FIRST, 1_000, Input::Located(Member(4)));
    let quiet = Local(1_000 + 3_600_000);
    let wait = (quiet.0, Alarm::Picture(picture::Alarm::Quiet(quiet)));
    assert!(woken_at(&tell(&mut first, &FIRST, 5_000, Input::Restart)).contains(&wait));
    for (now, calls) in [(LIMIT - 1, 2), (LIMIT + 9_000, 0)] {
        let (mut first, _) = asking(Silent::StandDown);
        let seen = tell(&mut first, &FIRST, now, Input::Restart);
        let questions = sent(&seen).iter().filter(|(_, c)| *c == prepare(1, TIME)).count();
        assert_eq!(questions, calls);
        assert!(woken_at(&seen).contains(&(LIMIT, Alarm::Limit(1))));
        let seen = tell(&mut first, &FIRST, now.max(LIMIT), Input::Timer(Alarm::Limit(1)));
        assert_eq!(sent(&seen), [(1, Call::Abort(1)), (2, Call::Abort(1))]);
        let again = *woken_at(&seen).first().unwrap();
        assert!(woken_at(&tell(&mut first, &FIRST, again.0 - 5, Input::Restart)).contains(&again));
    }
    // After a go: it says it again, and goes itself.
    let (mut first, _) = asking(Silent::StandDown);
    tell(&mut first, &FIRST, 10, message(1, Call::Ready(1)));
    tell(&mut first, &FIRST, 10, message(2, Call::Ready(1)));
    tell(&mut first, &FIRST, 20, message(1, Call::Heard(1)));
    let seen = tell(&mut first, &FIRST, 500, Input::Restart);
    assert_eq!(sent(&seen), [(2, go(1, TIME))]);
    assert_eq!(woken_at(&seen), [(TIME, Alarm::Due(1))]);
}

#[test]
fn a_report_of_a_zone_in_the_dark_is_answered_with_the_go() {
    let (mut first, _) = asking(Silent::StandDown);
    tell(&mut first, &FIRST, 10, message(1, Call::Ready(1)));
    tell(&mut first, &FIRST, 10, message(2, Call::Ready(1)));
    tell(&mut first, &FIRST, 20, message(1, Call::Heard(1)));
    for (zone, calls) in [(1, 1), (2, 2)] {
        let report = Call::Picture(Talk::Report(vec![Member(9)]));
        let seen = sent(&tell(&mut first, &FIRST, TIME + 1, message(zone, report)));
        assert_eq!(seen.len(), calls, "{seen:?}");
        assert!(calls == 1 || seen[1] == (zone, go(1, TIME)));
    }
}

#[test]
fn what_it_takes_must_leave_time_to_ask() {
    // With no time for anything the first zone cannot be ready itself: no word but the abort.
    let zero = Length::default();
    let none = Settings { vote: zero, clock_bound: zero, margin: zero, ..Settings::default() };
    let mut first = TwoPhase::new(&none, &FIRST, Length::from_ms(1));
    tell(&mut first, &FIRST, 0, Input::Located(Member(4)));
    let seen = tell(&mut first, &FIRST, 0, deadline());
    assert_eq!(sent(&seen), [(1, Call::Abort(1)), (2, Call::Abort(1))]);
    let abort = Abort { round: 1, zone: NodeId(0), why: Objection::Refused };
    assert_eq!(deeds(&seen), [Deed::Abort(abort)]);
}

#[test]
fn it_goes_on_asking_until_it_gives_up_and_says_who_was_silent() {
    let (mut first, _) = asking(Silent::StandDown);
    let mut now = 0;
    for round in 1..500 {
        now += LIMIT;
        tell(&mut first, &FIRST, now, message(1, Call::Ready(round)));
        let seen = tell(&mut first, &FIRST, now, Input::Timer(Alarm::Limit(round)));
        let abort = Abort { round, zone: NodeId(2), why: Objection::Silent };
        assert_eq!(deeds(&seen), [Deed::Abort(abort)]);
        now += PAUSE;
        assert!(woken_at(&seen).contains(&(now, Alarm::Again(round))), "{round}");
        tell(&mut first, &FIRST, now, Input::Timer(Alarm::Again(round)));
    }
    // The second round would begin 660 s after the first.
    for (give_up, rounds) in [(659, 1), (660, 2)] {
        let give_up = GiveUp::After(Length::from_secs(give_up));
        let settings = Settings { give_up, ..Settings::default() };
        let mut first = TwoPhase::new(&settings, &FIRST, Length::from_ms(1));
        tell(&mut first, &FIRST, 0, Input::Located(Member(4)));
        tell(&mut first, &FIRST, 0, deadline());
        let seen = tell(&mut first, &FIRST, LIMIT, Input::Timer(Alarm::Limit(1)));
        let again = woken_at(&seen).iter().any(|(_, alarm)| *alarm == Alarm::Again(1));
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
        let seen = tell(&mut zone, &SECOND, 500 + late, Input::Located(Member(7)));
        assert_eq!(deeds(&seen).len(), struck);
        let mut zone = machine(&SECOND, Silent::StandDown);
        tell(&mut zone, &SECOND, 5, Input::Located(Member(7)));
        tell(&mut zone, &SECOND, 500 + late, message(0, go(1, 500)));
        let seen = tell(&mut zone, &SECOND, 500 + late, Input::Timer(Alarm::Due(1)));
        assert_eq!(deeds(&seen).len(), struck);
    }
}
