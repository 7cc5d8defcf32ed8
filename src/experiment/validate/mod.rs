//! Validation: whether runs reproduce published and exact figures.
//!
//! A [`Target`] is data: a figure, its source, a scenario, an observable of its runs, and a tolerance.
//! There are no models here: the scenario is parsed, planned and run by the event engine in the same way
//! as by `run`, from consecutive seeds. Targets of the same [`ValidationWorld`] share its runs. A target
//! that was not measured is unknown and never passes, and neither does one with a violation in a run.

mod desk_times;
mod light_bound;
mod observable;
mod spread;
mod target;
mod targets;
mod verdict;
mod world;

use std::path::PathBuf;

pub use observable::{CYCLE_MS, Observable, UNIT_MS};
pub use target::{Aggregate, Printed, Target, Tolerance, select};
pub use targets::{SECTIONS, all};
pub use verdict::{Outcome, Sample, Verdict, judged};
pub use world::ValidationWorld;

use crate::engine::Engine;
use crate::experiment::run::{MeasuredRun, Runner};
use crate::experiment::sweep;
use crate::metrics::invariants::{JudgedCount, Reason};
use crate::plan::{Plan, PlanOf};
use crate::protocol::ProtocolSet;
use crate::protocol::node::Protocols;
use crate::scenario::{self, Diagnostic};
use desk_times::DeskTimes;
use light_bound::LightBound;
use observable::Run;
use spread::SpreadRecorder;

/// The number of runs, their seeds, and the threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// The runs of every world. None stands for the number of each world.
    pub runs: Option<u64>,
    /// The first seed; the others are consecutive.
    pub seed: u64,
    /// The number of threads. It does not change the figures.
    pub threads: usize,
}

impl Effort {
    /// The number of runs for targets; those of each world count once.
    pub fn total_runs(self, targets: &[Target]) -> u64 {
        worlds(targets).map(|world| self.runs(world)).sum()
    }

    fn runs(self, world: &ValidationWorld) -> u64 {
        self.runs.unwrap_or(world.runs)
    }
}

/// The distinct worlds of targets, in the order of their first targets.
fn worlds(targets: &[Target]) -> impl Iterator<Item = &ValidationWorld> {
    let is_first = |&(index, target): &(usize, &Target)| {
        targets[..index].iter().all(|other| other.world != target.world)
    };
    targets.iter().enumerate().filter(is_first).map(|(_, target)| &target.world)
}

/// Measures and judges targets, in their order. `done` is called from any thread with the number of runs
/// that have ended since its last call.
pub fn validate<'a, P: Protocols>(
    targets: &'a [Target],
    effort: Effort,
    done: &(dyn Fn(u64) + Sync),
) -> Vec<Outcome<'a>> {
    let mut outcomes: Vec<(usize, Outcome<'a>)> = Vec::with_capacity(targets.len());
    for world in worlds(targets) {
        let of_world: Vec<(usize, &Target)> =
            targets.iter().enumerate().filter(|(_, target)| target.world == *world).collect();
        let observables: Vec<Observable> =
            of_world.iter().map(|(_, target)| target.observable).collect();
        match readings::<P>(world, &observables, effort, done) {
            Err(reason) => {
                let unknown = |target| Outcome::unknown(target, 0, reason.clone());
                outcomes
                    .extend(of_world.into_iter().map(|(index, target)| (index, unknown(target))));
            }
            Ok(readings) => {
                let judged: JudgedCount = readings.iter().map(|(_, unjudged)| *unjudged).collect();
                for (column, (index, target)) in of_world.into_iter().enumerate() {
                    let values: Vec<_> = readings.iter().map(|(run, _)| run[column]).collect();
                    let outcome = Outcome { judged, ..Outcome::judge(target, &values) };
                    outcomes.push((index, outcome));
                }
            }
        }
    }
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// The observables of a run, and why no delivery was judged in it, if none was.
type Reading = (Vec<Option<f64>>, Option<Reason>);

/// The observables by run, in the order of seeds.
///
/// # Errors
/// Why the world cannot be run, or the first violation.
fn readings<P: Protocols>(
    world: &ValidationWorld,
    observables: &[Observable],
    effort: Effort,
    done: &(dyn Fn(u64) + Sync),
) -> Result<Vec<Reading>, String> {
    let (plan, light_bound) =
        prepare::<P>(world).map_err(|error| unrunnable::<P::Exchange>(world, &error))?;
    let runner = Runner::<P>::new(plan);
    let run = |seed| {
        let mut spread = SpreadRecorder::new(runner.plan(), &light_bound);
        let mut desk = DeskTimes::new(runner.plan());
        let MeasuredRun { row, violation, liveness, clock_rounds, .. } =
            runner.run(Engine::Event, seed, (&mut spread, &mut desk));
        if let Some(violation) = violation {
            return Err(format!("an invariant did not hold under seed {seed}: {violation}"));
        }
        let run = Run {
            zones: runner.plan().zones,
            row: &row,
            spread: &spread,
            desk: &desk,
            light_bound: &light_bound,
            clock_rounds,
        };
        let readings = observables.iter().map(|observable| observable.read(&run)).collect();
        Ok((readings, liveness.unjudged()))
    };
    let seeds = (effort.seed, effort.runs(world));
    sweep::par_map(seeds, effort.threads, done, &run).into_iter().collect()
}

/// The plan of a world, and the distances of its nodes.
fn prepare<P: Protocols>(world: &ValidationWorld) -> Result<(PlanOf<P>, LightBound), Diagnostic> {
    let mut loaded = scenario::parse(&world.name, world.text.clone(), &world.set, PathBuf::new())?;
    for (file, text) in world.files {
        loaded = loaded.attach(*file, *text);
    }
    let plan = Plan::new::<P>(&loaded)?;
    let light_bound = LightBound::new(&loaded, &plan);
    Ok((plan, light_bound))
}

/// Why a world cannot be run, in one line.
fn unrunnable<X: ProtocolSet>(world: &ValidationWorld, error: &Diagnostic) -> String {
    let exchange = &world.exchange;
    if X::entries().iter().any(|entry| entry.name == exchange) {
        error.what().to_owned()
    } else {
        format!("no exchange {exchange}")
    }
}
