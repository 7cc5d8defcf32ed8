//! A fixed number of threads, or as many as the system can start.

use std::thread::Builder;

/// The largest number of jobs that a thread takes at a time: it keeps contention low.
pub const CHUNK: u64 = 64;

/// Calls `work` on this thread and on `threads - 1` others, or on fewer if the system cannot start more.
pub fn run_on_threads(threads: usize, work: &(dyn Fn() + Sync)) {
    std::thread::scope(|scope| {
        for _ in 1..threads {
            if Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
}
