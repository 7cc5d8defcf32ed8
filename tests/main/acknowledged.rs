//! `min_acknowledged` in whole runs: how often an operation happens and splits if messages are lost,
//! against the formulas of `zonesim::protocol::coordination::min_acknowledged`.

use crate::common::{BuiltinPlan, plan_of_file, root, rows};

/// Three zones, each with a located member. From the decision on, at 9 s, every message between the
/// hub and a zone is lost with probability p. It takes 100 ms, and T is 400 ms after the decision: there
/// is time for the order, the acknowledgement and the number, and `resend` is too long for a second
/// attempt.
fn lossy(min: u32, p: f64) -> BuiltinPlan {
    let fault = format!("fault=[{{at=\"9s\",for=\"900ms\",loss=[[\"hub\"],[\"*\"]],rate={p}}}]");
    let min = format!("coordination.order.min_acknowledged={min}");
    let overrides = [
        &fault,
        &min,
        "horizon=10s",
        "coordination.order.margin=100ms",
        "coordination.order.resend=1s",
        // Every zone has a located member long before, except with probability 2e-5.
        "workload.organisation.members=30",
        "workload.organisation.lead_interval=500ms",
    ];
    plan_of_file(&root().join("sims/protocols/acknowledged.toml"), &overrides)
}

/// The probability of at least m successes among 3, each of probability s.
fn at_least(m: u32, s: f64) -> f64 {
    let f = 1.0 - s;
    let exactly = [f * f * f, 3.0 * s * f * f, 3.0 * s * s * f, s * s * s];
    exactly[m as usize..].iter().sum()
}

#[test]
#[ignore = "slow"]
fn operations_and_splits_are_as_rare_as_the_formulas_say() {
    const RUNS: u64 = 300;
    for (min, p) in [(0, 0.3), (2, 0.3), (3, 0.1)] {
        let rows = rows(lossy(min, p), (1, RUNS));
        let share = |is: &dyn Fn(&zonesim::metrics::MetricRow) -> bool| {
            rows.iter().filter(|row| is(row)).count() as f64 / RUNS as f64
        };
        let q = 1.0 - p;
        let enough = at_least(min, q * q);
        let (all, none) = (q * q * q, p * p * p);
        let expected = [enough * (1.0 - none), enough * (1.0 - all - none)];
        let found = [share(&|row| row.captured > Some(0.0)), share(&|row| row.split == Some(1.0))];
        for (name, expected, found) in
            [("operation", expected[0], found[0]), ("split", expected[1], found[1])]
        {
            let error = (expected * (1.0 - expected) / RUNS as f64).sqrt();
            println!("m {min} p {p} {name}: {found:.4}, expected {expected:.4} ± {error:.4}");
            assert!((found - expected).abs() < 4.0 * error, "m {min} p {p} {name}");
        }
    }
}
