//! How an operation went.

use super::MetricRow;
use crate::engine::Operation;
use crate::id::{Member, NodeId};
use crate::plan::Workload;
use crate::time::{LocalTime, SimTime};

/// The operation of a run, if it has one.
pub struct OperationMetrics {
    members: u32,
    operation: Operation,
    located: Option<SimTime>,
    /// When somebody first decided, and for what time.
    decided: Option<(SimTime, LocalTime)>,
    /// The same of who decided last.
    decided_last: Option<(SimTime, LocalTime)>,
    captured_last: Option<SimTime>,
    /// By zone: its first strike.
    struck: Vec<Option<SimTime>>,
    /// By zone: when it first located a member.
    first_located: Vec<Option<SimTime>>,
}

impl OperationMetrics {
    /// The operation of a workload among so many zones.
    pub fn new(zones: u32, workload: &Workload) -> Self {
        let zones = if workload.members == 0 { 0 } else { zones as usize };
        Self {
            members: workload.members,
            operation: Operation::new(workload.members, workload.warning),
            located: None,
            decided: None,
            decided_last: None,
            captured_last: None,
            struck: vec![None; zones],
            first_located: vec![None; zones],
        }
    }

    /// A zone locates a member.
    pub fn locate(&mut self, at: SimTime, zone: NodeId) {
        self.located = Some(at);
        if let Some(located) = self.first_located.get_mut(zone.index()) {
            located.get_or_insert(at);
        }
    }

    /// Somebody decides for a time.
    pub fn decide(&mut self, at: SimTime, time: LocalTime) {
        self.decided.get_or_insert((at, time));
        self.decided_last = Some((at, time));
    }

    /// When the last decision was taken, and for what time; none where there is nobody to capture.
    pub fn last_decision(&self) -> Option<(SimTime, LocalTime)> {
        self.decided_last.filter(|_| self.members > 0)
    }

    /// A zone strikes.
    pub fn strike(&mut self, at: SimTime, zone: NodeId, member: Member) {
        let before = self.operation.captured();
        self.operation.strike(at, member);
        if self.operation.captured() > before {
            self.captured_last = Some(at);
        }
        if let Some(struck) = self.struck.get_mut(zone.index()) {
            struck.get_or_insert(at);
        }
    }

    /// Fills in the columns of the operation.
    pub fn fill(&self, row: &mut MetricRow, end: SimTime, tick_ms: f64) {
        row.operations = Some(f64::from(u8::from(self.members > 0)));
        if self.members == 0 {
            return;
        }
        let ms = |tick: SimTime| tick.0 as f64 * tick_ms;
        let strikes = || self.struck.iter().flatten();
        let spread = strikes().max().zip(strikes().min()).map(|(&last, &first)| last - first);
        let early = |&&at: &&SimTime| self.decided.is_some_and(|(_, time)| (at.0 as i64) < time.0);
        let captured = self.operation.captured();
        row.located_ms = self.located.map(ms);
        row.decided_ms = self.decided.map(|(at, _)| ms(at));
        row.spread_ms = spread.map(|span| ms(SimTime(span.0)));
        row.premature = Some(strikes().filter(early).count() as f64);
        row.captured = Some(f64::from(captured));
        row.escaped = Some(f64::from(self.operation.escaped(end)));
        row.captured_share = Some(f64::from(captured) / f64::from(self.members));
        row.split = Some(f64::from(u8::from(self.is_split())));
        row.completed_ms = if captured == self.members {
            self.captured_last.map(ms)
        } else {
            self.operation.warned_at().filter(|&warned| warned <= end).map(ms)
        };
    }

    /// Whether of the zones that could strike before the rest were warned, having located somebody,
    /// some did and some did not.
    fn is_split(&self) -> bool {
        let warned = self.operation.warned_at().unwrap_or(SimTime::NEVER);
        let in_time = |at: &Option<SimTime>| at.is_some_and(|at| at < warned);
        let zones = self.struck.iter().zip(&self.first_located);
        let able = || zones.clone().filter(|(_, located)| in_time(located));
        able().any(|(struck, _)| in_time(struck)) && able().any(|(struck, _)| !in_time(struck))
    }
}
