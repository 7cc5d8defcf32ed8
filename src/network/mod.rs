//! The network: what links are like.
//!
//! A message waits at its sender ([`crate::network::egress`]), then departs, then is under way for the latency
//! of its direction of the link.

mod bandwidth;
pub mod egress;
pub mod fault;
mod geo_links;
mod jitter;
mod links;
mod loss;
mod table;

pub use bandwidth::Bandwidth;
pub use geo_links::{CableModel, GeoLinks};
pub use jitter::Jitter;
pub use links::{Link, LinkModel, Links};
pub use loss::{Burst, Loss, limit};
pub use table::LinkTable;

use crate::id::NodeId;
use crate::time::{NanoDuration, SimDuration};

/// The network of a scenario.
#[derive(Clone, Debug)]
pub struct Network {
    /// The links, by pair of nodes.
    pub links: Links,
    /// The kinds of links there are; each link names one by its place here.
    pub models: Vec<LinkModel>,
    /// One tick.
    pub resolution: NanoDuration,
    /// A number of each node's name: what its links draw from does not move when a zone is added.
    pub keys: Vec<u64>,
}

impl Network {
    /// From departure to arrival, where no fault delays the message; at least one tick.
    #[inline]
    pub fn latency(&self, from: NodeId, to: NodeId) -> SimDuration {
        self.links.get(from, to).latency()
    }

    /// The number of a link: of both names, and of the direction.
    #[inline]
    pub fn link_key(&self, [from, to]: [NodeId; 2]) -> u64 {
        let mixed = self.keys[from.index()].wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed.rotate_left(23) ^ self.keys[to.index()]
    }
}
