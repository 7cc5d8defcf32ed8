//! W1: eight zones, 60 s of push gossip every 100 to 110 ms, loss 1 %, an item each second.

use std::path::PathBuf;

use zonesim::coordination::{self, Builtin as Coordination};
use zonesim::exchange::{self, Builtin as Exchange};
use zonesim::plan::Plan;
use zonesim::scenario;

/// How many zones.
pub const ZONES: usize = 8;
/// How long, in ms.
pub const HORIZON: u64 = 60_000;
/// From one item to the next, in ms; item `i` is published at zone `i mod ZONES`.
pub const ITEM_EVERY: u64 = 1000;
/// How many items.
pub const ITEMS: usize = (HORIZON / ITEM_EVERY) as usize;
/// From one push of a zone to its next, in ms, and how much may be waited beyond it.
pub const INTERVAL: u64 = 100;
/// The most that is waited beyond the interval, in ms.
pub const INTERVAL_JITTER: u32 = 10;
/// The most a message waits at its sender, in ms.
pub const JITTER: u32 = 10;
/// One message in so many is lost.
pub const LOST_ONE_IN: u32 = 100;

/// Ms from one zone to another: fixed, the same both ways, 20 to 120, no two pairs of a zone alike.
pub const fn latency(a: usize, b: usize) -> u64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    20 + ((low * 37 + high * 29 + low * high * 11) % 101) as u64
}

/// The settings of W1, made whole.
pub type W1 = Plan<exchange::Settings, coordination::Settings>;

/// W1 as a scenario of ours.
pub fn plan() -> W1 {
    let mut text = format!(
        r#"
        horizon = "{HORIZON}ms"
        stop = "horizon"
        zones.generate = {ZONES}
        workload.items.every = "{ITEM_EVERY}ms"
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
        [network.link]
        "#,
        loss = 1.0 / f64::from(LOST_ONE_IN),
    );
    for a in 0..ZONES {
        for b in a + 1..ZONES {
            text += &format!("\"z{a}-z{b}\" = {{ latency = \"{}ms\" }}\n", latency(a, b));
        }
    }
    let loaded = scenario::parse("w1.toml", text, &[], PathBuf::new());
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    Plan::new::<Exchange, Coordination>(&loaded).unwrap_or_else(|error| panic!("{error}"))
}
