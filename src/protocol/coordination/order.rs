//! `order`: the hub commands a time, and the zones strike when their clocks show it.
//!
//! L. Lamport: "Using time instead of timeout for fault-tolerant distributed systems" (1984). If
//! clocks agree within a bound, all processes that receive a command for a time T before T execute
//! it within that bound of each other. The hub commands T = now + the worst delay that it knows +
//! the bound on clocks + a margin. It repeats the command, at intervals that double, until T or
//! until all zones have acknowledged it. A zone that has not received the command by T stands down.
//! If it locates a member later, the hub answers its report with the command. The command is valid
//! until `valid_for` after T by each zone's clock: a zone that receives it or locates a member
//! after T strikes at once; later the command is void. With `min_acknowledged` a zone strikes only if
//! it heard by T that enough zones have acknowledged the command ([`min_acknowledged`]).
//!
//! The hub decides on what it knows, its [`CoordinatorView`](super::coordinator_view), which also
//! gives the worst delay.
//!
//! # Splits
//!
//! A run has one decided time, and no zone strikes before it. A zone that does not receive the
//! command by T (message loss, partition, crash) does not strike with the others; it strikes late
//! once it receives the command, or never. So an operation splits if a zone with a located member
//! is unreachable from the hub between the decision and T, or is down at T. Clocks that differ by
//! more than `clock_bound`, or a link slower than all recent probes, make strikes early or late but
//! cause no split. `min_acknowledged` makes splits rarer but not impossible;
//! [`min_acknowledged`](super::min_acknowledged#splits) states their probability.
//!
//! # The deputy
//!
//! A scenario may name a zone that commands in the hub's place (`[hub] deputy`) once the hub's
//! `lease` has expired; [`deputy`] says how, and when two times can be decided.

pub mod deputy;
mod hub;
mod message;
mod zone;

use deputy::Deputy;
use hub::Hub;
use message::part;
pub use message::{Message, Timer};
use zone::Zone;

use super::coordinator_view::{CoordinatorView, DecisionRule};
use super::min_acknowledged::{self, MinAcknowledged};
use super::patience::Patience;
use super::timing::{self, Timing, TimingTicks};
use super::{Located, Output};
use crate::protocol::{
    ConfigError, Cost, Decisions, Input, NamedProtocol, NodeView, Out, Params as _, Protocol,
    ProtocolInfo, Range, RunBounds, Safety, SendBound,
};
use crate::time::{NanoDuration, SimDuration};

/// The entry of `order` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "order",
    about: "the hub commands a time, and the zones strike when their clocks show it; a zone that \
            has not received the command by then stands down",
    source: "Lamport, Using time instead of timeout for fault-tolerant distributed systems, 1984; \
             the deputy: Gray and Cheriton, Leases, 1989",
    deviations: &[
        "Lamport's commands come from any process; here there is one command, from the hub",
        "Lamport's commands reach all processes within a known bound, or none, by an algorithm \
         that tolerates faults; here the bound is the longest recent round trip, and the command \
         is repeated until it is acknowledged or due: a zone that does not receive it stands down \
         while others strike",
        "a zone that receives the command, or locates a member, after the time strikes at once, \
         until valid_for after it",
        "Gray and Cheriton's holder of a lease stops when it expires; here a hub that is cut off \
         from its deputy goes on, so that the loss of the deputy stops nothing",
    ],
    formulas: &[
        Cost { what: "messages of the command", formula: "2*z" },
        min_acknowledged::ANNOUNCEMENT,
        Cost { what: "from the decision until all know", formula: "F" },
        Cost { what: "from the decision to the strikes", formula: "R + clock_bound + margin" },
        Cost {
            what: "from the last message of the hub until its deputy acts",
            formula: "lease + clock_bound",
        },
        timing::PROBES,
        timing::REPORT,
    ],
    variables: "z zones that are not observers; F the hub's longest link; R the longest round trip \
                of the last probes",
    guarantees: "one time is decided. A zone that receives the command before it strikes at that \
                 time, on clocks that differ by at most clock_bound; a zone that is down or \
                 partitioned from the hub until then splits from the others. No zone strikes \
                 before the time or later than valid_for after it. A crash with loss of memory \
                 keeps reported members, located members and the command: a node writes to stable \
                 storage before it acknowledges or has to act. With a deputy, hub and deputy decide \
                 one time each at most, and a zone follows the first that it receives; both decide \
                 only if no message of one reaches the other for the lease, or if the hub is lost \
                 before the deputy and the zones that it hears receive its order",
    settings: Params::PARAMS,
    ..ProtocolInfo::EMPTY
};

crate::params! {
    /// The `[coordination.order]` table.
    pub struct Params in "a table such as [coordination.order]" {
        /// Largest difference between two clocks.
        pub clock_bound: NanoDuration = "100ms", Range::Text("0s or more"),
            "a guess; NTP over the internet does better";
        /// Time for the zones to prepare.
        pub margin: NanoDuration = "10min", Range::Text("0s or more"), "a guess";
        /// The deputy acts once it has heard nothing from the hub for this long and clock_bound. 0s
        /// without a deputy.
        pub lease: NanoDuration = "0s", Range::Text("0s, or more than probe with a deputy"),
            "no deputy";
        ..pub patience: Patience;
        ..pub timing: Timing;
        ..pub acknowledged: MinAcknowledged;
    }
}

impl Params {
    /// One time is decided, or one by the hub and one by its deputy. No zone strikes before it or
    /// once it is void.
    pub fn safety(&self) -> Safety {
        Safety {
            valid_for: Some(self.timing.valid_for),
            waits: Some(self.patience.wait_rule()),
            decisions: if self.lease.ns > 0 { Decisions::OnePerNode } else { Decisions::One },
            ..Safety::default()
        }
    }

    /// Warnings about these values, for the user before a run.
    pub fn warnings(&self, bounds: &RunBounds) -> Vec<String> {
        let min_lead = NanoDuration::from_ns(self.clock_bound.ns.saturating_add(self.margin.ns));
        let mut warnings = self.patience.warnings(min_lead, self.timing.probe, bounds);
        warnings.extend(self.acknowledged.warnings(bounds));
        warnings
    }

    /// Checks the table.
    ///
    /// # Errors
    /// No hub, or the first value out of its range.
    pub fn check(&self, node_view: &NodeView) -> Result<(), ConfigError> {
        if node_view.hub.is_none() {
            let message = "order needs a hub; expected a table [hub] too, with a zone as its seat";
            return Err(ConfigError::new("coordination.use", message));
        }
        self.check_lease(node_view)?;
        self.check_ranges("coordination.order", node_view.zones)?;
        self.acknowledged.check("coordination.order", node_view.zones)?;
        self.timing.check("coordination.order")
    }

    /// A deputy has a lease to wait for, which lasts from one probe to the next.
    fn check_lease(&self, node_view: &NodeView) -> Result<(), ConfigError> {
        let error = |message: String| Err(ConfigError::new("coordination.order.lease", message));
        let probe = self.timing.probe;
        match node_view.deputy {
            None if self.lease.ns > 0 => {
                error("a lease without a deputy; expected `deputy` in [hub] too, or 0s".into())
            }
            Some(_) if self.lease.ns <= probe.ns => error(format!(
                "a deputy acts once nothing is heard from the hub for the lease; expected more than \
                 `probe`, {probe}, such as 1h"
            )),
            _ => Ok(()),
        }
    }
}

/// The state machine of the hub or of a zone.
#[derive(Clone, Debug)]
pub enum Order {
    /// Collects reports and commands.
    Hub(Box<Hub>),
    /// Reports, and strikes on command.
    Zone(Box<Zone>),
    /// A zone that commands if the hub is gone.
    Deputy(Box<Deputy>),
}

impl NamedProtocol for Order {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, node_view: &NodeView, resolution: NanoDuration) -> Self {
        let times = params.acknowledged.added_to(params.timing.in_ticks(resolution));
        let [bound, margin, lease] = [params.clock_bound, params.margin, params.lease]
            .map(|duration| duration.ticks(resolution));
        let rule = DecisionRule::Quiet(params.patience.in_ticks(resolution));
        let machine = Self::with_rule(rule, (times, bound + margin), node_view);
        match machine {
            Self::Zone(zone) if node_view.is_deputy() => {
                let hub =
                    Hub::new(CoordinatorView::new(times, rule), times, bound + margin, *node_view);
                Self::Deputy(Box::new(Deputy::new(*zone, hub, lease + bound)))
            }
            machine => machine,
        }
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

impl Order {
    /// The machine of a node if the hub decides by `rule`, for a time that adds `allowance` to the worst
    /// round trip.
    pub(super) fn with_rule(
        rule: DecisionRule,
        (times, allowance): (TimingTicks, SimDuration),
        node_view: &NodeView,
    ) -> Self {
        if node_view.is_hub() {
            let view = CoordinatorView::new(times, rule);
            Self::Hub(Box::new(Hub::new(view, times, allowance, *node_view)))
        } else {
            Self::Zone(Box::new(Zone::new(times)))
        }
    }
}

impl Protocol for Order {
    type Message = Message;
    type Timer = Timer;
    type Input = Located;
    type Output = Output;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match self {
            Self::Hub(hub) => hub.handle(part(input), out),
            Self::Zone(zone) => zone.handle(part(input), out),
            Self::Deputy(deputy) => deputy.handle(part(input), out),
        }
    }

    fn recover(&mut self, lost: Self) {
        match (self, lost) {
            (Self::Hub(hub), Self::Hub(lost)) => hub.recover(lost),
            (Self::Zone(zone), Self::Zone(lost)) => zone.recover(lost),
            (Self::Deputy(deputy), Self::Deputy(lost)) => deputy.recover(lost),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
