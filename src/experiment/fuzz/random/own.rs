//! The settings of a program's own exchange, drawn from the ranges that its entry declares.

use std::fmt::Write;

use super::draw::ScenarioRng;
use super::world::RandomWorld;
use crate::protocol::{ProtocolInfo, Range};
use crate::time::NanoDuration;

/// Its table. It is there whichever exchange the world has: `--set exchange.use` may choose another.
pub fn table(draw: &mut ScenarioRng, world: &RandomWorld, entry: &ProtocolInfo) -> String {
    let mut lines = String::new();
    for setting in entry.settings {
        // Some keep their default beside others that are drawn.
        if draw.percent(25) {
            continue;
        }
        if let Some(value) = value(draw, world, setting.range) {
            let _ = writeln!(lines, "{} = {value}", setting.key);
        }
    }
    if lines.is_empty() { lines } else { format!("[exchange.{}]\n{lines}", entry.name) }
}

/// A value as TOML writes it; none where a range is said in words alone.
fn value(draw: &mut ScenarioRng, world: &RandomWorld, range: Range) -> Option<String> {
    Some(match range {
        Range::Text(_) | Range::Timer(_) | Range::OneOf([]) => return None,
        Range::Bool => draw.pick(&["true", "false"]).to_owned(),
        Range::OneOf(words) => format!("{:?}", draw.pick(words)),
        Range::Integer(least, most) => draw.within(least, most).to_string(),
        Range::Peers => draw.between(1, world.zones.len() as u64 - 1).to_string(),
        Range::Number(least, most) => number(draw, least, most),
        Range::Time(least, most) => format!("\"{}\"", time(draw, world, least, most)),
    })
}

/// A number with four decimals, or an end.
fn number(draw: &mut ScenarioRng, least: f64, most: f64) -> String {
    const PARTS: i64 = 1 << 32;
    let share = draw.within(0, PARTS) as f64 / PARTS as f64;
    let number = least + share * (most - least);
    let rounded = (number * 1e4).round() / 1e4;
    format!("{:?}", rounded.max(least).min(most))
}

/// A whole number of ticks where the range has one there.
fn time(
    draw: &mut ScenarioRng,
    world: &RandomWorld,
    least: NanoDuration,
    most: NanoDuration,
) -> NanoDuration {
    let [first, last] = [least, most].map(|length| i64::try_from(length.ns).unwrap_or(i64::MAX));
    let ns = draw.within(first, last) as u64;
    let tick = world.grain * 1_000;
    let whole = ns / tick * tick;
    NanoDuration::from_ns(if whole >= least.ns { whole } else { ns })
}
