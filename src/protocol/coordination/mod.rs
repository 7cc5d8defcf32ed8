//! How zones act together; one protocol per file.
//!
//! A coordination is a [`Protocol`](super::Protocol) that handles the members located in its zone,
//! exchanges messages with other zones and the hub, and strikes. A protocol knows neither the
//! number of members nor whether one was warned: the engine computes the outcome of a strike.
//!
//! Protocols with a coordinator share [`coordinator_view`], what the coordinator knows and when it
//! can decide; [`timing`], the parameters they share; [`patience`], how long some of them wait;
//! [`pending_acks`], messages that are sent until they are acknowledged; and [`min_acknowledged`], the
//! rule that enough zones have to acknowledge.

mod builtin;
pub mod consensus;
pub mod coordinator_view;
pub mod independent;
pub mod min_acknowledged;
pub mod order;
mod output;
pub mod patience;
pub mod pending_acks;
pub mod quorum;
pub mod random_attack;
pub mod rendezvous;
pub mod threshold_gossip;
pub mod timing;
pub mod two_phase;

pub use builtin::{Builtin, BuiltinMessage, BuiltinTimer, Name, Params};
pub use output::{Abort, Coordination, Located, Objection, Output};
