//! What chance loses: each message by itself, or in bursts.

use crate::chance::{Keyed, unit};
use crate::time::Tick;

/// A way to lose messages. A message is lost if 64 random bits are below a limit.
#[derive(Clone, Debug, PartialEq)]
pub enum Loss {
    /// Each by itself.
    Independent(u64),
    /// In bursts.
    Burst(Burst),
}

/// A link that is good or bad for a while.
///
/// E. Gilbert: "Capacity of a burst-noise channel" (1960); E. Elliott: "Estimates of error rates for
/// codes on burst-noise channels" (1963). The state steps per slot of time, not per message, so
/// that two protocols meet the same bursts: with u drawn from the seed, the link and the slot,
/// u < enter makes it bad, u >= 1 - leave good, else it stays as it was. So the state of a slot is
/// that of the last slot that decides, and nothing is kept of a link.
#[derive(Clone, Debug, PartialEq)]
pub struct Burst {
    /// Chance of a slot to make the link bad, 0 to 1.
    pub enter: f64,
    /// Chance of a slot to make it good; with `enter` at most 1.
    pub leave: f64,
    /// Below this, a message is lost while the link is good.
    pub good: u64,
    /// Below this, while it is bad.
    pub bad: u64,
    /// Ticks of a slot, at least 1.
    pub slot: u64,
}

/// The block of random numbers that the states of links are drawn from; messages have those below.
const STATE_BLOCK: u32 = u32::MAX;

/// The limit below which a share of all 64-bit numbers lies.
pub fn limit(share: f64) -> u64 {
    // 2^64 is a power of two: the product is exact but for the last bits of 1 itself.
    if share >= 1.0 { u64::MAX } else { (share * (1u128 << 64) as f64) as u64 }
}

impl Loss {
    /// Whether nothing is ever lost.
    #[inline]
    pub fn is_none(&self) -> bool {
        *self == Self::Independent(0)
    }

    /// The largest share that is lost at any time.
    pub fn worst(&self) -> f64 {
        let limit = match self {
            Self::Independent(limit) => *limit,
            Self::Burst(burst) => burst.good.max(burst.bad),
        };
        limit as f64 / (1u128 << 64) as f64
    }

    /// The limit for what is sent over a link at an instant.
    #[inline]
    pub fn at(&self, chance: Keyed, link: u64, now: Tick) -> u64 {
        match self {
            Self::Independent(limit) => *limit,
            Self::Burst(burst) if burst.is_bad(chance, link, now) => burst.bad,
            Self::Burst(burst) => burst.good,
        }
    }
}

impl Burst {
    /// Whether a link is bad at an instant. Before the first slot it is good.
    #[inline(never)]
    pub fn is_bad(&self, chance: Keyed, link: u64, now: Tick) -> bool {
        let mut slots = (0..=now.0 / self.slot).rev();
        let decided = slots.find_map(|slot| {
            let u = unit(chance.block(link, slot, 0, STATE_BLOCK)[0]);
            if u < self.enter {
                Some(true)
            } else if u >= 1.0 - self.leave {
                Some(false)
            } else {
                None
            }
        });
        decided.unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bursts_have_their_share_and_their_length() {
        let burst = Burst { enter: 0.01, leave: 0.3, good: 0, bad: limit(0.5), slot: 100 };
        let chance = Keyed::network(1);
        let slots = 400_000u64;
        let states: Vec<_> =
            (0..slots).map(|slot| burst.is_bad(chance, 9, Tick(slot * 100 + slot % 100))).collect();
        let bad = states.iter().filter(|&&bad| bad).count() as f64;
        let begun = states.windows(2).filter(|pair| !pair[0] && pair[1]).count() as f64;
        // Bad for enter / (enter + leave) of the time, 1 / leave slots at a time: standard errors
        // of 1.2 and 1.1 % at some 3,900 bursts.
        let share = bad / slots as f64 / (0.01 / 0.31);
        assert!((share - 1.0).abs() < 0.06, "{share}");
        let length = bad / begun * 0.3;
        assert!((length - 1.0).abs() < 0.06, "{length}");
    }

    #[test]
    fn a_state_is_the_same_from_wherever_one_looks() {
        // Stepped from the first slot on, as the papers have it.
        let burst = Burst { enter: 0.05, leave: 0.1, good: 0, bad: u64::MAX, slot: 7 };
        let chance = Keyed::network(3);
        let mut bad = false;
        for slot in 0..3_000 {
            let u = unit(chance.block(4, slot, 0, STATE_BLOCK)[0]);
            bad = u < burst.enter || (bad && u < 1.0 - burst.leave);
            for now in [slot * 7, slot * 7 + 6] {
                assert_eq!(burst.is_bad(chance, 4, Tick(now)), bad, "slot {slot}");
            }
        }
    }

    #[test]
    fn limits_are_shares() {
        assert_eq!((limit(0.0), limit(0.5), limit(1.0)), (0, 1 << 63, u64::MAX));
    }
}
