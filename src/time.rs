//! Integer time.
//!
//! A tick is the `resolution` of the scenario. [`SimTime`] is an instant of true time in ticks,
//! [`LocalTime`] one on a node's clock, [`SimDuration`] a duration in ticks. [`NanoDuration`] and
//! [`SignedDuration`] are durations of a scenario file in nanoseconds.

mod clock;
mod nano_duration;
mod signed_duration;
mod ticks;

pub use clock::Clock;
pub use nano_duration::NanoDuration;
pub(crate) use nano_duration::without_unit;
pub use signed_duration::SignedDuration;
pub use ticks::{LocalTime, SimDuration, SimTime};
