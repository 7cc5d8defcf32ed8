//! The seeds of the runs of a sweep.

/// The seeds of jobs. A job is a repetition of a point; the points of a repetition follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobSeeds {
    /// The seed of the first job.
    pub first: u64,
    /// Whether every job has a seed of its own, instead of one for each repetition (common random
    /// numbers).
    pub is_independent: bool,
}

impl JobSeeds {
    /// The same seeds for every point, from `first` on.
    pub const fn common(first: u64) -> Self {
        Self { first, is_independent: false }
    }

    /// The seed of a job in a sweep over so many points. It does not change if there are more
    /// repetitions.
    pub const fn seed(self, job: u64, points: u64) -> u64 {
        self.first.wrapping_add(if self.is_independent { job } else { job / points })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn independent_seeds_are_all_different_and_stay() {
        let of = |seeds: JobSeeds, jobs: u64| (0..jobs).map(move |job| seeds.seed(job, 3));
        let independent = JobSeeds { first: 7, is_independent: true };
        assert_eq!(of(independent, 6).collect::<Vec<_>>(), [7, 8, 9, 10, 11, 12]);
        assert_eq!(of(JobSeeds::common(7), 6).collect::<Vec<_>>(), [7, 7, 7, 8, 8, 8]);
        assert!(of(independent, 6).eq(of(independent, 12).take(6)));
    }
}
