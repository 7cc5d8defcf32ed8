//! The order of links of a random scenario, drawn from a stream of its own.

use toml::{Table, Value};

use super::draw::ScenarioRng;

/// Gives links an order in some scenarios. The others keep their text.
pub fn add(seed: u64, toml: String) -> String {
    let mut draw = ScenarioRng::part(seed, "random link order");
    if draw.percent(75) {
        return toml;
    }
    let mut table: Table = toml.parse().expect("a drawn scenario is TOML");
    let network = &mut table["network"];
    let orders = if draw.percent(60) { ["fifo", "any"] } else { ["any", "fifo"] };
    set(network, orders[0]);
    for (_, link) in network.get_mut("link").and_then(Value::as_table_mut).into_iter().flatten() {
        if draw.percent(30) {
            set(link, orders[1]);
        }
    }
    table.to_string()
}

fn set(table: &mut Value, order: &str) {
    if let Some(table) = table.as_table_mut() {
        table.insert("order".into(), order.into());
    }
}
