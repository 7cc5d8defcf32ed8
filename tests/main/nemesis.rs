//! Faults that are drawn from the seed: how often, how long, how many, and as a list of one's own.

use std::process::Command;

use crate::common::{digest, plan_of, root};
use zonesim::engine::Engine;
use zonesim::network::fault::{Effect, Fault};

const HEAD: &str = r#"horizon = "100h"
zones.generate = 8
resolution = "100ms"
network.latency = "100ms"
exchange.use = "mesh"
"#;

/// All the kinds there are.
const KINDS: &str =
    "[\"partition\", \"hold\", \"isolate\", \"delay\", \"loss\", \"crash\", \"clock\"]";

fn drawn(nemesis: &str, seed: u64) -> Vec<Fault> {
    plan_of(&format!("{HEAD}[nemesis]\n{nemesis}\n")).schedule(seed).faults().to_vec()
}

fn is_step(fault: &Fault) -> bool {
    matches!(fault.effect, Effect::Clock(..))
}

#[test]
fn times_between_and_to_repair_have_their_means() {
    // So many hold at once that none is left out.
    let nemesis = "mean_between = \"10min\"\nmean_repair = \"90s\"\nmax_concurrent = 1000";
    let faults: Vec<_> = (1..=10).flat_map(|seed| drawn(nemesis, seed)).collect();
    // 600 in 100 hours, 10 times: a standard error of 1.3 %.
    let n = faults.len() as f64;
    assert!((n / 6000.0 - 1.0).abs() < 0.05, "{n}");
    let lasts = faults.iter().map(|fault| (fault.end - fault.start).0 as f64 / 10.0);
    let mean = lasts.sum::<f64>() / n;
    assert!((mean / 90.0 - 1.0).abs() < 0.05, "{mean}");
}

#[test]
fn no_more_hold_at_once_than_may() {
    for max_concurrent in [1, 3] {
        let nemesis = format!(
            r#"kinds = {KINDS}
mean_between = "1min"
mean_repair = "5min"
max_concurrent = {max_concurrent}"#
        );
        let faults = drawn(&nemesis, 1);
        let standing = |at| faults.iter().filter(|f| !is_step(f) && f.holds_at(at)).count();
        let most = faults.iter().map(|fault| standing(fault.start)).max().unwrap();
        assert_eq!(most, max_concurrent);
    }
}

#[test]
#[ignore = "slow"]
fn as_many_hold_at_the_start_as_later() {
    let head = HEAD.replace("100h", "8h");
    for (nemesis, load, max_concurrent) in [
        ("mean_between = \"10min\"\nmean_repair = \"10min\"\nmax_concurrent = 1", 1.0, 1),
        ("mean_between = \"30min\"\nmean_repair = \"1h\"\nmax_concurrent = 3", 2.0, 3),
        ("mean_between = \"30min\"\nmean_repair = \"5min\"\nmax_concurrent = 9", 1.0 / 6.0, 9),
        (
            "kinds = [\"clock\", \"partition\"]\nmean_between = \"10min\"\nmean_repair = \"10min\"",
            0.5,
            1,
        ),
        ("kinds = [\"clock\"]\nmean_between = \"10min\"", 0.0, 1),
    ] {
        // Weights load^k / k! up to max_concurrent.
        let weights: Vec<f64> = (0..=max_concurrent)
            .scan(1.0, |weight, k: i32| {
                *weight *= if k == 0 { 1.0 } else { load / f64::from(k) };
                Some(*weight)
            })
            .collect();
        let sum: f64 = weights.iter().sum();
        let mean = weights.iter().zip(0..).map(|(w, k)| w * f64::from(k)).sum::<f64>() / sum;
        let runs = 1_200;
        let standing = |start: &str, hours: u64| {
            let plan = plan_of(&format!(
                r#"{head}[nemesis]
{nemesis}
start = "{start}"
"#
            ));
            let at = zonesim::time::SimTime(hours * 36_000);
            let count = |seed| {
                let schedule = plan.schedule(seed);
                let faults = schedule.faults().iter();
                faults.filter(|fault| !is_step(fault) && fault.holds_at(at)).count()
            };
            (1..=runs).map(count).sum::<usize>() as f64 / runs as f64
        };
        for hours in [0, 7] {
            let got = standing("stationary", hours);
            // Standard errors of 0.027 at the most.
            assert!((got - mean).abs() < 0.09, "{nemesis}, {hours} h: {got}, not {mean}");
        }
        // One may come in the first half of a tick.
        assert!(standing("none", 0) < 0.005);
    }
}

#[test]
fn kinds_leave_the_times_alone() {
    let starts = |kinds: &str| -> Vec<_> {
        let nemesis = format!("kinds = {kinds}\nmax_concurrent = 1000");
        drawn(&nemesis, 5).iter().map(|fault| fault.start).collect()
    };
    assert_eq!(starts("[\"partition\"]"), starts("[\"crash\", \"loss\"]"));
    assert_ne!(drawn("", 1), drawn("", 2), "seeds differ");
    let until = drawn("until = \"50h\"\nmax_concurrent = 1000", 5);
    let all = drawn("max_concurrent = 1000", 5);
    assert_eq!(until, all[..until.len()], "the first of them");
    assert!((0.4..0.6).contains(&(until.len() as f64 / all.len() as f64)));
}

#[test]
fn groups_are_as_large_as_may_be_and_every_zone_is_hit() {
    let crashes = drawn("kinds = [\"crash\"]\nmax_group = 3\nmax_concurrent = 1000", 1);
    let sizes = crashes.iter().map(|fault| match &fault.effect {
        Effect::Crash(nodes, _) => nodes.iter().count(),
        other => panic!("{other:?}"),
    });
    let mut counts = [0; 4];
    sizes.for_each(|size| counts[size] += 1);
    assert!(counts[0] == 0 && counts[1..].iter().all(|&count| count > 150), "{counts:?}");
    let hit = |node| crashes.iter().filter(|f| f.crashes(zonesim::id::NodeId(node))).count();
    // A quarter of some 600 each.
    assert!((0..8).all(|node| hit(node).abs_diff(crashes.len() / 4) < 60));
}

#[test]
#[ignore = "slow"]
fn what_is_printed_can_be_pasted() {
    let file = scratch!().join("nemesis.toml");
    let path = file.to_str().unwrap();
    let body = r#"horizon = "3min"
zones.generate = 5
network = { latency = "7ms", loss = 0.1 }
exchange.use = "gossip"
[hub]
[workload.items]
interval = "5s"
"#;
    let nemesis = format!(
        r#"[nemesis]
kinds = {KINDS}
mean_between = "7s"
mean_repair = "9s"
max_concurrent = 4
memory = "lost"
loss = 0.123456789
factor = 2.7
"#
    );
    let listed = r#"[[fault]]
at = "1s"
for = "3s"
delay = [["z1"], ["*"]]
add = "20ms"
"#;
    for seed in 1..=8 {
        std::fs::write(&file, format!("{body}{listed}{nemesis}")).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_zonesim"))
            .args(["faults", path, "--seed", &seed.to_string()])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(output.status.success());
        let faults = String::from_utf8(output.stdout).unwrap();
        let whole = plan_of(&format!("{body}{listed}{nemesis}"));
        let pasted = plan_of(&format!("{body}{faults}"));
        assert_eq!(whole.schedule(seed).faults(), pasted.schedule(seed).faults(), "{faults}");
        assert_eq!(digest(&whole, Engine::Event, seed), digest(&pasted, Engine::Event, seed));
        if seed == 1 {
            assert_eq!(digest(&whole, Engine::Turmoil, 1), digest(&pasted, Engine::Event, 1));
        }
    }
}
