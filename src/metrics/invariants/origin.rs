//! When and where an item was published.

use crate::id::NodeId;
use crate::time::SimTime;

/// An item that was published.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    pub at: SimTime,
    pub zone: NodeId,
    /// The number of zones that should learn the item.
    pub entitled: u32,
    /// The number of them that have not learnt it.
    pub missing: u32,
    /// The last receipt so far.
    pub last: SimTime,
}
