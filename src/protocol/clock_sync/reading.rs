//! The reading of a clock.

use serde::{Deserialize, Serialize};

/// What a clock read, corrected, when a message was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The round, from 1.
    pub round: u32,
    /// The reading in nanoseconds.
    pub ns: i64,
}
