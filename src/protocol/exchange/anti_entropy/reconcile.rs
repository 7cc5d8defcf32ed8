//! Range-based set reconciliation: the answer to what another zone says of its items, range by range.
//!
//! A. Meyer: "Range-based set reconciliation" (2022), arXiv 2212.13567, 3.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::id::{Item, ItemSet};

/// What is said of the items of a range. It begins where the range before it ends, the first at item 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The first item after the range; None for all others.
    pub end: Option<Item>,
    /// What is said.
    pub content: Content,
}

/// What is said of the items of a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// Nothing: it is settled.
    Skip,
    /// The fingerprint of the items that the sender has.
    Fingerprint([u8; 16]),
    /// The names of the items that the sender has.
    Names(ItemSet),
}

/// How ranges are divided.
#[derive(Clone, Copy, Debug)]
pub struct Division {
    /// The parts of a range that differs.
    pub branching: usize,
    /// Up to so many items are named.
    pub threshold: usize,
}

/// What follows from what another has said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What to say in turn; without a settled end.
    pub ranges: Vec<Range>,
    /// The items of which the other has shown that it lacks them.
    pub extra: ItemSet,
    /// The items that the other has named and that are lacking here.
    pub lacking: ItemSet,
}

/// The items of a zone in order, with sums of their hashes: the fingerprint of a range takes a search.
#[derive(Clone, Debug)]
pub struct Index {
    items: Vec<Item>,
    /// Of the items before each place.
    sums: Vec<u128>,
}

impl Index {
    /// That of a set.
    pub fn new(set: &ItemSet) -> Self {
        let mut index = Self { items: Vec::new(), sums: vec![0] };
        index.add(set);
        index
    }

    /// Adds items that it lacks. The work grows with the number of items from the first new one on, so
    /// items in the order of their numbers cost no more than themselves.
    pub fn add(&mut self, new: &ItemSet) {
        let Some(first) = new.iter().next() else { return };
        let from = self.place(first);
        let mut rest = self.items.split_off(from);
        rest.extend(new.iter());
        rest.sort_unstable();
        self.sums.truncate(from + 1);
        let mut sum = self.sums[from];
        for item in rest {
            sum = sum.wrapping_add(xxh3_128(&item.0.to_le_bytes()));
            self.items.push(item);
            self.sums.push(sum);
        }
    }

    /// What a session begins with: the fingerprint of all items.
    pub fn opening(&self) -> Vec<Range> {
        vec![Range { end: None, content: self.fingerprint(0, self.items.len()) }]
    }

    /// Answers what another says.
    pub fn answer(&self, said: &[Range], division: Division) -> Outcome {
        let (extra, lacking) = (ItemSet::EMPTY, ItemSet::EMPTY);
        let mut outcome = Outcome { ranges: Vec::new(), extra, lacking };
        let mut from = 0;
        for Range { end, content } in said {
            let to = end.map_or(self.items.len(), |end| self.place(end)).max(from);
            match content {
                Content::Fingerprint(_) if *content != self.fingerprint(from, to) => {
                    self.divide((from, to), *end, division, &mut outcome.ranges);
                }
                Content::Skip | Content::Fingerprint(_) => skip(*end, &mut outcome.ranges),
                Content::Names(named) => {
                    let mine = self.set(from, to);
                    outcome.extra.union_with(&mine.difference(named));
                    outcome.lacking.union_with(&named.difference(&mine));
                    skip(*end, &mut outcome.ranges);
                }
            }
            from = to;
        }
        outcome.ranges.pop_if(|last| last.content == Content::Skip);
        outcome
    }

    /// Says more of a range that differs: names, or fingerprints of parts of equal size.
    fn divide(
        &self,
        (from, to): (usize, usize),
        end: Option<Item>,
        Division { branching, threshold }: Division,
        ranges: &mut Vec<Range>,
    ) {
        let count = to - from;
        if count <= threshold {
            return ranges.push(Range { end, content: Content::Names(self.set(from, to)) });
        }
        let parts = branching.min(count);
        let place = |part: usize| from + (count as u128 * part as u128 / parts as u128) as usize;
        for part in 0..parts {
            let (first, after) = (place(part), place(part + 1));
            let end = if part + 1 == parts { end } else { Some(self.items[after]) };
            ranges.push(Range { end, content: self.fingerprint(first, after) });
        }
    }

    /// The number of items before this one.
    fn place(&self, item: Item) -> usize {
        self.items.partition_point(|&mine| mine < item)
    }

    fn fingerprint(&self, from: usize, to: usize) -> Content {
        Content::Fingerprint(self.sums[to].wrapping_sub(self.sums[from]).to_le_bytes())
    }

    fn set(&self, from: usize, to: usize) -> ItemSet {
        let mut set = ItemSet::EMPTY;
        for &item in &self.items[from..to] {
            set.insert(item);
        }
        set
    }
}

/// Says that a range is settled; joins it to a settled one before it.
fn skip(end: Option<Item>, ranges: &mut Vec<Range>) {
    match ranges.last_mut() {
        Some(last) if last.content == Content::Skip => last.end = end,
        _ => ranges.push(Range { end, content: Content::Skip }),
    }
}

#[cfg(test)]
mod tests;
