//! How zones act together: one protocol, one file.
//!
//! A coordination is a [`Protocol`](super::Protocol) that hears which members were located in its zone, talks to the
//! other zones and to the hub, and strikes. No protocol knows how many members there are, or whether
//! one was warned: what a strike achieves is computed by the engine.
//!
//! Protocols with a coordinator share [`coordinator_view`], what the coordinator knows and when it
//! knows enough to decide; [`timing`], their times; and [`pending_acks`], what is sent until it is
//! acknowledged.

mod builtin;
pub mod coordinator_view;
pub mod independent;
pub mod order;
mod output;
pub mod pending_acks;
pub mod timing;
pub mod two_phase;

pub use builtin::{Builtin, BuiltinMessage, BuiltinTimer, Name, Params};
pub use output::{Abort, Coordination, Located, Objection, Output};
