//! `quorum`: the hub commands a time as soon as k zones have located a member.
//!
//! D. Skeen: "A quorum-based commit protocol" (1982): a transaction commits once a commit quorum of the
//! sites is prepared, so that it does not wait for those that are down or cut off; R. Thomas: "A
//! majority consensus approach to concurrency control for multiple copy databases" (1979), for a
//! majority. Here a zone is ready when it has reported a located member, k is the setting `ready`, and
//! the decision binds all zones, ready or not. Observers have no members and never count.
//!
//! The hub decides when the k-th zone has reported. What follows is that of [`order`](super::order): it
//! commands T = now + the worst round trip + `clock_bound` + `margin` and repeats the command; zones
//! strike when their clocks show T; a zone that locates a member later strikes at once, until
//! `valid_for` after T. There is no deadline: if fewer than k zones become ready, nobody strikes.
//! `min_acknowledged` is another rule: it asks that zones have heard of the decision, not that they are
//! ready for it.
//!
//! # How long it takes, and what it misses
//!
//! Let n zones have one member each, let each be located after an exponential time with rate a, let U be
//! the time of a report to the hub, D the time from the decision to T, and W the warning. Then
//!
//! - P(decided by t) = P(Binomial(n, 1 - exp(-a (t - U))) >= k), a majority before a straggler;
//! - the zones that strike in time are k and those located within U + D + W of the k-th: the share
//!   captured is (k + (n - k) (1 - exp(-a (U + D + W)))) / n on average.
//!
//! # Splits
//!
//! A run has one decided time, and no zone strikes before it. Those of `order`: a zone with a located
//! member splits if it is unreachable from the hub from the decision to T, or down at T. Unlike an order
//! after quiet, a decision at k does not wait for zones that are silent: those behind a partition are
//! left out while the others strike, unless fewer than k are on the side of the hub. So with k > n/2 at
//! most one side of a partition strikes, and it has the hub.
//!
//! The reports are durable, as are located members and the command.

use super::coordinator_view::DecisionRule;
use super::min_acknowledged::{self, MinAcknowledged};
use super::order::{Message, Order, Timer};
use super::timing::{self, Timing};
use super::{Located, Output};
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Range, RunBounds, Safety, SendBound,
};
use crate::time::NanoDuration;

/// The entry of `quorum` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "quorum",
    about: "the hub commands a time as soon as enough zones have located a member",
    source: "Skeen, A quorum-based commit protocol, 1982; Thomas, A majority consensus approach to \
             concurrency control for multiple copy databases, 1979",
    deviations: &[
        "the hub alone decides; there is no abort quorum and no termination protocol among the zones",
        "the decision binds all zones, also those that were not ready",
        "the decision is for a time, and is repeated until it is acknowledged or due",
    ],
    formulas: &[
        Cost {
            what: "messages of the command, if no zone reports while it is under way",
            formula: "2*z",
        },
        min_acknowledged::ANNOUNCEMENT,
        Cost { what: "from locating the last member needed to the decision", formula: "U" },
        Cost { what: "from the decision until all know", formula: "F" },
        Cost { what: "from the decision to the strikes", formula: "R + clock_bound + margin" },
        timing::PROBES,
        timing::REPORT,
    ],
    variables: "z zones that are not observers; U the link from the last zone needed to the hub; F \
                the hub's longest link; R the longest round trip of the last probes, 0 before an \
                answer",
    guarantees: "one time is decided, once at least ready zones have located a member, and no zone \
                 strikes before it or later than valid_for after it. If fewer zones become ready, \
                 nobody strikes. A zone that is down or partitioned from the hub from the decision \
                 until the time splits from the others. A crash with loss of memory keeps reports, \
                 located members and the command",
    settings: Params::PARAMS,
    ..ProtocolInfo::EMPTY
};

crate::params! {
    /// The `[coordination.quorum]` table.
    pub struct Params in "a table such as [coordination.quorum]" {
        /// Number of zones that must have located a member before the hub decides.
        pub ready: u32 = 2, Range::Text("1 to n"), "a guess";
        /// Largest difference between two clocks.
        pub clock_bound: NanoDuration = "100ms", Range::Text("0s or more"),
            "a guess; NTP over the internet does better";
        /// Time for the zones to prepare.
        pub margin: NanoDuration = "10min", Range::Text("0s or more"), "a guess";
        ..pub timing: Timing;
        ..pub acknowledged: MinAcknowledged;
    }
}

impl Params {
    /// One time is decided, not before enough zones are ready, and no zone strikes before it or once
    /// it is void.
    pub fn safety(&self) -> Safety {
        Safety {
            valid_for: Some(self.timing.valid_for),
            min_ready: Some(self.ready),
            ..Safety::default()
        }
    }

    /// From the decision to the strikes, without the worst round trip.
    fn allowance(&self) -> NanoDuration {
        NanoDuration::from_ns(self.clock_bound.ns.saturating_add(self.margin.ns))
    }

    /// Warnings about these values, for the user before a run.
    pub fn warnings(&self, bounds: &RunBounds) -> Vec<String> {
        let mut warnings = Vec::new();
        let &RunBounds { horizon, max_ahead, acting_zones, .. } = bounds;
        let allowance = self.allowance();
        if max_ahead.is_some_and(|ahead| allowance.ns >= horizon.ns.saturating_add(ahead.ns)) {
            warnings.push(format!(
                "no zone can strike before the horizon: a decision is for {allowance} later at the \
                 earliest, the horizon is {horizon}"
            ));
        }
        if self.ready > acting_zones {
            warnings.push(format!(
                "no zone ever strikes: ready is {}, and {acting_zones} zones are not observers",
                self.ready
            ));
        }
        warnings.extend(self.acknowledged.warnings(bounds));
        warnings
    }

    /// Checks the table.
    ///
    /// # Errors
    /// No hub, or the first value out of its range.
    pub fn check(&self, node_view: &NodeView) -> Result<(), ConfigError> {
        if node_view.hub.is_none() {
            let message = "quorum needs a hub; expected a table [hub] too, with a zone as its seat";
            return Err(ConfigError::new("coordination.use", message));
        }
        let zones = node_view.zones;
        if !(1..=zones).contains(&self.ready) {
            let message = format!("{} of {zones} zones; expected 1 to {zones}", self.ready);
            return Err(ConfigError::new("coordination.quorum.ready", message));
        }
        self.check_ranges("coordination.quorum", zones)?;
        self.acknowledged.check("coordination.quorum", zones)?;
        self.timing.check("coordination.quorum")
    }
}

/// The state machine of the hub or of a zone: that of `order`, with another rule for the decision.
#[derive(Clone, Debug)]
pub struct Quorum(Order);

impl NamedProtocol for Quorum {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, node_view: &NodeView, resolution: NanoDuration) -> Self {
        let times = params.acknowledged.added_to(params.timing.in_ticks(resolution));
        let [bound, margin] =
            [params.clock_bound, params.margin].map(|duration| duration.ticks(resolution));
        let rule = DecisionRule::Ready(params.ready);
        Self(Order::with_rule(rule, (times, bound + margin), node_view))
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        params.check(view)
    }

    fn send_bound(params: &Params, resolution: NanoDuration) -> Option<SendBound> {
        Some(params.timing.send_bound(resolution))
    }

    fn safety(params: &Params) -> Safety {
        params.safety()
    }

    fn warnings(params: &Params, bounds: &RunBounds) -> Vec<String> {
        params.warnings(bounds)
    }
}

impl Protocol for Quorum {
    type Message = Message;
    type Timer = Timer;
    type Input = Located;
    type Output = Output;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        if let Some(input) = input.map::<Order>(Some, Some) {
            self.0.handle(input, out);
        }
    }

    fn recover(&mut self, lost: Self) {
        self.0.recover(lost.0);
    }
}

#[cfg(test)]
mod tests;
