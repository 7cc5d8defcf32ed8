//! When and where items are published.

use crate::id::NodeId;
use crate::scenario::Organisation;
use crate::time::{NanoDuration, SimDuration, SimTime};

/// Most items in a run: metrics take memory for each pair of item and zone.
pub const MAX_ITEMS: u64 = 10_000_000;

/// When and where items are published. Mean intervals are in ticks.
#[derive(Clone, Debug)]
pub enum Kind {
    Listed(Vec<PublishedItem>),
    Regular { interval: SimDuration, count: u64 },
    Poisson { mean: f64, count: u64 },
    Organisation(Leads),
}

/// The leads that each member leaves: a Poisson process until `until`.
#[derive(Clone, Copy, Debug)]
pub struct Leads {
    pub mean_interval: f64,
    /// Probability that a lead is left away from the home of the member.
    pub away: f64,
    pub until: SimTime,
}

impl Leads {
    pub fn new(organisation: &Organisation, resolution: NanoDuration) -> Self {
        let until = organisation.until.map(|until| SimTime(0) + until.ticks(resolution));
        Self {
            mean_interval: organisation.lead_interval.ns as f64 / resolution.ns as f64,
            away: organisation.away.0,
            until: until.unwrap_or(SimTime::NEVER),
        }
    }
}

/// A publication of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublishedItem {
    /// When it is published, unless its zone is down.
    pub due: SimTime,
    /// The zone that publishes it.
    pub origin: NodeId,
}
