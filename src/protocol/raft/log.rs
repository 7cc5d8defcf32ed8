//! The log of a node.

use super::message::{Entry, Position};

/// The entries of a log, numbered from 1. Their terms never decrease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log<C>(Vec<Entry<C>>);

impl<C> Default for Log<C> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<C: Clone> Log<C> {
    /// All entries, in order.
    pub fn entries(&self) -> &[Entry<C>] {
        &self.0
    }

    /// The position of the last entry.
    pub fn last(&self) -> Position {
        self.position(self.0.len() as u64).unwrap_or_default()
    }

    /// The entry at an index.
    pub fn get(&self, index: u64) -> Option<&Entry<C>> {
        self.0.get(usize::try_from(index.checked_sub(1)?).ok()?)
    }

    /// The position at an index: of an entry, or before the first.
    pub fn position(&self, index: u64) -> Option<Position> {
        let term = if index == 0 { 0 } else { self.get(index)?.term };
        Some(Position { term, index })
    }

    /// The entries that follow an index, which is at most that of the last entry.
    pub fn after(&self, index: u64) -> &[Entry<C>] {
        &self.0[index as usize..]
    }

    /// Adds an entry at the end. Returns its index.
    pub fn push(&mut self, entry: Entry<C>) -> u64 {
        self.0.push(entry);
        self.0.len() as u64
    }

    /// Takes the entries that a leader has after `previous` (figure 2, AppendEntries, 2 to 4). Returns
    /// the index of the last of them.
    ///
    /// # Errors
    /// The log differs at `previous`: where the entries of the conflicting term begin, or the end of
    /// the log.
    ///
    /// # Panics
    /// An entry up to `committed` would be removed.
    pub fn append(
        &mut self,
        previous: Position,
        entries: Vec<Entry<C>>,
        committed: u64,
    ) -> Result<u64, Position> {
        match self.position(previous.index) {
            None => return Err(Position { term: 0, index: self.0.len() as u64 + 1 }),
            Some(own) if own != previous => {
                return Err(Position { term: own.term, index: self.first_of(own.term) });
            }
            Some(_) => {}
        }
        let through = previous.index + entries.len() as u64;
        for (entry, index) in entries.into_iter().zip(previous.index + 1..) {
            match self.get(index) {
                Some(own) if own.term == entry.term => continue,
                Some(_) => {
                    assert!(index > committed, "a committed entry would be removed");
                    self.0.truncate(index as usize - 1);
                }
                None => {}
            }
            self.0.push(entry);
        }
        Ok(through)
    }

    /// The index of the first entry whose term is not below this one.
    fn first_of(&self, term: u64) -> u64 {
        self.0.partition_point(|entry| entry.term < term) as u64 + 1
    }

    /// The index of the last entry of a term, if there is one.
    pub fn last_of(&self, term: u64) -> Option<u64> {
        let end = self.0.partition_point(|entry| entry.term <= term) as u64;
        self.get(end).filter(|entry| entry.term == term).map(|_| end)
    }
}
