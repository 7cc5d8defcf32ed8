//! How nodes synchronize their clocks, beside a coordination; one protocol per file.
//!
//! A protocol exchanges readings of clocks and computes a correction ([`Adjustment`]). The coordination of
//! the node then sees its clock with the correction; exchange and desk see the clock without it. Timers
//! for a duration are not affected. A scenario without `[clocks.sync]` runs none.
//!
//! The correction is volatile: a crash that loses the memory of a node loses it, and the node has the
//! clock that it began with until it takes part in a round again.

pub mod averaging;
mod builtin;
mod output;
mod reading;

pub use builtin::{Builtin, BuiltinMessage, BuiltinTimer, Name, Params};
pub use output::{Adjustment, Nothing};
pub use reading::Reading;
