//! A promise that did not hold, and which one it is.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::engine::{PanicMessage, PanicSite};
use crate::protocol::NodePart;
use crate::time::SimTime;

/// A promise that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// When it was found out.
    pub at: SimTime,
    /// Which promise.
    pub kind: Kind,
    /// What was promised, and what happened.
    pub what: String,
}

/// Which promise does not hold, and which part of a node breaks it. Two breaches of one kind may be
/// one bug; two of different kinds are taken for two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A node learns what was not published.
    Unpublished,
    /// A node learns an item twice.
    LearntTwice,
    /// A node learns an item before a message could have come.
    LearntTooSoon,
    /// An item is not delivered in time.
    Undelivered,
    /// An exchange sends more over a link than it states.
    Overspent,
    /// A node receives what was not sent.
    NotSent,
    /// The size of a message is not that of its encoding.
    Size(NodePart),
    /// A node wakes itself without end in one instant.
    Livelock(NodePart),
    /// A protocol panics there.
    Panic(PanicSite),
    /// More times are decided than the coordination allows.
    Decision,
    /// A zone strikes at a member twice.
    StruckTwice,
    /// A zone strikes at a member that it has not located.
    StruckUnlocated,
    /// A zone strikes before a decision.
    StruckUndecided,
    /// A zone strikes before the decided time.
    StruckEarly,
    /// A zone strikes when the decision is not valid any more.
    StruckLate,
}

impl Violation {
    /// A panic before a run or after it.
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

/// As JSON has it: what, and when in ticks.
impl Serialize for Violation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut breach = serializer.serialize_struct("Breach", 2)?;
        breach.serialize_field("t", &self.at.0)?;
        breach.serialize_field("what", &self.what)?;
        breach.end()
    }
}
