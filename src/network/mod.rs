//! The network: models of links, faults, and the path of a message.
//!
//! A message leaves the uplink of its sender ([`access`]), passes the egress of its link ([`egress`]),
//! departs, arrives after the latency of its direction of the link, and is received over the downlink of
//! its receiver.

pub mod access;
mod bandwidth;
pub mod egress;
pub mod fault;
mod geo_links;
mod jitter;
mod link;
mod links;
mod loss;
mod table;

pub use access::AccessLinks;
pub use bandwidth::Bandwidth;
pub(crate) use bandwidth::transmission_ns;
pub use geo_links::{CableModel, GeoLinks};
pub use jitter::Jitter;
pub use link::{Link, LinkModel};
pub use links::Links;
pub use loss::{Burst, Loss, limit};
pub use table::LinkTable;

use crate::id::NodeId;
use crate::time::{NanoDuration, SimDuration};

/// The network of a scenario.
#[derive(Clone, Debug)]
pub struct Network {
    /// The links, by pair of nodes.
    pub links: Links,
    /// Link models; [`Link::model`] is an index into these.
    pub models: Vec<LinkModel>,
    /// The length of a tick.
    pub resolution: NanoDuration,
    /// By node, the hash of its name: draws of its links do not change when a zone is added.
    pub keys: Vec<u64>,
    /// The access links; `None` if no node has one.
    pub access: Option<AccessLinks>,
}

impl Network {
    /// The time from departure to arrival without faults; at least one tick.
    #[inline]
    pub fn latency(&self, from: NodeId, to: NodeId) -> SimDuration {
        self.links.get(from, to).latency()
    }

    /// The key of one direction of a link, from the names of both ends.
    #[inline]
    pub fn link_key(&self, [from, to]: [NodeId; 2]) -> u64 {
        let mixed = self.keys[from.index()].wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed.rotate_left(23) ^ self.keys[to.index()]
    }
}
