//! Chance: everything random comes from one `u64` seed.
//!
//! Two kinds, for two needs:
//! - [`RngStream`]: a ChaCha8 sequence with a name (`workload`, a zone and the count of its
//!   restarts). A name of its own means that adding a zone leaves the draws of the others alone.
//! - [`CounterRng`]: numbers that depend on nothing but a key and a counter. What the network does to a
//!   message is drawn from (seed, link, instant of sending, how manyth on that link in that
//!   instant), so two protocols meet the same network and their comparison is paired.

mod distribution;
mod philox;

pub use distribution::{exponential, normal_quantile, uniform01};
/// The version whose traits [`RngStream`] implements. A protocol that draws with
/// `zonesim::rng::rand::Rng` needs no version of its own.
pub use rand;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A named sequence of random numbers.
///
/// It is made when it is first drawn from, since most machines of most zones never draw; and a
/// generator, 320 bytes, when more than a few words are drawn, since in large worlds most zones draw
/// no more.
#[derive(Clone, Debug)]
pub struct RngStream {
    seed: u64,
    number: u64,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Unmade,
    Few(Box<FewWords>),
    Many(Box<ChaCha8Rng>),
}

/// The first words of a sequence, and how many of them have been drawn.
#[derive(Clone, Debug)]
struct FewWords {
    words: [u32; FEW],
    taken: usize,
}

const FEW: usize = 30;

/// The stream of `name` under `seed`. `part` tells streams of one name apart: what of a zone draws
/// from it, and how often that zone was restarted.
pub fn stream(seed: u64, name: &str, part: u64) -> RngStream {
    RngStream { seed, number: xxh3_64_with_seed(name.as_bytes(), part), state: State::Unmade }
}

impl RngStream {
    fn generator(&self) -> ChaCha8Rng {
        let mut made = ChaCha8Rng::seed_from_u64(self.seed);
        made.set_stream(self.number);
        made
    }

    /// The next of the first words, so many of them, if there are.
    #[inline(never)]
    fn next_few<const N: usize>(&mut self) -> Option<[u32; N]> {
        if matches!(self.state, State::Unmade) {
            let mut made = self.generator();
            let words = std::array::from_fn(|_| made.next_u32());
            self.state = State::Few(Box::new(FewWords { words, taken: 0 }));
        }
        let State::Few(few) = &mut self.state else { return None };
        let words = few.words.get(few.taken..few.taken + N)?;
        few.taken += N;
        words.try_into().ok()
    }

    /// The generator of all words that have not been drawn.
    #[inline(never)]
    fn many(&mut self) -> &mut ChaCha8Rng {
        if !matches!(self.state, State::Many(_)) {
            let mut made = self.generator();
            if let State::Few(few) = &self.state {
                made.set_word_pos(few.taken as u128);
            }
            self.state = State::Many(Box::new(made));
        }
        let State::Many(made) = &mut self.state else { unreachable!("it has just been made") };
        made
    }
}

impl RngCore for RngStream {
    #[inline]
    fn next_u32(&mut self) -> u32 {
        if let State::Many(made) = &mut self.state {
            return made.next_u32();
        }
        self.next_few().map_or_else(|| self.many().next_u32(), |[word]| word)
    }

    #[inline]
    fn next_u64(&mut self) -> u64 {
        if let State::Many(made) = &mut self.state {
            return made.next_u64();
        }
        let both = |[low, high]: [u32; 2]| u64::from(high) << 32 | u64::from(low);
        self.next_few().map_or_else(|| self.many().next_u64(), both)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.many().fill_bytes(bytes);
    }
}

/// The number of a name, for keys.
pub fn name_key(name: &str) -> u64 {
    xxh3_64_with_seed(name.as_bytes(), 0)
}

/// Numbers drawn by key and counter.
#[derive(Clone, Copy, Debug)]
pub struct CounterRng {
    key: [u32; 2],
}

impl CounterRng {
    /// The draws of the network under `seed`.
    pub fn network(seed: u64) -> Self {
        Self::named(seed, "network")
    }

    /// The draws of a name under `seed`, keyed from ChaCha.
    pub fn named(seed: u64, name: &str) -> Self {
        let mut stream = stream(seed, name, 0);
        Self { key: [stream.next_u32(), stream.next_u32()] }
    }

    /// Two numbers for the `nth` message sent over `link` at `instant`.
    #[inline]
    pub fn draw(self, link: u64, instant: u64, nth: u32) -> [u64; 2] {
        self.block(link, instant, nth, 0)
    }

    /// Two more numbers for the same, from a block after the first; each block has its own.
    #[inline]
    pub fn block(self, link: u64, instant: u64, nth: u32, block: u32) -> [u64; 2] {
        let counter = [link as u32, (link >> 32) as u32, instant as u32, (instant >> 32) as u32];
        let [a, b, c, d] = philox::philox4x32(counter, [self.key[0] ^ nth, self.key[1] ^ block]);
        [u64::from(a) << 32 | u64::from(b), u64::from(c) << 32 | u64::from(d)]
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;
    use rand::seq::{IndexedRandom, SliceRandom, index};

    use super::*;

    #[test]
    fn streams_differ_by_seed_name_and_part() {
        let first = |seed, name, part| stream(seed, name, part).next_u64();
        let all = [first(1, "a", 0), first(2, "a", 0), first(1, "b", 0), first(1, "a", 1)];
        for (i, x) in all.iter().enumerate() {
            assert!(all[..i].iter().all(|y| x != y));
        }
    }

    #[test]
    fn a_stream_keeps_its_bits() {
        // Stored on the first day: a change of these is a change of every trace.
        assert_eq!(stream(1, "workload", 0).next_u64(), STREAM_BITS);
        assert_eq!(CounterRng::network(1).draw(2, 3, 4), KEYED_BITS);
    }

    #[test]
    fn the_first_words_are_those_of_the_generator() {
        for step in 1..9 {
            let mut stream = stream(7, "a", 1);
            let mut whole = stream.generator();
            for draw in 0..100 {
                if draw % step == 0 {
                    assert_eq!(stream.next_u64(), whole.next_u64(), "{step}, {draw}");
                } else {
                    assert_eq!(stream.next_u32(), whole.next_u32(), "{step}, {draw}");
                }
            }
            let (mut ours, mut theirs) = ([0; 21], [0; 21]);
            stream.fill_bytes(&mut ours);
            whole.fill_bytes(&mut theirs);
            assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn draws_of_rand_keep_their_bits() {
        let mut rng = stream(1, "draws", 0);
        let ranges: [u32; 8] = std::array::from_fn(|_| rng.random_range(0..7));
        let large: [u64; 2] = std::array::from_fn(|_| rng.random_range(1..=10_000_000_000));
        let coins: [bool; 8] = std::array::from_fn(|_| rng.random());
        let shares: [f64; 2] = std::array::from_fn(|_| rng.random());
        // A `usize` is drawn as a `u32` up to that size, so these agree on 32 and 64 bits.
        let chosen = *[3, 1, 4, 1, 5, 9, 2, 6].choose(&mut rng).unwrap();
        let mut order: [u32; 12] = std::array::from_fn(|index| index as u32);
        order.shuffle(&mut rng);
        // The three algorithms of `index::sample`: Floyd's, a partial shuffle, rejection.
        let mut sample = |length, amount| -> Vec<_> {
            index::sample(&mut rng, length, amount).into_iter().take(4).collect()
        };
        let samples = [sample(100, 4), sample(100, 12), sample(100_000, 200)];
        assert_eq!(ranges, RANGES);
        assert_eq!(large, LARGE);
        assert_eq!(coins.map(u8::from), COINS);
        assert_eq!(shares.map(f64::to_bits), SHARES);
        assert_eq!(chosen, CHOSEN);
        assert_eq!(order, ORDER);
        assert_eq!(samples, SAMPLES);
    }

    /// Words given in advance, and then none.
    struct Words<'a>(&'a [u32]);

    impl RngCore for Words<'_> {
        fn next_u32(&mut self) -> u32 {
            let (&word, rest) = self.0.split_first().expect("a word is left");
            self.0 = rest;
            word
        }

        fn next_u64(&mut self) -> u64 {
            u64::from(self.next_u32()) | u64::from(self.next_u32()) << 32
        }

        fn fill_bytes(&mut self, _: &mut [u8]) {
            unreachable!("no test draws bytes");
        }
    }

    #[test]
    fn the_feature_unbiased_of_rand_is_off() {
        // Cargo unites features: a crate that enables it would change one draw in 2^33 here. These
        // two words leave the sum of both products one short of a carry, where it draws a third.
        let mut words = Words(&[1, 0x5555_5555]);
        assert_eq!(words.random_range(0..0xC000_0000u32), 0);
        assert!(words.0.is_empty());
    }

    const RANGES: [u32; 8] = [6, 5, 6, 0, 5, 2, 3, 3];
    const LARGE: [u64; 2] = [4955612067, 3199537413];
    const COINS: [u8; 8] = [0, 1, 0, 1, 0, 1, 0, 1];
    const SHARES: [u64; 2] = [4594691359438538224, 4601413329634092140];
    const CHOSEN: u32 = 2;
    const ORDER: [u32; 12] = [4, 2, 10, 11, 8, 5, 1, 7, 0, 6, 9, 3];
    const SAMPLES: [[usize; 4]; 3] =
        [[42, 62, 57, 64], [83, 42, 20, 53], [18839, 29591, 44042, 63894]];
    const STREAM_BITS: u64 = 16803425055445576660;
    const KEYED_BITS: [u64; 2] = [1697968018578477731, 238031409688928791];
}
