//! The network: what links are like.
//!
//! A message waits at its sender ([`crate::egress`]), then departs, then is under way for the latency
//! of its direction of the link.

mod bandwidth;
mod globe;
mod jitter;
mod links;
mod loss;
mod table;

pub use bandwidth::Bandwidth;
pub use globe::{Cable, Globe};
pub use jitter::Jitter;
pub use links::{Link, Links, Model};
pub use loss::{Burst, Loss, limit};
pub use table::LinkTable;

use crate::id::NodeId;
use crate::time::{Length, Span};

/// The network of a scenario.
#[derive(Clone, Debug)]
pub struct Network {
    /// The links, by pair of nodes.
    pub links: Links,
    /// The kinds of links there are; each link names one by its place here.
    pub models: Vec<Model>,
    /// One tick.
    pub resolution: Length,
    /// A number of each node's name: what its links draw from does not move when a zone is added.
    pub keys: Vec<u64>,
}

impl Network {
    /// From departure to arrival, where no fault delays the message; at least one tick.
    #[inline]
    pub fn latency(&self, from: NodeId, to: NodeId) -> Span {
        self.links.get(from, to).latency()
    }

    /// The number of a link: of both names, and of the direction.
    #[inline]
    pub fn link_key(&self, [from, to]: [NodeId; 2]) -> u64 {
        let mixed = self.keys[from.index()].wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed.rotate_left(23) ^ self.keys[to.index()]
    }
}
