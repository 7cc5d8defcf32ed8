//! Calls on several threads, with results in the order of seeds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::threads::{CHUNK, run_on_threads};

/// Calls `run` with `count` seeds from `first` on, on several threads, and returns the results in the order
/// of seeds. `done` is called from any thread with the number of calls that have ended since its last
/// call.
pub fn par_map<T: Send>(
    (first, count): (u64, u64),
    threads: usize,
    done: &(dyn Fn(u64) + Sync),
    run: &(dyn Fn(u64) -> T + Sync),
) -> Vec<T> {
    let next = AtomicU64::new(0);
    let chunks = Mutex::new(Vec::new());
    // Small chunks keep all threads busy until the end.
    let chunk = (count / (8 * threads.max(1) as u64)).clamp(1, CHUNK);
    run_on_threads(threads, &|| {
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
    let mut all = Vec::with_capacity(chunks.iter().map(|(_, ended)| ended.len()).sum());
    chunks.into_iter().for_each(|(_, ended)| all.extend(ended));
    all
}
