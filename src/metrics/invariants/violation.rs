//! A violation of an invariant.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::engine::{PanicMessage, PanicSite};
use crate::protocol::NodePart;
use crate::time::SimTime;

/// A violation of an invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// When the violation was detected.
    pub at: SimTime,
    /// The invariant.
    pub kind: Kind,
    /// What happened, and what was expected.
    pub what: String,
}

/// An invariant and, where it is known, the part of a node that violates it. Shrinking keeps the kind
/// of a violation: two violations of one kind may have one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A node learns an item that was not published.
    Unpublished,
    /// A node learns an item twice.
    LearntTwice,
    /// A node receives or learns an item that it may not have.
    Leaked,
    /// A node passes on an item that only its originator may pass on.
    PassedOn,
    /// A node learns an item before the shortest path allows it.
    LearntTooSoon,
    /// Two zones learn items in different orders, or with gaps.
    Order,
    /// An item is not delivered in time.
    Undelivered,
    /// The exchange or the coordination sends more over a link than its send bound.
    SendBoundExceeded(NodePart),
    /// A node receives a message that was not sent, or was lost.
    NotSent,
    /// The stated size of a message is not the size of its encoding.
    Size(NodePart),
    /// A node wakes itself again and again without time passing.
    Livelock(NodePart),
    /// A protocol panics.
    Panic(PanicSite),
    /// Two decided times differ where the coordination allows one.
    Decision,
    /// Clocks differ by more than their synchronization guarantees.
    ClockSkew,
    /// Two nodes lead in one term.
    TwoLeaders,
    /// A zone strikes at a member twice.
    StruckTwice,
    /// A zone strikes at a member that it has not located.
    StruckUnlocated,
    /// A zone strikes before a decision.
    StruckUndecided,
    /// A zone strikes before the decided time.
    StruckEarly,
    /// A zone strikes after its decision has expired.
    StruckLate,
}

impl Violation {
    /// The violation of a panic outside a run, at time 0.
    pub fn panic(panicked: &PanicMessage) -> Self {
        let what = format!("a protocol panics: {panicked}");
        Self { at: SimTime(0), kind: Kind::Panic(panicked.at.clone()), what }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// An object with the time `t` in ticks and the text `what`.
impl Serialize for Violation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut violation = serializer.serialize_struct("Violation", 2)?;
        violation.serialize_field("t", &self.at.0)?;
        violation.serialize_field("what", &self.what)?;
        violation.end()
    }
}
