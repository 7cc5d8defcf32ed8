//! Work that waits for a server: first come, first served, urgent work ahead of the rest.

use std::collections::VecDeque;

use crate::time::{LocalTime, SimDuration};

/// A queue of jobs, and the jobs that are being done.
#[derive(Clone, Debug)]
pub struct WorkQueue<J> {
    urgent: VecDeque<J>,
    waiting: VecDeque<J>,
    /// With the times at which they were begun.
    in_service: Vec<(J, LocalTime)>,
}

impl<J> Default for WorkQueue<J> {
    fn default() -> Self {
        Self { urgent: VecDeque::new(), waiting: VecDeque::new(), in_service: Vec::new() }
    }
}

impl<J: Copy + PartialEq> WorkQueue<J> {
    /// Adds a job behind those that are as urgent.
    pub fn push(&mut self, job: J, is_urgent: bool) {
        if is_urgent { &mut self.urgent } else { &mut self.waiting }.push_back(job);
    }

    /// Takes the next job if one of the servers is free.
    pub fn start(&mut self, servers: u32, now: LocalTime) -> Option<J> {
        if self.in_service.len() >= servers as usize {
            return None;
        }
        let job = self.urgent.pop_front().or_else(|| self.waiting.pop_front())?;
        self.in_service.push((job, now));
        Some(job)
    }

    /// Ends a job; returns how long it took, or None if it was not being done.
    pub fn finish(&mut self, job: J, now: LocalTime) -> Option<SimDuration> {
        let index = self.in_service.iter().position(|&(other, _)| other == job)?;
        let (_, begun) = self.in_service.remove(index);
        Some(now - begun)
    }

    /// Puts the jobs that were being done first in line: after a crash they begin again.
    pub fn interrupt(&mut self) {
        for (job, _) in self.in_service.drain(..).rev() {
            self.urgent.push_front(job);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_bound_what_is_in_service_and_urgent_jobs_precede() {
        let mut queue = WorkQueue::default();
        (0..4).for_each(|job| queue.push(job, false));
        queue.push(9, true);
        let at = LocalTime;
        let started = [(); 3].map(|()| queue.start(2, at(5)));
        assert_eq!(started, [Some(9), Some(0), None]);
        assert_eq!(queue.finish(9, at(12)), Some(SimDuration(7)));
        assert_eq!(queue.finish(9, at(12)), None, "a job ends once");
        assert_eq!(queue.start(2, at(12)), Some(1));
        queue.interrupt();
        let started = [(); 3].map(|()| queue.start(9, at(20)));
        assert_eq!(started, [Some(0), Some(1), Some(2)]);
    }
}
