//! `order`: the hub commands a time, and the zones strike when their clocks show it.
//!
//! L. Lamport: "Using time instead of timeout for fault-tolerant distributed systems" (1984): on
//! clocks that agree within a bound, a command for a time T is carried out by all who hear of it
//! before T, at most that bound apart. So the hub commands T = now + the worst delay it knows + the
//! bound on clocks + a margin, and sends it again, in waits that double, until T or until all have
//! acknowledged it. A zone that hears nothing by T stands down. If it locates somebody later, its
//! report is answered with the command. The command is valid until `valid_for` after T, by each
//! zone's clock: who hears of it, or locates somebody, after T strikes at once; later it is void, and
//! nobody strikes on it.
//!
//! The hub decides on what it knows; what that is, and the worst delay, is its
//! [`CoordinatorView`](super::coordinator_view).
//!
//! # What may split
//!
//! One time is decided in a run, and nobody strikes before it. A zone that the command does not reach
//! by T (lost, cut off, down) does not strike with the others, and strikes late once it hears of it,
//! or never. So an operation splits if a zone is out of the hub's reach from the decision until T, or
//! is down at T, and has located somebody by then. Clocks that are apart by more than `clock_bound`
//! or a link that is slower than any of the last probes make strikes early or late, and do not split.

use serde::{Deserialize, Serialize};

use super::coordinator_view::{self, CoordinatorView, LocatedMembers, Reporter};
use super::pending_acks::PendingAcks;
use super::timing::{self, Timing, TimingTicks};
use super::{Located, Output};
use crate::id::NodeId;
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Range, Safety, TimeBounds, WireMessage,
};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// Source, deviations from it, costs and guarantees.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "order",
    about: "the hub commands a time, and the zones strike when their clocks show it; who has not \
            heard by then stands down",
    source: "Lamport, Using time instead of timeout for fault-tolerant distributed systems, 1984",
    deviations: &[
        "Lamport's commands come from any process; here from the hub alone, and there is one",
        "his reach all within a bound that is known, or none, by an algorithm that outlasts faults; \
         here the bound is the longest round trip of the last probes, and the command is repeated \
         until it is acknowledged or due: who does not hear it stands down while others strike",
        "a zone that hears of it, or locates somebody, after the time strikes at once, until valid_for \
         after it",
    ],
    formulas: &[
        Cost { what: "messages of the command", formula: "2*z" },
        Cost { what: "from the decision until all know", formula: "F" },
        Cost { what: "from the decision to the strikes", formula: "R + clock_bound + margin" },
        timing::PROBES,
        timing::REPORT,
    ],
    variables: "z zones that are no observers; F the hub's longest link; R the longest round trip of the last probes",
    guarantees: "one time is decided. Who hears the command before it strikes then, by clocks that are \
               apart by clock_bound at most; who is cut off from the hub until then, or down, splits \
               from the others. Nobody strikes before the time or later than valid_for after it. A crash that takes memory leaves what was noted, located and \
               commanded: whoever acknowledges or is to act on something writes it down first",
    settings: Params::PARAMS,
};

/// What hub and zones say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Before the order.
    View(coordinator_view::Message),
    /// Hub to zone: strike when your clock shows this.
    Order(LocalTime),
    /// Zone to hub: the order came.
    OrderAck,
}

impl WireMessage for Message {
    fn describe(&self, tick: NanoDuration) -> String {
        match self {
            Self::View(talk) => talk.describe(tick),
            Self::Order(at) => format!("order to strike at {}", tick.seconds(at.0)),
            Self::OrderAck => "heard the order".into(),
        }
    }
}

/// A timer; each is stale unless it is the one that was set last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Of the picture.
    View(coordinator_view::Timer),
    /// Hub: send the order again.
    Resend(LocalTime),
    /// Zone: the time of the order.
    Go,
}

crate::params! {
    /// The `[coordination.order]` table.
    pub struct Params in "a table such as [coordination.order]" {
        /// Largest difference between two clocks.
        pub clock_bound: NanoDuration = "100ms", Range::Text("0s or more"),
            "a guess; NTP over the internet does better";
        /// Time for the zones to prepare.
        pub margin: NanoDuration = "10min", Range::Text("0s or more"), "a guess";
        ..pub timing: Timing;
    }
}

impl Params {
    /// One time is decided, and nobody strikes before it or when it is void.
    pub fn safety(&self) -> Safety {
        Safety { valid_for: Some(self.timing.valid_for), ..Safety::default() }
    }

    /// What people should know of these settings before a run.
    pub fn warnings(&self, bounds: &TimeBounds) -> Vec<String> {
        let lead = NanoDuration::from_ns(self.clock_bound.ns.saturating_add(self.margin.ns));
        self.timing.warnings(lead, bounds)
    }

    /// Whether these settings work at a site.
    ///
    /// # Errors
    /// The absence of a hub, or the first setting that cannot work ([`Timing::check_waits`]).
    pub fn check(&self, site: &NodeView) -> Result<(), ConfigError> {
        if site.hub.is_none() {
            let message = "orders without a hub to give them; expected a table [hub] too, with \
                           a zone as its seat";
            return Err(ConfigError::new("coordination.use", message));
        }
        self.check_ranges("coordination.order", site.zones)?;
        self.timing.check_waits("coordination.order")
    }
}

/// The hub, or one zone.
#[derive(Clone, Debug)]
pub enum Order {
    /// The hub.
    Hub(Hub),
    /// A zone.
    Zone(Zone),
}

impl NamedProtocol for Order {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(settings: &Params, site: &NodeView, resolution: NanoDuration) -> Self {
        let times = settings.timing.in_ticks(resolution);
        if site.is_hub() {
            let [bound, margin] =
                [settings.clock_bound, settings.margin].map(|length| length.ticks(resolution));
            Self::Hub(Hub::new(times, bound + margin, *site))
        } else {
            Self::Zone(Zone::new(times))
        }
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        params.check(view)
    }

    fn safety(params: &Params) -> Safety {
        params.safety()
    }

    fn warnings(params: &Params, bounds: &TimeBounds) -> Vec<String> {
        params.warnings(bounds)
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
            (Self::Hub(hub), Self::Hub(lost)) => hub.salvage(lost),
            (Self::Zone(zone), Self::Zone(lost)) => zone.salvage(lost),
            _ => {}
        }
    }
}

/// The hub: hears reports, decides, commands.
#[derive(Clone, Debug)]
pub struct Hub {
    picture: CoordinatorView,
    times: TimingTicks,
    /// For clocks and making ready.
    allowance: SimDuration,
    order: Option<LocalTime>,
    unheard: PendingAcks,
    site: NodeView,
}

impl Hub {
    fn new(times: TimingTicks, allowance: SimDuration, site: NodeView) -> Self {
        let (picture, unheard) = (CoordinatorView::new(times), PendingAcks::default());
        Self { picture, times, allowance, order: None, unheard, site }
    }

    /// What was noted and what was commanded is durable; who has heard of it is not, and all are
    /// told again.
    fn salvage(&mut self, lost: Self) {
        self.picture.recover(lost.picture);
        if lost.order.is_some() {
            self.order = lost.order;
            self.picture.close();
            self.unheard = PendingAcks::new(self.site.peers());
        }
    }

    fn handle(&mut self, input: Input<Order>, out: &mut Out<'_, Order>) {
        match input {
            Input::Start => inner(out, |out| self.picture.start(out)),
            Input::Message { from, message: Message::View(talk) } => self.hear(from, talk, out),
            Input::Message { from, message: Message::OrderAck } => self.unheard.acknowledge(from),
            Input::Timer(Timer::View(alarm)) => {
                let enough = inner(out, |out| self.picture.on_timer(alarm, out));
                self.decide(enough, out);
            }
            Input::Timer(Timer::Resend(at)) if self.unheard.is_due(at) => self.command(out),
            Input::Restart => {
                inner(out, |out| self.picture.restart(out));
                self.unheard.resume(|zone| out.is_observer(zone));
                if self.order.is_some_and(|at| out.now() < at) {
                    self.command(out);
                }
            }
            _ => {}
        }
    }

    fn hear(&mut self, from: NodeId, talk: coordinator_view::Message, out: &mut Out<'_, Order>) {
        let reports = matches!(talk, coordinator_view::Message::Report(_));
        let enough = inner(out, |out| self.picture.on_message(from, talk, out));
        if let Some(at) = self.order
            && reports
            && self.unheard.needs_resend(from, out.now())
            && out.now() <= at + self.times.valid_for
        {
            out.send(from, Message::Order(at));
        }
        self.decide(enough, out);
    }

    /// Decides if enough is known; the picture is closed by it and does not say so again.
    fn decide(&mut self, enough: bool, out: &mut Out<'_, Order>) {
        if !enough {
            return;
        }
        let at = out.now() + self.picture.worst_round_trip() + self.allowance;
        self.picture.close();
        self.order = Some(at);
        self.unheard = PendingAcks::new(coordinator_view::acting_zones(out).into_iter());
        out.decide(at);
        self.command(out);
    }

    /// Sends the order to whoever has not acknowledged it, and again later, until it is due.
    fn command(&mut self, out: &mut Out<'_, Order>) {
        if let Some(at) = self.order {
            self.unheard.send(Message::Order(at), (self.times.resend, at), Timer::Resend, out);
        }
    }
}

/// A zone: reports, waits for the order, strikes.
#[derive(Clone, Debug)]
pub struct Zone {
    located: LocatedMembers,
    reporter: Reporter,
    order: Option<LocalTime>,
    valid_for: SimDuration,
}

impl Zone {
    fn new(times: TimingTicks) -> Self {
        let (located, reporter) = (LocatedMembers::default(), Reporter::new(times));
        Self { located, reporter, order: None, valid_for: times.valid_for }
    }

    /// Whom it located and the order are durable.
    fn salvage(&mut self, lost: Self) {
        (self.located, self.order) = (lost.located, lost.order);
        self.reporter.recover(&self.located);
    }

    fn handle(&mut self, input: Input<Order>, out: &mut Out<'_, Order>) {
        match input {
            Input::Local(Located(member)) => {
                self.located.add(member);
                inner(out, |out| self.reporter.locate(member, out));
                self.carry_out(out);
            }
            Input::Message { from, message: Message::View(talk) } => {
                inner(out, |out| self.reporter.on_message(from, talk, out));
            }
            Input::Message { from, message: Message::Order(at) } => {
                out.send(from, Message::OrderAck);
                if self.order.is_none() {
                    self.order = Some(at);
                    out.wake_at(at, Timer::Go);
                }
            }
            Input::Timer(Timer::Go) => self.carry_out(out),
            Input::Timer(Timer::View(alarm)) => {
                inner(out, |out| self.reporter.on_timer(alarm, out));
            }
            Input::Restart => {
                if let Some(at) = self.order {
                    out.wake_at(at, Timer::Go);
                }
                inner(out, |out| self.reporter.resume(out));
            }
            _ => {}
        }
    }

    /// Strikes if there is an order whose time has come and which is valid; else when it has come. A
    /// clock that was set back shows the time once more.
    fn carry_out(&mut self, out: &mut Out<'_, Order>) {
        match self.order {
            Some(at) if out.now() < at => out.wake_at(at, Timer::Go),
            Some(at) => self.located.strike_within(at, self.valid_for, out),
            None => {}
        }
    }
}

/// What the picture and the reporter do, said as `order` says it.
fn inner<R>(out: &mut Out<'_, Order>, body: impl FnOnce(&mut coordinator_view::Out<'_>) -> R) -> R {
    out.inner(Message::View, Timer::View, body)
}

#[cfg(test)]
mod tests;
