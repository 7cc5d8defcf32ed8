//! What holds in every run is found out where it does not hold: by hand-made events, and by a
//! protocol that breaks each invariant in turn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zonesim::cli::{self, Exit};
use zonesim::engine::{Event, RunEnd, StopReason, TraceSink};
use zonesim::experiment::fuzz::random::Scenario;
use zonesim::experiment::fuzz::{CaseResult, TestCase, shrink};
use zonesim::id::{Item, ItemSet, NodeId};
use zonesim::metrics::invariants::{Invariants, Kind, ShortestPaths};
use zonesim::network::egress::SendOutcome;
use zonesim::protocol::coordination;
use zonesim::protocol::exchange::{Builtin, Deliver, Publish};
use zonesim::protocol::{
    Input, Items, NamedProtocol, NodePart, NodeView, Out, Protocol, ProtocolInfo, StableBounds,
    WireMessage, WithBuiltin,
};
use zonesim::scenario::Inputs;
use zonesim::time::{NanoDuration, SimDuration, SimTime};

/// Bytes that are counted as they are, or not.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Word(bool);

impl WireMessage for Word {
    fn size(&self) -> usize {
        if self.0 { 1 } else { 7 }
    }
}

/// What is found out of three zones, 40 ms apart, that mesh.
fn found(events: &[(u64, Event<'_, Word>)], ending: RunEnd, fault: &str) -> Option<String> {
    let plan = crate::common::plan_of(&format!(
        r#"zones.generate = 3
network.latency = "40ms"
exchange.use = "mesh"
{fault}
"#
    ));
    let ways = ShortestPaths::new(&plan);
    let mut invariants = Invariants::new::<(Builtin, coordination::Builtin)>(&plan, &ways, 1);
    for (at, event) in events {
        invariants.record(SimTime(*at), event);
    }
    TraceSink::<Word>::end(&mut invariants, ending);
    invariants.violation().map(ToString::to_string)
}

fn publish() -> Event<'static, Word> {
    Event::Publish {
        node: NodeId(0),
        item: Item(0),
        due: SimTime(0),
        about: None,
        audience: None,
        content: None,
    }
}

fn learn(node: u32) -> Event<'static, Word> {
    Event::Learn { node: NodeId(node), item: Item(0), via: None, again: false }
}

fn send(message: &Word) -> Event<'_, Word> {
    Event::Send {
        from: NodeId(0),
        to: NodeId(1),
        seq: 0,
        outcome: SendOutcome::plain(SimTime(0)),
        message,
    }
}

fn deliver(message: &Word) -> Event<'_, Word> {
    Event::Deliver { from: NodeId(0), to: NodeId(1), message }
}

const QUIET: RunEnd = RunEnd { at: SimTime(1000), reason: StopReason::Quiet };
const LATE: RunEnd = RunEnd { at: SimTime(600_000), reason: StopReason::Horizon };
const SOON: RunEnd = RunEnd { at: SimTime(50_000), reason: StopReason::Horizon };

#[test]
fn each_violation_is_found() {
    let (fair, false_size) = (Word(true), Word(false));
    let all = [(0, publish()), (40, learn(1)), (40, learn(2))];
    for (events, ending, fault, expected) in [
        (&all[..], QUIET, "", None),
        (&[(5, learn(1))], QUIET, "", Some("was not published")),
        (&[(0, publish()), (39, learn(1))], SOON, "", Some("1 ms before it could")),
        (&[(0, publish()), (40, learn(1)), (41, learn(1))], SOON, "", Some("a second time")),
        (&[(0, publish()), (40, learn(0))], SOON, "", Some("a second time")),
        (&[(0, send(&fair)), (40, deliver(&fair))], SOON, "", None),
        (
            &[(0, send(&fair)), (40, deliver(&fair)), (41, deliver(&fair))],
            SOON,
            "",
            Some("not sent"),
        ),
        (&[(0, send(&false_size))], SOON, "", Some("counts 7 bytes and has 1")),
        // Promised within two of the longest waits, of 60 s and an eighth.
        (&[(0, publish()), (40, learn(1))], SOON, "", None),
        (&[(0, publish()), (40, learn(1))], LATE, "", Some("has not reached z2")),
        (&[(0, publish()), (40, learn(1))], QUIET, "", Some("nothing is pending")),
        // A fault that never ends excuses what it keeps away, and nothing else; one that ends late puts
        // it off.
        (
            &[(0, publish())],
            LATE,
            "[[fault]]\nat = \"1s\"\nisolate = [\"z1\"]",
            Some("has not reached z2"),
        ),
        (&[(0, publish())], LATE, "[[fault]]\nat = \"1s\"\nisolate = [\"z0\"]", None),
        (
            &[(0, publish()), (40, learn(2))],
            LATE,
            "[[fault]]\nat = \"1s\"\npartition = [[\"z0\"], [\"z1\"]]",
            None,
        ),
        (
            &[(0, publish())],
            LATE,
            r#"[[fault]]
at = "1s"
for = "599s"
isolate = ["z1"]"#,
            None,
        ),
        (
            &[(0, publish())],
            LATE,
            r#"[[fault]]
at = "1s"
for = "9s"
isolate = ["z1"]"#,
            Some("reached z1"),
        ),
        (&[(0, publish())], LATE, "network.loss = 1.0", None),
        (
            &[],
            RunEnd { at: SimTime(5), reason: StopReason::Livelock(NodeId(2), NodePart::Exchange) },
            "",
            Some("z2 wakes itself"),
        ),
    ] {
        let got = found(events, ending, fault);
        let fits = match (&got, expected) {
            (Some(got), Some(expected)) => got.contains(expected),
            (got, expected) => got.is_none() && expected.is_none(),
        };
        assert!(fits, "{events:?} {fault}\n{got:?}, not {expected:?}");
    }
}

/// Floods, but for its mood.
struct Moody {
    known: ItemSet,
    mood: Mood,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mood {
    #[default]
    Fair,
    Inventing,
    Forgetful,
    Lazy,
    Spinning,
    Mute,
    /// Learns twice in a large world, is mute in a small one.
    Fickle,
    /// Panics at one place in a large world, at another in a small one.
    Panicking,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    mood: Mood,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pass(ItemSet);

impl WireMessage for Pass {
    fn items(&self) -> Items<'_> {
        Items::Set(&self.0)
    }
}

impl Protocol for Moody {
    type Message = Pass;
    type Timer = ();
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        let (is_own, items) = match input {
            Input::Local(Publish(item)) => (true, ItemSet::singleton(item)),
            Input::Message { message: Pass(items), .. } => (false, items),
            Input::Timer(()) => return out.wake_after(SimDuration(0), ()),
            Input::Start | Input::Restart => return,
        };
        let is_large = out.view().zones > 3;
        match self.mood {
            Mood::Panicking if is_large => panic!("a large world"),
            Mood::Panicking => panic!("a small world"),
            _ => {}
        }
        if self.mood == Mood::Inventing {
            out.deliver(Item(77));
        }
        if self.mood == Mood::Spinning {
            out.wake_after(SimDuration(0), ());
        }
        let new = self.known.union_with(&items);
        if !is_own {
            let forgets = self.mood == Mood::Forgetful || self.mood == Mood::Fickle && is_large;
            let told = if forgets { &items } else { &new };
            told.iter().for_each(|item| out.deliver(item));
        }
        let is_mute = self.mood == Mood::Mute || self.mood == Mood::Fickle && !is_large;
        if !new.is_empty() && !is_mute {
            let lazy = 2 * usize::from(self.mood == Mood::Lazy);
            for peer in out.view().peers().skip(lazy) {
                out.send(peer, Pass(new.clone()));
            }
        }
    }
}

impl NamedProtocol for Moody {
    type Params = Settings;
    const INFO: ProtocolInfo =
        ProtocolInfo { name: "moody", about: "floods", ..ProtocolInfo::EMPTY };

    fn new(settings: &Settings, _site: &NodeView, _resolution: NanoDuration) -> Self {
        Self { known: ItemSet::EMPTY, mood: settings.mood }
    }

    fn delivery_bound(_settings: &Settings, calm: &StableBounds) -> Option<SimDuration> {
        (calm.loss == 0.0).then_some(calm.max_delay)
    }
}

/// The exit of a command on a world of three zones and a mood.
fn exit(command: &[&str], mood: &str) -> Exit {
    let folder = scratch!();
    let file = folder.join(format!("moody-{mood}-{}.toml", command[0]));
    let text = format!(
        r#"horizon = "1s"
stop = "horizon"
zones.generate = 3
[exchange]
use = "moody"
moody.mood = "{mood}"
"#
    );
    std::fs::write(&file, text).unwrap();
    let arguments = ["zonesim", command[0], file.to_str().unwrap()];
    let arguments = arguments.iter().chain(&command[1..]).map(Into::into);
    cli::run_on::<(WithBuiltin<Moody>, coordination::Builtin)>(arguments)
}

#[test]
fn a_violation_has_an_exit_code_of_its_own() {
    let commands = [
        &["run", "--json"][..],
        &["run", "--runs", "3"],
        &["run", "--until", "messages ±2%", "--runs", "3"],
        &["compare", "--vary", "network.latency=1ms,2ms", "--runs", "3"],
        &["verify"],
    ];
    for command in commands {
        assert_eq!(exit(command, "fair"), Exit::Success, "{command:?}");
        for mood in ["inventing", "forgetful", "lazy", "spinning"] {
            assert_eq!(exit(command, mood), Exit::Violation, "{command:?} {mood}");
        }
    }
}

#[test]
#[ignore = "slow"]
fn a_violation_is_found_and_shrunk() {
    let folder = scratch!();
    for (mood, most_lines) in [("lazy", 6), ("spinning", 6), ("forgetful", 12)] {
        let file = folder.join(format!("counterexample-{mood}.toml"));
        _ = std::fs::remove_file(&file);
        let path = file.to_str().unwrap();
        let set = ["exchange.use=moody", &format!("exchange.moody.mood={mood}")];
        let over = ["--set", set[0], "--set", set[1]];
        let fuzz = ["zonesim", "fuzz", "--cases", "400", "--out", path];
        let fuzz = fuzz.iter().chain(&over);
        let exit = cli::run_on::<(WithBuiltin<Moody>, coordination::Builtin)>(fuzz.map(Into::into));
        assert_eq!(exit, Exit::Violation, "{mood}");
        let text = std::fs::read_to_string(&file).unwrap();
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
        assert!(lines <= most_lines, "{mood}: {lines} lines\n{text}");
        // The line in it shows it again.
        let again = text.lines().find_map(|line| line.strip_prefix("# zonesim run ")).unwrap();
        let seed = again.split_whitespace().skip_while(|word| *word != "--seed").nth(1).unwrap();
        let run = ["zonesim", "run", path, "--seed", seed];
        let run = run.iter().chain(&over);
        let exit = cli::run_on::<(WithBuiltin<Moody>, coordination::Builtin)>(run.map(Into::into));
        assert_eq!(exit, Exit::Violation, "{mood}\n{text}");
    }
}

#[test]
fn a_mute_protocol_is_found_out_whatever_the_network_does() {
    let with = |mood: &str, more: &str| {
        let folder = scratch!();
        let file = folder.join(format!("mute-{mood}-{}.toml", more.len()));
        let text = format!(
            r#"horizon = "20s"
stop = "horizon"
zones.generate = 4
exchange.use = "moody"
exchange.moody.mood = "{mood}"
{more}
"#
        );
        std::fs::write(&file, text).unwrap();
        let line = ["zonesim", "run", file.to_str().unwrap(), "--runs", "2"];
        cli::run_on::<(WithBuiltin<Moody>, coordination::Builtin)>(line.map(Into::into))
    };
    let fault = |what: &str| format!("[[fault]]\nat = \"0s\"\n{what}");
    for (more, of_mute, of_fair) in [
        ("network.bandwidth = \"3kbit/s\"".to_owned(), Exit::Violation, Exit::Success),
        (fault("isolate = [\"z3\"]"), Exit::Violation, Exit::Success),
        (fault("crash = [\"z2\"]"), Exit::Violation, Exit::Success),
        (fault("isolate = [\"z0\"]"), Exit::Unjudged, Exit::Unjudged),
        (fault("hold = [[\"z0\"], [\"*\"]]"), Exit::Unjudged, Exit::Unjudged),
        (
            "workload.items = { at = [\"19980ms\"], from = [\"z0\"] }".into(),
            Exit::Unjudged,
            Exit::Unjudged,
        ),
    ] {
        assert_eq!(with("mute", &more), of_mute, "mute, {more}");
        assert_eq!(with("fair", &more), of_fair, "fair, {more}");
    }
}

#[test]
fn a_mute_protocol_is_found_within_ten_random_worlds() {
    // The files of a world are written beside it.
    let folder = scratch!().join("counterexample-mute");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("found.toml");
    for first in ["1", "101", "201"] {
        // Nothing is written over.
        drop(std::fs::remove_file(&file));
        let fuzz = [
            "zonesim",
            "fuzz",
            "--cases",
            "10",
            "--seed",
            first,
            "--out",
            file.to_str().unwrap(),
            "--set",
            "exchange.use=moody",
            "--set",
            "exchange.moody.mood=mute",
        ];
        let exit = cli::run_on::<(WithBuiltin<Moody>, coordination::Builtin)>(fuzz.map(Into::into));
        assert_eq!(exit, Exit::Violation, "from {first}");
    }
}

/// What is found in six zones in a mood, and what is left of it when it is shrunk.
fn shrunk(mood: &str) -> (Kind, Kind, String) {
    let toml = format!(
        r#"horizon = "1s"
stop = "horizon"
zones.generate = 6
[exchange]
use = "moody"
moody.mood = "{mood}"
[workload.items]
at = ["1ms", "2ms"]
from = ["z0", "z4"]
"#
    );
    let scenario = Scenario { toml, files: Vec::new() };
    let case = TestCase { scenario, set: Vec::new(), seed: 1, inputs: Inputs::default() };
    let found = case.run::<(WithBuiltin<Moody>, coordination::Builtin)>();
    let CaseResult::Violated(violation) = found else { panic!("{mood}: {found:?}") };
    let (small, left) = shrink::<(WithBuiltin<Moody>, coordination::Builtin)>(&case, &violation);
    (violation.kind, left.kind, small.scenario.toml)
}

#[test]
fn shrinking_does_not_slip_from_one_bug_into_another() {
    let (found, left, toml) = shrunk("fickle");
    assert_eq!((&found, &left), (&Kind::LearntTwice, &Kind::LearntTwice), "{toml}");
    assert!(toml.contains("generate = 4"), "{toml}");
    // Both panic; they are two bugs all the same.
    let (found, left, toml) = shrunk("panicking");
    assert_eq!(found, left, "{toml}");
    assert!(toml.contains("generate = 4"), "{toml}");
    let Kind::Panic(at) = found else { panic!("{found:?}") };
    assert_eq!(at.part, Some(NodePart::Exchange));
    let (found, left, toml) = shrunk("spinning");
    let livelock = Kind::Livelock(NodePart::Exchange);
    assert_eq!((&found, &left), (&livelock, &livelock), "{toml}");
}
