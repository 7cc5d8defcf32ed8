//! Release: who is told what, when, and by whom.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rand::Rng;
use serde::{Deserialize, Serialize};
use zonesim::cli::{self, Exit};
use zonesim::engine::{Engine, Event};
use zonesim::experiment::fuzz::random::Scenario as RandomScenario;
use zonesim::experiment::fuzz::{CaseResult, TestCase, shrink};
use zonesim::id::{Item, ItemSet};
use zonesim::metrics::invariants::Kind;
use zonesim::protocol::exchange::{Deliver, Publish};
use zonesim::protocol::{
    Input, Items, NamedProtocol, NoParams, NodeView, Out, Protocol, ProtocolInfo, WireMessage,
    WithBuiltin, coordination,
};
use zonesim::rng::{RngStream, stream};
use zonesim::scenario::Inputs;
use zonesim::testing::{Run, Scenario};
use zonesim::time::NanoDuration;

/// Every built-in exchange, in the variants that tell items differently.
const EXCHANGES: [&str; 16] = [
    "use = \"mesh\"",
    "use = \"hub\"",
    "use = \"hub-with-fallback\"",
    "use = \"flood\"\nflood.topology = \"line\"",
    "use = \"flood\"\nflood.topology = \"grid\"\nflood.acknowledged = true\nflood.batch = \"300ms\"",
    "use = \"gossip\"\ngossip.mode = \"push\"",
    "use = \"gossip\"\ngossip.mode = \"pull\"\ngossip.fanout = 2",
    "use = \"gossip\"\ngossip.mode = \"push-pull\"\ngossip.start = \"synchronous\"",
    "use = \"plumtree\"\nplumtree.topology = \"complete\"",
    "use = \"plumtree\"\nplumtree.topology = \"tree\"",
    "use = \"plumtree\"\nplumtree.topology = \"grid\"\nplumtree.batch = \"50ms\"",
    "use = \"relay\"",
    "use = \"relay\"\nrelay.topology = \"grid\"\nrelay.probe = \"5s\"",
    "use = \"anti-entropy\"",
    "use = \"anti-entropy\"\nanti-entropy.mode = \"pull\"\nanti-entropy.threshold = 1",
    "use = \"bulletin\"\nbulletin.interval = \"30s\"\nbulletin.length = \"20s\"",
];

/// Seven zones, of which one observes, and a hub. Nothing fails, and no member is ever captured.
fn world(exchange: &str, release: &str) -> String {
    let mut zones = String::new();
    for zone in 0..7 {
        let role = if zone == 6 { "\nrole = \"observer\"" } else { "" };
        _ = writeln!(zones, "[zones.z{zone}]{role}");
    }
    format!(
        "horizon = \"10min\"\nresolution = \"40ms\"\n{zones}\n[hub]\nseat = \"z1\"\n[network]\nlatency = \"40ms\"\n\
         [workload]\nuse = \"organisation\"\n[workload.organisation]\nmembers = 4\n\
         corroboration = 1000\nlead_interval = \"1min\"\nuntil = \"4min\"\n[exchange]\n{exchange}\n\
         [coordination]\nuse = \"independent\"\n[release]\napproval = \"0s\"\n{release}\n"
    )
}

/// A random policy: labels, third-party rules, and denied nodes, the hub among them.
fn policy(rng: &mut RngStream) -> String {
    let [red, amber, green, orcon] = [0.0, 0.1, 0.0, 0.0].map(|least| {
        let share = f64::from(rng.random_range(0..4u8)) / 4.0;
        share + least
    });
    let mut text =
        format!("tlp = {{ red = {red}, amber = {amber}, green = {green} }}\norcon = {orcon}\n");
    let nodes = ["z0", "z1", "z2", "z3", "z4", "z5", "z6", "hub", "*"];
    let kinds = ["", ", kind = \"propaganda\"", ", kind = \"travel\"", ", tlp = \"amber\""];
    let mut rules = Vec::new();
    for _ in 0..rng.random_range(0..8) {
        let from = nodes[rng.random_range(0..nodes.len())];
        let [a, b] = [0; 2].map(|_| nodes[rng.random_range(0..8)]);
        let what = ["deny = true", "delay = \"90s\"", "delay = \"0s\""][rng.random_range(0..3)];
        let kind = kinds[rng.random_range(0..kinds.len())];
        rules.push(format!("{{ from = \"{from}\", to = [\"{a}\", \"{b}\"]{kind}, {what} }}"));
    }
    _ = writeln!(text, "rules = [{}]", rules.join(", "));
    text
}

/// What became of an item.
#[derive(Default)]
struct Told {
    origin: u32,
    audience: BTreeSet<u32>,
    received: BTreeSet<u32>,
    learnt: BTreeSet<u32>,
}

fn told<M: Serialize + 'static + WireMessage>(run: &Run<M>) -> BTreeMap<Item, Told> {
    let mut told: BTreeMap<Item, Told> = BTreeMap::new();
    for (_, event) in run.events() {
        match event {
            Event::Publish { node, item, audience, .. } => {
                let audience = audience.expect("a policy gives every item an audience");
                let item = told.entry(item).or_default();
                item.origin = node.0;
                item.audience = audience.iter().map(|node| node.0).collect();
            }
            Event::Learn { node, item, .. } => {
                told.entry(item).or_default().learnt.insert(node.0);
            }
            Event::Deliver { to, message, .. } => {
                for item in message.items().iter() {
                    told.entry(item).or_default().received.insert(to.0);
                }
            }
            _ => {}
        }
    }
    told
}

/// Who may have an item has it at the end, and nobody else has received it.
#[test]
fn within_any_audience_every_exchange_delivers_and_outside_of_it_none_does() {
    let mut rng = stream(1, "policies", 0);
    let (mut items, mut partial) = (0, 0);
    for exchange in EXCHANGES {
        for seed in 0..6 {
            let text = world(exchange, &policy(&mut rng));
            let simulation = Scenario::parse(&text).and_then(|s| s.simulation());
            let simulation = simulation.unwrap_or_else(|error| panic!("{error}\n{text}"));
            let run = simulation.run(seed);
            assert_eq!(run.violation, None, "{text}");
            for (item, told) in told(&run) {
                let Told { origin, audience, received, learnt } = told;
                items += 1;
                partial += u32::from(audience.len() < 6);
                let is_other = |node: &u32| *node != origin;
                let expected: BTreeSet<u32> = audience.iter().copied().filter(is_other).collect();
                let received: BTreeSet<u32> = received.into_iter().filter(is_other).collect();
                assert_eq!(learnt, expected, "{item:?} of {origin} seed {seed}\n{text}");
                assert_eq!(received, expected, "{item:?} of {origin} seed {seed}\n{text}");
            }
            if seed == 0 {
                let turmoil = simulation.run_on(Engine::Turmoil, seed);
                assert_eq!(run.digest, turmoil.digest, "{text}");
            }
        }
    }
    assert!(items > 1_000 && partial > items / 2, "{partial} of {items} items prove little");
}

/// Floods without asking who may be told.
struct Leaky(ItemSet);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pass(Item);

impl WireMessage for Pass {
    fn items(&self) -> Items<'_> {
        Items::One(self.0)
    }
}

impl Protocol for Leaky {
    type Message = Pass;
    type Timer = ();
    type Input = Publish;
    type Output = Deliver;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        let (item, is_own) = match input {
            Input::Local(Publish(item)) => (item, true),
            Input::Message { message: Pass(item), .. } => (item, false),
            Input::Start | Input::Timer(()) | Input::Restart => return,
        };
        if self.0.insert(item) {
            if !is_own {
                out.deliver(item);
            }
            out.view().peers().for_each(|peer| out.send(peer, Pass(item)));
        }
    }
}

impl NamedProtocol for Leaky {
    type Params = NoParams;
    const INFO: ProtocolInfo =
        ProtocolInfo { name: "leaky", about: "floods", ..ProtocolInfo::EMPTY };

    fn new(_: &NoParams, _: &NodeView, _: NanoDuration) -> Self {
        Self(ItemSet::EMPTY)
    }
}

type WithLeaky = (WithBuiltin<Leaky>, coordination::Builtin);

#[test]
fn a_protocol_that_leaks_is_found_and_shrunk() {
    let case = |release: &str| TestCase {
        scenario: RandomScenario { toml: world("use = \"leaky\"", release), files: Vec::new() },
        set: Vec::new(),
        seed: 1,
        inputs: Inputs::default(),
    };
    for (release, kind) in [
        ("tlp = { red = 1.0 }", Kind::Leaked),
        ("rules = [{ from = \"z1\", to = \"z2\", deny = true }]", Kind::Leaked),
        ("orcon = 1.0\ntlp = { clear = 1.0 }", Kind::PassedOn),
    ] {
        let found = case(release).run::<WithLeaky>();
        let CaseResult::Violated(violation) = found else { panic!("{release}: {found:?}") };
        assert_eq!(violation.kind, kind, "{release}: {violation}");
    }
    let case = case("tlp = { red = 1.0 }");
    let CaseResult::Violated(violation) = case.run::<WithLeaky>() else { panic!("no violation") };
    let (small, left) = shrink::<WithLeaky>(&case, &violation);
    assert_eq!(left.kind, Kind::Leaked, "{}", small.scenario.toml);
    let lines = small.scenario.toml.lines().filter(|line| !line.is_empty()).count();
    assert!(lines <= 16, "{lines} lines\n{}", small.scenario.toml);
}

#[test]
fn run_and_fuzz_exit_with_a_violation_for_a_leak() {
    let folder = scratch!();
    let exit = |arguments: &[&str]| {
        let arguments = ["zonesim"].iter().chain(arguments);
        cli::run_on::<WithLeaky>(arguments.map(Into::into))
    };
    let file = folder.join("leaky.toml");
    let file = file.to_str().unwrap();
    std::fs::write(file, world("use = \"leaky\"", "tlp = { red = 1.0 }")).unwrap();
    assert_eq!(exit(&["run", file, "--json"]), Exit::Violation);
    assert_eq!(exit(&["run", file, "--json", "--set", "exchange.use=mesh"]), Exit::Success);
    let found = folder.join("found.toml");
    drop(std::fs::remove_file(&found));
    let set = [
        "exchange.use=leaky",
        "workload.use=organisation",
        "release={approval=\"0s\",tlp={red=1.0}}",
    ];
    let set = set.iter().flat_map(|set| ["--set", set]);
    let fuzz = ["fuzz", "--cases", "40", "--out", found.to_str().unwrap()];
    let fuzz: Vec<_> = fuzz.into_iter().chain(set).collect();
    assert_eq!(exit(&fuzz), Exit::Violation);
}

/// The warnings of a policy, or the error.
fn said(release: &str) -> String {
    let text = world("use = \"mesh\"", release);
    match Scenario::parse(&text).and_then(|scenario| scenario.simulation()) {
        Ok(simulation) => simulation.plan().warnings.join("\n"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_policy_that_cannot_be_meant_is_reported_with_its_line() {
    let line = world("use = \"mesh\"", "").lines().count() + 1;
    for (release, expected) in [
        ("rules = [{ from = \"zz\", deny = true }]", "there is no zone `zz`"),
        ("rules = [{ kind = \"financng\" }]", "financing"),
        ("rules = [{ tlp = \"ambre\" }]", "amber"),
        ("rules = [{ form = \"z0\" }]", "from"),
        ("rules = [{ deny = true, delay = \"1h\" }]", "denies and delays"),
        ("tlp = { amber = 0.0 }", "no label has a share"),
        ("rules = [{ to = \"z1\" }, { from = \"z0\", to = \"z1\", deny = true }]", "never matches"),
        (
            "rules = [{ from = \"z0\", to = \"z1\", deny = true }]",
            "keeps leads from the zone that needs them: leads of z0 to z1",
        ),
        (
            "rules = [{ from = \"z0\", to = \"z1\", kind = \"travel\", deny = true }]",
            "leads on travel of z0 to z1",
        ),
    ] {
        let said = said(release);
        assert!(said.contains(expected), "{release}\n{said}");
        assert!(said.contains(&format!(":{}", line - 1)), "{release}: line {line}\n{said}");
    }
    assert!(!said("rules = [{ from = \"z0\", to = \"z1\", delay = \"1h\" }]").contains("rule"));
}

/// 3.6 million leads in 15 minutes: below ten million items where each is told once, and above where each
/// is told to five others one by one.
#[test]
fn items_for_each_recipient_count() {
    let plan = |exchange: &str, release: &str| {
        let text = world(&format!("use = \"{exchange}\""), release)
            .replace("horizon = \"10min\"", "horizon = \"15min\"")
            .replace("resolution = \"40ms\"", "resolution = \"1ms\"")
            .replace("lead_interval = \"1min\"", "lead_interval = \"1ms\"");
        let simulation = Scenario::parse(&text).and_then(|scenario| scenario.simulation());
        simulation.map(|_| ()).map_err(|error| error.to_string())
    };
    let rules = "rules = [{ to = \"z2\", delay = \"1h\" }, { to = \"z3\", delay = \"2h\" }]";
    assert_eq!(plan("hub", ""), Ok(()));
    assert_eq!(plan("mesh", "tlp = { red = 1.0 }"), Ok(()));
    for (exchange, release, told) in
        [("mesh", "", 5), ("mesh", "tlp = { green = 1.0 }", 6), ("hub", rules, 3)]
    {
        let said = plan(exchange, release).unwrap_err();
        assert!(said.contains("10000000 items"), "{said}");
        assert!(said.contains(&format!("a lead may be {told}")), "{said}");
        assert!(said.contains("lead_interval"), "{said}");
    }
}

/// When zones see leads and publish items, in ticks.
fn seen_and_published(text: &str, engine: Engine) -> [Vec<(u32, u64)>; 2] {
    let run = Scenario::parse(text).unwrap().simulation().unwrap().run_on(engine, 1);
    assert_eq!(run.violation, None);
    let mut found = [Vec::new(), Vec::new()];
    for (at, event) in run.events() {
        match event {
            Event::See { node, .. } => found[0].push((node.0, at.0)),
            Event::Publish { node, .. } => found[1].push((node.0, at.0)),
            _ => {}
        }
    }
    found
}

/// `zones` members only, whose leads nobody completes.
fn leads(zones: u32, [members, interval, until, horizon]: [u32; 4], rest: &str) -> String {
    format!(
        "horizon = \"{horizon}h\"\nstop = \"horizon\"\nzones.generate = {zones}\n         [hub]\nseat = \"z0\"\n[network]\nlatency = \"40ms\"\n[coordination]\n         use = \"independent\"\n[workload]\nuse = \"organisation\"\n[workload.organisation]\n         members = {members}\ncorroboration = 1000000\nassessment = \"1ms\"\n         lead_interval = \"{interval}h\"\nuntil = \"{until}h\"\n{rest}\n"
    )
}

#[test]
fn delays_add_to_the_decision() {
    let rest = "[exchange]\nuse = \"mesh\"\n[release]\nofficers = 1000\n                approval = { constant = \"10min\" }\ndelay = \"1h\"\n                rules = [{ from = \"z1\", to = \"z2\", delay = \"4h\" }]";
    for engine in [Engine::Event, Engine::Turmoil] {
        let scale = if engine == Engine::Event { 1 } else { 0 };
        let text = leads(3, [6, 1, 2 + 8 * scale, 7 + 8 * scale], rest);
        let text = text.replace("40ms", "100ms");
        let text = format!("resolution = \"100ms\"\n{text}");
        let [seen, published] = seen_and_published(&text, engine);
        assert!(seen.len() > 10, "{} leads", seen.len());
        let minutes = |count: u64| count * 600;
        let mut expected: Vec<_> = seen
            .iter()
            .flat_map(|&(zone, at)| {
                let slow = if zone == 1 { 250 } else { 70 };
                [(zone, at + minutes(70)), (zone, at + minutes(slow))]
            })
            .collect();
        let mut published = published;
        expected.sort_unstable();
        published.sort_unstable();
        assert_eq!(published, expected);
    }
}

/// With b decisions for a lead and one officer, a decision is taken (1 + b)/2 * s/(1 - load) after the
/// lead is seen on average: M^X/M/1 with batches of b.
#[test]
fn officers_are_a_queue_with_batch_arrivals() {
    let (zones, approval) = (4.0, 240.0);
    for (exchange, batch) in [("mesh", zones - 1.0), ("hub", 1.0)] {
        let rest = format!(
            "[exchange]\nuse = \"{exchange}\"\n[release]\nofficers = 1\napproval = \"4min\""
        );
        let text = leads(4, [40, 4, 1000, 1100], &rest);
        let [seen, published] = seen_and_published(&text, Engine::Event);
        assert_eq!(published.len(), seen.len() * batch as usize, "all decisions are taken");
        let sum = |all: &[(u32, u64)]| all.iter().map(|&(_, at)| at as f64 / 1000.0).sum::<f64>();
        let measured = (sum(&published) - batch * sum(&seen)) / published.len() as f64;
        let per_zone = 40.0 / (4.0 * 3600.0) / zones;
        let load = per_zone * batch * approval;
        let expected = (1.0 + batch) / 2.0 * approval / (1.0 - load);
        let error = (measured / expected - 1.0).abs();
        assert!(error < 0.1, "{exchange}: {measured:.0} s, expected {expected:.0} s");
    }
}

/// Two clerks at load 0.8: an item is 8 s / (1 - 0.64) in the registry on average (M/M/2).
#[test]
fn clerks_are_a_queue() {
    let text = |horizon: u32| {
        format!(
            "horizon = \"{horizon}s\"\nstop = \"horizon\"\nzones.generate = 3\n[hub]\n             seat = \"z0\"\nclerks = 2\nhandling = \"8s\"\n[network]\nlatency = \"40ms\"\n             [workload.items]\nmean_interval = \"5s\"\n[exchange]\nuse = \"hub\"\n"
        )
    };
    let simulation = |horizon| Scenario::parse(&text(horizon)).unwrap().simulation().unwrap();
    let runs = simulation(100_000).measure(1..5);
    let mean = |of: &dyn Fn(&zonesim::metrics::MetricRow) -> Option<f64>| {
        runs.iter().map(|run| of(&run.row).unwrap()).sum::<f64>() / runs.len() as f64
    };
    let (measured, expected) = (mean(&|row| row.to_all_ms), 80.0 + 8000.0 / 0.36);
    assert!((measured / expected - 1.0).abs() < 0.06, "{measured:.0} ms, expected {expected:.0}");
    let short = simulation(300);
    let run = short.run(1);
    assert_eq!(run.digest, short.run_on(Engine::Turmoil, 1).digest);
    assert_eq!(run.violation, None);
}
