//! Which items a zone still tells: it is *infective* for these, and *removed* for all others it
//! knows (Demers et al. 1987, 1.4).

use std::collections::BTreeMap;

use rand_chacha::rand_core::RngCore;

use super::settings::{By, Mode, On, Waning};
use crate::chance::below;
use crate::id::{Item, ItemSet};

/// What a zone is infective for, and how near it is to losing interest in it.
#[derive(Clone, Debug)]
pub struct Interest {
    waning: Waning,
    /// Whether others ask it: it then hears of many contacts in a cycle and judges them together.
    is_asked: bool,
    hot: ItemSet,
    /// Where that is not none: contacts or transmissions that count.
    counts: BTreeMap<Item, u32>,
    /// Of this cycle: what somebody needed, and what somebody knew already.
    needed: ItemSet,
    known: ItemSet,
    /// What the zone knew when the last aligned cycle began.
    known_then: ItemSet,
}

impl Interest {
    /// Interest in nothing yet.
    pub fn new(waning: Waning, mode: Mode) -> Self {
        Self {
            waning,
            is_asked: mode != Mode::Push,
            hot: ItemSet::EMPTY,
            counts: BTreeMap::new(),
            needed: ItemSet::EMPTY,
            known: ItemSet::EMPTY,
            known_then: ItemSet::EMPTY,
        }
    }

    /// What it is infective for.
    #[inline]
    pub fn hot(&self) -> &ItemSet {
        &self.hot
    }

    /// Whether it goes by what recipients say.
    pub fn is_fed_back(&self) -> bool {
        self.waning.on == On::Feedback
    }

    /// An aligned cycle begins, in which the zone says that it knew this and no more.
    pub fn remember(&mut self, known: &ItemSet) {
        self.known_then = known.clone();
    }

    /// What it knew when the last aligned cycle began.
    pub fn known_then(&self) -> &ItemSet {
        &self.known_then
    }

    /// It has just come to know these.
    pub fn catch(&mut self, items: &ItemSet) {
        self.hot.absorb(items);
    }

    /// These were told to somebody. It matters to the blind.
    pub fn told(&mut self, items: &ItemSet, rng: &mut impl RngCore) {
        if self.waning.on == On::Blind {
            let cold = self.of_hot(items).filter(|&item| self.tires(item, rng));
            let cold = cold.collect();
            self.lose(cold);
        }
    }

    /// A recipient says what of the items told it knew already. Of what is hot no longer there is
    /// nothing to learn.
    pub fn hear(&mut self, told: &ItemSet, knew: &ItemSet, rng: &mut impl RngCore) {
        if self.waning.on == On::Blind {
            return;
        }
        if self.is_asked && self.waning.by == By::Counter {
            self.needed.absorb(&told.minus(knew));
            self.known.absorb(knew);
            return;
        }
        self.weigh(&told.minus(knew), knew, rng);
    }

    /// A cycle ends, and with it the contacts that are judged together.
    pub fn turn(&mut self, rng: &mut impl RngCore) {
        let needed = std::mem::replace(&mut self.needed, ItemSet::EMPTY);
        let known = std::mem::replace(&mut self.known, ItemSet::EMPTY);
        self.weigh(&needed, &known.minus(&needed), rng);
    }

    /// Contacts that were needed, and such as were not.
    fn weigh(&mut self, needed: &ItemSet, unneeded: &ItemSet, rng: &mut impl RngCore) {
        for item in needed.iter() {
            self.counts.remove(&item);
        }
        let cold = self.of_hot(unneeded).filter(|&item| self.tires(item, rng)).collect();
        self.lose(cold);
    }

    fn of_hot(&self, items: &ItemSet) -> std::vec::IntoIter<Item> {
        let hot: Vec<_> = items.iter().filter(|&item| self.hot.contains(item)).collect();
        hot.into_iter()
    }

    /// Counts once, or throws the coin; says whether interest in the item is lost.
    fn tires(&mut self, item: Item, rng: &mut impl RngCore) -> bool {
        match self.waning.by {
            By::Coin => below(rng, self.waning.k) == 0,
            By::Counter => {
                let count = self.counts.entry(item).or_default();
                *count += 1;
                *count >= self.waning.k
            }
        }
    }

    fn lose(&mut self, cold: Vec<Item>) {
        for item in cold {
            self.counts.remove(&item);
            self.hot = self.hot.minus(&ItemSet::of(item));
        }
    }
}
