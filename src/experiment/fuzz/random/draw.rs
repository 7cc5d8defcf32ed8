//! Draws of random scenarios, all from one seed.

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use crate::rng::{RngStream, stream};

/// The random numbers of a scenario.
pub struct ScenarioRng(RngStream);

impl ScenarioRng {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        Self(stream(seed, "random scenario", 0))
    }

    /// The generator of the access links of a seed. They have one of their own, so that all else in a
    /// scenario is the same with and without them.
    pub fn of_access_links(seed: u64) -> Self {
        Self(stream(seed, "random access links", 0))
    }

    /// The generator of the process of a seed, which changes nothing else that is drawn.
    pub fn process(seed: u64) -> Self {
        Self(stream(seed, "random process", 0))
    }

    /// The generator of one part of a scenario, which changes nothing else that is drawn.
    pub fn part(seed: u64, name: &str) -> Self {
        Self(stream(seed, name, 0))
    }

    /// The generator of the deputy of a seed, which changes nothing else that is drawn.
    pub fn deputy(seed: u64) -> Self {
        Self(stream(seed, "random deputy", 0))
    }

    /// A number from `min` to `max`, both included.
    pub fn between(&mut self, min: u64, max: u64) -> u64 {
        min + u64::from(self.0.random_range(0..=(max - min) as u32))
    }

    /// A number from `min` to `max`, both included: both ends often, and numbers of all magnitudes above
    /// `min`.
    pub fn within(&mut self, min: i64, max: i64) -> i64 {
        let distance = max.max(min).wrapping_sub(min) as u64;
        match self.between(1, 10) {
            1 => min,
            2 => min.wrapping_add(distance as i64),
            _ => {
                let bits = u64::from(distance.max(1).ilog2());
                let limit = distance >> self.between(0, bits);
                min.wrapping_add(self.0.random_range(0..=limit) as i64)
            }
        }
    }

    /// True with a probability in percent.
    pub fn percent(&mut self, share: u64) -> bool {
        self.between(1, 100) <= share
    }

    /// One of some values, with equal probability.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from.choose(&mut self.0).expect("a list to pick from").clone()
    }

    /// A number from 0 to `limit`, with four decimals.
    pub fn share(&mut self, limit: f64) -> String {
        format!("{:.4}", self.0.random::<f64>() * limit)
    }

    /// The values in random order.
    pub fn shuffled<T>(&mut self, mut of: Vec<T>) -> Vec<T> {
        of.shuffle(&mut self.0);
        of
    }

    /// Some of the values, at min one, sometimes all.
    pub fn some(&mut self, of: &[String]) -> Vec<String> {
        let max = if self.percent(15) { of.len() } else { of.len().div_ceil(3) };
        let count = if self.percent(10) { max } else { self.between(1, max as u64) as usize };
        let mut some = self.shuffled(of.to_vec());
        some.truncate(count);
        some
    }
}

/// A TOML list of names: `["cn", "ru"]`.
pub fn list(names: &[String]) -> String {
    format!("{names:?}")
}
