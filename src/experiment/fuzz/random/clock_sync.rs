//! Clock synchronization in a random scenario, drawn from a stream of its own.

use toml::{Table, Value};

use super::draw::ScenarioRng;
use super::world::RandomWorld;

/// Synchronizes the clocks of some scenarios, some of them within delays that do not hold. The others keep
/// their text.
pub fn add(seed: u64, world: &RandomWorld, toml: String) -> String {
    let mut draw = ScenarioRng::part(seed, "random clock synchronization");
    if draw.percent(80) {
        return toml;
    }
    let mut table: Table = toml.parse().expect("a drawn scenario is TOML");
    let min = draw.between(0, 3);
    let ticks = [
        ("start", draw.between(0, world.horizon / 4)),
        ("interval", draw.between(1, world.horizon / 3)),
        ("min_delay", min),
        ("max_delay", min + draw.between(1, 400)),
    ];
    let mut averaging = Table::new();
    for (key, ticks) in ticks {
        averaging.insert(key.into(), format!("{}us", ticks * world.grain).into());
    }
    averaging.insert("rounds".into(), Value::Integer(draw.between(1, 4) as i64));
    let sync = Table::from_iter([("averaging".to_owned(), Value::Table(averaging))]);
    let clocks = table.entry("clocks").or_insert_with(|| Value::Table(Table::new()));
    if let Some(clocks) = clocks.as_table_mut() {
        clocks.insert("sync".into(), sync.into());
    }
    table.to_string()
}
