//! `rendezvous`: zones strike at times that were agreed before the operation, and send nothing.
//!
//! There is no paper: it is a practice, an hour set in advance (H-hour). J. Halpern and Y. Moses:
//! "Knowledge and common knowledge in a distributed environment" (1990), section 8, say why it works
//! where messages do not: what is agreed beforehand is common knowledge, and clocks turn it into
//! action at the same time within their difference.
//!
//! The agreed times are `first`, `first + interval` and so on. A zone that has located a member
//! strikes at the first agreed time that is at least `margin` later, by its own clock. A zone that
//! misses that time, because it is down or because its clock is stepped beyond `valid_for` after it,
//! strikes at the next one.
//!
//! # Splits
//!
//! No loss, delay or partition matters, since there are no messages. An operation splits for three
//! reasons.
//!
//! - *Readiness*: a zone knows nothing of the others, so those that are ready do not wait for those that
//!   are not. The operation splits if a zone becomes ready after the first agreed time that is used,
//!   less `margin`, and before the members are warned. Let n zones have one member each, let each be
//!   located after an exponential time with rate a, let the first agreed time be `interval` +
//!   `margin`, and let the warning take W, no longer than `interval`. With p = 1 - exp(-a interval) and
//!   r = exp(-a (interval + margin + W)),
//!   P(split) = 1 - ((p + r)^n - r^n) / (1 - (1 - p)^n),
//!   and the share captured is p / (1 - (1 - p)^n) on average.
//! - *Clocks*: strikes for one agreed time are as far apart as the clocks of the zones. They split if
//!   that is longer than the warning.
//! - *Absence*: a zone that is down from an agreed time until `valid_for` after it is an interval late. If
//!   each zone is down then with probability u, independently, and all are ready, some zone strikes and
//!   some does not with probability 1 - (1 - u)^n - u^n.
//!
//! The members located in a zone are durable, with the time chosen for each and whether it was struck.

use std::collections::{BTreeMap, BTreeSet};

use super::independent::Never;
use super::{Located, Output};
use crate::id::Member;
use crate::protocol::{
    AgreedTicks, AgreedTimes, ConfigError, Cost, Decisions, Input, NamedProtocol, NodeView, Out,
    Params as _, Protocol, ProtocolInfo, Range, RunBounds, Safety, SendBound, Strikes,
};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// The entry of `rendezvous` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "rendezvous",
    about: "zones strike at times agreed before the operation, and send nothing",
    source: "no paper: an hour set in advance, a practice; Halpern and Moses, Knowledge and common \
             knowledge in a distributed environment, 1990, section 8, say what clocks achieve \
             without messages",
    deviations: &["a zone that misses an agreed time strikes at the next one"],
    formulas: &[
        Cost { what: "messages", formula: "0" },
        Cost { what: "from locating a member to its strike, at least", formula: "margin" },
        Cost {
            what: "from locating a member to its strike, less than, once the first time is past",
            formula: "margin + interval",
        },
        Cost { what: "the first strike, at least", formula: "first" },
    ],
    variables: "",
    guarantees: "every zone strikes at an agreed time of its own clock, or until valid_for after it. \
                 No message is sent, so loss and partitions change nothing. Zones ready margin \
                 before the same agreed time strike as far apart as their clocks; a zone that is \
                 ready later, or is down then, strikes an interval later and splits from them. \
                 Located members, their times and strikes survive a crash",
    settings: Params::PARAMS,
    ..ProtocolInfo::EMPTY
};

crate::params! {
    /// The `[coordination.rendezvous]` table.
    pub struct Params in "a table such as [coordination.rendezvous]" {
        /// The first agreed time, on the clock of each zone.
        pub first: NanoDuration = "6h", Range::Text("0s or more"), "a guess";
        /// Time from each agreed time to the next.
        pub interval: NanoDuration = "6h",
            Range::AboveZero { also: "", otherwise: "there would be no next time" }, "a guess";
        /// How long before an agreed time a member has to be located.
        pub margin: NanoDuration = "10min", Range::Text("0s or more"), "a guess";
        /// How long after an agreed time a zone may still strike, if it was down at that time.
        pub valid_for: NanoDuration = "10min",
            Range::AboveZero { also: "", otherwise: "no zone could strike at its time" }, "a guess";
    }
}

impl Params {
    fn agreed(&self) -> AgreedTimes {
        AgreedTimes { first: self.first, interval: self.interval }
    }

    /// Zones decide for themselves, on agreed times only, and strike at these.
    pub fn safety(&self) -> Safety {
        Safety {
            decisions: Decisions::ManyPerZone,
            strikes: Strikes::FromDecidedTime,
            valid_for: Some(self.valid_for),
            waits: None,
            min_ready: None,
            agreed: Some(self.agreed()),
        }
    }

    /// Warnings about these values, for the user before a run.
    pub fn warnings(&self, bounds: &RunBounds) -> Vec<String> {
        let ahead = bounds.max_ahead.unwrap_or_default();
        let latest = NanoDuration::from_ns(bounds.horizon.ns.saturating_add(ahead.ns));
        if bounds.max_ahead.is_none() || self.first < latest {
            return Vec::new();
        }
        let clocks = match ahead.ns {
            0 => String::new(),
            _ => format!("; no clock is ahead by more than {ahead}"),
        };
        let Self { first, .. } = self;
        let horizon = bounds.horizon;
        vec![format!(
            "no zone can strike before the horizon: the first agreed time is {first}, the horizon is \
             {horizon}{clocks}"
        )]
    }
}

/// The state machine of a zone.
#[derive(Clone, Debug)]
pub struct Rendezvous {
    agreed: AgreedTicks,
    margin: SimDuration,
    valid_for: SimDuration,
    /// Located members that are not struck yet, each with its agreed time. Durable.
    pending: BTreeMap<Member, LocalTime>,
    /// Durable: a strike is visible to everyone.
    struck: BTreeSet<Member>,
    /// The time for which a decision was reported last.
    decided: Option<LocalTime>,
}

impl NamedProtocol for Rendezvous {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, _view: &NodeView, resolution: NanoDuration) -> Self {
        Self {
            agreed: params.agreed().in_ticks(resolution),
            margin: params.margin.ticks(resolution),
            valid_for: params.valid_for.ticks(resolution),
            pending: BTreeMap::new(),
            struck: BTreeSet::new(),
            decided: None,
        }
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        params.check_ranges("coordination.rendezvous", view.zones)
    }

    fn send_bound(_params: &Params, _resolution: NanoDuration) -> Option<SendBound> {
        Some(SendBound::of_causes(0, 0, 0))
    }

    fn safety(params: &Params) -> Safety {
        params.safety()
    }

    fn warnings(params: &Params, bounds: &RunBounds) -> Vec<String> {
        params.warnings(bounds)
    }
}

impl Protocol for Rendezvous {
    type Message = Never;
    /// An agreed time.
    type Timer = LocalTime;
    type Input = Located;
    type Output = Output;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match input {
            // A zone that has lost its memory may locate a member again.
            Input::Local(Located(member)) if !self.is_known(member) => {
                let at = self.agreed.next(out.now() + self.margin);
                self.plan(member, at, out);
            }
            Input::Timer(_) => self.act(out),
            Input::Restart => {
                self.act(out);
                // The crash has lost the timers.
                for &at in self.pending.values().collect::<BTreeSet<_>>() {
                    out.wake_at(at, at);
                }
            }
            Input::Start | Input::Local(_) | Input::Message { .. } => {}
        }
    }

    fn recover(&mut self, lost: Self) {
        *self = lost;
    }
}

impl Rendezvous {
    fn is_known(&self, member: Member) -> bool {
        self.pending.contains_key(&member) || self.struck.contains(&member)
    }

    /// Decides to strike at a member at an agreed time.
    fn plan(&mut self, member: Member, at: LocalTime, out: &mut Out<'_, Self>) {
        self.pending.insert(member, at);
        if self.decided.replace(at) != Some(at) {
            out.decide(at);
        }
        out.wake_at(at, at);
    }

    /// Strikes at the members whose time has come, and plans anew for those whose time was missed.
    fn act(&mut self, out: &mut Out<'_, Self>) {
        let now = out.now();
        let all = std::mem::take(&mut self.pending);
        let (due, later) = all.into_iter().partition::<BTreeMap<_, _>, _>(|&(_, at)| at <= now);
        self.pending = later;
        for (member, at) in due {
            if now <= at + self.valid_for {
                self.struck.insert(member);
                out.strike(member);
            } else {
                self.plan(member, self.agreed.next(now), out);
            }
        }
    }
}

#[cfg(test)]
mod tests;
