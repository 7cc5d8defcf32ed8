//! When the cycles of a zone begin.

use rand::Rng;

use super::message::{Out, Timer};
use super::params::{Params, Start};
use crate::rng::{exponential, uniform_below_u64};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// The cycles of a zone.
///
/// Aligned cycles begin when the clock shows a multiple of the interval, and follow it where it is
/// set. All others are waited for: a clock that steps does not hurry or delay them.
#[derive(Clone, Debug)]
pub struct CycleTimer {
    start: Start,
    interval: SimDuration,
    jitter: SimDuration,
    /// Timers set so far, and whether the last of them is still to ring.
    set: u64,
    is_set: bool,
    /// What the clock showed when the last cycle began.
    last: Option<LocalTime>,
}

impl CycleTimer {
    /// No cycle has begun.
    pub fn new(settings: &Params, resolution: NanoDuration) -> Self {
        Self {
            start: settings.start,
            interval: SimDuration(settings.interval.ticks(resolution).0.max(1)),
            jitter: settings.interval_jitter.ticks(resolution),
            set: 0,
            is_set: false,
            last: None,
        }
    }

    /// Whether cycles are synchronous.
    #[inline]
    pub fn is_synchronous(&self) -> bool {
        self.start == Start::Synchronous
    }

    /// Whether the next cycle is waited for.
    #[inline]
    pub fn is_armed(&self) -> bool {
        self.is_set
    }

    /// Waits for the next cycle.
    ///
    /// Apart: whether it is to be set is asked at every message, and it seldom is.
    #[inline(never)]
    pub fn arm(&mut self, out: &mut Out<'_>) {
        self.set += 1;
        self.is_set = true;
        let cycle = Timer(self.set);
        match self.start {
            Start::Synchronous => out.wake_at(self.next_synchronous(out.now()), cycle),
            Start::Staggered => {
                let wait = self.staggered_wait(out);
                out.wake_after(wait, cycle);
            }
            Start::Poisson => {
                let wait = exponential(out.rng().random()) * self.interval.0 as f64;
                out.wake_after(SimDuration((wait + 0.5) as u64), cycle);
            }
        }
    }

    /// A timer rings; says whether a cycle begins.
    pub fn fires(&mut self, cycle: Timer, now: LocalTime) -> bool {
        let begins = self.is_set && cycle == Timer(self.set);
        if begins {
            self.is_set = false;
            self.last = Some(now);
        }
        begins
    }

    /// The timers are gone; says whether a synchronous cycle has begun meanwhile.
    pub fn restart(&mut self, now: LocalTime) -> bool {
        self.is_set = false;
        let begun = LocalTime(now.0 - now.0.rem_euclid(self.interval.0 as i64));
        let missed = begun < now && begun.0 > 0 && self.last.is_none_or(|last| last < begun);
        self.is_synchronous() && missed
    }

    /// The first multiple that is not past, nor the one that has just begun.
    fn next_synchronous(&self, now: LocalTime) -> LocalTime {
        let begun = self.last.is_some_and(|last| last >= now);
        let from = now.0.max(1) as u64 + u64::from(begun);
        LocalTime((from.div_ceil(self.interval.0) * self.interval.0) as i64)
    }

    fn staggered_wait(&self, out: &mut Out<'_>) -> SimDuration {
        let Some(last) = self.last else { return self.residual(out) };
        let jitter = share(out, self.jitter.0 + 1);
        let now = out.now();
        let usual = self.interval + jitter;
        let next = last + usual;
        if next >= now {
            // Never longer than usual, though the clock may have been set back since.
            return (next - now).min(usual);
        }
        // After a crash it goes on in its own phase, or all that were down would call at the same
        // instants from then on.
        let missed = (now - next).0.div_ceil(self.interval.0);
        next + SimDuration(missed * self.interval.0) - now
    }

    /// The first wait, as if the cycles had gone on for ever: the stationary residual life of a
    /// renewal process, which is uniform within a cycle that is drawn in proportion to its length.
    ///
    /// Drawn by rejection: a wait and a length, both uniform, until the wait is below the length.
    /// Fewer than half of the draws are rejected. The length is drawn second, and only where the wait
    /// does not decide already: without jitter there is one draw.
    fn residual(&self, out: &mut Out<'_>) -> SimDuration {
        let longest = self.interval + self.jitter;
        loop {
            let wait = share(out, longest.0);
            if wait < self.interval || wait < self.interval + share(out, self.jitter.0 + 1) {
                return wait;
            }
        }
    }
}

/// A number of ticks below this one, uniform.
fn share(out: &mut Out<'_>, ticks: u64) -> SimDuration {
    SimDuration(uniform_below_u64(out.rng(), ticks))
}
