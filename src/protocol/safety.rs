//! What a coordination guarantees of an operation, in every run and under all faults.
//!
//! A protocol states it ([`super::NamedProtocol::safety`]) and [`crate::metrics::invariants`] checks it.
//! The default is the strict case: one time is decided, and no zone strikes before it. Two rules hold
//! for every protocol: a zone strikes a member at most once, and only a member that it has located.

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
}

/// How many times to strike may be decided. The same time may be decided again, by any node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decisions {
    /// One for the whole operation: agreement.
    #[default]
    One,
    /// One by each zone, for itself alone.
    OnePerZone,
    /// Any number.
    Unlimited,
}

/// What a strike needs. A decision counts if the zone is bound by it: its own where each zone
/// decides for itself, else anybody's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strikes {
    /// A decision, and its time on the clock of the zone that strikes.
    #[default]
    FromDecidedTime,
    /// A decision; the strike may come before its time.
    AfterDecision,
    /// Nothing: a zone may strike though nobody has decided.
    Unconditional,
}

/// How long a run lasts, and how far its clocks may be off, whatever the seed.
#[derive(Clone, Copy, Debug)]
pub struct TimeBounds {
    /// The end of the run in true time, exclusive.
    pub horizon: NanoDuration,
    /// How far a clock may be ahead of true time before the horizon. None if there is no bound.
    pub max_ahead: Option<NanoDuration>,
    /// How far below 0 a clock may begin or be stepped back. None if there is no bound.
    pub max_behind: Option<NanoDuration>,
}
