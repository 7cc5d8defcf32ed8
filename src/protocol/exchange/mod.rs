//! How zones share what they know: one protocol, one file.
//!
//! An exchange is a [`Protocol`] that publishes and delivers items. The built-in ones are one closed
//! enum ([`Builtin`]), so that engines are compiled once and not for each of them.

mod builtin;
pub mod flood;
pub mod gossip;
pub mod hub;
pub mod mesh;
pub mod plumtree;
mod retransmitter;
pub mod shuffled_instant;

pub use builtin::{Builtin, BuiltinMessage, BuiltinTimer, Name, Params};

use crate::id::{Item, ItemSet, NodeId};
use crate::protocol::{Input, NamedProtocol, Out, OutOf, Protocol, Role, SendBound};

/// A protocol by which zones share items: every [`Protocol`] that publishes and delivers.
pub trait Exchange: Protocol<Input = Publish, Output = Deliver> {}

impl<P: Protocol<Input = Publish, Output = Deliver>> Exchange for P {}

/// The zone of the machine has found out an item. It knows it already; the others should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publish(pub Item);

/// This node delivers an item: it has learnt it, for the first time, from another node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deliver {
    /// What it has learnt.
    pub item: Item,
    /// The node it has it from; None: the sender of the message that is being handled, if any.
    pub from: Option<NodeId>,
}

impl<M, T> OutOf<'_, M, T, Deliver> {
    /// Delivers an item that came from another node, for the first time. The node that publishes an
    /// item does not deliver it.
    pub fn deliver(&mut self, item: Item) {
        self.emit(Deliver { item, from: None });
    }

    /// Adds `items` to `known` and delivers those that are new; returns these.
    #[inline]
    pub fn deliver_new(&mut self, known: &mut ItemSet, items: &ItemSet) -> ItemSet {
        let new = known.union_with(items);
        for item in new.iter() {
            self.deliver(item);
        }
        new
    }
}

impl Role for Publish {
    type Output = Deliver;
    type Builtin = Builtin;
}

#[cfg(test)]
mod tests;
