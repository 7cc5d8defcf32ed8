//! Section 4: messages and steps per item, exact in every run.

use super::series::Series;
use crate::experiment::validate::{Aggregate, Observable, Target, Tolerance, ValidationWorld};

/// The runs of a world; every run must have the figure.
const RUNS: u64 = 20;

/// The latency of a message, in ms.
const STEP_MS: f64 = 100.0;

const TEXT: &str = r#"
horizon = "1min"
stop = "horizon"
[network]
latency = "100ms"
"#;

/// Twenty items, one every ten seconds, from the first zone. The tree is stable after ten.
const STEADY: &str = r#"
horizon = "200s"
stop = "horizon"
[network]
latency = "100ms"
[workload.items]
at = [
  "0s", "10s", "20s", "30s", "40s", "50s", "60s", "70s", "80s", "90s",
  "100s", "110s", "120s", "130s", "140s", "150s", "160s", "170s", "180s", "190s",
]
from = [
  "z0", "z0", "z0", "z0", "z0", "z0", "z0", "z0", "z0", "z0",
  "z0", "z0", "z0", "z0", "z0", "z0", "z0", "z0", "z0", "z0",
]
"#;

const STEADY_AFTER_MS: f64 = 95_000.0;

/// Floods: the topology, the number of zones, the origin, messages (2E - (n-1)) and steps (the
/// eccentricity of the origin).
const FLOODS: [(&str, u32, &str, f64, Option<f64>); 5] = [
    ("grid", 25, "z0", 56.0, Some(8.0)),
    ("line", 25, "z0", 24.0, Some(24.0)),
    ("complete", 25, "z0", 576.0, Some(1.0)),
    // The first zone is the center of a star.
    ("star", 25, "z1", 24.0, Some(2.0)),
    ("complete", 8, "z0", 49.0, None),
];

/// The targets of the section.
pub fn targets() -> Vec<Target> {
    let mut targets = Vec::new();
    let source = "exact: 2E - (n-1) messages, and the diameter";
    for (topology, zones, from, messages, steps) in FLOODS {
        let world = ValidationWorld::new(zones, "flood", TEXT, RUNS)
            .set("exchange.flood.topology", topology)
            .set("workload.items.from", format!("[\"{from}\"]"))
            .set("workload.items.at", "[\"0s\"]");
        let id = format!("flood.{topology}-{zones}");
        let series = Series { id: &id, section: 4, source, world: &world };
        targets.push(each(
            &series,
            ("messages", "messages per item"),
            Observable::Tellings,
            messages,
        ));
        if let Some(steps) = steps {
            let words = ("steps", "steps until all know, from an end");
            targets.push(each(&series, words, Observable::ToAll(STEP_MS), steps));
        }
    }
    let world = ValidationWorld::new(25, "plumtree", STEADY, RUNS);
    let source = "exact: a tree, once it is found";
    let series = Series { id: "plumtree", section: 4, source, world: &world };
    let payloads = Observable::PayloadsLate(STEADY_AFTER_MS);
    let redundancy = Observable::RedundancyLate(STEADY_AFTER_MS);
    let world = ValidationWorld::new(8, "mesh", TEXT, RUNS);
    let source = "exact: n-1 of each";
    let mesh = Series { id: "mesh", section: 4, source, world: &world };
    targets.extend([
        each(&series, ("payloads", "payloads per item, of 25 zones"), payloads, 24.0),
        each(&series, ("redundancy", "redundancy, of 25 zones"), redundancy, 0.0),
        each(&mesh, ("payloads", "payloads per item, of 8 zones"), Observable::Tellings, 7.0),
        each(&mesh, ("acknowledgements", "acknowledgements, of 8 zones"), Observable::Replies, 7.0),
    ]);
    targets
}

fn each(series: &Series<'_>, words: (&str, &str), observable: Observable, expected: f64) -> Target {
    series.target(words, (observable, Aggregate::Each), expected, Tolerance::Within(0.0))
}
