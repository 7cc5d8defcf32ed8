//! What mutations draw.

use zonesim::rng::{RngStream, uniform_below};

/// A line of a list.
pub fn any(rng: &mut RngStream, list: &'static str) -> &'static str {
    let count = list.lines().count() as u32;
    list.lines().nth(uniform_below(rng, count) as usize).unwrap_or_default()
}

/// A place in something of this length, its end too.
pub fn place(rng: &mut RngStream, length: usize) -> usize {
    uniform_below(rng, length as u32 + 1) as usize
}
