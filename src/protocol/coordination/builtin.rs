//! The built-in coordinations.
//!
//! Those with a large state are boxed, so that a million independent zones need no memory for it.

use super::{
    Located, Output, consensus, independent, order, quorum, random_attack, rendezvous,
    threshold_gossip, two_phase,
};
use crate::protocol::Role;
use crate::protocol::registry::protocols;

protocols! {
    input Located, output Output, default Independent,
    expecting "a table such as { use = \"order\" }";

    /// Each zone strikes on its own.
    independent: Independent(independent::Independent) silent,
    /// The hub commands a time.
    order: Order(Box<order::Order>),
    /// All zones strike if all are prepared.
    two_phase: TwoPhase(Box<two_phase::TwoPhase>),
    /// Zones strike at times agreed beforehand.
    rendezvous: Rendezvous(Box<rendezvous::Rendezvous>) silent,
    /// Zones strike if they know enough for a random threshold.
    random_attack: RandomAttack(Box<random_attack::RandomAttack>) boxed,
    /// The hub commands a time once enough zones are ready.
    quorum: Quorum(Box<quorum::Quorum>) via Order,
    /// An elected leader proposes a time, and a majority makes it the decision.
    consensus: Consensus(Box<consensus::Consensus>) boxed,
    /// The earliest time that a zone has proposed which knew enough ready zones.
    threshold_gossip: ThresholdGossip(Box<threshold_gossip::ThresholdGossip>),
}

impl Role for Located {
    type Output = Output;
    type Builtin = Builtin;
}
