//! A machine that wakes itself without time passing.

use crate::id::NodeId;
use crate::time::SimTime;

/// So many wakes for the instant in which they are asked for are one too many: a run would never
/// leave it. No protocol has reason for more at one node; a guess.
const MAX_WAKES: u32 = 100_000;

/// Counts the wakes that a node asks for at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct LivelockDetector {
    at: Option<(NodeId, SimTime)>,
    count: u32,
}

impl LivelockDetector {
    /// Counts one more of a node in an instant; whether it is one too many.
    pub fn count(&mut self, node: NodeId, now: SimTime) -> bool {
        if self.at != Some((node, now)) {
            (self.at, self.count) = (Some((node, now)), 0);
        }
        self.count += 1;
        self.count > MAX_WAKES
    }
}
