//! What an exchange publishes and delivers.

use crate::id::{Item, ItemSet, NodeId};
use crate::protocol::{OutOf, Protocol};

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
