//! Clocks of nodes: offset, drift and steps.

use super::{LocalTime, SimDuration, SimTime};

/// A clock with an offset, a constant drift and steps.
///
/// At instant t it shows offset + t + floor(t x drift) + the sum of the steps up to t, in ticks, and the
/// correction by clock synchronization. The arithmetic is integer, so it is the same on all machines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    offset: i64,
    /// Ticks gained in 10^9; above -10^9, so the clock never runs backwards.
    drift_ppb: i64,
    /// The instant of each step and the sum of all steps up to it.
    steps: Vec<(SimTime, i64)>,
    /// Added to the reading.
    correction: i64,
}

const BILLION: i128 = 1_000_000_000;

impl Clock {
    /// A clock that is ahead by `offset` ticks at the start and gains `drift_ppb` ticks in 10^9,
    /// more than -10^9.
    pub fn new(offset: i64, drift_ppb: i64) -> Self {
        Self { offset, drift_ppb, steps: Vec::new(), correction: 0 }
    }

    /// Sets the ticks that clock synchronization adds to the reading from now on. Conversions hold for
    /// instants until the next correction.
    pub fn set_correction(&mut self, ticks: i64) {
        self.correction = ticks;
    }

    /// Ticks gained in 10^9.
    pub fn drift_ppb(&self) -> i64 {
        self.drift_ppb
    }

    /// Whether it is stepped at an instant from `first` to `last`.
    pub fn is_stepped_within(&self, first: SimTime, last: SimTime) -> bool {
        self.steps.iter().any(|&(at, _)| first <= at && at <= last)
    }

    /// Adds a step of `by` ticks at an instant no earlier than the last step.
    pub fn step(&mut self, at: SimTime, by: i64) {
        let before = self.steps.last().map_or(0, |&(_, sum)| sum);
        self.steps.push((at, before.saturating_add(by)));
    }

    /// Whether it always shows true time.
    pub fn is_true(&self) -> bool {
        *self == Self::default()
    }

    /// The reading at an instant of true time.
    pub fn local(&self, now: SimTime) -> LocalTime {
        let steps = self.steps.iter().rev().find(|&&(at, _)| at <= now).map_or(0, |&(_, sum)| sum);
        let shift = i128::from(self.offset) + i128::from(self.correction);
        let reading = shift + i128::from(steps) + self.elapsed(now);
        LocalTime(reading.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
    }

    /// The first instant from `now` on at which the clock has advanced by `delay`, steps not counted.
    pub fn after(&self, now: SimTime, delay: SimDuration) -> SimTime {
        if self.drift_ppb == 0 {
            return now + delay;
        }
        self.elapsed_at(self.elapsed(now) + i128::from(delay.0)).max(now)
    }

    /// The first instant from `now` on at which the clock reads `at` or more, steps counted.
    pub fn at(&self, now: SimTime, at: LocalTime) -> SimTime {
        let begun = self.steps.iter().take_while(|&&(step, _)| step <= now).count();
        let mut since = now;
        let mut steps = begun.checked_sub(1).map_or(0, |last| self.steps[last].1);
        for &(next, sum) in &self.steps[begun..] {
            let due = self.reaches(at, steps).max(since);
            if due < next {
                return due;
            }
            (since, steps) = (next, sum);
        }
        self.reaches(at, steps).max(since)
    }

    /// When the clock reads `at`, given the sum of its steps.
    fn reaches(&self, at: LocalTime, steps: i64) -> SimTime {
        let shift = i128::from(self.offset) + i128::from(self.correction);
        self.elapsed_at(i128::from(at.0) - shift - i128::from(steps))
    }

    /// Ticks advanced in 10^9 ticks of true time.
    fn rate(&self) -> i128 {
        BILLION + i128::from(self.drift_ppb)
    }

    /// Ticks advanced since the start, without offset and steps.
    fn elapsed(&self, now: SimTime) -> i128 {
        (i128::from(now.0) * self.rate()).div_euclid(BILLION)
    }

    /// The first instant at which [`Clock::elapsed`] is `target` or more.
    fn elapsed_at(&self, target: i128) -> SimTime {
        let due = -(-target * BILLION).div_euclid(self.rate());
        SimTime(due.clamp(0, u64::MAX.into()) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All combinations of offset, drift and steps.
    fn clocks() -> Vec<Clock> {
        let mut clocks = Vec::new();
        for offset in [-70, 0, 33] {
            for drift_ppb in [-100_000_000, -333_333_333, 0, 7, 100_000_000] {
                for steps in [&[][..], &[(40, -25)], &[(0, 9), (40, 30), (41, -60), (90, 500)]] {
                    let mut clock = Clock::new(offset, drift_ppb);
                    steps.iter().for_each(|&(at, by)| clock.step(SimTime(at), by));
                    clocks.push(clock);
                }
            }
        }
        clocks
    }

    /// Linear search, as the reference.
    fn first(from: SimTime, mut holds: impl FnMut(SimTime) -> bool) -> SimTime {
        (from.0..).map(SimTime).find(|&at| holds(at)).unwrap()
    }

    #[test]
    fn a_clock_shows_offset_drift_and_steps() {
        let mut clock = Clock::new(-100, 50_000);
        clock.step(SimTime(1_000_000), -2_000);
        clock.step(SimTime(2_000_000), 500);
        // 50 ppm of a million ticks are 50.
        for (now, shown) in [(0, -100), (999_999, 999_948), (1_000_000, 997_950)] {
            assert_eq!(clock.local(SimTime(now)), LocalTime(shown), "{now}");
        }
        assert_eq!(clock.local(SimTime(2_000_000)), LocalTime(1_998_500));
        assert!(!clock.is_true() && Clock::default().is_true());
    }

    #[test]
    fn timers_fire_at_the_first_instant() {
        for clock in clocks() {
            for now in [0, 39, 40, 41, 100].map(SimTime) {
                for delay in [0, 1, 7, 100] {
                    let target = clock.elapsed(now) + i128::from(delay);
                    let due = first(now, |at| clock.elapsed(at) >= target);
                    assert_eq!(
                        clock.after(now, SimDuration(delay)),
                        due,
                        "{clock:?} {now:?} {delay}"
                    );
                }
                for at in [-100, 0, 20, 41, 77, 300].map(LocalTime) {
                    let due = first(now, |instant| clock.local(instant) >= at);
                    assert_eq!(clock.at(now, at), due, "{clock:?} {now:?} {at:?}");
                }
            }
        }
    }

    #[test]
    fn a_correction_is_an_offset() {
        for mut clock in clocks() {
            let mut ahead = clock.clone();
            ahead.offset += 17;
            clock.set_correction(17);
            for now in [0, 39, 40, 95].map(SimTime) {
                assert_eq!(clock.local(now), ahead.local(now));
                assert_eq!(clock.at(now, LocalTime(80)), ahead.at(now, LocalTime(80)));
            }
        }
    }

    #[test]
    fn unreachable_readings_saturate() {
        let clock = Clock::new(0, -1000);
        assert!(clock.at(SimTime(5), LocalTime(i64::MAX)) > SimTime(1 << 60));
        assert_eq!(clock.after(SimTime(5), SimDuration(u64::MAX)), SimTime::NEVER);
        assert_eq!(clock.at(SimTime(5), LocalTime(i64::MIN)), SimTime(5));
    }
}
