//! Plain items: listed, regular or at random, and not in two of these ways.

use super::node_table::NodeTable;
use super::workload::{Kind, MAX_ITEMS, PublishedItem};
use crate::id::NodeId;
use crate::scenario::{Diagnostic, Items, Loaded};
use crate::time::{NanoDuration, SimDuration, SimTime};

/// The shortest gap between so many things before the horizon, in whole milliseconds where it is
/// longer than one.
pub fn least_gap(horizon: SimTime, most: u64, resolution: NanoDuration) -> NanoDuration {
    let ticks = horizon.0.div_ceil(most.max(1)).max(1);
    let ns = u128::from(ticks) * u128::from(resolution.ns);
    let grain = if ns > 1_000_000 { 1_000_000 } else { 1 };
    NanoDuration::from_ns(u64::try_from(ns.div_ceil(grain) * grain).unwrap_or(u64::MAX))
}

/// Compiles the `[workload.items]` table.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    names: &NodeTable,
    horizon: SimTime,
    sources: &[NodeId],
) -> Result<Kind, Diagnostic> {
    let Items { at, from, every, mean_every, count } = &loaded.scenario.workload.items;
    let items = ItemSource { loaded, names, horizon };
    let most = u64::from(count.unwrap_or(u32::MAX));
    match (at, from, every, mean_every, count) {
        (None, None, None, None, None) => {
            Ok(Kind::Listed(vec![PublishedItem { due: SimTime(0), origin: sources[0] }]))
        }
        (Some(at), Some(from), None, None, None) => items.listed(&at.0, &from.0),
        (None, None, Some(every), None, _) => {
            Ok(Kind::Regular { every: SimDuration(items.gap("every", *every, most)?), count: most })
        }
        (None, None, None, Some(mean), _) => {
            items.gap("mean_every", *mean, most)?;
            let mean = mean.ns as f64 / loaded.scenario.resolution.ns as f64;
            Ok(Kind::Poisson { mean, count: most })
        }
        _ => Err(items.muddled()),
    }
}

/// The `[workload.items]` table, and what it is held to.
struct ItemSource<'a, E, C> {
    loaded: &'a Loaded<E, C>,
    names: &'a NodeTable,
    horizon: SimTime,
}

impl<E, C> ItemSource<'_, E, C> {
    fn listed(&self, at: &[NanoDuration], from: &[String]) -> Result<Kind, Diagnostic> {
        let Loaded { scenario, source, .. } = self.loaded;
        if at.len() != from.len() {
            let title = format!("{} times in `at` and {} zones in `from`", at.len(), from.len());
            let diagnostic = source.diagnostic("workload.items.from", title);
            return Err(diagnostic.label("expected one zone for each time"));
        }
        let mut listed = Vec::new();
        for (place, (at, name)) in at.iter().zip(from).enumerate() {
            let path = format!("workload.items.from.{place}");
            let origin = self.names.zone(name, &path, source)?;
            if self.names.observers.contains(origin) {
                let title = format!("`{name}` is an observer and finds nothing out");
                return Err(source.diagnostic(&path, title).label("expected a member"));
            }
            listed.push(PublishedItem { due: SimTime(0) + at.ticks(scenario.resolution), origin });
        }
        Ok(Kind::Listed(listed))
    }

    /// A gap between items in ticks.
    fn gap(&self, key: &str, length: NanoDuration, most: u64) -> Result<u64, Diagnostic> {
        let Loaded { scenario, source, .. } = self.loaded;
        let ticks = length.ticks(scenario.resolution).0;
        let title = format!("an item every {length}");
        let diagnostic = source.diagnostic(&format!("workload.items.{key}"), title);
        if ticks == 0 {
            return Err(diagnostic.label(format!("expected \"{}\" or more", scenario.resolution)));
        }
        if (self.horizon.0 / ticks).min(most) > MAX_ITEMS {
            let least = least_gap(self.horizon, MAX_ITEMS, scenario.resolution);
            let label = format!("expected \"{least}\" or more, a nearer horizon, or a `count`");
            let help = format!("no run publishes more than {MAX_ITEMS} items");
            return Err(diagnostic.label(label).help(help));
        }
        Ok(ticks)
    }

    /// Items that are published in no way, or in two.
    fn muddled(&self) -> Diagnostic {
        let source = &self.loaded.source;
        let Items { at, from, every, mean_every, .. } = &self.loaded.scenario.workload.items;
        let timed = every.is_some() || mean_every.is_some();
        let (key, title, label) = match (at, from, every, mean_every) {
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
                ("mean_every", "`mean_every` beside `every`", "expected one of the two")
            }
            (Some(_), ..) if timed => {
                ("at", "listed items beside regular ones", "expected no `every` or `mean_every`")
            }
            (_, Some(_), ..) if timed => {
                ("from", "`from` beside regular items", "expected it with `at`")
            }
            (Some(_), ..) => ("count", "`count` beside listed items", "expected no `count`"),
            _ => ("count", "`count` alone", "expected it with `every` or `mean_every`"),
        };
        let help = "items are listed (`at` with `from`), or regular (`every`), or at random \
                    (`mean_every`)";
        source.key_diagnostic(&format!("workload.items.{key}"), title).label(label).help(help)
    }
}
