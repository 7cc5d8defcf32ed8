//! Numbers of things: nodes, items, members, and sets of items.
//!
//! Everything is numbered from zero in the order of the scenario file. Zones come first; the hub,
//! where there is one, is the node after the last zone.

use std::fmt;
use std::rc::Rc;

use serde::de::{self, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// The number as an index into a table.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

number! {
    /// A node: a zone, or the hub after the last zone.
    NodeId
}
number! {
    /// A piece of intelligence. Its content stands in the run's ledger; what travels is its number.
    Item
}
number! {
    /// A member of the organisation. Synthetic: a number, never a person.
    Member
}

/// A set of items.
///
/// Up to 128 items cost no allocation; above that a clone shares the table and the next insertion
/// copies it, so sending a large set costs a counter.
///
/// On the wire it is a bitmap over the numbering of the scenario: a sequence of 64-bit words
/// without trailing zeros.
#[derive(Clone)]
pub struct ItemSet(Words);

#[derive(Clone)]
enum Words {
    Inline([u64; 2]),
    Shared(Rc<Vec<u64>>),
}

impl ItemSet {
    /// The empty set.
    pub const EMPTY: Self = Self(Words::Inline([0; 2]));

    /// The set of one item.
    pub fn of(item: Item) -> Self {
        let mut set = Self::EMPTY;
        set.insert(item);
        set
    }

    fn words(&self) -> &[u64] {
        match &self.0 {
            Words::Inline(words) => words,
            Words::Shared(words) => words,
        }
    }

    fn words_mut(&mut self, at_least: usize) -> &mut [u64] {
        if let Words::Inline(words) = &self.0
            && at_least > words.len()
        {
            self.0 = Words::Shared(Rc::new(words.to_vec()));
        }
        match &mut self.0 {
            Words::Inline(words) => words,
            Words::Shared(words) => {
                let words = Rc::make_mut(words);
                if words.len() < at_least {
                    words.resize(at_least, 0);
                }
                words
            }
        }
    }

    /// Puts an item in; says whether it was new.
    pub fn insert(&mut self, item: Item) -> bool {
        let (word, bit) = (item.index() / 64, 1 << (item.0 % 64));
        if self.words().get(word).is_some_and(|w| w & bit != 0) {
            return false;
        }
        self.words_mut(word + 1)[word] |= bit;
        true
    }

    /// Whether the item is in.
    pub fn contains(&self, item: Item) -> bool {
        self.words().get(item.index() / 64).is_some_and(|word| word & (1 << (item.0 % 64)) != 0)
    }

    /// Whether nothing is in.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.words().iter().all(|&word| word == 0)
    }

    /// How many items are in.
    pub fn len(&self) -> u32 {
        self.words().iter().map(|word| word.count_ones()).sum()
    }

    /// Takes all of `other` in and returns what was new.
    #[inline]
    pub fn absorb(&mut self, other: &Self) -> Self {
        if let (Words::Inline(mine), Words::Inline(theirs)) = (&mut self.0, &other.0) {
            let new = [theirs[0] & !mine[0], theirs[1] & !mine[1]];
            *mine = [mine[0] | theirs[0], mine[1] | theirs[1]];
            return Self(Words::Inline(new));
        }
        self.absorb_shared(other)
    }

    fn absorb_shared(&mut self, other: &Self) -> Self {
        let new = other.minus(self);
        if !new.is_empty() {
            let words = new.words();
            for (mine, &more) in self.words_mut(words.len()).iter_mut().zip(words) {
                *mine |= more;
            }
        }
        new
    }

    /// What is in here and not in `other`.
    #[inline]
    pub fn minus(&self, other: &Self) -> Self {
        if let (Words::Inline(a), Words::Inline(b)) = (&self.0, &other.0) {
            return Self(Words::Inline([a[0] & !b[0], a[1] & !b[1]]));
        }
        self.minus_shared(other)
    }

    fn minus_shared(&self, other: &Self) -> Self {
        let theirs = other.words();
        let left = self
            .words()
            .iter()
            .enumerate()
            .map(|(i, &word)| word & !theirs.get(i).copied().unwrap_or(0))
            .collect();
        Self(Words::Shared(Rc::new(left)))
    }

    /// What is in both.
    pub fn both(&self, other: &Self) -> Self {
        self.minus(&self.minus(other))
    }

    /// The items in order of number.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = Item> + '_ {
        let words = self.words();
        let (mut place, mut left) = (0, words[0]);
        std::iter::from_fn(move || {
            while left == 0 {
                place += 1;
                left = *words.get(place)?;
            }
            let bit = left.trailing_zeros();
            left &= left - 1;
            Some(Item(place as u32 * 64 + bit))
        })
    }

    /// The words of the set without trailing zeros: what the wire carries.
    fn trimmed(&self) -> &[u64] {
        let words = self.words();
        let length = words.iter().rposition(|&word| word != 0).map_or(0, |last| last + 1);
        &words[..length]
    }

    /// Bytes on the wire: a count and the words, each as a variable-length integer.
    pub fn size(&self) -> usize {
        let words = self.trimmed();
        varint_size(words.len() as u64) + words.iter().map(|&w| varint_size(w)).sum::<usize>()
    }
}

/// Bytes of an integer in seven-bit groups, as the wire has it.
pub fn varint_size(value: u64) -> usize {
    (70 - (value | 1).leading_zeros() as usize) / 7
}

impl PartialEq for ItemSet {
    fn eq(&self, other: &Self) -> bool {
        self.trimmed() == other.trimmed()
    }
}

impl Eq for ItemSet {}

impl fmt::Debug for ItemSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|item| item.0)).finish()
    }
}

/// In words: `item 0`, `items 0, 2, 4-7`, `nothing`.
impl fmt::Display for ItemSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut items = self.iter().map(|item| item.0).peekable();
        f.write_str(match self.len() {
            0 => "nothing",
            1 => "item ",
            _ => "items ",
        })?;
        let mut comma = "";
        while let Some(first) = items.next() {
            let mut last = first;
            while let Some(next) = items.next_if(|&next| next == last + 1) {
                last = next;
            }
            match last - first {
                0 => write!(f, "{comma}{first}")?,
                1 => write!(f, "{comma}{first}, {last}")?,
                _ => write!(f, "{comma}{first}-{last}")?,
            }
            comma = ", ";
        }
        Ok(())
    }
}

impl Serialize for ItemSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let words = self.trimmed();
        if serializer.is_human_readable() {
            return serializer.collect_seq(self.iter().map(|item| item.0));
        }
        let mut seq = serializer.serialize_seq(Some(words.len()))?;
        for word in words {
            seq.serialize_element(word)?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for ItemSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordsVisitor {
            numbers: bool,
        }
        impl<'de> Visitor<'de> for WordsVisitor {
            type Value = ItemSet;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a set of items")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ItemSet, A::Error> {
                let mut set = ItemSet::EMPTY;
                let mut index = 0;
                while let Some(word) = seq.next_element::<u64>()? {
                    if self.numbers {
                        let number = u32::try_from(word).map_err(de::Error::custom)?;
                        set.insert(Item(number));
                    } else {
                        set.words_mut(index + 1)[index] = word;
                    }
                    index += 1;
                }
                Ok(set)
            }
        }
        let numbers = deserializer.is_human_readable();
        deserializer.deserialize_seq(WordsVisitor { numbers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_the_same_small_and_large() {
        for limit in [1, 64, 65, 128, 129, 700] {
            let mut set = ItemSet::EMPTY;
            let numbers: Vec<u32> = (0..limit).filter(|n| n % 3 == 0).collect();
            assert!(numbers.iter().all(|&n| set.insert(Item(n))));
            assert!(numbers.iter().all(|&n| !set.insert(Item(n))));
            assert_eq!(set.iter().map(|item| item.0).collect::<Vec<_>>(), numbers);
            assert_eq!(set.len() as usize, numbers.len());
            let wire = postcard::to_stdvec(&set).unwrap();
            assert_eq!(wire.len(), set.size());
            assert_eq!(postcard::from_bytes::<ItemSet>(&wire).unwrap(), set);
        }
    }

    #[test]
    fn a_set_is_told_in_words() {
        for (numbers, words) in [
            (&[][..], "nothing"),
            (&[7], "item 7"),
            (&[0, 1], "items 0, 1"),
            (&[0, 2, 4, 5, 6, 7, 9, 10, 700], "items 0, 2, 4-7, 9, 10, 700"),
        ] {
            let mut set = ItemSet::EMPTY;
            numbers.iter().for_each(|&number| assert!(set.insert(Item(number))));
            assert_eq!(set.to_string(), words);
        }
    }

    #[test]
    fn absorbing_returns_what_was_new() {
        for high in [5, 500] {
            let mut mine = ItemSet::of(Item(3));
            let mut theirs = ItemSet::of(Item(3));
            theirs.insert(Item(high));
            assert_eq!(mine.absorb(&theirs), ItemSet::of(Item(high)));
            assert!(mine.absorb(&theirs).is_empty());
            assert_eq!(mine, theirs);
        }
    }

    #[test]
    fn varints_are_as_long_as_postcard_makes_them() {
        for shift in 0..64 {
            for value in [1u64 << shift, (1 << shift) - 1] {
                let wire = postcard::to_stdvec(&value).unwrap();
                assert_eq!(wire.len(), varint_size(value), "{value}");
            }
        }
    }
}
