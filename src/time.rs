//! Time is an integer.
//!
//! A [`Tick`] is an instant of true time, counted in grains of the scenario's `resolution`. A
//! [`Local`] is what a zone's own clock shows. A [`Span`] is a length of time in ticks; a
//! [`Length`] is one as people write it, in nanoseconds, before a resolution is known.

mod clock;
mod length;
mod shift;

use std::ops::{Add, Sub};

pub use clock::Clock;
pub use length::Length;
pub(crate) use length::bare;
use serde::{Deserialize, Serialize};
pub use shift::Shift;

/// An instant of true time, in ticks since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Tick(pub u64);

/// An instant on a zone's own clock, in ticks; may be negative where a clock is behind.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Local(pub i64);

/// A length of time in ticks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span(pub u64);

impl Tick {
    /// A tick no run reaches.
    pub const NEVER: Self = Self(u64::MAX);
}

impl Add<Span> for Tick {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub for Tick {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Span> for Local {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add_unsigned(span.0))
    }
}

impl Sub for Local {
    type Output = Span;
    /// How long from `earlier` to here; nothing if `earlier` is later.
    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0).max(0) as u64)
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0))
    }
}

impl Span {
    /// Twice as long, up to a limit: the backoff of RFC 6298, 5.5.
    pub fn doubled(self, limit: Self) -> Self {
        Self(self.0.saturating_mul(2).min(limit.0))
    }
}
