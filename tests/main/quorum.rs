//! `quorum` in whole runs: when it decides and what it captures, against the formulas of
//! `zonesim::protocol::coordination::quorum`, and who is left out by a partition.

use crate::common::{BuiltinPlan, SILENT_EXCHANGE, binomial, digest, lines, plan_of, row, rows};
use zonesim::engine::Engine;
use zonesim::metrics::MetricRow;

/// Zones z0 to z(n-1) with a member each, which is located after an exponential time of 10 s on
/// average; all links take 100 ms, so T is 0.2 + 0.1 + 1 s after the decision.
fn world(zones: u32, ready: u32, rest: &str) -> BuiltinPlan {
    let homes: Vec<_> = (0..zones).map(|zone| format!("\"z{zone}\"")).collect();
    plan_of(&format!(
        r#"horizon = "200s"
[zones]
generate = {zones}
[hub]
seat = "z0"
[network]
latency = "100ms"
{SILENT_EXCHANGE}[workload]
use = "organisation"
[workload.organisation]
members = {zones}
homes = [{}]
away = 0
corroboration = 1
assessment = "1ms"
lead_interval = "10s"
warning = "2s"
[coordination]
use = "quorum"
[coordination.quorum]
ready = {ready}
margin = "1s"
{rest}"#,
        homes.join(", ")
    ))
}

/// The probability of at least k successes among n, each of probability s.
fn at_least(k: u32, n: u32, s: f64) -> f64 {
    binomial(n, s).into_iter().skip(k as usize).sum()
}

const RUNS: u64 = 800;

/// The share of runs in which something is so.
fn share(rows: &[MetricRow], is: impl Fn(&MetricRow) -> bool) -> f64 {
    rows.iter().filter(|row| is(row)).count() as f64 / rows.len() as f64
}

#[test]
fn the_decision_and_the_captures_are_binomial() {
    for (zones, ready) in [(3, 1), (5, 3), (5, 5), (8, 5)] {
        let rows = rows(world(zones, ready, ""), (1, RUNS));
        let what = format!("{ready} of {zones}");
        for after in [1.0, 4.0, 10.0, 20.0, 40.0] {
            let decided = |row: &MetricRow| row.decided_ms.is_some_and(|ms| ms <= 1000.0 * after);
            let found = share(&rows, decided);
            let expected = at_least(ready, zones, 1.0 - libm::exp(-0.1 * (after - 0.101)));
            let error = (expected * (1.0 - expected) / RUNS as f64).sqrt();
            println!("{what} by {after} s: {found:.4}, expected {expected:.4} ± {error:.4}");
            assert!((found - expected).abs() <= 4.0 * error + 1e-3, "{what} by {after} s");
        }
        let others = f64::from(zones - ready);
        let hit = 1.0 - libm::exp(-0.1 * (0.1 + 1.3 + 2.0));
        let expected = (f64::from(ready) + others * hit) / f64::from(zones);
        let found = rows.iter().map(|row| row.captured_share.unwrap()).sum::<f64>() / RUNS as f64;
        let error = (others * hit * (1.0 - hit) / RUNS as f64).sqrt() / f64::from(zones);
        println!("{what} captured: {found:.4}, expected {expected:.4} ± {error:.4}");
        assert!((found - expected).abs() <= 4.0 * error + 1e-3, "{what} captured");
        assert_eq!(share(&rows, |row| row.split == Some(1.0)), 0.0, "nothing is lost");
    }
}

/// Two of five zones are cut off: three are enough for a quorum of three, and never for one of four.
#[test]
fn a_quorum_does_not_wait_for_zones_behind_a_partition() {
    let fault = "[[fault]]\nat = \"0s\"\nisolate = [\"z3\", \"z4\"]\n";
    for (ready, captured, split) in [(3, Some(3.0), 1.0), (4, Some(0.0), 0.0)] {
        let leads: Vec<_> = (0..5)
            .map(|zone| format!("{{ at = \"{zone}s\", from = \"z{zone}\", about = {zone} }}"))
            .collect();
        let plan = plan_of(&format!(
            r#"horizon = "20s"
[zones]
generate = 5
[hub]
seat = "z0"
[network]
latency = "100ms"
{fault}{SILENT_EXCHANGE}[workload]
use = "organisation"
[workload.organisation]
members = 5
homes = ["z0", "z1", "z2", "z3", "z4"]
leads = [{}]
corroboration = 1
assessment = "1ms"
warning = "5s"
[coordination]
use = "quorum"
[coordination.quorum]
ready = {ready}
margin = "3s"
"#,
            leads.join(", ")
        ));
        let row = row(&plan, Engine::Event, 1);
        assert_eq!((row.captured, row.split), (captured, Some(split)), "{ready} of 5");
        assert_eq!(digest(&plan, Engine::Event, 1), digest(&plan, Engine::Turmoil, 1));
    }
}

/// Observers neither count nor are told anything.
#[test]
fn observers_are_excluded() {
    let plan = plan_of(
        r#"horizon = "60s"
[zones.a]
[zones.b]
[zones.c]
role = "observer"
[hub]
seat = "a"
[workload]
use = "organisation"
[workload.organisation]
members = 6
lead_interval = "1s"
corroboration = 1
assessment = "1s"
[coordination]
use = "quorum"
[coordination.quorum]
ready = 2
margin = "1s"
probe = "10s"
"#,
    );
    let row = row(&plan, Engine::Event, 1);
    assert!(row.captured > Some(0.0), "{:?}", row.captured);
    let trace = lines(&plan, Engine::Event, 1);
    let told = trace.iter().filter(|line| line.contains("\"Coordination\""));
    let to_observer = told.clone().filter(|line| line.contains("\"to\":\"c\"")).count();
    assert!(told.count() > 0 && to_observer == 0);
}
