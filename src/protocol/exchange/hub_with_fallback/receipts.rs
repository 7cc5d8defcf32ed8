//! What the hub owes to origins: the receipt for each item, once all zones have acknowledged it.

use std::collections::BTreeMap;

use crate::id::{Item, ItemSet, NodeId};

/// The items that the hub has accepted. It is durable.
#[derive(Clone, Debug)]
pub struct Receipts {
    accepted: ItemSet,
    /// The items that some zone has not yet acknowledged: the origin, and how many zones there are; none
    /// while the item waits for a clerk.
    open: BTreeMap<Item, (NodeId, Option<u32>)>,
}

impl Default for Receipts {
    fn default() -> Self {
        Self { accepted: ItemSet::EMPTY, open: BTreeMap::new() }
    }
}

impl Receipts {
    /// Accepts items from their origin. Returns those that the hub has yet to pass on.
    pub fn accept(&mut self, items: &ItemSet, origin: NodeId) -> ItemSet {
        let new = items.difference(&self.accepted);
        self.accepted.union_with(&new);
        self.open.extend(new.iter().map(|item| (item, (origin, None))));
        new
    }

    /// The part of `items` that all zones have.
    pub fn confirmed(&self, items: &ItemSet) -> ItemSet {
        let accepted = items.intersection(&self.accepted);
        let mut confirmed = ItemSet::EMPTY;
        for item in accepted.iter().filter(|item| !self.open.contains_key(item)) {
            confirmed.insert(item);
        }
        confirmed
    }

    /// An item was sent to so many zones. Returns its origin if there is nobody to wait for.
    pub fn passed_on(&mut self, item: Item, zones: u32) -> Option<NodeId> {
        let (origin, left) = self.open.get_mut(&item)?;
        let origin = *origin;
        *left = Some(zones);
        (zones == 0).then(|| {
            self.open.remove(&item);
            origin
        })
    }

    /// A zone has acknowledged items that it had not acknowledged before. Returns those that all zones
    /// have now, by origin.
    pub fn acked(&mut self, items: &ItemSet) -> BTreeMap<NodeId, ItemSet> {
        let mut confirmed = BTreeMap::new();
        for item in items.iter() {
            let Some((origin, Some(left))) = self.open.get_mut(&item) else { continue };
            *left = left.saturating_sub(1);
            if *left == 0 {
                confirmed.entry(*origin).or_insert(ItemSet::EMPTY).insert(item);
                self.open.remove(&item);
            }
        }
        confirmed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_confirmed_once_all_have_it() {
        let (mut receipts, item) = (Receipts::default(), ItemSet::singleton(Item(4)));
        let origin = NodeId(2);
        assert_eq!(receipts.accept(&item, origin), item);
        assert_eq!(receipts.accept(&item, origin), ItemSet::EMPTY, "once");
        assert_eq!(receipts.passed_on(Item(4), 2), None);
        assert!(receipts.acked(&item).is_empty() && receipts.confirmed(&item).is_empty());
        assert_eq!(receipts.acked(&item), BTreeMap::from([(origin, item.clone())]));
        assert_eq!(receipts.confirmed(&item), item);
        // Nobody but the origin may have it.
        receipts.accept(&ItemSet::singleton(Item(5)), origin);
        assert_eq!(receipts.passed_on(Item(5), 0), Some(origin));
    }
}
