//! What holds once faults have ended, as far as a delivery bound depends on it.

use crate::time::{NanoDuration, SimDuration};

/// Bounds that hold once all faults have ended; the guarantees of a protocol refer to them.
/// Each is exceeded with probability at most 1e-12 per message.
#[derive(Clone, Copy, Debug)]
pub struct StableBounds {
    /// How many zones.
    pub zones: u32,
    /// The longest that a message takes, in ticks.
    pub max_delay: SimDuration,
    /// The largest share of messages that a link loses.
    pub loss: f64,
    /// How far clocks are off or were stepped, all together: what is awaited by them comes so much
    /// later at the most.
    pub max_skew: SimDuration,
    /// Whether a crash has taken memory.
    pub amnesia: bool,
    /// One tick.
    pub resolution: NanoDuration,
}

impl StableBounds {
    /// How often something must be sent until it has come, but for one time in 10^12: none if it may
    /// never come.
    pub fn attempts(&self) -> Option<u64> {
        const SURE: f64 = 27.7;
        match self.loss {
            0.0 => Some(1),
            loss if loss < 1.0 => Some((SURE / -libm::log(loss)).ceil().max(1.0) as u64),
            _ => None,
        }
    }

    /// How many attempts are enough for so many to succeed one after the other, each of so many messages
    /// all of which must come, but for one time in 10^12: none if they may never come.
    ///
    /// The attempts that succeed of m are binomial: the least m is found whose tail is below that, by
    /// stepping through the attempts and the successes so far.
    pub fn attempts_for(&self, successes: u64, messages: u32) -> Option<u64> {
        const UNSURE: f64 = 1e-12;
        const MAX_STEPPED: u64 = 64;
        let kept = (0..messages).fold(1.0, |kept, _| kept * (1.0 - self.loss));
        if kept <= 0.0 {
            return None;
        }
        let each = Self { loss: 1.0 - kept, ..*self }.attempts()?;
        if kept >= 1.0 || successes > MAX_STEPPED || each > 100_000 {
            return Some(each.saturating_mul(successes));
        }
        let mut so_far = vec![0.0; successes as usize];
        so_far[0] = 1.0;
        for attempts in 1.. {
            for place in (0..so_far.len()).rev() {
                let from = if place > 0 { so_far[place - 1] * kept } else { 0.0 };
                so_far[place] = so_far[place] * (1.0 - kept) + from;
            }
            if so_far.iter().sum::<f64>() < UNSURE {
                return Some(attempts);
            }
        }
        None
    }

    /// A time by a zone's clock, which may lose a tenth, in ticks.
    pub fn slowest_timer(&self, length: NanoDuration) -> SimDuration {
        let SimDuration(ticks) = length.ticks(self.resolution);
        SimDuration(ticks.saturating_add(ticks / 8).saturating_add(1))
    }
}
