//! The deputy of a random scenario whose hub commands. It is drawn from a stream of its own.

use toml::{Table, Value};

use super::draw::ScenarioRng;
use super::world::{Hub, RandomWorld};
use crate::time::NanoDuration;

/// Adds a deputy with a lease to most scenarios with coordination `order`. The others keep their text.
pub fn add(seed: u64, world: &RandomWorld, toml: String) -> String {
    if world.hub == Hub::None || !toml.contains("[coordination.order]") {
        return toml;
    }
    let mut draw = ScenarioRng::deputy(seed);
    if draw.percent(10) {
        return toml;
    }
    let mut table: Table = toml.parse().expect("a drawn scenario is TOML");
    let order = &mut table["coordination"]["order"];
    let probe: NanoDuration = order["probe"].clone().try_into().expect("a drawn duration");
    // Often enough that the lease ends while there is something to decide.
    let probe_us = (probe.ns / 1000).min((world.horizon / 20).max(1) * world.grain);
    set(order, "probe", format!("{probe_us}us"));
    // A lease is longer than what passes between two probes.
    let lease = probe_us * draw.between(11, 20) / 10 + 1;
    set(order, "lease", format!("{lease}us"));
    set(&mut table["hub"], "deputy", draw.pick(&world.members));
    if draw.percent(90) {
        crash_hub(&mut draw, world, &mut table);
    }
    table.to_string()
}

/// Loses the hub for good, and early, so that there is something for the deputy to do.
fn crash_hub(draw: &mut ScenarioRng, world: &RandomWorld, table: &mut Table) {
    let at = draw.between(0, world.horizon / 10) * world.grain;
    let fault = Table::from_iter([
        ("at".into(), Value::from(format!("{at}us"))),
        ("crash".into(), vec!["hub"].into()),
    ]);
    let faults = table.entry("fault").or_insert(Value::Array(Vec::new()));
    faults.as_array_mut().expect("faults are a list").push(fault.into());
}

fn set(table: &mut Value, key: &str, value: String) {
    if let Some(table) = table.as_table_mut() {
        table.insert(key.into(), value.into());
    }
}
