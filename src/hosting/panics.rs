//! Panics of tasks that a service spawned. Tokio catches them and reports them only to code that awaits
//! the task, so a panic hook records them. It finds the node by the tokio runtime: each start of a host
//! has a runtime of its own.

use std::panic::PanicHookInfo;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use tokio::runtime::{self, Handle};

use super::service_handle::HostedRun;
pub(super) use crate::engine::panics::message;
use crate::engine::panics::observe;

/// The watched runs of this process.
static RUNS: Mutex<Vec<Watched>> = Mutex::new(Vec::new());

struct Watched {
    run: Arc<HostedRun>,
    thread: ThreadId,
    /// The runtime and the node of each start.
    runtimes: Vec<(runtime::Id, usize)>,
}

/// Records panics of a run until it is dropped.
pub struct Watch(Arc<HostedRun>);

impl Watch {
    /// Starts to record panics of a run on this thread. The previous panic hook is still called.
    pub fn new(run: &Arc<HostedRun>) -> Self {
        observe(record);
        let (run, thread) = (Arc::clone(run), this_thread());
        runs().push(Watched { run: Arc::clone(&run), thread, runtimes: Vec::new() });
        Self(run)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        runs().retain(|watched| !Arc::ptr_eq(&watched.run, &self.0));
    }
}

/// Assigns the current runtime to a node.
pub fn started(run: &Arc<HostedRun>, node: usize) {
    let id = Handle::current().id();
    if let Some(watched) = runs().iter_mut().find(|watched| Arc::ptr_eq(&watched.run, run)) {
        watched.runtimes.push((id, node));
    }
}

fn record(info: &PanicHookInfo<'_>) {
    let message = message(info.payload());
    if let Some((run, node)) = current() {
        run.panicked(node, &message);
    }
}

/// The run and the node of the current task; a value that is dropped with its runtime has no node.
fn current() -> Option<(Arc<HostedRun>, Option<usize>)> {
    let id = Handle::try_current().ok().map(|handle| handle.id());
    let runs = runs();
    let by_runtime = runs.iter().find_map(|watched| {
        let (_, node) = watched.runtimes.iter().rfind(|(runtime, _)| Some(*runtime) == id)?;
        Some((Arc::clone(&watched.run), Some(*node)))
    });
    let thread = this_thread();
    let by_thread = || runs.iter().find(|watched| watched.thread == thread);
    by_runtime.or_else(|| by_thread().map(|watched| (Arc::clone(&watched.run), None)))
}

#[allow(clippy::disallowed_methods, reason = "it tells runs apart and reaches no report")]
fn this_thread() -> ThreadId {
    thread::current().id()
}

fn runs() -> MutexGuard<'static, Vec<Watched>> {
    RUNS.lock().unwrap_or_else(PoisonError::into_inner)
}
