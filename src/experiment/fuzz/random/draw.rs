//! Small draws, all from one seed.

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use crate::rng::{RngStream, stream};

/// What a scenario is drawn from.
pub struct ScenarioRng(RngStream);

impl ScenarioRng {
    /// The draws of a seed.
    pub fn new(seed: u64) -> Self {
        Self(stream(seed, "random scenario", 0))
    }

    /// A number from the least to the most, both included.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + u64::from(self.0.random_range(0..=(most - least) as u32))
    }

    /// A number from the least to the most, both included: either end often, and numbers of every
    /// size above the least.
    pub fn within(&mut self, least: i64, most: i64) -> i64 {
        let distance = most.max(least).wrapping_sub(least) as u64;
        match self.between(1, 10) {
            1 => least,
            2 => least.wrapping_add(distance as i64),
            _ => {
                let bits = u64::from(distance.max(1).ilog2());
                let limit = distance >> self.between(0, bits);
                least.wrapping_add(self.0.random_range(0..=limit) as i64)
            }
        }
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, share: u64) -> bool {
        self.between(1, 100) <= share
    }

    /// One of these.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from.choose(&mut self.0).expect("a list to pick from").clone()
    }

    /// A number with four decimals, from 0 up to a limit.
    pub fn share(&mut self, limit: f64) -> String {
        format!("{:.4}", self.0.random::<f64>() * limit)
    }

    /// The same, in another order.
    pub fn shuffled<T>(&mut self, mut of: Vec<T>) -> Vec<T> {
        of.shuffle(&mut self.0);
        of
    }

    /// Some of these, one at the least; all of them now and then.
    pub fn some(&mut self, of: &[String]) -> Vec<String> {
        let most = if self.percent(15) { of.len() } else { of.len().div_ceil(3) };
        let count = if self.percent(10) { most } else { self.between(1, most as u64) as usize };
        let mut some = self.shuffled(of.to_vec());
        some.truncate(count);
        some
    }
}

/// Names as TOML writes them: `["cn", "ru"]`.
pub fn list(names: &[String]) -> String {
    format!("{names:?}")
}
