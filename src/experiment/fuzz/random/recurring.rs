//! Faults of a random scenario that recur or affect a share of the nodes, drawn from a stream of their
//! own.

use toml::{Table, Value};

use super::draw::ScenarioRng;
use super::world::RandomWorld;
use crate::time::NanoDuration;

/// Lets some faults of some scenarios recur before the drawn horizon, and makes some affect a random share
/// of nodes. The other scenarios keep their text.
pub fn add(seed: u64, world: &RandomWorld, toml: String) -> String {
    let mut draw = ScenarioRng::part(seed, "random recurring faults");
    if !toml.contains("[[fault]]") || draw.percent(60) {
        return toml;
    }
    let mut table: Table = toml.parse().expect("a drawn scenario is TOML");
    let faults = table.get_mut("fault").and_then(Value::as_array_mut);
    for fault in faults.into_iter().flatten().filter_map(Value::as_table_mut) {
        recur(&mut draw, world, fault);
        affect_share(&mut draw, fault);
    }
    table.to_string()
}

fn recur(draw: &mut ScenarioRng, world: &RandomWorld, fault: &mut Table) {
    let us = |key: &str| {
        let time: NanoDuration = fault.get(key)?.clone().try_into().ok()?;
        Some(time.ns / 1000)
    };
    let (Some(at), lasts) = (us("at"), us("for")) else { return };
    let is_endless = lasts.is_none() && !fault.contains_key("clock");
    let pause = draw.between(0, 300) * world.grain;
    let (interval, left) =
        (lasts.unwrap_or(world.grain) + pause, (world.horizon * world.grain).saturating_sub(at));
    let most = (left / interval).min(4);
    if is_endless || most < 2 || draw.percent(50) {
        return;
    }
    fault.insert("interval".into(), format!("{interval}us").into());
    fault.insert("count".into(), (draw.between(2, most) as i64).into());
}

fn affect_share(draw: &mut ScenarioRng, fault: &mut Table) {
    let Some(kind) = ["crash", "isolate", "clock"].into_iter().find(|key| fault.contains_key(*key))
    else {
        return;
    };
    if draw.percent(30) {
        fault.insert(kind.into(), vec!["*"].into());
        // Of two nodes a share of 0.25 is one.
        fault.insert("share".into(), (draw.between(25, 100) as f64 / 100.0).into());
    }
}
