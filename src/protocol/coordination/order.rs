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
//! it heard by T that enough zones have acknowledged the command ([`min_acknowledged`](super::min_acknowledged)).
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

use serde::{Deserialize, Serialize};

use super::coordinator_view::{self, CoordinatorView, DecisionRule, LocatedMembers, Reporter};
use super::min_acknowledged::{Announcement, Permission};
use super::patience::Patience;
use super::pending_acks::PendingAcks;
use super::timing::{self, Timing, TimingTicks};
use super::{Located, Output};
use crate::id::NodeId;
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Range, RunBounds, Safety, WireMessage,
};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// The entry of `order` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "order",
    about: "the hub commands a time, and the zones strike when their clocks show it; a zone that \
            has not received the command by then stands down",
    source: "Lamport, Using time instead of timeout for fault-tolerant distributed systems, 1984",
    deviations: &[
        "Lamport's commands come from any process; here there is one command, from the hub",
        "Lamport's commands reach all processes within a known bound, or none, by an algorithm \
         that tolerates faults; here the bound is the longest recent round trip, and the command \
         is repeated until it is acknowledged or due: a zone that does not receive it stands down \
         while others strike",
        "a zone that receives the command, or locates a member, after the time strikes at once, \
         until valid_for after it",
    ],
    formulas: &[
        Cost { what: "messages of the command", formula: "2*z" },
        timing::ANNOUNCEMENT,
        Cost { what: "from the decision until all know", formula: "F" },
        Cost { what: "from the decision to the strikes", formula: "R + clock_bound + margin" },
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
                 storage before it acknowledges or has to act",
    settings: Params::PARAMS,
    ..ProtocolInfo::EMPTY
};

/// A message between the hub and a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// A probe or a report.
    View(coordinator_view::Message),
    /// Hub to zone: the time to strike.
    Order(LocalTime),
    /// Zone to hub: acknowledges the order.
    OrderAck,
    /// Hub to zone: so many zones have acknowledged the order, which is for this time.
    Acknowledged {
        /// The time to strike.
        at: LocalTime,
        /// The number of zones.
        zones: u32,
    },
    /// Zone to hub: acknowledges that number.
    AcknowledgedAck,
}

impl WireMessage for Message {
    fn describe(&self, tick: NanoDuration) -> String {
        match self {
            Self::View(message) => message.describe(tick),
            Self::Order(at) => format!("order to strike at {}", tick.seconds(at.0)),
            Self::OrderAck => "ack of the order".into(),
            Self::Acknowledged { at, zones } => {
                format!("{zones} zones have the order for {}", tick.seconds(at.0))
            }
            Self::AcknowledgedAck => "ack of their number".into(),
        }
    }
}

/// A timer. It is stale unless it is the last one of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A timer of the coordinator view or of the reporter.
    View(coordinator_view::Timer),
    /// Hub: repeat the order.
    Resend(LocalTime),
    /// Hub: repeat the number of acknowledgements.
    ResendAcknowledged(LocalTime),
    /// Zone: the time of the order.
    StrikeTime,
}

crate::params! {
    /// The `[coordination.order]` table.
    pub struct Params in "a table such as [coordination.order]" {
        /// Largest difference between two clocks.
        pub clock_bound: NanoDuration = "100ms", Range::Text("0s or more"),
            "a guess; NTP over the internet does better";
        /// Time for the zones to prepare.
        pub margin: NanoDuration = "10min", Range::Text("0s or more"), "a guess";
        ..pub patience: Patience;
        ..pub timing: Timing;
    }
}

impl Params {
    /// One time is decided, and no zone strikes before it or once it is void.
    pub fn safety(&self) -> Safety {
        Safety {
            valid_for: Some(self.timing.valid_for),
            waits: Some(self.patience.wait_rule()),
            ..Safety::default()
        }
    }

    /// Warnings about these values, for the user before a run.
    pub fn warnings(&self, bounds: &RunBounds) -> Vec<String> {
        let min_lead = NanoDuration::from_ns(self.clock_bound.ns.saturating_add(self.margin.ns));
        let mut warnings = self.patience.warnings(min_lead, self.timing.probe, bounds);
        warnings.extend(self.timing.warnings(bounds));
        warnings
    }

    /// Checks the table.
    ///
    /// # Errors
    /// No hub, or the first value out of its range ([`Timing::check`]).
    pub fn check(&self, node_view: &NodeView) -> Result<(), ConfigError> {
        if node_view.hub.is_none() {
            let message = "order needs a hub; expected a table [hub] too, with a zone as its seat";
            return Err(ConfigError::new("coordination.use", message));
        }
        self.check_ranges("coordination.order", node_view.zones)?;
        self.timing.check("coordination.order", node_view.zones)
    }
}

/// The state machine of the hub or of a zone.
#[derive(Clone, Debug)]
pub enum Order {
    /// Collects reports and commands.
    Hub(Box<Hub>),
    /// Reports, and strikes on command.
    Zone(Zone),
}

impl NamedProtocol for Order {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, node_view: &NodeView, resolution: NanoDuration) -> Self {
        let times = params.timing.in_ticks(resolution);
        let [bound, margin] =
            [params.clock_bound, params.margin].map(|duration| duration.ticks(resolution));
        let rule = DecisionRule::Quiet(params.patience.in_ticks(resolution));
        Self::with_rule(rule, (times, bound + margin), node_view)
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        params.check(view)
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
            Self::Zone(Zone::new(times))
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
            Self::Hub(hub) => hub.handle(input, out),
            Self::Zone(zone) => zone.handle(input, out),
        }
    }

    fn recover(&mut self, lost: Self) {
        match (self, lost) {
            (Self::Hub(hub), Self::Hub(lost)) => hub.recover(*lost),
            (Self::Zone(zone), Self::Zone(lost)) => zone.recover(lost),
            _ => {}
        }
    }
}

/// The hub: collects reports, decides, commands.
#[derive(Clone, Debug)]
pub struct Hub {
    view: CoordinatorView,
    times: TimingTicks,
    /// What T adds to the worst delay: `clock_bound` and `margin`.
    allowance: SimDuration,
    order: Option<LocalTime>,
    pending: PendingAcks,
    announcement: Announcement,
    node_view: NodeView,
}

impl Hub {
    fn new(
        view: CoordinatorView,
        times: TimingTicks,
        allowance: SimDuration,
        node_view: NodeView,
    ) -> Self {
        let pending = PendingAcks::default();
        let announcement = Announcement::new(times.min_acknowledged);
        Self { view, times, allowance, order: None, pending, announcement, node_view }
    }

    /// Reported members and the order are durable. Acknowledgements are not, so the order is sent
    /// to all zones again.
    fn recover(&mut self, lost: Self) {
        self.view.recover(lost.view);
        if lost.order.is_some() {
            self.order = lost.order;
            self.view.close();
            self.pending = PendingAcks::new(self.node_view.peers());
        }
    }

    fn handle(&mut self, input: Input<Order>, out: &mut Out<'_, Order>) {
        match input {
            Input::Start => inner(out, |out| self.view.start(out)),
            Input::Message { from, message: Message::View(message) } => {
                self.on_view_message(from, message, out)
            }
            Input::Message { from, message: Message::OrderAck } => {
                self.pending.acknowledge(from);
                self.announce(out);
            }
            Input::Message { from, message: Message::AcknowledgedAck } => {
                self.pending.acknowledge(from);
                self.announcement.acknowledge(from);
            }
            Input::Timer(Timer::View(timer)) => {
                let is_ready = inner(out, |out| self.view.on_timer(timer, out));
                self.decide(is_ready, out);
            }
            Input::Timer(Timer::Resend(at)) if self.pending.is_due(at) => self.send_order(out),
            Input::Timer(Timer::ResendAcknowledged(at)) if self.announcement.is_due(at) => {
                self.send_announcement(out);
            }
            Input::Restart => {
                inner(out, |out| self.view.restart(out));
                self.pending.resume(|zone| out.is_observer(zone));
                if let Some(untold) = &mut self.announcement.untold {
                    untold.resume(|zone| out.is_observer(zone));
                }
                if self.order.is_some_and(|at| out.now() < at) {
                    self.send_order(out);
                    self.send_announcement(out);
                }
            }
            _ => {}
        }
    }

    fn on_view_message(
        &mut self,
        from: NodeId,
        message: coordinator_view::Message,
        out: &mut Out<'_, Order>,
    ) {
        let is_report = matches!(message, coordinator_view::Message::Report(_));
        let is_ready = inner(out, |out| self.view.on_message(from, message, out));
        if let Some(at) = self.order
            && is_report
            && self.pending.needs_resend(from, out.now())
            && out.now() <= self.last_use(at)
        {
            out.send(from, Message::Order(at));
        }
        self.decide(is_ready, out);
    }

    /// Decides if `is_ready`. The view is closed by the decision and does not become ready again.
    fn decide(&mut self, is_ready: bool, out: &mut Out<'_, Order>) {
        if !is_ready {
            return;
        }
        let at = out.now() + self.view.worst_round_trip() + self.allowance;
        self.view.close();
        self.order = Some(at);
        self.pending = PendingAcks::new(coordinator_view::acting_zones(out).into_iter());
        out.decide(at);
        self.send_order(out);
    }

    /// Until when a zone that receives the order may strike on it. After the time it cannot hear any
    /// more that enough zones have acknowledged it.
    fn last_use(&self, at: LocalTime) -> LocalTime {
        if self.announcement.is_needed() { at } else { at + self.times.valid_for }
    }

    /// Tells the zones how many of them have acknowledged the order, once they are enough.
    fn announce(&mut self, out: &mut Out<'_, Order>) {
        let Some(at) = self.order else { return };
        let acknowledged = self.acknowledged(out);
        if self.announcement.begins(acknowledged, at, out) {
            self.send_announcement(out);
        }
    }

    /// The number of zones that have acknowledged the order.
    fn acknowledged(&self, out: &Out<'_, Order>) -> u32 {
        let zones = coordinator_view::acting_zones(out).len();
        zones.saturating_sub(self.pending.pending().count()) as u32
    }

    fn send_announcement(&mut self, out: &mut Out<'_, Order>) {
        let Some(at) = self.order else { return };
        let message = Message::Acknowledged { at, zones: self.acknowledged(out) };
        if let Some(untold) = &mut self.announcement.untold {
            untold.send(message, (self.times.resend, at), Timer::ResendAcknowledged, out);
        }
    }

    /// Sends the order to zones that have not acknowledged it, and again later, until it is due.
    fn send_order(&mut self, out: &mut Out<'_, Order>) {
        if let Some(at) = self.order {
            self.pending.send(Message::Order(at), (self.times.resend, at), Timer::Resend, out);
        }
    }
}

/// A zone: reports, waits for the order, strikes.
#[derive(Clone, Debug)]
pub struct Zone {
    located: LocatedMembers,
    reporter: Reporter,
    order: Option<LocalTime>,
    permission: Permission,
    valid_for: SimDuration,
}

impl Zone {
    fn new(times: TimingTicks) -> Self {
        let (located, reporter) = (LocatedMembers::default(), Reporter::new(times));
        let permission = Permission::new(times.min_acknowledged);
        Self { located, reporter, order: None, permission, valid_for: times.valid_for }
    }

    /// Located members, the order and the permission to execute it are durable.
    fn recover(&mut self, lost: Self) {
        (self.located, self.order) = (lost.located, lost.order);
        self.permission = lost.permission;
        self.reporter.recover(&self.located);
    }

    fn handle(&mut self, input: Input<Order>, out: &mut Out<'_, Order>) {
        match input {
            Input::Local(Located(member)) => {
                self.located.add(member);
                inner(out, |out| self.reporter.locate(member, out));
                self.strike_if_due(out);
            }
            Input::Message { from, message: Message::View(message) } => {
                inner(out, |out| self.reporter.on_message(from, message, out));
            }
            Input::Message { from, message: Message::Order(at) } => {
                out.send(from, Message::OrderAck);
                self.accept(at, out);
            }
            Input::Message { from, message: Message::Acknowledged { at, zones } } => {
                out.send(from, Message::AcknowledgedAck);
                self.permission.hear(at, zones, out.now());
                self.accept(at, out);
            }
            Input::Timer(Timer::StrikeTime) => self.strike_if_due(out),
            Input::Timer(Timer::View(timer)) => {
                inner(out, |out| self.reporter.on_timer(timer, out));
            }
            Input::Restart => {
                if let Some(at) = self.order {
                    out.wake_at(at, Timer::StrikeTime);
                }
                inner(out, |out| self.reporter.resume(out));
            }
            _ => {}
        }
    }

    fn accept(&mut self, at: LocalTime, out: &mut Out<'_, Order>) {
        if self.order.is_none() {
            self.order = Some(at);
            out.wake_at(at, Timer::StrikeTime);
        }
    }

    /// Strikes if the order is due, valid and permitted. If the clock was set back, waits for its time
    /// again.
    fn strike_if_due(&mut self, out: &mut Out<'_, Order>) {
        match self.order {
            Some(at) if out.now() < at => out.wake_at(at, Timer::StrikeTime),
            Some(at) if self.permission.allows(at) => {
                self.located.strike_within(at, self.valid_for, out);
            }
            _ => {}
        }
    }
}

/// Lets the coordinator view or the reporter emit effects as `order`.
fn inner<R>(out: &mut Out<'_, Order>, body: impl FnOnce(&mut coordinator_view::Out<'_>) -> R) -> R {
    out.inner(Message::View, Timer::View, body)
}

#[cfg(test)]
mod tests;
