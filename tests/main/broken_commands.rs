//! Errors at the door of `compare`, `run --until` and what `sweep` shows: wrong command lines are
//! refused with exactly the messages in `tests/data/commands`, and before the first run.
//!
//! `ZONESIM_BLESS=1 cargo test --test main broken_commands::` writes the messages anew; read what changed.

use std::fs;
use std::process::{Command, Output};

use crate::common::golden;
use crate::common::root;

fn zonesim(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_zonesim");
    Command::new(program).args(arguments).current_dir(root()).output().expect("it can be run")
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("messages are text")
}

/// Holds what is said of command lines behind `before`, and how they end, to one golden file.
fn hold(name: &str, before: &[&str], cases: &[&[&str]]) {
    let (mut messages, mut wrong) = (String::new(), Vec::new());
    for &case in cases {
        let output = zonesim(&[before, case].concat());
        let (code, message) = (output.status.code(), errors(&output));
        if !matches!(code, Some(2..=4)) || !output.stdout.is_empty() {
            wrong.push(format!("{case:?} ends with {code:?}, or shows something:\n{message}"));
        }
        let machine = golden::machine_words(&message);
        if !machine.is_empty() || (code == Some(3) && !golden::points(&message)) {
            wrong.push(format!("{case:?} points nowhere or speaks of {machine:?}:\n{message}"));
        }
        let words: String = case.iter().map(|word| format!(" {word:?}")).collect();
        let code = code.unwrap_or(-1);
        messages += &format!("zonesim {}{words}\nexit {code}\n{message}\n", before.join(" "));
    }
    let golden = root().join("tests/data/commands").join(format!("{name}.txt"));
    wrong.extend(golden::compare(&golden, &messages));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn wrong_lines_of_compare_are_refused_with_their_messages() {
    let values =
        |range: std::ops::Range<u32>| range.map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let losses = format!("workload.items.at={}", values(0..25).replace(',', "s,") + "s");
    let zones = format!("zones.generate={}", values(6..47));
    let choose = "--vary=exchange.gossip.mode=push,pull";
    hold(
        "compare",
        &["compare", "sims/rounds.toml"],
        &[
            // What to choose among.
            &[],
            &["--vary", "exchange"],
            &["--vary", "exchange="],
            &["--vary", "=mesh"],
            &["--vary", "exchange=mesh,mesh"],
            &["--vary", "exchange=mesh,hubb"],
            &["--vary", "coordination=independant"],
            &["--vary", "exchange=mesh,hub"],
            &["--vary", "network.los=0,0.1"],
            &["--vary", "network.loss=0,2"],
            &["--vary", "fault.1.at=1h,2h"],
            &["--vary", "workload.items.mean_every=1s,2s"],
            &["--vary", "nemesis.at_most=1,2"],
            &["--vary", "exchange.gossip.start=aligned,staggered"],
            &["--vary", "exchange=mesh,gossip", "--vary", "exchange=gossip,mesh"],
            &["--vary", "exchange=mesh,gossip", "--vary", "exchange.use=gossip"],
            &["--vary", "network.loss=0,0.1", "--set", "network.loss=0.2"],
            &["--vary", "network.loss=0,0.1", "--set", "network.\"loss\"=0.2"],
            &["--vary", "network={latency=\"1ms\"}", "--set", "network.loss=0.2"],
            &["--vary", "network.loss=0,0.1", "--set", "network={loss=0.3}"],
            &["--vary", "network={loss=0.1},{loss=0.2}", "--vary", "network.loss=0,0.3"],
            &["--vary", "fault=[],[{at=\"1s\",isolate=[\"z1\"]}]", "--vary", "fault.0.at=1s,2s"],
            &[choose, "--set", "network.loss=0.1", "--set", "network.loss=0.2"],
            &[choose, "--set", "network={loss=0.1}", "--set", "network.loss=0.2"],
            &[choose, "--set", "network.loss=0.1", "--set", "network={}"],
            &[choose, "--set", "network.loss"],
            &[choose, "--set", "network.los=0.1"],
            &["--vary", &losses, "--vary", &zones],
            // The goal.
            &[choose, "--goal", "captured_shar >= 0.9"],
            &[choose, "--goal", "captured_share => 0.9"],
            &[choose, "--goal", "captured_share >= 0.9 before 3h"],
            &[choose, "--metrics", "goal"],
            &[choose, "--min-effect", "goal 0.1"],
            // The metrics.
            &[choose, "--metrics", "to_all"],
            &[choose, "--metrics", "latency"],
            &[choose, "--metrics", ""],
            &[choose, "--metrics", "messages,"],
            &[choose, "--metrics", "messages,to_all_ms,messages"],
            // Floors.
            &[choose, "--min-effect", "1"],
            &[choose, "--min-effect", "5ms"],
            &[choose, "--min-effect", "-1%"],
            &[choose, "--min-effect", "to_all_ms 5"],
            &[choose, "--min-effect", "to_all_ms 5 s"],
            &[choose, "--min-effect", "to_al_ms 5 ms"],
            &[choose, "--min-effect", "coverage 1%"],
            // Runs.
            &[choose, "--runs", "1"],
            &[choose, "--runs", "many"],
            &[choose, "--until", "to_all_ms"],
            &[choose, "--until", "to_al_ms ±2%"],
            &[choose, "--until", "to_all_ms ±0%"],
            &[choose, "--until", "to_all_ms ±2"],
            &[choose, "--until", "to_all_ms ±2 s"],
            &[choose, "--until", "messages ±2 ms"],
            &[choose, "--until", "±2%"],
            &[choose, "--until", ""],
            &[choose, "--interval", "normal"],
            // Where it goes.
            &[choose, "--json", "--csv"],
            &[choose, "--plot", "sims/rounds.toml"],
            &[choose, "--plot", "sims/../sims/rounds.toml"],
        ],
    );
}

#[test]
fn words_of_earlier_versions_are_answered_with_the_new_ones() {
    hold(
        "renamed",
        &[],
        &[
            &["hunt"],
            &["hunt", "--worlds", "10"],
            &["fuzz", "--worlds", "10"],
            &["fuzz", "--worlds=10"],
            &["compare", "sims/rounds.toml", "--vary", "exchange=mesh,hub", "--floor", "1%"],
            &["compare", "sims/rounds.toml", "--vary", "exchange=mesh,flood", "--metrics=floor_ms"],
            &["run", "sims/rounds.toml", "--until", "floor_ms ±2%"],
            &["run", "sims/rounds.toml", "--floor", "1%"],
            &["list", "faults", "cut"],
            &["list", "faults", "slow"],
            &["list", "faults", "lose"],
            &["list", "metrics", "floor_ms"],
        ],
    );
}

#[test]
fn wrong_lines_of_run_until_are_refused_with_their_messages() {
    hold(
        "run",
        &["run", "sims/rounds.toml"],
        &[
            &["--until", "to_al_ms ±2%"],
            &["--until", "to_all_ms ±0%"],
            &["--until", "to_all_ms ± 2 s"],
            &["--until", "to_all_ms 2 parts"],
            &["--until", "to_all_ms ±two%"],
            &["--until", "coverage ±0"],
            &["--until", "to_all_ms ±2%", "--until", "coverage"],
            &["--until", "to_all_ms ±2%", "--runs", "1"],
            &["--until", "to_all_ms ±2%", "--trace", "trace.jsonl"],
            &["--until", "to_all_ms ±2%", "--events"],
            &["--goal", ""],
            &["--goal", "coverage"],
            &["--goal", "coverage >="],
            &["--goal", "coverage >= high"],
            &["--goal", "coverage >= 1.5"],
            &["--goal", "coverage >= 150 %"],
            &["--goal", "coverage >= 10min"],
            &["--goal", "covrage >= 1"],
            &["--goal", "goal = 1"],
            &["--goal", "to_all <= 10"],
            &["--goal", "to_all <= 10 minutes"],
            &["--goal", "to_all <= -10s"],
            &["--goal", "to_all <= 1h30min"],
            &["--goal", "messages <= 1000.5"],
            &["--goal", "messages <= 5 thousand"],
            &["--goal", "bytes <= 64"],
            &["--goal", "bytes <= 64 kilobytes"],
            &["--goal", "split = 2"],
            &["--goal", "stretch <= two"],
            &["--goal", "coverage = 1 && split = 0"],
            &["--goal", "coverage = 1 || split = 0"],
            &["--goal", "coverage = 1 adn split = 0"],
            &["--goal", "coverage = 1 and"],
            &["--goal", "and coverage = 1"],
            &["--goal", "not"],
            &["--goal", "1 <= coverage"],
            &["--goal", "(coverage = 1 or split"],
            &["--goal", "coverage = 1)"],
            &["--goal", "(coverage = 1 before 10s)"],
            &["--goal", "coverage = 1 before"],
            &["--goal", "coverage = 1 before noon"],
            &["--goal", "coverage = 1 before 0s"],
            &["--goal", "coverage = 1 before 10s and split"],
            &["--goal", "coverage = 1 before 1000h"],
            &["--goal", "coverage ≥ 1"],
            &["--until", "goal ±2%"],
            &["--trace", "sims/rounds.toml"],
            &["--set", "network.loss=0.1", "--set", "network.\"loss\"=0.2"],
            &["--set", "network={loss=0.1, duplicate=0}", "--set", "network.duplicate=0.2"],
        ],
    );
}

#[test]
fn wrong_lines_of_what_a_sweep_shows_are_refused_with_their_messages() {
    hold(
        "sweep",
        &["sweep", "sims/sweeps/zones-protocol.toml", "--dry-run"],
        &[
            &["--metrics", "to_all"],
            &["--metrics", "latency"],
            &["--metrics", "messages,messages"],
            &["--metrics", "goal"],
            &["--goal", "coverag = 1"],
            &["--goal", "coverage = 1 before 1000h"],
            &["goal=coverag = 1"],
            &["--plot", "x.svg", "--plot-as", "pie"],
            &["--plot", "x.svg", "--plot-as", "lines", "zones.generate=8"],
            &["--plot", "sims/sweeps/zones-protocol.toml"],
        ],
    );
}

/// What the scenarios of a sweep say must not be drawn over either.
#[test]
fn a_scenario_of_a_sweep_is_not_drawn_over() {
    let folder = scratch!().join("drawn-over");
    fs::create_dir_all(&folder).expect("a folder");
    let (scenario, sweep) = (folder.join("world.toml"), folder.join("sweep.toml"));
    let text = fs::read_to_string(root().join("sims/rounds.toml")).expect("a scenario");
    fs::write(&scenario, &text).expect("a scenario");
    let lines = r#"scenario = "world.toml"
seeds.count = 2
[axes]
"network.loss" = [0, 0.1]
"#;
    fs::write(&sweep, lines).expect("a sweep");
    let (scenario, sweep) = (scenario.to_str().expect("text"), sweep.to_str().expect("text"));
    let output = zonesim(&["sweep", sweep, "--dry-run", "--plot", scenario]);
    let message = errors(&output);
    assert_eq!(output.status.code(), Some(4), "{message}");
    assert!(message.contains("world.toml is read by this command"), "{message}");
    assert_eq!(fs::read_to_string(scenario).expect("it is there"), text);
}

/// Results that are made are never lost.
#[cfg(target_os = "linux")]
#[test]
fn a_picture_that_cannot_be_written_comes_after_the_table() {
    let compare = ["compare", "sims/rounds.toml", "--vary", "network.loss=0,0.1", "--runs", "5"];
    let whole = zonesim(&compare);
    assert!(whole.status.success() && !whole.stdout.is_empty());
    let output = zonesim(&[&compare[..], &["--plot", "/dev/full"]].concat());
    let message = errors(&output);
    assert_eq!(output.status.code(), Some(4), "{message}");
    assert!(message.contains("cannot write /dev/full"), "{message}");
    assert_eq!(output.stdout, whole.stdout);
    let folder = scratch!().join("no-picture");
    drop(fs::remove_dir_all(&folder));
    let out = folder.to_str().expect("text");
    let file = "sims/sweeps/zones-protocol.toml";
    let lines = ["zones.generate=8", "seeds.count=2", "--out", out, "--plot", "/dev/full"];
    let output = zonesim(&[&["sweep", file], &lines[..]].concat());
    let message = errors(&output);
    assert_eq!(output.status.code(), Some(4), "{message}");
    assert!(message.contains("cannot write /dev/full"), "{message}");
    assert!(!output.stdout.is_empty() && folder.join("runs.csv").exists());
}

/// What cannot be written at all is seen before anything is run.
#[test]
fn a_picture_without_a_place_is_refused_early() {
    let compare = ["compare", "sims/rounds.toml", "--vary", "network.loss=0,0.1", "--plot"];
    for (place, words) in [("/nowhere/x.svg", "/nowhere is no folder"), ("sims", "it is a folder")]
    {
        let output = zonesim(&[&compare[..], &[place]].concat());
        let message = errors(&output);
        assert_eq!(output.status.code(), Some(4), "{message}");
        assert!(message.contains(words) && output.stdout.is_empty(), "{message}");
    }
}
