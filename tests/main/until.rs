//! `--until`: intervals as narrow as asked, and what is said where they cannot be.

use crate::common::program::{line, text, zonesim};
use serde_json::Value;

#[test]
fn until_ends_with_an_interval_as_narrow_as_asked() {
    let json = |arguments: &[&str]| -> Value {
        let output = zonesim(arguments);
        assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let until = ["--until", "to_all_ms ±2%", "--until", "messages ±0.5", "--json"];
    let found = json(&[&["run", "sims/rounds.toml"], &until[..]].concat());
    let metric = |name: &str, key: &str| found["metrics"][name][key].as_f64().unwrap();
    assert!(metric("to_all_ms", "ci95") <= 0.02 * metric("to_all_ms", "mean"), "{found}");
    assert!(metric("messages", "ci95") <= 0.5, "{found}");
    // By theory (1.96 x 22.7 % / 2 %)^2 = 495 runs for the time; no more than a step beyond.
    let runs = found["runs"].as_u64().unwrap();
    assert!((300..1500).contains(&runs), "{runs}");
    assert_eq!(found["metrics"]["to_all_ms"]["n"], runs);

    let vary = ["--vary", "exchange.gossip.mode=push,pull,push-pull"];
    let found = json(&[&["compare", "sims/rounds.toml"], &vary[..], &until].concat());
    for choice in found["choices"].as_array().unwrap() {
        let name = choice["name"].as_str().unwrap();
        let half = |metric: &str| {
            let line = line(&found, name, metric);
            assert_eq!(line["n"], found["runs"]);
            let end = |key: &str| line["ci95"][key].as_f64().unwrap();
            ((end("high") - end("low")) / 2.0, line["mean"].as_f64().unwrap())
        };
        let (time, messages) = (half("to_all_ms"), half("messages"));
        assert!(time.0 <= 0.02 * time.1 && messages.0 <= 0.5, "{name}: {time:?} {messages:?}");
    }
}

#[test]
fn until_says_what_cannot_be_reached() {
    let file = "sims/rounds.toml";
    let vary = ["--vary", "exchange.gossip.mode=push,pull"];
    let cases = [
        (["--until", "incomplete ±2%", "--runs", "300"], "its mean is 0", 100),
        (["--until", "to_all_ms ±0.1%", "--runs", "300"], "still too wide", 300),
        (["--until", "captured ±1%", "--runs", "300"], "no run has a value", 100),
    ];
    for (until, why, runs) in cases {
        for command in [&["run", file][..], &["compare", file, vary[0], vary[1]]] {
            let output = zonesim(&[command, &until, &["--json"]].concat());
            let told = text(&output.stderr);
            assert_eq!(output.status.code(), Some(11), "{told}");
            assert!(told.starts_with("note: ") && told.contains(why), "{until:?}: {told}");
            let found: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(found["runs"], runs, "{until:?}");
            // Of every choice.
            let notes = if command.len() > 2 { 2 } else { 1 };
            assert_eq!(told.lines().count(), notes, "{told}");
        }
    }
}
