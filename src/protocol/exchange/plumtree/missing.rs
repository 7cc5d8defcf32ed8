//! What was announced and has not come.

use std::collections::{BTreeMap, VecDeque};

use crate::id::{Item, ItemSet, NodeId};
use crate::time::SimDuration;

/// Items that others have.
#[derive(Clone, Debug, Default)]
pub struct Missing {
    /// Who has each, and in which round; who is to be asked next is first.
    announced: BTreeMap<Item, VecDeque<(NodeId, u32)>>,
    /// What each timer waits for, and how long is waited after it.
    waits: BTreeMap<u64, (ItemSet, SimDuration)>,
}

impl Missing {
    /// A neighbour has items that are not known here; those that nobody had announced.
    pub fn announce(&mut self, items: &ItemSet, by: NodeId, round: u32) -> ItemSet {
        let mut new = ItemSet::EMPTY;
        for item in items.iter() {
            let all = self.announced.entry(item).or_default();
            if all.is_empty() {
                new.insert(item);
            }
            if all.iter().all(|(other, _)| *other != by) {
                all.push_back((by, round));
            }
        }
        new
    }

    /// Those of some items that a neighbour has announced.
    pub fn announced_by(&self, node: NodeId, items: &ItemSet) -> ItemSet {
        let mut announced = ItemSet::EMPTY;
        if !self.announced.is_empty() {
            let has = |item: &Item| self.announced.get(item).is_some_and(|all| has(all, node));
            items.iter().filter(has).for_each(|item| {
                announced.insert(item);
            });
        }
        announced
    }

    /// Who but `from` announced one of some items as of a round that is earlier by the threshold.
    pub fn nearer(
        &self,
        items: &ItemSet,
        from: NodeId,
        round: u32,
        threshold: u32,
    ) -> Option<NodeId> {
        let all = items.iter().filter_map(|item| self.announced.get(&item)).flatten();
        let mut nearer =
            all.filter(|(node, at)| *node != from && at.saturating_add(threshold) <= round);
        nearer.next().map(|(node, _)| *node)
    }

    /// These have come.
    pub fn received(&mut self, items: &ItemSet) {
        if !self.announced.is_empty() {
            for item in items.iter() {
                self.announced.remove(&item);
            }
        }
    }

    /// A neighbour has nothing but these.
    pub fn retain_announced(&mut self, node: NodeId, has: &ItemSet) {
        self.announced.retain(|item, all| {
            all.retain(|(other, _)| *other != node || has.contains(*item));
            !all.is_empty()
        });
    }

    /// A timer waits for these.
    pub fn start_timer(&mut self, number: u64, items: ItemSet, then: SimDuration) {
        self.waits.insert(number, (items, then));
    }

    /// A timer has run out: who is asked for what of it is still missing, and how long is waited
    /// then. Who is asked is the last to be asked again.
    pub fn fire(&mut self, number: u64) -> Option<(BTreeMap<NodeId, ItemSet>, SimDuration)> {
        let (items, then) = self.waits.remove(&number)?;
        let mut asked = BTreeMap::<NodeId, ItemSet>::new();
        for item in items.iter() {
            if let Some(all) = self.announced.get_mut(&item)
                && let Some(&(first, _)) = all.front()
            {
                all.rotate_left(1);
                asked.entry(first).or_insert(ItemSet::EMPTY).insert(item);
            }
        }
        Some((asked, then))
    }

    /// The timers are gone; all that is missing.
    pub fn restart(&mut self) -> ItemSet {
        self.waits.clear();
        let mut all = ItemSet::EMPTY;
        for &item in self.announced.keys() {
            all.insert(item);
        }
        all
    }
}

fn has(all: &VecDeque<(NodeId, u32)>, node: NodeId) -> bool {
    all.iter().any(|(other, _)| *other == node)
}
