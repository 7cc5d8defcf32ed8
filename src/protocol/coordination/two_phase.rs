//! `two-phase`: all zones are asked to prepare, and strike at a common time only if all are
//! prepared.
//!
//! J. Gray: "Notes on data base operating systems" (1978), 5.8.3.3: two-phase commit. D. Skeen and
//! M. Stonebraker: "A formal model of crash recovery in a distributed system" (1983): a prepared
//! site without messages cannot know the decision. C. Mohan and B. Lindsay: "Efficient commit
//! protocols for the tree of processes model of distributed transactions" (1983): without messages,
//! an abort is presumed.
//!
//! The coordinator is the hub. Without a hub it is zone 0, which is then also a participant. When
//! its [`CoordinatorView`](super::coordinator_view) suffices, it sends *prepare* for a time T to
//! every zone, at intervals that double. A zone whose clock does not show T yet becomes *prepared*
//! and says so; otherwise it votes to abort. If all zones are prepared within the worst round trip
//! plus `vote`, the decision is *commit*. If not, or if a zone votes to abort, it is *abort*, and a
//! new round with a later T begins after `pause`, until `give_up` has passed. Observers have no
//! members to strike at, and are not asked. A decision is sent until a zone has acknowledged it, or
//! until T.
//!
//! T = now + the worst round trip + `vote` + the worst round trip + `clock_bound` + `margin`: time
//! for prepare and votes, then for the decision to arrive on clocks that differ, and `margin` to
//! repeat it. Every zone strikes when its own clock shows T. A member located later is reported and
//! struck at once, and a commit that arrives after T is executed at once, until `valid_for` after T
//! by the zone's clock; then it is void. With `min_acknowledged` a zone strikes only if it heard by T
//! that enough zones have acknowledged the commit ([`min_acknowledged`]).
//!
//! # Splits
//!
//! A run has one decided time, in the last of its rounds; no zone strikes before it. `silent` says
//! what a prepared zone does if it knows no decision when its clock shows T.
//!
//! - `stand-down`: **no zone strikes unless all were prepared**. Some strike at T and others do not
//!   (a split) only after a commit that did not reach some prepared zone by T (message loss,
//!   partition, crash).
//! - `go`: **after a commit all zones strike**, whatever is lost afterwards. A split happens only
//!   after an abort that did not reach some prepared zone by T: it strikes, and zones that were not
//!   prepared or received the abort do not. So a zone may strike although not all were prepared.
//!
//! In both cases the window lasts from being prepared to receiving the decision, and a zone that is
//! down at T strikes late. No protocol closes the window: over links that may lose the last
//! message, no finite exchange gives two generals common knowledge (E. Akkoyunlu, K. Ekanadham and
//! R. Huber: "Some constraints and tradeoffs in the design of network communications" (1975); Gray,
//! 5.8.3.3.1).
//!
//! A crash with loss of memory keeps what Gray has in stable storage: the coordinator's
//! [`DecisionLog`] and reported members, a zone's [`Vote`] and located members. Votes are asked for
//! again.

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
use super::{Located, Output, min_acknowledged, timing};
use crate::id::NodeId;
use crate::protocol::{
    ConfigError, Cost, Input, NamedProtocol, NodeView, Out, Params as _, Protocol, ProtocolInfo,
    RunBounds, Safety, SendBound,
};
use crate::time::{NanoDuration, SimDuration};

/// The entry of `two-phase` in the list of protocols.
pub const INFO: ProtocolInfo = ProtocolInfo {
    name: "two-phase",
    about: "the hub, or the first zone, asks all zones to prepare, and they strike at a common \
            time only if all are prepared",
    source: "Gray, Notes on data base operating systems, 1978, 5.8.3.3; Skeen and Stonebraker, A \
             formal model of crash recovery in a distributed system, 1983; Mohan and Lindsay, \
             Efficient commit protocols, 1983",
    deviations: &[
        "zones agree on a time, so a prepared zone does not block for ever",
        "the decision is repeated until that time only",
        "an abort is acknowledged too, and followed by another round",
    ],
    formulas: &[
        Cost { what: "messages of a round", formula: "4*z" },
        min_acknowledged::ANNOUNCEMENT,
        Cost { what: "from the first message until all know", formula: "R + F" },
        Cost {
            what: "from the first message to the strikes",
            formula: "2*R + vote + clock_bound + margin",
        },
        timing::PROBES,
        timing::REPORT,
    ],
    variables: "z zones that are not observers, without the coordinator; F its longest link; R the \
                longest round trip of the last probes",
    guarantees: "one time is decided, in one of the rounds, and no zone strikes later than \
                 valid_for after it. The operation splits only if a zone is down or partitioned \
                 between being prepared and receiving the decision, or down at the time. With \
                 silent = \"stand-down\" no zone strikes unless all were prepared; with \"go\", \
                 after a commit all zones strike, whatever is lost afterwards. A crash with loss \
                 of memory keeps what Gray has in stable storage: votes are asked for again",
    settings: Params::PARAMS,
    ..ProtocolInfo::EMPTY
};

/// The state machine of the coordinator or of a zone.
#[derive(Clone, Debug)]
pub enum TwoPhase {
    /// The hub, or zone 0 if there is no hub.
    Coordinator(Box<Coordinator>),
    /// A zone that is not the coordinator.
    Zone(ResourceManager),
}

impl NamedProtocol for TwoPhase {
    type Params = Params;
    const INFO: ProtocolInfo = INFO;

    fn new(params: &Params, view: &NodeView, resolution: NanoDuration) -> Self {
        let ticks = |duration: NanoDuration| duration.ticks(resolution);
        let times = params.acknowledged.added_to(params.timing.in_ticks(resolution));
        let participant = Participant::new(params.silent, times);
        if view.me != coordinator_view::coordinator(view) {
            return Self::Zone(ResourceManager { reporter: Reporter::new(times), participant });
        }
        let coordinator_params = CoordinatorParams {
            vote: ticks(params.vote),
            allowance: ticks(params.clock_bound) + ticks(params.margin),
            pause: SimDuration(ticks(params.pause).0.max(1)),
            give_up: params.give_up.after().map(ticks),
            patience: params.patience.in_ticks(resolution),
            times,
        };
        let own = (!view.is_hub()).then_some(participant);
        Self::Coordinator(Box::new(Coordinator::new(coordinator_params, own, *view)))
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
            (Self::Zone(zone), Self::Zone(lost)) => zone.recover(lost),
            _ => {}
        }
    }
}

impl Coordinator {
    /// Handles an input of the node; messages are those of participants.
    pub fn handle(&mut self, input: Input<TwoPhase>, out: &mut Out<'_, TwoPhase>) {
        match input {
            Input::Start => inner(out, |out| self.view.start(out)),
            Input::Local(Located(member)) => self.locate(member, out),
            Input::Message { from, message } => self.on_message(from, message, out),
            Input::Timer(timer) => self.on_timer(timer, out),
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
    fn recover(&mut self, lost: Self) {
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
            Input::Message { from, message } => self.on_message(from, message, out),
            Input::Timer(Timer::View(timer)) => {
                inner(out, |out| self.reporter.on_timer(timer, out));
            }
            Input::Timer(Timer::StrikeTime(round)) => self.participant.on_strike_time(round, out),
            Input::Timer(
                Timer::Resend(_)
                | Timer::ResendAcknowledged(_)
                | Timer::VoteDeadline(_)
                | Timer::NextRound(_),
            ) => {}
            Input::Restart => {
                self.participant.arm(out);
                inner(out, |out| self.reporter.resume(out));
            }
        }
    }

    fn on_message(&mut self, from: NodeId, message: Message, out: &mut Out<'_, TwoPhase>) {
        match message {
            Message::View(message) => {
                inner(out, |out| self.reporter.on_message(from, message, out))
            }
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
            Message::Acknowledged { round, at, zones } => {
                self.participant.hear(at, zones, out.now());
                self.participant.commit(round, at, out);
                out.send(from, Message::AcknowledgedAck(round));
            }
            Message::Prepared(_)
            | Message::VoteAbort(_)
            | Message::DecisionAck(_)
            | Message::AcknowledgedAck(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
