//! The inputs and outputs of a coordination.

use serde::Serialize;

use crate::id::{Member, NodeId};
use crate::protocol::{OutOf, Protocol};
use crate::time::LocalTime;

/// A protocol with which zones act together: every [`Protocol`] that handles located members and
/// decides, strikes and aborts.
pub trait Coordination: Protocol<Input = Located, Output = Output> {}

impl<P: Protocol<Input = Located, Output = Output>> Coordination for P {}

/// A member was located in this zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located(pub Member);

/// What a coordination does besides sending messages and setting timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// The decision to strike when clocks show this time.
    Decide(LocalTime),
    /// This zone strikes at a member located in it.
    Strike(Member),
    /// A round was aborted.
    Abort(Abort),
    /// This node has been elected leader of a term.
    Elected(u64),
}

/// An aborted round, with one zone that caused the abort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abort {
    /// The number of the round; the first is 1.
    pub round: u32,
    /// The zone that caused it.
    pub zone: NodeId,
    /// How the zone caused it.
    pub why: Objection,
}

/// How a zone causes the abort of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objection {
    /// It did not answer in time.
    Silent,
    /// It voted to abort.
    Refused,
}

impl<M, T> OutOf<'_, M, T, Output> {
    /// Reports the decision to strike when clocks show `at`, once, at the node that decides.
    pub fn decide(&mut self, at: LocalTime) {
        self.emit(Output::Decide(at));
    }

    /// Reports an aborted round, once per zone that caused it, at the node that aborts. This is for
    /// the trace only.
    pub fn abort(&mut self, abort: Abort) {
        self.emit(Output::Abort(abort));
    }

    /// Reports that this node has been elected leader of a term.
    pub fn elected(&mut self, term: u64) {
        self.emit(Output::Elected(term));
    }

    /// Strikes now at a member located in this zone.
    pub fn strike(&mut self, member: Member) {
        self.emit(Output::Strike(member));
    }
}
