//! What the coordinator knows: the reports of zones, whether they suffice for a decision, and how
//! far away the zones are.
//!
//! Shared by the protocols with a coordinator. A zone reports the members located in it, at
//! intervals that double up to a limit, until the coordinator has acknowledged them ([`Reporter`]).
//! The coordinator knows nothing else of the organisation. A protocol chooses when it decides
//! ([`DecisionRule`]): once enough zones have reported a member; or when all zones were quiet for
//! `quiet`, or at the deadline, or at the first report after the deadline. A zone is quiet if it
//! reports no new member and was heard from within `heard_within`: silence behind a partition does
//! not count as quiet. When a zone is heard from again, the wait for quiet restarts. The deadline
//! applies even if zones were not heard from.
//!
//! Until it has decided, the coordinator probes the zones, so that it hears from every connected
//! zone. The longest round trip of the last `window` probes of each zone is its estimate of the
//! worst one-way delay, an upper bound. Observers have no members to strike at: they are not
//! probed, asked or commanded.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Output;
use super::patience::PatienceTicks;
use super::timing::{TimingTicks, Waits};
use crate::id::{Member, NodeId};
use crate::protocol::{NodeView, OutOf, WireMessage};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// A message between the coordinator and a zone about probes and reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Coordinator to zone: a probe, with the coordinator's local time when it was sent.
    Probe(LocalTime),
    /// Zone to coordinator: the answer to a probe, with the same time.
    Echo(LocalTime),
    /// Zone to coordinator: members located in the zone.
    Report(Vec<Member>),
    /// Coordinator to zone: acknowledges the report of these members.
    ReportAck(Vec<Member>),
}

impl WireMessage for Message {
    fn describe(&self, tick: NanoDuration) -> String {
        let list = |members: &[Member]| {
            let numbers: Vec<_> = members.iter().map(|member| member.0.to_string()).collect();
            let plural = if numbers.len() == 1 { "" } else { "s" };
            format!("member{plural} {}", numbers.join(", "))
        };
        match self {
            Self::Probe(sent) => format!("probe of {}", tick.seconds(sent.0)),
            Self::Echo(sent) => format!("echo of {}", tick.seconds(sent.0)),
            Self::Report(members) => format!("report of {}", list(members)),
            Self::ReportAck(members) => format!("ack of {}", list(members)),
        }
    }
}

/// A timer. It is stale unless it is the last one of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Coordinator: probe the zones.
    Probe,
    /// Coordinator: check whether it has been quiet until this time.
    Quiet(LocalTime),
    /// Coordinator: the deadline.
    Deadline,
    /// Zone: repeat the report of unacknowledged members.
    Report(LocalTime),
}

/// The effects of this part; a protocol wraps them with [`OutOf::inner`].
pub type Out<'a> = OutOf<'a, Message, Timer, Output>;

/// The coordinator: the hub, or zone 0 if there is no hub.
pub fn coordinator(view: &NodeView) -> NodeId {
    view.hub.unwrap_or(NodeId(0))
}

/// The zones that a coordinator communicates with, in order: all except itself and the observers.
pub fn acting_zones<M, T>(out: &OutOf<'_, M, T, Output>) -> Vec<NodeId> {
    out.view().peers().filter(|&zone| !out.is_observer(zone)).collect()
}

/// When the coordinator decides.
#[derive(Clone, Copy, Debug)]
pub enum DecisionRule {
    /// Once no member is reported for long enough.
    Quiet(PatienceTicks),
    /// Once so many zones have reported a member.
    Ready(u32),
}

/// What the coordinator knows.
#[derive(Clone, Debug)]
pub struct CoordinatorView {
    times: TimingTicks,
    rule: DecisionRule,
    /// The zones that have reported a member.
    ready: BTreeSet<NodeId>,
    reported: BTreeSet<Member>,
    quiet_until: Option<LocalTime>,
    contacts: BTreeMap<NodeId, Contact>,
    /// Whether the decision is taken.
    closed: bool,
}

/// The coordinator's knowledge of the link to a zone.
#[derive(Clone, Debug)]
struct Contact {
    /// When the last message arrived.
    heard: LocalTime,
    /// The round trips of the last answered probes, by the time the probe was sent.
    round_trips: BTreeMap<LocalTime, SimDuration>,
}

impl CoordinatorView {
    /// A view without any report.
    pub fn new(times: TimingTicks, rule: DecisionRule) -> Self {
        Self {
            times,
            rule,
            ready: BTreeSet::new(),
            reported: BTreeSet::new(),
            quiet_until: None,
            contacts: BTreeMap::new(),
            closed: false,
        }
    }

    /// The longest round trip of the last probes, 0 before any.
    pub fn worst_round_trip(&self) -> SimDuration {
        let all = self.contacts.values().flat_map(|contact| contact.round_trips.values());
        all.copied().max().unwrap_or(SimDuration(0))
    }

    /// Ends probing and waiting: the decision is taken.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Starts probing and waiting.
    pub fn start(&self, out: &mut Out<'_>) {
        self.probe(out);
        if let DecisionRule::Quiet(patience) = self.rule {
            out.wake_at(patience.deadline, Timer::Deadline);
        }
    }

    /// Recovers the reported members and their zones, which are durable since zones do not report
    /// acknowledged members again.
    pub fn recover(&mut self, lost: Self) {
        (self.ready, self.reported) = (lost.ready, lost.reported);
    }

    /// Handles a restart, which has lost the timers. After a loss of memory the wait for quiet
    /// starts now.
    pub fn restart(&mut self, out: &mut Out<'_>) {
        if !self.closed {
            self.start(out);
            if let DecisionRule::Quiet(patience) = self.rule
                && !self.reported.is_empty()
            {
                let anew = out.now() + patience.quiet;
                let until = *self.quiet_until.get_or_insert(anew);
                out.wake_at(until, Timer::Quiet(until));
            }
        }
    }

    /// Handles a message. Returns whether it is time to decide.
    pub fn on_message(&mut self, from: NodeId, message: Message, out: &mut Out<'_>) -> bool {
        match message {
            Message::Report(members) => {
                out.send(from, Message::ReportAck(members.clone()));
                self.contact(from, out);
                self.add_located(from, &members, out)
            }
            Message::Echo(sent) => {
                let (took, window) = (out.now() - sent, self.times.window);
                let round_trips = &mut self.contact(from, out).round_trips;
                // The network may duplicate an echo: the slower copy is a delay too.
                let longest = round_trips.entry(sent).or_default();
                *longest = took.max(*longest);
                while round_trips.len() > window {
                    round_trips.pop_first();
                }
                false
            }
            Message::Probe(_) | Message::ReportAck(_) => false,
        }
    }

    /// Records that a zone was heard from. If it was not heard from for long, the wait for quiet
    /// restarts.
    fn contact(&mut self, from: NodeId, out: &mut Out<'_>) -> &mut Contact {
        let now = out.now();
        if let DecisionRule::Quiet(patience) = self.rule
            && !self.is_heard(from, now, patience)
            && !self.closed
            && !self.reported.is_empty()
        {
            self.await_quiet(patience, out);
        }
        let fresh = || Contact { heard: now, round_trips: BTreeMap::new() };
        let contact = self.contacts.entry(from).or_insert_with(fresh);
        contact.heard = now;
        contact
    }

    fn is_heard(&self, zone: NodeId, now: LocalTime, patience: PatienceTicks) -> bool {
        self.contacts.get(&zone).is_some_and(|c| now - c.heard <= patience.heard_within)
    }

    fn await_quiet(&mut self, patience: PatienceTicks, out: &mut Out<'_>) {
        let until = out.now() + patience.quiet;
        self.quiet_until = Some(until);
        out.wake_at(until, Timer::Quiet(until));
    }

    /// Records members located in a zone. Returns whether it is time to decide.
    pub fn add_located(&mut self, zone: NodeId, members: &[Member], out: &mut Out<'_>) -> bool {
        let before = self.reported.len();
        self.ready.insert(zone);
        self.reported.extend(members);
        if self.closed || self.reported.len() == before {
            return false;
        }
        match self.rule {
            DecisionRule::Ready(zones) => self.ready.len() >= zones as usize,
            DecisionRule::Quiet(patience) if out.now() >= patience.deadline => true,
            DecisionRule::Quiet(patience) => {
                self.await_quiet(patience, out);
                false
            }
        }
    }

    /// Handles a timer. Returns whether it is time to decide.
    pub fn on_timer(&self, timer: Timer, out: &mut Out<'_>) -> bool {
        match timer {
            Timer::Probe => {
                self.probe(out);
                false
            }
            Timer::Quiet(at) => {
                let DecisionRule::Quiet(patience) = self.rule else { return false };
                let heard = |zone: NodeId| self.is_heard(zone, out.now(), patience);
                !self.closed
                    && self.quiet_until == Some(at)
                    && acting_zones(out).into_iter().all(heard)
            }
            Timer::Deadline => {
                matches!(self.rule, DecisionRule::Quiet(_))
                    && !self.closed
                    && !self.reported.is_empty()
            }
            Timer::Report(_) => false,
        }
    }

    fn probe(&self, out: &mut Out<'_>) {
        if !self.closed {
            for zone in acting_zones(out) {
                out.send(zone, Message::Probe(out.now()));
            }
            out.wake_after(self.times.probe, Timer::Probe);
        }
    }
}

/// The part of a zone that reports located members to the coordinator.
#[derive(Clone, Debug)]
pub struct Reporter {
    /// The node that it reports to; None for the coordinator.
    to: Option<NodeId>,
    waits: Waits,
    unacknowledged: BTreeSet<Member>,
    /// When the report is repeated.
    next_resend: Option<LocalTime>,
    /// The wait after the last report; None if the next report has the first wait.
    waited: Option<SimDuration>,
}

impl Reporter {
    /// A reporter to the coordinator, without members to report.
    pub fn new(times: TimingTicks) -> Self {
        Self {
            to: None,
            waits: times.resend,
            unacknowledged: BTreeSet::new(),
            next_resend: None,
            waited: None,
        }
    }

    /// A reporter to another node, with the same waits.
    pub fn to(&self, node: NodeId) -> Self {
        let (unacknowledged, next_resend, waited) = (BTreeSet::new(), None, None);
        Self { to: Some(node), waits: self.waits, unacknowledged, next_resend, waited }
    }

    /// Reports all located members again after a loss of memory.
    pub fn recover(&mut self, located: &LocatedMembers) {
        self.unacknowledged.extend(located.0.keys());
    }

    /// Reports a located member, with the first wait again.
    pub fn locate(&mut self, member: Member, out: &mut Out<'_>) {
        self.unacknowledged.insert(member);
        self.begin(out);
    }

    /// Handles a restart, which has lost the timer.
    pub fn resume(&mut self, out: &mut Out<'_>) {
        self.begin(out);
    }

    fn begin(&mut self, out: &mut Out<'_>) {
        self.waited = None;
        self.report(out);
    }

    /// Handles a message of the coordinator.
    pub fn on_message(&mut self, from: NodeId, message: Message, out: &mut Out<'_>) {
        match message {
            Message::Probe(sent) => out.send(from, Message::Echo(sent)),
            Message::ReportAck(members) => {
                self.unacknowledged.retain(|member| !members.contains(member))
            }
            Message::Echo(_) | Message::Report(_) => {}
        }
    }

    /// Handles a timer.
    pub fn on_timer(&mut self, timer: Timer, out: &mut Out<'_>) {
        if matches!(timer, Timer::Report(at) if self.next_resend == Some(at)) {
            self.report(out);
        }
    }

    /// Sends the unacknowledged members and sets the timer to send them again.
    fn report(&mut self, out: &mut Out<'_>) {
        if !self.unacknowledged.is_empty() {
            let members = self.unacknowledged.iter().copied().collect();
            let to = self.to.unwrap_or_else(|| coordinator(out.view()));
            out.send(to, Message::Report(members));
            let wait = self.waits.after(self.waited);
            let next_resend = out.now() + wait;
            (self.waited, self.next_resend) = (Some(wait), Some(next_resend));
            out.wake_after(wait, Timer::Report(next_resend));
        }
    }
}

/// The members located in a zone, and whether each was struck. All of it is durable, since the zone
/// has to act on it at the decided time.
#[derive(Clone, Debug, Default)]
pub struct LocatedMembers(BTreeMap<Member, bool>);

impl LocatedMembers {
    /// The members, in order.
    pub fn members(&self) -> Vec<Member> {
        self.0.keys().copied().collect()
    }

    /// Adds a member, not yet struck.
    pub fn add(&mut self, member: Member) {
        self.0.entry(member).or_insert(false);
    }

    /// Strikes at all members not struck yet, if the clock shows a time from `at` to `at +
    /// valid_for`.
    pub fn strike_within<M, T>(
        &mut self,
        at: LocalTime,
        valid_for: SimDuration,
        out: &mut OutOf<'_, M, T, Output>,
    ) {
        if (at..=at + valid_for).contains(&out.now()) {
            self.strike(out);
        }
    }

    /// Strikes at all members not struck yet.
    pub fn strike<M, T>(&mut self, out: &mut OutOf<'_, M, T, Output>) {
        for (&member, struck) in &mut self.0 {
            if !std::mem::replace(struck, true) {
                out.strike(member);
            }
        }
    }
}
