//! The total order of an exchange: all zones learn items in one order, without gaps.
//!
//! X. Défago, A. Schiper, P. Urbán: "Total order broadcast and multicast algorithms" (2004), 2.3, uniform
//! agreement and order without holes. A zone does not learn its own items, so two zones are compared
//! without the items of both: of the two sequences that are left, one begins with the other.

use super::origin::Origin;
use crate::id::{Item, NodeId};

/// The items that each zone has learnt, in order. What a zone learns again after it has lost its memory
/// does not count.
#[derive(Clone, Debug, Default)]
pub struct TotalOrder(Vec<Vec<Item>>);

/// Two zones that learn items in different orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The zones.
    pub zones: [NodeId; 2],
    /// What each learns at the place where they first differ.
    pub items: [Item; 2],
}

impl TotalOrder {
    /// Of so many zones.
    pub fn new(zones: u32) -> Self {
        Self(vec![Vec::new(); zones as usize])
    }

    /// Records that a zone learns an item. The hub is no zone.
    pub fn learn(&mut self, zone: NodeId, item: Item) {
        if let Some(learnt) = self.0.get_mut(zone.index()) {
            learnt.push(item);
        }
    }

    /// Compares all zones with the two that have learnt most: two, since the items of one of them are
    /// compared with the other only. Returns the first disagreement.
    pub fn disagreement(&self, origins: &[Option<Origin>]) -> Option<Disagreement> {
        let mut longest: Vec<usize> = (0..self.0.len()).collect();
        longest.sort_by_key(|&zone| std::cmp::Reverse(self.0[zone].len()));
        let pairs = longest.iter().take(2).flat_map(|&a| (0..self.0.len()).map(move |b| (a, b)));
        pairs.into_iter().find_map(|(a, b)| self.compare([a, b], origins))
    }

    fn compare(&self, zones: [usize; 2], origins: &[Option<Origin>]) -> Option<Disagreement> {
        let is_foreign = |item: &&Item| {
            let origin = origins.get(item.index()).copied().flatten();
            origin.is_none_or(|origin| zones.iter().all(|&zone| zone != origin.zone.index()))
        };
        let [a, b] = zones.map(|zone| self.0[zone].iter().filter(is_foreign));
        let (&left, &right) = a.zip(b).find(|(left, right)| left != right)?;
        let zones = zones.map(|zone| NodeId(zone as u32));
        Some(Disagreement { zones, items: [left, right] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SimTime;

    /// The disagreement of zones that have learnt these items; item i is published by zone i.
    fn found(learnt: &[&[u32]]) -> Option<([u32; 2], [u32; 2])> {
        let mut order = TotalOrder::new(learnt.len() as u32);
        for (zone, items) in learnt.iter().enumerate() {
            items.iter().for_each(|&item| order.learn(NodeId(zone as u32), Item(item)));
        }
        let origin = |zone| {
            let (at, zone) = (SimTime(0), NodeId(zone));
            Some(Origin { at, zone, entitled: 3, missing: 0, last: at })
        };
        let origins: Vec<_> = (0..9).map(origin).collect();
        let found = order.disagreement(&origins)?;
        Some((found.zones.map(|zone| zone.0), found.items.map(|item| item.0)))
    }

    #[test]
    fn zones_are_compared_without_their_own_items() {
        // One order: 5, 0, 1, 2, 6.
        assert_eq!(found(&[&[5, 1, 2, 6], &[5, 0, 2, 6], &[5, 0, 1, 6], &[5, 0, 1, 2]]), None);
        // Whoever is behind agrees; its own items it knows anyway.
        assert_eq!(found(&[&[5, 1, 2, 6], &[5, 0], &[], &[5, 0, 1]]), None);
        assert_eq!(found(&[&[5, 1, 2, 6], &[5, 0, 6]]), Some(([0, 1], [2, 6])));
        assert_eq!(found(&[&[5, 6], &[6, 5]]), Some(([0, 1], [5, 6])));
        // Only the second longest can tell of the items of the longest.
        assert_eq!(found(&[&[5, 6, 7, 8], &[0, 5, 6], &[5, 0]]), Some(([1, 2], [0, 5])));
    }
}
