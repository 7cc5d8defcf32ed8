//! The program as a hand or a script meets it: outputs, exit codes, files.

use std::fs;
use std::path::PathBuf;

use crate::common::program::{json, text, zonesim};
use serde_json::Value;
use zonesim::metrics::METRICS;

/// A file in a folder of this test run's own.
fn scratch(name: &str, content: &str) -> PathBuf {
    let folder = scratch!().join("cli");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn json_of_one_run_has_every_name() {
    let one = json(&["run", "sims/rounds.toml", "--json"]);
    for (key, value) in [("scenario", "sims/rounds.toml"), ("engine", "event")] {
        assert_eq!(one[key], value);
    }
    assert_eq!((one["seed"].as_u64(), one["digest"].as_str().unwrap().len()), (Some(1), 32));
    let metrics = one["metrics"].as_object().unwrap();
    assert_eq!(metrics.len(), METRICS.len());
    assert!(METRICS.iter().all(|column| metrics.contains_key(column.name)));
    assert!(metrics["spread_ms"].is_null() && metrics["to_all_ms"].is_number());
}

#[test]
fn json_of_many_runs_has_every_statistic() {
    let many = json(&["run", "sims/rounds.toml", "--runs", "50", "--seed", "7", "--json"]);
    assert_eq!((many["runs"].as_u64(), many["seed"].as_u64()), (Some(50), Some(7)));
    let all = &many["metrics"]["to_all_ms"];
    for statistic in ["mean", "sd", "p50", "p90", "p99", "min", "max", "ci95"] {
        assert!(all[statistic].is_number(), "{statistic}");
    }
    assert_eq!(all["n"].as_u64(), Some(50));
    let spread = &many["metrics"]["spread_ms"];
    assert!(spread["n"] == 0 && spread["mean"].is_null());
    // Seeds follow the first: the first run is that of the seed alone.
    let first = json(&["run", "sims/rounds.toml", "--seed", "7", "--json"]);
    let alone = json(&["run", "sims/rounds.toml", "--runs", "1", "--seed", "7", "--json"]);
    assert_eq!(first["metrics"]["to_all_ms"], alone["metrics"]["to_all_ms"]["mean"]);
}

/// Push within five cycles reaches all in some runs only.
#[test]
fn the_head_of_many_runs_says_how_many_had_a_value() {
    let few = ["run", "sims/rounds.toml", "--set", "horizon=5s", "--runs", "40"];
    let found = json(&[&few[..], &["--json"]].concat());
    let n = |name: &str| found["metrics"][name]["n"].as_u64().unwrap();
    assert!((1..40).contains(&n("to_all_ms")) && n("to_first_ms") == 40, "{found}");
    let shown = text(&zonesim(&few).stdout);
    let least = n("to_all_ms");
    let head = format!("40 runs, seeds 1 to 40; {least} to 40 of them have a value (n)\n");
    assert!(shown.contains(&head), "{shown}");
    let enough = [&few[..2], &["--runs", "3"]].concat();
    assert!(text(&zonesim(&enough).stdout).contains("3 runs, seeds 1 to 3\n"));
}

/// Zones that order a strike late: some of them for a time after the end of the run.
pub const LATE: &str = r#"horizon = "90min"
zones.generate = 4
hub.seat = "z1"
workload.use = "organisation"
coordination.use = "order"
coordination.order.quiet = "20min"
"#;

#[test]
fn strikes_beyond_the_horizon_are_counted_over_runs() {
    let file = scratch("late.toml", LATE);
    let run = ["run", file.to_str().unwrap()];
    let is_beyond = |seed: u64| {
        let alone = text(&zonesim(&[&run[..], &["--seed", &seed.to_string()]].concat()).stdout);
        alone.contains("it is not part of the run")
    };
    let beyond = (1..=12).filter(|&seed| is_beyond(seed)).count();
    assert!((1..12).contains(&beyond), "{beyond}");
    let many = [&run[..], &["--runs", "12"]].concat();
    let told = format!("\nstrikes beyond the horizon in {beyond} of 12 runs\n");
    let shown = text(&zonesim(&many).stdout);
    assert!(shown.contains(&told), "{shown}");
    assert_eq!(json(&[&many[..], &["--json"]].concat())["strikes_beyond"], beyond);
    let longer = text(&zonesim(&[&many[..], &["--set", "horizon=9h"]].concat()).stdout);
    assert!(!longer.contains("beyond the horizon"), "{longer}");
}

/// Every clock is an hour ahead: it shows the time of a strike before the end of the run, which as a
/// number is behind that.
#[test]
fn a_strike_by_clocks_that_are_ahead_is_not_beyond_the_horizon() {
    let nodes = "[\"z0\", \"z1\", \"z2\", \"z3\", \"hub\"]";
    let ahead = format!(
        r#"[[fault]]
at = "0s"
clock = {nodes}
step = "1h"
"#
    );
    let file = scratch("ahead.toml", &format!("{LATE}{ahead}"));
    let run = ["run", file.to_str().unwrap(), "--set", "horizon=2h"];
    let alone = text(&zonesim(&run).stdout);
    assert!(alone.contains("decides: strike at 2:3") && alone.contains("strikes and captures"));
    assert!(!alone.contains("beyond the horizon"), "{alone}");
    let many = json(&[&run[..], &["--runs", "4", "--json"]].concat());
    let decided = &many["metrics"]["decided_ms"]["n"];
    assert_eq!((decided.as_u64(), many["strikes_beyond"].as_u64()), (Some(4), Some(0)));
}

#[test]
fn engines_and_threads_give_the_same_bytes() {
    let run = |more: &[&str]| {
        let arguments = [&["run", "sims/rounds.toml", "--json"], more].concat();
        text(&zonesim(&arguments).stdout)
    };
    let turmoil = run(&["--engine", "turmoil"]);
    assert_eq!(run(&[]), turmoil.replace("\"turmoil\"", "\"event\""));
    let one = run(&["--runs", "200", "--threads", "1"]);
    assert_eq!(one, run(&["--runs", "200", "--threads", "2"]));
    assert_eq!(one, run(&["--runs", "200"]));
}

#[test]
fn digests_stay_as_they_are() {
    // Stored on the first day, on x86-64 Linux: the same in every process, build and machine. A
    // change of these is a change of every result, and says so in its commit.
    for (file, more, digest) in [
        ("sims/rounds.toml", &[][..], "9449ca9c83028d597a9b97d0730984f4"),
        ("sims/leads-2019.toml", &[][..], "a7f0128db0a29a0d710f28e3ba17ef78"),
        ("sims/leads-2019.toml", &["--seed", "2"][..], "c1c9005c703b7d293f0ad01c700d1558"),
        ("sims/direct-or-hub.toml", &[][..], "ad78d341b77dee5e814392b2b2aad89b"),
    ] {
        let one = json(&[&["run", file, "--json"], more].concat());
        assert_eq!(one["digest"], digest, "{file} {more:?}");
    }
}

#[test]
fn a_trace_is_lines_of_json_and_is_whole() {
    let path = scratch("trace.jsonl", "");
    let name = path.to_str().unwrap();
    assert!(zonesim(&["run", "sims/rounds.toml", "--trace", name]).status.success());
    let trace = fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = trace.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let head =
        serde_json::json!({ "zonesim": env!("CARGO_PKG_VERSION"), "seed": 1, "tick": "1ms" });
    assert_eq!(lines[0], head);
    assert_eq!(lines[1]["event"], "publish");
    assert_eq!(lines.last().unwrap()["event"], "end");
    let learnt = lines.iter().filter(|line| line["event"] == "learn").count();
    assert_eq!(learnt, 7);
    assert!(!path.with_extension("jsonl.part0").exists());
}

#[test]
fn exit_codes_tell_classes_apart() {
    let wrong = scratch(
        "wrong.toml",
        r#"[zones]
generate = 8
[network]
latencey = "1ms"
"#,
    );
    let wrong = wrong.to_str().unwrap();
    let rounds = "sims/rounds.toml";
    let nowhere = "/nowhere/at/all/trace.jsonl";
    for (arguments, code, words) in [
        (&["run", wrong][..], 3, "did you mean `latency`?"),
        (&["run", wrong][..], 3, "wrong.toml:4:1"),
        (&["run", rounds, "--set", "network.loss=2"][..], 3, "command line:1:"),
        (&["run", "missing.toml"][..], 4, "cannot read missing.toml"),
        (&["run", rounds, "--trace", nowhere][..], 4, "/nowhere/at/all is no folder"),
        (&["run", rounds, "--events", "--json"][..], 2, "--json"),
        (&["run", rounds, "--events", "--runs", "2"][..], 2, "--runs"),
        (&["run"][..], 2, "required"),
        (&["run", rounds, "--engine", "warp"][..], 2, "event or turmoil"),
        (&["run", rounds, "--runs", "0"][..], 2, "--runs"),
        (&["verify", rounds, "--horizon", "60"][..], 2, "unit"),
        (&["run", rounds, "--engine", "turmoil", "--set", "zones.generate=17"][..], 6, "--force"),
        (&["verify", rounds, "--set", "zones.generate=17"][..], 6, "17"),
        (&["verify", wrong, rounds][..], 3, "latencey"),
        (&["list", "exchange", "gosip"][..], 2, "did you mean `gossip`?"),
        (&["list", "coordination", "2pc"][..], 2, "expected one of independent, order, two-phase"),
        (&["list", "exchanges"][..], 2, "exchange"),
        (&["schema"][..], 0, ""),
        (&["schema", "sweep"][..], 0, ""),
        (&["schema", "network"][..], 2, "network"),
        (&["--help"][..], 0, ""),
        (&["--version"][..], 0, ""),
    ] {
        let output = zonesim(arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?} should say {words}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn lists_come_from_the_code() {
    for (what, word) in [
        ("exchange", "gossip"),
        ("coordination", "order"),
        ("metrics", "to_all_ms"),
        ("faults", "isolate"),
        ("engines", "turmoil"),
    ] {
        let output = zonesim(&["list", what]);
        assert!(output.status.success() && text(&output.stdout).contains(word), "{what}");
        assert!(text(&output.stdout).lines().all(|line| line.chars().count() <= 100), "{what}");
        assert!(json(&["list", what, "--json"]).is_object(), "{what}");
        let one = json(&["list", what, word, "--json"]);
        assert_eq!(one.as_object().unwrap().keys().collect::<Vec<_>>(), [word], "{what}");
    }
}

#[test]
fn a_protocol_is_explained() {
    let said = text(&zonesim(&["list", "exchange", "gossip"]).stdout);
    assert!(said.starts_with("gossip: every zone pushes to or pulls from random others"), "{said}");
    let fanout = "  fanout            1            1 to n-1            Number of distinct";
    for words in ["  source    Demers", "  deviates  - ", "  costs     ", "  guarantee ", fanout] {
        assert!(said.contains(&format!("\n{words}")), "{words}: {said}");
    }
    assert!(!said.contains("mesh") && !said.contains('\u{1b}'), "{said}");
    let one = &json(&["list", "exchange", "gossip", "--json"])["gossip"];
    let fanout = one["settings"].as_array().unwrap().iter().find(|s| s["key"] == "fanout").unwrap();
    assert_eq!((&fanout["default"], &fanout["range"]), (&"1".into(), &"1 to n-1".into()));
    assert_eq!(one["formulas"][0]["formula"], "i*fanout");
    // An editor is told the same.
    let schema = json(&["schema"]);
    let path = "/properties/exchange/properties/gossip/properties/fanout/description";
    let told = "Number of distinct partners per cycle, called in random order. Range: 1 to n-1. Default: 1 (Demers 1987, 1.3).";
    assert_eq!(schema.pointer(path).unwrap(), told);
}

#[test]
fn verify_says_what_it_compared() {
    let output = zonesim(&["verify", "sims/rounds.toml", "--seeds", "2", "--horizon", "8s"]);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("equal ")).count(), 2, "{said}");
    assert!(said.contains("to 0:00:08.000 of 0:03:20.000"), "{said}");
}

#[test]
fn long_times_are_told_as_people_say_them() {
    let scenario = "sims/leads-2019.toml";
    let run = |more: &[&str]| text(&zonesim(&[&["run", scenario], more].concat()).stdout);
    for seed in ["3", "11"] {
        let json = run(&["--seed", seed, "--json"]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let minutes = (json["metrics"]["located_ms"].as_f64().unwrap() / 6e4).round() as u64;
        let said = format!("{} h {} min", minutes / 60, minutes % 60);
        let page = run(&["--seed", seed]);
        let line = page.lines().find(|line| line.starts_with("  located ")).expect("a line");
        assert_eq!(line.split_once("located").unwrap().1.trim(), said);
        assert!(!page.contains("located_ms") && page.contains("  lower_bound_ms "), "{page}");
    }
}
