//! The items that a zone still spreads: it is *infective* for these, and *removed* for all others
//! that it knows (Demers et al. 1987, 1.4).

use std::collections::BTreeMap;

use rand::Rng;

use super::params::{LossOfInterest, Mode, Removal, Trigger};
use crate::id::{Item, ItemSet};

/// The items that a zone is infective for, and how close it is to losing interest in them.
#[derive(Clone, Debug)]
pub struct Infective {
    params: LossOfInterest,
    /// Whether other zones pull from it: it then makes several contacts in a cycle and counts them
    /// as one.
    is_pulled_from: bool,
    items: ItemSet,
    /// Contacts counted so far, where there are any.
    counts: BTreeMap<Item, u32>,
    /// Items that some contact of this cycle needed, and items that some contact knew.
    needed: ItemSet,
    known: ItemSet,
    /// The items that the zone knew when the last synchronous cycle began.
    snapshot: ItemSet,
}

impl Infective {
    pub fn new(params: LossOfInterest, mode: Mode) -> Self {
        Self {
            params,
            is_pulled_from: mode != Mode::Push,
            items: ItemSet::EMPTY,
            counts: BTreeMap::new(),
            needed: ItemSet::EMPTY,
            known: ItemSet::EMPTY,
            snapshot: ItemSet::EMPTY,
        }
    }

    /// The items that the zone is infective for.
    #[inline]
    pub fn items(&self) -> &ItemSet {
        &self.items
    }

    /// Whether interest is lost on feedback (not blindly).
    pub fn uses_feedback(&self) -> bool {
        self.params.on == Trigger::Feedback
    }

    /// Begins a synchronous cycle: feedback in it reports `known` and nothing newer.
    pub fn take_snapshot(&mut self, known: &ItemSet) {
        self.snapshot = known.clone();
    }

    /// The items that the zone knew when the last synchronous cycle began.
    pub fn cycle_snapshot(&self) -> &ItemSet {
        &self.snapshot
    }

    /// Becomes infective for items that are new to the zone.
    pub fn infect(&mut self, items: &ItemSet) {
        self.items.union_with(items);
    }

    /// Records that items were sent. Counts as a contact if interest is lost blindly.
    pub fn sent(&mut self, items: &ItemSet, rng: &mut impl Rng) {
        if self.params.on == Trigger::Blind {
            let removed =
                self.infective_among(items).filter(|&item| self.loses_interest(item, rng));
            let removed = removed.collect();
            self.remove(removed);
        }
    }

    /// Records which of the `told` items a recipient `knew`. Items that the zone is no longer
    /// infective for are ignored.
    pub fn feedback(&mut self, told: &ItemSet, knew: &ItemSet, rng: &mut impl Rng) {
        if self.params.on == Trigger::Blind {
            return;
        }
        if self.is_pulled_from && self.params.by == Removal::Counter {
            self.needed.union_with(&told.difference(knew));
            self.known.union_with(knew);
            return;
        }
        self.count_contacts(&told.difference(knew), knew, rng);
    }

    /// Counts the contacts of the cycle that ends as one.
    pub fn end_cycle(&mut self, rng: &mut impl Rng) {
        let needed = std::mem::replace(&mut self.needed, ItemSet::EMPTY);
        let known = std::mem::replace(&mut self.known, ItemSet::EMPTY);
        self.count_contacts(&needed, &known.difference(&needed), rng);
    }

    /// Counts a contact: resets the counters of needed items, advances those of unneeded ones.
    fn count_contacts(&mut self, needed: &ItemSet, unneeded: &ItemSet, rng: &mut impl Rng) {
        for item in needed.iter() {
            self.counts.remove(&item);
        }
        let removed =
            self.infective_among(unneeded).filter(|&item| self.loses_interest(item, rng)).collect();
        self.remove(removed);
    }

    fn infective_among(&self, items: &ItemSet) -> std::vec::IntoIter<Item> {
        let infective: Vec<_> = items.iter().filter(|&item| self.items.contains(item)).collect();
        infective.into_iter()
    }

    /// Advances the counter or tosses the coin. Returns whether interest in the item is lost.
    fn loses_interest(&mut self, item: Item, rng: &mut impl Rng) -> bool {
        match self.params.by {
            Removal::Coin => rng.random_range(0..self.params.k) == 0,
            Removal::Counter => {
                let count = self.counts.entry(item).or_default();
                *count += 1;
                *count >= self.params.k
            }
        }
    }

    fn remove(&mut self, removed: Vec<Item>) {
        for item in removed {
            self.counts.remove(&item);
            self.items = self.items.difference(&ItemSet::singleton(item));
        }
    }
}
