//! The `[exchange.anti-entropy]` table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reconcile::Division;
use crate::protocol::params::ParamValue;
use crate::protocol::{ConfigError, NodeView, Params as _, Range, SendBound, StableBounds};
use crate::time::{NanoDuration, SimDuration};

crate::params! {
    /// The `[exchange.anti-entropy]` table.
    #[derive(Copy, Eq)]
    pub struct Params in "a table such as [exchange.anti-entropy]" {
        /// Direction: the zone that calls sends what the other lacks (push), gets what it lacks
        /// (pull), or both.
        pub mode: Mode = "push-pull", Range::OneOf(&["push", "pull", "push-pull"]),
            "Demers 1987, 1.3: the fastest of the three";
        /// Time between the rounds of a zone, in each of which it calls one other.
        pub interval: NanoDuration = "1s",
            Range::AboveZero { also: "", otherwise: "zones would call without end" }, "a guess";
        /// Whether the first round of a zone begins at a random point of the interval. Otherwise
        /// rounds begin when the clock of the zone shows a multiple of the interval.
        pub staggered: bool = true, Range::Bool, "a guess";
        /// The number of parts into which a range that differs is divided.
        pub branching: u32 = 8, Range::Text("2 to 65536"),
            "12 kB and four round trips for 10 differences among 10^5 items";
        /// Up to so many items of a range that differs are named; more are divided.
        pub threshold: u32 = 32, Range::Text("1 or more"),
            "as branching";
    }
}

/// The direction in which items travel in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// From the zone that calls.
    Push,
    /// To the zone that calls.
    Pull,
    /// Both ways.
    PushPull,
}

impl Mode {
    /// Whether one of the two zones of a session sends items.
    pub fn sends(self, is_caller: bool) -> bool {
        match self {
            Self::Push => is_caller,
            Self::Pull => !is_caller,
            Self::PushPull => true,
        }
    }
}

impl ParamValue for Mode {}

const MAX_BRANCHING: u32 = 1 << 16;

impl Params {
    /// How ranges are divided.
    pub(super) fn division(&self) -> Division {
        Division { branching: self.branching as usize, threshold: self.threshold as usize }
    }

    /// The most messages of a session: each end divides at most as often as 2^32 items can be, then
    /// come names, items and a request, and the items that were asked for.
    pub(super) fn session(&self) -> u32 {
        2 * 32_u32.div_ceil(self.branching.max(2).ilog2()) + 4
    }

    /// Bound on the delivery time, exceeded in one run in 10^9: that of a simple epidemic (see
    /// gossip), in which a call succeeds if all messages of its session arrive.
    pub fn delivery_bound(&self, bounds: &StableBounds) -> Option<SimDuration> {
        if bounds.amnesia || bounds.loss >= 1.0 {
            return None;
        }
        let session = self.session();
        let success = (0..session).fold(1.0, |success, _| success * (1.0 - bounds.loss));
        let stages = 2.0 * (4.0 * libm::log2(f64::from(bounds.zones)) + 60.0);
        // A cast to an integer saturates.
        let rounds = (stages / success).ceil() as u64;
        let transit = bounds.max_delay.0.saturating_mul(u64::from(session));
        let transit = transit.saturating_mul(stages.ceil() as u64);
        let SimDuration(interval) = bounds.slowest_timer(self.interval);
        let waits = SimDuration(interval.saturating_mul(rounds));
        Some(waits + SimDuration(transit) + bounds.max_skew)
    }

    /// Bound on the messages over a link: one call in each round, and one answer to each message.
    pub fn send_bound(&self, resolution: NanoDuration) -> SendBound {
        let interval = Some(SimDuration(self.interval.ticks(resolution).0.max(1)));
        let reply_depth = self.session();
        SendBound { interval, reply_depth, ..SendBound::of_causes(0, 1, 1) }
    }

    /// Checks the table.
    ///
    /// # Errors
    /// A value out of its range.
    pub fn check(&self, view: &NodeView) -> Result<(), ConfigError> {
        let error = |key: &str, message: String| {
            Err(ConfigError::new(format!("exchange.anti-entropy.{key}"), message))
        };
        if !(2..=MAX_BRANCHING).contains(&self.branching) {
            let message =
                format!("{} parts of a range; expected 2 to {MAX_BRANCHING}", self.branching);
            return error("branching", message);
        }
        if self.threshold == 0 {
            let message = "a range of one item would be divided; expected 1 or more".into();
            return error("threshold", message);
        }
        self.check_ranges("exchange.anti-entropy", view.zones)
    }
}
