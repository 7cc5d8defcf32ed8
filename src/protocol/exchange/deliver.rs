//! The inputs and outputs of an exchange.

use crate::id::{Item, ItemSet, NodeId};
use crate::protocol::{OutOf, Protocol};

/// A protocol with which zones share items: every [`Protocol`] that publishes and delivers them.
pub trait Exchange: Protocol<Input = Publish, Output = Deliver> {}

impl<P: Protocol<Input = Publish, Output = Deliver>> Exchange for P {}

/// The zone has produced an item and publishes it to all other zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publish(pub Item);

/// The zone has received an item from another node for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deliver {
    /// The item, new to this node.
    pub item: Item,
    /// The node that the item came from; None for the sender of the message being handled.
    pub from: Option<NodeId>,
}

impl<M, T> OutOf<'_, M, T, Deliver> {
    /// Delivers an item that came from another node, once. The publisher of an item does not
    /// deliver it.
    pub fn deliver(&mut self, item: Item) {
        self.emit(Deliver { item, from: None });
    }

    /// Adds `items` to `known`, delivers those that are new, and returns them.
    #[inline]
    pub fn deliver_new(&mut self, known: &mut ItemSet, items: &ItemSet) -> ItemSet {
        let new = known.union_with(items);
        for item in new.iter() {
            self.deliver(item);
        }
        new
    }
}
