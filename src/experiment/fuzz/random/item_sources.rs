//! Random sizes and sources of items of a random scenario, drawn from a stream of their own.

use toml::{Table, Value};

use super::draw::ScenarioRng;
use super::world::RandomWorld;

/// Gives the items of some scenarios random sizes, and those of others several sources. The other
/// scenarios keep their text.
pub fn add(seed: u64, world: &RandomWorld, toml: String) -> String {
    let mut draw = ScenarioRng::part(seed, "random item sources");
    let (is_sized, has_sources) = (draw.percent(15), draw.percent(15));
    let is_plain = toml.contains("[workload.items]") && !toml.contains("organisation");
    if !is_plain || !(is_sized || has_sources) {
        return toml;
    }
    let mut table: Table = toml.parse().expect("a drawn scenario is TOML");
    let Some(workload) = table["workload"].as_table_mut() else { return toml };
    if is_sized {
        let bytes = draw.between(1, 90);
        let size = match draw.between(1, 2) {
            1 => ("exponential", Value::from(format!("{bytes}B"))),
            _ => ("uniform", vec![format!("{}B", bytes / 3), format!("{bytes}B")].into()),
        };
        workload.insert("item_size".into(), Table::from_iter([(size.0.to_owned(), size.1)]).into());
    }
    if has_sources {
        let sources = (0..draw.between(1, 3)).map(|_| source(&mut draw, world)).collect();
        let items = Table::from_iter([("sources".to_owned(), Value::Array(sources))]);
        workload.insert("items".into(), items.into());
    }
    table.to_string()
}

fn source(draw: &mut ScenarioRng, world: &RandomWorld) -> Value {
    let from = draw.some(&world.members);
    let key = draw.pick(&["interval", "mean_interval"]);
    let count = draw.between(1, 12) as i64;
    Table::from_iter([
        ("from".to_owned(), Value::from(from)),
        (key.to_owned(), world.wait(draw, 5, 200).trim_matches('"').into()),
        ("count".to_owned(), count.into()),
    ])
    .into()
}
