//! Section 2: rumor mongering, by A. Demers et al., "Epidemic algorithms for replicated database
//! maintenance" (PODC 1987), 1.4, tables 1 to 3: a thousand zones, synchronous cycles, one item.
//!
//! s is the share of zones that never receive the item (residue), m the items received per zone
//! (traffic), t_last the cycle of the last first receipt. Runs that die out early count. The t_ave of the
//! tables counts simultaneous deliveries more than once; figures of first receipts were computed instead.

use super::series::Series;
use crate::experiment::validate::{
    Aggregate, Observable, Printed, Target, Tolerance, ValidationWorld,
};

const TEXT: &str = r#"
horizon = "200s"
stop = "horizon"
[network]
latency = "1ms"
[exchange.gossip]
interval = "1s"
start = "synchronous"
"#;

/// The tolerances hold for this number of runs.
const RUNS: u64 = 1000;

/// In pull, the cycle of the last receipt needs more runs for a precision of a quarter.
const RUNS_OF_PULL: u64 = 2000;

/// A table of the paper.
struct Table {
    name: &'static str,
    source: &'static str,
    /// Zones pull until the horizon, which is long after the rumor is dead.
    horizon: &'static str,
    mode: &'static str,
    forget: &'static str,
    runs: u64,
    rows: &'static [Row],
}

/// A row of a table: figures and tolerances.
struct Row {
    k: u32,
    residue: (f64, Tolerance),
    traffic: (f64, Tolerance),
    last: (f64, Tolerance),
    /// The mean cycle of first receipts, where it was computed.
    average: Option<f64>,
    /// The exact mean of s, where it is judged instead of the printed figure.
    exact: Option<f64>,
}

/// A row with tolerances of half the last digit of s and m.
const fn row(
    k: u32,
    (residue, half_residue): (f64, f64),
    (traffic, half_traffic): (f64, f64),
    (last, cycles): (f64, f64),
    average: Option<f64>,
) -> Row {
    Row {
        k,
        residue: (residue, Tolerance::Errors(half_residue)),
        traffic: (traffic, Tolerance::Within(0.05 + half_traffic)),
        last: (last, Tolerance::Within(cycles)),
        average,
        exact: None,
    }
}

/// The same row with the exact mean of s. Partners and the number of calls do not depend on time, so that
/// the number of zones that receive the item is that of a Markov chain. The printed figure is that of a
/// sample of unknown size.
const fn with_exact(row: Row, exact: f64) -> Row {
    Row { exact: Some(exact), ..row }
}

/// The same row with a tolerance of 0.01 for s, for k = 1.
const fn first(row: Row) -> Row {
    Row { residue: (row.residue.0, Tolerance::Within(0.01)), ..row }
}

const TABLES: [Table; 3] = [
    Table {
        name: "push-feedback-counter",
        source: "Demers et al. 1987, table 1",
        horizon: "200s",
        mode: "push",
        forget: "on = \"feedback\", by = \"counter\"",
        runs: RUNS,
        rows: &[
            first(row(1, (0.18, 0.005), (1.7, 0.05), (16.8, 0.2), Some(9.78))),
            row(2, (0.037, 0.0005), (3.3, 0.05), (16.9, 0.2), Some(9.95)),
            row(3, (0.011, 0.0005), (4.5, 0.05), (17.4, 0.2), Some(10.02)),
            row(4, (0.0036, 0.00005), (5.6, 0.05), (17.5, 0.2), Some(10.04)),
            row(5, (0.0012, 0.00005), (6.7, 0.05), (17.7, 0.2), Some(10.06)),
        ],
    },
    Table {
        name: "push-blind-coin",
        source: "Demers et al. 1987, table 2; s of the exact chain for 1000 zones",
        horizon: "400s",
        mode: "push",
        forget: "on = \"blind\", by = \"coin\"",
        runs: RUNS,
        rows: &[
            with_exact(row(1, (0.96, 0.005), (0.04, 0.005), (38.0, 3.0), None), 0.959716607),
            with_exact(row(2, (0.20, 0.005), (1.6, 0.05), (33.0, 1.0), None), 0.204344390),
            with_exact(row(3, (0.060, 0.0005), (2.8, 0.05), (32.0, 1.0), None), 0.0599078767),
            with_exact(row(4, (0.021, 0.0005), (3.9, 0.05), (32.0, 1.0), None), 0.0200262899),
            with_exact(row(5, (0.008, 0.0005), (4.9, 0.05), (32.0, 1.0), None), 0.00709210532),
        ],
    },
    Table {
        name: "pull-feedback-counter",
        source: "Demers et al. 1987, table 3",
        horizon: "60s",
        mode: "pull",
        forget: "on = \"feedback\", by = \"counter\"",
        runs: RUNS_OF_PULL,
        rows: &[
            row(1, (0.031, 0.0005), (2.7, 0.05), (17.6, 0.25), None),
            row(2, (0.00058, 0.000005), (4.5, 0.05), (15.4, 0.25), None),
        ],
    },
];

/// The targets of the section: the rows of each table, then the computed figures.
pub fn targets() -> Vec<Target> {
    let of_table = |table: &'static Table| {
        let printed = table.rows.iter().flat_map(|row| printed(table, row));
        printed.chain(table.rows.iter().filter_map(|row| computed(table, row)))
    };
    TABLES.iter().flat_map(of_table).collect()
}

fn world(table: &Table, row: &Row) -> ValidationWorld {
    let forget = format!("{{ {}, k = {} }}", table.forget, row.k);
    ValidationWorld::new(1000, "gossip", TEXT, table.runs)
        .set("exchange.gossip.mode", table.mode)
        .set("exchange.gossip.forget", forget)
        .set("horizon", table.horizon)
}

fn printed(table: &Table, row: &Row) -> [Target; 3] {
    let id = format!("demers.{}.k{}", table.name, row.k);
    let series = Series { id: &id, section: 2, source: table.source, world: &world(table, row) };
    let target = |word: &str, what: &str, observable, (expected, tolerance): (f64, Tolerance)| {
        let what = format!("k = {}: {what}", row.k);
        series.target((word, &what), (observable, Aggregate::Mean), expected, tolerance)
    };
    let mut residue =
        target("residue", "share that never learns, s", Observable::Residue, row.residue);
    if let (Some(exact), (figure, Tolerance::Errors(half))) = (row.exact, row.residue) {
        (residue.expected, residue.tolerance) = (exact, Tolerance::Errors(0.0));
        residue.printed = Some(Printed { figure, half });
    }
    [
        residue,
        target("traffic", "items received by zone, m", Observable::Traffic, row.traffic),
        target("last", "cycle of the last arrival", Observable::LastCycle, row.last),
    ]
}

fn computed(table: &Table, row: &Row) -> Option<Target> {
    let id = format!("demers.{}.k{}", table.name, row.k);
    let source = "computed: first arrivals in table 1";
    let series = Series { id: &id, section: 2, source, world: &world(table, row) };
    let what = format!("k = {}: cycle of first arrivals", row.k);
    let observable = (Observable::CycleOfArrivals, Aggregate::Mean);
    let target =
        |cycle| series.target(("average", &what), observable, cycle, Tolerance::Within(0.05));
    row.average.map(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean residue if each infective zone calls another one until it loses interest, with
    /// probability 1/k after each call. The order of calls makes no difference: the state is the number of
    /// zones that have the item, and how many of these are infective.
    fn blind_coin(k: u32, zones: usize) -> f64 {
        let (lost, all) = (1.0 / f64::from(k), zones as f64);
        let (mut chance, mut mean) = (vec![0.0; zones + 2], 0.0);
        chance[1] = 1.0;
        for heard in 1..=zones {
            let new = (zones - heard) as f64 / (all - 1.0);
            let mut next = vec![0.0; zones + 2];
            let mut fewer = 0.0;
            for interested in (1..=heard).rev() {
                // Calls that do not change the state are left out.
                let visits = (chance[interested] + fewer) / (1.0 - (1.0 - new) * (1.0 - lost));
                fewer = visits * (1.0 - new) * lost;
                next[interested + 1] += visits * new * (1.0 - lost);
                next[interested] += visits * new * lost;
            }
            mean += fewer * (zones - heard) as f64 / all;
            chance = next;
        }
        mean
    }

    #[test]
    fn the_exact_residues_of_the_blind_coin_are_those_of_the_chain() {
        // By hand, three zones: after the first call one or two are interested. One fails to tell
        // the third with probability 1/3, two with 1/9.
        assert!((blind_coin(2, 3) - (1.0 / 3.0 + 1.0 / 9.0) / 2.0 / 3.0).abs() < 1e-12);
        for row in TABLES[1].rows {
            let (exact, computed) = (row.exact.unwrap(), blind_coin(row.k, 1000));
            assert!((exact / computed - 1.0).abs() < 1e-8, "k = {}: {exact}, {computed}", row.k);
        }
    }
}
