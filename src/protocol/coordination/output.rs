//! What a coordination hears and what it does.

use serde::Serialize;

use crate::id::{Member, NodeId};
use crate::protocol::{OutOf, Protocol};
use crate::time::LocalTime;

/// A protocol by which zones act together: every [`Protocol`] that hears of located members and
/// decides, strikes and aborts.
pub trait Coordination: Protocol<Input = Located, Output = Output> {}

impl<P: Protocol<Input = Located, Output = Output>> Coordination for P {}

/// A member was located in the zone of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located(pub Member);

/// What a coordination does beyond sending and setting timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// It is decided: strike when clocks show this.
    Decide(LocalTime),
    /// This zone goes to capture a member located in it.
    Strike(Member),
    /// A round came to nothing.
    Abort(Abort),
}

/// A round of asking that came to nothing, and one zone that stood in its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abort {
    /// Which round; the first is 1.
    pub round: u32,
    /// The zone.
    pub zone: NodeId,
    /// What it did.
    pub why: Objection,
}

/// How a zone stands in the way of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objection {
    /// It did not answer in time.
    Silent,
    /// It refused.
    Refused,
}

impl<M, T> OutOf<'_, M, T, Output> {
    /// The decision to strike when clocks show `at`: said once, by the node that takes it.
    pub fn decide(&mut self, at: LocalTime) {
        self.emit(Output::Decide(at));
    }

    /// A round came to nothing because of a zone: said once for each, by the node that aborts it.
    /// Nothing follows from it; it is there to be told.
    pub fn abort(&mut self, abort: Abort) {
        self.emit(Output::Abort(abort));
    }

    /// This zone goes to capture a member located in it, now.
    pub fn strike(&mut self, member: Member) {
        self.emit(Output::Strike(member));
    }
}
