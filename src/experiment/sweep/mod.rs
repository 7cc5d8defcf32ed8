//! Many runs on several threads: the same rows in the same order with any number of threads.

mod lead_record;
mod par_map;
mod parallel;
mod point_runner;
mod threads;

pub use lead_record::LeadRecord;
pub use par_map::par_map;
pub(crate) use parallel::now;
pub use parallel::{JobSet, par_for_each};
pub use point_runner::{PointRunner, PointScenario};

use crate::engine::Engine;
use crate::experiment::run::{MeasuredRun, Runner};
use crate::protocol::node::Protocols;

/// Runs a plan from the seeds `(first, count)` and returns the runs in the order of seeds. `done` is
/// called from any thread with the number of runs that have ended since its last call.
pub fn runs<P: Protocols>(
    runner: &Runner<P>,
    engine: Engine,
    seeds: (u64, u64),
    threads: usize,
    done: &(dyn Fn(u64) + Sync),
) -> Vec<MeasuredRun> {
    par_map(seeds, threads, done, &|seed| runner.run(engine, seed, ()))
}
