//! Times that are agreed before a run: a first one, and then one after each interval.

use crate::time::{LocalTime, NanoDuration, SimDuration};

/// Agreed times, as a scenario states them. All are local times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgreedTimes {
    /// The first one.
    pub first: NanoDuration,
    /// From each one to the next.
    pub interval: NanoDuration,
}

impl AgreedTimes {
    /// The same times in ticks; the interval is at least one tick.
    pub fn in_ticks(self, resolution: NanoDuration) -> AgreedTicks {
        AgreedTicks {
            first: LocalTime(self.first.ticks(resolution).0 as i64),
            interval: SimDuration(self.interval.ticks(resolution).0.max(1)),
        }
    }
}

/// [`AgreedTimes`] in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgreedTicks {
    first: LocalTime,
    interval: SimDuration,
}

impl AgreedTicks {
    /// The first agreed time that is not before `from`.
    pub fn next(self, from: LocalTime) -> LocalTime {
        let SimDuration(interval) = self.interval;
        let intervals = (from - self.first).0.div_ceil(interval);
        self.first + SimDuration(intervals.saturating_mul(interval))
    }

    /// Whether `at` is one of the times.
    pub fn contains(self, at: LocalTime) -> bool {
        at >= self.first && (at - self.first).0.is_multiple_of(self.interval.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_one_is_the_least_that_is_not_past() {
        let times = AgreedTicks { first: LocalTime(100), interval: SimDuration(30) };
        let agreed: Vec<_> = (-50..=400).map(LocalTime).filter(|&at| times.contains(at)).collect();
        let expected: Vec<_> = (0..11).map(|number| LocalTime(100 + 30 * number)).collect();
        assert_eq!(agreed, expected);
        for from in (-50..=400).map(LocalTime) {
            let next = *expected.iter().find(|&&at| at >= from).unwrap();
            assert_eq!(times.next(from), next, "{from:?}");
        }
    }
}
