//! Section 2: gossip that forgets, by A. Demers et al., "Epidemic algorithms for replicated database
//! maintenance" (PODC 1987), 1.4, tables 1 to 3: a thousand zones, synchronous cycles, one item.
//!
//! s is the share of all zones that never hear of it, m how many times it is received by zone,
//! t_last the cycle of the last arrival. Runs that die early count. The t_ave of the tables counts
//! simultaneous deliveries more than once; those of first arrivals were computed instead.

use super::{Aggregate, Observable, Printed, Series, Target, Tolerance, ValidationWorld};

const TEXT: &str = r#"
horizon = "200s"
stop = "horizon"
[network]
latency = "1ms"
[exchange.gossip]
interval = "1s"
start = "synchronous"
"#;

/// The tolerances that are given are for so many.
const RUNS: u64 = 1000;

/// Of a pull, the cycle of the last arrival needs more to be told apart from a quarter more or less.
const RUNS_OF_PULL: u64 = 2000;

/// A table of the paper.
struct Table {
    name: &'static str,
    source: &'static str,
    /// Everybody asks for ever in a pull: then the horizon ends it, when all has long been said.
    horizon: &'static str,
    mode: &'static str,
    forget: &'static str,
    runs: u64,
    rows: &'static [Line],
}

/// A line of a table: figures and how near they must come.
struct Line {
    k: u32,
    residue: (f64, Tolerance),
    traffic: (f64, Tolerance),
    last: (f64, Tolerance),
    /// Computed, for first arrivals; where it was.
    average: Option<f64>,
    /// The mean of s as computed, where it is judged in the place of what is printed.
    law: Option<f64>,
}

/// A line with half a last digit of s, where its errors come to that, and half a digit of m.
const fn line(
    k: u32,
    (residue, half_residue): (f64, f64),
    (traffic, half_traffic): (f64, f64),
    (last, cycles): (f64, f64),
    average: Option<f64>,
) -> Line {
    Line {
        k,
        residue: (residue, Tolerance::Errors(half_residue)),
        traffic: (traffic, Tolerance::Within(0.05 + half_traffic)),
        last: (last, Tolerance::Within(cycles)),
        average,
        law: None,
    }
}

/// The same line with s judged by the law: partners and the number of calls are independent of the
/// time, so that the number of zones that hear is that of a Markov chain. What the paper prints is of
/// a sample of unknown size.
const fn by_law(line: Line, law: f64) -> Line {
    Line { law: Some(law), ..line }
}

/// The same line, with 0.01 for s: that of k = 1.
const fn first(line: Line) -> Line {
    Line { residue: (line.residue.0, Tolerance::Within(0.01)), ..line }
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
            first(line(1, (0.18, 0.005), (1.7, 0.05), (16.8, 0.2), Some(9.78))),
            line(2, (0.037, 0.0005), (3.3, 0.05), (16.9, 0.2), Some(9.95)),
            line(3, (0.011, 0.0005), (4.5, 0.05), (17.4, 0.2), Some(10.02)),
            line(4, (0.0036, 0.00005), (5.6, 0.05), (17.5, 0.2), Some(10.04)),
            line(5, (0.0012, 0.00005), (6.7, 0.05), (17.7, 0.2), Some(10.06)),
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
            by_law(line(1, (0.96, 0.005), (0.04, 0.005), (38.0, 3.0), None), 0.959716607),
            by_law(line(2, (0.20, 0.005), (1.6, 0.05), (33.0, 1.0), None), 0.204344390),
            by_law(line(3, (0.060, 0.0005), (2.8, 0.05), (32.0, 1.0), None), 0.0599078767),
            by_law(line(4, (0.021, 0.0005), (3.9, 0.05), (32.0, 1.0), None), 0.0200262899),
            by_law(line(5, (0.008, 0.0005), (4.9, 0.05), (32.0, 1.0), None), 0.00709210532),
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
            line(1, (0.031, 0.0005), (2.7, 0.05), (17.6, 0.25), None),
            line(2, (0.00058, 0.000005), (4.5, 0.05), (15.4, 0.25), None),
        ],
    },
];

/// The targets of the section: of each table its lines, then what was computed beside it.
pub fn targets() -> Vec<Target> {
    let of_table = |table: &'static Table| {
        let printed = table.rows.iter().flat_map(|row| printed(table, row));
        printed.chain(table.rows.iter().filter_map(|row| computed(table, row)))
    };
    TABLES.iter().flat_map(of_table).collect()
}

fn world(table: &Table, row: &Line) -> ValidationWorld {
    let forget = format!("{{ {}, k = {} }}", table.forget, row.k);
    ValidationWorld::of(1000, "gossip", TEXT, table.runs)
        .set("exchange.gossip.mode", table.mode)
        .set("exchange.gossip.forget", forget)
        .set("horizon", table.horizon)
}

fn printed(table: &Table, row: &Line) -> [Target; 3] {
    let id = format!("demers.{}.k{}", table.name, row.k);
    let series = Series { id: &id, section: 2, source: table.source, world: &world(table, row) };
    let target = |word: &str, what: &str, gauge, (expected, tolerance): (f64, Tolerance)| {
        let what = format!("k = {}: {what}", row.k);
        series.target((word, &what), (gauge, Aggregate::Mean), expected, tolerance)
    };
    let mut residue =
        target("residue", "share that never hears, s", Observable::Residue, row.residue);
    if let (Some(law), (figure, Tolerance::Errors(half))) = (row.law, row.residue) {
        (residue.expected, residue.tolerance) = (law, Tolerance::Errors(0.0));
        residue.printed = Some(Printed { figure, half });
    }
    [
        residue,
        target("traffic", "items received by zone, m", Observable::Traffic, row.traffic),
        target("last", "cycle of the last arrival", Observable::LastCycle, row.last),
    ]
}

fn computed(table: &Table, row: &Line) -> Option<Target> {
    let id = format!("demers.{}.k{}", table.name, row.k);
    let source = "computed: first arrivals in table 1";
    let series = Series { id: &id, section: 2, source, world: &world(table, row) };
    let what = format!("k = {}: cycle of first arrivals", row.k);
    let gauge = (Observable::CycleOfArrivals, Aggregate::Mean);
    let target = |cycle| series.target(("average", &what), gauge, cycle, Tolerance::Within(0.05));
    row.average.map(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean share of zones that never hear when each that hears calls any other until, after a
    /// call, it loses interest with probability 1/k. The order of calls makes no difference: the
    /// state is how many have heard, and how many of these are still interested.
    fn blind_coin(k: u32, zones: usize) -> f64 {
        let (lost, all) = (1.0 / f64::from(k), zones as f64);
        let (mut chance, mut mean) = (vec![0.0; zones + 2], 0.0);
        chance[1] = 1.0;
        for heard in 1..=zones {
            let new = (zones - heard) as f64 / (all - 1.0);
            let mut next = vec![0.0; zones + 2];
            let mut fewer = 0.0;
            for interested in (1..=heard).rev() {
                // Calls that change nothing are left out.
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
    fn the_law_of_the_blind_coin_is_that_of_the_chain() {
        // By hand, three zones: after the first call one or two are interested. One fails to tell
        // the third with probability 1/3, two with 1/9.
        assert!((blind_coin(2, 3) - (1.0 / 3.0 + 1.0 / 9.0) / 2.0 / 3.0).abs() < 1e-12);
        for row in TABLES[1].rows {
            let (law, exact) = (row.law.unwrap(), blind_coin(row.k, 1000));
            assert!((law / exact - 1.0).abs() < 1e-8, "k = {}: {law}, {exact}", row.k);
        }
    }
}
