//! Items that were announced and have not arrived.

use std::collections::{BTreeMap, VecDeque};

use crate::id::{Item, ItemSet, NodeId};
use crate::time::SimDuration;

/// Announced items that the zone does not have.
#[derive(Clone, Debug, Default)]
pub struct Missing {
    /// The announcers of each item with the rounds they announced; the next one to ask is first.
    announced: BTreeMap<Item, VecDeque<(NodeId, u32)>>,
    /// The items of each timer, and the wait after it.
    waits: BTreeMap<u64, (ItemSet, SimDuration)>,
    /// The items of all timers.
    waited_for: ItemSet,
}

impl Missing {
    /// Records an announcement of missing items. Returns those that no timer waits for.
    pub fn announce(&mut self, items: &ItemSet, by: NodeId, round: u32) -> ItemSet {
        let mut new = ItemSet::EMPTY;
        for item in items.iter() {
            let all = self.announced.entry(item).or_default();
            if !self.waited_for.contains(item) {
                new.insert(item);
            }
            if all.iter().all(|(other, _)| *other != by) {
                all.push_back((by, round));
            }
        }
        new
    }

    /// The items among `items` that a peer has announced.
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

    /// A peer other than `from` that announced one of the items in a round earlier by at least
    /// `threshold`.
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

    pub fn received(&mut self, items: &ItemSet) {
        if !self.announced.is_empty() {
            for item in items.iter() {
                self.announced.remove(&item);
            }
        }
    }

    /// Forgets the announcements of a peer that it no longer stands by: it has only `has`.
    pub fn retain_announced(&mut self, node: NodeId, has: &ItemSet) {
        self.announced.retain(|item, all| {
            all.retain(|(other, _)| *other != node || has.contains(*item));
            !all.is_empty()
        });
    }

    pub fn start_timer(&mut self, number: u64, items: ItemSet, then: SimDuration) {
        self.waited_for.union_with(&items);
        self.waits.insert(number, (items, then));
    }

    /// Handles a timer. Returns the announcers to ask, each with the items that are still missing,
    /// and the next wait. The announcer that is asked moves to the end of the queue.
    pub fn fire(&mut self, number: u64) -> Option<(BTreeMap<NodeId, ItemSet>, SimDuration)> {
        let (items, then) = self.waits.remove(&number)?;
        self.waited_for = self.waited_for.difference(&items);
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

    /// Forgets the timers, which a crash has lost, and returns all missing items.
    pub fn restart(&mut self) -> ItemSet {
        self.waits.clear();
        self.waited_for = ItemSet::EMPTY;
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
