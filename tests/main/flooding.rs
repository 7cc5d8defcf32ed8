//! Who floods its own links is found out, and not excused for want of bandwidth.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use zonesim::cli::{self, Exit};
use zonesim::experiment::fuzz::random::Scenario;
use zonesim::experiment::fuzz::{CaseResult, TestCase};
use zonesim::id::NodeId;
use zonesim::metrics::invariants::{Kind, Reason};
use zonesim::protocol::coordination;
use zonesim::protocol::exchange::{self, Builtin, BuiltinMessage, BuiltinTimer, Deliver, Publish};
use zonesim::protocol::{
    ConfigError, Effect, Input, NamedProtocol, NodeView, Out, OutOf, Protocol, ProtocolInfo,
    ProtocolSet, Routing, SendBound, StableBounds, WithBuiltin,
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
        for wrong in ["floods = true", "echoes = true"] {
            let mutant = case(of, wrong).run::<(X, C)>();
            let CaseResult::Violated(violation) = mutant else {
                panic!("{of}, {wrong}: {mutant:?}")
            };
            assert_eq!(violation.kind, Kind::SendBoundExceeded, "{of}, {wrong}: {violation}");
        }
    }
}

#[test]
fn of_who_states_no_bound_nothing_is_known() {
    let seen: Vec<_> = ALL
        .iter()
        .map(|of| case(of, "floods = true\nis_discreet = true").run::<(X, C)>())
        .collect();
    assert_eq!(seen, vec![CaseResult::Held(Some(Reason::NoSendBound)); ALL.len()]);
}

/// All random scenarios, on thin links: no built-in protocol sends more than it states.
#[test]
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
