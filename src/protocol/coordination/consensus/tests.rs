//! Tests of `consensus` by itself: an input goes in, effects come out. A tick is 1 ms.

use super::*;
use crate::id::Member;
use crate::protocol::Effect;
use crate::protocol::OutOf;
use crate::protocol::coordination::coordinator_view::Message::{Report, ReportAck};
use crate::protocol::raft::{Content, Entry, Position};
use crate::rng::stream;

type TestEffects = Vec<Effect<Message, Timer, Output>>;
const ZONE: NodeView = NodeView { me: NodeId(1), zones: 3, hub: None, deputy: None };

fn machine() -> Consensus {
    Consensus::new(&Params::default(), &ZONE, NanoDuration::from_ms(1))
}

fn handle_at(
    zone: &mut Consensus,
    view: &NodeView,
    now: i64,
    input: Input<Consensus>,
) -> TestEffects {
    let mut effects = TestEffects::new();
    let rng = &mut stream(1, "t", 0);
    zone.handle(input, &mut OutOf::new(view, LocalTime(now), rng, &mut effects));
    effects
}

fn handle(zone: &mut Consensus, now: i64, input: Input<Consensus>) -> TestEffects {
    handle_at(zone, &ZONE, now, input)
}

/// A heartbeat of zone 0 in a term, with entries after the first `before` ones, which are of term 1.
fn append(term: u64, before: u64, times: &[i64], commit: u64) -> Input<Consensus> {
    let entries = times.iter().map(|&at| Entry { term: 1, command: Some(LocalTime(at)) }).collect();
    let previous = Position { term: u64::from(before > 0), index: before };
    let content = Content::AppendEntries { previous, entries, commit };
    let message = Message::Raft(raft::Message { term, content });
    Input::Message { from: NodeId(0), message }
}

fn view_message(term: u64, message: coordinator_view::Message) -> Input<Consensus> {
    Input::Message { from: NodeId(0), message: Message::View { term, message } }
}

fn locate(member: u32) -> Input<Consensus> {
    Input::Local(Located(Member(member)))
}

/// The reports among effects: the term and the members.
fn reports(effects: &TestEffects) -> Vec<(u64, Vec<Member>)> {
    let report = |effect: &Effect<Message, Timer, Output>| match effect {
        Effect::Send(NodeId(0), Message::View { term, message: Report(members) }) => {
            Some((*term, members.clone()))
        }
        _ => None,
    };
    effects.iter().filter_map(report).collect()
}

fn outputs(effects: &TestEffects) -> Vec<Output> {
    let output = |effect: &Effect<Message, Timer, Output>| match effect {
        Effect::Emit(output) => Some(*output),
        _ => None,
    };
    effects.iter().filter_map(output).collect()
}

/// The timers of reports that were set.
fn report_timers(effects: &TestEffects) -> Vec<Timer> {
    let timer = |effect: &Effect<Message, Timer, Output>| match *effect {
        Effect::WakeAfter(_, timer @ Timer::View { .. }) => Some(timer),
        _ => None,
    };
    effects.iter().filter_map(timer).collect()
}

#[test]
fn every_member_is_reported_to_each_leader_until_it_acknowledges() {
    let (three, four) = (vec![Member(3)], vec![Member(3), Member(4)]);
    let mut zone = machine();
    handle(&mut zone, 0, Input::Start);
    assert!(reports(&handle(&mut zone, 10, locate(3))).is_empty(), "there is no leader");
    let first = handle(&mut zone, 20, append(1, 0, &[], 0));
    assert_eq!(reports(&first), [(1, three.clone())]);
    assert_eq!(reports(&handle(&mut zone, 30, append(1, 0, &[], 0))), [], "the same leader");
    handle(&mut zone, 40, view_message(1, ReportAck(three)));
    assert_eq!(reports(&handle(&mut zone, 50, locate(4))), [(1, vec![Member(4)])]);
    // The same zone leads in another term and knows nothing of what it knew before.
    let second = handle(&mut zone, 60, append(2, 0, &[], 0));
    assert_eq!(reports(&second), [(2, four.clone())]);
    handle(&mut zone, 70, view_message(1, ReportAck(four.clone())));
    let [old, new] = [&first, &second].map(|effects| Input::Timer(report_timers(effects)[0]));
    assert_eq!(reports(&handle(&mut zone, 1_020, old)), [], "a timer of an earlier term");
    let again = handle(&mut zone, 1_060, new);
    assert_eq!(reports(&again), [(2, four.clone())], "the acknowledgement was of an earlier term");
    handle(&mut zone, 1_070, view_message(2, ReportAck(four)));
    let timer = Input::Timer(report_timers(&again)[0]);
    assert_eq!(reports(&handle(&mut zone, 3_060, timer)), []);
}

#[test]
fn the_first_committed_time_counts_and_survives_a_loss_of_memory() {
    let mut zone = machine();
    handle(&mut zone, 0, Input::Start);
    handle(&mut zone, 5, locate(3));
    assert_eq!(outputs(&handle(&mut zone, 10, append(1, 0, &[500], 0))), [], "a proposal");
    let decided = handle(&mut zone, 20, append(1, 1, &[900], 2));
    assert_eq!(outputs(&decided), [Output::Decide(LocalTime(500))]);
    assert!(decided.contains(&Effect::WakeAt(LocalTime(500), Timer::StrikeTime)));
    let lost = std::mem::replace(&mut zone, machine());
    zone.recover(lost);
    let restart = handle(&mut zone, 100, Input::Restart);
    assert!(restart.contains(&Effect::WakeAt(LocalTime(500), Timer::StrikeTime)));
    let again = handle(&mut zone, 110, append(2, 2, &[], 2));
    assert_eq!(outputs(&again), [], "it was decided before");
    assert_eq!(reports(&again), [], "it is decided");
    // The clock was set back: it waits again.
    let early = handle(&mut zone, 499, Input::Timer(Timer::StrikeTime));
    assert_eq!(early, [Effect::WakeAt(LocalTime(500), Timer::StrikeTime)]);
    let struck = handle(&mut zone, 500, Input::Timer(Timer::StrikeTime));
    assert_eq!(outputs(&struck), [Output::Strike(Member(3))]);
    let valid_for = 12 * 3_600_000;
    let late = handle(&mut zone, 500 + valid_for, locate(4));
    assert_eq!(outputs(&late), [Output::Strike(Member(4))]);
    assert_eq!(outputs(&handle(&mut zone, 501 + valid_for, locate(5))), []);
}

#[test]
fn a_zone_alone_decides_for_itself() {
    let alone = NodeView { me: NodeId(0), zones: 1, hub: None, deputy: None };
    let mut zone = machine();
    let timers = handle_at(&mut zone, &alone, 0, Input::Start);
    let [Effect::WakeAfter(_, timeout)] = timers[..] else { panic!("{timers:?}") };
    let elected = handle_at(&mut zone, &alone, 200_000, Input::Timer(timeout));
    assert_eq!(outputs(&elected), [Output::Elected(1)]);
    let located = handle_at(&mut zone, &alone, 200_010, locate(3));
    let until = LocalTime(200_010 + 3_600_000);
    let timer = Timer::View { term: 1, timer: coordinator_view::Timer::Quiet(until) };
    assert_eq!(located, [Effect::WakeAt(until, timer)]);
    let decided = handle_at(&mut zone, &alone, until.0, Input::Timer(timer));
    assert_eq!(outputs(&decided), [Output::Decide(until + SimDuration(600_100))]);
}

#[test]
fn settings_that_cannot_serve_are_refused_or_warned_of() {
    let secs = NanoDuration::from_secs;
    let long = Params { election: secs(300), ..Params::default() };
    assert_eq!(long.check(3).unwrap_err().path, "coordination.consensus.election");
    let bounds = RunBounds {
        horizon: secs(86_400),
        max_ahead: Some(NanoDuration::default()),
        max_behind: Some(NanoDuration::default()),
        acting_zones: 3,
    };
    assert_eq!(Params::default().warnings(&bounds), [""; 0]);
    let slow = Params { heartbeat: secs(120), ..Params::default() };
    assert!(slow.warnings(&bounds)[0].starts_with("zones replace a leader that is well"));
    let short = Params { margin: secs(239), ..Params::default() };
    assert!(short.warnings(&bounds)[0].starts_with("if a leader crashes before its proposal"));
}
