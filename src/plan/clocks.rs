//! Offsets and drifts of the clocks of a scenario.

use std::collections::BTreeMap;

use rand::Rng;

use super::name_table::NameTable;
use super::node_table::NodeTable;
use crate::id::NodeId;
use crate::network::fault::{Fault, Schedule};
use crate::rng::stream;
use crate::scenario::{self, Loaded};
use crate::time::{Clock, NanoDuration, SimDuration, SimTime};

/// Offset at the start in ticks, and drift in ticks per 10^9; positive is ahead.
type ClockError = (i64, i64);

/// The clock errors that a scenario states, and the ranges from which the others are drawn.
#[derive(Clone, Debug)]
pub struct Clocks {
    stated: BTreeMap<NodeId, ClockError>,
    /// Largest absolute offset and drift of the other nodes.
    max_error: ClockError,
    /// Whether they are synchronized in a run.
    are_synchronized: bool,
}

impl Clocks {
    /// Converts the clocks of zones and hub to ticks.
    pub fn compile<E, C>(loaded: &Loaded<E, C>, node_table: &NodeTable) -> Self {
        let scenario = &loaded.scenario;
        let error = |clock: scenario::Clock| {
            (clock.offset.ticks(scenario.resolution), ppb(clock.drift_ppm.0))
        };
        let zones = (0..).map(NodeId).zip(&scenario.zones.named);
        let zones = zones.filter_map(|(node, (_, zone))| Some((node, error(zone.clock?))));
        let hub = scenario.hub.as_ref().and_then(|hub| Some((node_table.hub?, error(hub.clock?))));
        let within = &scenario.clocks;
        Self {
            stated: zones.chain(hub).collect(),
            max_error: (ticks(within.max_offset, scenario.resolution), ppb(within.max_drift_ppm.0)),
            are_synchronized: within.sync.is_some(),
        }
    }

    /// Draws the clocks of all nodes for a seed; empty if all always show true time. The
    /// stream of a clock depends on the name of its node, so adding a zone does not change the
    /// clocks of the others.
    pub fn draw(&self, seed: u64, names: &NameTable, schedule: &Schedule) -> Vec<Clock> {
        let is_step = |fault: &Fault| fault.effect.clock_step().is_some();
        let has_steps = schedule.faults().iter().any(is_step);
        let have_errors = !self.stated.is_empty() || self.max_error != (0, 0) || has_steps;
        if !have_errors && !self.are_synchronized {
            return Vec::new();
        }
        let clock = |(node, name): (NodeId, &str)| {
            let (offset, drift) =
                self.stated.get(&node).copied().unwrap_or_else(|| self.draw_one(seed, name));
            let mut clock = Clock::new(offset, drift);
            schedule.steps(node).for_each(|(at, by)| clock.step(at, by));
            clock
        };
        (0..).map(NodeId).zip(names.iter()).map(clock).collect()
    }

    /// Upper bounds, in ticks, on how far any clock is ahead of true time before the horizon, and on
    /// how far one starts behind or is stepped back. They hold for every seed, with the faults of
    /// `schedule` only.
    pub fn extremes(
        &self,
        schedule: &Schedule,
        nodes: usize,
        horizon: SimTime,
    ) -> [SimDuration; 2] {
        let drawn = (self.stated.len() < nodes).then_some(self.max_error);
        let drawn =
            drawn.into_iter().flat_map(|(offset, drift)| [(offset, drift), (-offset, drift)]);
        let gained = |drift: i64| {
            let gained = u128::from(horizon.0) * u128::from(drift.max(0) as u64);
            gained.div_ceil(1_000_000_000) as u64
        };
        let errors = || self.stated.values().copied().chain(drawn.clone());
        let ahead =
            errors().map(|(offset, drift)| (offset.max(0) as u64).saturating_add(gained(drift)));
        let behind = errors().map(|(offset, _)| offset.min(0).unsigned_abs());
        // The largest sum, over the nodes, of the steps in one direction.
        let stepped = |sign: i64| {
            let steps = |node| {
                let steps = schedule.steps(node).filter(|&(at, _)| at < horizon);
                steps
                    .map(|(_, by)| by.saturating_mul(sign).max(0) as u64)
                    .fold(0, u64::saturating_add)
            };
            (0..nodes as u32).map(NodeId).map(steps).max().unwrap_or(0)
        };
        let ahead = ahead.max().unwrap_or(0).saturating_add(stepped(1));
        let behind = behind.max().unwrap_or(0).saturating_add(stepped(-1));
        [SimDuration(ahead), SimDuration(behind)]
    }

    fn draw_one(&self, seed: u64, name: &str) -> ClockError {
        let mut rng = stream(seed, name, 1 << 63);
        let mut symmetric = |max: i64| {
            let share = 2.0 * rng.random::<f64>() - 1.0;
            (share * max as f64).round() as i64
        };
        (symmetric(self.max_error.0), symmetric(self.max_error.1))
    }
}

fn ticks(length: NanoDuration, resolution: NanoDuration) -> i64 {
    // The longest duration, a year, fits in nanoseconds.
    length.ticks(resolution).0 as i64
}

fn ppb(ppm: f64) -> i64 {
    (ppm * 1000.0).round() as i64
}
