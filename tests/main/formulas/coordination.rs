//! Coordination: messages by kind, and steps from one thing to the next.

use std::collections::BTreeMap;

use zonesim::engine::{self, Engine, Event, TraceSink};
use zonesim::id::NodeId;
use zonesim::protocol::coordination::{
    Builtin as Coordination, BuiltinMessage, consensus, coordinator_view, order, two_phase,
};
use zonesim::protocol::exchange::Builtin as Exchange;
use zonesim::protocol::node::{Envelope, EnvelopeOf};
use zonesim::protocol::raft::Content;
use zonesim::time::SimTime;

use super::{ENGINES, link, world};
use crate::common::formula::{Given, formula, value};
use crate::common::plan_of;

/// A tick, in ms.
const TICK: f64 = 10.0;
/// Rounds of probes until somebody decides or asks: at 0 s, 25 s and 50 s.
const PROBES: f64 = 3.0;

/// How many of a kind were said, and when the first was said and the last came, in ms.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Words {
    said: f64,
    first: f64,
    last: f64,
}

/// What there is to see of a coordination, times in ms.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    words: BTreeMap<&'static str, Words>,
    elected: Vec<(NodeId, f64)>,
    decided: Option<f64>,
    /// When the last zone learned of the decision.
    learned: Option<f64>,
    located: Vec<(NodeId, f64)>,
    struck: Vec<(NodeId, f64)>,
}

fn kind(message: &BuiltinMessage) -> &'static str {
    let talk = |talk: &coordinator_view::Message| match talk {
        coordinator_view::Message::Probe(_) | coordinator_view::Message::Echo(_) => "probe",
        coordinator_view::Message::Report(_) | coordinator_view::Message::ReportAck(_) => "report",
    };
    match message {
        BuiltinMessage::Order(order::Message::View(said)) => talk(said),
        BuiltinMessage::TwoPhase(two_phase::Message::View(said)) => talk(said),
        BuiltinMessage::Consensus(message) => match &**message {
            consensus::Message::View { message, .. } => talk(message),
            consensus::Message::Raft(message) => match message.content {
                Content::RequestVote(_) | Content::Vote(_) => "vote",
                _ => "append",
            },
        },
        BuiltinMessage::Order(order::Message::Order(_)) => "order",
        BuiltinMessage::Order(
            order::Message::Acknowledged { .. } | order::Message::AcknowledgedAck,
        ) => "told",
        BuiltinMessage::TwoPhase(
            two_phase::Message::Acknowledged { .. } | two_phase::Message::AcknowledgedAck(_),
        ) => "told",
        BuiltinMessage::TwoPhase(two_phase::Message::Prepare { .. }) => "prepare",
        BuiltinMessage::TwoPhase(two_phase::Message::Commit { .. }) => "go",
        _ => "answer",
    }
}

impl TraceSink<EnvelopeOf<(Exchange, Coordination)>> for Seen {
    fn record(&mut self, at: SimTime, event: &Event<'_, EnvelopeOf<(Exchange, Coordination)>>) {
        let ms = at.0 as f64 * TICK;
        match event {
            Event::Send { message: Envelope::Coordination(message), .. } => {
                let first = Words { first: ms, ..Words::default() };
                self.words.entry(kind(message)).or_insert(first).said += 1.0;
            }
            Event::Deliver { message: Envelope::Coordination(message), .. } => {
                self.words.get_mut(kind(message)).expect("it was said").last = ms;
            }
            Event::Elected { node, .. } => self.elected.push((*node, ms)),
            Event::Decide { .. } => {
                (self.decided, self.learned) = (self.decided.or(Some(ms)), Some(ms));
            }
            Event::Locate { node, .. } => self.located.push((*node, ms)),
            Event::Strike { node, .. } => self.struck.push((*node, ms)),
            _ => {}
        }
    }
}

/// A run in which all are located long before 60 s, when it is decided or asked.
fn seen(zones: u32, has_hub: bool, coordination: &str, settings: &str, engine: Engine) -> Seen {
    let organisation = "members = 12\nlead_interval = \"5s\"\naway = 0\n";
    seen_of(organisation, (zones, has_hub), coordination, settings, engine)
}

fn seen_of(
    organisation: &str,
    (zones, has_hub): (u32, bool),
    coordination: &str,
    settings: &str,
    engine: Engine,
) -> Seen {
    let mut world = world(zones);
    if !has_hub {
        let lines = world.lines().filter(|line| !line.contains("hub"));
        world = lines.map(|line| format!("{line}\n")).collect();
    }
    let plan = plan_of(&format!(
        r#"horizon = "90s"
stop = "horizon"
resolution = "10ms"
{}[workload]
use = "organisation"
[workload.organisation]
{organisation}corroboration = 1
assessment = "10ms"
warning = "5s"
[exchange]
use = "gossip"
[exchange.gossip]
interval = "1h"
[coordination]
use = "{coordination}"
[coordination.{coordination}]
{settings}"#,
        // Tenths of a second, so that they are whole ticks.
        world.replace("ms\"", "0ms\""),
    ));
    let mut seen = Seen::default();
    engine::run::<(Exchange, Coordination), _>(engine, &plan, 1, &mut seen);
    assert!(seen.located.iter().all(|&(_, at)| at < 58_000.0), "{seen:?}");
    seen
}

const SETTINGS: &str = r#"quiet = "1h"
deadline = "60s"
margin = "10s"
resend = "3s"
probe = "25s"
"#;

/// What the letters stand for where a node coordinates zones.
fn given(coordinator: u32, zones: u32) -> Given<'static> {
    let others = (0..zones).filter(|&zone| zone != coordinator);
    let longest = others.clone().map(|zone| 10.0 * link(coordinator, zone)).fold(0.0, f64::max);
    let times = [("F", longest), ("R", 2.0 * longest), ("clock_bound", 100.0)];
    let settings = [("margin", 10_000.0), ("vote", 5000.0), ("z", others.count() as f64)];
    times.into_iter().chain(settings).collect()
}

fn when(seen: &Seen) -> (f64, f64) {
    let times = || seen.struck.iter().map(|&(_, at)| at);
    (times().fold(f64::INFINITY, f64::min), times().fold(0.0, f64::max))
}

#[test]
fn alone() {
    let none = Given::new();
    for zones in [3, 8] {
        for engine in ENGINES {
            let seen = seen(zones, true, "independent", "", engine);
            let said: f64 = seen.words.values().map(|words| words.said).sum();
            assert_eq!(said, value(formula("independent", "messages"), &none));
            let wait = value(formula("independent", "from locating a member to its strike"), &none);
            let struck: Vec<_> = seen.struck.iter().map(|&(node, at)| (node, at - wait)).collect();
            assert_eq!(struck, seen.located);
        }
    }
}

#[test]
fn at_agreed_times() {
    let given: Given = [("first", 3_000.0), ("interval", 4_000.0), ("margin", 1_000.0)].into();
    let is = |formula: &str| value(formula, &given);
    let settings = "first = \"3s\"\ninterval = \"4s\"\nmargin = \"1s\"\n";
    assert_eq!(is(formula("rendezvous", "messages")), 0.0);
    let first = is(formula("rendezvous", "the first strike, at least"));
    let least = is(formula("rendezvous", "from locating a member to its strike, at least"));
    let most = is(formula(
        "rendezvous",
        "from locating a member to its strike, less than, once the first time is past",
    ));
    for zones in [3, 8] {
        for engine in ENGINES {
            let seen = seen(zones, true, "rendezvous", settings, engine);
            assert_eq!(seen.words.len(), 0);
            let mut expected = Vec::new();
            for &(node, at) in &seen.located {
                let waits = ((at + least - first) / 4_000.0).ceil().max(0.0);
                let strikes = first + waits * 4_000.0;
                assert!(strikes >= at + least && (strikes < at + most || strikes == first));
                expected.push((node, strikes));
            }
            let by_time =
                |a: &(NodeId, f64), b: &(NodeId, f64)| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0));
            expected.sort_by(by_time);
            let mut struck = seen.struck.clone();
            struck.sort_by(by_time);
            assert_eq!(struck, expected, "{zones} zones, {engine}");
            let times: std::collections::BTreeSet<_> =
                struck.iter().map(|&(_, at)| at as u64).collect();
            assert!(times.len() > 1, "several agreed times are used: {times:?}");
        }
    }
}

#[test]
fn in_rounds_of_random_attack() {
    let settings = "start = \"50s\"\nround = \"2s\"\nrounds = 4\nthreshold = 4\n";
    for zones in [2, 3, 8] {
        let n = f64::from(zones);
        let given: Given = [("rounds", 4.0), ("round", 2_000.0), ("n", n)].into();
        let is = |formula: &str| value(formula, &given);
        for engine in ENGINES {
            let seen = seen(zones, true, "random-attack", settings, engine);
            let messages = is(formula("random-attack", "messages"));
            assert_eq!(seen.words["answer"].said, messages);
            let wait = is(formula("random-attack", "from the start to the strikes"));
            assert_eq!(when(&seen), (50_000.0 + wait, 50_000.0 + wait), "{zones} zones, {engine}");
        }
    }
}

#[test]
fn by_order() {
    for zones in [3, 8, 12] {
        let given = given(zones, zones);
        let is = |formula: &str| value(formula, &given);
        for engine in ENGINES {
            let seen = seen(zones, true, "order", SETTINGS, engine);
            let said = |kind: &str| seen.words[kind].said;
            let command = said("order") + said("answer");
            assert_eq!(command, is(formula("order", "messages of the command")));
            let probes = is(formula("order", "messages of a round of probes"));
            assert_eq!(said("probe"), PROBES * probes);
            let report = is(formula("order", "messages for a member located elsewhere"));
            assert_eq!(said("report"), seen.located.len() as f64 * report);
            let decided = seen.decided.expect("a decision");
            let known = seen.words["order"].last - decided;
            assert_eq!(known, is(formula("order", "from the decision until all know")));
            let strikes = decided + is(formula("order", "from the decision to the strikes"));
            assert_eq!(when(&seen), (strikes, strikes), "{zones} zones, {engine}");
        }
    }
}

#[test]
fn by_quorum() {
    let settings = "margin = \"10s\"\nresend = \"3s\"\nprobe = \"25s\"\n";
    for (zones, ready) in [(3, 1), (8, 3), (12, 6)] {
        let given = given(zones, zones);
        let is = |formula: &str| value(formula, &given);
        // One member a zone; each is located 3 s after the last, when no message is under way.
        let homes: Vec<_> = (0..zones).map(|zone| format!("\"z{zone}\"")).collect();
        let lead =
            |zone| format!("{{ at = \"{}s\", from = \"z{zone}\", about = {zone} }}", 2 + 3 * zone);
        let leads: Vec<_> = (0..zones).map(lead).collect();
        let (homes, leads) = (homes.join(", "), leads.join(", "));
        let organisation = format!("members = {zones}\nhomes = [{homes}]\nleads = [{leads}]\n");
        for engine in ENGINES {
            let settings = format!("{settings}ready = {ready}\nmin_acknowledged = 1\n");
            let seen = seen_of(&organisation, (zones, true), "quorum", &settings, engine);
            let said = |kind: &str| seen.words[kind].said;
            let command = said("order") + said("answer");
            assert_eq!(
                command,
                is(formula(
                    "quorum",
                    "messages of the command, if no zone reports while it is under way"
                ))
            );
            let told = formula(
                "quorum",
                "messages that tell how many have acknowledged, with min_acknowledged",
            );
            assert_eq!(said("told"), is(told));
            let report = is(formula("quorum", "messages for a member located elsewhere"));
            assert_eq!(said("report"), seen.located.len() as f64 * report);
            // Reports are later than locations by a link; the k-th zone is the k-th to arrive.
            let mut arrivals = BTreeMap::<NodeId, f64>::new();
            for &(node, at) in &seen.located {
                let up = [("U", 10.0 * link(node.0, zones))].into();
                let needed =
                    formula("quorum", "from locating the last member needed to the decision");
                arrivals.entry(node).or_insert(at + value(needed, &up));
            }
            let mut arrivals: Vec<_> = arrivals.into_values().collect();
            arrivals.sort_by(f64::total_cmp);
            let decided = seen.decided.expect("a decision");
            assert_eq!(decided, arrivals[ready - 1], "{zones} zones, {engine}");
            // Probes go out until the decision.
            let probes = is(formula("quorum", "messages of a round of probes"));
            assert_eq!(said("probe"), ((decided / 25_000.0).floor() + 1.0) * probes);
            let known = seen.words["order"].last - decided;
            assert_eq!(known, is(formula("quorum", "from the decision until all know")));
            let strikes = decided + is(formula("quorum", "from the decision to the strikes"));
            assert_eq!(when(&seen).0, strikes, "{zones} zones, {engine}");
        }
    }
}

#[test]
fn by_consensus() {
    let settings =
        format!("{SETTINGS}election = \"10s\"\nelection_max = \"20s\"\nheartbeat = \"8s\"\n");
    for zones in [3, 8, 12] {
        // One member a zone, located when there is a leader, one after the other.
        let homes: Vec<_> = (0..zones).map(|zone| format!("\"z{zone}\"")).collect();
        let at = |zone| 24_000 + 2_500 * zone;
        let lead =
            |zone| format!("{{ at = \"{}ms\", from = \"z{zone}\", about = {zone} }}", at(zone));
        let leads: Vec<_> = (0..zones).map(lead).collect();
        let (homes, leads) = (homes.join(", "), leads.join(", "));
        let organisation = format!("members = {zones}\nhomes = [{homes}]\nleads = [{leads}]\n");
        for engine in ENGINES {
            let seen = seen_of(&organisation, (zones, true), "consensus", &settings, engine);
            let [(leader, elected)] = seen.elected[..] else { panic!("{:?}", seen.elected) };
            let mut given = given(leader.0, zones);
            let others = (0..zones).filter(|&zone| zone != leader.0);
            let mut round_trips: Vec<_> = others.map(|zone| 20.0 * link(leader.0, zone)).collect();
            round_trips.sort_by(f64::total_cmp);
            given.insert("M", round_trips[zones as usize / 2 - 1]);
            let is = |formula: &str| value(formula, &given);
            let said = |kind: &str| seen.words[kind].said;
            // The leader proposes at the deadline.
            let (proposed, decided) = (60_000.0, seen.decided.expect("a decision"));
            assert_eq!(
                decided - proposed,
                is(formula("consensus", "from the proposal to the decision"))
            );
            assert_eq!(
                elected - seen.words["vote"].first,
                is(formula("consensus", "from the last timeout to the election"))
            );
            let learned = seen.learned.expect("a decision") - decided;
            assert_eq!(learned, is(formula("consensus", "from the decision until all know")));
            let strikes = proposed + is(formula("consensus", "from the proposal to the strikes"));
            assert_eq!(when(&seen), (strikes, strikes), "{zones} zones, {engine}");
            let heartbeats =
                ((proposed - elected) / 8_000.0).floor() + ((90_000.0 - decided) / 8_000.0).floor();
            let messages = is(formula("consensus", "messages of an election with one candidate"))
                + is(formula("consensus", "messages of a decision"))
                + heartbeats * is(formula("consensus", "messages of a heartbeat"));
            assert_eq!(said("vote") + said("append"), messages, "{zones} zones, {engine}");
            let rounds = ((proposed - elected) / 25_000.0).floor() + 1.0;
            assert_eq!(
                said("probe"),
                rounds * is(formula("consensus", "messages of a round of probes"))
            );
            let elsewhere = f64::from(zones - 1);
            let report = is(formula("consensus", "messages for a member located elsewhere"));
            assert_eq!(said("report"), elsewhere * report);
        }
    }
}

#[test]
fn in_two_phases() {
    let settings = format!("{SETTINGS}vote = \"5s\"\n");
    for (zones, has_hub) in [(3, true), (8, true), (8, false), (12, false)] {
        let coordinator = if has_hub { zones } else { 0 };
        let given = given(coordinator, zones);
        let is = |formula: &str| value(formula, &given);
        for engine in ENGINES {
            let seen = seen(zones, has_hub, "two-phase", &settings, engine);
            let said = |kind: &str| seen.words[kind].said;
            let round = said("prepare") + said("go") + said("answer");
            assert_eq!(round, is(formula("two-phase", "messages of a round")));
            let probes = is(formula("two-phase", "messages of a round of probes"));
            assert_eq!(said("probe"), PROBES * probes);
            let elsewhere = |node: &NodeId| node.0 != coordinator;
            let located = seen.located.iter().filter(|(node, _)| elsewhere(node)).count() as f64;
            let report = is(formula("two-phase", "messages for a member located elsewhere"));
            assert_eq!(said("report"), located * report);
            let first = seen.words["prepare"].first;
            let known = seen.words["go"].last - first;
            assert_eq!(known, is(formula("two-phase", "from the first message until all know")));
            let strikes = first + is(formula("two-phase", "from the first message to the strikes"));
            assert_eq!(when(&seen), (strikes, strikes), "{zones} zones, {engine}");
        }
    }
}

#[test]
fn told_how_many_have_acknowledged() {
    for zones in [3, 8] {
        let given = given(zones, zones);
        let settings = |min: u32| format!("{SETTINGS}min_acknowledged = {min}\n");
        for engine in ENGINES {
            let order = seen(zones, true, "order", &settings(zones), engine);
            assert_eq!(
                order.words["told"].said,
                value(
                    formula(
                        "order",
                        "messages that tell how many have acknowledged, with min_acknowledged"
                    ),
                    &given
                )
            );
            let two_phase = seen(zones, true, "two-phase", &settings(zones - 1), engine);
            assert_eq!(
                two_phase.words["told"].said,
                value(
                    formula(
                        "two-phase",
                        "messages that tell how many have acknowledged, with min_acknowledged"
                    ),
                    &given
                )
            );
            let none = seen(zones, true, "order", &settings(0), engine);
            assert!(!none.words.contains_key("told") && !none.struck.is_empty());
        }
    }
}
