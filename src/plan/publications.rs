//! When and where items are published.

use crate::id::NodeId;
use crate::time::{SimDuration, SimTime};

/// Most items in a run: metrics take memory for each pair of item and zone.
pub const MAX_ITEMS: u64 = 10_000_000;

/// When and where items are published. Mean intervals are in ticks.
#[derive(Clone, Debug)]
pub enum Publications {
    Listed(Vec<PublishedItem>),
    Regular { interval: SimDuration, count: u64 },
    Poisson { mean: f64, count: u64 },
}

/// A publication of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublishedItem {
    /// When it is published, unless its zone is down.
    pub due: SimTime,
    /// The zone that publishes it.
    pub origin: NodeId,
}
