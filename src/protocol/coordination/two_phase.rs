//! `two-phase`: all are asked to be ready, and go at a time only if all are.
//!
//! J. Gray: "Notes on data base operating systems" (1978), 5.8.3.3: two-phase commit. D. Skeen and
//! M. Stonebraker: "A formal model of crash recovery in a distributed system" (1983): a site that is
//! ready and hears nothing can know nothing of the decision. C. Mohan and B. Lindsay: "Efficient
//! commit protocols for the tree of processes model of distributed transactions" (1983): who hears
//! nothing presumes an abort.
//!
//! The coordinator is the hub, or zone 0 where there is none, which is then asked too and answers
//! itself. When its [`CoordinatorView`](super::coordinator_view) is whole it sends *prepare* for a time T to every
//! zone, again and again in waits that double. A zone whose clock does not show T yet becomes *ready* and says so; else it
//! refuses. If all are ready within the worst round trip and `vote`, the decision is *go*; if not, or
//! if one refuses, *abort*, and after `pause` a new round begins, with a later T, until `give_up` is
//! over. Observers have nobody to strike, and are not asked. A decision is sent until a zone has
//! acknowledged it, or until T.
//!
//! T = now + the worst round trip + `vote` + the worst round trip + `clock_bound` + `margin`: for
//! question and answers, then for the decision to arrive on clocks that are apart, and `margin` of
//! time to send it again. Every zone strikes when its own clock shows T. A member located later is
//! reported and struck at once, and a go that is heard after T is carried out at once, until
//! `valid_for` after T by the zone's clock; then it is void.
//!
//! # What may split
//!
//! One time is decided in a run, in the last of its rounds; nobody strikes before it. `silent` says what a zone does that is ready and has heard no decision when its clock shows T.
//!
//! - `stand-down`: **nobody strikes unless all were ready**. Some strike at T and some do not (a
//!   split) only after a go that did not reach some ready zone by T: lost, cut off, or it was down.
//! - `go`: **once it is decided to go all strike**, whatever is lost afterwards. A split comes only
//!   after an abort that did not reach some ready zone by T: it strikes, and who was not ready or has
//!   heard of the abort does not. So somebody may strike though not all were ready.
//!
//! In both the window is from being ready to hearing the decision, and in both a zone that is down at
//! T strikes late. No protocol closes it: over links that may lose whatever is said last, no finite
//! talk makes two generals sure of each other (E. Akkoyunlu, K. Ekanadham and R. Huber: "Some
//! constraints and tradeoffs in the design of network communications" (1975); Gray, 5.8.3.3.1).
//!
//! A crash that takes memory leaves what Gray has in stable storage: the coordinator's [`DecisionLog`]
//! and what it has noted, a zone's [`Vote`] and whom it has located. Votes are asked for again.

mod coordinator;
mod message;
mod params;
mod participant;

pub use coordinator::{Coordinator, CoordinatorParams, DecisionLog, Phase};
use message::inner;
pub use message::{Message, Timer};
pub use params::{GiveUp, Params, Silent};
pub use participant::{Participant, RmState, Vote};

use super::coordinator_view::{self, Reporter};
use super::{Located, Output, timing};
use crate::id::NodeId;
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    Safety, TimeBounds,
};
use crate::time::{NanoDuration, SimDuration};

/// Source, deviations from it, costs and guarantees.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "two-phase",
    about: "the hub, or the first zone, asks all to be ready, and they go at a time only if all are",
    source: "Gray, Notes on data base operating systems, 1978, 5.8.3.3; Skeen and Stonebraker, A \
             formal model of crash recovery in a distributed system, 1983; Mohan and Lindsay, \
             Efficient commit protocols, 1983",
    deviations: &[
        "a time is agreed on, so a ready zone need not block for ever",
        "the decision is repeated until that time only",
        "an abort is acknowledged too, and followed by another round",
    ],
    formulas: &[
        Cost { what: "messages of a round", formula: "4*z" },
        Cost { what: "from the first word until all know", formula: "R + F" },
        Cost {
            what: "from the first word to the strikes",
            formula: "2*R + vote + clock_bound + margin",
        },
        timing::PROBES,
        timing::REPORT,
    ],
    variables: "z zones that are no observers, the coordinator not counted; F its longest link; R the longest round trip of the last probes",
    guarantees: "one time is decided, in one of the rounds, and nobody strikes later than valid_for after \
               it. It splits only if a zone is cut off or down between being ready and hearing the \
               decision, or at the time. With silent = \"stand-down\" nobody strikes unless all were ready; with \"go\", once it \
               is decided to go all strike, whatever is lost afterwards. A crash that takes memory \
               leaves what Gray has in stable storage: votes are asked for again",
    settings: Params::PARAMS,
};

/// The coordinator, or one zone.
#[derive(Clone, Debug)]
pub enum TwoPhase {
    /// The hub, or zone 0 where there is none.
    Coordinator(Box<Coordinator>),
    /// A zone.
    Zone(ResourceManager),
}

impl NamedProtocol for TwoPhase {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(settings: &Params, site: &NodeView, resolution: NanoDuration) -> Self {
        let ticks = |length: NanoDuration| length.ticks(resolution);
        let times = settings.timing.in_ticks(resolution);
        let participant = Participant::new(settings.silent, times.valid_for);
        if site.me != coordinator_view::coordinator(site) {
            return Self::Zone(ResourceManager { reporter: Reporter::new(times), participant });
        }
        let terms = CoordinatorParams {
            vote: ticks(settings.vote),
            allowance: ticks(settings.clock_bound) + ticks(settings.margin),
            pause: SimDuration(ticks(settings.pause).0.max(1)),
            give_up: settings.give_up.after().map(ticks),
            times,
        };
        let own = (!site.is_hub()).then_some(participant);
        Self::Coordinator(Box::new(Coordinator::new(terms, own, *site)))
    }

    fn check(params: &Params, view: &NodeView) -> Result<(), ConfigError> {
        params.check(view.zones)
    }

    fn safety(params: &Params) -> Safety {
        params.safety()
    }

    fn warnings(params: &Params, bounds: &TimeBounds) -> Vec<String> {
        params.warnings(bounds)
    }
}

impl Protocol for TwoPhase {
    type Message = Message;
    type Timer = Timer;
    type Input = Located;
    type Output = Output;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match self {
            Self::Coordinator(coordinator) => coordinator.handle(input, out),
            Self::Zone(zone) => zone.handle(input, out),
        }
    }

    fn recover(&mut self, lost: Self) {
        match (self, lost) {
            (Self::Coordinator(coordinator), Self::Coordinator(lost)) => coordinator.recover(*lost),
            (Self::Zone(zone), Self::Zone(lost)) => zone.salvage(lost),
            _ => {}
        }
    }
}

impl Coordinator {
    /// Takes one input.
    pub fn handle(&mut self, input: Input<TwoPhase>, out: &mut Out<'_, TwoPhase>) {
        match input {
            Input::Start => inner(out, |out| self.view.start(out)),
            Input::Local(Located(member)) => self.locate(member, out),
            Input::Message { from, message } => self.on_message(from, message, out),
            Input::Timer(alarm) => self.on_timer(alarm, out),
            Input::Restart => self.restart(out),
        }
    }
}

/// A zone that is not the coordinator.
#[derive(Clone, Debug)]
pub struct ResourceManager {
    reporter: Reporter,
    participant: Participant,
}

impl ResourceManager {
    fn salvage(&mut self, lost: Self) {
        self.participant.recover(lost.participant);
        self.reporter.recover(self.participant.located());
    }

    fn handle(&mut self, input: Input<TwoPhase>, out: &mut Out<'_, TwoPhase>) {
        match input {
            Input::Start => {}
            Input::Local(Located(member)) => {
                self.participant.locate(member, out);
                inner(out, |out| self.reporter.locate(member, out));
            }
            Input::Message { from, message } => self.hear(from, message, out),
            Input::Timer(Timer::View(alarm)) => {
                inner(out, |out| self.reporter.on_timer(alarm, out));
            }
            Input::Timer(Timer::StrikeTime(round)) => self.participant.on_strike_time(round, out),
            Input::Timer(Timer::Resend(_) | Timer::VoteDeadline(_) | Timer::NextRound(_)) => {}
            Input::Restart => {
                self.participant.arm(out);
                inner(out, |out| self.reporter.resume(out));
            }
        }
    }

    fn hear(&mut self, from: NodeId, call: Message, out: &mut Out<'_, TwoPhase>) {
        match call {
            Message::View(talk) => inner(out, |out| self.reporter.on_message(from, talk, out)),
            Message::Prepare { round, at } => match self.participant.prepare(round, at, out) {
                Some(true) => out.send(from, Message::Prepared(round)),
                Some(false) => out.send(from, Message::VoteAbort(round)),
                None => {}
            },
            Message::Commit { round, at } => {
                self.participant.commit(round, at, out);
                out.send(from, Message::DecisionAck(round));
            }
            Message::Abort(round) => {
                self.participant.abort(round);
                out.send(from, Message::DecisionAck(round));
            }
            Message::Prepared(_) | Message::VoteAbort(_) | Message::DecisionAck(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
