//! Random overlays of unequal degrees in a random scenario, drawn from a stream of their own.

use toml::{Table, Value};

use super::draw::ScenarioRng;
use super::world::RandomWorld;

/// Gives the overlay of some scenarios that have one another graph. The others keep their text.
pub fn add(seed: u64, world: &RandomWorld, toml: String) -> String {
    let mut draw = ScenarioRng::part(seed, "random graph");
    if !toml.contains("topology") || draw.percent(60) {
        return toml;
    }
    let mut table: Table = toml.parse().expect("a drawn scenario is TOML");
    // Release rules need an overlay that is known before the run.
    let may_redraw = !table.contains_key("release");
    let zones = world.zones.len() as u64;
    let (kind, key, value) = match draw.between(1, 3) {
        1 if zones > 2 => {
            let neighbours = 2 * draw.between(1, (zones - 1) / 2) as i64;
            ("watts_strogatz", "neighbours", Value::Integer(neighbours))
        }
        2 => ("barabasi_albert", "links", Value::Integer(draw.between(1, zones - 1) as i64)),
        _ => {
            let degree = draw.between(5, 10 * (zones - 1)) as f64 / 10.0;
            ("erdos_renyi", "degree", Value::Float(degree))
        }
    };
    let redraw = may_redraw && draw.percent(50);
    let mut settings = Table::from_iter([(key.to_owned(), value)]);
    settings.insert("seed".into(), Value::Integer(draw.between(0, 99) as i64));
    settings.insert("redraw".into(), redraw.into());
    let graph = Table::from_iter([(kind.to_owned(), Value::Table(settings))]);
    replace(&mut table, Value::Table(graph));
    table.to_string()
}

/// Replaces the topology of the exchange in use.
fn replace(table: &mut Table, graph: Value) {
    let exchange = table.get_mut("exchange").and_then(Value::as_table_mut);
    for (_, settings) in exchange.into_iter().flatten() {
        if let Some(topology) = settings.get_mut("topology") {
            *topology = graph.clone();
        }
    }
}
