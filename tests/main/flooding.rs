//! A protocol that floods its own links is found, and not excused for want of bandwidth.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use zonesim::cli::{self, Exit};
use zonesim::experiment::fuzz::random::Scenario;
use zonesim::experiment::fuzz::{CaseResult, TestCase};
use zonesim::id::NodeId;
use zonesim::metrics::invariants::{Kind, Reason};
use zonesim::protocol::coordination::{self, Located, Output};
use zonesim::protocol::exchange::{self, Builtin, BuiltinMessage, BuiltinTimer, Deliver, Publish};
use zonesim::protocol::{
    ConfigError, Effect, Input, NamedProtocol, NodePart, NodeView, Out, OutOf, Protocol,
    ProtocolInfo, ProtocolSet, Routing, Safety, SendBound, StableBounds, WithBuiltin,
};
use zonesim::scenario::Inputs;
use zonesim::time::{NanoDuration, SimDuration};

/// A built-in protocol that may send the last message to each node again every 10 ms, or send
/// back whatever comes.
struct Flooding {
    inner: Builtin,
    floods: bool,
    echoes: bool,
    last: BTreeMap<NodeId, BuiltinMessage>,
    is_set: bool,
    wait: SimDuration,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    of: exchange::Params,
    floods: bool,
    echoes: bool,
    /// Whether it keeps to itself how much it sends.
    is_discreet: bool,
}

#[derive(Clone, Debug)]
enum Timer {
    Inner(BuiltinTimer),
    Flood,
}

impl Protocol for Flooding {
    type Message = BuiltinMessage;
    type Timer = Timer;
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        let input = match input {
            Input::Start => Input::Start,
            Input::Local(Publish(item)) => Input::Local(Publish(item)),
            Input::Message { from, message } => {
                if self.echoes {
                    out.send(from, message.clone());
                }
                Input::Message { from, message }
            }
            Input::Timer(Timer::Inner(timer)) => Input::Timer(timer),
            Input::Timer(Timer::Flood) => {
                self.last.iter().for_each(|(to, message)| out.send(*to, message.clone()));
                return out.wake_after(self.wait, Timer::Flood);
            }
            Input::Restart => {
                self.is_set = false;
                Input::Restart
            }
        };
        let mut effects: Vec<Effect<BuiltinMessage, BuiltinTimer, Deliver>> = Vec::new();
        let (site, now) = (out.view(), out.now());
        self.inner.handle(input, &mut OutOf::new(site, now, out.rng(), &mut effects));
        for effect in effects {
            match effect {
                Effect::Send(to, message) => {
                    self.last.insert(to, message.clone());
                    out.send(to, message);
                }
                Effect::WakeAfter(after, timer) => out.wake_after(after, Timer::Inner(timer)),
                Effect::WakeAt(at, timer) => out.wake_at(at, Timer::Inner(timer)),
                Effect::Emit(Deliver { item, .. }) => out.deliver(item),
            }
        }
        if self.floods && !self.is_set && !self.last.is_empty() {
            self.is_set = true;
            out.wake_after(self.wait, Timer::Flood);
        }
    }

    fn recover(&mut self, lost: Self) {
        self.inner.recover(lost.inner);
    }
}

impl NamedProtocol for Flooding {
    type Params = Settings;
    const INFO: ProtocolInfo =
        ProtocolInfo { name: "flooding", about: "another, and more", ..ProtocolInfo::EMPTY };

    fn check(settings: &Settings, site: &NodeView) -> Result<(), ConfigError> {
        Builtin::check(&settings.of, site)
    }

    fn delivery_bound(settings: &Settings, calm: &StableBounds) -> Option<SimDuration> {
        Builtin::delivery_bound(&settings.of, calm)
    }

    fn send_bound(settings: &Settings, resolution: NanoDuration) -> Option<SendBound> {
        Builtin::send_bound(&settings.of, resolution).filter(|_| !settings.is_discreet)
    }

    fn routing(settings: &Settings) -> Routing {
        Builtin::routing(&settings.of)
    }

    fn new(settings: &Settings, site: &NodeView, resolution: NanoDuration) -> Self {
        Self {
            inner: Builtin::build(&settings.of, site, resolution),
            floods: settings.floods,
            echoes: settings.echoes,
            last: BTreeMap::new(),
            is_set: false,
            wait: NanoDuration::from_ms(10).ticks(resolution),
        }
    }
}

type X = WithBuiltin<Flooding>;
type C = coordination::Builtin;

/// The built-in ones that have a bound in such a world.
const ALL: [&str; 5] = [
    "use = \"mesh\"\nof.mesh.retry_max = \"2s\"",
    "use = \"hub\"\nof.hub.retry_max = \"2s\"",
    "use = \"gossip\"",
    "use = \"flood\"\nof.flood = { topology = \"line\", acknowledged = true, retry_max = \"2s\" }",
    "use = \"plumtree\"\nof.plumtree = { topology = \"line\", retry_max = \"2s\" }",
];

/// Four zones on thin links, ten items each a second; one fault at the beginning.
fn case(of: &str, more: &str) -> TestCase {
    let toml = format!(
        r#"horizon = "240s"
stop = "horizon"
zones.generate = 4
hub = {{}}
network.latency = "20ms"
network.bandwidth = "40kbit/s"
network.queue = "1MB"
workload.item_size = "200B"
workload.items = {{ interval = "1s", count = 10 }}
[[fault]]
at = "1s"
for = "2s"
isolate = ["z1"]
[exchange]
use = "flooding"
[exchange.flooding]
of.{of}
{more}
"#
    );
    let scenario = Scenario { toml, files: Vec::new() };
    TestCase { scenario, set: Vec::new(), seed: 1, inputs: Inputs::default() }
}

#[test]
fn who_floods_its_own_links_is_found_out() {
    for of in ALL {
        let fair = case(of, "").run::<(X, C)>();
        assert_eq!(fair, CaseResult::Held(None), "{of}");
        assert_is_found(&changed(&case(of, "floods = true"), &[SHORT]));
        // An echo of plumtree takes a while to exceed what all items are allowed.
        assert_is_found(&case(of, "echoes = true"));
    }
}

/// What is changed in a world: a text, and what is in its place.
type Change = [&'static str; 2];

const SHORT: Change = ["240s", "20s"];
const AMNESIA: Change = ["isolate = [\"z1\"]", "crash = [\"z1\"]\nmemory = \"lost\""];
const MANY: Change = ["zones.generate = 4", "zones.generate = 130"];

fn changed(case: &TestCase, changes: &[Change]) -> TestCase {
    let mut toml = case.scenario.toml.clone();
    for [text, other] in changes {
        assert!(toml.contains(text), "{text}");
        toml = toml.replace(text, other);
    }
    TestCase { scenario: Scenario { toml, files: Vec::new() }, ..case.clone() }
}

fn assert_is_found(mutant: &TestCase) {
    let result = mutant.run::<(X, C)>();
    let CaseResult::Violated(violation) = result else {
        panic!("{result:?}: {}", mutant.scenario.toml)
    };
    let kind = Kind::SendBoundExceeded(NodePart::Exchange);
    assert_eq!(violation.kind, kind, "{violation}: {}", mutant.scenario.toml);
}

/// The bound of plumtree holds after a loss of memory too, and is checked above 128 nodes.
#[test]
fn floods_are_found_after_crashes_and_among_many_zones() {
    let [.., flood, plumtree] = ALL;
    for (of, change, horizon) in [(plumtree, AMNESIA, SHORT), (flood, MANY, ["240s", "3s"])] {
        let fair = changed(&case(of, ""), &[change, horizon]).run::<(X, C)>();
        assert!(matches!(fair, CaseResult::Held(_)), "{of}: {fair:?}");
        assert_is_found(&changed(&case(of, "floods = true"), &[change, horizon]));
    }
}

#[test]
#[ignore = "slow"]
fn of_who_states_no_bound_nothing_is_known() {
    let seen: Vec<_> = ALL
        .iter()
        .map(|of| case(of, "floods = true\nis_discreet = true").run::<(X, C)>())
        .collect();
    assert_eq!(seen, vec![CaseResult::Held(Some(Reason::NoSendBound)); ALL.len()]);
}

/// All random scenarios, on thin links: no built-in protocol sends more than it states.
#[test]
#[ignore = "slow"]
fn none_that_is_built_in_exceeds_what_it_states() {
    let file = scratch!().join("counterexample-thin.toml");
    for rate in ["2kbit/s", "200kbit/s"] {
        _ = std::fs::remove_file(&file);
        let rate = format!("network.bandwidth={rate}");
        let line = ["zonesim", "fuzz", "--cases", "30", "--set", &rate, "--out"];
        let line = line.into_iter().chain([file.to_str().unwrap()]);
        let exit = cli::run_on::<(Builtin, C)>(line.map(Into::into));
        let found = || std::fs::read_to_string(&file);
        assert_eq!(exit, Exit::Success, "{rate}: {:?}", found());
    }
}

/// A built-in coordination that may send the last message to each node again every 10 ms.
struct Resending {
    inner: coordination::Builtin,
    resends: bool,
    last: BTreeMap<NodeId, coordination::BuiltinMessage>,
    is_set: bool,
    wait: SimDuration,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct CoordinationSettings {
    of: coordination::Params,
    resends: bool,
    /// Whether it keeps to itself how much it sends.
    is_discreet: bool,
}

#[derive(Clone, Debug)]
enum CoordinationTimer {
    Inner(coordination::BuiltinTimer),
    Resend,
}

impl Protocol for Resending {
    type Message = coordination::BuiltinMessage;
    type Timer = CoordinationTimer;
    type Input = Located;
    type Output = Output;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        let input = match input {
            Input::Start => Input::Start,
            Input::Local(located) => Input::Local(located),
            Input::Message { from, message } => Input::Message { from, message },
            Input::Timer(CoordinationTimer::Inner(timer)) => Input::Timer(timer),
            Input::Timer(CoordinationTimer::Resend) => {
                self.last.iter().for_each(|(to, message)| out.send(*to, message.clone()));
                return out.wake_after(self.wait, CoordinationTimer::Resend);
            }
            Input::Restart => {
                self.is_set = false;
                Input::Restart
            }
        };
        let mut effects: Vec<Effect<_, _, Output>> = Vec::new();
        let (site, now) = (out.view(), out.now());
        self.inner.handle(input, &mut OutOf::new(site, now, out.rng(), &mut effects));
        for effect in effects {
            match effect {
                Effect::Send(to, message) => {
                    self.last.insert(to, message.clone());
                    out.send(to, message);
                }
                Effect::WakeAfter(after, timer) => {
                    out.wake_after(after, CoordinationTimer::Inner(timer));
                }
                Effect::WakeAt(at, timer) => out.wake_at(at, CoordinationTimer::Inner(timer)),
                Effect::Emit(output) => out.emit(output),
            }
        }
        if self.resends && !self.is_set && !self.last.is_empty() {
            self.is_set = true;
            out.wake_after(self.wait, CoordinationTimer::Resend);
        }
    }

    fn recover(&mut self, lost: Self) {
        self.inner.recover(lost.inner);
    }
}

impl NamedProtocol for Resending {
    type Params = CoordinationSettings;
    const INFO: ProtocolInfo =
        ProtocolInfo { name: "resending", about: "another, and more", ..ProtocolInfo::EMPTY };

    fn check(settings: &CoordinationSettings, site: &NodeView) -> Result<(), ConfigError> {
        coordination::Builtin::check(&settings.of, site)
    }

    fn send_bound(settings: &CoordinationSettings, tick: NanoDuration) -> Option<SendBound> {
        let bound = coordination::Builtin::send_bound(&settings.of, tick);
        bound.filter(|_| !settings.is_discreet)
    }

    fn safety(settings: &CoordinationSettings) -> Safety {
        coordination::Builtin::safety(&settings.of)
    }

    fn new(settings: &CoordinationSettings, site: &NodeView, resolution: NanoDuration) -> Self {
        Self {
            inner: coordination::Builtin::build(&settings.of, site, resolution),
            resends: settings.resends,
            last: BTreeMap::new(),
            is_set: false,
            wait: NanoDuration::from_ms(10).ticks(resolution),
        }
    }
}

/// The built-in coordinations that send something.
const COORDINATIONS: [&str; 6] = [
    "use = \"order\"\nof.order = { probe = \"5s\", quiet = \"10s\", margin = \"20s\" }",
    "use = \"quorum\"\nof.quorum = { probe = \"5s\", ready = 1, margin = \"20s\" }",
    "use = \"two-phase\"\nof.two-phase = { probe = \"5s\", quiet = \"10s\", pause = \"5s\" }",
    "use = \"consensus\"\nof.consensus = { election = \"9s\", election_max = \"20s\", \
     heartbeat = \"2s\" }",
    "use = \"random-attack\"\nof.random-attack = { start = \"1s\", round = \"2s\", rounds = 50 }",
    "use = \"threshold-gossip\"\nof.threshold-gossip = { interval = \"2s\", ready = 1 }",
];

/// Three zones on thin links that locate members, one crash at the beginning.
fn operation(of: &str, more: &str) -> TestCase {
    let toml = format!(
        r#"horizon = "40s"
stop = "horizon"
zones.generate = 3
hub = {{}}
network.latency = "20ms"
network.bandwidth = "1kbit/s"
network.queue = "1MB"
exchange = {{ use = "mesh", mesh.retry_max = "2s" }}
[workload]
use = "organisation"
[workload.organisation]
members = 3
lead_interval = "2s"
away = 0
corroboration = 1
assessment = "10ms"
[[fault]]
at = "5s"
for = "2s"
crash = ["z1"]
memory = "lost"
[coordination]
use = "resending"
[coordination.resending]
of.{of}
{more}
"#
    );
    let scenario = Scenario { toml, files: Vec::new() };
    TestCase { scenario, set: Vec::new(), seed: 1, inputs: Inputs::default() }
}

/// A coordination that resends without end fills the links on which the items wait. Its resends are one in
/// 10 ms, the built-in ones state at most some in a second.
#[test]
fn a_coordination_that_floods_links_is_found() {
    type Mutants = WithBuiltin<Resending>;
    for of in COORDINATIONS {
        let fair = operation(of, "").run::<(Builtin, Mutants)>();
        assert!(matches!(fair, CaseResult::Held(_)), "{of}: {fair:?}");
        let mutant = operation(of, "resends = true").run::<(Builtin, Mutants)>();
        let CaseResult::Violated(violation) = mutant else { panic!("{of}: {mutant:?}") };
        let kind = Kind::SendBoundExceeded(NodePart::Coordination);
        assert_eq!(violation.kind, kind, "{of}: {violation}");
    }
    let discreet = operation(COORDINATIONS[0], "resends = true\nis_discreet = true");
    let discreet = discreet.run::<(Builtin, Mutants)>();
    assert_eq!(discreet, CaseResult::Held(Some(Reason::NoSendBound)));
}
