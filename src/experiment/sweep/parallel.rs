//! Jobs on several threads, with results handed on in blocks as they come.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::threads::{CHUNK, run_on_threads};

/// A set of job numbers, as a bitmap up to the largest.
#[derive(Clone, Debug, Default)]
pub struct JobSet {
    bits: Vec<u64>,
    count: u64,
}

impl JobSet {
    /// Adds a job.
    pub fn insert(&mut self, job: u64) {
        if !self.contains(job) {
            let word = (job / 64) as usize;
            self.bits.resize(self.bits.len().max(word + 1), 0);
            self.bits[word] |= 1 << (job % 64);
            self.count += 1;
        }
    }

    /// Whether the set has a job.
    pub fn contains(&self, job: u64) -> bool {
        self.bits.get((job / 64) as usize).is_some_and(|bits| bits >> (job % 64) & 1 == 1)
    }

    /// The number of jobs in the set.
    pub fn count(&self) -> u64 {
        self.count
    }
}

/// The time after which a thread hands on its results: a kill loses no more work than that, and the
/// current job. A guess: short for a person, long for a disk.
const FLUSH_AFTER: Duration = Duration::from_millis(10);

/// Takes the number of the first of some consecutive jobs, and their results.
pub type Consume<'a, T, E> = dyn Fn(u64, &[T]) -> Result<(), E> + Sync + 'a;

/// Does the jobs from 0 to `jobs` that are not in `done`, on several threads. The results of consecutive
/// jobs are given to `keep`, from any thread and in any order.
///
/// # Errors
/// The first error of `work` or `keep`. The other threads stop after their current job.
pub fn par_for_each<T, E: Send>(
    (jobs, done): (u64, &JobSet),
    threads: usize,
    work: &(dyn Fn(u64) -> Result<T, E> + Sync),
    keep: &Consume<'_, T, E>,
) -> Result<(), E> {
    // Chunks get smaller towards the end, to keep all threads busy.
    let shares = 8 * threads.max(1) as u64;
    let end = |start: u64| start + ((jobs - start) / shares).clamp(1, CHUNK);
    let (next, stopped, failure) = (AtomicU64::new(0), AtomicBool::new(false), Mutex::new(None));
    let take = |start: u64| (start < jobs).then(|| end(start));
    let one = |block: &mut Block<T>| -> Result<(), E> {
        while let Ok(start) = next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
            for job in (start..end(start)).filter(|&job| !done.contains(job)) {
                if stopped.load(Ordering::Relaxed) {
                    return block.flush(keep);
                }
                block.begin(job, keep)?;
                block.add(work(job)?, keep)?;
            }
        }
        block.flush(keep)
    };
    run_on_threads(threads, &|| {
        let mut block = Block::new();
        if let Err(error) = one(&mut block) {
            stopped.store(true, Ordering::Relaxed);
            // Keep the finished results. If that fails too, the first error is the one to report.
            drop(block.flush(keep));
            failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    });
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// The results of consecutive jobs that a thread has not handed on.
struct Block<T> {
    first: u64,
    results: Vec<T>,
    since: Instant,
}

impl<T> Block<T> {
    fn new() -> Self {
        Self { first: 0, results: Vec::new(), since: now() }
    }

    /// Prepares for the result of a job: hands on the block if the job does not continue it.
    fn begin<E>(&mut self, job: u64, keep: &Consume<'_, T, E>) -> Result<(), E> {
        if job != self.first + self.results.len() as u64 {
            self.flush(keep)?;
        }
        if self.results.is_empty() {
            (self.first, self.since) = (job, now());
        }
        Ok(())
    }

    /// Adds the result of the job, and hands on the block if it is full or old.
    fn add<E>(&mut self, result: T, keep: &Consume<'_, T, E>) -> Result<(), E> {
        self.results.push(result);
        if self.results.len() as u64 >= CHUNK || self.since.elapsed() > FLUSH_AFTER {
            return self.flush(keep);
        }
        Ok(())
    }

    fn flush<E>(&mut self, keep: &Consume<'_, T, E>) -> Result<(), E> {
        let results = std::mem::take(&mut self.results);
        if results.is_empty() { Ok(()) } else { keep(self.first, &results) }
    }
}

/// The wall clock. It decides when results are written, and never what they are.
#[allow(clippy::disallowed_methods)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(jobs: u64, done: &JobSet, threads: usize) -> Vec<(u64, u64)> {
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
    fn each_job_that_is_not_done_is_done_once() {
        let mut done = JobSet::default();
        (0..1000).filter(|job| job % 7 < 3).for_each(|job| done.insert(job));
        done.insert(0);
        let left: Vec<_> = (0..1000).filter(|j| j % 7 >= 3).map(|j| (j, j * j)).collect();
        assert_eq!(done.count() as usize, 1000 - left.len());
        for threads in [1, 2, 7] {
            assert_eq!(all(1000, &done, threads), left);
        }
    }

    #[test]
    fn a_long_job_is_handed_on_before_the_next_begins() {
        let (kept, late) = (Mutex::new(0), 3);
        let work = |job| {
            assert!(job <= late || *kept.lock().unwrap() == job, "a kill in {job} would lose more");
            if job >= late {
                std::thread::sleep(2 * FLUSH_AFTER);
            }
            Ok::<_, ()>(job)
        };
        let keep = |first: u64, results: &[u64]| {
            *kept.lock().unwrap() = first + results.len() as u64;
            Ok(())
        };
        par_for_each((6, &JobSet::default()), 1, &work, &keep).unwrap();
    }

    #[test]
    fn an_error_stops_the_jobs_and_finished_results_are_kept() {
        for threads in [1, 3] {
            let kept = AtomicU64::new(0);
            let work = |job| if job == 50 { Err("fifty") } else { Ok(job) };
            let keep = |_, results: &[u64]| {
                kept.fetch_add(results.len() as u64, Ordering::Relaxed);
                Ok(())
            };
            assert_eq!(
                par_for_each((100, &JobSet::default()), threads, &work, &keep),
                Err("fifty")
            );
            assert!(threads > 1 || kept.load(Ordering::Relaxed) == 50);
        }
    }
}
