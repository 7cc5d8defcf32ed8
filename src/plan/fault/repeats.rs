//! Faults that occur again and again.

use crate::network::fault::{Effect, Fault};
use crate::plan::fault::reader::Reader;
use crate::scenario::{BoundedU32, Diagnostic, MAX_REPEATS};
use crate::time::{SimDuration, SimTime};

/// Most nodes that the occurrences of all repeated faults affect together: each crash of a node has a
/// downtime of its own.
const MAX_NODES: u64 = 2_000_000;

impl<E, C> Reader<'_, E, C> {
    /// The occurrences of a fault before the horizon, at least the first one. `nodes` counts those that
    /// repeated faults affect.
    ///
    /// # Errors
    /// A count without an interval, an interval below a tick, faults that overlap, or too many of them.
    pub(super) fn repeat(
        &self,
        first: Fault,
        horizon: SimTime,
        nodes: &mut u64,
    ) -> Result<Vec<Fault>, Diagnostic> {
        let Some(interval) = self.fault.interval else {
            return match self.fault.count {
                None => Ok(vec![first]),
                Some(_) => {
                    let diagnostic = self.key_diagnostic("count", "a count without an interval");
                    Err(diagnostic.label("expected interval = \"10min\", say, beside it"))
                }
            };
        };
        let interval = interval.ticks(self.resolution());
        self.check_interval(&first, interval)?;
        let left = horizon.0.saturating_sub(first.start.0);
        let until_horizon = left.div_ceil(interval.0).max(1);
        let count = match self.fault.count {
            Some(BoundedU32(count)) => until_horizon.min(count.into()),
            None => until_horizon,
        };
        *nodes = nodes.saturating_add(count.saturating_mul(affected(&first.effect)));
        if count > MAX_REPEATS.into() || *nodes > MAX_NODES {
            let title = format!("a fault that occurs {count} times until the horizon");
            let label = format!(
                "expected at most {MAX_REPEATS} times, and {MAX_NODES} nodes of all such faults: a \
                 longer interval or a `count`"
            );
            return Err(self.diagnostic(".interval", title).label(label));
        }
        let at = |number: u64| SimDuration(number.saturating_mul(interval.0));
        let occurrence = |number| Fault {
            start: first.start + at(number),
            end: first.end + at(number),
            effect: first.effect.clone(),
        };
        Ok((0..count).map(occurrence).collect())
    }

    fn check_interval(&self, first: &Fault, interval: SimDuration) -> Result<(), Diagnostic> {
        let resolution = self.resolution();
        if interval.0 == 0 {
            let title = format!("an interval below one tick of {resolution}");
            return Err(self.diagnostic(".interval", title).label("expected a longer time"));
        }
        if first.effect.is_instantaneous() {
            return Ok(());
        }
        if first.end == SimTime::NEVER {
            let diagnostic = self.key_diagnostic("interval", "a repeated fault without an end");
            return Err(diagnostic.label("expected for = \"1min\", say, beside it"));
        }
        if first.end - first.start > interval {
            let diagnostic =
                self.diagnostic(".for", "a fault that is not over when it starts again");
            return Err(diagnostic.label("expected at most the interval"));
        }
        Ok(())
    }
}

/// Number of nodes of an effect, those of both sides of links.
fn affected(effect: &Effect) -> u64 {
    let (one, other) = match effect {
        Effect::Partition(links) | Effect::Hold(links) => (&links.from, Some(&links.to)),
        Effect::Delay(links, _) | Effect::Loss(links, _) => (&links.from, Some(&links.to)),
        Effect::Isolate(nodes) | Effect::Crash(nodes, _) | Effect::Clock(nodes, _) => (nodes, None),
    };
    u64::from(one.len()) + other.map_or(0, |other| other.len().into())
}
