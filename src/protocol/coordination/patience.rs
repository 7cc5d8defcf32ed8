//! How long a coordinator waits for further members before it decides: the parameters, and the warnings
//! about them.

use crate::protocol::{Range, RunBounds, WaitRule};
use crate::time::{LocalTime, NanoDuration, SimDuration};

crate::params! {
    /// The parameters of protocols whose coordinator waits for quiet.
    #[derive(Copy)]
    pub struct Patience in "a table of settings" {
        /// The coordinator decides once it was heard from every zone, and no new member was
        /// reported, for this long.
        pub quiet: NanoDuration = "1h", Range::Text("0s or more"), "a guess";
        /// The coordinator decides on what it knows when its clock shows this time.
        pub deadline: NanoDuration = "10h", Range::Text("0s or more"), "a guess";
        /// A zone that was not heard from for longer is not quiet. The coordinator waits for it
        /// until the deadline.
        pub heard_within: NanoDuration = "30min",
            Range::AboveZero { also: "", otherwise: "no zone would ever count as heard" },
            "a guess: three probes";
    }
}

impl Patience {
    /// The parameters in ticks.
    pub fn in_ticks(&self, resolution: NanoDuration) -> PatienceTicks {
        PatienceTicks {
            quiet: self.quiet.ticks(resolution),
            deadline: LocalTime(self.deadline.ticks(resolution).0 as i64),
            heard_within: self.heard_within.ticks(resolution),
        }
    }

    /// When the coordinator decides.
    pub fn wait_rule(&self) -> WaitRule {
        let Self { quiet, deadline, heard_within } = *self;
        WaitRule { quiet, deadline, heard_within }
    }

    /// Warnings for the user before a run, if a strike comes at least `lead` after the decision and
    /// zones are probed every `probe`.
    ///
    /// Times are local times. A decision after `quiet` is taken on a clock that may be behind, and
    /// zones strike on clocks that may be ahead.
    pub fn warnings(
        &self,
        lead: NanoDuration,
        probe: NanoDuration,
        bounds: &RunBounds,
    ) -> Vec<String> {
        let mut warnings = Vec::new();
        let plus = |duration: NanoDuration, more: NanoDuration| {
            NanoDuration::from_ns(duration.ns.saturating_add(more.ns))
        };
        let &RunBounds { horizon, max_ahead, max_behind, .. } = bounds;
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
        if self.heard_within <= probe && self.quiet < horizon {
            warnings.push(format!(
                "a zone is probed every {probe} and counts as heard for {}: between two probes no \
                 zone is quiet, and the coordinator may wait for the deadline",
                self.heard_within
            ));
        }
        warnings
    }
}

/// A [`Patience`] in ticks.
#[derive(Clone, Copy, Debug)]
pub struct PatienceTicks {
    /// [`Patience::quiet`].
    pub quiet: SimDuration,
    /// [`Patience::deadline`].
    pub deadline: LocalTime,
    /// [`Patience::heard_within`].
    pub heard_within: SimDuration,
}
