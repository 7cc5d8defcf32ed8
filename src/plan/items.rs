//! Compiles `[workload.items]`: a list, a regular interval or a Poisson process.

use super::node_table::NodeTable;
use super::publications::{MAX_ITEMS, Publications, PublishedItem};
use crate::id::NodeId;
use crate::scenario::{Diagnostic, Items, Loaded};
use crate::time::{NanoDuration, SimDuration, SimTime};

/// Returns the shortest interval at which at most `max` events occur before the horizon, rounded up to
/// whole milliseconds if it is above one.
pub fn min_interval(horizon: SimTime, max: u64, resolution: NanoDuration) -> NanoDuration {
    let ticks = horizon.0.div_ceil(max.max(1)).max(1);
    let ns = u128::from(ticks) * u128::from(resolution.ns);
    let grain = if ns > 1_000_000 { 1_000_000 } else { 1 };
    NanoDuration::from_ns(u64::try_from(ns.div_ceil(grain) * grain).unwrap_or(u64::MAX))
}

/// Compiles the `[workload.items]` table; one item at the start if the table is empty.
///
/// # Errors
/// Keys of two modes or half a mode, an interval below one tick, or too many items.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
    horizon: SimTime,
    sources: &[NodeId],
) -> Result<Publications, Diagnostic> {
    let Items { at, from, interval, mean_interval, count } = &loaded.scenario.workload.items;
    let items = ItemSource { loaded, node_table, horizon };
    let max = u64::from(count.unwrap_or(u32::MAX));
    match (at, from, interval, mean_interval, count) {
        (None, None, None, None, None) => {
            Ok(Publications::Listed(vec![PublishedItem { due: SimTime(0), origin: sources[0] }]))
        }
        (Some(at), Some(from), None, None, None) => items.listed(&at.0, &from.0),
        (None, None, Some(interval), None, _) => Ok(Publications::Regular {
            interval: SimDuration(items.interval("interval", *interval, max)?),
            count: max,
        }),
        (None, None, None, Some(mean), _) => {
            items.interval("mean_interval", *mean, max)?;
            let mean = mean.ns as f64 / loaded.scenario.resolution.ns as f64;
            Ok(Publications::Poisson { mean, count: max })
        }
        _ => Err(items.conflicting_keys()),
    }
}

struct ItemSource<'a, E, C> {
    loaded: &'a Loaded<E, C>,
    node_table: &'a NodeTable,
    horizon: SimTime,
}

impl<E, C> ItemSource<'_, E, C> {
    fn listed(&self, at: &[NanoDuration], from: &[String]) -> Result<Publications, Diagnostic> {
        let Loaded { scenario, source, .. } = self.loaded;
        if at.len() != from.len() {
            let title = format!("{} times in `at` and {} zones in `from`", at.len(), from.len());
            let diagnostic = source.diagnostic("workload.items.from", title);
            return Err(diagnostic.label("expected one zone for each time"));
        }
        let mut listed = Vec::new();
        for (index, (at, name)) in at.iter().zip(from).enumerate() {
            let path = format!("workload.items.from.{index}");
            let origin = self.node_table.zone(name, &path, source)?;
            if self.node_table.observers.contains(origin) {
                let title = format!("`{name}` is an observer and finds nothing out");
                return Err(source.diagnostic(&path, title).label("expected a member"));
            }
            listed.push(PublishedItem { due: SimTime(0) + at.ticks(scenario.resolution), origin });
        }
        Ok(Publications::Listed(listed))
    }

    /// Converts the interval between at most `max` items to ticks.
    fn interval(&self, key: &str, length: NanoDuration, max: u64) -> Result<u64, Diagnostic> {
        let Loaded { scenario, source, .. } = self.loaded;
        let ticks = length.ticks(scenario.resolution).0;
        let title = format!("an item every {length}");
        let diagnostic = source.diagnostic(&format!("workload.items.{key}"), title);
        if ticks == 0 {
            return Err(diagnostic.label(format!("expected \"{}\" or more", scenario.resolution)));
        }
        if (self.horizon.0 / ticks).min(max) > MAX_ITEMS {
            let min = min_interval(self.horizon, MAX_ITEMS, scenario.resolution);
            let label = format!("expected \"{min}\" or more, a nearer horizon, or a `count`");
            let help = format!("no run publishes more than {MAX_ITEMS} items");
            return Err(diagnostic.label(label).help(help));
        }
        Ok(ticks)
    }

    /// Keys of no mode, or of two.
    fn conflicting_keys(&self) -> Diagnostic {
        let source = &self.loaded.source;
        let Items { at, from, interval, mean_interval, .. } = &self.loaded.scenario.workload.items;
        let is_timed = interval.is_some() || mean_interval.is_some();
        let (key, title, label) = match (at, from, interval, mean_interval) {
            (Some(_), None, None, None) => (
                "at",
                "`at` without `from`",
                "expected from = [..] beside it, a zone for each time",
            ),
            (None, Some(_), None, None) => (
                "from",
                "`from` without `at`",
                "expected at = [..] beside it, a time for each zone",
            ),
            (None, None, Some(_), Some(_)) => {
                ("mean_interval", "`mean_interval` beside `interval`", "expected one of the two")
            }
            (Some(_), ..) if is_timed => (
                "at",
                "listed items beside regular ones",
                "expected no `interval` or `mean_interval`",
            ),
            (_, Some(_), ..) if is_timed => {
                ("from", "`from` beside regular items", "expected it with `at`")
            }
            (Some(_), ..) => ("count", "`count` beside listed items", "expected no `count`"),
            _ => ("count", "`count` alone", "expected it with `interval` or `mean_interval`"),
        };
        let help = "items are listed (`at` with `from`), or regular (`interval`), or at random \
                    (`mean_interval`)";
        source.key_diagnostic(&format!("workload.items.{key}"), title).label(label).help(help)
    }
}
