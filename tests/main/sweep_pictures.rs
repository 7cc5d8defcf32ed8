//! Pictures of sweeps: axes that go together are one axis, and a diagonal is no heat map.

use std::fs;

use crate::common::sweeps::{errors, file, folder, sweep};

/// Eight zones that gossip; what varies comes below.
const HEAD: &str = r#"scenario = "ROOT/sims/rounds.toml"
seeds = { base = 3, count = 2 }
metrics = ["to_all_ms"]
"#;

/// The picture of a sweep, or what refuses it.
fn picture(name: &str, axes: &str, more: &[&str]) -> Result<String, String> {
    let folder = folder(&format!("pictures-{name}"));
    let sheet = file(&folder, &format!("{HEAD}{axes}"));
    let svg = folder.join("picture.svg");
    let plot = ["--plot", svg.to_str().unwrap()];
    let output = sweep(&sheet, &folder.join("out"), &[&plot, more].concat());
    match output.status.code() {
        Some(0) => Ok(fs::read_to_string(svg).unwrap()),
        _ => Err(errors(&output)),
    }
}

const ZIPPED: &str = r#"zip = [["network.loss", "network.latency"]]
[axes]
"network.loss" = [0.0, 0.1, 0.2]
"network.latency" = ["5ms", "10ms", "15ms"]
"#;

#[test]
fn axes_that_go_together_are_one_axis() {
    let svg = picture("zipped", ZIPPED, &[]).unwrap();
    assert!(svg.contains("network.loss with network.latency"), "{svg}");
    // One line: the zipped axis tells no series apart.
    assert!(!svg.contains("network.latency="), "{svg}");
    let three = format!("{ZIPPED}\"exchange.gossip.mode\" = [\"push\", \"pull\"]\n");
    let svg = picture("zipped-lines", &three, &[]).unwrap();
    for words in ["network.loss with network.latency", "push", "pull"] {
        assert!(svg.contains(words), "{words}: {svg}");
    }
    let heat = format!("{ZIPPED}\"exchange.gossip.fanout\" = [1, 2]\n");
    let svg = picture("zipped-heat", &heat, &[]).unwrap();
    // Six cells of two axes, each with its colour.
    assert!(svg.contains("exchange.gossip.fanout") && !svg.contains("no value"), "{svg}");
}

/// With such a loss few runs reach all before the horizon, and none without a run.
#[test]
fn a_footer_says_how_many_runs_had_a_value() {
    let axes = r#"set = ["horizon=3s"]
[axes]
"network.loss" = [0.0, 1.0]
"#;
    let svg = picture("valued", axes, &[]).unwrap();
    assert!(svg.contains("of 2 runs with a value at each point"), "{svg}");
}

#[test]
fn a_diagonal_is_no_heat_map() {
    let heat = ["--plot-as", "heat"];
    let refusal = picture("diagonal", ZIPPED, &heat).unwrap_err();
    assert!(refusal.contains("a heat map needs two axes"), "{refusal}");
    assert!(refusal.contains("of 1 that vary"), "{refusal}");
    let sampled = r#"design = { latin-hypercube = { points = 9, seed = 1 } }
[axes]
"network.loss" = { from = 0.0, to = 0.2 }
"network.latency" = { from = "5ms", to = "15ms" }
"#;
    let refusal = picture("sampled-heat", sampled, &heat).unwrap_err();
    assert!(refusal.contains("a point for most pairs"), "{refusal}");
    // Nine points have a row each.
    let svg = picture("sampled", sampled, &[]).unwrap();
    assert_eq!(svg.matches("<circle").count(), 9, "{svg}");
    let excluded = r#"exclude = [{ "network.loss" = 0.0, "network.duplicate" = 0.1 }, { "network.loss" = 0.1, "network.duplicate" = 0.0 }]
[axes]
"network.loss" = [0.0, 0.1]
"network.duplicate" = [0.0, 0.1]
"#;
    let refusal = picture("excluded", excluded, &heat).unwrap_err();
    assert!(refusal.contains("a point for most pairs"), "{refusal}");
}
