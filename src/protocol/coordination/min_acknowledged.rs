//! The rule `min_acknowledged`: a zone strikes only if it heard by the decided time T that at least
//! so many zones have acknowledged the decision.
//!
//! The coordinator counts acknowledgements. Once they suffice, it tells all zones their number, until
//! each has acknowledged that or T has come ([`Announcement`]). A zone that has not heard it when its
//! clock passes T stands down for good ([`Permission`]). The number is sent with T, so it also serves
//! as the decision for a zone that has missed it.
//!
//! # Splits
//!
//! The rule does not prevent splits: the last message may be lost too. It makes them rarer, and so
//! are operations. Let n zones have a located member, let each message be lost independently with
//! probability p, and let there be time for one attempt of each message before T. With q = 1 - p, a
//! zone acknowledges with probability q^2, and hears the number with probability q. So
//!
//! - P(operation) = P(Binomial(n, q^2) >= m) * (1 - p^n): some zone strikes,
//! - P(split) = P(Binomial(n, q^2) >= m) * (1 - q^n - p^n): some zone strikes and some does not.
//!
//! Without the rule the first factor is 1. With k attempts of each message, p^k is roughly in the
//! place of p.

use super::Output;
use super::pending_acks::PendingAcks;
use super::timing::TimingTicks;
use crate::id::NodeId;
use crate::protocol::{ConfigError, Cost, OutOf, Range, RunBounds};
use crate::time::LocalTime;

crate::params! {
    /// The parameter of the protocols that have this rule.
    #[derive(Copy)]
    pub struct MinAcknowledged in "a table of settings" {
        /// A zone strikes only if it heard by the decided time that at least this many zones have
        /// acknowledged the decision. With 0 it needs to know the decision only.
        pub min_acknowledged: u32 = 0, Range::Text("0 to n"), "a guess";
    }
}

/// Messages that tell z zones how many have acknowledged.
pub const ANNOUNCEMENT: Cost = Cost {
    what: "messages that tell how many have acknowledged, with min_acknowledged",
    formula: "2*z",
};

impl MinAcknowledged {
    /// The times of a protocol, with this rule.
    pub fn added_to(self, times: TimingTicks) -> TimingTicks {
        TimingTicks { min_acknowledged: self.min_acknowledged, ..times }
    }

    /// Checks the table at `path` for a number of zones.
    ///
    /// # Errors
    /// More acknowledgements than zones.
    pub fn check(&self, path: &str, zones: u32) -> Result<(), ConfigError> {
        if self.min_acknowledged <= zones {
            return Ok(());
        }
        let message = format!("{} of {zones} zones; expected 0 to {zones}", self.min_acknowledged);
        Err(ConfigError::new(format!("{path}.min_acknowledged"), message))
    }

    /// Warnings for the user before a run.
    pub fn warnings(&self, bounds: &RunBounds) -> Vec<String> {
        let &RunBounds { acting_zones, .. } = bounds;
        if self.min_acknowledged <= acting_zones {
            return Vec::new();
        }
        vec![format!(
            "no zone ever strikes: min_acknowledged is {}, and {acting_zones} zones are not observers",
            self.min_acknowledged
        )]
    }
}

/// The coordinator's part: tells the zones that enough of them have acknowledged.
#[derive(Clone, Debug)]
pub struct Announcement {
    min: u32,
    /// The zones that have not acknowledged the number; None before it suffices.
    pub untold: Option<PendingAcks>,
}

impl Announcement {
    /// An announcement that needs so many acknowledgements. With 0 there is none.
    pub fn new(min: u32) -> Self {
        Self { min, untold: None }
    }

    /// Whether a zone may strike only after the announcement.
    pub fn is_needed(&self) -> bool {
        self.min > 0
    }

    /// Takes the number of zones that have acknowledged a decision for `at`. Returns whether the
    /// announcement begins with it: the number suffices for the first time, and T has not passed.
    pub fn begins<M, T>(
        &mut self,
        acknowledged: u32,
        at: LocalTime,
        out: &OutOf<'_, M, T, Output>,
    ) -> bool {
        let begins = self.is_needed()
            && self.untold.is_none()
            && acknowledged >= self.min
            && out.now() <= at;
        if begins {
            let zones = super::coordinator_view::acting_zones(out);
            self.untold = Some(PendingAcks::new(zones.into_iter()));
        }
        begins
    }

    /// Records that a zone has heard the number.
    pub fn acknowledge(&mut self, by: NodeId) {
        if let Some(untold) = &mut self.untold {
            untold.acknowledge(by);
        }
    }

    /// Whether a timer for this time is the last one that was set.
    pub fn is_due(&self, at: LocalTime) -> bool {
        self.untold.as_ref().is_some_and(|untold| untold.is_due(at))
    }
}

/// A zone's part: whether it may strike. Durable.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    min: u32,
    /// The decided time of which it heard in time that enough zones have acknowledged it.
    granted: Option<LocalTime>,
}

impl Permission {
    /// The permission of a zone that has heard nothing. With 0 it needs none.
    pub fn new(min: u32) -> Self {
        Self { min, granted: None }
    }

    /// Hears that so many zones have acknowledged the decision for `at`. After that time it is too
    /// late.
    pub fn hear(&mut self, at: LocalTime, zones: u32, now: LocalTime) {
        if zones >= self.min && now <= at {
            self.granted = Some(at);
        }
    }

    /// Whether the zone may strike on the decision for `at`.
    pub fn allows(&self, at: LocalTime) -> bool {
        self.min == 0 || self.granted == Some(at)
    }
}
