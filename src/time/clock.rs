//! What a zone's clock shows, and when it will show something.

use super::{LocalTime, SimDuration, SimTime};

/// A clock that is off by an offset, gains or loses, and may be stepped.
///
/// At an instant t it shows offset + t + floor(t x drift) + the steps up to t, in ticks. All of it
/// is integers: no rounding differs between machines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    offset: i64,
    /// What it gains in 10^9 ticks; negative where it loses. Above -10^9: it never runs backwards.
    drift_ppb: i64,
    /// By instant, the sum of all steps up to it.
    steps: Vec<(SimTime, i64)>,
}

/// What drift is counted in.
const BILLION: i128 = 1_000_000_000;

impl Clock {
    /// A clock that is ahead by `offset` ticks at the start and gains `drift_ppb` ticks in 10^9,
    /// more than -10^9.
    pub fn new(offset: i64, drift_ppb: i64) -> Self {
        Self { offset, drift_ppb, steps: Vec::new() }
    }

    /// Steps it at an instant, no earlier than its last step.
    pub fn step(&mut self, at: SimTime, by: i64) {
        let before = self.steps.last().map_or(0, |&(_, sum)| sum);
        self.steps.push((at, before.saturating_add(by)));
    }

    /// Whether it always shows true time.
    pub fn is_true(&self) -> bool {
        *self == Self::default()
    }

    /// What it shows.
    pub fn local(&self, now: SimTime) -> LocalTime {
        let stepped = self.steps.iter().rev().find(|&&(at, _)| at <= now).map_or(0, |&(_, by)| by);
        let shown = i128::from(self.offset) + i128::from(stepped) + self.elapsed(now);
        LocalTime(shown.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
    }

    /// The first instant from `now` on at which it has run on by `delay`: steps are no running.
    pub fn after(&self, now: SimTime, delay: SimDuration) -> SimTime {
        if self.drift_ppb == 0 {
            return now + delay;
        }
        self.run_to(self.elapsed(now) + i128::from(delay.0)).max(now)
    }

    /// The first instant from `now` on at which it shows `at` or more, steps counted: judged anew
    /// at each.
    pub fn at(&self, now: SimTime, at: LocalTime) -> SimTime {
        let begun = self.steps.iter().take_while(|&&(step, _)| step <= now).count();
        let mut since = now;
        let mut stepped = begun.checked_sub(1).map_or(0, |last| self.steps[last].1);
        for &(next, sum) in &self.steps[begun..] {
            let due = self.shows(at, stepped).max(since);
            if due < next {
                return due;
            }
            (since, stepped) = (next, sum);
        }
        self.shows(at, stepped).max(since)
    }

    /// When it would show `at` with the steps of `stepped`.
    fn shows(&self, at: LocalTime, stepped: i64) -> SimTime {
        self.run_to(i128::from(at.0) - i128::from(self.offset) - i128::from(stepped))
    }

    /// Ticks that it runs in 10^9.
    fn rate(&self) -> i128 {
        BILLION + i128::from(self.drift_ppb)
    }

    /// How far it has run.
    fn elapsed(&self, now: SimTime) -> i128 {
        (i128::from(now.0) * self.rate()).div_euclid(BILLION)
    }

    /// The first instant at which it has run so far.
    fn run_to(&self, target: i128) -> SimTime {
        let due = -(-target * BILLION).div_euclid(self.rate());
        SimTime(due.clamp(0, u64::MAX.into()) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clocks that are off in every way.
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

    /// Looks at every instant, one by one.
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
    fn timers_ring_when_the_clock_has_come_so_far() {
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
    fn what_never_comes_is_never() {
        let clock = Clock::new(0, -1000);
        assert!(clock.at(SimTime(5), LocalTime(i64::MAX)) > SimTime(1 << 60));
        assert_eq!(clock.after(SimTime(5), SimDuration(u64::MAX)), SimTime::NEVER);
        assert_eq!(clock.at(SimTime(5), LocalTime(i64::MIN)), SimTime(5));
    }
}
