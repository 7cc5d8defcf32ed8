//! Published and exact figures, and whether what `run` runs reproduces them.
//!
//! A [`Target`] is data: a figure, where it comes from, a scenario, what is read of its runs, and
//! how near it must come. Nothing here models anything: a scenario is parsed, made whole and run by
//! the event engine as `run` does it, from seeds in order; targets of the same [`ValidationWorld`] share its
//! runs. What was not measured is unknown, and never passes; nor does what was measured in a run that
//! broke a promise.

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
use light_bound::LightBound;
use observable::Run;
use spread::SpreadRecorder;

/// How much is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Runs of every world, where its own number is not to hold.
    pub runs: Option<u64>,
    /// The first seed; the others follow it.
    pub seed: u64,
    /// On so many threads; the figures are the same with any number.
    pub threads: usize,
}

impl Effort {
    /// How many runs it makes for targets: those of each world once.
    pub fn of(self, targets: &[Target]) -> u64 {
        worlds(targets).map(|world| self.runs(world)).sum()
    }

    fn runs(self, world: &ValidationWorld) -> u64 {
        self.runs.unwrap_or(world.runs)
    }
}

/// The worlds of targets, each once, in the order in which they are first asked for.
fn worlds(targets: &[Target]) -> impl Iterator<Item = &ValidationWorld> {
    let is_first = |&(index, target): &(usize, &Target)| {
        targets[..index].iter().all(|other| other.world != target.world)
    };
    targets.iter().enumerate().filter(is_first).map(|(_, target)| &target.world)
}

/// Measures targets and judges them, in their order. `done` is told how many more runs have ended,
/// from any thread.
pub fn validate<'a, P: Protocols>(
    targets: &'a [Target],
    effort: Effort,
    done: &(dyn Fn(u64) + Sync),
) -> Vec<Outcome<'a>> {
    let mut outcomes: Vec<(usize, Outcome<'a>)> = Vec::with_capacity(targets.len());
    for world in worlds(targets) {
        let own: Vec<(usize, &Target)> =
            targets.iter().enumerate().filter(|(_, target)| target.world == *world).collect();
        let gauges: Vec<Observable> = own.iter().map(|(_, target)| target.gauge).collect();
        match readings::<P>(world, &gauges, effort, done) {
            Err(reason) => {
                let unknown = |target| Outcome::unknown(target, 0, reason.clone());
                outcomes.extend(own.into_iter().map(|(index, target)| (index, unknown(target))));
            }
            Ok(readings) => {
                let judged: JudgedCount = readings.iter().map(|(_, unjudged)| *unjudged).collect();
                for (gauge, (index, target)) in own.into_iter().enumerate() {
                    let values: Vec<_> = readings.iter().map(|(run, _)| run[gauge]).collect();
                    let outcome = Outcome { judged, ..Outcome::judge(target, &values) };
                    outcomes.push((index, outcome));
                }
            }
        }
    }
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// What the gauges read in a run, and why no delivery was judged in it, if none was.
type Reading = (Vec<Option<f64>>, Option<Reason>);

/// What the gauges read, by run in the order of seeds and by gauge.
fn readings<P: Protocols>(
    world: &ValidationWorld,
    gauges: &[Observable],
    effort: Effort,
    done: &(dyn Fn(u64) + Sync),
) -> Result<Vec<Reading>, String> {
    let (plan, reach) =
        prepare::<P>(world).map_err(|error| unrunnable::<P::Exchange>(world, &error))?;
    let runner = Runner::<P>::new(plan);
    let run = |seed| {
        let mut spread = SpreadRecorder::new(runner.plan(), &reach);
        let MeasuredRun { row, violation, liveness, .. } =
            runner.run(Engine::Event, seed, &mut spread);
        if let Some(violation) = violation {
            return Err(format!("a promise did not hold under seed {seed}: {violation}"));
        }
        let run = Run { zones: runner.plan().zones, row: &row, spread: &spread, reach: &reach };
        let readings = gauges.iter().map(|gauge| gauge.read(&run)).collect();
        Ok((readings, liveness.unjudged()))
    };
    let seeds = (effort.seed, effort.runs(world));
    sweep::par_map(seeds, effort.threads, done, &run).into_iter().collect()
}

/// Makes a world whole.
fn prepare<P: Protocols>(world: &ValidationWorld) -> Result<(PlanOf<P>, LightBound), Diagnostic> {
    let mut loaded = scenario::parse(&world.name, world.text.clone(), &world.set, PathBuf::new())?;
    for (file, text) in world.files {
        loaded = loaded.attach(*file, *text);
    }
    let plan = Plan::new::<P>(&loaded)?;
    let reach = LightBound::new(&loaded, &plan);
    Ok((plan, reach))
}

/// Why a world cannot be run, in a line.
fn unrunnable<X: ProtocolSet>(world: &ValidationWorld, error: &Diagnostic) -> String {
    let exchange = &world.exchange;
    if X::entries().iter().any(|entry| entry.name == exchange) {
        error.what().to_owned()
    } else {
        format!("no exchange {exchange}")
    }
}
