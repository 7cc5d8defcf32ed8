//! The network: how long a message waits at its sender, and how long it travels.
//!
//! A message waits at its sender (jitter, and the extra of the slower direction), then departs,
//! then travels the base latency of the link. The base is the same both ways, since that is what
//! every engine can carry; where one direction is slower, the difference is waited at the sender.

mod jitter;
mod links;
mod loss;

pub use jitter::Jitter;
pub use links::{Link, Links, Model};
pub use loss::{Burst, Loss, limit};

use crate::chance::Keyed;
use crate::id::NodeId;
use crate::time::{Span, Tick};

/// The network of a scenario.
#[derive(Clone, Debug)]
pub struct Network {
    /// The links, by pair of nodes.
    pub links: Links,
    /// The kinds of jitter and loss there are; links name one by its place here.
    pub models: Vec<Model>,
    /// A number of each node's name: what its links draw from does not move when a zone is added.
    pub keys: Vec<u64>,
}

impl Network {
    /// How long the way between two nodes takes once a message has departed, at least one tick.
    #[inline]
    pub fn base(&self, from: NodeId, to: NodeId) -> Span {
        self.links.get(from, to).base()
    }

    /// When the `nth` message that `from` sends to `to` at `now` is ready to depart; `None` if it is
    /// lost. Depends on nothing but the seed, the link, the instant and `nth`.
    #[inline]
    pub fn egress(&self, chance: Keyed, way: [NodeId; 2], now: Tick, nth: u32) -> Option<Tick> {
        let link = self.links.get(way[0], way[1]);
        let model = &self.models[usize::from(link.model)];
        let ready = now + Span(u64::from(link.extra));
        if model.is_plain() {
            return Some(ready);
        }
        let link = self.link_key(way);
        let [wait, loss] = chance.draw(link, now.0, nth);
        if loss < model.loss.at(chance, link, now) {
            return None;
        }
        let mut block = 0;
        let mut more = || {
            block += 1;
            chance.block(link, now.0, nth, block)[0]
        };
        Some(ready + model.jitter.draw(wait, &mut more))
    }

    /// The number of a link: of both names, and of the direction.
    #[inline]
    fn link_key(&self, [from, to]: [NodeId; 2]) -> u64 {
        let mixed = self.keys[from.index()].wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed.rotate_left(23) ^ self.keys[to.index()]
    }
}
