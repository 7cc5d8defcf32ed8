//! A limit on the events of a run.

use crate::engine::{Event, TraceSink};
use crate::time::SimTime;

/// Counts the events of a run, which ends when there are too many.
#[derive(Clone, Copy, Debug)]
pub struct EventLimit {
    /// The events counted.
    pub events: u64,
    max: u64,
}

impl EventLimit {
    /// A limit of so many events.
    pub fn new(max: u64) -> Self {
        Self { events: 0, max }
    }

    /// Whether the run has reached the limit.
    pub fn is_reached(&self) -> bool {
        self.events >= self.max
    }
}

impl<M> TraceSink<M> for EventLimit {
    fn record(&mut self, _at: SimTime, _event: &Event<'_, M>) {
        self.events += 1;
    }

    fn is_full(&self) -> bool {
        self.is_reached()
    }
}
