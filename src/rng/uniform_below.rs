//! `random_range(0..limit)` of `rand` with the same bits, inlined.
//!
//! The compiler keeps the function of `rand` out of line: it contains a second draw, which is needed
//! once in 2^32 / `limit` draws. Gossip draws twice in every cycle of a zone, and the calls took 2.7 %
//! of the instructions of a run of eight zones.

use rand::RngCore;

/// A number below `limit`, uniform. `limit` is at least 1.
#[inline(always)]
pub fn uniform_below_u32(rng: &mut impl RngCore, limit: u32) -> u32 {
    let product = u64::from(rng.next_u32()) * u64::from(limit);
    let (high, low) = ((product >> 32) as u32, product as u32);
    if low <= limit.wrapping_neg() {
        return high;
    }
    high + carry_u32(rng, limit, low)
}

#[cold]
#[inline(never)]
fn carry_u32(rng: &mut impl RngCore, limit: u32, low: u32) -> u32 {
    let next = (u64::from(rng.next_u32()) * u64::from(limit)) >> 32;
    low.checked_add(next as u32).is_none().into()
}

/// A number below `limit`, uniform. `limit` is at least 1.
#[inline(always)]
pub fn uniform_below_u64(rng: &mut impl RngCore, limit: u64) -> u64 {
    let product = u128::from(rng.next_u64()) * u128::from(limit);
    let (high, low) = ((product >> 64) as u64, product as u64);
    if low <= limit.wrapping_neg() {
        return high;
    }
    high + carry_u64(rng, limit, low)
}

#[cold]
#[inline(never)]
fn carry_u64(rng: &mut impl RngCore, limit: u64, low: u64) -> u64 {
    let next = (u128::from(rng.next_u64()) * u128::from(limit)) >> 64;
    low.checked_add(next as u64).is_none().into()
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::rng::stream;

    #[test]
    fn the_numbers_are_those_of_rand() {
        let (mut ours, mut theirs) = (stream(1, "test", 0), stream(1, "test", 0));
        // Above half of the range, every second draw needs another.
        for limit in [1, 2, 7, 999, 0x5555_5555, 0x8000_0001, 0xC000_0000, u32::MAX] {
            for _ in 0..1000 {
                assert_eq!(uniform_below_u32(&mut ours, limit), theirs.random_range(0..limit));
                let limit = u64::from(limit) << 32 | 5;
                assert_eq!(uniform_below_u64(&mut ours, limit), theirs.random_range(0..limit));
                let limit = limit >> 32;
                assert_eq!(uniform_below_u64(&mut ours, limit), theirs.random_range(0..limit));
            }
        }
        assert_eq!(ours.next_u64(), theirs.next_u64());
    }
}
