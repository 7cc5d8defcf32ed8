//! Items with their trees, sent until they are acknowledged.

use std::collections::BTreeMap;

use super::message::{Message, Parcels, Timer};
use super::tree::Tree;
use crate::id::{Item, ItemSet, NodeId};
use crate::protocol::OutOf;
use crate::protocol::exchange::Deliver;
use crate::protocol::exchange::retransmitter::{self, Retransmitter};
use crate::time::NanoDuration;

type Out<'a> = OutOf<'a, Message, Timer, Deliver>;

/// What a relay sends on.
#[derive(Clone, Debug)]
pub struct Sending {
    retransmitter: Retransmitter,
    /// The trees of the items that some child has not acknowledged.
    trees: BTreeMap<Item, Tree>,
}

impl Sending {
    pub fn new(params: &retransmitter::Params, resolution: NanoDuration) -> Self {
        Self { retransmitter: Retransmitter::new(params, resolution), trees: BTreeMap::new() }
    }

    /// Sends items that `to` passes on along a tree.
    pub fn send(&mut self, to: NodeId, items: &ItemSet, tree: &Tree, out: &mut Out<'_>) {
        let items = &*out.tellable(items, to);
        for item in items.iter() {
            self.trees.entry(item).or_insert_with(|| tree.clone());
        }
        let Self { retransmitter, trees } = self;
        out.inner(with_trees(trees), Timer::Retry, |out| retransmitter.send(to, items, out));
    }

    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.trees.is_empty() && self.retransmitter.unacked().is_empty()
    }

    pub fn acked(&mut self, by: NodeId, items: &ItemSet, out: &mut Out<'_>) {
        let Self { retransmitter, trees } = self;
        out.inner(with_trees(trees), Timer::Retry, |out| retransmitter.acked(by, items, out));
        for item in items.difference(&retransmitter.unacked()).iter() {
            trees.remove(&item);
        }
    }

    pub fn retry(&mut self, timer: retransmitter::Timer, out: &mut Out<'_>) {
        let Self { retransmitter, trees } = self;
        out.inner(with_trees(trees), Timer::Retry, |out| retransmitter.retry(timer, out));
    }

    pub fn restart(&mut self, out: &mut Out<'_>) {
        let Self { retransmitter, trees } = self;
        out.inner(with_trees(trees), Timer::Retry, |out| retransmitter.restart(out));
    }
}

/// Adds the trees of the items to a message.
fn with_trees(
    trees: &BTreeMap<Item, Tree>,
) -> impl Fn(retransmitter::Message) -> Message + use<'_> {
    |message| {
        let items = match message {
            retransmitter::Message::Ack(items) => return Message::Ack(items),
            retransmitter::Message::Items(items) => items,
        };
        let mut parcels: BTreeMap<&Tree, ItemSet> = BTreeMap::new();
        for item in items.iter() {
            let all = parcels.entry(&trees[&item]).or_insert(ItemSet::EMPTY);
            all.insert(item);
        }
        let parcels = parcels.into_iter().map(|(tree, items)| (tree.clone(), items));
        Message::Items(Parcels(parcels.collect()))
    }
}
