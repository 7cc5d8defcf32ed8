//! How zones share items; one protocol per file.
//!
//! An exchange is a [`Protocol`](super::Protocol) that publishes and delivers items. The built-in
//! ones form one closed enum ([`Builtin`]), so that engines are compiled once and not per protocol.

pub mod anti_entropy;
mod builtin;
pub mod bulletin;
mod deliver;
pub mod flood;
pub mod gossip;
pub mod hub;
pub mod hub_with_fallback;
mod lacking;
pub mod log;
pub mod mesh;
pub mod plumtree;
pub mod relay;
pub(crate) mod retransmitter;
pub mod shuffled_instant;

pub use builtin::{Builtin, BuiltinMessage, BuiltinTimer, Name, Params};
pub use deliver::{Deliver, Exchange, Publish};

#[cfg(test)]
mod tests;
