//! Sets of items, small in memory and on the wire.

use std::fmt;
use std::sync::Arc;

use serde::de;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Item;

/// A set of items.
///
/// Up to 128 items cost no allocation. Above that a set is a list of the words that are not empty, or
/// a table of all words once that is little larger; a clone shares either, and the next insertion
/// copies it, so sending a large set costs a counter.
///
/// On the wire it is a bitmap over the numbering of the scenario, a sequence of 64-bit words without
/// trailing zeros; or, where that is shorter, a sequence of how many empty words to skip and the word
/// behind them, closed by a zero.
#[derive(Clone)]
pub struct ItemSet(Words);

#[derive(Clone)]
enum Words {
    Inline([u64; 2]),
    Table(Arc<Vec<u64>>),
    /// Words that are not empty, in order.
    List(Arc<Vec<Word>>),
}

/// A word of a set, and where it stands.
type Word = (usize, u64);

/// A list with one word in so many becomes a table.
const DENSE: usize = 8;

impl ItemSet {
    /// The empty set.
    pub const EMPTY: Self = Self(Words::Inline([0; 2]));

    /// The set of one item.
    pub fn of(item: Item) -> Self {
        let mut set = Self::EMPTY;
        set.insert(item);
        set
    }

    /// The set of words that are not empty, in order.
    fn of_words(words: Vec<Word>) -> Self {
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
            Words::List(words) => find(words, index).map_or(0, |place| words[place].1),
        }
    }

    /// The words that are not empty, in order.
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

    /// Puts an item in; says whether it was new.
    pub fn insert(&mut self, item: Item) -> bool {
        let (index, bit) = (item.index() / 64, 1 << (item.0 % 64));
        if self.word(index) & bit != 0 {
            return false;
        }
        self.add(index, bit);
        true
    }

    /// Puts the items of a word in.
    fn add(&mut self, index: usize, bits: u64) {
        match &mut self.0 {
            Words::Inline(words) if index < words.len() => words[index] |= bits,
            Words::Inline(_) => {
                let words = self.words().chain([(index, bits)]).collect();
                *self = Self::of_words(words);
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
                    Ok(place) => words[place].1 |= bits,
                    Err(place) => words.insert(place, (index, bits)),
                }
                if words.last().is_some_and(|&(last, _)| words.len() * DENSE > last) {
                    self.0 = Words::Table(Arc::new(table(words)));
                }
            }
        }
    }

    /// Whether the item is in.
    #[inline]
    pub fn contains(&self, item: Item) -> bool {
        self.word(item.index() / 64) & (1 << (item.0 % 64)) != 0
    }

    /// Whether nothing is in.
    #[inline]
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Words::Inline(words) => *words == [0; 2],
            _ => self.words().next().is_none(),
        }
    }

    /// How many items are in.
    pub fn len(&self) -> u32 {
        match &self.0 {
            Words::Inline([low, high]) => low.count_ones() + high.count_ones(),
            _ => self.words().map(|(_, word)| word.count_ones()).sum(),
        }
    }

    /// Takes all of `other` in and returns what was new.
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

    /// What is in here and not in `other`.
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
        Self::of_words(left)
    }

    /// What is in both.
    pub fn intersection(&self, other: &Self) -> Self {
        if let (Words::Inline(a), Words::Inline(b)) = (&self.0, &other.0) {
            return Self(Words::Inline([a[0] & b[0], a[1] & b[1]]));
        }
        // The shorter of them is gone through.
        let is_table = matches!(self.0, Words::Table(_));
        let (few, many) = if is_table { (other, self) } else { (self, other) };
        let common = few.words().map(|(index, word)| (index, word & many.word(index)));
        Self::of_words(common.filter(|&(_, word)| word != 0).collect())
    }

    /// The items in order of number.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = Item> + '_ {
        let mut words = self.words();
        let (mut place, mut left) = (0, 0);
        std::iter::from_fn(move || {
            while left == 0 {
                (place, left) = words.next()?;
            }
            let bit = left.trailing_zeros();
            left &= left - 1;
            Some(Item(place as u32 * 64 + bit))
        })
    }

    /// What the wire carries.
    fn wire(&self) -> Wire {
        let (mut count, mut length) = (0, 0);
        let (mut bytes, mut skips) = (0, 0);
        for (index, word) in self.words() {
            skips += varint_size((index - length) as u64);
            bytes += varint_size(word);
            (count, length) = (count + 1, index + 1);
        }
        let table = varint_size(length as u64) + bytes + (length - count);
        let list = varint_size(2 * count as u64 + 1) + bytes + skips + 1;
        Wire { is_list: list < table, size: list.min(table), count, length }
    }

    /// Bytes on the wire: a count and the words, each as a variable-length integer.
    #[inline]
    pub fn size(&self) -> usize {
        match self.0 {
            Words::Inline([0, 0]) => 1,
            Words::Inline([low, 0]) => 1 + varint_size(low),
            Words::Inline([low, high]) => 1 + varint_size(low) + varint_size(high),
            _ => self.wire().size,
        }
    }
}

/// How a set travels.
struct Wire {
    is_list: bool,
    size: usize,
    /// Words that are not empty.
    count: usize,
    /// Words up to the last of them.
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

/// Bytes of an integer in seven-bit groups, as the wire has it.
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
        if serializer.is_human_readable() {
            return serializer.collect_seq(self.iter().map(|item| item.0));
        }
        let Wire { is_list, count, length, .. } = self.wire();
        if !is_list {
            return serializer.collect_seq((0..length).map(|index| self.word(index)));
        }
        let mut seq = serializer.serialize_seq(Some(2 * count + 1))?;
        let mut behind = 0;
        for (index, word) in self.words() {
            seq.serialize_element(&((index - behind) as u64))?;
            seq.serialize_element(&word)?;
            behind = index + 1;
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
            _ if is_readable => of_numbers(&numbers),
            [pairs @ .., 0] => of_pairs(pairs),
            words => {
                let words = words.iter().copied().enumerate().filter(|&(_, word)| word != 0);
                Some(ItemSet::of_words(words.collect()))
            }
        };
        set.ok_or_else(|| de::Error::custom("expected a set of items"))
    }
}

fn of_numbers(numbers: &[u64]) -> Option<ItemSet> {
    let mut set = ItemSet::EMPTY;
    for &number in numbers {
        set.insert(Item(u32::try_from(number).ok()?));
    }
    Some(set)
}

/// Of how many empty words to skip, and the word behind them.
fn of_pairs(pairs: &[u64]) -> Option<ItemSet> {
    const WORDS: u64 = 1 << 26;
    let (pairs, rest) = pairs.as_chunks::<2>();
    let mut behind = 0;
    let mut words = Vec::with_capacity(pairs.len());
    for &[skip, word] in pairs {
        let index = behind + Some(skip).filter(|&skip| skip < WORDS && word != 0)?;
        behind = Some(index + 1).filter(|&behind| behind <= WORDS)?;
        words.push((index as usize, word));
    }
    rest.is_empty().then(|| ItemSet::of_words(words))
}

#[cfg(test)]
mod tests;
