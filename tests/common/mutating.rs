//! What mutations draw.

use zonesim::chance::{Stream, below};

/// A line of a list.
pub fn any(rng: &mut Stream, list: &'static str) -> &'static str {
    let count = list.lines().count() as u32;
    list.lines().nth(below(rng, count) as usize).unwrap_or_default()
}

/// A place in something of this length, its end too.
pub fn place(rng: &mut Stream, length: usize) -> usize {
    below(rng, length as u32 + 1) as usize
}
