//! Sets of items, small in memory and on the wire.

use std::fmt;
use std::sync::Arc;

use serde::de;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Item;

/// A set of items.
///
/// A set of items below 128 is stored inline. A larger set is a list of its non-zero 64-bit words, or
/// a table of all words where at least one in eight is non-zero. Clones share the list or table until
/// one of them changes, so sending a large set costs a reference count.
///
/// The wire format is the shorter of two: a bitmap of 64-bit words without trailing zeros; or pairs of
/// the number of zero words to skip and the next word, terminated by a zero.
#[derive(Clone)]
pub struct ItemSet(Words);

#[derive(Clone)]
enum Words {
    Inline([u64; 2]),
    Table(Arc<Vec<u64>>),
    /// Non-zero words, in order.
    List(Arc<Vec<Word>>),
}

/// The index of a word, and the word.
type Word = (usize, u64);

/// A list becomes a table when more than one in this many words is non-zero.
const DENSE: usize = 8;

impl Default for ItemSet {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl ItemSet {
    /// The empty set.
    pub const EMPTY: Self = Self(Words::Inline([0; 2]));

    /// The set of one item.
    pub fn singleton(item: Item) -> Self {
        let mut set = Self::EMPTY;
        set.insert(item);
        set
    }

    /// The set of these non-zero words, given in order.
    fn from_words(words: Vec<Word>) -> Self {
        match words.last() {
            None => Self::EMPTY,
            Some(&(last, _)) if last < 2 => {
                let mut inline = [0; 2];
                words.into_iter().for_each(|(index, word)| inline[index] = word);
                Self(Words::Inline(inline))
            }
            Some(&(last, _)) if words.len() * DENSE > last => {
                Self(Words::Table(Arc::new(table(&words))))
            }
            Some(_) => Self(Words::List(Arc::new(words))),
        }
    }

    #[inline]
    fn word(&self, index: usize) -> u64 {
        match &self.0 {
            Words::Inline(words) => words.get(index).copied().unwrap_or(0),
            Words::Table(words) => words.get(index).copied().unwrap_or(0),
            Words::List(words) => find(words, index).map_or(0, |found| words[found].1),
        }
    }

    /// The non-zero words, in order.
    #[inline]
    fn words(&self) -> impl Iterator<Item = Word> + '_ {
        let (all, list): (&[u64], &[Word]) = match &self.0 {
            Words::Inline(words) => (words, &[]),
            Words::Table(words) => (words, &[]),
            Words::List(words) => (&[], words),
        };
        let all = all.iter().copied().enumerate().filter(|&(_, word)| word != 0);
        all.chain(list.iter().copied())
    }

    /// Adds an item; returns whether it was new.
    pub fn insert(&mut self, item: Item) -> bool {
        let (index, bit) = (item.index() / 64, 1 << (item.0 % 64));
        if self.word(index) & bit != 0 {
            return false;
        }
        self.add(index, bit);
        true
    }

    fn add(&mut self, index: usize, bits: u64) {
        match &mut self.0 {
            Words::Inline(words) if index < words.len() => words[index] |= bits,
            Words::Inline(_) => {
                let words = self.words().chain([(index, bits)]).collect();
                *self = Self::from_words(words);
            }
            Words::Table(words) => {
                let words = Arc::make_mut(words);
                if words.len() <= index {
                    words.resize(index + 1, 0);
                }
                words[index] |= bits;
            }
            Words::List(shared) => {
                let words = Arc::make_mut(shared);
                match find(words, index) {
                    Ok(found) => words[found].1 |= bits,
                    Err(insertion) => words.insert(insertion, (index, bits)),
                }
                if words.last().is_some_and(|&(last, _)| words.len() * DENSE > last) {
                    self.0 = Words::Table(Arc::new(table(words)));
                }
            }
        }
    }

    /// Whether the set has the item; takes one step, or a binary search of the list.
    #[inline]
    pub fn contains(&self, item: Item) -> bool {
        self.word(item.index() / 64) & (1 << (item.0 % 64)) != 0
    }

    /// Whether the set has no item.
    #[inline]
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Words::Inline(words) => *words == [0; 2],
            _ => self.words().next().is_none(),
        }
    }

    /// The number of items.
    pub fn len(&self) -> u32 {
        match &self.0 {
            Words::Inline([low, high]) => low.count_ones() + high.count_ones(),
            _ => self.words().map(|(_, word)| word.count_ones()).sum(),
        }
    }

    /// Adds all items of `other`; returns those that were new.
    #[inline]
    pub fn union_with(&mut self, other: &Self) -> Self {
        if let (Words::Inline(mine), Words::Inline(theirs)) = (&mut self.0, &other.0) {
            let new = [theirs[0] & !mine[0], theirs[1] & !mine[1]];
            *mine = [mine[0] | theirs[0], mine[1] | theirs[1]];
            return Self(Words::Inline(new));
        }
        self.union_with_dense(other)
    }

    fn union_with_dense(&mut self, other: &Self) -> Self {
        let new = other.difference(self);
        new.words().for_each(|(index, word)| self.add(index, word));
        new
    }

    /// The items of this set that `other` lacks.
    #[inline]
    pub fn difference(&self, other: &Self) -> Self {
        if let (Words::Inline(a), Words::Inline(b)) = (&self.0, &other.0) {
            return Self(Words::Inline([a[0] & !b[0], a[1] & !b[1]]));
        }
        self.difference_dense(other)
    }

    fn difference_dense(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        let mut keep = |index, word| {
            if word != 0 {
                left.push((index, word));
            }
        };
        match (&self.0, &other.0) {
            (Words::Table(mine), Words::Table(theirs)) => {
                let theirs = theirs.iter().chain(std::iter::repeat(&0));
                let words = mine.iter().zip(theirs).enumerate();
                words.for_each(|(index, (&mine, &theirs))| keep(index, mine & !theirs));
            }
            _ => self.words().for_each(|(index, word)| keep(index, word & !other.word(index))),
        }
        Self::from_words(left)
    }

    /// The items of both sets.
    pub fn intersection(&self, other: &Self) -> Self {
        if let (Words::Inline(a), Words::Inline(b)) = (&self.0, &other.0) {
            return Self(Words::Inline([a[0] & b[0], a[1] & b[1]]));
        }
        // A list is the shorter one to iterate over.
        let is_table = matches!(self.0, Words::Table(_));
        let (iterated, other) = if is_table { (other, self) } else { (self, other) };
        let common = iterated.words().map(|(index, word)| (index, word & other.word(index)));
        Self::from_words(common.filter(|&(_, word)| word != 0).collect())
    }

    /// The items in ascending order.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = Item> + '_ {
        let mut words = self.words();
        let (mut index, mut left) = (0, 0);
        std::iter::from_fn(move || {
            while left == 0 {
                (index, left) = words.next()?;
            }
            let bit = left.trailing_zeros();
            left &= left - 1;
            Some(Item(index as u32 * 64 + bit))
        })
    }

    /// The shorter wire format, and its size.
    fn wire_format(&self) -> WireFormat {
        let (mut count, mut length) = (0, 0);
        let (mut bytes, mut skips) = (0, 0);
        for (index, word) in self.words() {
            skips += varint_size((index - length) as u64);
            bytes += varint_size(word);
            (count, length) = (count + 1, index + 1);
        }
        let table = varint_size(length as u64) + bytes + (length - count);
        let list = varint_size(2 * count as u64 + 1) + bytes + skips + 1;
        WireFormat { is_list: list < table, size: list.min(table), count, length }
    }

    /// The encoded size in bytes: a count and the words, each as a variable-length integer.
    #[inline]
    pub fn size(&self) -> usize {
        match self.0 {
            Words::Inline([0, 0]) => 1,
            Words::Inline([low, 0]) => 1 + varint_size(low),
            Words::Inline([low, high]) => 1 + varint_size(low) + varint_size(high),
            _ => self.wire_format().size,
        }
    }
}

struct WireFormat {
    is_list: bool,
    /// In bytes.
    size: usize,
    /// Non-zero words.
    count: usize,
    /// Words up to the last non-zero one.
    length: usize,
}

fn find(words: &[Word], index: usize) -> Result<usize, usize> {
    words.binary_search_by_key(&index, |&(index, _)| index)
}

fn table(words: &[Word]) -> Vec<u64> {
    let length = words.last().map_or(0, |&(last, _)| last + 1);
    let mut table = vec![0; length];
    words.iter().for_each(|&(index, word)| table[index] = word);
    table
}

/// The size in bytes of an integer encoded in groups of seven bits (LEB128, as postcard encodes it).
pub fn varint_size(value: u64) -> usize {
    (70 - (value | 1).leading_zeros() as usize) / 7
}

impl PartialEq for ItemSet {
    fn eq(&self, other: &Self) -> bool {
        self.words().eq(other.words())
    }
}

impl Eq for ItemSet {}

impl fmt::Debug for ItemSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|item| item.0)).finish()
    }
}

/// For people: `item 0`, `items 0, 2, 4-7`, `nothing`.
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
        if serializer.is_human_readable() {
            return serializer.collect_seq(self.iter().map(|item| item.0));
        }
        let WireFormat { is_list, count, length, .. } = self.wire_format();
        if !is_list {
            return serializer.collect_seq((0..length).map(|index| self.word(index)));
        }
        let mut seq = serializer.serialize_seq(Some(2 * count + 1))?;
        let mut next = 0;
        for (index, word) in self.words() {
            seq.serialize_element(&((index - next) as u64))?;
            seq.serialize_element(&word)?;
            next = index + 1;
        }
        seq.serialize_element(&0u64)?;
        seq.end()
    }
}

impl<'de> Deserialize<'de> for ItemSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let is_readable = deserializer.is_human_readable();
        let numbers = Vec::<u64>::deserialize(deserializer)?;
        let set = match numbers.as_slice() {
            _ if is_readable => from_numbers(&numbers),
            [pairs @ .., 0] => from_pairs(pairs),
            words => {
                let words = words.iter().copied().enumerate().filter(|&(_, word)| word != 0);
                Some(ItemSet::from_words(words.collect()))
            }
        };
        set.ok_or_else(|| de::Error::custom("expected a set of items"))
    }
}

fn from_numbers(numbers: &[u64]) -> Option<ItemSet> {
    let mut set = ItemSet::EMPTY;
    for &number in numbers {
        set.insert(Item(u32::try_from(number).ok()?));
    }
    Some(set)
}

/// Reads pairs of the number of zero words to skip and a word; `None` if they are no set.
fn from_pairs(pairs: &[u64]) -> Option<ItemSet> {
    /// Words up to that of item 2^32 - 1.
    const WORDS: u64 = 1 << 26;
    let (pairs, rest) = pairs.as_chunks::<2>();
    let mut next = 0;
    let mut words = Vec::with_capacity(pairs.len());
    for &[skip, word] in pairs {
        let index = next + Some(skip).filter(|&skip| skip < WORDS && word != 0)?;
        next = Some(index + 1).filter(|&next| next <= WORDS)?;
        words.push((index as usize, word));
    }
    rest.is_empty().then(|| ItemSet::from_words(words))
}

#[cfg(test)]
mod tests;
