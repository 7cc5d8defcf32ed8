//! W1 and W2: push gossip every 100 to 110 ms, loss 1 %, an item each second; among eight zones for
//! 60 s, and among 1,000 for 30 s.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use zonesim::plan::Plan;
use zonesim::protocol::coordination::{self, Builtin as Coordination};
use zonesim::protocol::exchange::{self, Builtin as Exchange};
use zonesim::scenario;

/// How many zones W1 has.
pub const W1_ZONES: usize = 8;
/// How long W1 is, in ms.
pub const W1_HORIZON: u64 = 60_000;
/// How many zones W2 has.
pub const W2_ZONES: usize = 1000;
/// How long W2 is, in ms.
pub const W2_HORIZON: u64 = 30_000;
/// From one item to the next, in ms; item `i` is published at the zone of that number, modulo the
/// number of zones.
pub const ITEM_EVERY: u64 = 1000;
/// From one push of a zone to its next, in ms, and how much may be waited beyond it.
pub const INTERVAL: u64 = 100;
/// The most that is waited beyond the interval, in ms.
pub const INTERVAL_JITTER: u32 = 10;
/// The most a message waits at its sender, in ms.
pub const JITTER: u32 = 10;
/// One message in so many is lost.
pub const LOST_ONE_IN: u32 = 100;

/// Ms from one zone to another: fixed, the same both ways, 20 to 120; of eight, no two pairs of a
/// zone alike.
pub const fn latency(a: usize, b: usize) -> u64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    20 + ((low * 37 + high * 29 + low * high * 11) % 101) as u64
}

/// What takes a message how long.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// Each pair of zones its own time, [`latency`].
    Table,
    /// All the same, [`UNIFORM`].
    Uniform,
}

/// Ms from zone to zone where all links are alike: the mean of the table.
pub const UNIFORM: u32 = 70;

/// The settings of a workload, made whole.
pub type W = Plan<exchange::Params, coordination::Params>;

/// A workload as a scenario of ours.
pub fn plan(zones: usize, horizon: u64, links: Links) -> W {
    let latency = match links {
        Links::Table => format!("{{ matrix = \"{}\" }}", matrix(zones)),
        Links::Uniform => format!("\"{UNIFORM}ms\""),
    };
    let text = format!(
        r#"
        horizon = "{horizon}ms"
        stop = "horizon"
        zones.generate = {zones}
        workload.items.interval = "{ITEM_EVERY}ms"
        network.latency = {latency}
        network.loss = {loss}
        network.jitter = {{ uniform = {{ min = "0ms", max = "{JITTER}ms" }} }}
        [exchange]
        use = "gossip"
        [exchange.gossip]
        mode = "push"
        start = "staggered"
        interval = "{INTERVAL}ms"
        interval_jitter = "{INTERVAL_JITTER}ms"
        fanout = 1
        "#,
        loss = 1.0 / f64::from(LOST_ONE_IN),
    );
    let loaded = scenario::parse("w.toml", text, &[], directory());
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    Plan::new::<(Exchange, Coordination)>(&loaded).unwrap_or_else(|error| panic!("{error}"))
}

/// Where Cargo lets a bench write.
fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

/// Writes the latencies of all pairs into a file, and returns its name.
fn matrix(zones: usize) -> String {
    let mut rows = String::new();
    for zone in 0..zones {
        write!(rows, ",z{zone}").expect("a string takes all");
    }
    for from in 0..zones {
        write!(rows, "\nz{from}").expect("a string takes all");
        for to in 0..zones {
            write!(rows, ",{}", latency(from, to)).expect("a string takes all");
        }
    }
    let name = format!("{zones}-zones.csv");
    fs::write(directory().join(&name), rows).expect("Cargo's directory can be written to");
    name
}
