//! The points of a design made whole: a plan for each, checked before the first run.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use xxhash_rust::xxh3::Xxh3;

use super::par_map;
use crate::engine::Engine;
use crate::experiment::run::{MeasuredRun, Runner};
use crate::plan::{Plan, stated_settings};
use crate::protocol::node::{CoordinationParams, ExchangeParams, Protocols};
use crate::scenario::{self, Diagnostic, Inputs, Loaded, Stop};

/// What makes a point: its scenario and what is put over it.
pub type Recipe<'a> = (&'a Path, Vec<String>);

/// The plans of all points. Jobs are numbered so that one repetition of every point comes before the
/// second of any: job = repetition x points + point.
pub struct Field<'a, P: Protocols> {
    runners: Vec<Option<Runner<P>>>,
    /// What plans are made of, the first time and again.
    inputs: Inputs,
    recipe: &'a (dyn Fn(u32) -> Recipe<'a> + Sync),
    identity: Xxh3,
    notices: Vec<(u32, String)>,
    idle: Vec<String>,
    is_operation: bool,
    is_settled: bool,
}

/// Plans are kept as long as they have no more entries than this all together, some 500 MB: one for
/// each link in a table, and [`OTHERS`]. The rest are made anew for each run, which takes some 50 us.
const MOST_KEPT: u64 = 40_000_000;

/// What a plan takes beside its links, in entries.
const OTHERS: u64 = 400;

/// What is found out of a point while it is checked.
struct Checked<P: Protocols> {
    runner: Runner<P>,
    digest: u128,
    notices: Vec<String>,
    /// The settings of protocols and workloads that are stated, and whether they are used.
    use_of: Vec<(String, bool)>,
    is_settled: bool,
}

impl<'a, P: Protocols> Field<'a, P> {
    /// Reads and checks the scenarios of so many points. `done` is told how many more are, from any
    /// thread.
    ///
    /// # Errors
    /// What is wrong with the first point that cannot be, and its number.
    pub fn new(
        inputs: &Inputs,
        points: u32,
        recipe: &'a (dyn Fn(u32) -> Recipe<'a> + Sync),
        threads: usize,
        done: &(dyn Fn(u64) + Sync),
    ) -> Result<Self, (u32, Diagnostic)> {
        let kept = AtomicU64::new(0);
        let check = |point: u64| {
            let checked = check::<P>(inputs, recipe(point as u32))?;
            let nodes = checked.runner.plan().nodes() as u64;
            let size = OTHERS + nodes * nodes.min(LARGEST_TABLE);
            let all = kept.fetch_add(size, Ordering::Relaxed) + size;
            let is_operation = checked.runner.plan().workload.members > 0;
            let runner = (all <= MOST_KEPT || points == 1).then_some(checked.runner);
            let is_settled = checked.is_settled;
            Ok((
                runner,
                checked.digest,
                checked.notices,
                (is_operation, is_settled, checked.use_of),
            ))
        };
        let mut identity = Xxh3::new();
        let (mut runners, mut notices) = (Vec::new(), Vec::new());
        let mut used: BTreeMap<String, bool> = BTreeMap::new();
        let (mut is_operation, mut is_settled) = (false, false);
        for (point, checked) in (0..).zip(par_map((0, u64::from(points)), threads, done, &check)) {
            let (runner, digest, told, (operation, settled, uses)) =
                checked.map_err(|wrong| (point, wrong))?;
            identity.update(&digest.to_le_bytes());
            runners.push(runner);
            notices.extend(told.into_iter().map(|notice| (point, notice)));
            is_operation |= operation;
            is_settled |= settled;
            for (path, is_used) in uses {
                *used.entry(path).or_default() |= is_used;
            }
        }
        let idle = used.into_iter().filter(|(_, is_used)| !is_used).map(|(path, _)| path).collect();
        Ok(Self {
            runners,
            inputs: inputs.clone(),
            recipe,
            identity,
            notices,
            idle,
            is_operation,
            is_settled,
        })
    }

    /// How many points.
    pub fn points(&self) -> u32 {
        self.runners.len() as u32
    }

    /// What tells runs of these points with seeds from `first` on from all others: the texts that the
    /// points were read from, the version of this program, and the seed.
    pub fn identity(&self, first: u64) -> u128 {
        let mut identity = self.identity.clone();
        identity.update(&first.to_le_bytes());
        identity.digest128()
    }

    /// What people should know, by point.
    pub fn notices(&self) -> &[(u32, String)] {
        &self.notices
    }

    /// The settings that are stated of protocols and workloads that no point uses.
    pub fn idle(&self) -> &[String] {
        &self.idle
    }

    /// Whether some run ends once all is settled, and not at the horizon.
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// Whether there is an operation at some point: somebody to capture.
    pub fn is_operation(&self) -> bool {
        self.is_operation
    }

    /// Does the job of that number with seeds from `first` on.
    ///
    /// # Errors
    /// A scenario that cannot be read any more.
    pub fn run(&self, first: u64, job: u64) -> Result<MeasuredRun, Diagnostic> {
        let points = u64::from(self.points());
        let (point, seed) = ((job % points) as u32, first.wrapping_add(job / points));
        let run = |runner: &Runner<P>| runner.run(Engine::Event, seed, ());
        match &self.runners[point as usize] {
            Some(runner) => Ok(run(runner)),
            None => Ok(run(&check::<P>(&self.inputs, (self.recipe)(point))?.runner)),
        }
    }
}

/// Up to so many nodes links are a table.
const LARGEST_TABLE: u64 = 4096;

fn check<P: Protocols>(
    inputs: &Inputs,
    (path, sets): Recipe<'_>,
) -> Result<Checked<P>, Diagnostic> {
    let loaded: Loaded<ExchangeParams<P>, CoordinationParams<P>> =
        scenario::load_from(inputs, path, &sets)?;
    let plan = Plan::new::<P>(&loaded)?;
    let notices = plan.warnings.clone();
    let digest = loaded.digest(env!("CARGO_PKG_VERSION"));
    let use_of = stated_settings::<P>(&loaded);
    let is_settled = plan.stop == Stop::Settled;
    Ok(Checked { runner: Runner::new(plan), digest, notices, use_of, is_settled })
}
