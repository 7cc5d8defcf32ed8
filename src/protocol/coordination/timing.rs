//! The parameters that protocols with a coordinator share, and the warnings about them.

use crate::protocol::{ConfigError, Cost, Range, RunBounds, WaitRule};
use crate::time::{LocalTime, NanoDuration, SimDuration};

crate::params! {
    /// The parameters that protocols with a coordinator share.
    #[derive(Copy)]
    pub struct Timing in "a table of settings" {
        /// The coordinator decides once it was heard from every zone, and no new member was
        /// reported, for this long.
        pub quiet: NanoDuration = "1h", Range::Text("0s or more"), "a guess";
        /// The coordinator decides on what it knows when its clock shows this time.
        pub deadline: NanoDuration = "10h", Range::Text("0s or more"), "a guess";
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
        /// A zone that was not heard from for longer is not quiet. The coordinator waits for it
        /// until the deadline.
        pub heard_within: NanoDuration = "30min",
            Range::AboveZero { also: "", otherwise: "no zone would ever count as heard" },
            "a guess: three probes";
        /// Number of last probes of each zone whose longest round trip estimates the worst delay.
        pub window: u32 = 6,
            Range::AtLeast { min: 1, otherwise: "no round trip would be known" },
            "a guess: an hour of probes";
        /// How long after its time a decision may still be executed, by a zone that receives it or
        /// locates a member after that time.
        pub valid_for: NanoDuration = "12h",
            Range::AboveZero { also: "", otherwise: "no zone could strike on a decision" },
            "a guess";
        /// A zone strikes only if it heard by the decided time that at least this many zones have
        /// acknowledged the decision. With 0 it needs to know the decision only.
        pub min_acknowledged: u32 = 0, Range::Text("0 to n"), "a guess";
    }
}

/// Messages of one round of probes to z zones.
pub const PROBES: Cost = Cost { what: "messages of a round of probes", formula: "2*z" };

/// Messages of a report and its acknowledgement, if no other report is in transit.
pub const REPORT: Cost = Cost { what: "messages for a member located elsewhere", formula: "2" };

/// Messages that tell z zones how many have acknowledged.
pub const ANNOUNCEMENT: Cost = Cost {
    what: "messages that tell how many have acknowledged, with min_acknowledged",
    formula: "2*z",
};

impl Timing {
    /// The parameters in ticks.
    pub fn in_ticks(&self, resolution: NanoDuration) -> TimingTicks {
        let ticks = |duration: NanoDuration| duration.ticks(resolution);
        TimingTicks {
            quiet: ticks(self.quiet),
            deadline: LocalTime(ticks(self.deadline).0 as i64),
            resend: Waits {
                first: SimDuration(ticks(self.resend).0.max(1)),
                longest: SimDuration(ticks(self.resend_max).0.max(1)),
            },
            probe: SimDuration(ticks(self.probe).0.max(1)),
            heard_within: ticks(self.heard_within),
            window: self.window as usize,
            valid_for: ticks(self.valid_for),
            min_acknowledged: self.min_acknowledged,
        }
    }

    /// When the coordinator decides.
    pub fn wait_rule(&self) -> WaitRule {
        let Self { quiet, deadline, heard_within, .. } = *self;
        WaitRule { quiet, deadline, heard_within }
    }

    /// Checks the table at `path` for a number of zones.
    ///
    /// # Errors
    /// A longest wait below the first, or more acknowledgements than zones.
    pub fn check(&self, path: &str, zones: u32) -> Result<(), ConfigError> {
        if self.min_acknowledged > zones {
            let path = format!("{path}.min_acknowledged");
            let message =
                format!("{} of {zones} zones; expected 0 to {zones}", self.min_acknowledged);
            return Err(ConfigError::new(path, message));
        }
        let waits = [("resend", self.resend), ("resend_max", self.resend_max)];
        ConfigError::of_waits(path, waits, Self::default().resend_max)
    }

    /// Warnings for the user before a run, if a strike comes at least `lead` after the decision.
    ///
    /// Times are local times. A decision after `quiet` is taken on a clock that may be behind, and
    /// zones strike on clocks that may be ahead.
    pub fn warnings(&self, lead: NanoDuration, bounds: &RunBounds) -> Vec<String> {
        let mut warnings = Vec::new();
        let plus = |duration: NanoDuration, more: NanoDuration| {
            NanoDuration::from_ns(duration.ns.saturating_add(more.ns))
        };
        let &RunBounds { horizon, max_ahead, max_behind, acting_zones } = bounds;
        let ahead = max_ahead.unwrap_or_default();
        let latest = max_ahead.map(|ahead| plus(horizon, ahead));
        let quiet =
            max_behind.map(|behind| NanoDuration::from_ns(self.quiet.ns.saturating_sub(behind.ns)));
        let earliest = quiet.map(|quiet| plus(quiet.min(self.deadline), lead));
        let at_deadline = plus(self.deadline, lead);
        let clocks = match ahead.ns {
            0 => String::new(),
            _ => format!("; no clock is ahead by more than {ahead}"),
        };
        if let Some((earliest, _)) =
            earliest.zip(latest).filter(|(earliest, latest)| earliest >= latest)
        {
            warnings.push(format!(
                "no zone can strike before the horizon: the earliest decision is for {earliest}, the \
                 horizon is {horizon}{clocks}"
            ));
        } else if latest.is_some_and(|latest| self.deadline < latest && at_deadline >= latest) {
            warnings.push(format!(
                "a decision at the deadline, {}, is for {at_deadline} at the earliest: beyond the \
                 horizon, {horizon}{clocks}",
                self.deadline,
            ));
        }
        if self.min_acknowledged > acting_zones {
            warnings.push(format!(
                "no zone ever strikes: min_acknowledged is {}, and {acting_zones} zones are not \
                 observers",
                self.min_acknowledged
            ));
        }
        if self.heard_within <= self.probe && self.quiet < horizon {
            warnings.push(format!(
                "a zone is probed every {} and counts as heard for {}: between two probes no zone \
                 is quiet, and the coordinator may wait for the deadline",
                self.probe, self.heard_within
            ));
        }
        warnings
    }
}

/// A [`Timing`] in ticks.
#[derive(Clone, Copy, Debug)]
pub struct TimingTicks {
    /// [`Timing::quiet`].
    pub quiet: SimDuration,
    /// [`Timing::deadline`].
    pub deadline: LocalTime,
    /// [`Timing::resend`] to [`Timing::resend_max`].
    pub resend: Waits,
    /// [`Timing::probe`], at least one.
    pub probe: SimDuration,
    /// [`Timing::heard_within`].
    pub heard_within: SimDuration,
    /// [`Timing::window`].
    pub window: usize,
    /// [`Timing::valid_for`].
    pub valid_for: SimDuration,
    /// [`Timing::min_acknowledged`].
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
