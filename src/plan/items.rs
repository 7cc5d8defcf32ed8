//! Compiles `[workload.items]`: a list, a regular interval or a Poisson process.

use super::node_table::NodeTable;
use super::publications::{ItemRate, MAX_ITEMS, Publications, PublishedItem, Rate};
use crate::id::NodeId;
use crate::rng::name_key;
use crate::scenario::{self, Diagnostic, Items, Loaded};
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
    let Items { at, from, interval, mean_interval, count, sources: rates } =
        &loaded.scenario.workload.items;
    let items = ItemReader { loaded, node_table, horizon };
    if let Some(rates) = rates {
        return items.sources(&rates.0);
    }
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

struct ItemReader<'a, E, C> {
    loaded: &'a Loaded<E, C>,
    node_table: &'a NodeTable,
    horizon: SimTime,
}

impl<E, C> ItemReader<'_, E, C> {
    fn listed(&self, at: &[NanoDuration], from: &[String]) -> Result<Publications, Diagnostic> {
        let Loaded { scenario, source, .. } = self.loaded;
        if at.len() != from.len() {
            let title = format!("{} times in `at` and {} zones in `from`", at.len(), from.len());
            let diagnostic = source.diagnostic("workload.items.from", title);
            return Err(diagnostic.label("expected one zone for each time"));
        }
        let mut listed = Vec::new();
        for (index, (at, name)) in at.iter().zip(from).enumerate() {
            let origin = self.member(name, &format!("workload.items.from.{index}"))?;
            listed.push(PublishedItem { due: SimTime(0) + at.ticks(scenario.resolution), origin });
        }
        Ok(Publications::Listed(listed))
    }

    /// The zone that the scenario names at `path`, which publishes items.
    fn member(&self, name: &str, path: &str) -> Result<NodeId, Diagnostic> {
        let source = &self.loaded.source;
        let origin = self.node_table.zone(name, path, source)?;
        if self.node_table.observers.contains(origin) {
            let title = format!("`{name}` is an observer and finds nothing out");
            return Err(source.diagnostic(path, title).label("expected a member"));
        }
        Ok(origin)
    }

    /// Reads a list of sources.
    ///
    /// # Errors
    /// Other keys beside them, none, an unknown zone, no rate or two, or too many items.
    fn sources(&self, stated: &[scenario::ItemSource]) -> Result<Publications, Diagnostic> {
        let source = &self.loaded.source;
        let keys = ["at", "from", "interval", "mean_interval", "count"];
        let said = keys.iter().find(|key| source.says(&format!("workload.items.{key}")));
        if let Some(key) = said {
            let title = format!("`{key}` beside `sources`");
            let diagnostic = source.key_diagnostic(&format!("workload.items.{key}"), title);
            return Err(diagnostic.label("expected it in each of the sources, or no sources"));
        }
        if stated.is_empty() {
            let message = "a list of no sources; expected one or more";
            return Err(source.refusal("workload.items.sources", message));
        }
        let mut rates = Vec::new();
        let mut left = MAX_ITEMS;
        for (number, stated) in stated.iter().enumerate() {
            let path = format!("workload.items.sources.{number}");
            for (name, path_of_zone) in stated.from.with_paths(&format!("{path}.from")) {
                let origin = self.member(name, &path_of_zone)?;
                let (rate, items) = self.rate(stated, number, left)?;
                left -= items;
                let count = u64::from(stated.count.unwrap_or(u32::MAX));
                let key = name_key(&self.node_table.ids[origin.index()]);
                rates.push(ItemRate { origin, rate, count, key: key.wrapping_add(number as u64) });
            }
        }
        Ok(Publications::Sources(rates))
    }

    /// The rate of a source, and the number of items that one zone publishes at it until the horizon, at
    /// most `left`.
    fn rate(
        &self,
        stated: &scenario::ItemSource,
        number: usize,
        left: u64,
    ) -> Result<(Rate, u64), Diagnostic> {
        let Loaded { scenario, source, .. } = self.loaded;
        let path = format!("sources.{number}");
        let max = u64::from(stated.count.unwrap_or(u32::MAX));
        let items = |key: &str, length| -> Result<(u64, u64), Diagnostic> {
            let ticks = self.interval(&format!("{path}.{key}"), length, max)?;
            let items = (self.horizon.0 / ticks).min(max);
            if items > left {
                let title = format!("more than {MAX_ITEMS} items of all sources");
                let path = format!("workload.items.{path}.{key}");
                let label = "expected longer intervals, a nearer horizon, or a `count`";
                return Err(source.diagnostic(&path, title).label(label));
            }
            Ok((ticks, items))
        };
        match (stated.interval, stated.mean_interval) {
            (Some(interval), None) => {
                let (ticks, items) = items("interval", interval)?;
                Ok((Rate::Regular(SimDuration(ticks)), items))
            }
            (None, Some(mean)) => {
                let (_, items) = items("mean_interval", mean)?;
                Ok((Rate::Poisson(mean.ns as f64 / scenario.resolution.ns as f64), items))
            }
            (interval, _) => {
                let (key, title) = match interval {
                    Some(_) => (".mean_interval", "`mean_interval` beside `interval`"),
                    None => ("", "a source without a rate"),
                };
                let diagnostic =
                    source.key_diagnostic(&format!("workload.items.{path}{key}"), title);
                Err(diagnostic.label("expected one of `interval` and `mean_interval`"))
            }
        }
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
                    (`mean_interval`), or of several `sources`";
        source.key_diagnostic(&format!("workload.items.{key}"), title).label(label).help(help)
    }
}
