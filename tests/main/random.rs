//! Random scenarios give the same trace on both engines, byte for byte.
//!
//! `ZONESIM_RANDOM=3000` tries that many, `ZONESIM_RANDOM=17..18` those from 17 up to 18. Every
//! scenario is drawn from its number, and a failure says which.

mod tally;

use std::ops::Range;

use crate::common::json_schema;
use tally::{Counts, Tally};
use zonesim::engine::{self, Digest, Engine, JsonlWriter};
use zonesim::experiment::fuzz::random::{self, Protocols, Scenario};
use zonesim::plan::{Plan, PlanOf};
use zonesim::protocol::node::Builtin;
use zonesim::report::first_difference;
use zonesim::scenario::{self, Diagnostic};

/// So many are tried if nothing else is said.
const SCENARIOS: u64 = 400;

/// The tests that share them: as many as run side by side on a small machine.
const PARTS: u64 = 2;

/// What must have happened in each part, and how often at the least: equal traces of runs in which
/// nothing went wrong would say little.
const LEAST: [(&str, u64); 26] = [
    ("waits in uplinks", 500),
    ("bulk leaves uplinks", 300),
    ("arrivals at downlinks", 3_000),
    ("bulk at downlinks", 150),
    ("taken from downlinks", 1),
    ("messages", 60_000),
    ("deliveries", 40_000),
    ("losses", 7_000),
    ("taken by partitions", 3_000),
    ("taken by isolation", 5_000),
    ("taken by crashes", 3_000),
    ("held", 2_000),
    ("queued", 3_000),
    ("dropped", 100),
    ("copies", 3_000),
    ("slowed", 1_000),
    ("sent over lossy links", 1_500),
    ("restarts", 150),
    ("late publications", 120),
    ("learns", 10_000),
    ("learnt again", 60),
    ("members located", 120),
    ("located again", 2),
    ("decisions", 35),
    ("strikes", 80),
    ("adjustments of clocks", 100),
];

/// What a scenario may say that must be said in some scenarios of each part.
const SAID: &[&str] = &[
    "[hub]\nseat",
    "min_acknowledged = 2",
    "\ndeputy",
    "\nlease",
    "[hub]\nat",
    "[hub]\n[network]",
    "observer",
    "generate",
    "one_way = \"",
    "round_trip",
    "geo",
    "rtt",
    "[network.latency.rtt]",
    "[network.latency.one_way]",
    "latency.one_way.names]",
    "\nmissing = ",
    "matrix = \"",
    "matrix = {",
    "\"none\"",
    "uniform",
    "exponential",
    "lognormal",
    "gamma",
    "burst",
    "start = \"stationary\"",
    "start = \"good\"",
    "pareto",
    "duplicate",
    "order = \"fifo\"",
    "order = \"any\"",
    "bandwidth",
    "\nuplink",
    "\ndownlink",
    "\nbulk_from",
    "\nqueue",
    "item_size",
    "[workload.item_size]\nexponential",
    "[workload.item_size]\nuniform",
    "[[workload.items.sources]]",
    "clock = {",
    "[clocks]",
    "[clocks.sync.averaging]",
    "clock = [",
    "delay = [",
    "factor",
    "add = ",
    "loss = [",
    "memory = \"lost\"",
    "[nemesis]",
    "samples",
    "-hub\"",
    ">hub\"",
    "at = \"0us\"",
    "partition = [",
    "hold",
    "isolate",
    "crash",
    "one_way = true",
    "[\"*\"]",
    "crash = [\"*\"]",
    "isolate = [\"*\"]",
    "\nshare = ",
    "\ninterval = \"",
    "[workload.items]\ninterval",
    "mean_interval",
    "\ncount",
    "\"mesh\"",
    "\"hub\"\n[exchange.hub]",
    "\"hub-with-fallback\"",
    "\"bulletin\"",
    "\"relay\"",
    "\"anti-entropy\"",
    "\"log\"",
    "\"push\"",
    "\"pull\"",
    "\"push-pull\"",
    "\"synchronous\"",
    "interval_jitter",
    "\"poisson\"",
    "\"order\"",
    "\"two-phase\"",
    "\"rendezvous\"",
    "\"random-attack\"",
    "\"quorum\"",
    "\"consensus\"",
    "\"threshold-gossip\"",
    "\"stand-down\"",
    "\"go\"",
    "\"feedback\"",
    "\"blind\"",
    "\"counter\"",
    "\"coin\"",
    "connection_limit",
    "\nhunt",
    "\nspatial_exponent",
    "\"complete\"",
    "\"line\"",
    "grid",
    "tree",
    "centre = ",
    "regular",
    "edges = [",
    "file = \"",
    "\nacknowledged = true",
    "\nacknowledged = false",
    "\nbatch",
    "\nthreshold = \"none\"",
    "\nthreshold = 1",
    "[desk]",
    "[law]",
    "fusion = \"everywhere\"",
    "fusion = \"home\"",
    "fusion = \"hub\"",
    "priority = false",
    "translators",
    "techniques",
    "recognises",
    "\nneeds",
    "\nwarrant",
    "\nteams",
    "\nstrike",
    ".kinds]",
    ".sources.",
    ".languages]",
    "\nlanguages = [",
    "\nphantoms",
    "\ncells",
    "\nwarning_others",
    "\nattack",
    "\nattack_needs",
    ".hasty_attack]",
    "organisation.leads]]",
    "\nhomes",
    "[release]",
    "\nofficers",
    "[release.tlp]",
    "\norcon",
    "[[release.rules]]",
    "deny = true",
    "\nclerks",
    "\nhandling",
];

/// In so many scenarios at the least.
const SAID_IN: u64 = 1;

/// Scenarios on which the engines once fell out.
const ONCE_FOUND: [&str; 5] = [
    // What is held for ever departs at the instant that never comes.
    r#"[zones]
generate = 2
[[fault]]
at = "0s"
hold = [["z0"], ["z1"]]"#,
    // Nobody is up at the first instant: nothing is handled in it, and still the run may be over.
    r#"[zones]
generate = 2
[[fault]]
at = "0s"
crash = ["z0", "z1"]"#,
    r#"[zones]
generate = 2
[[fault]]
at = "0s"
for = "1s"
crash = ["z0", "z1"]
[workload.items]
interval = "1s"
count = 0"#,
    // A hub that assesses publishes findings, and sent them to itself.
    r#"[zones]
generate = 3
[hub]
[desk]
fusion = "hub"
[workload]
use = "organisation"
[workload.organisation]
members = 3
corroboration = 1
lead_interval = "500ms"
assessment = "10ms"
[exchange]
use = "flood"
[coordination]
use = "independent""#,
    // So did one that asks a zone with the technique that it lacks.
    r#"[zones]
generate = 3
[hub]
techniques = ["travel"]
[desk]
fusion = "hub"
[workload]
use = "organisation"
[workload.organisation]
members = 3
corroboration = 2
lead_interval = "500ms"
assessment = "10ms"
[exchange]
use = "hub"
[coordination]
use = "independent""#,
];

#[test]
fn traces_are_equal_first_half() {
    half(0);
}

#[test]
#[ignore = "slow"]
fn traces_are_equal_second_half() {
    half(1);
}

#[test]
fn traces_are_equal_where_they_once_differed() {
    for toml in ONCE_FOUND {
        let toml = format!("horizon = \"5s\"\n{toml}");
        compare(1, &Scenario { toml, ..Scenario::default() });
    }
}

/// Few scenarios have both a deputy and an operation: those of many seeds are tried.
#[test]
fn traces_of_deputies_are_equal() {
    let (mut tried, mut decided) = (0, 0);
    for seed in SCENARIOS..4 * SCENARIOS {
        let scenario = random::scenario(seed, &Protocols::new::<Builtin>());
        let has = |word: &str| scenario.toml.contains(word);
        if has("\ndeputy") && has("use = \"organisation\"") {
            tried += 1;
            decided += compare(seed, &scenario).get("decisions of deputies").copied().unwrap_or(0);
        }
    }
    println!("{decided} decisions of deputies in {tried} scenarios");
    assert!(tried >= 15 && decided >= 3, "{decided} in {tried}");
}

#[test]
fn the_schema_knows_all_that_is_said() {
    let schema = scenario::schema::<Builtin>();
    for seed in 0..SCENARIOS {
        let scenario = random::scenario(seed, &Protocols::new::<Builtin>());
        let value = json_schema::of_toml(&scenario.toml).expect("TOML");
        let wrong = json_schema::wrong(&schema, &value, "");
        assert_eq!(wrong, None, "seed {seed}\n{}", scenario.toml);
    }
}

fn half(part: u64) {
    let seeds = seeds();
    let many = seeds.end - seeds.start >= SCENARIOS;
    let mut all = Counts::new();
    for seed in seeds.filter(|seed| seed % PARTS == part) {
        let again = format!("zonesim verify --random 1 --seed {seed}");
        let _tried = Tried(again);
        let scenario = random::scenario(seed, &Protocols::new::<Builtin>());
        for (what, count) in compare(seed, &scenario) {
            *all.entry(what).or_default() += count;
        }
        for &word in SAID.iter().filter(|word| scenario.toml.contains(**word)) {
            *all.entry(word).or_default() += 1;
        }
    }
    println!("{all:#?}");
    let said = SAID.iter().map(|&word| (word, SAID_IN));
    for (what, least) in LEAST.into_iter().chain(said).filter(|_| many) {
        let count = all.get(what).copied().unwrap_or(0);
        assert!(count >= least, "{what:?}: {count}; the test bites from {least}");
    }
}

/// The numbers of the scenarios to try.
fn seeds() -> Range<u64> {
    let Ok(asked) = std::env::var("ZONESIM_RANDOM") else { return 0..SCENARIOS };
    let number = |text: &str| text.parse().expect("ZONESIM_RANDOM is 3000, say, or 17..18");
    match asked.split_once("..") {
        Some((start, end)) => number(start)..number(end),
        None => 0..number(&asked),
    }
}

/// Says what was tried if anything fails while it is.
struct Tried(String);

impl Drop for Tried {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0);
        }
    }
}

/// Runs a scenario on both engines; what happened in it.
fn compare(seed: u64, scenario: &Scenario) -> Counts {
    let _tried = Tried(format!("seed {seed}\n{}\n{:?}", scenario.toml, scenario.files));
    let plan = plan(scenario).unwrap_or_else(|wrong| panic!("{wrong}"));
    let mut event = (Digest::default(), Tally::new(&plan, seed));
    let mut turmoil = (Digest::default(), Tally::new(&plan, seed));
    let endings = [
        engine::run::<Builtin, _>(Engine::Event, &plan, seed, &mut event),
        engine::run::<Builtin, _>(Engine::Turmoil, &plan, seed, &mut turmoil),
    ];
    if event.0.hex() != turmoil.0.hex() {
        panic!("the traces differ\n{}", difference(&plan, seed));
    }
    assert_eq!(endings[0], endings[1]);
    event.1.close(endings[0]);
    turmoil.1.close(endings[1])
}

fn plan(scenario: &Scenario) -> Result<PlanOf<Builtin>, Diagnostic> {
    Plan::new::<Builtin>(&scenario.load("random.toml", &[])?)
}

/// The first lines that differ, among their neighbours.
fn difference(plan: &PlanOf<Builtin>, seed: u64) -> String {
    let [event, turmoil] = [Engine::Event, Engine::Turmoil].map(|engine| {
        let mut lines = JsonlWriter::new(&plan.names, Vec::new());
        engine::run::<Builtin, _>(engine, plan, seed, &mut lines);
        let bytes = lines.finish().expect("memory can be written to");
        String::from_utf8(bytes).expect("JSON is text")
    });
    first_difference(("event", &event), ("turmoil", &turmoil))
}
