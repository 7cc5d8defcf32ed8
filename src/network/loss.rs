//! Random loss: independent, or in bursts.

use crate::rng::{CounterRng, uniform01};
use crate::time::SimTime;

/// A model of random loss. A message is lost if 64 random bits are below a limit.
#[derive(Clone, Debug, PartialEq)]
pub enum Loss {
    /// Each message independently, with this limit.
    Independent(u64),
    /// In bursts (Gilbert-Elliott).
    Burst(Burst),
}

/// A Gilbert-Elliott model: a link alternates between a good and a bad state.
///
/// E. Gilbert: "Capacity of a burst-noise channel" (1960); E. Elliott: "Estimates of error rates for
/// codes on burst-noise channels" (1963). The state changes per slot of time, not per message, so
/// that two protocols meet the same bursts. With u drawn from the seed, the link and the slot,
/// u < enter makes the link bad, u >= 1 - leave makes it good, else its state stays. The state of a
/// slot is therefore that of the last slot with such a draw, or the initial state, and no state is
/// stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Burst {
    /// Probability per slot that the link becomes bad, 0 to 1.
    pub enter: f64,
    /// Probability per slot that the link becomes good; at most 1 - `enter`.
    pub leave: f64,
    /// The limit of loss in the good state.
    pub good: u64,
    /// The limit of loss in the bad state.
    pub bad: u64,
    /// The length of a slot in ticks, at least 1.
    pub slot: u64,
    /// Probability of the bad state before the first slot.
    pub starts_bad: f64,
}

/// The block from which states of links are drawn; messages use the blocks below.
const STATE_BLOCK: u32 = u32::MAX;

/// A slot beyond any run, from which the initial state is drawn.
const BEFORE_SLOTS: u64 = u64::MAX;

/// The limit below which a share (0 to 1) of all 64-bit numbers lies.
pub fn limit(share: f64) -> u64 {
    // The factor is a power of two, so the product is exact.
    if share >= 1.0 { u64::MAX } else { (share * (1u128 << 64) as f64) as u64 }
}

impl Loss {
    /// Whether no message is lost.
    #[inline]
    pub fn is_none(&self) -> bool {
        *self == Self::Independent(0)
    }

    /// Whether every message is lost.
    pub fn is_total(&self) -> bool {
        *self == Self::Independent(u64::MAX)
    }

    /// The largest probability of loss at any time.
    pub fn worst(&self) -> f64 {
        let limit = match self {
            Self::Independent(limit) => *limit,
            Self::Burst(burst) => burst.good.max(burst.bad),
        };
        limit as f64 / (1u128 << 64) as f64
    }

    /// The largest probability of loss of a message, given the fate of all messages sent on its link at
    /// least the returned number of ticks before.
    ///
    /// Each slot makes the link good with probability `leave` and bad with probability `enter`,
    /// whatever its state: of messages a slot apart, at least that share meets the better state.
    pub fn worst_with_memory(&self) -> (f64, u64) {
        match self {
            Self::Burst(burst) if self.worst() > 0.5 => {
                let share = |limit: u64| limit as f64 / (1u128 << 64) as f64;
                let (good, bad) = (share(burst.good), share(burst.bad));
                let better = if good < bad { burst.leave } else { burst.enter };
                (good.max(bad) * (1.0 - better) + good.min(bad) * better, burst.slot)
            }
            _ => (self.worst(), 0),
        }
    }

    /// The limit for a message sent over a link at an instant.
    #[inline]
    pub fn at(&self, rng: CounterRng, link: u64, now: SimTime) -> u64 {
        match self {
            Self::Independent(limit) => *limit,
            Self::Burst(burst) if burst.is_bad(rng, link, now) => burst.bad,
            Self::Burst(burst) => burst.good,
        }
    }
}

impl Burst {
    /// The stationary probability of the bad state.
    pub fn stationary(enter: f64, leave: f64) -> f64 {
        enter / (enter + leave)
    }

    /// Whether a link is bad at an instant.
    #[inline(never)]
    pub fn is_bad(&self, rng: CounterRng, link: u64, now: SimTime) -> bool {
        let draw = |slot| uniform01(rng.block(link, slot, 0, STATE_BLOCK)[0]);
        let mut slots = (0..=now.0 / self.slot).rev();
        let decided = slots.find_map(|slot| {
            let u = draw(slot);
            if u < self.enter {
                Some(true)
            } else if u >= 1.0 - self.leave {
                Some(false)
            } else {
                None
            }
        });
        decided.unwrap_or_else(|| draw(BEFORE_SLOTS) < self.starts_bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A link that loses every message in the bad state, with slots of 100 ticks.
    fn burst(enter: f64, leave: f64, starts_bad: f64) -> Burst {
        Burst { enter, leave, good: 0, bad: u64::MAX, slot: 100, starts_bad }
    }

    /// The share of runs in which a link is bad in a slot.
    fn share_bad(burst: &Burst, slot: u64) -> f64 {
        let runs = 20_000;
        let is_bad =
            |run: &u64| burst.is_bad(CounterRng::network(*run), 7, SimTime(slot * 100 + 99));
        (0..runs).filter(is_bad).count() as f64 / runs as f64
    }

    #[test]
    fn a_stationary_start_stays_stationary() {
        for (enter, leave) in [(0.1, 0.1), (0.02, 0.08), (0.3, 0.7), (0.004, 0.001), (0.0, 0.2)] {
            let share = Burst::stationary(enter, leave);
            let burst = burst(enter, leave, share);
            for slot in [0, 1, 5, 100] {
                let got = share_bad(&burst, slot);
                // Standard errors of 0.0035 at the most.
                assert!((got - share).abs() < 0.013, "{enter} {leave}, slot {slot}: {got}");
            }
        }
    }

    #[test]
    fn a_good_start_converges() {
        // In slot n it is bad for a share of s (1 - (1 - enter - leave)^(n + 1)).
        for (enter, leave) in [(0.1, 0.1), (0.02, 0.08)] {
            let burst = burst(enter, leave, 0.0);
            for slot in [0, 1, 5, 100] {
                let stays = libm::pow(1.0 - enter - leave, slot as f64 + 1.0);
                let share = Burst::stationary(enter, leave) * (1.0 - stays);
                let got = share_bad(&burst, slot);
                assert!((got - share).abs() < 0.013, "{enter} {leave}, slot {slot}: {got}");
            }
        }
    }

    #[test]
    fn bursts_have_share_and_length() {
        let burst = burst(0.01, 0.3, 0.0);
        let rng = CounterRng::network(1);
        let slots = 400_000u64;
        let states: Vec<_> =
            (0..slots).map(|slot| burst.is_bad(rng, 9, SimTime(slot * 100 + slot % 100))).collect();
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
    fn states_match_a_stepped_chain() {
        // Stepped from the first slot on, as in the papers.
        let burst = Burst { slot: 7, ..burst(0.05, 0.1, 1.0) };
        let rng = CounterRng::network(3);
        let mut bad = true;
        for slot in 0..3_000 {
            let u = uniform01(rng.block(4, slot, 0, STATE_BLOCK)[0]);
            bad = u < burst.enter || (bad && u < 1.0 - burst.leave);
            for now in [slot * 7, slot * 7 + 6] {
                assert_eq!(burst.is_bad(rng, 4, SimTime(now)), bad, "slot {slot}");
            }
        }
    }

    #[test]
    fn limits_are_shares() {
        assert_eq!((limit(0.0), limit(0.5), limit(1.0)), (0, 1 << 63, u64::MAX));
    }
}
