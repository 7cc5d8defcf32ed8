//! The inputs and outputs of clock synchronization.

use crate::time::NanoDuration;

/// What a node tells its clock synchronization: nothing.
#[derive(Clone, Copy, Debug)]
pub enum Nothing {}

/// The correction of a clock from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// The round that it comes from, from 1. 0 if a crash has taken the correction.
    pub round: u32,
    /// What is added to the clock, in nanoseconds: the sum of all changes so far.
    pub correction_ns: i64,
    /// How many readings of other nodes the round had.
    pub readings: u32,
}

impl Adjustment {
    /// The correction in whole ticks, rounded down.
    pub fn ticks(self, resolution: NanoDuration) -> i64 {
        self.correction_ns.div_euclid((resolution.ns as i64).max(1))
    }

    /// A crash has taken the correction.
    pub const LOST: Self = Self { round: 0, correction_ns: 0, readings: 0 };
}
