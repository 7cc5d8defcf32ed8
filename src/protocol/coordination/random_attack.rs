//! `random-attack`: zones tell each other in rounds how much they know, and those that know enough for a
//! random threshold strike.
//!
//! G. Varghese and N. Lynch: "A tradeoff between safety and liveness for randomized coordinated attack
//! protocols" (1996), Information and Computation 128, protocol S. N. Lynch: "Distributed algorithms"
//! (1996), 5.2.2, algorithm RandomAttack.
//!
//! # The protocol
//!
//! One zone, the first that is not an observer, draws a threshold from 1, 2, ..., t, each with
//! probability 1/t; t is the setting `threshold`. From `start` on, in each of r `rounds`, every zone
//! sends what it knows to every other zone. At the end, T = `start` + r `round`, a zone strikes if it
//! has heard the threshold, has heard that some zone has located a member, and has a *level* of at least
//! the threshold. There are two kinds of levels, a setting:
//!
//! - `plain` (RandomAttack). All zones begin at level 0. Level h > 0: it has heard that all other zones
//!   have reached level h - 1.
//! - `modified` (protocol S). Level 1: it has heard the threshold, and that some zone has located a member.
//!   Level h > 1 as above.
//!
//! A zone at level h has heard it of all others, so all are at level h - 1 at least: levels differ by at
//! most one, whatever is lost.
//!
//! # Splits
//!
//! Some zones strike and some do not only if the threshold is the higher of two levels that differ by
//! one. The network cannot know the threshold, so for any pattern of losses, delays, partitions and
//! crashes, and any clocks,
//!
//! - P(split) <= 1/t.
//!
//! No protocol does better: the paper proves that the probability that all strike is at most P(split),
//! in the worst case, times the level that the pattern allows. Here it is the least level divided by t,
//! at most 1; without loss, min(1, r/t).
//!
//! Two zones that have both located a member, a network that loses each message with probability
//! p = 1 - q, and t = r. The zone with the lower of two levels gains two with the next message that it
//! receives.
//!
//! - `plain`: levels are equal until a round in which one of two messages is lost, and differ ever after.
//!   P(split) = (1 - (p^2 + q^2)^r) / r.
//! - `modified`: levels differ from the start, since one zone knows the threshold. The higher one after r
//!   rounds is 1 + B and the lower one is B, with B binomial of r and q. P(split) = P(B < t) / t
//!   and both strike with probability E[min(B, t)] / t; for t = r these are (1 - q^r) / r and q.
//!
//! A zone that is down at T decides when it is back, and a clock that is wrong makes its zone early or
//! late: it strikes at T of its own clock, or until `valid_for` after it. What a zone knows, whether it
//! has decided, and its located members are durable.

use std::collections::BTreeSet;

use rand::Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::coordinator_view::{LocatedMembers, acting_zones};
use super::{Located, Output};
use crate::id::NodeId;
use crate::protocol::params::ParamValue;
use crate::protocol::{
    ConfigError, Cost, Decisions, Input, NamedProtocol, NodeView, Out, Params as _, Protocol,
    ProtocolInfo, Range, RunBounds, Safety, SendBound, Strikes, WireMessage,
};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// The entry of `random-attack` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "random-attack",
    about: "zones exchange in rounds what they know of each other, and strike if it reaches a random \
            threshold",
    source: "Lynch, Distributed algorithms, 1996, 5.2.2, RandomAttack; Varghese and Lynch, A tradeoff \
             between safety and liveness for randomized coordinated attack protocols, 1996, protocol S",
    deviations: &[
        "rounds begin by the clock of each zone; a message that arrives later than in its round still \
         counts, since the argument rests on what a zone has heard and not on when",
        "the threshold is an integer; protocol S draws a real number, and compares it with integers",
        "zones strike if some zone has located a member, as in protocol S; RandomAttack asks for all",
        "a zone may locate its first member until the end, not only before the first round",
        "a zone that decided to strike and locates a member later strikes at once, until valid_for \
         after the end",
    ],
    formulas: &[
        Cost { what: "messages", formula: "rounds*n*(n - 1)" },
        Cost { what: "from the start to the strikes", formula: "rounds*round" },
        Cost { what: "probability of a split, at most", formula: "1/threshold" },
        Cost {
            what: "probability that all strike, if nothing is lost and rounds <= threshold",
            formula: "rounds/threshold",
        },
    ],
    variables: "n zones that are not observers",
    guarantees: "whatever is lost, delayed or down, some zones strike and others do not with \
                 probability at most 1/threshold; nobody strikes if no member was located. Zones \
                 strike at the end of the rounds by their own clocks, or until valid_for after it. \
                 A crash with loss of memory keeps all that a zone knows and decided",
    settings: Params::PARAMS,
    ..ProtocolInfo::EMPTY
};

/// The most zones: each sends to every other in every round.
const MAX_ZONES: u32 = 1000;

/// The level that is compared with the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Levels {
    /// It counts from what the zone has heard of all others.
    Plain,
    /// It counts from when the zone has heard the threshold and of a located member.
    Modified,
}

impl ParamValue for Levels {}

crate::params! {
    /// The `[coordination.random-attack]` table.
    pub struct Params in "a table such as [coordination.random-attack]" {
        /// When the first round begins, on the clock of each zone.
        pub start: NanoDuration = "10h", Range::Text("0s or more"), "a guess";
        /// Number of rounds.
        pub rounds: u32 = 10, Range::Integer(1, 1000), "a guess";
        /// Length of a round. A message that takes longer counts later.
        pub round: NanoDuration = "1min",
            Range::AboveZero { also: "", otherwise: "all rounds would be one" }, "a guess";
        /// The threshold is drawn from 1 to this number. It has one byte in every message, so that the
        /// network learns nothing of it from their lengths.
        pub threshold: u32 = 10, Range::Integer(1, 127),
            "the number of rounds: Lynch 1996, 5.2.2";
        /// How levels count. Without loss the levels of all zones are equal at the end if they are plain,
        /// and differ by one if they are modified.
        pub levels: Levels = "plain", Range::OneOf(&["plain", "modified"]),
            "Lynch 1996, 5.2.2; modified levels are those of protocol S";
        /// How long after the end of the rounds a zone may still strike.
        pub valid_for: NanoDuration = "12h",
            Range::AboveZero { also: "", otherwise: "no zone could strike" }, "a guess";
    }
}

impl Params {
    /// The end of the rounds.
    fn end(&self) -> NanoDuration {
        let rounds = self.round.ns.saturating_mul(self.rounds.into());
        NanoDuration::from_ns(self.start.ns.saturating_add(rounds))
    }

    /// All zones decide on one time, each for itself.
    pub fn safety(&self) -> Safety {
        Safety {
            decisions: Decisions::OneTimeByEachZone,
            strikes: Strikes::FromDecidedTime,
            valid_for: Some(self.valid_for),
            waits: None,
            min_ready: None,
            agreed: None,
        }
    }

    /// Bound on the messages over a link: one in each round.
    pub fn send_bound(&self, resolution: NanoDuration) -> SendBound {
        let interval = Some(SimDuration(self.round.ticks(resolution).0.max(1)));
        SendBound { interval, ..SendBound::of_causes(0, 0, 1) }
    }

    /// Warnings about these values, for the user before a run.
    pub fn warnings(&self, bounds: &RunBounds) -> Vec<String> {
        let mut warnings = Vec::new();
        let (end, horizon) = (self.end(), bounds.horizon);
        if bounds.max_ahead.is_some_and(|ahead| end.ns >= horizon.ns.saturating_add(ahead.ns)) {
            warnings.push(format!(
                "no zone can strike before the horizon: the rounds end at {end}, the horizon is {horizon}"
            ));
        }
        if self.rounds < self.threshold {
            let Self { rounds, threshold, .. } = self;
            warnings.push(format!(
                "zones that hear everything strike with probability {rounds}/{threshold} only: there \
                 are {rounds} rounds, and the threshold is up to {threshold}"
            ));
        }
        warnings
    }
}

/// What a zone tells another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Whether some zone has located a member.
    is_ready: bool,
    threshold: Option<u32>,
    level: u32,
    /// The other zones that the sender knows to have reached its level.
    seen: BTreeSet<NodeId>,
}

impl WireMessage for Message {
    fn describe(&self, _tick: NanoDuration) -> String {
        let threshold = self.threshold.map_or("unknown".into(), |threshold| threshold.to_string());
        let ready = if self.is_ready { "" } else { ", nobody is ready" };
        format!("level {}, threshold {threshold}{ready}", self.level)
    }
}

/// A timer: a round begins, or all are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round;

/// When the rounds are, in ticks on the clock of a zone.
#[derive(Clone, Copy, Debug)]
struct Schedule {
    start: LocalTime,
    round: SimDuration,
    end: LocalTime,
    valid_for: SimDuration,
}

impl Schedule {
    /// The beginning of the first round that is not before `from`, or the end.
    fn next(&self, from: LocalTime) -> LocalTime {
        let rounds = (from - self.start).0.div_ceil(self.round.0);
        let next = self.start + SimDuration(rounds.saturating_mul(self.round.0));
        next.min(self.end)
    }
}

/// A zone. All of it is durable.
#[derive(Clone, Debug)]
pub struct RandomAttack {
    schedule: Schedule,
    /// The threshold is drawn from 1 to this number.
    max_threshold: u32,
    levels: Levels,
    known: Message,
    /// When it sends what it knows, or decides.
    due: LocalTime,
    /// Whether it strikes, once that is decided.
    strikes: Option<bool>,
    located: LocatedMembers,
}

impl NamedProtocol for RandomAttack {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, _view: &NodeView, resolution: NanoDuration) -> Self {
        let local = |duration: NanoDuration| LocalTime(duration.ticks(resolution).0 as i64);
        let schedule = Schedule {
            start: local(params.start),
            round: SimDuration(params.round.ticks(resolution).0.max(1)),
            end: local(params.end()),
            valid_for: params.valid_for.ticks(resolution),
        };
        let known = Message { is_ready: false, threshold: None, level: 0, seen: BTreeSet::new() };
        let located = LocatedMembers::default();
        Self {
            schedule,
            max_threshold: params.threshold,
            levels: params.levels,
            known,
            due: schedule.start,
            strikes: None,
            located,
        }
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        params.check_ranges("coordination.random-attack", view.zones)?;
        if view.zones > MAX_ZONES {
            let message = format!(
                "{} zones that all tell each other; expected at most {MAX_ZONES} zones",
                view.zones
            );
            return Err(ConfigError::new("coordination.use", message));
        }
        Ok(())
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

impl Protocol for RandomAttack {
    type Message = Message;
    type Timer = Round;
    type Input = Located;
    type Output = Output;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        // The hub has no members and does not take part; neither do observers.
        if out.view().is_hub() || out.is_observer(out.me()) {
            return;
        }
        match input {
            Input::Start => {
                if acting_zones(out).first().is_none_or(|&other| out.me() < other) {
                    self.known.threshold = Some(out.rng().random_range(1..=self.max_threshold));
                }
                out.wake_at(self.schedule.start, Round);
            }
            Input::Local(Located(member)) => {
                self.located.add(member);
                self.learn(out, |known| known.is_ready = true);
                self.strike(out);
            }
            Input::Message { from, message } => self.hear(from, message, out),
            Input::Timer(Round) | Input::Restart => self.on_time(out),
        }
    }

    fn recover(&mut self, lost: Self) {
        *self = lost;
    }
}

impl RandomAttack {
    /// Changes what the zone knows, until it has decided, and raises its level accordingly.
    fn learn(&mut self, out: &Out<'_, Self>, change: impl FnOnce(&mut Message)) {
        if self.strikes.is_some() {
            return;
        }
        change(&mut self.known);
        let others = acting_zones(out).len();
        let is_plain = self.levels == Levels::Plain;
        let known = &mut self.known;
        if !is_plain && known.level == 0 && known.is_ready && known.threshold.is_some() {
            known.level = 1;
        }
        if (is_plain || known.level > 0) && known.seen.len() == others {
            known.seen.clear();
            // Alone, it knows all there is to know.
            known.level = if others == 0 { self.max_threshold } else { known.level + 1 };
        }
    }

    /// Hears what another zone knows.
    fn hear(&mut self, from: NodeId, message: Message, out: &Out<'_, Self>) {
        let me = out.me();
        // A zone below the first level has not begun to count.
        let first = if self.levels == Levels::Plain { 0 } else { 1 };
        self.learn(out, |known| {
            known.is_ready |= message.is_ready;
            known.threshold = known.threshold.or(message.threshold);
            // Whoever hears of a level from a zone that has it knows of the same zones.
            if message.level > known.level {
                (known.level, known.seen) = (message.level, BTreeSet::new());
            }
            if message.level == known.level && known.level >= first {
                known.seen.extend(message.seen);
                known.seen.insert(from);
                known.seen.remove(&me);
            }
        });
    }

    /// Sends what it knows if a round begins, and decides at the end.
    fn on_time(&mut self, out: &mut Out<'_, Self>) {
        let (now, end) = (out.now(), self.schedule.end);
        if self.strikes.is_none() && now < end {
            if now >= self.due {
                for zone in acting_zones(out) {
                    out.send(zone, self.known.clone());
                }
                self.due = self.schedule.next(now + SimDuration(1));
            }
            out.wake_at(self.due, Round);
            return;
        }
        if self.strikes.is_none() {
            let Message { is_ready, threshold, level, .. } = self.known;
            let strikes = is_ready && threshold.is_some_and(|threshold| level >= threshold);
            self.strikes = Some(strikes);
            if strikes {
                out.decide(end);
            }
        }
        self.strike(out);
    }

    /// Strikes if it has decided to and the time is valid. If the clock was set back, waits for its
    /// time again.
    fn strike(&mut self, out: &mut Out<'_, Self>) {
        let Schedule { end, valid_for, .. } = self.schedule;
        if self.strikes != Some(true) {
            return;
        }
        if out.now() < end {
            out.wake_at(end, Round);
        }
        self.located.strike_within(end, valid_for, out);
    }
}

#[cfg(test)]
mod tests;
