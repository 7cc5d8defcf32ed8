//! Detects a protocol that sets timers for the current instant without end.

use crate::id::NodeId;
use crate::time::SimTime;

/// The run is stopped as a livelock after this many wakes of a node in one instant. The number is a
/// guess: no protocol needs as many.
const MAX_WAKES: u32 = 100_000;

/// Counts timers that a node sets for the current instant.
#[derive(Clone, Copy, Debug, Default)]
pub struct LivelockDetector {
    at: Option<(NodeId, SimTime)>,
    count: u32,
}

impl LivelockDetector {
    /// Counts a timer; returns whether the node is in a livelock.
    pub fn count(&mut self, node: NodeId, now: SimTime) -> bool {
        if self.at != Some((node, now)) {
            (self.at, self.count) = (Some((node, now)), 0);
        }
        self.count += 1;
        self.count > MAX_WAKES
    }
}
