//! Random numbers; all are derived from one `u64` seed.
//!
//! There are two generators:
//! - [`RngStream`]: a ChaCha8 sequence with a name (`workload`, or a zone and the number of its
//!   restarts). Each consumer has a name of its own, so adding a zone does not change the draws of
//!   the others.
//! - [`CounterRng`]: numbers that depend only on a key and a counter. The network draws from (seed,
//!   link, instant of sending, sequence number on that link in that instant), so two protocols meet
//!   the same network and their comparison is paired. It is not a `rand` generator: its draws have
//!   no order.

mod distribution;
mod philox;
mod uniform_below;

pub use distribution::{exponential, normal_quantile, uniform01};
/// The version whose traits [`RngStream`] implements. A protocol that draws with
/// `zonesim::rng::rand::Rng` needs no version of its own.
pub use rand;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
pub(crate) use uniform_below::{uniform_below_u32, uniform_below_u64};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A named sequence of random numbers; draw with the traits of [`rand`].
///
/// The state is created lazily: most protocol instances never draw, and in large scenarios most of
/// the others draw only a few words. The generator itself, 320 bytes, exists from draw 31 on.
#[derive(Clone, Debug)]
pub struct RngStream {
    seed: u64,
    /// The ChaCha stream.
    stream: u64,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    New,
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

/// The stream of `name` under `seed`. `part` distinguishes streams of one name, such as the component
/// of a zone that draws and the number of restarts of that zone.
pub fn stream(seed: u64, name: &str, part: u64) -> RngStream {
    RngStream { seed, stream: xxh3_64_with_seed(name.as_bytes(), part), state: State::New }
}

impl RngStream {
    fn generator(&self) -> ChaCha8Rng {
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed);
        generator.set_stream(self.stream);
        generator
    }

    /// The next `N` words; `None` if fewer of the first words are left.
    #[inline(never)]
    fn next_few<const N: usize>(&mut self) -> Option<[u32; N]> {
        if matches!(self.state, State::New) {
            let mut generator = self.generator();
            let words = std::array::from_fn(|_| generator.next_u32());
            self.state = State::Few(Box::new(FewWords { words, taken: 0 }));
        }
        let State::Few(few) = &mut self.state else { return None };
        let words = few.words.get(few.taken..few.taken + N)?;
        few.taken += N;
        words.try_into().ok()
    }

    /// The generator, positioned after the words already drawn.
    #[inline(never)]
    fn many(&mut self) -> &mut ChaCha8Rng {
        if !matches!(self.state, State::Many(_)) {
            let mut generator = self.generator();
            if let State::Few(few) = &self.state {
                generator.set_word_pos(few.taken as u128);
            }
            self.state = State::Many(Box::new(generator));
        }
        let State::Many(generator) = &mut self.state else { unreachable!("set above") };
        generator
    }
}

impl RngCore for RngStream {
    #[inline]
    fn next_u32(&mut self) -> u32 {
        if let State::Many(generator) = &mut self.state {
            return generator.next_u32();
        }
        self.next_few().map_or_else(|| self.many().next_u32(), |[word]| word)
    }

    #[inline]
    fn next_u64(&mut self) -> u64 {
        if let State::Many(generator) = &mut self.state {
            return generator.next_u64();
        }
        let joined = |[low, high]: [u32; 2]| u64::from(high) << 32 | u64::from(low);
        self.next_few().map_or_else(|| self.many().next_u64(), joined)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.many().fill_bytes(bytes);
    }
}

/// A hash of a name, for keys of [`CounterRng::draw`].
pub fn name_key(name: &str) -> u64 {
    xxh3_64_with_seed(name.as_bytes(), 0)
}

/// A counter-based generator (Philox4x32-10): the same counter gives the same numbers.
#[derive(Clone, Copy, Debug)]
pub struct CounterRng {
    key: [u32; 2],
}

impl CounterRng {
    /// The generator of the network under `seed`.
    pub fn network(seed: u64) -> Self {
        Self::named(seed, "network")
    }

    /// The generator of `name` under `seed`; its key is drawn from the stream of that name.
    pub fn named(seed: u64, name: &str) -> Self {
        let mut stream = stream(seed, name, 0);
        Self { key: [stream.next_u32(), stream.next_u32()] }
    }

    /// Two numbers for message `seq` (from 0) sent over `link` at `instant`.
    #[inline]
    pub fn draw(self, link: u64, instant: u64, seq: u32) -> [u64; 2] {
        self.block(link, instant, seq, 0)
    }

    /// Two numbers of a further block of the same message; block 0 is that of [`CounterRng::draw`].
    #[inline]
    pub fn block(self, link: u64, instant: u64, seq: u32, block: u32) -> [u64; 2] {
        let counter = [link as u32, (link >> 32) as u32, instant as u32, (instant >> 32) as u32];
        let [a, b, c, d] = philox::philox4x32(counter, [self.key[0] ^ seq, self.key[1] ^ block]);
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
        let draws = [first(1, "a", 0), first(2, "a", 0), first(1, "b", 0), first(1, "a", 1)];
        for (i, x) in draws.iter().enumerate() {
            assert!(draws[..i].iter().all(|y| x != y));
        }
    }

    #[test]
    fn a_stream_keeps_its_bits() {
        // A change of these changes every trace.
        assert_eq!(stream(1, "workload", 0).next_u64(), STREAM_BITS);
        assert_eq!(CounterRng::network(1).draw(2, 3, 4), KEYED_BITS);
    }

    #[test]
    fn the_first_words_are_those_of_the_generator() {
        for step in 1..9 {
            let mut stream = stream(7, "a", 1);
            let mut generator = stream.generator();
            for draw in 0..100 {
                if draw % step == 0 {
                    assert_eq!(stream.next_u64(), generator.next_u64(), "{step}, {draw}");
                } else {
                    assert_eq!(stream.next_u32(), generator.next_u32(), "{step}, {draw}");
                }
            }
            let (mut bytes, mut expected) = ([0; 21], [0; 21]);
            stream.fill_bytes(&mut bytes);
            generator.fill_bytes(&mut expected);
            assert_eq!(bytes, expected);
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

    /// Returns given words; panics after the last.
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
