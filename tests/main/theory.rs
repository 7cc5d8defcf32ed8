//! Aggregates against exact figures: what theory demands was written down before anything ran.

use crate::common::{BuiltinPlan, plan_of, plan_of_file, root};
use zonesim::engine::Engine;
use zonesim::experiment::run::Runner;
use zonesim::experiment::statistics::Summary;
use zonesim::experiment::sweep;
use zonesim::metrics::MetricRow;
use zonesim::protocol::node::Builtin;

fn rows(plan: &BuiltinPlan, runs: u64) -> Vec<MetricRow> {
    crate::common::rows(plan.clone(), (1, runs))
}

/// The mean must be within four standard errors of what theory says, and a little for rounding.
fn check(what: &str, values: impl IntoIterator<Item = f64>, exact: f64, rounding: f64) {
    let summary = Summary::new(values);
    let (mean, sd) = (summary.mean.unwrap(), summary.sd.unwrap());
    let error = sd / (summary.n as f64).sqrt();
    assert!((mean - exact).abs() < 4.0 * error + rounding, "{what}: {mean} ± {error}, {exact}");
}

/// Cycles until all know, exact for a Markov chain; the answer of a pull comes 2 ms into its cycle.
fn cycles(row: &MetricRow) -> f64 {
    (row.to_all_ms.unwrap() / 1000.0).floor()
}

#[test]
fn synchronous_gossip_among_eight() {
    let file = root().join("sims/rounds.toml");
    for (mode, loss, mean, sd, arrival) in [
        ("push", "0", 5.377911218, 1.22, Some(2.735326315)),
        ("pull", "0", 4.526236186, 1.27, Some(2.735326315)),
        ("push-pull", "0", 3.120963835, 0.60, Some(1.823296745)),
        ("push", "0.1", 5.877133, 1.44, None),
        ("pull", "0.1", 5.598149, 1.72, None),
        ("push-pull", "0.1", 3.533259, 0.77, None),
    ] {
        let mode_is = format!("exchange.gossip.mode={mode}");
        let loss_is = format!("network.loss={loss}");
        let rows = rows(&plan_of_file(&file, &[&mode_is, &loss_is]), 4000);
        let what = format!("{mode}, loss {loss}");
        check(&what, rows.iter().map(cycles), mean, 0.0);
        let got = Summary::new(rows.iter().map(cycles)).sd.unwrap();
        assert!((got - sd).abs() < 0.06, "{what}: sd {got}");
        if let Some(arrival) = arrival {
            let means = rows.iter().map(|row| row.mean_arrival_ms.unwrap() / 1000.0);
            // One or two ticks of 1 ms for each of seven of eight zones.
            check(&format!("{what}, arrival"), means, arrival + 0.001, 0.001);
        }
    }
}

#[test]
fn the_distribution_of_push_among_eight() {
    let plan = plan_of_file(&root().join("sims/rounds.toml"), &[]);
    let rows = rows(&plan, 4000);
    for (t, p) in [(3, 0.006120), (4, 0.243254), (5, 0.615774), (6, 0.844288), (7, 0.943028)] {
        let hits = rows.iter().filter(|row| cycles(row) <= f64::from(t)).count() as f64 / 4000.0;
        let error = (p * (1.0 - p) / 4000.0f64).sqrt();
        assert!((hits - p).abs() < 4.0 * error, "P(T <= {t}): {hits} {p}");
    }
}

#[test]
fn poisson_push_pull_among_eight() {
    // Continuous time, a call at each ring of a Poisson clock of rate 1; a mean of 1000 s at 1 ms.
    let text = |mode: &str| {
        format!(
            r#"horizon = "60h"
[zones]
generate = 8
[network]
latency = "1ms"
[exchange]
use = "gossip"
[exchange.gossip]
mode = "{mode}"
interval = "1000s"
start = "poisson"
"#
        )
    };
    for (mode, mean) in [("push-pull", 2.26875), ("push", 4.5375), ("pull", 4.5375)] {
        let rows = rows(&plan_of(&text(mode)), 4000);
        let times = rows.iter().map(|row| row.to_all_ms.unwrap() / 1e6);
        check(mode, times, mean, mean / 1000.0);
    }
}

#[test]
fn exponential_links_direct_and_through_a_hub() {
    // Exp(1) a link, a mean of 1000 s: the last of seven is H7; through a hub one more.
    let harmonic: f64 = (1..=7).map(|k| 1.0 / f64::from(k)).sum();
    for (exchange, mean) in [("mesh", harmonic), ("hub", 1.0 + harmonic)] {
        let plan = plan_of(&format!(
            r#"horizon = "99h"
[zones]
generate = 8
[hub]
[network]
latency = "1ms"
jitter = {{ exponential = {{ mean = "1000s" }} }}
[exchange]
use = "{exchange}"
[exchange.{exchange}]
retry = "90h"
retry_max = "90h"
"#
        ));
        let times: Vec<_> =
            rows(&plan, 4000).iter().map(|row| row.to_all_ms.unwrap() / 1e6).collect();
        check(exchange, times, mean, mean / 1000.0);
    }
}

#[test]
fn loss_costs_a_retry() {
    // Two zones, half of all lost, retried at once every 10 s: the number of sends is geometric,
    // so the mean wait is 10 s x (1/0.5 - 1).
    let plan = plan_of(
        r#"horizon = "99h"
[zones]
generate = 2
[network]
latency = "1ms"
loss = 0.5
[exchange.mesh]
retry = "10s"
retry_max = "10s"
"#,
    );
    let rows = rows(&plan, 4000);
    check("wait", rows.iter().map(|row| row.to_all_ms.unwrap() / 1e4), 1.0, 1e-3);
    assert!(rows.iter().all(|row| row.incomplete == Some(0.0)));
}

#[test]
fn many_runs_are_the_same_for_any_number_of_threads() {
    let plan = plan_of_file(&root().join("sims/rounds.toml"), &["network.loss=0.2"]);
    let runner = Runner::<Builtin>::new(plan);
    let run = |threads| -> Vec<MetricRow> {
        let runs = sweep::runs(&runner, Engine::Event, (9, 301), threads, &|_| {});
        runs.into_iter().map(|run| run.row).collect()
    };
    let one = run(1);
    assert_eq!(one.len(), 301);
    assert_eq!(one, run(2));
    assert_eq!(one, run(7));
}

#[test]
fn a_zone_more_leaves_the_draws_of_the_others_alone() {
    // The same link, the same instant, the same loss, whoever else is there.
    let text = |zones: u32| {
        format!(
            r#"horizon = "30s"
[zones]
generate = {zones}
[network]
latency = "5ms"
loss = 0.3
jitter = {{ exponential = {{ mean = "50ms" }} }}
[workload.items]
at = ["1s", "2s", "3s"]
from = ["z0", "z1", "z0"]
"#
        )
    };
    let heard = |zones: u32| -> Vec<String> {
        let plan = plan_of(&text(zones));
        let lines = crate::common::lines(&plan, Engine::Event, 3);
        let pair = |line: &String| {
            line.contains("\"deliver\"")
                && line.contains("\"from\":\"z0\"")
                && line.contains("\"to\":\"z1\"")
        };
        lines.into_iter().filter(pair).collect()
    };
    assert!(heard(2).len() >= 2);
    assert_eq!(heard(2), heard(5));
}
