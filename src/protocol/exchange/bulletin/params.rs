//! The `[exchange.bulletin]` table.

use crate::protocol::{Range, SendBound, StableBounds};
use crate::time::{LocalTime, NanoDuration, SimDuration};

crate::params! {
    /// The `[exchange.bulletin]` table.
    #[derive(Copy, Eq)]
    pub struct Params in "a table such as [exchange.bulletin]" {
        /// Time from one meeting to the next.
        pub interval: NanoDuration = "1h",
            Range::AboveZero { also: "", otherwise: "a meeting would follow a meeting without end" },
            "a guess";
        /// When meetings begin: at this time of the interval, on the clock of each zone. An offset of
        /// one interval is one of 0s.
        pub offset: NanoDuration = "0s", Range::Text("0s or more"), "a guess";
        /// How long a meeting lasts: the time in which reports are repeated until they are
        /// acknowledged. It ends at the latest when the next one begins.
        pub length: NanoDuration = "10min",
            Range::AboveZero { also: "", otherwise: "a meeting would be over when it begins" },
            "a guess";
        /// First wait for an acknowledgement; it doubles until the meeting ends. Keep it above the
        /// round trip.
        pub retry: NanoDuration = "1s",
            Range::AboveZero { also: "", otherwise: "a wait of 0 would repeat without end" },
            "RFC 6298, 2.1";
    }
}

impl Params {
    /// Bound on the delivery time if no zone loses its memory. On each hop a zone names the item at a
    /// meeting, is asked for it, and sends it: an attempt of three messages. Up to three meetings more
    /// pass on each: the one after which the minutes name the item, and two around the meeting in which
    /// another zone was asked, since those of two zones need not begin together.
    pub fn delivery_bound(&self, bounds: &StableBounds) -> Option<SimDuration> {
        if bounds.amnesia {
            return None;
        }
        let hops = u64::from(bounds.zones) - 1;
        let attempts = bounds.attempts_for(hops, 3)?.saturating_add(hops.saturating_mul(3));
        let SimDuration(interval) = bounds.slowest_timer(self.interval);
        let per_attempt = interval.saturating_add(bounds.max_delay.0.saturating_mul(3));
        Some(SimDuration(per_attempt.saturating_mul(attempts)) + bounds.max_skew)
    }

    /// Bound on the messages over a link: a report in each meeting and after each wait, and after a
    /// restart. A report may be answered, then the items come, and these are acknowledged.
    pub fn send_bound(&self, resolution: NanoDuration) -> SendBound {
        // A wait may end just before the next meeting: in any time there are as many of each.
        let shortest = self.interval.ticks(resolution).0.min(self.retry.ticks(resolution).0);
        let interval = Some(SimDuration((shortest / 2).max(1)));
        SendBound { interval, reply_depth: 3, ..SendBound::of_causes(0, 1, 1) }
    }
}

/// When meetings take place, on the clock of a zone.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    interval: i64,
    offset: i64,
    pub(super) length: SimDuration,
}

impl Calendar {
    pub fn new(params: &Params, resolution: NanoDuration) -> Self {
        let ticks = |time: NanoDuration| time.ticks(resolution).0.clamp(1, i64::MAX as u64);
        let interval = ticks(params.interval);
        let offset = (params.offset.ticks(resolution).0 % interval) as i64;
        let length = SimDuration(ticks(params.length).min(interval));
        Self { interval: interval as i64, offset, length }
    }

    /// The beginning of the last meeting that has begun.
    pub fn last(&self, now: LocalTime) -> LocalTime {
        LocalTime(now.0 - now.0.saturating_sub(self.offset).rem_euclid(self.interval))
    }

    /// The beginning of the first meeting that begins later.
    pub fn next(&self, now: LocalTime) -> LocalTime {
        self.last(now) + SimDuration(self.interval as u64)
    }
}
