//! One run of a plan, measured and checked: every command that runs a plan does it here.

use crate::engine::{self, Engine, PanicMessage, RunEnd, TraceSink};
use crate::metrics::invariants::{Invariants, Liveness, ShortestPaths, Violation};
use crate::metrics::{LowerBounds, MetricRow, Metrics};
use crate::plan::PlanOf;
use crate::protocol::node::{EnvelopeOf, Protocols};

/// Runs a plan from any number of seeds, on any thread. What is a function of the plan alone is
/// computed once.
pub struct Runner<P: Protocols> {
    plan: PlanOf<P>,
    lower_bounds: LowerBounds,
    shortest_paths: ShortestPaths,
}

/// A run that was checked against the invariants.
#[derive(Clone, Debug)]
pub struct CheckedRun {
    /// The first violation. A panic of a protocol is one.
    pub violation: Option<Box<Violation>>,
    /// The deliveries that were judged.
    pub liveness: Liveness,
    /// How the run ended, or the panic that ended it.
    pub end: Result<RunEnd, PanicMessage>,
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
    /// Whether the strike decided last lies beyond the horizon
    /// ([`crate::plan::Plan::is_beyond_horizon`]).
    pub strike_beyond: bool,
}

impl<P: Protocols> Runner<P> {
    /// Prepares runs of a plan.
    pub fn new(plan: PlanOf<P>) -> Self {
        let (lower_bounds, shortest_paths) = (LowerBounds::new(&plan), ShortestPaths::new(&plan));
        Self { plan, lower_bounds, shortest_paths }
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
        let CheckedRun { violation, liveness, end } =
            self.check(engine, seed, (&mut metrics, sink));
        let is_beyond = |(at, time)| {
            let clocks = self.plan.clocks(seed, &self.plan.schedule(seed));
            self.plan.is_beyond_horizon(&clocks, at, time)
        };
        MeasuredRun {
            row: end.map_or_else(|_| MetricRow::default(), |_| metrics.row()),
            violation,
            liveness,
            strike_beyond: metrics.last_decision().is_some_and(is_beyond),
        }
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
            end,
        }
    }
}
