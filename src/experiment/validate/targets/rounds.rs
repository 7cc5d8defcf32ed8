//! Section 1: synchronous rounds of gossip among eight zones, an exact Markov chain.
//!
//! The complete graph; each zone has one partner per cycle, uniform over the others, and sends what it had
//! when the cycle began. In push, infective zones push; in pull, susceptible zones pull; in push-pull, every
//! zone does both. The chain of the number of infective zones gives the time until all have the item, and
//! all other figures of this section.

use super::series::Series;
use crate::experiment::validate::{Aggregate, Observable, Target, Tolerance, ValidationWorld};

const SOURCE: &str = "exact: Markov chain";

const TEXT: &str = r#"
horizon = "200s"
[network]
latency = "1ms"
[exchange.gossip]
interval = "1s"
start = "synchronous"
"#;

/// The runs of a mode: four standard errors of its mean are then some 0.016 cycles.
const RUNS: u64 = 100_000;

struct Mode {
    name: &'static str,
    /// The mean number of cycles until all zones have the item.
    mean: f64,
    /// The standard deviation of that number, to two digits.
    deviation: f64,
    /// The cycle in which a zone has the item, mean over all eight. Push and pull are equal by reversal of
    /// time.
    arrival: f64,
    /// P(T <= t).
    within: &'static [(u32, f64)],
    /// The mean number of cycles at a loss rate of 0.1. A pull needs its request and its reply.
    lossy: f64,
}

const MODES: [Mode; 3] = [
    Mode {
        name: "push",
        mean: 5.377911218,
        deviation: 1.22,
        arrival: 2.735326315,
        within: &[
            (3, 0.006120),
            (4, 0.243254),
            (5, 0.615774),
            (6, 0.844288),
            (7, 0.943028),
            (8, 0.980045),
        ],
        lossy: 5.877133,
    },
    Mode {
        name: "pull",
        mean: 4.526236186,
        deviation: 1.27,
        arrival: 2.735326315,
        within: &[
            (2, 0.013028),
            (3, 0.203280),
            (4, 0.556993),
            (5, 0.810274),
            (6, 0.928713),
            (7, 0.974739),
        ],
        lossy: 5.598149,
    },
    Mode {
        name: "push-pull",
        mean: 3.120963835,
        deviation: 0.60,
        arrival: 1.823296745,
        within: &[(2, 0.117418), (3, 0.771868), (4, 0.989878), (5, 0.999865)],
        lossy: 3.533259,
    },
];

/// The targets of the section.
pub fn targets() -> Vec<Target> {
    MODES.iter().flat_map(of_mode).collect()
}

fn of_mode(mode: &Mode) -> Vec<Target> {
    let world =
        ValidationWorld::new(8, "gossip", TEXT, RUNS).set("exchange.gossip.mode", mode.name);
    let lossy = world.clone().set("network.loss", 0.1);
    let id = format!("gossip.{}", mode.name);
    let series = Series { id: &id, section: 1, source: SOURCE, world: &world };
    let exact = Tolerance::Errors(0.0);
    let (cycles, half_digit) = (Observable::Cycles, Tolerance::Errors(0.005));
    let (mean, deviation) = ((cycles, Aggregate::Mean), (cycles, Aggregate::Deviation));
    let arrival = (Observable::CycleOfAll, Aggregate::Mean);
    let mut targets = vec![
        series.target(("mean", "cycles until all know, mean"), mean, mode.mean, exact),
        series.target(("sd", "the same, sd of a run"), deviation, mode.deviation, half_digit),
        series.target(("arrival", "mean arrival over all 8"), arrival, mode.arrival, exact),
    ];
    for &(t, p) in mode.within {
        let words = (format!("within-{t}"), format!("P(all know after {t} cycles)"));
        let share = (Observable::AllWithin(t), Aggregate::Share);
        targets.push(series.target((&words.0, &words.1), share, p, exact));
    }
    let series = Series { world: &lossy, ..series };
    let words = ("lossy", "cycles with loss 0.1, mean");
    targets.push(series.target(words, mean, mode.lossy, exact));
    targets
}
