//! What mutations draw.

use rand::Rng;
use zonesim::rng::RngStream;

/// A line of a list.
pub fn any(rng: &mut RngStream, list: &'static str) -> &'static str {
    let count = list.lines().count() as u32;
    list.lines().nth(rng.random_range(0..count) as usize).unwrap_or_default()
}

/// A place in something of this length, its end too.
pub fn place(rng: &mut RngStream, length: usize) -> usize {
    rng.random_range(0..length as u32 + 1) as usize
}
