//! The times that every protocol with a coordinator works by: its settings, and what people are told
//! of them.

use super::TimeBounds;
use crate::protocol::{ConfigError, Cost, ParamInfo, Range};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// The settings that every protocol with a coordinator has.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// The coordinator decides when every zone was quiet for so long.
    pub quiet: NanoDuration,
    /// The coordinator decides on what it knows when its clock shows this.
    pub deadline: NanoDuration,
    /// The first wait for an answer to what was sent, before it is sent again.
    pub resend: NanoDuration,
    /// The longest such wait, after doublings.
    pub resend_max: NanoDuration,
    /// From one round of probes to the next.
    pub probe: NanoDuration,
    /// A zone not heard from for longer is not quiet.
    pub heard_within: NanoDuration,
    /// So many of the last probes of each zone tell the longest round trip.
    pub window: u32,
    /// A zone may strike for so long after the time that was decided.
    pub valid_for: NanoDuration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            quiet: NanoDuration::from_secs(3600),
            deadline: NanoDuration::from_secs(10 * 3600),
            resend: NanoDuration::from_secs(1),
            resend_max: NanoDuration::from_secs(60),
            probe: NanoDuration::from_secs(600),
            heard_within: NanoDuration::from_secs(1800),
            window: 6,
            valid_for: NanoDuration::from_secs(12 * 3600),
        }
    }
}

/// What a round of probes costs, among z others.
pub const PROBES: Cost = Cost { what: "messages of a round of probes", formula: "2*z" };

/// What a report costs, if no other is under way.
pub const REPORT: Cost = Cost { what: "messages for a member located elsewhere", formula: "2" };

/// How [`Timing::quiet`] is described to people.
pub const QUIET: ParamInfo = ParamInfo {
    key: "quiet",
    default: "\"1h\"",
    range: Range::Text("0s or more"),
    meaning: "the coordinator decides when for so long every zone was heard from and no new member \
              was reported",
    origin: "a guess",
};

/// How [`Timing::deadline`] is described to people.
pub const DEADLINE: ParamInfo = ParamInfo {
    key: "deadline",
    default: "\"10h\"",
    range: Range::Text("0s or more"),
    meaning: "the coordinator decides on what it knows when its clock shows this",
    origin: "a guess",
};

/// How [`Timing::resend`] is described to people.
pub const RESEND: ParamInfo = ParamInfo {
    key: "resend",
    default: "\"1s\"",
    range: Range::Timer("above 0s, up to resend_max"),
    meaning: "first wait for an answer, before what was not answered is sent again",
    origin: "a guess",
};

/// How [`Timing::resend_max`] is described to people.
pub const RESEND_MAX: ParamInfo = ParamInfo {
    key: "resend_max",
    default: "\"60s\"",
    range: Range::Timer("resend or more"),
    meaning: "longest wait for one, after doublings",
    origin: "RFC 6298, 2.5",
};

/// How [`Timing::probe`] is described to people.
pub const PROBE: ParamInfo = ParamInfo {
    key: "probe",
    default: "\"10min\"",
    range: Range::Timer("above 0s"),
    meaning: "from one round of the coordinator's probes to the next",
    origin: "a guess",
};

/// How [`Timing::heard_within`] is described to people.
pub const HEARD_WITHIN: ParamInfo = ParamInfo {
    key: "heard_within",
    default: "\"30min\"",
    range: Range::Text("above 0s"),
    meaning: "a zone from which nothing has come for longer is not quiet: the coordinator waits for \
              it, until the deadline",
    origin: "a guess: three probes",
};

/// How [`Timing::window`] is described to people.
pub const WINDOW: ParamInfo = ParamInfo {
    key: "window",
    default: "6",
    range: Range::Text("1 or more"),
    meaning: "the longest round trip is that of so many last probes of each zone",
    origin: "a guess: an hour of probes",
};

/// How [`Timing::valid_for`] is described to people.
pub const VALID_FOR: ParamInfo = ParamInfo {
    key: "valid_for",
    default: "\"12h\"",
    range: Range::Text("above 0s"),
    meaning: "who hears of the decision, or locates somebody, after its time strikes until so long \
              after it; then it is void",
    origin: "a guess",
};

/// How the bound on clocks is described to people.
pub const CLOCK_BOUND: ParamInfo = ParamInfo {
    key: "clock_bound",
    default: "\"100ms\"",
    range: Range::Text("0s or more"),
    meaning: "how far two clocks may be apart",
    origin: "a guess; NTP over the internet does better",
};

impl Timing {
    /// The same in ticks.
    pub fn in_ticks(&self, resolution: NanoDuration) -> TimingTicks {
        let ticks = |length: NanoDuration| length.ticks(resolution);
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
        }
    }

    /// Whether these settings of the table at `path` work, and those beside them that must be above
    /// 0 too.
    ///
    /// # Errors
    /// The first that does not.
    pub fn check(&self, path: &str, more: &[(&str, NanoDuration)]) -> Result<(), ConfigError> {
        let at = |key: &str| format!("{path}.{key}");
        let mut sent = [("resend", self.resend), ("probe", self.probe)].into_iter();
        if let Some((key, _)) = sent.by_ref().chain(more.iter().copied()).find(|(_, l)| l.ns == 0) {
            let message = "a time of nothing would send without end; expected one above 0";
            return Err(ConfigError::new(at(key), message));
        }
        let waits = [("resend", self.resend), ("resend_max", self.resend_max)];
        ConfigError::of_waits(path, waits, Self::default().resend_max)?;
        if self.heard_within.ns == 0 {
            let message = "no zone would ever count as heard; expected a time above 0";
            return Err(ConfigError::new(at("heard_within"), message));
        }
        if self.window == 0 {
            let message = "no round trip would be known; expected 1 or more";
            return Err(ConfigError::new(at("window"), message));
        }
        if self.valid_for.ns == 0 {
            let message = "nobody could strike on a decision; expected a time above 0";
            return Err(ConfigError::new(at("valid_for"), message));
        }
        Ok(())
    }

    /// What people should know of these settings before a run, where a strike comes `lead` after the
    /// decision at the earliest.
    ///
    /// Times are compared as clocks show them. A decision after `quiet` is taken by a clock that may
    /// be behind, and zones strike by clocks that may be ahead.
    pub fn warnings(&self, lead: NanoDuration, bounds: &TimeBounds) -> Vec<String> {
        let mut notices = Vec::new();
        let plus = |length: NanoDuration, more: NanoDuration| {
            NanoDuration::from_ns(length.ns.saturating_add(more.ns))
        };
        let &TimeBounds { horizon, max_ahead, max_behind } = bounds;
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
            notices.push(format!(
                "nobody can strike before the horizon: the earliest decision is for {earliest}, the \
                 horizon is {horizon}{clocks}"
            ));
        } else if latest.is_some_and(|latest| self.deadline < latest && at_deadline >= latest) {
            notices.push(format!(
                "a decision at the deadline, {}, is for {at_deadline} at the earliest: beyond the \
                 horizon, {horizon}{clocks}",
                self.deadline,
            ));
        }
        if self.heard_within <= self.probe && self.quiet < horizon {
            notices.push(format!(
                "a zone is probed every {} and counts as heard for {}: between two probes no zone \
                 is quiet, and the coordinator may wait for the deadline",
                self.probe, self.heard_within
            ));
        }
        notices
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
}

/// How long to wait for an answer: twice as long after every sending, up to a limit (V. Paxson et al.,
/// RFC 6298, 5.5). So what is sent to somebody out of reach for long is sent seldom.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// The first wait, in ticks, at least one.
    pub first: SimDuration,
    /// The longest.
    pub longest: SimDuration,
}

impl Waits {
    /// The wait that follows another, or the first.
    pub fn after(self, last: Option<SimDuration>) -> SimDuration {
        last.map_or(self.first, |last| last.backoff(self.longest))
    }
}
