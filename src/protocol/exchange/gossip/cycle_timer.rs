//! When the cycles of a zone begin.

use rand::Rng;

use super::message::{Out, Timer};
use super::params::{Params, Start};
use crate::rng::{exponential, uniform_below_u64};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// The timer of the cycles of a zone.
///
/// Synchronous cycles begin when the clock shows a multiple of the interval, and follow the clock
/// when it steps. Other cycles wait for a duration and ignore clock steps.
#[derive(Clone, Debug)]
pub struct CycleTimer {
    start: Start,
    interval: SimDuration,
    jitter: SimDuration,
    /// How many timers were set; the last one is the only one that is not stale.
    timers_set: u64,
    is_set: bool,
    /// Local time at the beginning of the last cycle.
    last: Option<LocalTime>,
}

impl CycleTimer {
    pub fn new(params: &Params, resolution: NanoDuration) -> Self {
        Self {
            start: params.start,
            interval: SimDuration(params.interval.ticks(resolution).0.max(1)),
            jitter: params.interval_jitter.ticks(resolution),
            timers_set: 0,
            is_set: false,
            last: None,
        }
    }

    #[inline]
    pub fn is_synchronous(&self) -> bool {
        self.start == Start::Synchronous
    }

    #[inline]
    pub fn is_armed(&self) -> bool {
        self.is_set
    }

    /// Sets the timer of the next cycle. Not inlined: callers check for every message whether to
    /// call it, and rarely do.
    #[inline(never)]
    pub fn arm(&mut self, out: &mut Out<'_>) {
        self.timers_set += 1;
        self.is_set = true;
        let cycle = Timer(self.timers_set);
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

    /// Handles a timer. Returns whether a cycle begins, which is not so if the timer is stale.
    pub fn fires(&mut self, cycle: Timer, now: LocalTime) -> bool {
        let begins = self.is_set && cycle == Timer(self.timers_set);
        if begins {
            self.is_set = false;
            self.last = Some(now);
        }
        begins
    }

    /// Handles a restart, which has lost the timers. Returns whether a synchronous cycle began
    /// during the crash.
    pub fn restart(&mut self, now: LocalTime) -> bool {
        self.is_set = false;
        let begun = LocalTime(now.0 - now.0.rem_euclid(self.interval.0 as i64));
        let missed = begun < now && begun.0 > 0 && self.last.is_none_or(|last| last < begun);
        self.is_synchronous() && missed
    }

    /// The first multiple of the interval that is not past and whose cycle has not begun.
    fn next_synchronous(&self, now: LocalTime) -> LocalTime {
        let begun = self.last.is_some_and(|last| last >= now);
        let from = now.0.max(1) as u64 + u64::from(begun);
        LocalTime((from.div_ceil(self.interval.0) * self.interval.0) as i64)
    }

    fn staggered_wait(&self, out: &mut Out<'_>) -> SimDuration {
        let Some(last) = self.last else { return self.residual(out) };
        let jitter = uniform_below(out, self.jitter.0 + 1);
        let now = out.now();
        let cycle_length = self.interval + jitter;
        let next = last + cycle_length;
        if next >= now {
            // The clock may have been set back: never wait longer than one cycle.
            return (next - now).min(cycle_length);
        }
        // After a crash the zone keeps its phase; otherwise all zones that were down would begin
        // their cycles at the same instants from then on.
        let missed = (now - next).0.div_ceil(self.interval.0);
        next + SimDuration(missed * self.interval.0) - now
    }

    /// The first wait: the stationary residual life of a renewal process, uniform within a cycle
    /// that is drawn with probability proportional to its length.
    ///
    /// Drawn by rejection: a uniform wait and a uniform length, until the wait is below the length.
    /// Fewer than half of the draws are rejected. The length is drawn second, and only if the wait
    /// alone does not decide: without jitter there is one draw.
    fn residual(&self, out: &mut Out<'_>) -> SimDuration {
        let longest = self.interval + self.jitter;
        loop {
            let wait = uniform_below(out, longest.0);
            if wait < self.interval || wait < self.interval + uniform_below(out, self.jitter.0 + 1)
            {
                return wait;
            }
        }
    }
}

/// A uniform number of ticks below `ticks`.
fn uniform_below(out: &mut Out<'_>, ticks: u64) -> SimDuration {
    SimDuration(uniform_below_u64(out.rng(), ticks))
}
