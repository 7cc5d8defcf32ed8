//! What a zone knows, by the hops that each item took to it.

use std::collections::BTreeMap;

use super::talk::Heard;
use crate::id::ItemSet;

/// Known items.
#[derive(Clone, Debug)]
pub struct Rounds {
    all: ItemSet,
    by_round: BTreeMap<u32, ItemSet>,
}

impl Default for Rounds {
    fn default() -> Self {
        Self { all: ItemSet::EMPTY, by_round: BTreeMap::new() }
    }
}

impl Rounds {
    /// All of them.
    pub fn all(&self) -> &ItemSet {
        &self.all
    }

    /// Takes items in; those that are new.
    pub fn insert(&mut self, round: u32, items: &ItemSet) -> ItemSet {
        let new = self.all.absorb(items);
        if !new.is_empty() {
            self.by_round.entry(round).or_insert(ItemSet::EMPTY).absorb(&new);
        }
        new
    }

    /// Some of them, with their rounds.
    pub fn grouped(&self, items: &ItemSet) -> Vec<Heard> {
        let of = |(&round, all): (&u32, &ItemSet)| Heard { round, items: all.both(items) };
        self.by_round.iter().map(of).filter(|heard| !heard.items.is_empty()).collect()
    }
}

/// The items of all rounds.
pub fn all(heard: &[Heard]) -> ItemSet {
    let mut all = ItemSet::EMPTY;
    for Heard { items, .. } in heard {
        all.absorb(items);
    }
    all
}
