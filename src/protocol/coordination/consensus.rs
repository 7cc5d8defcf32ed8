//! `consensus`: the zones elect a leader, and a majority of them makes its time to strike the decision.
//!
//! D. Ongaro and J. Ousterhout: "In search of an understandable consensus algorithm (extended version)"
//! (2014): [`raft`], with times to strike as commands. No node is needed: what a
//! coordinator knows and decides is lost with it, and here any zone can take its place.
//!
//! The zones that are not observers elect a leader; the hub does not take part. Zones report the members
//! located in them to the leader, and report all of them anew to a new one. The leader decides as the hub
//! does in [`order`](super::order), on its [`CoordinatorView`](super::coordinator_view), but what it
//! decides is a proposal: it appends T to its log. Once a majority of the zones has the entry, T is
//! committed and is the decision, and each zone decides on T when it learns that. The first committed time
//! counts; there is no second one, since a leader proposes only if its log has none.
//!
//! T = now + 2 worst round trips + `clock_bound` + `margin`: a round trip to commit, then time for all to
//! learn of it. A zone strikes when its clock shows T. A zone that learns of the decision or locates a
//! member later strikes at once, until `valid_for` after T.
//!
//! # A leader that is gone
//!
//! After `election` to `election_max` without a heartbeat a zone asks for votes. Whatever the old leader
//! had committed, the new one has and completes. What it had proposed and not committed may be in the log
//! of the new one or not:
//!
//! - If it is, the new leader cannot know whether it was committed, and keeps it (section 5.4.2): T does
//!   not change. If `margin` is shorter than an election, T may be past then, and zones strike as they
//!   learn of it.
//! - If it is not, the new leader collects reports and proposes a time of its own. The wait for quiet
//!   begins again with its election.
//!
//! # Splits
//!
//! Nobody strikes unless a majority can be reached, and there is one time for all. A zone that does not
//! learn of the decision by T (cut off from the leader, or down at T) strikes late or never. So a minority
//! behind a partition does not strike while the majority does, and learns of the decision when it is
//! healed.
//!
//! The term, the vote and the log of a zone are durable, and so are its located members and the decision.

use serde::{Deserialize, Serialize};

use super::coordinator_view::{self, CoordinatorView, DecisionRule, LocatedMembers, Reporter};
use super::patience::{Patience, PatienceTicks};
use super::timing::{self, Timing, TimingTicks};
use super::{Located, Output};
use crate::id::{Member, NodeId};
use crate::protocol::raft::{self, Raft, Waits};
use crate::protocol::{
    ConfigError, Cost, Decisions, Input, NamedProtocol, NodeView, Out, Params as _, Protocol,
    ProtocolInfo, Range, RunBounds, Safety, SendBound, WireMessage,
};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// The entry of `consensus` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "consensus",
    about: "zones elect a leader, and strike at the time that it proposes once a majority has it",
    source: "Ongaro and Ousterhout, In search of an understandable consensus algorithm (extended \
             version), 2014, figure 2",
    deviations: &[
        "messages may be lost, and are repeated with heartbeats; the paper has remote calls",
        "the leader says at once that an entry is committed, not with its next heartbeat",
        "a leader begins with an empty entry (section 8) only if its log has entries that it does \
         not know to be committed",
        "the log decides one time; zones and snapshots do not change",
    ],
    formulas: &[
        Cost { what: "messages of an election with one candidate", formula: "4*z" },
        Cost { what: "messages of a heartbeat", formula: "2*z" },
        Cost { what: "messages of a decision", formula: "4*z" },
        Cost { what: "from the last timeout to the election", formula: "M" },
        Cost { what: "from the proposal to the decision", formula: "M" },
        Cost { what: "from the decision until all know", formula: "F" },
        Cost { what: "from the proposal to the strikes", formula: "2*R + clock_bound + margin" },
        timing::PROBES,
        timing::REPORT,
    ],
    variables: "z zones that are not observers, without the leader; M the round trip from it to the \
                last zone needed for a majority; F its longest link; R the longest round trip of the \
                last probes",
    guarantees: "one time is decided, by a majority of the zones that are not observers; if no \
                 majority can be reached, none is. No term has two leaders. No zone strikes before \
                 the time or later than valid_for after it. A decision survives the crash of its \
                 leader and of any minority; a zone that is cut off until the time strikes when it \
                 learns of it. A crash with loss of memory keeps the term, the vote, the log, located \
                 members and the decision",
    settings: Params::PARAMS,
    ..ProtocolInfo::EMPTY
};

/// Times to strike in one message; the log has one, and few that were never committed.
const MAX_ENTRIES: usize = 100;

crate::params! {
    /// The `[coordination.consensus]` table.
    pub struct Params in "a table such as [coordination.consensus]" {
        /// Largest difference between two clocks.
        pub clock_bound: NanoDuration = "100ms", Range::Text("0s or more"),
            "a guess; NTP over the internet does better";
        /// Time for the zones to prepare.
        pub margin: NanoDuration = "10min", Range::Text("0s or more"), "a guess";
        /// Shortest time without a leader after which a zone asks for votes.
        pub election: NanoDuration = "2min",
            Range::AboveZero {
                also: ", up to election_max",
                otherwise: "a time of 0 would ask without end",
            },
            "a guess: many heartbeats, as in section 5.6";
        /// Longest such time; each is drawn uniformly.
        pub election_max: NanoDuration = "4min", Range::Timer("election or more"),
            "twice the shortest: section 9.3";
        /// Time from one heartbeat of the leader to the next.
        pub heartbeat: NanoDuration = "30s",
            Range::AboveZero { also: "", otherwise: "a time of 0 would send without end" },
            "a guess";
        ..pub patience: Patience;
        ..pub timing: Timing;
    }
}

impl Params {
    /// One time is decided, which each zone learns before it strikes at it.
    pub fn safety(&self) -> Safety {
        Safety {
            decisions: Decisions::OneTimeByEachZone,
            valid_for: Some(self.timing.valid_for),
            waits: Some(self.patience.wait_rule()),
            ..Safety::default()
        }
    }

    fn waits(&self) -> Waits {
        let &Self { election, election_max, heartbeat, .. } = self;
        Waits { election, election_max, heartbeat }
    }

    /// From the proposal to the strikes, without the worst round trip.
    fn allowance(&self) -> NanoDuration {
        NanoDuration::from_ns(self.clock_bound.ns.saturating_add(self.margin.ns))
    }

    /// Bound on the messages over a link. Beside those of a coordinator, timers send heartbeats and
    /// requests for votes. With each election a zone begins to lead, takes in entries of other terms,
    /// proposes and commits, or reports to another. A follower that has other entries than the leader
    /// answers several times.
    pub fn send_bound(&self, resolution: NanoDuration) -> SendBound {
        let bound = self.timing.send_bound(resolution);
        let ticks = |duration: NanoDuration| SimDuration(duration.ticks(resolution).0.max(1));
        let raft = ticks(self.heartbeat).min(ticks(self.election));
        SendBound {
            interval: bound.interval.map(|interval| interval.min(raft)),
            timers: bound.timers + 10,
            replies: 3,
            reply_depth: 4,
            other_bytes: 128 + 32 * MAX_ENTRIES as u64,
            ..bound
        }
    }

    /// Warnings about these values, for the user before a run.
    pub fn warnings(&self, bounds: &RunBounds) -> Vec<String> {
        let mut warnings = self.patience.warnings(self.allowance(), self.timing.probe, bounds);
        warnings.extend(self.waits().warning());
        let Self { margin, election_max, .. } = self;
        if margin < election_max {
            warnings.push(format!(
                "if a leader crashes before its proposal is committed, the next one may commit it after \
                 its time: margin is {margin}, an election may begin {election_max} later"
            ));
        }
        warnings
    }

    /// Checks the table.
    ///
    /// # Errors
    /// The first value out of its range.
    pub fn check(&self, zones: u32) -> Result<(), ConfigError> {
        const PATH: &str = "coordination.consensus";
        self.check_ranges(PATH, zones)?;
        self.waits().check(PATH, Self::default().election_max)?;
        self.timing.check(PATH)
    }
}

/// A message between zones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Of Raft; commands are times to strike.
    Raft(raft::Message<LocalTime>),
    /// Between a leader and another zone: a probe or a report in the term of that leader.
    View {
        /// The term of the leader.
        term: u64,
        /// The probe or the report.
        message: coordinator_view::Message,
    },
}

impl WireMessage for Message {
    fn describe(&self, tick: NanoDuration) -> String {
        match self {
            Self::Raft(message) => {
                message.describe(|at| format!("strike at {}", tick.seconds(at.0)))
            }
            Self::View { message, .. } => message.describe(tick),
        }
    }
}

/// What a zone waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A timer of Raft.
    Raft(raft::Timer),
    /// Of the coordinator view or the reporter, set in this term.
    View {
        /// The term.
        term: u64,
        /// The timer.
        timer: coordinator_view::Timer,
    },
    /// The decided time.
    StrikeTime,
}

/// The settings in ticks.
#[derive(Clone, Copy, Debug)]
struct Times {
    patience: PatienceTicks,
    timing: TimingTicks,
    /// What T adds to the round trips: `clock_bound` and `margin`.
    allowance: SimDuration,
}

/// The state machine of a zone.
#[derive(Clone, Debug)]
pub struct Consensus {
    times: Times,
    raft: Raft<LocalTime>,
    /// What it knows as the leader of a term, if its log had no time when the term began.
    view: Option<(u64, CoordinatorView)>,
    reporter: Reporter,
    /// The leader that it reports to, and its term.
    reports_to: Option<(NodeId, u64)>,
    located: LocatedMembers,
    decided: Option<LocalTime>,
}

impl NamedProtocol for Consensus {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, _view: &NodeView, resolution: NanoDuration) -> Self {
        let ticks = |duration: NanoDuration| duration.ticks(resolution);
        let times = Times {
            patience: params.patience.in_ticks(resolution),
            timing: params.timing.in_ticks(resolution),
            allowance: ticks(params.clock_bound) + ticks(params.margin),
        };
        Self {
            times,
            raft: Raft::new(params.waits().settings(resolution, MAX_ENTRIES, false)),
            view: None,
            reporter: Reporter::new(times.timing),
            reports_to: None,
            located: LocatedMembers::default(),
            decided: None,
        }
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        params.check(view.zones)
    }

    fn send_bound(params: &Params, resolution: NanoDuration) -> Option<SendBound> {
        Some(params.send_bound(resolution))
    }

    fn safety(params: &Params) -> Safety {
        params.safety()
    }

    fn warnings(params: &Params, bounds: &RunBounds) -> Vec<String> {
        params.warnings(bounds)
    }
}

impl Protocol for Consensus {
    type Message = Message;
    type Timer = Timer;
    type Input = Located;
    type Output = Output;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        // The hub has no members and does not take part; neither do observers.
        if out.view().is_hub() || out.is_observer(out.me()) {
            return;
        }
        match input {
            Input::Start => self.raft(out, |raft, out| raft.start(out)),
            Input::Restart => self.restart(out),
            Input::Local(Located(member)) => {
                self.located.add(member);
                self.report(&[member], out);
                self.strike_if_due(out);
            }
            Input::Message { from, message: Message::Raft(message) } => {
                self.raft(out, |raft, out| raft.on_message(from, message, out));
            }
            Input::Message { from, message: Message::View { term, message } } => {
                self.on_view_message(from, (term, message), out);
            }
            Input::Timer(Timer::Raft(timer)) => {
                self.raft(out, |raft, out| raft.on_timer(timer, out));
            }
            Input::Timer(Timer::View { term, timer }) => self.on_view_timer(term, timer, out),
            Input::Timer(Timer::StrikeTime) => self.strike_if_due(out),
        }
    }

    fn recover(&mut self, lost: Self) {
        self.raft.recover(lost.raft);
        (self.located, self.decided) = (lost.located, lost.decided);
    }
}

impl Consensus {
    /// Lets Raft handle something, then acts on what it has committed and on who leads.
    fn raft(
        &mut self,
        out: &mut Out<'_, Self>,
        body: impl FnOnce(&mut Raft<LocalTime>, &mut raft::Out<'_, LocalTime, Output>),
    ) {
        let led = self.raft.is_leader().then_some(self.raft.term());
        out.inner(Message::Raft, Timer::Raft, |out| body(&mut self.raft, out));
        if self.raft.is_leader() && led != Some(self.raft.term()) {
            out.elected(self.raft.term());
        }
        self.decide(out);
        self.take_the_lead(out);
        self.follow(out);
    }

    /// Handles a restart, which has lost the timers.
    fn restart(&mut self, out: &mut Out<'_, Self>) {
        (self.view, self.reports_to) = (None, None);
        self.raft(out, |raft, out| raft.start(out));
        if let Some(at) = self.decided {
            out.wake_at(at, Timer::StrikeTime);
        }
    }

    /// Decides on the first committed time.
    fn decide(&mut self, out: &mut Out<'_, Self>) {
        while let Some(at) = self.raft.next_committed() {
            if self.decided.is_none() {
                self.decided = Some(at);
                out.decide(at);
                out.wake_at(at, Timer::StrikeTime);
            }
        }
    }

    /// Whether a time was proposed to this zone, or by it, in this term or before.
    fn is_proposed(&self) -> bool {
        self.raft.stable().log.entries().iter().any(|entry| entry.command.is_some())
    }

    /// Collects reports if it has become the leader and has no time in its log.
    fn take_the_lead(&mut self, out: &mut Out<'_, Self>) {
        let term = self.raft.term();
        self.view.take_if(|(led, _)| !self.raft.is_leader() || *led != term);
        if self.raft.is_leader() && self.view.is_none() && !self.is_proposed() {
            let rule = DecisionRule::Quiet(self.times.patience);
            let view = CoordinatorView::new(self.times.timing, rule);
            inner(term, out, |out| view.start(out));
            self.view = Some((term, view));
            self.report(&self.located.members(), out);
        }
    }

    /// Reports all located members to a new leader, until the decision is known.
    fn follow(&mut self, out: &mut Out<'_, Self>) {
        let leader = self.raft.leader().filter(|&leader| leader != out.me());
        let reports_to = leader.map(|leader| (leader, self.raft.term()));
        let reports_to = reports_to.filter(|_| self.decided.is_none());
        if reports_to == self.reports_to {
            return;
        }
        self.reports_to = reports_to;
        if let Some((leader, term)) = reports_to {
            self.reporter = self.reporter.to(leader);
            self.reporter.recover(&self.located);
            inner(term, out, |out| self.reporter.resume(out));
        }
    }

    /// Reports members located here to the leader, or takes note of them as the leader.
    fn report(&mut self, members: &[Member], out: &mut Out<'_, Self>) {
        if members.is_empty() {
            return;
        }
        if let Some((term, view)) = &mut self.view {
            let me = out.me();
            let is_ready = inner(*term, out, |out| view.add_located(me, members, out));
            self.propose(is_ready, out);
        } else if let Some((_, term)) = self.reports_to {
            for &member in members {
                inner(term, out, |out| self.reporter.locate(member, out));
            }
        }
    }

    fn on_view_message(
        &mut self,
        from: NodeId,
        (term, message): (u64, coordinator_view::Message),
        out: &mut Out<'_, Self>,
    ) {
        use coordinator_view::Message::{Echo, Probe, Report, ReportAck};
        match message {
            Report(_) | Echo(_) => {
                if let Some((_, view)) = self.view.as_mut().filter(|(led, _)| *led == term) {
                    let is_ready = inner(term, out, |out| view.on_message(from, message, out));
                    self.propose(is_ready, out);
                }
            }
            // An acknowledgement of another leader, or of another term, says nothing of this one.
            ReportAck(_) if self.reports_to != Some((from, term)) => {}
            Probe(_) | ReportAck(_) => {
                inner(term, out, |out| self.reporter.on_message(from, message, out));
            }
        }
    }

    fn on_view_timer(
        &mut self,
        term: u64,
        timer: coordinator_view::Timer,
        out: &mut Out<'_, Self>,
    ) {
        if let Some((_, view)) = self.view.as_ref().filter(|(led, _)| *led == term) {
            let is_ready = inner(term, out, |out| view.on_timer(timer, out));
            self.propose(is_ready, out);
        } else if self.reports_to.is_some_and(|(_, current)| current == term) {
            inner(term, out, |out| self.reporter.on_timer(timer, out));
        }
    }

    /// Proposes a time if `is_ready`.
    fn propose(&mut self, is_ready: bool, out: &mut Out<'_, Self>) {
        if let Some((_, view)) = self.view.as_mut().filter(|_| is_ready) {
            view.close();
            let worst = view.worst_round_trip();
            let at = out.now() + worst + worst + self.times.allowance;
            self.raft(out, |raft, out| {
                raft.propose([at], out);
            });
        }
    }

    /// Strikes if the decided time has come and is valid. If the clock was set back, waits for it again.
    fn strike_if_due(&mut self, out: &mut Out<'_, Self>) {
        let Some(at) = self.decided else { return };
        if out.now() < at {
            out.wake_at(at, Timer::StrikeTime);
        }
        self.located.strike_within(at, self.times.timing.valid_for, out);
    }
}

/// Lets the coordinator view or the reporter emit effects as `consensus`, in a term.
fn inner<R>(
    term: u64,
    out: &mut Out<'_, Consensus>,
    body: impl FnOnce(&mut coordinator_view::Out<'_>) -> R,
) -> R {
    let message = |message| Message::View { term, message };
    out.inner(message, |timer| Timer::View { term, timer }, body)
}

#[cfg(test)]
mod tests;
