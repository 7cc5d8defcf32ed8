//! The clocks of a scenario: how far each is off.

use std::collections::BTreeMap;

use rand_chacha::rand_core::RngCore;

use super::Plan;
use super::name_table::NameTable;
use super::node_table::NodeTable;
use crate::id::NodeId;
use crate::network::fault::{Effect, Schedule};
use crate::rng::{stream, uniform01};
use crate::scenario::{self, Loaded};
use crate::time::{Clock, LocalTime, NanoDuration, SimDuration, SimTime};

/// How far clocks are off: ticks ahead at the start, and ticks gained in 10^9.
type ClockError = (i64, i64);

/// The clocks of a scenario.
#[derive(Clone, Debug)]
pub struct Clocks {
    /// Of nodes that say so.
    own: BTreeMap<NodeId, ClockError>,
    /// The others are drawn within this, ahead or behind.
    within: ClockError,
}

impl Clocks {
    /// Reads what zones and the hub say of their clocks.
    pub fn compile<E, C>(loaded: &Loaded<E, C>, names: &NodeTable) -> Self {
        let scenario = &loaded.scenario;
        let off = |clock: scenario::Clock| {
            (clock.offset.ticks(scenario.resolution), ppb(clock.drift_ppm.0))
        };
        let zones = (0..).map(NodeId).zip(&scenario.zones.named);
        let zones = zones.filter_map(|(node, (_, zone))| Some((node, off(zone.clock?))));
        let hub = scenario.hub.as_ref().and_then(|hub| Some((names.hub?, off(hub.clock?))));
        let within = scenario.clocks;
        Self {
            own: zones.chain(hub).collect(),
            within: (
                ticks(within.offset_within, scenario.resolution),
                ppb(within.drift_ppm_within.0),
            ),
        }
    }

    /// The clocks of all nodes under a seed; none where all are true. Each is drawn by the name of
    /// its node: one more zone leaves the others alone.
    pub fn draw(&self, seed: u64, names: &NameTable, schedule: &Schedule) -> Vec<Clock> {
        let stepped = schedule.faults().iter().any(|f| matches!(f.effect, Effect::Clock(..)));
        if self.own.is_empty() && self.within == (0, 0) && !stepped {
            return Vec::new();
        }
        let clock = |(node, name): (NodeId, &str)| {
            let (offset, drift) =
                self.own.get(&node).copied().unwrap_or_else(|| self.draw_one(seed, name));
            let mut clock = Clock::new(offset, drift);
            schedule.steps(node).for_each(|(at, by)| clock.step(at, by));
            clock
        };
        (0..).map(NodeId).zip(names.iter()).map(clock).collect()
    }

    /// How far any clock is ahead of true time before the horizon at most, and how far below 0 one may
    /// begin or be stepped back, in ticks: under any seed, with these faults and no other.
    pub fn extremes(
        &self,
        schedule: &Schedule,
        nodes: usize,
        horizon: SimTime,
    ) -> [SimDuration; 2] {
        let drawn = (self.own.len() < nodes).then_some(self.within);
        let drawn =
            drawn.into_iter().flat_map(|(offset, drift)| [(offset, drift), (-offset, drift)]);
        let gained = |drift: i64| {
            let gained = u128::from(horizon.0) * u128::from(drift.max(0) as u64);
            gained.div_ceil(1_000_000_000) as u64
        };
        let offs = || self.own.values().copied().chain(drawn.clone());
        let ahead =
            offs().map(|(offset, drift)| (offset.max(0) as u64).saturating_add(gained(drift)));
        let behind = offs().map(|(offset, _)| offset.min(0).unsigned_abs());
        // By node, what all steps in one direction make together.
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
        let mut within = |most: i64| {
            let share = 2.0 * uniform01(rng.next_u64()) - 1.0;
            (share * most as f64).round() as i64
        };
        (within(self.within.0), within(self.within.1))
    }
}

fn ticks(length: NanoDuration, resolution: NanoDuration) -> i64 {
    // A year of nanoseconds fits.
    length.ticks(resolution).0 as i64
}

/// Parts in a million as parts in 10^9, to the nearest.
fn ppb(ppm: f64) -> i64 {
    (ppm * 1000.0).round() as i64
}

impl<E, C> Plan<E, C> {
    /// Whether a strike that is decided at an instant for a time on the clocks of the zones lies
    /// beyond the horizon: no zone's clock shows that time before it. `clocks` are those of the run
    /// ([`Plan::clocks`]).
    pub fn is_beyond_horizon(&self, clocks: &[Clock], decided: SimTime, time: LocalTime) -> bool {
        let zones = clocks.iter().take(self.zones as usize);
        match clocks {
            [] => Clock::default().at(decided, time) >= self.horizon,
            _ => zones.map(|clock| clock.at(decided, time)).all(|at| at >= self.horizon),
        }
    }
}
