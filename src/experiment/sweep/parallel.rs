//! Jobs on all cores, what comes of them handed on in blocks as it comes.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{CHUNK, crew};

/// Which jobs are done: a bit each, up to the last that is.
#[derive(Clone, Debug, Default)]
pub struct Done {
    bits: Vec<u64>,
    count: u64,
}

impl Done {
    /// Marks one as done.
    pub fn mark(&mut self, job: u64) {
        if !self.contains(job) {
            let word = (job / 64) as usize;
            self.bits.resize(self.bits.len().max(word + 1), 0);
            self.bits[word] |= 1 << (job % 64);
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

/// How long a thread works before it hands on what it has done: what a kill loses at most, beside the
/// run in flight. A guess: short to a person, long to a disk.
const KEEP: Duration = Duration::from_millis(10);

/// Takes what came of neighbouring jobs, and the number of the first.
pub type Keep<'a, T, E> = dyn Fn(u64, &[T]) -> Result<(), E> + Sync + 'a;

/// Does those of `jobs` that are not done on so many threads. What comes of neighbouring jobs is given
/// to `keep` together with the number of the first, from any thread and in any order.
///
/// # Errors
/// The first that `work` or `keep` ran into; the others stop after what they are at.
pub fn par_for_each<T, E: Send>(
    (jobs, done): (u64, &Done),
    threads: usize,
    work: &(dyn Fn(u64) -> Result<T, E> + Sync),
    keep: &Keep<'_, T, E>,
) -> Result<(), E> {
    // What is left is shared out ever more finely, or the last thread would work alone.
    let shares = 8 * threads.max(1) as u64;
    let end = |start: u64| start + ((jobs - start) / shares).clamp(1, CHUNK);
    let (next, stopped, failure) = (AtomicU64::new(0), AtomicBool::new(false), Mutex::new(None));
    let take = |start: u64| (start < jobs).then(|| end(start));
    let one = |thread: &mut Block<T>| -> Result<(), E> {
        while let Ok(start) = next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
            for job in (start..end(start)).filter(|&job| !done.contains(job)) {
                if stopped.load(Ordering::Relaxed) {
                    return thread.hand_on(keep);
                }
                thread.begin(job, keep)?;
                thread.add(work(job)?, keep)?;
            }
        }
        thread.hand_on(keep)
    };
    crew(threads, &|| {
        let mut block = Block::new();
        if let Err(error) = one(&mut block) {
            stopped.store(true, Ordering::Relaxed);
            // What is done is worth keeping; if that cannot be, the first error says why.
            drop(block.hand_on(keep));
            failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
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

    /// Hands on what is no neighbour of a job that is to be done.
    fn begin<E>(&mut self, job: u64, keep: &Keep<'_, T, E>) -> Result<(), E> {
        if job != self.first + self.results.len() as u64 {
            self.hand_on(keep)?;
        }
        if self.results.is_empty() {
            (self.first, self.since) = (job, now());
        }
        Ok(())
    }

    /// Adds what came of the job, and hands on what cannot wait.
    fn add<E>(&mut self, result: T, keep: &Keep<'_, T, E>) -> Result<(), E> {
        self.results.push(result);
        if self.results.len() as u64 >= CHUNK || self.since.elapsed() > KEEP {
            return self.hand_on(keep);
        }
        Ok(())
    }

    fn hand_on<E>(&mut self, keep: &Keep<'_, T, E>) -> Result<(), E> {
        let results = std::mem::take(&mut self.results);
        if results.is_empty() { Ok(()) } else { keep(self.first, &results) }
    }
}

/// The time on the wall: when results are handed on, or a disk is written to, says nothing of what
/// they are.
#[allow(clippy::disallowed_methods)]
pub(crate) fn now() -> Instant {
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
        par_for_each((jobs, done), threads, &|job| Ok(job * job), &keep).unwrap();
        let mut kept = kept.into_inner().unwrap();
        kept.sort_unstable();
        kept
    }

    #[test]
    fn each_job_is_done_once_but_for_those_that_were() {
        let mut done = Done::default();
        (0..1000).filter(|job| job % 7 < 3).for_each(|job| done.mark(job));
        done.mark(0);
        let left: Vec<_> = (0..1000).filter(|j| j % 7 >= 3).map(|j| (j, j * j)).collect();
        assert_eq!(done.count() as usize, 1000 - left.len());
        for threads in [1, 2, 7] {
            assert_eq!(all(1000, &done, threads), left);
        }
    }

    #[test]
    fn what_took_long_is_handed_on_before_the_next_begins() {
        let (kept, late) = (Mutex::new(0), 3);
        let work = |job| {
            assert!(job <= late || *kept.lock().unwrap() == job, "a kill in {job} would lose more");
            if job >= late {
                std::thread::sleep(2 * KEEP);
            }
            Ok::<_, ()>(job)
        };
        let keep = |first: u64, results: &[u64]| {
            *kept.lock().unwrap() = first + results.len() as u64;
            Ok(())
        };
        par_for_each((6, &Done::default()), 1, &work, &keep).unwrap();
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
            assert_eq!(par_for_each((100, &Done::default()), threads, &work, &keep), Err("fifty"));
            assert!(threads > 1 || kept.load(Ordering::Relaxed) == 50);
        }
    }
}
