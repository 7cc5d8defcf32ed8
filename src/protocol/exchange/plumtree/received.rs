//! What a zone knows, by the hops that each item took to it.

use std::collections::BTreeMap;

use super::message::ItemsOfRound;
use crate::id::ItemSet;

/// Known items.
#[derive(Clone, Debug)]
pub struct ReceivedByRound {
    all: ItemSet,
    by_round: BTreeMap<u32, ItemSet>,
}

impl Default for ReceivedByRound {
    fn default() -> Self {
        Self { all: ItemSet::EMPTY, by_round: BTreeMap::new() }
    }
}

impl ReceivedByRound {
    /// All of them.
    pub fn all(&self) -> &ItemSet {
        &self.all
    }

    /// Takes items in; those that are new.
    pub fn insert(&mut self, round: u32, items: &ItemSet) -> ItemSet {
        let new = self.all.union_with(items);
        if !new.is_empty() {
            self.by_round.entry(round).or_insert(ItemSet::EMPTY).union_with(&new);
        }
        new
    }

    /// Some of them, with their rounds.
    pub fn grouped(&self, items: &ItemSet) -> Vec<ItemsOfRound> {
        let of = |(&round, all): (&u32, &ItemSet)| ItemsOfRound {
            round,
            items: all.intersection(items),
        };
        self.by_round.iter().map(of).filter(|heard| !heard.items.is_empty()).collect()
    }
}

/// The items of all rounds.
pub fn all(heard: &[ItemsOfRound]) -> ItemSet {
    let mut all = ItemSet::EMPTY;
    for ItemsOfRound { items, .. } in heard {
        all.union_with(items);
    }
    all
}
