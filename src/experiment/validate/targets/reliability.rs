//! Sections 13 and 18: gossip with a fanout that sends once, and anti-entropy after a partition, exact.

use super::series::Series;
use crate::experiment::validate::{Aggregate, Observable, Target, Tolerance, ValidationWorld};
use crate::metrics::MetricId;

/// Each zone sends once, in the cycle after it has the item, to so many distinct others: n, f, P(all have
/// it) and the share that has it.
const FANOUTS: [(u32, u32, f64, f64); 6] = [
    (50, 3, 0.08431, 0.94649),
    (50, 4, 0.45415, 0.98347),
    (50, 5, 0.77452, 0.99473),
    (500, 6, 0.30029, 0.99757),
    (500, 7, 0.64755, 0.99913),
    (500, 8, 0.85460, 0.99968),
];

/// The targets of section 13.
pub fn fanouts() -> Vec<Target> {
    let source = "exact: chain of processed and infected; Kermarrec, Massoulie, Ganesh 2003";
    let mut targets = Vec::new();
    for (zones, fanout, all, share) in FANOUTS {
        let text = "horizon = \"100s\"\nstop = \"horizon\"\n[network]\nlatency = \"1ms\"\n\
                    [exchange.gossip]\nmode = \"push\"\ninterval = \"1s\"\nstart = \"synchronous\"\n";
        let runs = if zones > 100 { 2_000 } else { 10_000 };
        // Each of the contacts of one cycle counts.
        let forget = format!("{{ on = \"blind\", by = \"counter\", k = {fanout} }}");
        let world = ValidationWorld::new(zones, "gossip", text, runs)
            .set("exchange.gossip.fanout", fanout)
            .set("exchange.gossip.forget", forget);
        let id = format!("fanout.{fanout}-of-{zones}");
        let series = Series { id: &id, section: 13, source, world: &world };
        let reached = (Observable::AtMost(MetricId::Incomplete, 0.0), Aggregate::Share);
        let words = ("all", "P(all have the item)");
        targets.push(series.target(words, reached, all, Tolerance::Errors(5e-6)));
        // The metric leaves the origin out, the figure counts it.
        let n = f64::from(zones);
        let coverage = (Observable::Metric(MetricId::Coverage, 1.0), Aggregate::Mean);
        let expected = (share * n - 1.0) / (n - 1.0);
        let words = ("coverage", "share of the others that has it, mean");
        targets.push(series.target(words, coverage, expected, Tolerance::Errors(6e-6)));
    }
    targets
}

/// The targets of section 18: 32 of 64 zones lack the item when a partition ends, and each asks one other.
pub fn reconciliation() -> Vec<Target> {
    const HALF: u32 = 32;
    let side = |from: u32| {
        let zones: Vec<_> = (from..from + HALF).map(|zone| format!("\"z{zone}\"")).collect();
        zones.join(", ")
    };
    let text = format!(
        "horizon = \"41900ms\"\nstop = \"horizon\"\n[network]\nlatency = \"20ms\"\n[[fault]]\n\
         at = \"0s\"\nfor = \"40500ms\"\npartition = [[{}], [{}]]\n[exchange.anti-entropy]\n\
         mode = \"pull\"\nstaggered = false\n",
        side(0),
        side(HALF)
    );
    let world = ValidationWorld::new(2 * HALF, "anti-entropy", &text, 300);
    let (k, n) = (f64::from(HALF), f64::from(2 * HALF));
    let series = Series {
        id: "anti-entropy",
        section: 18,
        source: "exact: k (k - 1)/(n - 1) of k remain",
        world: &world,
    };
    let coverage = (Observable::Metric(MetricId::Coverage, 1.0), Aggregate::Mean);
    let expected = 1.0 - k * (k - 1.0) / (n - 1.0) / (n - 1.0);
    let words = ("coverage", "share that has the item a round after a partition");
    vec![series.target(words, coverage, expected, Tolerance::Errors(0.0))]
}
