//! The confidence level of intervals.

/// The default confidence level of intervals.
pub const LEVEL: f64 = 0.95;
