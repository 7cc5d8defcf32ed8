//! The network and clock bounds on which a delivery bound depends.

use crate::time::{NanoDuration, SimDuration};

/// Bounds that hold once all faults have ended; the guarantees of a protocol refer to them.
/// Each is exceeded with probability at most 1e-12 per message.
#[derive(Clone, Copy, Debug)]
pub struct StableBounds {
    /// The number of zones.
    pub zones: u32,
    /// The highest latency of a message, in ticks.
    pub max_delay: SimDuration,
    /// The highest loss rate of a link, 0 to 1.
    pub loss: f64,
    /// Sum of the clock offsets and steps, in ticks: the delay that they can add to a timer.
    pub max_skew: SimDuration,
    /// Whether a node crashed with loss of memory.
    pub amnesia: bool,
    /// The duration of a tick.
    pub resolution: NanoDuration,
}

impl StableBounds {
    /// The number of attempts after which a message has arrived, except with probability 1e-12.
    /// None if it may never arrive.
    pub fn attempts(&self) -> Option<u64> {
        // -ln(1e-12), rounded up.
        const LOG_FAILURE: f64 = 27.7;
        match self.loss {
            0.0 => Some(1),
            loss if loss < 1.0 => Some((LOG_FAILURE / -libm::log(loss)).ceil().max(1.0) as u64),
            _ => None,
        }
    }

    /// The number of attempts after which at least `successes` of them have succeeded, except with
    /// probability 1e-12. An attempt succeeds if all of its `messages` arrive. None if they may
    /// never arrive.
    ///
    /// The number of successes in m attempts is binomial. The result is the smallest m whose tail
    /// is below that probability, found by stepping through attempts and successes.
    pub fn attempts_for(&self, successes: u64, messages: u32) -> Option<u64> {
        const MAX_FAILURE: f64 = 1e-12;
        const MAX_STEPPED: u64 = 64;
        let success = (0..messages).fold(1.0, |success, _| success * (1.0 - self.loss));
        if success <= 0.0 {
            return None;
        }
        let per_success = Self { loss: 1.0 - success, ..*self }.attempts()?;
        if success >= 1.0 || successes > MAX_STEPPED || per_success > 100_000 {
            return Some(per_success.saturating_mul(successes));
        }
        let mut probability = vec![0.0; successes as usize];
        probability[0] = 1.0;
        for attempts in 1.. {
            for successes_so_far in (0..probability.len()).rev() {
                let from = if successes_so_far > 0 {
                    probability[successes_so_far - 1] * success
                } else {
                    0.0
                };
                probability[successes_so_far] =
                    probability[successes_so_far] * (1.0 - success) + from;
            }
            if probability.iter().sum::<f64>() < MAX_FAILURE {
                return Some(attempts);
            }
        }
        None
    }

    /// The longest time in ticks that a timer of this duration takes on a clock that may be slow by
    /// one tenth.
    pub fn slowest_timer(&self, duration: NanoDuration) -> SimDuration {
        let SimDuration(ticks) = duration.ticks(self.resolution);
        SimDuration(ticks.saturating_add(ticks / 8).saturating_add(1))
    }
}
