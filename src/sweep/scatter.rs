//! Jobs on all cores, what comes of them handed on in blocks as it comes.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::CHUNK;

/// Which of some jobs are done: a bit each.
#[derive(Clone, Debug, Default)]
pub struct Done {
    bits: Vec<u64>,
    count: u64,
}

impl Done {
    /// None of so many.
    pub fn none(jobs: u64) -> Self {
        Self { bits: vec![0; jobs.div_ceil(64) as usize], count: 0 }
    }

    /// Marks one as done.
    pub fn mark(&mut self, job: u64) {
        if !self.contains(job) {
            self.bits[(job / 64) as usize] |= 1 << (job % 64);
            self.count += 1;
        }
    }

    /// Whether one is done.
    pub fn contains(&self, job: u64) -> bool {
        self.bits.get((job / 64) as usize).is_some_and(|bits| bits >> (job % 64) & 1 == 1)
    }

    /// How many are.
    pub fn count(&self) -> u64 {
        self.count
    }
}

/// How long a thread keeps what it has done before it hands it on: what a kill loses at most, beside
/// the runs in flight. A guess: short to a person, long to a disk.
const KEEP: Duration = Duration::from_millis(10);

/// Takes what came of neighbouring jobs, and the number of the first.
pub type Keep<'a, T, E> = dyn Fn(u64, &[T]) -> Result<(), E> + Sync + 'a;

/// Does those of `jobs` that are not done on so many threads. What comes of neighbouring jobs is given
/// to `keep` together with the number of the first, from any thread and in any order.
///
/// # Errors
/// The first that `work` or `keep` ran into; the others stop after what they are at.
pub fn scatter<T, E: Send>(
    (jobs, done): (u64, &Done),
    threads: usize,
    work: &(dyn Fn(u64) -> Result<T, E> + Sync),
    keep: &Keep<'_, T, E>,
) -> Result<(), E> {
    let chunk = (jobs / (8 * threads.max(1) as u64)).clamp(1, CHUNK);
    let (next, stopped, failure) = (AtomicU64::new(0), AtomicBool::new(false), Mutex::new(None));
    let one = |thread: &mut Block<T>| -> Result<(), E> {
        while !stopped.load(Ordering::Relaxed) {
            let start = next.fetch_add(chunk, Ordering::Relaxed);
            if start >= jobs {
                break;
            }
            for job in (start..jobs.min(start + chunk)).filter(|&job| !done.contains(job)) {
                thread.hand_on_before(job, keep)?;
                thread.add(job, work(job)?);
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
            }
        }
        thread.hand_on(keep)
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                let mut block = Block::new();
                if let Err(error) = one(&mut block) {
                    stopped.store(true, Ordering::Relaxed);
                    // What is done is worth keeping; if that cannot be, the first error says why.
                    drop(block.hand_on(keep));
                    failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                }
            });
        }
    });
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// What a thread has done and not handed on: neighbouring jobs.
struct Block<T> {
    first: u64,
    results: Vec<T>,
    since: Instant,
}

impl<T> Block<T> {
    fn new() -> Self {
        Self { first: 0, results: Vec::new(), since: now() }
    }

    fn add(&mut self, job: u64, result: T) {
        if self.results.is_empty() {
            (self.first, self.since) = (job, now());
        }
        self.results.push(result);
    }

    /// Hands on what cannot wait for `job`, or is no neighbour of it.
    fn hand_on_before<E>(&mut self, job: u64, keep: &Keep<'_, T, E>) -> Result<(), E> {
        let next = self.first + self.results.len() as u64;
        if job != next || self.results.len() as u64 >= CHUNK || self.since.elapsed() > KEEP {
            return self.hand_on(keep);
        }
        Ok(())
    }

    fn hand_on<E>(&mut self, keep: &Keep<'_, T, E>) -> Result<(), E> {
        let results = std::mem::take(&mut self.results);
        if results.is_empty() { Ok(()) } else { keep(self.first, &results) }
    }
}

/// When results are handed on says nothing of what they are.
#[allow(clippy::disallowed_methods)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(jobs: u64, done: &Done, threads: usize) -> Vec<(u64, u64)> {
        let kept = Mutex::new(Vec::new());
        let keep = |first: u64, results: &[u64]| {
            let numbers = first..first + results.len() as u64;
            kept.lock().unwrap().extend(numbers.zip(results.iter().copied()));
            Ok::<(), ()>(())
        };
        scatter((jobs, done), threads, &|job| Ok(job * job), &keep).unwrap();
        let mut kept = kept.into_inner().unwrap();
        kept.sort_unstable();
        kept
    }

    #[test]
    fn each_job_is_done_once_but_for_those_that_were() {
        let mut done = Done::none(1000);
        (0..1000).filter(|job| job % 7 < 3).for_each(|job| done.mark(job));
        done.mark(0);
        let left: Vec<_> = (0..1000).filter(|j| j % 7 >= 3).map(|j| (j, j * j)).collect();
        assert_eq!(done.count() as usize, 1000 - left.len());
        for threads in [1, 2, 7] {
            assert_eq!(all(1000, &done, threads), left);
        }
    }

    #[test]
    fn an_error_ends_it_and_what_was_done_is_kept() {
        for threads in [1, 3] {
            let kept = AtomicU64::new(0);
            let work = |job| if job == 50 { Err("fifty") } else { Ok(job) };
            let keep = |_, results: &[u64]| {
                kept.fetch_add(results.len() as u64, Ordering::Relaxed);
                Ok(())
            };
            assert_eq!(scatter((100, &Done::none(100)), threads, &work, &keep), Err("fifty"));
            assert!(threads > 1 || kept.load(Ordering::Relaxed) == 50);
        }
    }
}
