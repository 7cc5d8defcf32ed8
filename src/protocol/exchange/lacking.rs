//! Items that others name and this node lacks: whom it asks for them.
//!
//! Anti-entropy by names: A. Demers et al.: "Epidemic algorithms for replicated database
//! maintenance" (PODC 1987), 1.1. Time passes in rounds. In a round an item is asked for once, from
//! the first node that names it. If a whole round brings no item, that node may be out of reach, and
//! from then on every node that names the item is asked.

use crate::id::ItemSet;

/// What a node lacks.
#[derive(Clone, Debug)]
pub struct Lacking {
    /// Asked for in this round.
    asked: ItemSet,
    /// Asked for in an earlier round, in vain.
    asked_before: ItemSet,
}

impl Default for Lacking {
    fn default() -> Self {
        Self { asked: ItemSet::EMPTY, asked_before: ItemSet::EMPTY }
    }
}

impl Lacking {
    /// A round begins.
    pub fn begin_round(&mut self) {
        self.asked_before.union_with(&self.asked);
        self.asked = ItemSet::EMPTY;
    }

    /// What to ask a node for that names these items, of which this node lacks all.
    pub fn ask(&mut self, named: &ItemSet) -> ItemSet {
        let mut ask = named.difference(&self.asked);
        ask.union_with(&named.intersection(&self.asked_before));
        self.asked.union_with(&ask);
        ask
    }

    /// Items have arrived.
    pub fn received(&mut self, items: &ItemSet) {
        self.asked_before = self.asked_before.difference(items);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Item;

    #[test]
    fn the_first_is_asked_then_all() {
        let (mut lacking, item) = (Lacking::default(), ItemSet::singleton(Item(3)));
        assert_eq!([lacking.ask(&item), lacking.ask(&item)], [item.clone(), ItemSet::EMPTY]);
        lacking.begin_round();
        assert_eq!([lacking.ask(&item), lacking.ask(&item)], [item.clone(), item.clone()]);
        lacking.received(&item);
        lacking.begin_round();
        // Its memory lost, a node lacks it again.
        let mut lacking = Lacking::default();
        assert_eq!([lacking.ask(&item), lacking.ask(&item)], [item.clone(), ItemSet::EMPTY]);
    }
}
