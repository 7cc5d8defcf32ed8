//! The names of a world's nodes, end to end in one text: a million of them are a million allocations
//! otherwise.

use std::ops::Index;

/// Names by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameTable {
    text: String,
    /// By name, where it ends.
    ends: Vec<u32>,
}

impl NameTable {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All of them in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|number| &self[number])
    }

    /// One more.
    pub fn push(&mut self, name: &str) {
        self.text.push_str(name);
        // A scenario file is no longer than `MAX_TOML`, and a million generated names are some MB.
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
        let mut labels = Self::default();
        names.into_iter().for_each(|name| labels.push(name.as_ref()));
        labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_apart() {
        let labels = NameTable::from_iter(["z0", "", "uz"]);
        assert_eq!((labels.len(), &labels[0], &labels[1], &labels[2]), (3, "z0", "", "uz"));
        assert_eq!(labels.iter().collect::<Vec<_>>(), ["z0", "", "uz"]);
        assert!(!labels.is_empty() && NameTable::default().is_empty());
    }
}
