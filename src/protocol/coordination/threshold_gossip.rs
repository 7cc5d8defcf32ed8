//! `threshold-gossip`: readiness spreads by gossip, and a zone that knows enough ready zones proposes a
//! time, which spreads by gossip too. No node has a role.
//!
//! The gossip is the push of A. Demers et al.: "Epidemic algorithms for replicated database maintenance"
//! (PODC 1987), 1.3, and its bound that of B. Pittel: "On spreading a rumor" (SIAM J. Appl. Math. 47,
//! 1987). The threshold is that of R. Thomas: "A majority consensus approach to concurrency control for
//! multiple copy databases" (1979). That a proposal becomes the decision because time has passed, and not
//! because it was acknowledged, is the timed agreement of J. Halpern and Y. Moses: "Knowledge and common
//! knowledge in a distributed environment" (1990), section 8.
//!
//! # The protocol
//!
//! A zone is ready when it has located a member. Rounds begin when its clock shows a multiple of
//! `interval`. In each round a zone that knows something sends it to `fanout` other zones, drawn
//! uniformly: the zones that are ready as far as it knows or, once it knows a time to strike, that time
//! and nothing else.
//!
//! At the beginning of a round a zone that knows `ready` ready zones and no time proposes
//! T = now + `rounds` `interval` + `clock_bound` + `margin`. Every zone keeps the earliest time that it
//! has heard; equal times are one decision, so ties need no rule. When its clock shows T, it decides on T
//! and strikes. A zone that hears of its first time later, or locates a member later, strikes at once,
//! until `valid_for` after T. Zones send T until then: later it is of no use to anyone. A zone that has
//! decided keeps its time, and still passes on an earlier one.
//!
//! # How far a time spreads
//!
//! Let n zones take part, let messages arrive within their round with probability q, and let i zones know
//! the earliest time when a round begins. Each of them reaches a given other zone with probability
//! f q / (n - 1), f being `fanout`. With f = 1 the number of zones that learn it is the number of
//! occupied cells when i balls fall into n - 1 cells, each with probability q, of which n - i count: an
//! exact Markov chain. On average i + (n - i) (1 - (1 - f q / (n - 1))^i) zones know it after the round,
//! given i. All know it after about log2(n) + ln(n) rounds if f = q = 1 (Pittel).
//!
//! # Splits
//!
//! Who strikes at another time than the earliest one:
//!
//! - *A zone that has not heard of it by then.* It strikes when it hears of it, or at a later time that it
//!   has heard of or proposed itself, whichever comes first. If one zone proposes, P(some zone is late) is
//!   the probability that the chain, begun with 1, is not at n after `rounds` rounds; rounds in `margin`
//!   make it smaller. Several proposals of one round are one time, and their zones begin the chain
//!   together.
//! - *A zone that is cut off or down* from the proposal until T is such a zone. A side of a partition with
//!   fewer than `ready` ready zones proposes nothing, so with `ready` > n/2 one side at most does; with
//!   fewer, each side may strike at a time of its own. A zone that is cut off until `valid_for` after T
//!   hears nothing any more: it may propose a time then, at which it strikes alone.
//! - *A zone that is not ready* at T strikes when it is.
//! - *Clocks*: strikes for one time are as far apart as the clocks.
//!
//! All that a zone knows and has decided is durable, and so are its located members.

use std::collections::BTreeSet;

use rand::seq::index;
use serde::{Deserialize, Serialize};

use super::coordinator_view::{LocatedMembers, acting_zones};
use super::{Located, Output};
use crate::id::NodeId;
use crate::protocol::{
    ConfigError, Cost, Decisions, Input, NamedProtocol, NodeView, Out, Params as _, Protocol,
    ProtocolInfo, Range, RunBounds, Safety, SendBound, WireMessage,
};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// The entry of `threshold-gossip` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "threshold-gossip",
    about: "readiness spreads by gossip; zones strike at the earliest time that a zone has proposed \
            which knew enough ready zones",
    source: "Demers et al., Epidemic algorithms for replicated database maintenance, 1987, 1.3 (push); \
             Pittel, On spreading a rumor, 1987; Thomas, A majority consensus approach to concurrency \
             control for multiple copy databases, 1979; Halpern and Moses, Knowledge and common \
             knowledge in a distributed environment, 1990, section 8 (timed agreement)",
    deviations: &[
        "no paper has this combination: gossip decides by a bound on time, not by acknowledgements",
        "a zone that knows a time to strike sends that time only, no longer who is ready",
        "a zone proposes at the beginning of a round, not when it hears, so that zones that hear in one \
         round propose one time",
        "zones push until the time is void, and not for ever",
    ],
    formulas: &[
        Cost { what: "messages of a round, once all have something to tell", formula: "n*fanout" },
        Cost {
            what: "from learning that enough are ready to the proposal, at most",
            formula: "interval",
        },
        Cost {
            what: "from the proposal to the strikes",
            formula: "rounds*interval + clock_bound + margin",
        },
        Cost {
            what: "rounds until all know the time, fanout 1, mean to within two",
            formula: "log2(n) + ln(n)",
        },
    ],
    variables: "n zones that are not observers",
    guarantees: "a zone strikes at the earliest time that it knows, by its own clock, and not later \
                 than valid_for after it; no time is proposed before ready zones have located a \
                 member. Zones that have heard of the earliest time before it comes strike together; \
                 some zone has not with the probability that a rumour misses it for so many rounds. \
                 Zones that are cut off strike late, at a time of their own or never. A crash with \
                 loss of memory keeps all that a zone knows and decided",
    settings: Params::PARAMS,
    ..ProtocolInfo::EMPTY
};

/// The most zones: each may know of every other that it is ready.
const MAX_ZONES: u32 = 1000;

crate::params! {
    /// The `[coordination.threshold-gossip]` table.
    pub struct Params in "a table such as [coordination.threshold-gossip]" {
        /// Number of zones that must have located a member before a time is proposed.
        pub ready: u32 = 2, Range::Text("1 to n"), "a guess";
        /// Time from one round of a zone to the next. Rounds begin when its clock shows a multiple.
        pub interval: NanoDuration = "1min",
            Range::AboveZero { also: "", otherwise: "a time of 0 would send without end" }, "a guess";
        /// Number of zones to which a zone sends in a round; to all others, if there are fewer.
        pub fanout: u32 = 1, Range::Peers, "Demers et al. 1987, 1.3";
        /// Number of rounds in which a time to strike is expected to reach all zones.
        pub rounds: u32 = 20, Range::Integer(1, 1000),
            "a guess: log2(n) + ln(n) rounds on average, and as many again";
        /// Largest difference between two clocks.
        pub clock_bound: NanoDuration = "100ms", Range::Text("0s or more"),
            "a guess; NTP over the internet does better";
        /// Time for the zones to prepare.
        pub margin: NanoDuration = "10min", Range::Text("0s or more"), "a guess";
        /// How long after its time a decision may still be executed, by a zone that hears of it or
        /// locates a member after that time.
        pub valid_for: NanoDuration = "12h",
            Range::AboveZero { also: "", otherwise: "no zone could strike on a decision" },
            "a guess";
    }
}

impl Params {
    /// Each zone decides once, for itself, after enough zones were ready.
    pub fn safety(&self) -> Safety {
        Safety {
            decisions: Decisions::OnePerZone,
            valid_for: Some(self.valid_for),
            min_ready: Some(self.ready),
            ..Safety::default()
        }
    }

    /// From the proposal to the strikes.
    fn ahead(&self) -> NanoDuration {
        let spread = self.interval.ns.saturating_mul(self.rounds.into());
        let allowance = self.clock_bound.ns.saturating_add(self.margin.ns);
        NanoDuration::from_ns(spread.saturating_add(allowance))
    }

    /// Bound on the messages over a link: one in each round.
    pub fn send_bound(&self, resolution: NanoDuration) -> SendBound {
        let interval = Some(SimDuration(self.interval.ticks(resolution).0.max(1)));
        SendBound { interval, ..SendBound::of_causes(0, 0, 1) }
    }

    /// Warnings about these values, for the user before a run.
    pub fn warnings(&self, bounds: &RunBounds) -> Vec<String> {
        let mut warnings = Vec::new();
        let &RunBounds { horizon, max_ahead, acting_zones, .. } = bounds;
        let Self { ready, rounds, fanout, .. } = self;
        let ahead = self.ahead();
        if max_ahead.is_some_and(|clock| ahead.ns >= horizon.ns.saturating_add(clock.ns)) {
            warnings.push(format!(
                "no zone can strike before the horizon: a proposal is for {ahead} later, the horizon \
                 is {horizon}"
            ));
        }
        if *ready > acting_zones {
            warnings.push(format!(
                "no zone ever strikes: ready is {ready}, and {acting_zones} zones are not observers"
            ));
        }
        // Each zone that knows tells `fanout` others.
        let reached = u64::from(*fanout).saturating_add(1).saturating_pow(*rounds);
        if reached < acting_zones.into() {
            warnings.push(format!(
                "some zones cannot know the time when it comes: in {rounds} rounds it reaches {reached} \
                 of {acting_zones} zones at most"
            ));
        }
        warnings
    }

    /// Checks the table.
    ///
    /// # Errors
    /// Too many zones, or the first value out of its range.
    pub fn check(&self, zones: u32) -> Result<(), ConfigError> {
        const PATH: &str = "coordination.threshold-gossip";
        if zones > MAX_ZONES {
            let message = format!(
                "{zones} zones that tell each other who is ready; expected at most {MAX_ZONES} zones"
            );
            return Err(ConfigError::new("coordination.use", message));
        }
        if !(1..=zones).contains(&self.ready) {
            let message = format!("{} of {zones} zones; expected 1 to {zones}", self.ready);
            return Err(ConfigError::new(format!("{PATH}.ready"), message));
        }
        self.check_ranges(PATH, zones)
    }
}

/// What a zone tells another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// The zones that are ready.
    Ready(BTreeSet<NodeId>),
    /// The earliest time to strike.
    Strike(LocalTime),
}

impl WireMessage for Message {
    fn describe(&self, tick: NanoDuration) -> String {
        match self {
            Self::Ready(zones) if zones.len() == 1 => "1 zone is ready".into(),
            Self::Ready(zones) => format!("{} zones are ready", zones.len()),
            Self::Strike(at) => format!("strike at {}", tick.seconds(at.0)),
        }
    }
}

/// What a zone waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The round of this local time; stale unless it is the next one.
    Round(LocalTime),
    /// A time to strike.
    Strike,
}

/// The settings in ticks.
#[derive(Clone, Copy, Debug)]
struct Times {
    /// At least one.
    interval: SimDuration,
    /// From the proposal to the strikes.
    ahead: SimDuration,
    valid_for: SimDuration,
}

impl Times {
    /// The beginning of the first round after `now`.
    fn next_round(&self, now: LocalTime) -> LocalTime {
        let interval = self.interval.0 as i64;
        LocalTime(now.0 - now.0.rem_euclid(interval)) + self.interval
    }

    /// Whether a zone may still strike for this time.
    fn is_valid(&self, at: LocalTime, now: LocalTime) -> bool {
        now <= at + self.valid_for
    }
}

/// The state machine of a zone. All of it is durable but the timers.
#[derive(Clone, Debug)]
pub struct ThresholdGossip {
    times: Times,
    fanout: usize,
    /// The setting `ready`.
    needed: usize,
    ready: BTreeSet<NodeId>,
    /// The earliest time that it has heard of or proposed.
    earliest: Option<LocalTime>,
    decided: Option<LocalTime>,
    located: LocatedMembers,
    /// When its next round begins, if it has something to tell.
    next_round: Option<LocalTime>,
}

impl NamedProtocol for ThresholdGossip {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, _view: &NodeView, resolution: NanoDuration) -> Self {
        let interval = SimDuration(params.interval.ticks(resolution).0.max(1));
        let spread = SimDuration(interval.0.saturating_mul(params.rounds.into()));
        let [bound, margin] =
            [params.clock_bound, params.margin].map(|duration| duration.ticks(resolution));
        let valid_for = params.valid_for.ticks(resolution);
        Self {
            times: Times { interval, ahead: spread + bound + margin, valid_for },
            fanout: params.fanout as usize,
            needed: params.ready as usize,
            ready: BTreeSet::new(),
            earliest: None,
            decided: None,
            located: LocatedMembers::default(),
            next_round: None,
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

impl Protocol for ThresholdGossip {
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
            Input::Start => {}
            Input::Restart => {
                // The crash has lost the timers.
                self.next_round = None;
                self.await_strike(out);
                self.arm(out);
            }
            Input::Local(Located(member)) => {
                self.located.add(member);
                self.ready.insert(out.me());
                self.strike_if_due(out);
                self.arm(out);
            }
            Input::Message { message, .. } => {
                match message {
                    Message::Ready(zones) => self.ready.extend(zones),
                    Message::Strike(at) => self.learn(at, out),
                }
                self.arm(out);
            }
            Input::Timer(Timer::Round(at)) if self.next_round == Some(at) => self.round(out),
            Input::Timer(Timer::Round(_)) => {}
            Input::Timer(Timer::Strike) => self.strike_if_due(out),
        }
    }

    fn recover(&mut self, lost: Self) {
        *self = lost;
    }
}

impl ThresholdGossip {
    /// What it tells others at this time, if anything.
    fn message(&self, now: LocalTime) -> Option<Message> {
        match self.earliest {
            Some(at) => self.times.is_valid(at, now).then_some(Message::Strike(at)),
            None => (!self.ready.is_empty()).then(|| Message::Ready(self.ready.clone())),
        }
    }

    /// Sets the timer of the next round if there is something to tell and no timer runs.
    fn arm(&mut self, out: &mut Out<'_, Self>) {
        if self.next_round.is_none() && self.message(out.now()).is_some() {
            let at = self.times.next_round(out.now());
            self.next_round = Some(at);
            out.wake_at(at, Timer::Round(at));
        }
    }

    /// Learns a time to strike.
    fn learn(&mut self, at: LocalTime, out: &mut Out<'_, Self>) {
        if self.earliest.is_none_or(|earliest| at < earliest) {
            self.earliest = Some(at);
            self.await_strike(out);
        }
    }

    /// Proposes a time if it is needed, and tells others what it knows.
    fn round(&mut self, out: &mut Out<'_, Self>) {
        self.next_round = None;
        if self.earliest.is_none() && self.ready.len() >= self.needed {
            self.learn(out.now() + self.times.ahead, out);
        }
        if let Some(message) = self.message(out.now()) {
            let others = acting_zones(out);
            let amount = self.fanout.min(others.len());
            for other in index::sample(out.rng(), others.len(), amount) {
                out.send(others[other], message.clone());
            }
        }
        self.arm(out);
    }

    /// Strikes if it is time to, or waits for it.
    fn await_strike(&mut self, out: &mut Out<'_, Self>) {
        if let Some(at) = self.decided.or(self.earliest) {
            // All messages of an instant count before it decides.
            out.wake_at(at, Timer::Strike);
        }
    }

    /// Decides on the earliest time when it has come, and strikes. If the clock was set back, waits for
    /// it again.
    fn strike_if_due(&mut self, out: &mut Out<'_, Self>) {
        let (now, valid_for) = (out.now(), self.times.valid_for);
        let is_due = |&at: &LocalTime| at <= now && self.times.is_valid(at, now);
        if self.decided.is_none() {
            self.decided = self.earliest.filter(is_due);
            if let Some(at) = self.decided {
                out.decide(at);
            }
        }
        let Some(at) = self.decided else { return };
        if now < at {
            out.wake_at(at, Timer::Strike);
        }
        self.located.strike_within(at, valid_for, out);
    }
}

#[cfg(test)]
mod tests;
