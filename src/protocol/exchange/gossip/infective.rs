//! Which items a zone still tells: it is *infective* for these, and *removed* for all others it
//! knows (Demers et al. 1987, 1.4).

use std::collections::BTreeMap;

use rand::Rng;

use super::params::{LossOfInterest, Mode, Removal, Trigger};
use crate::id::{Item, ItemSet};

/// What a zone is infective for, and how near it is to losing interest in it.
#[derive(Clone, Debug)]
pub struct Infective {
    params: LossOfInterest,
    /// Whether others ask it: it then hears of many contacts in a cycle and judges them together.
    is_asked: bool,
    items: ItemSet,
    /// Where that is not none: contacts or transmissions that count.
    counts: BTreeMap<Item, u32>,
    /// Of this cycle: what somebody needed, and what somebody knew already.
    needed: ItemSet,
    known: ItemSet,
    /// What the zone knew when the last synchronous cycle began.
    known_then: ItemSet,
}

impl Infective {
    /// Interest in nothing yet.
    pub fn new(waning: LossOfInterest, mode: Mode) -> Self {
        Self {
            params: waning,
            is_asked: mode != Mode::Push,
            items: ItemSet::EMPTY,
            counts: BTreeMap::new(),
            needed: ItemSet::EMPTY,
            known: ItemSet::EMPTY,
            known_then: ItemSet::EMPTY,
        }
    }

    /// What it is infective for.
    #[inline]
    pub fn items(&self) -> &ItemSet {
        &self.items
    }

    /// Whether it goes by what recipients say.
    pub fn uses_feedback(&self) -> bool {
        self.params.on == Trigger::Feedback
    }

    /// A synchronous cycle begins, in which the zone says that it knew this and no more.
    pub fn take_snapshot(&mut self, known: &ItemSet) {
        self.known_then = known.clone();
    }

    /// What it knew when the last synchronous cycle began.
    pub fn cycle_snapshot(&self) -> &ItemSet {
        &self.known_then
    }

    /// It has just come to know these.
    pub fn infect(&mut self, items: &ItemSet) {
        self.items.union_with(items);
    }

    /// These were told to somebody. It matters to the blind.
    pub fn sent(&mut self, items: &ItemSet, rng: &mut impl Rng) {
        if self.params.on == Trigger::Blind {
            let cold = self.infective_among(items).filter(|&item| self.loses_interest(item, rng));
            let cold = cold.collect();
            self.remove(cold);
        }
    }

    /// A recipient says what of the items told it knew already. Of what is hot no longer there is
    /// nothing to learn.
    pub fn feedback(&mut self, told: &ItemSet, knew: &ItemSet, rng: &mut impl Rng) {
        if self.params.on == Trigger::Blind {
            return;
        }
        if self.is_asked && self.params.by == Removal::Counter {
            self.needed.union_with(&told.difference(knew));
            self.known.union_with(knew);
            return;
        }
        self.count_contacts(&told.difference(knew), knew, rng);
    }

    /// A cycle ends, and with it the contacts that are judged together.
    pub fn end_cycle(&mut self, rng: &mut impl Rng) {
        let needed = std::mem::replace(&mut self.needed, ItemSet::EMPTY);
        let known = std::mem::replace(&mut self.known, ItemSet::EMPTY);
        self.count_contacts(&needed, &known.difference(&needed), rng);
    }

    /// Contacts that were needed, and such as were not.
    fn count_contacts(&mut self, needed: &ItemSet, unneeded: &ItemSet, rng: &mut impl Rng) {
        for item in needed.iter() {
            self.counts.remove(&item);
        }
        let cold =
            self.infective_among(unneeded).filter(|&item| self.loses_interest(item, rng)).collect();
        self.remove(cold);
    }

    fn infective_among(&self, items: &ItemSet) -> std::vec::IntoIter<Item> {
        let hot: Vec<_> = items.iter().filter(|&item| self.items.contains(item)).collect();
        hot.into_iter()
    }

    /// Counts once, or throws the coin; says whether interest in the item is lost.
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

    fn remove(&mut self, cold: Vec<Item>) {
        for item in cold {
            self.counts.remove(&item);
            self.items = self.items.difference(&ItemSet::of(item));
        }
    }
}
