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
    Sources(Vec<ItemRate>),
}

/// A zone that publishes items at a rate.
#[derive(Clone, Copy, Debug)]
pub struct ItemRate {
    pub origin: NodeId,
    pub rate: Rate,
    /// Maximum number of items.
    pub count: u64,
    /// The part of its random numbers, from the name of the zone and the number of the source.
    pub key: u64,
}

/// When a zone publishes its items. Times are in ticks.
#[derive(Clone, Copy, Debug)]
pub enum Rate {
    Regular(SimDuration),
    /// The mean interval.
    Poisson(f64),
}

/// A publication of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublishedItem {
    /// When it is published, unless its zone is down.
    pub due: SimTime,
    /// The zone that publishes it.
    pub origin: NodeId,
}
