//! What a coordination guarantees of an operation, in every run and under all faults.
//!
//! A protocol states it ([`super::NamedProtocol::safety`]) and [`crate::metrics::invariants`] checks it.
//! The default is the strict case: one time is decided, and no zone strikes before it. Two rules hold
//! for every protocol: a zone strikes a member at most once, and only a member that it has located.

use super::AgreedTimes;
use crate::time::NanoDuration;

/// The guarantees of a coordination. All times are those of a zone's own clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Safety {
    /// How many times to strike may be decided in one operation.
    pub decisions: Decisions,
    /// What a strike needs.
    pub strikes: Strikes,
    /// How long after the decided time a zone may still strike; without a limit if `None`.
    pub valid_for: Option<NanoDuration>,
    /// When the coordinator decides, if it follows this rule.
    pub waits: Option<WaitRule>,
    /// Number of zones that must have located a member before anything is decided.
    pub min_ready: Option<u32>,
    /// The only times that may be decided, if they were agreed before the run.
    pub agreed: Option<AgreedTimes>,
}

/// How long a coordinator waits before it decides, on its own clock: until no zone has reported a member
/// and all were heard from for some time, or until a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitRule {
    /// How long no new member may be reported.
    pub quiet: NanoDuration,
    /// When it decides at the latest if a member was reported.
    pub deadline: NanoDuration,
    /// A zone that was not heard from for longer is silent: it is waited for until the deadline.
    pub heard_within: NanoDuration,
}

/// How many times to strike may be decided. The same time may be decided again, by any node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decisions {
    /// One for the whole operation: agreement.
    #[default]
    One,
    /// One per zone, which binds that zone only.
    OnePerZone,
    /// One for the whole operation, on which each zone decides for itself.
    OneTimeByEachZone,
    /// Any number by each zone, which bind that zone only.
    ManyPerZone,
    /// One per node, each of which binds every zone: that of a coordinator and of its deputy.
    OnePerNode,
    /// Any number.
    Unlimited,
}

impl Decisions {
    /// Whether a decision binds the zone that takes it only.
    pub fn bind_own_zone_only(self) -> bool {
        matches!(self, Self::OnePerZone | Self::OneTimeByEachZone | Self::ManyPerZone)
    }

    /// Whether a decision excludes another time of the same zone, and of another zone.
    pub fn exclude(self, is_same_zone: bool) -> bool {
        match self {
            Self::One | Self::OneTimeByEachZone => true,
            Self::OnePerZone | Self::OnePerNode => is_same_zone,
            Self::ManyPerZone | Self::Unlimited => false,
        }
    }
}

/// What a strike needs. A decision counts if it binds the zone: its own decision if each zone
/// decides for itself, otherwise that of any node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strikes {
    /// A decision, and its time on the clock of the zone that strikes.
    #[default]
    FromDecidedTime,
    /// A decision; the strike may come before its time.
    AfterDecision,
    /// Nothing: a zone may strike without any decision.
    Unconditional,
}

/// What is known of a run before it begins, for every seed.
#[derive(Clone, Copy, Debug)]
pub struct RunBounds {
    /// The end of the run in true time, exclusive.
    pub horizon: NanoDuration,
    /// How far a clock may be ahead of true time before the horizon. None if there is no bound.
    pub max_ahead: Option<NanoDuration>,
    /// How far below 0 a clock may begin or be stepped back. None if there is no bound.
    pub max_behind: Option<NanoDuration>,
    /// The number of zones that are not observers.
    pub acting_zones: u32,
}
