//! Threads that work side by side, as many as there are to be had.

use std::thread::Builder;

/// Works on this thread and on others, so many all together, or fewer if the system has no more.
pub fn crew(threads: usize, work: &(dyn Fn() + Sync)) {
    std::thread::scope(|scope| {
        for _ in 1..threads {
            if Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
}
