//! Faults: partitions, holds, isolations, delays, losses, crashes and clock steps.
//!
//! Faults are known before a run starts, so the outcome of a send is computed when it is sent. At one
//! instant, faults end before others start, and both precede all events of nodes. A partition drops
//! what departs in `[start, end)` and what is in flight at `start`.

mod downtime;
mod effect;
mod impact;
mod intervals;
mod schedule;

pub use downtime::Downtime;
pub(crate) use effect::Category;
pub use effect::{Delay, Effect, LinkSet, Memory};
pub use impact::{Fault, FaultId, LinkImpact};
pub use schedule::{Schedule, Transition};

pub use crate::id::NodeSet;
