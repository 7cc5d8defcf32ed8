//! The sizes of the bodies of items in messages.

use std::sync::Arc;

use rand::Rng;

use crate::id::Item;
use crate::protocol::desk::GroundTruth;
use crate::protocol::{Items, WireMessage};
use crate::rng::{RngStream, exponential};
use crate::scenario::{Between, Bytes, Size};

/// A distribution of bytes.
#[derive(Clone, Copy, Debug)]
pub enum RandomSize {
    /// Exponential, rounded to whole bytes.
    Exponential { mean: u64 },
    /// Uniform between two bounds, both included.
    Uniform { min: u64, max: u64 },
}

impl RandomSize {
    /// The distribution that a scenario states.
    pub fn new(size: Size) -> Self {
        match size {
            Size::Constant(Bytes(bytes)) => Self::constant(bytes),
            Size::Exponential(Bytes(mean)) => Self::Exponential { mean },
            Size::Uniform(Between([Bytes(min), Bytes(max)])) => Self::Uniform { min, max },
        }
    }

    /// Always the same.
    pub fn constant(bytes: u64) -> Self {
        Self::Uniform { min: bytes, max: bytes }
    }

    /// Whether it is always the same.
    pub fn is_constant(self) -> bool {
        matches!(self, Self::Uniform { min, max } if min == max)
    }

    /// The mean, rounded down.
    pub fn mean(self) -> u64 {
        match self {
            Self::Exponential { mean } => mean,
            Self::Uniform { min, max } => min + (max - min) / 2,
        }
    }

    /// Draws a size, from a uniform number or from a number below a bound.
    pub fn draw(self, unit: impl FnOnce() -> f64, below: impl FnOnce(u64) -> u64) -> u64 {
        match self {
            Self::Exponential { mean } => (mean as f64 * exponential(unit()) + 0.5) as u64,
            Self::Uniform { min, max } if min == max => min,
            Self::Uniform { min, max } => min + below((max - min).saturating_add(1)),
        }
    }

    /// Draws a size from a stream.
    pub fn draw_from(self, rng: &mut RngStream) -> u64 {
        let unit: f64 = rng.random();
        self.draw(|| unit, |bound| rng.random_range(0..bound))
    }
}

/// Bytes of the body of each item of a run.
#[derive(Clone, Debug)]
pub struct ItemSizes {
    /// Bytes of an item that has no size of its own.
    same: u64,
    /// What says the sizes of items, and their sum; None if all have the same.
    own: Option<(OwnSizes, u64)>,
    /// Bytes of the name of an item; None for those of its encoding.
    id_bytes: Option<u64>,
}

/// Where the sizes of items are.
#[derive(Clone, Debug)]
enum OwnSizes {
    Truth(Arc<GroundTruth>),
    /// By number.
    List(Arc<[u64]>),
}

impl OwnSizes {
    fn get(&self, index: usize) -> Option<u64> {
        match self {
            Self::Truth(truth) => truth.items.get(index).map(|facts| facts.bytes),
            Self::List(sizes) => sizes.get(index).copied(),
        }
    }
}

impl ItemSizes {
    /// All items have the same size.
    pub fn same(bytes: u64) -> Self {
        Self { same: bytes, own: None, id_bytes: None }
    }

    /// The sizes that the ground truth states for its items, and `same` for the others.
    pub fn new(same: u64, truth: &Arc<GroundTruth>) -> Self {
        let is_same = truth.items.iter().all(|facts| facts.bytes == same);
        let sum = truth.items.iter().fold(0, |sum: u64, facts| sum.saturating_add(facts.bytes));
        let own = (!is_same).then(|| (OwnSizes::Truth(Arc::clone(truth)), sum));
        Self { same, own, id_bytes: None }
    }

    /// The sizes of items by number, and `same` for the others.
    pub fn listed(same: u64, sizes: Vec<u64>) -> Self {
        let sum = sizes.iter().fold(0, |sum: u64, &bytes| sum.saturating_add(bytes));
        Self { same, own: Some((OwnSizes::List(sizes.into()), sum)), id_bytes: None }
    }

    /// With so many bytes for each name of an item in a message; None for those of the encoding.
    pub fn with_ids(self, id_bytes: Option<u64>) -> Self {
        Self { id_bytes, ..self }
    }

    /// The size that was drawn for an item; None if sizes are not drawn.
    pub fn drawn(&self, item: Item) -> Option<u64> {
        match &self.own {
            Some((OwnSizes::List(sizes), _)) => sizes.get(item.index()).copied(),
            _ => None,
        }
    }

    /// Size of a message in bytes: its encoding and the bodies of the items that it carries.
    #[inline]
    pub fn of_message(&self, message: &impl WireMessage) -> u64 {
        let size = match self.id_bytes {
            None => message.size() as u64,
            Some(id_bytes) => size_with_ids(message, id_bytes),
        };
        size.saturating_add(self.of(message.items()))
    }

    /// An upper bound on the bytes of the names of so many items in a message, in a set for each.
    pub fn most_names(&self, items: u64) -> u64 {
        let set = match self.id_bytes {
            None => 32 + 10 * items.div_ceil(64),
            Some(id_bytes) => items.saturating_mul(id_bytes).saturating_add(32),
        };
        (items + 1).saturating_mul(set)
    }

    /// Bytes of the bodies of some items.
    #[inline]
    pub fn of(&self, items: Items<'_>) -> u64 {
        match &self.own {
            None => u64::from(items.count()).saturating_mul(self.same),
            Some((own, _)) => self.sum(own, items),
        }
    }

    #[inline(never)]
    fn sum(&self, own: &OwnSizes, items: Items<'_>) -> u64 {
        let bytes = |index: usize| own.get(index).unwrap_or(self.same);
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

/// Size of a message in bytes, without bodies, if each name of an item takes so many.
#[inline(never)]
fn size_with_ids(message: &impl WireMessage, id_bytes: u64) -> u64 {
    let (mut encoded, mut named) = (0, 0_u64);
    message.for_each_name(&mut |items| {
        encoded += items.encoded_size() as u64;
        named = named.saturating_add(items.size_with_ids(id_bytes));
    });
    (message.size() as u64).saturating_sub(encoded).saturating_add(named)
}
