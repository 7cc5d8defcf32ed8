//! Instants and durations in ticks.

use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// An instant of true time, in ticks since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SimTime(pub u64);

/// An instant on a node's clock, in ticks; negative where the clock is behind the start of the run.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct LocalTime(pub i64);

/// A duration in ticks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct SimDuration(pub u64);

impl SimTime {
    /// Later than the end of any run; sums that overflow give it.
    pub const NEVER: Self = Self(u64::MAX);
}

impl Add<SimDuration> for SimTime {
    type Output = Self;
    fn add(self, duration: SimDuration) -> Self {
        Self(self.0.saturating_add(duration.0))
    }
}

impl Sub for SimTime {
    type Output = SimDuration;
    fn sub(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }
}

impl Add<SimDuration> for LocalTime {
    type Output = Self;
    fn add(self, duration: SimDuration) -> Self {
        Self(self.0.saturating_add_unsigned(duration.0))
    }
}

impl Sub for LocalTime {
    type Output = SimDuration;
    /// The time since `earlier`; 0 if `earlier` is later.
    fn sub(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0).max(0) as u64)
    }
}

impl Add for SimDuration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl SimDuration {
    /// Twice this, at most `limit`: exponential backoff as in RFC 6298, 5.5.
    pub fn backoff(self, limit: Self) -> Self {
        Self(self.0.saturating_mul(2).min(limit.0))
    }
}
