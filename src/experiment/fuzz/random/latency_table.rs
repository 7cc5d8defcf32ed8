//! Latency tables of a random scenario as they are published, drawn from a stream of their own.

use std::fmt::Write;

use toml::{Table, Value};

use super::draw::ScenarioRng;
use super::world::RandomWorld;

/// The name of the file that is replaced.
const FILE: &str = "round-trips.csv";

/// Replaces many plain files of round trips by files with columns of other names, rows in both
/// directions, names that are no ids, and gaps. The other scenarios keep their text.
pub fn add(seed: u64, world: &RandomWorld, toml: String, files: &mut [(String, String)]) -> String {
    let Some((_, file)) = files.iter_mut().find(|(name, _)| name == FILE) else { return toml };
    let mut draw = ScenarioRng::part(seed, "random latency table");
    if draw.percent(40) {
        return toml;
    }
    let named = world.zones.iter().filter(|_| draw.percent(50)).cloned().collect::<Vec<_>>();
    *file = rows(&mut draw, world, &named);
    let names = named.into_iter().map(|id| (published(&id), Value::from(id)));
    let columns = Table::from_iter([
        ("file".into(), FILE.into()),
        ("from".into(), "src".into()),
        ("to".into(), "dst".into()),
        ("ms".into(), "p50".into()),
        ("missing".into(), format!("{}us", draw.between(2, 60) * world.grain).into()),
        ("names".into(), Value::Table(names.collect())),
    ]);
    let mut table: Table = toml.parse().expect("a drawn scenario is TOML");
    let kind = if draw.percent(50) { "rtt" } else { "one_way" };
    table["network"]["latency"] = Table::from_iter([(kind.to_owned(), columns.into())]).into();
    table.to_string()
}

/// What a file calls a zone.
fn published(id: &str) -> String {
    format!("Site, {id}")
}

/// Rows of most directions; each zone of `named` has at least one.
fn rows(draw: &mut ScenarioRng, world: &RandomWorld, named: &[String]) -> String {
    let name = |id: &String| match named.contains(id) {
        true => format!("\"{}\"", published(id)),
        false => id.clone(),
    };
    let mut text = "p50,src,probes,dst\n".to_owned();
    for from in &world.zones {
        for to in &world.zones {
            let us = draw.between(0, 100 * world.grain);
            if from != to && draw.percent(25) {
                continue;
            }
            let ms = match draw.between(1, 10) {
                1 => draw.pick(&["", "-", "NA", "NaN"]).to_owned(),
                _ => format!("{}.{:03}", us / 1000, us % 1000),
            };
            let _ = writeln!(text, "{ms},{},{},{}", name(from), draw.between(1, 999), name(to));
        }
    }
    text
}
