//! The items in a message, and what a protocol may know of an item.

use crate::id::{Item, ItemSet, varint_size};

/// The items that a message carries, without a copy of them.
#[derive(Clone, Copy)]
pub enum Items<'a> {
    /// No items.
    None,
    /// One item.
    One(Item),
    /// A set.
    Set(&'a ItemSet),
    /// Several sets.
    Sets(&'a dyn ItemSets),
}

/// Several sets of items in one message.
pub trait ItemSets {
    /// The set at an index; None at the end.
    fn set(&self, index: usize) -> Option<&ItemSet>;
}

impl<'a> Items<'a> {
    /// The number of items; one that is in two sets counts twice.
    #[inline]
    pub fn count(self) -> u32 {
        match self {
            Self::None => 0,
            Self::One(_) => 1,
            Self::Set(set) => set.len(),
            Self::Sets(_) => self.sets().map(ItemSet::len).sum(),
        }
    }

    /// The items, in order of number within a set.
    pub fn iter(self) -> impl Iterator<Item = Item> + 'a {
        let one = if let Self::One(item) = self { Some(item) } else { None };
        one.into_iter().chain(self.sets().flat_map(ItemSet::iter))
    }

    /// The bytes of these names in the encoding of a message, the number of items beside each set
    /// included.
    pub fn encoded_size(self) -> usize {
        match self {
            Self::One(item) => varint_size(item.0.into()),
            _ => self.sets().map(ItemSet::size).sum(),
        }
    }

    /// The bytes of these names if each takes `id_bytes`; the number of items beside a set takes what
    /// that of an empty set does.
    pub fn size_with_ids(self, id_bytes: u64) -> u64 {
        let sets = self.sets().count() as u64;
        let ids = u64::from(self.count()).saturating_mul(id_bytes);
        ids.saturating_add(sets.saturating_mul(ItemSet::EMPTY.size() as u64))
    }

    fn sets(self) -> impl Iterator<Item = &'a ItemSet> {
        let mut next = 0;
        std::iter::from_fn(move || {
            let index = next;
            next += 1;
            match self {
                Self::Set(set) if index == 0 => Some(set),
                Self::Sets(sets) => sets.set(index),
                _ => None,
            }
        })
    }
}

/// What a protocol may know of an item besides its number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemInfo {
    /// Bytes of its body in a message.
    pub bytes: u64,
    /// Its priority: items with a higher one go first. 0 unless the workload sets priorities.
    pub priority: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    impl ItemSets for Vec<ItemSet> {
        fn set(&self, index: usize) -> Option<&ItemSet> {
            self.get(index)
        }
    }

    #[test]
    fn items_are_iterated_and_counted_in_every_form() {
        let two: ItemSet = {
            let mut set = ItemSet::singleton(Item(3));
            set.insert(Item(200));
            set
        };
        let sets = vec![two.clone(), ItemSet::EMPTY, ItemSet::singleton(Item(3))];
        for (items, expected) in [
            (Items::None, vec![]),
            (Items::One(Item(7)), vec![7]),
            (Items::Set(&two), vec![3, 200]),
            (Items::Sets(&sets), vec![3, 200, 3]),
        ] {
            assert_eq!(items.iter().map(|item| item.0).collect::<Vec<_>>(), expected);
            assert_eq!(items.count() as usize, expected.len());
            let sets = items.sets().count();
            assert_eq!(items.size_with_ids(16) as usize, 16 * expected.len() + sets);
        }
    }
}
