//! Work that waits for a server: first come, first served, urgent work ahead of the rest.

use std::collections::VecDeque;

/// A queue of jobs, and the jobs that are being done.
#[derive(Clone, Debug)]
pub struct WorkQueue<J> {
    urgent: VecDeque<J>,
    waiting: VecDeque<J>,
    in_service: Vec<J>,
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
    pub fn start(&mut self, servers: u32) -> Option<J> {
        if self.in_service.len() >= servers as usize {
            return None;
        }
        let job = self.urgent.pop_front().or_else(|| self.waiting.pop_front())?;
        self.in_service.push(job);
        Some(job)
    }

    /// Ends a job; false if it was not being done.
    pub fn finish(&mut self, job: J) -> bool {
        let index = self.in_service.iter().position(|&other| other == job);
        index.map(|index| self.in_service.remove(index)).is_some()
    }

    /// Puts the jobs that were being done first in line: after a crash they begin again.
    pub fn interrupt(&mut self) {
        for job in self.in_service.drain(..).rev() {
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
        assert_eq!([queue.start(2), queue.start(2), queue.start(2)], [Some(9), Some(0), None]);
        assert!(queue.finish(9) && !queue.finish(9), "a job ends once");
        assert_eq!(queue.start(2), Some(1));
        queue.interrupt();
        assert_eq!([queue.start(9), queue.start(9), queue.start(9)], [Some(0), Some(1), Some(2)]);
    }
}
