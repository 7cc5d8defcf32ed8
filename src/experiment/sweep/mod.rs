//! Many runs: on all cores, and the same rows in the same order with any number of them.

mod crew;
mod field;
mod parallel;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

pub(crate) use crew::crew;
pub use field::{Field, Recipe};
pub(crate) use parallel::now;
pub use parallel::{Done, par_for_each};

use crate::engine::{self, Engine};
use crate::metrics::invariants::{Invariants, Reason, ShortestPaths, Violation};
use crate::metrics::{LowerBounds, MetricRow, Metrics};
use crate::plan::{Plan, PlanOf};
use crate::protocol::coordination;
use crate::protocol::exchange;

/// Runs a thread takes at a time: enough that they seldom meet, few enough that none waits.
const CHUNK: u64 = 64;

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Run {
    /// What was measured.
    pub row: MetricRow,
    /// The first promise that did not hold.
    pub breach: Option<Box<Violation>>,
    /// Why no delivery was judged, if none was.
    pub unjudged: Option<Reason>,
    /// Whether the strike that was decided last lies beyond the horizon
    /// ([`Plan::is_beyond_horizon`]).
    pub strike_beyond: bool,
}

/// What is found out once for all runs of a plan.
pub struct Map {
    floors: LowerBounds,
    ways: ShortestPaths,
}

impl Map {
    /// The map of a plan's network.
    pub fn new<E, C>(plan: &Plan<E, C>) -> Self {
        Self { floors: LowerBounds::new(plan), ways: ShortestPaths::new(plan) }
    }
}

/// One run of a plan, measured, its promises checked.
pub fn measured<X, C>(engine: Engine, plan: &PlanOf<X, C>, map: &Map, seed: u64) -> Run
where
    X: exchange::ProtocolSet + 'static,
    C: coordination::ProtocolSet + 'static,
{
    let mut measure = Metrics::new(plan, &map.floors);
    let mut promises = Invariants::new::<X, C>(plan, &map.ways, seed);
    let ran = engine::try_run::<X, C, _>(engine, plan, seed, &mut (&mut measure, &mut promises));
    // What was measured of half a run is no measure of a run.
    let row = ran.map_or_else(
        |panicked| {
            promises.panicked(&panicked);
            MetricRow::default()
        },
        |_| measure.row(),
    );
    let is_beyond = |(at, time)| {
        let clocks = plan.clocks(seed, &plan.schedule(seed));
        plan.is_beyond_horizon(&clocks, at, time)
    };
    Run {
        row,
        strike_beyond: measure.last_decision().is_some_and(is_beyond),
        breach: promises.violation().cloned().map(Box::new),
        unjudged: promises.liveness().unjudged(),
    }
}

/// As [`runs`], for who only wants the rows.
pub fn repeat<X, C>(
    engine: Engine,
    plan: &PlanOf<X, C>,
    seeds: (u64, u64),
    threads: usize,
    done: &(dyn Fn(u64) + Sync),
) -> Vec<MetricRow>
where
    X: exchange::ProtocolSet + 'static,
    C: coordination::ProtocolSet + 'static,
{
    runs::<X, C>(engine, plan, seeds, threads, done).into_iter().map(|run| run.row).collect()
}

/// Runs a plan with `count` seeds from `first` on and returns the runs in the order of seeds.
/// `done` is told how many more runs have ended, from any thread.
pub fn runs<X, C>(
    engine: Engine,
    plan: &PlanOf<X, C>,
    (first, count): (u64, u64),
    threads: usize,
    done: &(dyn Fn(u64) + Sync),
) -> Vec<Run>
where
    X: exchange::ProtocolSet + 'static,
    C: coordination::ProtocolSet + 'static,
{
    let map = Map::new(plan);
    let run = |seed| measured::<X, C>(engine, plan, &map, seed);
    par_map((first, count), threads, done, &run)
}

/// Does something with `count` seeds from `first` on, on so many threads, and returns what comes of
/// it in the order of seeds. `done` is told how many more have ended, from any thread.
pub fn par_map<T: Send>(
    (first, count): (u64, u64),
    threads: usize,
    done: &(dyn Fn(u64) + Sync),
    run: &(dyn Fn(u64) -> T + Sync),
) -> Vec<T> {
    let next = AtomicU64::new(0);
    let chunks = Mutex::new(Vec::new());
    // Small jobs are shared out finely, or the last thread would work alone.
    let chunk = (count / (8 * threads.max(1) as u64)).clamp(1, CHUNK);
    crew(threads, &|| {
        loop {
            let start = next.fetch_add(chunk, Ordering::Relaxed);
            if start >= count {
                return;
            }
            let end = count.min(start + chunk);
            let seeds = (start..end).map(|index| first.wrapping_add(index));
            let ended: Vec<T> = seeds.map(run).collect();
            chunks.lock().unwrap_or_else(PoisonError::into_inner).push((start, ended));
            done(end - start);
        }
    });
    let mut chunks = chunks.into_inner().unwrap_or_else(PoisonError::into_inner);
    chunks.sort_by_key(|(start, _)| *start);
    chunks.into_iter().flat_map(|(_, ended)| ended).collect()
}
