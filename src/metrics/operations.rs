//! The metrics of an operation.

use super::MetricRow;
use crate::engine::{Outcome, WorldEvent};
use crate::id::NodeId;
use crate::plan::Workload;
use crate::time::{LocalTime, SimDuration, SimTime};

/// Measures the operation of a run, if it has one.
pub struct OperationMetrics {
    members: u32,
    has_procedure: bool,
    /// Time from a strike until the members of the same cell are warned.
    warning: SimDuration,
    captured: u32,
    escaped: u32,
    mistaken: u32,
    attacks: u32,
    prevented: u32,
    located: Option<SimTime>,
    /// The first decision: when it was taken, and the decided time.
    decided: Option<(SimTime, LocalTime)>,
    captured_first: Option<SimTime>,
    captured_last: Option<SimTime>,
    warned_last: Option<SimTime>,
    /// By zone.
    first_strike: Vec<Option<SimTime>>,
    /// By zone.
    first_located: Vec<Option<SimTime>>,
}

impl OperationMetrics {
    /// The operation of a workload.
    pub fn new(zones: u32, workload: &Workload) -> Self {
        let zones = if workload.members == 0 { 0 } else { zones as usize };
        Self {
            members: workload.members,
            has_procedure: workload.procedure.is_stated,
            warning: workload.reactions.warning.max(SimDuration(1)),
            captured: 0,
            escaped: 0,
            mistaken: 0,
            attacks: 0,
            prevented: 0,
            warned_last: None,
            located: None,
            decided: None,
            captured_first: None,
            captured_last: None,
            first_strike: vec![None; zones],
            first_located: vec![None; zones],
        }
    }

    /// Records that a zone locates a member for the first time.
    pub fn locate(&mut self, at: SimTime, zone: NodeId) {
        self.located = Some(at);
        if let Some(located) = self.first_located.get_mut(zone.index()) {
            located.get_or_insert(at);
        }
    }

    /// Records a decision to strike at `time`.
    pub fn decide(&mut self, at: SimTime, time: LocalTime) {
        self.decided.get_or_insert((at, time));
    }

    /// Records that a zone strikes at a member.
    pub fn strike(&mut self, at: SimTime, zone: NodeId) {
        if let Some(first_strike) = self.first_strike.get_mut(zone.index()) {
            first_strike.get_or_insert(at);
        }
    }

    /// Records what happens in the world.
    pub fn world(&mut self, at: SimTime, event: WorldEvent) {
        match event {
            WorldEvent::Struck { outcome: Outcome::Captured, .. } => {
                self.captured += 1;
                self.captured_first.get_or_insert(at);
                self.captured_last = Some(at);
            }
            WorldEvent::Struck { outcome: Outcome::Mistaken, .. } => self.mistaken += 1,
            WorldEvent::Struck { .. } => {}
            WorldEvent::Warned { escaped, .. } => {
                self.escaped += escaped;
                self.warned_last = Some(at);
            }
            WorldEvent::Attacked { .. } => self.attacks += 1,
            WorldEvent::Prevented { .. } => self.prevented += 1,
        }
    }

    /// Sets the metrics of the operation in a row.
    pub fn fill(&self, row: &mut MetricRow, tick_ms: f64) {
        row.operations = Some(f64::from(u8::from(self.members > 0)));
        if self.members == 0 {
            return;
        }
        let ms = |tick: SimTime| tick.0 as f64 * tick_ms;
        let strikes = || self.first_strike.iter().flatten();
        let spread = strikes().max().zip(strikes().min()).map(|(&last, &first)| last - first);
        let early = |&&at: &&SimTime| self.decided.is_some_and(|(_, time)| (at.0 as i64) < time.0);
        let captured = self.captured;
        row.located_ms = self.located.map(ms);
        row.decided_ms = self.decided.map(|(at, _)| ms(at));
        row.spread_ms = spread.map(|span| ms(SimTime(span.0)));
        row.premature = Some(strikes().filter(early).count() as f64);
        row.captured = Some(f64::from(captured));
        row.escaped = Some(f64::from(self.escaped));
        row.captured_share = Some(f64::from(captured) / f64::from(self.members));
        if self.has_procedure {
            row.mistaken = Some(f64::from(self.mistaken));
            row.attacks = Some(f64::from(self.attacks));
            row.attacks_prevented = Some(f64::from(self.prevented));
        }
        row.split = Some(f64::from(u8::from(self.is_split())));
        let is_complete = captured + self.escaped == self.members;
        row.completed_ms = self.captured_last.max(self.warned_last).filter(|_| is_complete).map(ms);
    }

    /// Whether some but not all of the zones that located a member before the warning also first_strike
    /// before it.
    fn is_split(&self) -> bool {
        let warned = self.captured_first.map_or(SimTime::NEVER, |first| first + self.warning);
        let in_time = |at: &Option<SimTime>| at.is_some_and(|at| at < warned);
        let zones = self.first_strike.iter().zip(&self.first_located);
        let able = || zones.clone().filter(|(_, located)| in_time(located));
        able().any(|(first_strike, _)| in_time(first_strike))
            && able().any(|(first_strike, _)| !in_time(first_strike))
    }
}
