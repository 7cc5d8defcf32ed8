//! Section 3: continuous time among eight zones, exact. The unit is 1000 s at a resolution of 1 ms, so
//! that rounding is far below a thousandth.
//!
//! The mean of the last of seven exponential times is H7 = 1 + 1/2 + ... + 1/7.

use super::series::Series;
use crate::experiment::validate::{
    Aggregate, Observable, Target, Tolerance, UNIT_MS, ValidationWorld,
};

/// The runs of a world: four standard errors are then below a hundredth of most figures.
const RUNS: u64 = 100_000;

const SOURCE: &str = "exact: sums of exponential times";

/// Cycles of a Poisson clock of rate 1; the latency is one tick.
const POISSON: &str = r#"
horizon = "99h"
[network]
latency = "1ms"
[exchange.gossip]
interval = "1000s"
start = "poisson"
"#;

/// The latency of every message is exponential with mean 1; nothing is retransmitted.
const EXPONENTIAL: &str = r#"
horizon = "99h"
[network]
latency = "1ms"
jitter = { exponential = { mean = "1000s" } }
"#;

/// Only the links to the first zone have an exponential latency, which is that of the round trip.
const ROUND_TRIPS: &str = r#"
horizon = "80h"
stop = "horizon"
[network]
latency = "1ms"
[network.link]
"z1>z0" = { jitter = { exponential = { mean = "1000s" } } }
"z2>z0" = { jitter = { exponential = { mean = "1000s" } } }
"z3>z0" = { jitter = { exponential = { mean = "1000s" } } }
"z4>z0" = { jitter = { exponential = { mean = "1000s" } } }
"z5>z0" = { jitter = { exponential = { mean = "1000s" } } }
"z6>z0" = { jitter = { exponential = { mean = "1000s" } } }
"z7>z0" = { jitter = { exponential = { mean = "1000s" } } }
"#;

/// The targets of the section.
pub fn targets() -> Vec<Target> {
    let all = ("mean", "time until all know, mean");
    let to_all = Observable::ToAll(UNIT_MS);
    let mut targets = Vec::new();
    for (mode, expected) in [("push-pull", 2.26875), ("push", 4.5375), ("pull", 4.5375)] {
        let world =
            ValidationWorld::new(8, "gossip", POISSON, RUNS).set("exchange.gossip.mode", mode);
        targets.push(exact(&format!("poisson.{mode}"), &world, all, to_all, expected));
    }
    let world = ValidationWorld::new(8, "flood", EXPONENTIAL, RUNS)
        .set("exchange.flood.topology", "complete");
    let others = ("arrival", "mean arrival over the other 7");
    let last = ("mean", "last arrival, mean");
    targets.extend([
        exact("exponential.flood", &world, last, to_all, 363.0 / 560.0),
        exact("exponential.flood", &world, others, Observable::OfOthers(UNIT_MS), 363.0 / 980.0),
    ]);
    // A retransmission would draw a second latency.
    let without_retry = |world: ValidationWorld, exchange: &str| {
        let table = format!("exchange.{exchange}");
        world.set(&format!("{table}.retry"), "90h").set(&format!("{table}.retry_max"), "90h")
    };
    let mesh = without_retry(ValidationWorld::new(8, "mesh", EXPONENTIAL, RUNS), "mesh");
    targets.push(exact("exponential.mesh", &mesh, last, to_all, harmonic(7)));
    let hub = ValidationWorld::new(8, "hub", &format!("{EXPONENTIAL}[hub]\n"), RUNS);
    let hub = without_retry(hub, "hub");
    targets.push(exact("exponential.hub", &hub, last, to_all, 1.0 + harmonic(7)));
    let mesh = without_retry(ValidationWorld::new(8, "mesh", ROUND_TRIPS, RUNS), "mesh");
    let words = ("mean", "fourth of seven replies, mean");
    let fourth = Observable::Reply(4, UNIT_MS);
    targets.push(exact("exponential.majority", &mesh, words, fourth, harmonic(7) - harmonic(3)));
    targets
}

fn exact(
    id: &str,
    world: &ValidationWorld,
    words: (&str, &str),
    observable: Observable,
    expected: f64,
) -> Target {
    let series = Series { id, section: 3, source: SOURCE, world };
    series.target(words, (observable, Aggregate::Mean), expected, Tolerance::Errors(0.0))
}

/// 1 + 1/2 + ... + 1/n.
fn harmonic(n: u32) -> f64 {
    (1..=n).map(|k| 1.0 / f64::from(k)).sum()
}
