//! Goals: those of one run by hand, and their probability in every command.

use std::fs;
use std::path::Path;

use serde_json::Value;
use zonesim::engine::Engine;
use zonesim::experiment::run::Runner;
use zonesim::experiment::statistics::{BinaryPairs, Interval};
use zonesim::metrics::Goal;
use zonesim::protocol::node::Builtin;
use zonesim::testing::Scenario;

use super::cli::LATE;
use crate::common::program::{json, printed, zonesim};
use crate::common::root;

/// By hand: zones a, b and c, 100 ms apart, mesh. Items of a at 0 s and 1 s: each has reached all after
/// 100 ms. Before 1 s one item is published; at 50 ms it has reached nobody, at 1050 ms the second has
/// not.
#[test]
fn goals_of_a_run_by_hand() {
    let text = r#"
horizon = "10s"
[zones]
generate = 3
[network]
latency = "100ms"
[workload.items]
at = ["0s", "1s"]
from = ["z0", "z0"]
[exchange]
use = "mesh"
"#;
    let scenario = Scenario::<Builtin>::parse(text).unwrap();
    for (text, expected) in [
        ("items = 2 and coverage = 1", true),
        ("coverage = 1", true),
        ("items = 2 before 1s", false),
        ("items = 2 before 1001ms", true),
        ("items = 1 and coverage = 100% before 1s", true),
        ("coverage = 0 before 50ms", true),
        // An event at the horizon is not part of a run.
        ("coverage = 0 before 100ms", true),
        ("coverage = 1 before 101ms", true),
        ("coverage = 0.5 and incomplete = 1 before 1050ms", true),
        ("to_all <= 100ms before 1050ms", true),
        ("captured >= 0 before 1050ms", false),
    ] {
        let goal = Goal::read(text).unwrap();
        let plan = scenario.simulation().unwrap().plan().clone();
        let runner = Runner::<Builtin>::new(plan).with_goal(Some(&goal)).unwrap();
        for engine in [Engine::Event, Engine::Turmoil] {
            assert_eq!(runner.run(engine, 1, ()).goal, Some(expected), "{text}");
        }
    }
}

/// Zone a is down from 0.5 s to 3 s and publishes then what was due at 1 s. Before 2 s the run has one
/// item, and with that horizon it has another number.
#[test]
fn an_item_that_waits_for_its_zone_is_not_published_before() {
    let text = r#"
horizon = "10s"
[zones]
generate = 3
[network]
latency = "100ms"
[workload.items]
interval = "1s"
count = 3
[exchange]
use = "mesh"
[[fault]]
crash = ["z1"]
at = "500ms"
for = "2500ms"
"#;
    let scenario = Scenario::<Builtin>::parse(text).unwrap();
    let plan = scenario.simulation().unwrap().plan().clone();
    let goal = Goal::read("items = 2 before 2500ms").unwrap();
    let runner = Runner::<Builtin>::new(plan).with_goal(Some(&goal)).unwrap();
    assert_eq!(runner.run(Engine::Event, 1, ()).goal, Some(true));
}

const GOAL: &str = "captured_share >= 90% and spread <= 10min";

fn interval(value: &Value) -> Interval {
    let end = |key: &str| value[key].as_f64().expect("a number");
    Interval { low: end("low"), high: end("high") }
}

const LEADS: [&str; 6] = [
    "sims/leads-2019.toml",
    "--set",
    "fault.0.for=4h",
    "--set",
    "coordination.order.heard_within=5h",
    "--json",
];

#[test]
fn the_probability_of_a_goal_is_the_share_of_the_runs_that_reach_it() {
    let run = |more: &[&str]| json(&[&["run"], &LEADS[..], more].concat());
    let many = run(&["--runs", "8", "--goal", GOAL]);
    let reached = (1..=8u64).filter(|seed| {
        let one = run(&["--seed", &seed.to_string(), "--goal", GOAL]);
        let metric = |name: &str| one["metrics"][name].as_f64();
        let is_spread = metric("spread_ms").is_some_and(|spread| spread <= 600_000.0);
        let by_hand = metric("captured_share").unwrap_or(0.0) >= 0.9 && is_spread;
        assert_eq!(one["goal"]["reached"].as_bool(), Some(by_hand), "seed {seed}");
        by_hand
    });
    let reached = reached.count() as u64;
    assert!((1..8).contains(&reached), "{reached}: such a goal tells nothing apart");
    let goal = &many["goal"];
    assert_eq!((goal["goal"].as_str(), goal["n"].as_u64()), (Some(GOAL), Some(8)));
    assert_eq!(goal["reached"].as_u64(), Some(reached));
    assert_eq!(interval(&goal["ci95"]), Interval::wilson(reached, 8, 0.95).unwrap());
    assert_eq!(run(&["--runs", "2"])["goal"], Value::Null);
    // Cut, the goal is that of runs with this horizon; the metrics stay those of whole runs.
    let cut = run(&["--runs", "8", "--goal", "captured >= 20 before 8h"]);
    let shorter = run(&["--runs", "8", "--goal", "captured >= 20", "--set", "horizon=8h"]);
    assert_eq!(cut["goal"]["reached"], shorter["goal"]["reached"]);
    assert_eq!(cut["metrics"], many["metrics"]);
    assert_ne!(cut["metrics"], shorter["metrics"]);
}

#[test]
#[ignore = "slow"]
fn a_goal_is_compared_in_pairs() {
    let vary = ["--vary", "coordination=order,two-phase", "--runs", "16", "--goal", GOAL];
    let compared = json(&[&["compare"], &LEADS[..], &vary].concat());
    assert_eq!(compared["goal"].as_str(), Some(GOAL));
    let metric = |choice: usize| &compared["choices"][choice]["metrics"][0];
    for choice in [0, 1] {
        let (n, mean) = (metric(choice)["n"].as_u64().unwrap(), metric(choice)["mean"].as_f64());
        let ones = (mean.unwrap() * n as f64).round() as u64;
        let (found, expected) =
            (interval(&metric(choice)["ci95"]), Interval::wilson(ones, n, 0.95).unwrap());
        let ends = [found.low - expected.low, found.high - expected.high];
        assert!(ends.iter().all(|end| end.abs() < 1e-12), "{found:?}, not {expected:?}");
        assert_eq!(metric(choice)["metric"].as_str(), Some("goal"));
    }
    let difference = &metric(1)["difference"];
    let count = |key: &str| difference["binary"][key].as_u64().unwrap();
    let pairs = BinaryPairs { pairs: count("pairs"), gained: count("gained"), lost: count("lost") };
    assert!(pairs.pairs == 16 && pairs.gained > 0, "{pairs:?}");
    assert_eq!(interval(&difference["ci95"]), pairs.interval(0.95).unwrap());
    assert_eq!(difference["p_mcnemar"].as_f64(), Some(pairs.p()));
    let verdict = difference["judgement"]["verdict"].as_str().unwrap();
    assert!(["better", "worse", "equivalent", "inconclusive"].contains(&verdict), "{verdict}");
    let until = ["--vary", "coordination=order,two-phase", "--goal", GOAL, "--until", "goal ±0.3"];
    let narrow = json(&[&["compare"], &LEADS[..], &until].concat());
    let ci95 = interval(&narrow["choices"][0]["metrics"][0]["ci95"]);
    assert!(ci95.high - ci95.low <= 0.6, "{ci95:?}");
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_goal_is_a_column_of_a_sweep() {
    let folder = scratch!().join("goal");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    let (out, again, file) = (folder.join("out"), folder.join("again"), folder.join("s.toml"));
    let scenario = root().join("sims/rounds.toml");
    let text = format!(
        "scenario = {:?}\nseeds.count = 6\n[axes]\n\"network.loss\" = [0.0, 0.3]\n",
        scenario.to_str().unwrap()
    );
    fs::write(&file, text).unwrap();
    let goal = "incomplete = 0 and messages <= 100000 before 7s";
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let plot = path(&folder.join("goal.svg"));
    let sweep = |file: &Path, out: &Path, more: &[&str]| {
        zonesim(&[&["sweep", &path(file), "--out", &path(out)], more].concat())
    };
    let first = sweep(&file, &out, &["--goal", goal, "--metrics", "goal", "--plot", &plot]);
    assert!(first.status.success(), "{first:?}");
    assert!(read(Path::new(&plot)).contains("goal"));
    let runs = read(&out.join("runs.csv"));
    let mut lines = runs.lines();
    assert!(lines.next().unwrap().ends_with(",goal"), "{runs}");
    let ones = lines.filter(|line| line.ends_with(",1")).count();
    let last = |line: &str| line.rsplit(',').next().map(str::to_owned);
    assert!(runs.lines().skip(1).all(|line| ["0", "1"].contains(&&*last(line).unwrap())));
    assert!((1..12).contains(&ones), "{ones} of 12: such a goal tells nothing apart");
    assert_eq!(read(&out.join("points.csv")).matches(",goal,share,6,").count(), 2);
    let meta: Value = serde_json::from_str(&read(&out.join("sweep.json"))).unwrap();
    let columns = meta["columns"].as_array().unwrap();
    assert_eq!(columns.last().unwrap()["definition"].as_str(), Some(goal));
    // The file that a sweep writes has the goal, and another goal is another sweep.
    let repeated = sweep(&out.join("sweep.json"), &again, &[]);
    assert!(repeated.status.success(), "{repeated:?}");
    assert_eq!(read(&again.join("runs.csv")), runs);
    let other = sweep(&file, &out, &["--goal", "incomplete = 0"]);
    let message = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(!other.status.success() && message.contains("goal="), "{message}");
}

#[test]
fn strikes_beyond_the_horizon_are_counted_by_every_command() {
    let folder = scratch!().join("beyond");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    let (late, file, out) = (folder.join("late.toml"), folder.join("s.toml"), folder.join("out"));
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    fs::write(&late, LATE).unwrap();
    let late = path(&late);
    let run = json(&["run", &late, "--runs", "12", "--json"]);
    let beyond = run["strikes_beyond"].as_u64().unwrap();
    assert!((1..12).contains(&beyond), "{beyond}");
    let vary = ["--vary", "coordination=order,independent", "--runs", "12"];
    let compare = [&["compare", &late], &vary[..]].concat();
    assert_eq!(
        json(&[&compare[..], &["--json"]].concat())["strikes_beyond"].as_u64(),
        Some(beyond)
    );
    let line = format!("strikes beyond the horizon in {beyond} of 24 runs");
    assert!(printed(&compare).contains(&line), "{line}");
    let text = "scenario = \"late.toml\"\nseeds.count = 12\n";
    let axes = "axes.coordination = [\"order\", \"independent\"]\n";
    fs::write(&file, format!("{text}{axes}")).unwrap();
    let text = printed(&["sweep", &path(&file), "--out", &path(&out)]);
    assert!(text.contains(&line), "{text}");
    let meta: Value = serde_json::from_str(&read(&out.join("sweep.json"))).unwrap();
    assert_eq!(meta["strikes_beyond"].as_u64(), Some(beyond));
}
