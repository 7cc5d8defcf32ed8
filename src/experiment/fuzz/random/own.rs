//! The parameters of a custom exchange, drawn from the ranges that its info declares.

use std::fmt::Write;

use super::draw::ScenarioRng;
use super::world::RandomWorld;
use crate::protocol::{ProtocolInfo, Range};
use crate::time::NanoDuration;

/// The table of its parameters. It is drawn for any exchange, because `--set exchange.use` may choose another.
pub fn table(draw: &mut ScenarioRng, world: &RandomWorld, entry: &ProtocolInfo) -> String {
    let mut lines = String::new();
    for setting in entry.settings {
        // Some parameters keep their defaults.
        if draw.percent(25) {
            continue;
        }
        if let Some(value) = value(draw, world, setting.range) {
            let _ = writeln!(lines, "{} = {value}", setting.key);
        }
    }
    if lines.is_empty() { lines } else { format!("[exchange.{}]\n{lines}", entry.name) }
}

/// A value in TOML. None if the range is described in words alone.
fn value(draw: &mut ScenarioRng, world: &RandomWorld, range: Range) -> Option<String> {
    Some(match range {
        Range::Text(_) | Range::Timer(_) | Range::OneOf([]) => return None,
        Range::AboveZero { .. } | Range::AtLeast { .. } => return None,
        Range::Bool => draw.pick(&["true", "false"]).to_owned(),
        Range::OneOf(words) => format!("{:?}", draw.pick(words)),
        Range::Integer(min, max) => draw.within(min, max).to_string(),
        Range::Peers => draw.between(1, world.zones.len() as u64 - 1).to_string(),
        Range::Number(min, max) => number(draw, min, max),
        Range::Time(min, max) => format!("\"{}\"", time(draw, world, min, max)),
    })
}

/// A number with four decimals, or an end of the range.
fn number(draw: &mut ScenarioRng, min: f64, max: f64) -> String {
    const PARTS: i64 = 1 << 32;
    let share = draw.within(0, PARTS) as f64 / PARTS as f64;
    let number = min + share * (max - min);
    let rounded = (number * 1e4).round() / 1e4;
    format!("{:?}", rounded.max(min).min(max))
}

/// A multiple of a tick, if the range has one there.
fn time(
    draw: &mut ScenarioRng,
    world: &RandomWorld,
    min: NanoDuration,
    max: NanoDuration,
) -> NanoDuration {
    let [first, last] = [min, max].map(|length| i64::try_from(length.ns).unwrap_or(i64::MAX));
    let ns = draw.within(first, last) as u64;
    let tick = world.grain * 1_000;
    let rounded = ns / tick * tick;
    NanoDuration::from_ns(if rounded >= min.ns { rounded } else { ns })
}
