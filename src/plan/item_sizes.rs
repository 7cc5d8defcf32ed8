//! The sizes of the bodies of items in messages.

use std::sync::Arc;

use crate::protocol::desk::GroundTruth;
use crate::protocol::{Items, WireMessage};

/// Bytes of the body of each item of a run.
#[derive(Clone, Debug)]
pub struct ItemSizes {
    /// Bytes of an item that has no size of its own.
    same: u64,
    /// What says the sizes of items, and their sum; None if all have the same.
    own: Option<(Arc<GroundTruth>, u64)>,
}

impl ItemSizes {
    /// All items have the same size.
    pub fn same(bytes: u64) -> Self {
        Self { same: bytes, own: None }
    }

    /// The sizes that the ground truth states for its items, and `same` for the others.
    pub fn new(same: u64, truth: &Arc<GroundTruth>) -> Self {
        let is_same = truth.items.iter().all(|facts| facts.bytes == same);
        let sum = truth.items.iter().fold(0, |sum: u64, facts| sum.saturating_add(facts.bytes));
        Self { same, own: (!is_same).then(|| (Arc::clone(truth), sum)) }
    }

    /// Size of a message in bytes: its encoding and the bodies of the items that it carries.
    #[inline]
    pub fn of_message(&self, message: &impl WireMessage) -> u64 {
        (message.size() as u64).saturating_add(self.of(message.items()))
    }

    /// Bytes of the bodies of some items.
    #[inline]
    pub fn of(&self, items: Items<'_>) -> u64 {
        match &self.own {
            None => u64::from(items.count()).saturating_mul(self.same),
            Some((truth, _)) => self.sum(truth, items),
        }
    }

    #[inline(never)]
    fn sum(&self, truth: &GroundTruth, items: Items<'_>) -> u64 {
        let bytes = |index: usize| truth.items.get(index).map_or(self.same, |facts| facts.bytes);
        items.iter().fold(0, |sum, item| bytes(item.index()).saturating_add(sum))
    }

    /// An upper bound on the bytes of the bodies of as many items, each once.
    pub fn most(&self, items: u64) -> u64 {
        match self.own {
            None => items.saturating_mul(self.same),
            Some((_, sum)) => sum,
        }
    }
}
