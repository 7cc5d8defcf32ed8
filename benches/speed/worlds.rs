//! Large worlds: one item, push-pull in synchronous cycles, among more and more zones, all links alike or
//! each by the distance of zones on a sphere.

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;

use zonesim::engine::{Engine, event};
use zonesim::experiment::run::Runner;
use zonesim::metrics::MetricRow;
use zonesim::plan::Plan;
use zonesim::protocol::node::Builtin;
use zonesim::scenario;

use crate::claim;
use crate::event_engine;
use crate::interleaved;
use crate::seconds;
use crate::w::W;

/// The worlds.
const ZONES: [u32; 3] = [10_000, 100_000, 1_000_000];
/// From one cycle to the next, in ms.
const INTERVAL: u32 = 1000;

/// What is said of links: what the world is called, and its tables.
const ALIKE: [&str; 2] = ["all links alike", "network.latency = \"40ms\""];
const SPHERE: [&str; 2] =
    ["on a sphere", "zones.place = \"sphere\"\nnetwork.latency = { geo = {} }"];

fn plan(zones: u32, links: &str) -> W {
    let text = format!(
        r#"
        horizon = "2min"
        zones.generate = {zones}
        workload.items = {{ interval = "1s", count = 1 }}
        {links}
        [exchange]
        use = "gossip"
        gossip = {{ mode = "push-pull", start = "synchronous", interval = "{INTERVAL}ms" }}
        "#
    );
    let loaded = scenario::parse("worlds.toml", text, &[], PathBuf::new());
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    Plan::new::<Builtin>(&loaded).unwrap_or_else(|error| panic!("{error}"))
}

/// How the cost grows with the world, and the claims on the largest.
pub fn growth() {
    for [name, links] in [ALIKE, SPHERE] {
        println!("\nOne item among many, {name}, push-pull in synchronous cycles, on one core");
        let mut first = None;
        for zones in ZONES {
            forget_peak();
            let each = grown(zones, links, name);
            println!(
                "           {:.2} times that of {}",
                each / *first.get_or_insert(each),
                ZONES[0]
            );
        }
        if let Some(peak) = peak_mib() {
            claim("  the most memory that it took", peak, 1024.0, true, "MiB");
        }
    }
    let [alike, sphere] = [ALIKE, SPHERE].map(|[_, links]| plan(ZONES[1], links));
    let [.., ratio] =
        interleaved(5, |seed| event_engine(&sphere, seed), |seed| event_engine(&alike, seed));
    println!("\n{} zones on a sphere to links all alike: {ratio:.2} times", ZONES[1]);
}

/// Runs a world bare and measured; nanoseconds a message, measured.
fn grown(zones: u32, links: &str, name: &str) -> f64 {
    let plan = plan(zones, links);
    let runner = Runner::<Builtin>::new(plan);
    let mut row = MetricRow::default();
    let bare = seconds(|| {
        event::run::<Builtin, _>(runner.plan(), 1, &mut ());
    });
    let all = seconds(|| {
        row = runner.run(Engine::Event, 1, ()).row;
    });
    let messages = black_box(&row).messages.unwrap_or_default();
    let cycles = row.to_all_ms.map_or(0.0, |ms| (ms / f64::from(INTERVAL)).floor());
    let n = f64::from(zones);
    let expected = n.ln() / 3f64.ln() + n.ln().log2();
    let (bare, each) = (bare / messages * 1e9, all / messages * 1e9);
    println!(
        "{zones:>9} zones: {cycles} cycles (log3 n + log2 ln n = {expected:.1}), {bare:.0} ns a \
         message, measured {each:.0}"
    );
    if zones == ZONES[ZONES.len() - 1] {
        claim(&format!("a million zones, {name}, measured"), all, 15.0, true, "s");
    }
    each
}

/// The most memory that this process took since it was last forgotten, where the system tells.
fn peak_mib() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib / 1024.0)
}

/// Begins to watch the peak anew, where the system can (`man 5 proc`, `clear_refs`).
fn forget_peak() {
    drop(fs::write("/proc/self/clear_refs", "5"));
}
