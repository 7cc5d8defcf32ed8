//! The parameters that protocols with a coordinator share, and the warnings about them.

use crate::protocol::{ConfigError, Cost, Range, SendBound};
use crate::time::{NanoDuration, SimDuration};

crate::params! {
    /// The parameters that protocols with a coordinator share.
    #[derive(Copy)]
    pub struct Timing in "a table of settings" {
        /// First wait for an acknowledgement before a message is sent again.
        pub resend: NanoDuration = "1s",
            Range::AboveZero {
                also: ", up to resend_max",
                otherwise: "a time of 0 would send without end",
            },
            "a guess";
        /// Longest such wait after repeated doubling.
        pub resend_max: NanoDuration = "60s", Range::Timer("resend or more"), "RFC 6298, 2.5";
        /// Time from one round of the coordinator's probes to the next.
        pub probe: NanoDuration = "10min",
            Range::AboveZero { also: "", otherwise: "a time of 0 would send without end" },
            "a guess";
        /// Number of last probes of each zone whose longest round trip estimates the worst delay.
        pub window: u32 = 6,
            Range::AtLeast { min: 1, otherwise: "no round trip would be known" },
            "a guess: an hour of probes";
        /// How long after its time a decision may still be executed, by a zone that receives it or
        /// locates a member after that time.
        pub valid_for: NanoDuration = "12h",
            Range::AboveZero { also: "", otherwise: "no zone could strike on a decision" },
            "a guess";
    }
}

/// Messages of one round of probes to z zones.
pub const PROBES: Cost = Cost { what: "messages of a round of probes", formula: "2*z" };

/// Messages of a report and its acknowledgement, if no other report is in transit.
pub const REPORT: Cost = Cost { what: "messages for a member located elsewhere", formula: "2" };

impl Timing {
    /// The parameters in ticks.
    pub fn in_ticks(&self, resolution: NanoDuration) -> TimingTicks {
        let ticks = |duration: NanoDuration| duration.ticks(resolution);
        TimingTicks {
            resend: Waits {
                first: SimDuration(ticks(self.resend).0.max(1)),
                longest: SimDuration(ticks(self.resend_max).0.max(1)),
            },
            probe: SimDuration(ticks(self.probe).0.max(1)),
            window: self.window as usize,
            valid_for: ticks(self.valid_for),
            min_acknowledged: 0,
        }
    }

    /// Bound on the messages over a link. Timers send probes, a report, a decision and the number of its
    /// acknowledgements. A decision follows a report and is acknowledged, and so does the order of a zone
    /// follow a probe of the deputy; the deputy may begin to act once in each interval of probes.
    pub fn send_bound(&self, resolution: NanoDuration) -> SendBound {
        let TimingTicks { resend, probe, .. } = self.in_ticks(resolution);
        SendBound {
            interval: Some(probe.min(resend.first)),
            timers: 5,
            reply_depth: 3,
            ..SendBound::of_causes(1, 2, 4)
        }
    }

    /// Checks the table at `path`.
    ///
    /// # Errors
    /// A longest wait below the first.
    pub fn check(&self, path: &str) -> Result<(), ConfigError> {
        let waits = [("resend", self.resend), ("resend_max", self.resend_max)];
        ConfigError::of_waits(path, waits, Self::default().resend_max)
    }
}

/// A [`Timing`] in ticks.
#[derive(Clone, Copy, Debug)]
pub struct TimingTicks {
    /// [`Timing::resend`] to [`Timing::resend_max`].
    pub resend: Waits,
    /// [`Timing::probe`], at least one.
    pub probe: SimDuration,
    /// [`Timing::window`].
    pub window: usize,
    /// [`Timing::valid_for`].
    pub valid_for: SimDuration,
    /// [`MinAcknowledged`](super::min_acknowledged::MinAcknowledged); 0 without that rule.
    pub min_acknowledged: u32,
}

/// The waits for an acknowledgement: each is twice the last, up to a limit (V. Paxson et al., RFC
/// 6298, 5.5), so that messages to an unreachable node become rare.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// The first wait in ticks, at least 1.
    pub first: SimDuration,
    /// The longest wait in ticks.
    pub longest: SimDuration,
}

impl Waits {
    /// The wait after `last`, or the first wait.
    pub fn after(self, last: Option<SimDuration>) -> SimDuration {
        last.map_or(self.first, |last| last.backoff(self.longest))
    }
}
