//! Node names, concatenated in one string: a million separate strings would be a million allocations.

use std::ops::Index;

/// Names by number, indexed from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameTable {
    text: String,
    /// By name, its end in `text`.
    ends: Vec<u32>,
}

impl NameTable {
    /// Number of names.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether the table has no name.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Iterates over the names by number.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|number| &self[number])
    }

    /// Appends a name; its number is the length before.
    pub fn push(&mut self, name: &str) {
        self.text.push_str(name);
        // Fits: a scenario file has at most `MAX_TOML` bytes, and a million generated names take some MB.
        self.ends.push(self.text.len() as u32);
    }
}

impl Index<usize> for NameTable {
    type Output = str;

    fn index(&self, number: usize) -> &str {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.text[start..self.ends[number] as usize]
    }
}

impl<S: AsRef<str>> FromIterator<S> for NameTable {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut table = Self::default();
        names.into_iter().for_each(|name| table.push(name.as_ref()));
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_boundaries() {
        let table = NameTable::from_iter(["z0", "", "uz"]);
        assert_eq!((table.len(), &table[0], &table[1], &table[2]), (3, "z0", "", "uz"));
        assert_eq!(table.iter().collect::<Vec<_>>(), ["z0", "", "uz"]);
        assert!(!table.is_empty() && NameTable::default().is_empty());
    }
}
