//! The items that a zone knows, by round.

use std::collections::BTreeMap;

use super::message::ItemsOfRound;
use crate::id::ItemSet;

/// Known items, by the number of hops each took.
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
    pub fn all(&self) -> &ItemSet {
        &self.all
    }

    /// Adds items and returns those that are new.
    pub fn insert(&mut self, round: u32, items: &ItemSet) -> ItemSet {
        let new = self.all.union_with(items);
        if !new.is_empty() {
            self.by_round.entry(round).or_insert(ItemSet::EMPTY).union_with(&new);
        }
        new
    }

    /// The known items among `items`, with their rounds.
    pub fn grouped(&self, items: &ItemSet) -> Vec<ItemsOfRound> {
        let of = |(&round, all): (&u32, &ItemSet)| ItemsOfRound {
            round,
            items: all.intersection(items),
        };
        self.by_round.iter().map(of).filter(|rounds| !rounds.items.is_empty()).collect()
    }
}

pub fn all(rounds: &[ItemsOfRound]) -> ItemSet {
    let mut all = ItemSet::EMPTY;
    for ItemsOfRound { items, .. } in rounds {
        all.union_with(items);
    }
    all
}
