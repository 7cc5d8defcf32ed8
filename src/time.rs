//! Time is an integer.
//!
//! A [`SimTime`] is an instant of true time, counted in grains of the scenario's `resolution`. A
//! [`LocalTime`] is what a zone's own clock shows. A [`SimDuration`] is a length of time in ticks; a
//! [`NanoDuration`] is one as people write it, in nanoseconds, before a resolution is known.

mod clock;
mod nano_duration;
mod signed_duration;

use std::ops::{Add, Sub};

pub use clock::Clock;
pub use nano_duration::NanoDuration;
pub(crate) use nano_duration::without_unit;
use serde::{Deserialize, Serialize};
pub use signed_duration::SignedDuration;

/// An instant of true time, in ticks since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SimTime(pub u64);

/// An instant on a zone's own clock, in ticks; may be negative where a clock is behind.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct LocalTime(pub i64);

/// A length of time in ticks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct SimDuration(pub u64);

impl SimTime {
    /// A tick no run reaches.
    pub const NEVER: Self = Self(u64::MAX);
}

impl Add<SimDuration> for SimTime {
    type Output = Self;
    fn add(self, span: SimDuration) -> Self {
        Self(self.0.saturating_add(span.0))
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
    fn add(self, span: SimDuration) -> Self {
        Self(self.0.saturating_add_unsigned(span.0))
    }
}

impl Sub for LocalTime {
    type Output = SimDuration;
    /// How long from `earlier` to here; nothing if `earlier` is later.
    fn sub(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0).max(0) as u64)
    }
}

impl Add for SimDuration {
    type Output = Self;
    fn add(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0))
    }
}

impl SimDuration {
    /// Twice as long, up to a limit: the backoff of RFC 6298, 5.5.
    pub fn backoff(self, limit: Self) -> Self {
        Self(self.0.saturating_mul(2).min(limit.0))
    }
}
