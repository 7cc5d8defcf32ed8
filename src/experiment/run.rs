//! One run of a plan, measured and checked: every command that runs a plan does it here.

use crate::engine::{self, Engine, PanicMessage, RunEnd, TraceSink};
use crate::metrics::invariants::{ClockRounds, Invariants, Liveness, ShortestPaths, Violation};
use crate::metrics::{Goal, LeadTimes, LowerBounds, MetricRow, Metrics};
use crate::plan::PlanOf;
use crate::protocol::node::{EnvelopeOf, Protocols};
use crate::scenario::Diagnostic;
use crate::time::NanoDuration;

/// Runs a plan from any number of seeds, on any thread. What is a function of the plan alone is
/// computed once.
pub struct Runner<P: Protocols> {
    plan: PlanOf<P>,
    lower_bounds: LowerBounds,
    shortest_paths: ShortestPaths,
    goal: Option<Goal>,
    /// The plan up to the time by which the goal must be reached, if that is before the horizon.
    plan_of_goal: Option<Box<PlanOf<P>>>,
}

/// A run that was checked against the invariants.
#[derive(Clone, Debug)]
pub struct CheckedRun {
    /// The first violation. A panic of a protocol is one.
    pub violation: Option<Box<Violation>>,
    /// The deliveries that were judged.
    pub liveness: Liveness,
    /// The rounds of clock synchronization. None if clocks are not synchronized.
    pub clock_rounds: Option<ClockRounds>,
    /// How the run ended, or the panic that ended it.
    pub end: Result<RunEnd, PanicMessage>,
    /// Whether the strike decided last lies beyond the horizon
    /// ([`crate::plan::Plan::is_beyond_horizon`]).
    pub strike_beyond: bool,
}

/// A run that was measured and checked against the invariants.
#[derive(Clone, Debug)]
pub struct MeasuredRun {
    /// What was measured. Empty after a panic: the values of a part of a run are not those of a run.
    pub row: MetricRow,
    /// The first violation. A panic of a protocol is one.
    pub violation: Option<Box<Violation>>,
    /// The deliveries that were judged.
    pub liveness: Liveness,
    /// The rounds of clock synchronization. None if clocks are not synchronized.
    pub clock_rounds: Option<ClockRounds>,
    /// Whether the strike decided last lies beyond the horizon
    /// ([`crate::plan::Plan::is_beyond_horizon`]).
    pub strike_beyond: bool,
    /// Whether the run reaches the goal of its runner. None without a goal or after a panic.
    pub goal: Option<bool>,
}

impl MeasuredRun {
    /// The values of the columns ([`crate::metrics::column`]): those of the metrics, then 1 or 0 for
    /// the goal.
    pub fn values(&self) -> impl Iterator<Item = Option<f64>> {
        let goal = self.goal.map(|is_reached| f64::from(u8::from(is_reached)));
        self.row.values().chain([goal])
    }
}

impl<P: Protocols> Runner<P> {
    /// Prepares runs of a plan.
    pub fn new(plan: PlanOf<P>) -> Self {
        let (lower_bounds, shortest_paths) = (LowerBounds::new(&plan), ShortestPaths::new(&plan));
        Self { plan, lower_bounds, shortest_paths, goal: None, plan_of_goal: None }
    }

    /// Judges every run by a goal too. A goal with an earlier time takes a second run with that horizon:
    /// the horizon decides more than where a run ends, such as the numbers of later items.
    ///
    /// # Errors
    /// A goal that asks for a time beyond the horizon.
    pub fn with_goal(mut self, goal: Option<&Goal>) -> Result<Self, Diagnostic> {
        let Some(goal) = goal else { return Ok(self) };
        let ns = self.plan.horizon.0.saturating_mul(self.plan.resolution.ns);
        let horizon = NanoDuration::from_ns(ns);
        goal.check(horizon)?;
        let earlier = goal.before().filter(|&time| time < horizon);
        self.plan_of_goal = earlier.map(|time| Box::new(self.plan.clone().truncated(time)));
        self.goal = Some(goal.clone());
        Ok(self)
    }

    /// The plan that is run.
    pub fn plan(&self) -> &PlanOf<P> {
        &self.plan
    }

    /// Runs the plan from a seed and measures and checks the run. `sink` receives the trace too.
    pub fn run<S>(&self, engine: Engine, seed: u64, sink: S) -> MeasuredRun
    where
        S: TraceSink<EnvelopeOf<P>>,
    {
        let mut metrics = Metrics::new(&self.plan, &self.lower_bounds);
        let CheckedRun { violation, liveness, clock_rounds, end, strike_beyond } =
            self.check(engine, seed, (&mut metrics, sink));
        let row = if end.is_ok() { metrics.row() } else { MetricRow::default() };
        let goal = end.ok().and(self.goal.as_ref());
        let goal = goal.and_then(|goal| self.is_reached(goal, &row, engine, seed));
        MeasuredRun { row, violation, liveness, clock_rounds, strike_beyond, goal }
    }

    /// Whether the run with these metrics reaches the goal. None if the run of the goal panics.
    fn is_reached(&self, goal: &Goal, row: &MetricRow, engine: Engine, seed: u64) -> Option<bool> {
        let Some(plan) = self.plan_of_goal.as_deref() else { return Some(goal.is_reached(row)) };
        let mut metrics = Metrics::new(plan, &self.lower_bounds);
        engine::try_run::<P, _>(engine, plan, seed, &mut metrics).ok()?;
        Some(goal.is_reached(&metrics.row()))
    }

    /// Runs the plan from a seed and tells what became of the leads that were seen, by their numbers.
    /// None after a panic.
    pub fn leads(&self, seed: u64) -> Vec<LeadTimes> {
        let mut metrics = Metrics::new(&self.plan, &self.lower_bounds);
        let end = engine::try_run::<P, _>(Engine::Event, &self.plan, seed, &mut metrics);
        if end.is_ok() { metrics.leads().collect() } else { Vec::new() }
    }

    /// Runs the plan from a seed and checks the run. `sink` receives the trace too.
    pub fn check<S>(&self, engine: Engine, seed: u64, sink: S) -> CheckedRun
    where
        S: TraceSink<EnvelopeOf<P>>,
    {
        let mut invariants = Invariants::new::<P>(&self.plan, &self.shortest_paths, seed);
        let mut sinks = (sink, &mut invariants);
        let end = engine::try_run::<P, _>(engine, &self.plan, seed, &mut sinks);
        if let Err(panic) = &end {
            invariants.panicked(panic);
        }
        CheckedRun {
            violation: invariants.violation().cloned().map(Box::new),
            liveness: *invariants.liveness(),
            clock_rounds: invariants.clock_rounds(),
            strike_beyond: invariants.is_strike_beyond(),
            end,
        }
    }
}
