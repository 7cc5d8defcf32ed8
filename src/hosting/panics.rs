//! Panics of tasks that a service spawned: tokio catches them and tells only who awaits the task, so
//! a hook sees them first. It finds the node by the tokio runtime, of which every start of a host
//! has its own.

use std::panic::PanicHookInfo;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use tokio::runtime::{self, Handle};

use super::service_handle::HostedRun;
pub(super) use crate::engine::panics::message;
use crate::engine::panics::observe;

/// The runs of this process that are watched.
static RUNS: Mutex<Vec<Run>> = Mutex::new(Vec::new());

/// A run that is watched.
struct Run {
    world: Arc<HostedRun>,
    thread: ThreadId,
    /// The runtime of every start, and its node.
    runtimes: Vec<(runtime::Id, usize)>,
}

/// Watches a run for as long as it lives.
pub struct Watch(Arc<HostedRun>);

impl Watch {
    /// Begins to watch a run of this thread. The hook that the program has is still called.
    pub fn new(world: &Arc<HostedRun>) -> Self {
        observe(record);
        let (world, thread) = (Arc::clone(world), this_thread());
        runs().push(Run { world: Arc::clone(&world), thread, runtimes: Vec::new() });
        Self(world)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        runs().retain(|run| !Arc::ptr_eq(&run.world, &self.0));
    }
}

/// A node has started on the current runtime.
pub fn started(world: &Arc<HostedRun>, node: usize) {
    let id = Handle::current().id();
    if let Some(run) = runs().iter_mut().find(|run| Arc::ptr_eq(&run.world, world)) {
        run.runtimes.push((id, node));
    }
}

fn record(info: &PanicHookInfo<'_>) {
    let message = message(info.payload());
    if let Some((world, node)) = place() {
        world.panicked(node, &message);
    }
}

/// The run in which this thread panics, and the node if it can be told: what is dropped with a
/// runtime has none.
fn place() -> Option<(Arc<HostedRun>, Option<usize>)> {
    let id = Handle::try_current().ok().map(|handle| handle.id());
    let runs = runs();
    let at_node = runs.iter().find_map(|run| {
        let (_, node) = run.runtimes.iter().rfind(|(runtime, _)| Some(*runtime) == id)?;
        Some((Arc::clone(&run.world), Some(*node)))
    });
    let thread = this_thread();
    let of_thread = || runs.iter().find(|run| run.thread == thread);
    at_node.or_else(|| of_thread().map(|run| (Arc::clone(&run.world), None)))
}

#[allow(clippy::disallowed_methods, reason = "it tells runs apart and reaches no report")]
fn this_thread() -> ThreadId {
    thread::current().id()
}

fn runs() -> MutexGuard<'static, Vec<Run>> {
    RUNS.lock().unwrap_or_else(PoisonError::into_inner)
}
