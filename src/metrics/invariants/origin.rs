//! When and where an item was published.

use crate::id::NodeId;
use crate::time::SimTime;

/// An item that was published.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    pub at: SimTime,
    pub zone: NodeId,
    /// The number of zones that have not learnt the item.
    pub missing: u32,
    /// The last receipt so far.
    pub last: SimTime,
}
