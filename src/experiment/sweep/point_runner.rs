//! The runners of the points of a design: the plan of each is made and checked before the first run.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use xxhash_rust::xxh3::Xxh3;

use super::lead_record::LeadRecord;
use super::par_map::par_map;
use crate::engine::Engine;
use crate::experiment::design::JobSeeds;
use crate::experiment::run::{MeasuredRun, Runner};
use crate::metrics::Goal;
use crate::plan::{Plan, stated_settings};
use crate::protocol::node::{CoordinationParams, ExchangeParams, Protocols};
use crate::scenario::{Diagnostic, Loaded, ParsedPool, Stop};

/// A scenario file and its overrides, which define a point.
pub type PointScenario<'a> = (&'a Path, Vec<String>);

/// Runs the points of a design. Jobs are numbered so that every point has its first run before any has its
/// second: job = repetition x points + point.
pub struct PointRunner<'a, P: Protocols> {
    /// By point. None where the runner is made anew for each run, to save memory; a box, so that it does.
    runners: Vec<Option<Box<Runner<P>>>>,
    texts: &'a ParsedPool<'a>,
    scenario: &'a (dyn Fn(u32) -> PointScenario<'a> + Sync),
    goal: Option<&'a Goal>,
    identity: Xxh3,
    warnings: Vec<(u32, String)>,
    unused: Vec<String>,
    is_operation: bool,
    is_settled: bool,
}

/// Runners are kept up to this many entries in all, some 500 MB: one for each link in a table, and
/// [`OTHER_ENTRIES`] for each plan. The others are made anew for each run, which takes some 50 us.
const MAX_ENTRIES: u64 = 40_000_000;

/// The size of a plan without its links, in entries. Measured: 9 kB.
const OTHER_ENTRIES: u64 = 800;

/// A point that was checked.
struct CheckedPoint<P: Protocols> {
    runner: Runner<P>,
    digest: u128,
    warnings: Vec<String>,
    /// The parameters of protocols and workloads that the scenario states, and whether they are used.
    stated: Vec<(String, bool)>,
    is_settled: bool,
}

impl<'a, P: Protocols> PointRunner<'a, P> {
    /// Reads and checks the scenarios of all points. A goal judges all runs. `done` is called from any
    /// thread with the number of points that were checked since its last call.
    ///
    /// # Errors
    /// The first point with an invalid scenario, and the diagnostic.
    pub fn new(
        texts: &'a ParsedPool<'a>,
        points: u32,
        (scenario, goal): (&'a (dyn Fn(u32) -> PointScenario<'a> + Sync), Option<&'a Goal>),
        threads: usize,
        done: &(dyn Fn(u64) + Sync),
    ) -> Result<Self, (u32, Diagnostic)> {
        let kept = AtomicU64::new(0);
        // Points after one that is wrong are not checked: it is the one that is reported.
        let wrong = AtomicU64::new(u64::MAX);
        let check = |point: u64| {
            if point > wrong.load(Ordering::Relaxed) {
                return None;
            }
            let checked = check::<P>(texts, scenario(point as u32), goal).map(|checked| {
                let nodes = checked.runner.plan().nodes() as u64;
                let size = OTHER_ENTRIES + nodes * nodes.min(LARGEST_TABLE);
                let all = kept.fetch_add(size, Ordering::Relaxed) + size;
                let is_operation = checked.runner.plan().workload.members > 0;
                let is_kept = all <= MAX_ENTRIES || points == 1;
                let runner = is_kept.then(|| Box::new(checked.runner));
                let told = (is_operation, checked.is_settled, checked.stated);
                (runner, checked.digest, checked.warnings, told)
            });
            if checked.is_err() {
                wrong.fetch_min(point, Ordering::Relaxed);
            }
            Some(checked)
        };
        let mut identity = Xxh3::new();
        let (mut runners, mut warnings) = (Vec::new(), Vec::new());
        let mut used: BTreeMap<String, bool> = BTreeMap::new();
        let (mut is_operation, mut is_settled) = (false, false);
        for (point, checked) in (0..).zip(par_map((0, u64::from(points)), threads, done, &check)) {
            let Some(checked) = checked else { continue };
            let (runner, digest, of_point, (operation, settled, stated)) =
                checked.map_err(|wrong| (point, wrong))?;
            identity.update(&digest.to_le_bytes());
            runners.push(runner);
            warnings.extend(of_point.into_iter().map(|warning| (point, warning)));
            is_operation |= operation;
            is_settled |= settled;
            for (path, is_used) in stated {
                *used.entry(path).or_default() |= is_used;
            }
        }
        let unused =
            used.into_iter().filter(|(_, is_used)| !is_used).map(|(path, _)| path).collect();
        Ok(Self {
            runners,
            texts,
            scenario,
            goal,
            identity,
            warnings,
            unused,
            is_operation,
            is_settled,
        })
    }

    /// The number of points.
    pub fn points(&self) -> u32 {
        self.runners.len() as u32
    }

    /// A digest of what determines the runs and what is kept of them: the texts of the points, the
    /// version of this program, the seeds of jobs, and the goal.
    pub fn identity(&self, seeds: JobSeeds) -> u128 {
        let mut identity = self.identity.clone();
        identity.update(&seeds.first.to_le_bytes());
        if seeds.is_independent {
            identity.update(b"independent seeds");
        }
        if let Some(goal) = self.goal {
            identity.update(goal.text().as_bytes());
        }
        identity.digest128()
    }

    /// The warnings of all scenarios, each with its point.
    pub fn warnings(&self) -> &[(u32, String)] {
        &self.warnings
    }

    /// The paths of parameters that scenarios state and no point uses.
    pub fn unused(&self) -> &[String] {
        &self.unused
    }

    /// Whether the runs of some point end as soon as they are settled, before the horizon.
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// Whether some point has an operation.
    pub fn is_operation(&self) -> bool {
        self.is_operation
    }

    /// Does a job.
    ///
    /// # Errors
    /// A scenario that can no longer be read.
    pub fn run(&self, seeds: JobSeeds, job: u64) -> Result<MeasuredRun, Diagnostic> {
        self.with_runner(seeds, job, |runner, seed| runner.run(Engine::Event, seed, ()))
    }

    /// Repeats a job for what became of its leads.
    ///
    /// # Errors
    /// A scenario that can no longer be read.
    pub fn leads(&self, seeds: JobSeeds, job: u64) -> Result<Vec<LeadRecord>, Diagnostic> {
        self.with_runner(seeds, job, |runner, seed| {
            let leads = runner.leads(seed).into_iter();
            leads.map(|times| LeadRecord::new(times, runner.plan())).collect()
        })
    }

    /// Hands the runner and the seed of a job to `does`.
    fn with_runner<T>(
        &self,
        seeds: JobSeeds,
        job: u64,
        does: impl FnOnce(&Runner<P>, u64) -> T,
    ) -> Result<T, Diagnostic> {
        let points = u64::from(self.points());
        let (point, seed) = ((job % points) as u32, seeds.seed(job, points));
        match &self.runners[point as usize] {
            Some(runner) => Ok(does(runner, seed)),
            None => {
                let checked = check::<P>(self.texts, (self.scenario)(point), self.goal)?;
                Ok(does(&checked.runner, seed))
            }
        }
    }
}

/// Up to this many nodes links are a table.
const LARGEST_TABLE: u64 = 4096;

fn check<P: Protocols>(
    texts: &ParsedPool<'_>,
    (path, sets): PointScenario<'_>,
    goal: Option<&Goal>,
) -> Result<CheckedPoint<P>, Diagnostic> {
    let loaded: Loaded<ExchangeParams<P>, CoordinationParams<P>> = texts.load(path, &sets)?;
    let plan = Plan::new::<P>(&loaded)?;
    let warnings = plan.warnings.clone();
    let digest = loaded.digest(env!("CARGO_PKG_VERSION"));
    let stated = stated_settings::<P>(&loaded);
    let is_settled = plan.stop == Stop::Settled;
    let runner = Runner::new(plan).with_goal(goal)?;
    Ok(CheckedPoint { runner, digest, warnings, stated, is_settled })
}
