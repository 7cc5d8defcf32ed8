//! What `zonesim list` says that a protocol costs and how long it takes is what runs cost and take,
//! on both engines, on latencies that differ; the formulas are read from the entries.
//!
//! Those of flood and plumtree on named topologies are in `broadcast.rs`.

mod bounds;
mod coordination;
mod gossip;

use crate::common::formula::{Given, formula, value};
use crate::common::{BuiltinPlan, plan_of, root, row};
use zonesim::engine::Engine;
use zonesim::protocol::ProtocolSet as _;
use zonesim::protocol::clock_sync::Builtin as ClockSync;
use zonesim::protocol::coordination::Builtin as Coordination;
use zonesim::protocol::exchange::Builtin as Exchange;

const ENGINES: [Engine; 2] = [Engine::Event, Engine::Turmoil];

/// One way between two zones, or a zone and the hub, which is number `zones`; in ms, no two alike
/// but by chance.
fn link(a: u32, b: u32) -> f64 {
    let (low, high) = (a.min(b), a.max(b));
    f64::from(10 + (7 * low + 13 * high) % 50)
}

/// The tables of so many zones, a hub and the links between all of them.
fn world(zones: u32) -> String {
    let name = |node| if node == zones { "hub".into() } else { format!("z{node}") };
    let mut text = format!(
        r#"[zones]
generate = {zones}
[hub]
[network.link]
"#
    );
    for a in 0..=zones {
        for b in a + 1..=zones {
            let (from, to, ms) = (name(a), name(b), link(a, b));
            text += &format!("\"{from}-{to}\" = {{ latency = \"{ms}ms\" }}\n");
        }
    }
    text
}

/// An item from each of these zones, a second apart, and an exchange.
fn items(zones: u32, from: &[u32], exchange: &str, settings: &str) -> BuiltinPlan {
    let at: Vec<_> = (0..from.len()).map(|second| format!("\"{second}s\"")).collect();
    let origins: Vec<_> = from.iter().map(|zone| format!("\"z{zone}\"")).collect();
    plan_of(&format!(
        r#"horizon = "{}s"
stop = "horizon"
{}[workload.items]
at = [{}]
from = [{}]
[exchange]
use = "{exchange}"
[exchange.{exchange}]
{settings}
"#,
        from.len(),
        world(zones),
        at.join(", "),
        origins.join(", "),
    ))
}

/// The longest of a zone's links to the others, or of the hub's.
fn farthest(from: u32, zones: u32) -> f64 {
    (0..zones).filter(|&to| to != from).map(|to| link(from, to)).fold(0.0, f64::max)
}

/// Messages, payloads and the time to all in ms of a run.
fn cost(plan: &BuiltinPlan, engine: Engine) -> [f64; 3] {
    let row = row(plan, engine, 1);
    assert_eq!(row.coverage, Some(1.0));
    [row.messages.unwrap(), row.payloads.unwrap(), row.to_all_ms.unwrap()]
}

#[test]
fn direct_and_through_a_hub() {
    for zones in [2, 3, 8, 13] {
        for origin in [0, zones - 1] {
            let up = link(origin, zones);
            let others = (0..zones).filter(|&zone| zone != origin);
            let down = others.map(|zone| link(zone, zones)).fold(0.0, f64::max);
            let far = farthest(origin, zones);
            let given = Given::from([("n", zones.into()), ("F", far), ("U", up), ("D", down)]);
            let expected = |formulas: [&str; 3]| formulas.map(|formula| value(formula, &given));
            let mesh = expected([
                formula("mesh", "messages per item"),
                formula("mesh", "payloads per item"),
                formula("mesh", "time to all"),
            ]);
            let hub = expected([
                formula("hub", "messages per item"),
                formula("hub", "payloads per item"),
                formula("hub", "time to all"),
            ]);
            for engine in ENGINES {
                let what = format!("{zones} zones, from z{origin}, {engine}");
                assert_eq!(cost(&items(zones, &[origin], "mesh", ""), engine), mesh, "{what}");
                assert_eq!(cost(&items(zones, &[origin], "hub", ""), engine), hub, "{what}");
            }
        }
    }
}

/// A ring with two chords: its edges as a setting, how many, and the longest of the shortest ways
/// from a zone.
fn ring(zones: u32, origin: u32) -> (String, f64, f64) {
    let mut edges: Vec<_> = (0..zones).map(|zone| (zone, (zone + 1) % zones)).collect();
    edges.extend([(0, zones / 2), (1, zones - 2)]);
    let mut ways = vec![f64::INFINITY; zones as usize];
    ways[origin as usize] = 0.0;
    for _ in 0..zones {
        for &(a, b) in &edges {
            let (here, there) = (a as usize, b as usize);
            ways[here] = ways[here].min(ways[there] + link(a, b));
            ways[there] = ways[there].min(ways[here] + link(a, b));
        }
    }
    let names: Vec<_> = edges.iter().map(|(a, b)| format!("\"z{a}-z{b}\"")).collect();
    let setting = format!("topology = {{ edges = [{}] }}\n", names.join(", "));
    (setting, f64::from(edges.len() as u32), ways.into_iter().fold(0.0, f64::max))
}

#[test]
fn over_an_overlay() {
    for (zones, origin) in [(6, 0), (9, 4), (14, 13)] {
        let (topology, edges, way) = ring(zones, origin);
        let given = Given::from([("n", zones.into()), ("E", edges), ("W", way)]);
        let is = |formula: &str| value(formula, &given);
        let plain = is(formula("flood", "messages per item"));
        let heard = is(formula("flood", "payloads per item, with a batch at most"));
        let acked = is(formula("flood", "messages per item, acknowledged"));
        let time = is(formula("flood", "time to all"));
        let messages = is(formula("plumtree", "messages of the first item"))
            + 2.0 * is(formula("plumtree", "messages of a later item, with a batch at most"));
        let payloads = is(formula("plumtree", "payloads of the first item"))
            + 2.0 * is(formula("plumtree", "payloads of a later item"));
        let tree = [messages, payloads, is(formula("plumtree", "time to all"))];
        let acknowledged = format!("{topology}acknowledged = true\n");
        for engine in ENGINES {
            let flood = |settings: &str| cost(&items(zones, &[origin], "flood", settings), engine);
            assert_eq!(flood(&topology), [plain, heard, time], "{zones} zones, {engine}");
            assert_eq!(flood(&acknowledged), [acked, heard, time], "{zones} zones, {engine}");
            let row = row(&items(zones, &[origin], "flood", &topology), engine, 1);
            let redundancy = is(formula("flood", "redundancy"));
            assert!((row.redundancy.unwrap() - redundancy).abs() < 1e-9);
            let plumtree = items(zones, &[origin; 3], "plumtree", &topology);
            assert_eq!(cost(&plumtree, engine), tree, "{zones} zones, {engine}");
        }
    }
}

#[test]
fn every_formula_is_held() {
    let mut tests = String::new();
    for file in [
        "formulas.rs",
        "formulas/bounds.rs",
        "formulas/gossip.rs",
        "formulas/coordination.rs",
        "broadcast.rs",
        "random_attack.rs",
        "threshold_gossip.rs",
        "bulletin.rs",
        "fallback.rs",
        "relay.rs",
        "deputy.rs",
        "anti_entropy.rs",
        "log.rs",
        "clock_sync.rs",
    ] {
        tests += &std::fs::read_to_string(root().join("tests/main").join(file)).unwrap();
    }
    let tests: String = tests.split_whitespace().collect();
    let others = Coordination::entries().iter().chain(ClockSync::entries());
    for entry in Exchange::entries().iter().chain(others) {
        assert!(!entry.formulas.is_empty() && !entry.guarantees.is_empty(), "{}", entry.name);
        assert!(entry.source.starts_with("no paper") || !entry.deviations.is_empty());
        for formula in entry.formulas {
            let call = format!("formula(\"{}\",\"{}\"", entry.name, formula.what);
            let call: String = call.split_whitespace().collect();
            assert!(tests.contains(&call), "{}: nothing holds {:?}", entry.name, formula.what);
        }
    }
}
