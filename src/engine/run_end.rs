//! When and why a run ended.

use serde::{Serialize, Serializer};

use crate::id::NodeId;
use crate::protocol::NodePart;
use crate::time::SimTime;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// The last instant at which something was handled, or the horizon.
    pub at: SimTime,
    /// Why it ended.
    pub reason: StopReason,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// Every item has reached every zone, and the operation is over.
    Settled,
    /// Nothing was pending.
    Quiet,
    /// It reached the horizon.
    Horizon,
    /// The reader of its trace needs no more of it.
    Full,
    /// A part of a node set timers for the current instant without end.
    #[serde(serialize_with = "serialize_livelock")]
    Livelock(NodeId, NodePart),
}

fn serialize_livelock<S: Serializer>(
    node: &NodeId,
    _: &NodePart,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    node.serialize(serializer)
}
