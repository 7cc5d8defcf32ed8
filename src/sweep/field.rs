//! The points of a design made whole: a plan for each, checked before the first run.

use std::path::Path;

use xxhash_rust::xxh3::Xxh3;

use super::{Map, Run, each, measured};
use crate::coordination;
use crate::engine::Engine;
use crate::exchange;
use crate::plan::{Plan, PlanOf};
use crate::scenario::{self, Diagnostic, Loaded};

/// What makes a point: its scenario and what is put over it.
pub type Recipe<'a> = (&'a Path, Vec<String>);

/// The plans of all points. Jobs are numbered so that one repetition of every point comes before the
/// second of any: job = repetition x points + point.
pub struct Field<'a, X: exchange::Catalogue, C: coordination::Catalogue> {
    plans: Vec<Option<Ready<X, C>>>,
    recipe: &'a (dyn Fn(u32) -> Recipe<'a> + Sync),
    identity: u128,
    notices: Vec<(u32, String)>,
    is_operation: bool,
}

struct Ready<X: exchange::Catalogue, C: coordination::Catalogue> {
    plan: PlanOf<X, C>,
    map: Map,
}

/// Plans are kept as long as their tables of links have no more entries than this all together, some
/// 250 MB; others are made anew for each run, which in such worlds takes longer anyway.
const MOST_KEPT: u64 = 20_000_000;

/// What is found out of a point while it is checked.
struct Checked<X: exchange::Catalogue, C: coordination::Catalogue> {
    ready: Ready<X, C>,
    digest: u128,
    notices: Vec<String>,
}

impl<'a, X, C> Field<'a, X, C>
where
    X: exchange::Catalogue + 'static,
    C: coordination::Catalogue + 'static,
{
    /// Reads and checks the scenarios of so many points. `done` is told how many more are, from any
    /// thread.
    ///
    /// # Errors
    /// What is wrong with the first point that cannot be, and its number.
    pub fn new(
        points: u32,
        recipe: &'a (dyn Fn(u32) -> Recipe<'a> + Sync),
        threads: usize,
        done: &(dyn Fn(u64) + Sync),
    ) -> Result<Self, (u32, Diagnostic)> {
        let kept = std::sync::atomic::AtomicU64::new(0);
        let check = |point: u64| {
            let checked = check::<X, C>(recipe(point as u32))?;
            let nodes = checked.ready.plan.nodes() as u64;
            let links = nodes * nodes.min(LARGEST_TABLE);
            let all = kept.fetch_add(links, std::sync::atomic::Ordering::Relaxed) + links;
            let is_operation = checked.ready.plan.workload.members > 0;
            let ready = (all <= MOST_KEPT || points == 1).then_some(checked.ready);
            Ok((ready, checked.digest, checked.notices, is_operation))
        };
        let mut identity = Xxh3::new();
        let (mut plans, mut notices, mut is_operation) = (Vec::new(), Vec::new(), false);
        for (point, checked) in (0..).zip(each((0, u64::from(points)), threads, done, &check)) {
            let (ready, digest, told, operation) = checked.map_err(|wrong| (point, wrong))?;
            identity.update(&digest.to_le_bytes());
            plans.push(ready);
            notices.extend(told.into_iter().map(|notice| (point, notice)));
            is_operation |= operation;
        }
        Ok(Self { plans, recipe, identity: identity.digest128(), notices, is_operation })
    }

    /// How many points.
    pub fn points(&self) -> u32 {
        self.plans.len() as u32
    }

    /// What tells these points from all others: the texts that they were read from, and the version
    /// of this program.
    pub fn identity(&self) -> u128 {
        self.identity
    }

    /// What people should know, by point.
    pub fn notices(&self) -> &[(u32, String)] {
        &self.notices
    }

    /// Whether there is an operation at some point: somebody to capture.
    pub fn is_operation(&self) -> bool {
        self.is_operation
    }

    /// Does the job of that number with seeds from `first` on.
    ///
    /// # Errors
    /// A scenario that cannot be read any more.
    pub fn run(&self, first: u64, job: u64) -> Result<Run, Diagnostic> {
        let points = u64::from(self.points());
        let (point, seed) = ((job % points) as u32, first.wrapping_add(job / points));
        let run =
            |Ready { plan, map }: &Ready<X, C>| measured::<X, C>(Engine::Event, plan, map, seed);
        match &self.plans[point as usize] {
            Some(ready) => Ok(run(ready)),
            None => Ok(run(&check::<X, C>((self.recipe)(point))?.ready)),
        }
    }
}

/// Up to so many nodes links are a table.
const LARGEST_TABLE: u64 = 4096;

fn check<X, C>((path, sets): Recipe<'_>) -> Result<Checked<X, C>, Diagnostic>
where
    X: exchange::Catalogue + 'static,
    C: coordination::Catalogue + 'static,
{
    let loaded: Loaded<X::Settings, C::Settings> = scenario::load(path, &sets)?;
    let plan = Plan::new::<X, C>(&loaded)?;
    let notices = plan.notices.clone();
    let digest = loaded.digest(env!("CARGO_PKG_VERSION"));
    let map = Map::new(&plan);
    Ok(Checked { ready: Ready { plan, map }, digest, notices })
}
