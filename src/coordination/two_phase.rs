//! `two-phase`: all are asked to be ready, and go at a time only if all are.
//!
//! J. Gray: "Notes on data base operating systems" (1978), 5.8.3.3: two-phase commit. D. Skeen and
//! M. Stonebraker: "A formal model of crash recovery in a distributed system" (1983): a site that is
//! ready and hears nothing can know nothing of the decision. C. Mohan and B. Lindsay: "Efficient
//! commit protocols for the tree of processes model of distributed transactions" (1983): who hears
//! nothing presumes an abort.
//!
//! The coordinator is the hub, or zone 0 where there is none, which is then asked too and answers
//! itself. When its [`Picture`](super::picture) is whole it sends *prepare* for a time T to every
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
//! A crash that takes memory leaves what Gray has in stable storage: the coordinator's [`Minutes`]
//! and what it has noted, a zone's [`Pledge`] and whom it has located. Votes are asked for again.

mod coordinator;
mod participant;
mod settings;

pub use coordinator::{Coordinator, Minutes, Phase, Terms};
pub use participant::{Participant, Pledge, Stance};
use serde::{Deserialize, Serialize};
pub use settings::{GiveUp, Settings, Silent};

use super::picture::{self, Reporter, Talk};
use super::{Coordination, Input, Out, timing};
use crate::id::NodeId;
use crate::seam::{Entry, Formula, Message, Range, Setting, Site};
use crate::time::{Length, Local, Span};

/// Its papers, where it departs from them, its cost and its promise.
pub const ENTRY: Entry = Entry {
    name: "two-phase",
    about: "the hub, or the first zone, asks all to be ready, and they go at a time only if all are",
    source: "Gray, Notes on data base operating systems, 1978, 5.8.3.3; Skeen and Stonebraker, A \
             formal model of crash recovery in a distributed system, 1983; Mohan and Lindsay, \
             Efficient commit protocols, 1983",
    departs: &[
        "a time is agreed on, so a ready zone need not block for ever",
        "the decision is repeated until that time only",
        "an abort is acknowledged too, and followed by another round",
    ],
    formulas: &[
        Formula { of: "messages of a round", is: "4*z" },
        Formula { of: "from the first word until all know", is: "R + F" },
        Formula {
            of: "from the first word to the strikes",
            is: "2*R + vote + clock_bound + margin",
        },
        timing::PROBES,
        timing::REPORT,
    ],
    letters: "z zones that are no observers, the coordinator not counted; F its longest link; R the longest round trip of the last probes",
    promises: "one time is decided, in one of the rounds, and nobody strikes later than valid_for after \
               it. It splits only if a zone is cut off or down between being ready and hearing the \
               decision, or at the time. With silent = \"stand-down\" nobody strikes unless all were ready; with \"go\", once it \
               is decided to go all strike, whatever is lost afterwards. A crash that takes memory \
               leaves what Gray has in stable storage: votes are asked for again",
    settings: &[
        timing::QUIET,
        timing::DEADLINE,
        Setting {
            key: "vote",
            default: "\"1min\"",
            range: Range::Text("0s or more"),
            meaning: "beyond the worst round trip, so long all have to be ready",
            origin: "a guess",
        },
        timing::CLOCK_BOUND,
        Setting {
            key: "margin",
            default: "\"10min\"",
            range: Range::Text("0s or more"),
            meaning: "beyond the worst round trip, so long a decision has to get through",
            origin: "a guess",
        },
        Setting {
            key: "silent",
            default: "\"stand-down\"",
            range: Range::OneOf(&["stand-down", "go"]),
            meaning: "what a ready zone does that hears no decision by the time",
            origin: "presumed abort: Mohan and Lindsay 1983",
        },
        Setting {
            key: "pause",
            default: "\"10min\"",
            range: Range::Timer("above 0s"),
            meaning: "from an abort to the next round",
            origin: "a guess",
        },
        Setting {
            key: "give_up",
            default: "\"never\"",
            range: Range::Text("0s or more, or never"),
            meaning: "no round begins later than so long after the first; then nobody goes",
            origin: "a commit protocol waits for ever",
        },
        timing::RESEND,
        timing::RESEND_MAX,
        timing::PROBE,
        timing::HEARD_WITHIN,
        timing::WINDOW,
        timing::VALID_FOR,
    ],
};

/// What coordinator and zones say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call {
    /// Before the first round, and beside the rounds.
    Picture(Talk),
    /// Coordinator to zone: be ready to go at a time.
    Prepare {
        /// In this round; the first is 1.
        round: u32,
        /// When your clock shows this.
        at: Local,
    },
    /// Zone to coordinator: I am, in this round.
    Ready(u32),
    /// Zone to coordinator: I cannot, in this round.
    Refuse(u32),
    /// Coordinator to zone: all are ready; go.
    Go {
        /// Of this round.
        round: u32,
        /// When your clock shows this.
        at: Local,
    },
    /// Coordinator to zone: not in this round.
    Abort(u32),
    /// Zone to coordinator: the decision of this round came.
    Heard(u32),
}

impl Message for Call {
    fn words(&self, tick: Length) -> String {
        let (word, round) = match *self {
            Self::Picture(ref talk) => return talk.words(tick),
            Self::Prepare { round, at } => (format!("prepare for {}", tick.seconds(at.0)), round),
            Self::Ready(round) => ("ready".into(), round),
            Self::Refuse(round) => ("refuse".into(), round),
            Self::Go { round, at } => (format!("go at {}", tick.seconds(at.0)), round),
            Self::Abort(round) => ("abort".into(), round),
            Self::Heard(round) => ("heard".into(), round),
        };
        format!("{word}, round {round}")
    }
}

/// A timer; each is stale unless it is the one that was set last, or of the round that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// Of the picture.
    Picture(picture::Alarm),
    /// Coordinator: say it again.
    Resend(Local),
    /// Coordinator: all had to be ready in this round by now.
    Limit(u32),
    /// Coordinator: try again after this round.
    Again(u32),
    /// Zone: the time of this round.
    Due(u32),
}

/// The coordinator, or one zone.
#[derive(Clone, Debug)]
pub enum TwoPhase {
    /// The hub, or zone 0 where there is none.
    Coordinator(Box<Coordinator>),
    /// A zone.
    Zone(Zone),
}

impl TwoPhase {
    /// The machine of one node.
    pub fn new(settings: &Settings, site: &Site, resolution: Length) -> Self {
        let ticks = |length: Length| length.ticks(resolution);
        let times = settings.pace().times(resolution);
        let participant = Participant::new(settings.silent, times.valid_for);
        if site.me != picture::coordinator(site) {
            return Self::Zone(Zone { reporter: Reporter::new(times), participant });
        }
        let terms = Terms {
            vote: ticks(settings.vote),
            allowance: ticks(settings.clock_bound) + ticks(settings.margin),
            pause: Span(ticks(settings.pause).0.max(1)),
            give_up: settings.give_up.after().map(ticks),
            times,
        };
        let own = (!site.is_hub()).then_some(participant);
        Self::Coordinator(Box::new(Coordinator::new(terms, own, *site)))
    }
}

impl Coordination for TwoPhase {
    type Message = Call;
    type Timer = Alarm;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match self {
            Self::Coordinator(coordinator) => coordinator.handle(input, out),
            Self::Zone(zone) => zone.handle(input, out),
        }
    }

    fn salvage(&mut self, lost: Self) {
        match (self, lost) {
            (Self::Coordinator(coordinator), Self::Coordinator(lost)) => coordinator.salvage(*lost),
            (Self::Zone(zone), Self::Zone(lost)) => zone.salvage(lost),
            _ => {}
        }
    }
}

/// A zone that is not the coordinator.
#[derive(Clone, Debug)]
pub struct Zone {
    reporter: Reporter,
    participant: Participant,
}

impl Zone {
    fn salvage(&mut self, lost: Self) {
        self.participant.salvage(lost.participant);
        self.reporter.recall(self.participant.located());
    }

    fn handle(&mut self, input: Input<TwoPhase>, out: &mut Out<'_, TwoPhase>) {
        match input {
            Input::Start => {}
            Input::Located(member) => {
                self.participant.locate(member, out);
                inner(out, |out| self.reporter.locate(member, out));
            }
            Input::Message { from, message } => self.hear(from, message, out),
            Input::Timer(Alarm::Picture(alarm)) => {
                inner(out, |out| self.reporter.wake(alarm, out));
            }
            Input::Timer(Alarm::Due(round)) => self.participant.due(round, out),
            Input::Timer(Alarm::Resend(_) | Alarm::Limit(_) | Alarm::Again(_)) => {}
            Input::Restart => {
                self.participant.resume(out);
                inner(out, |out| self.reporter.resume(out));
            }
        }
    }

    fn hear(&mut self, from: NodeId, call: Call, out: &mut Out<'_, TwoPhase>) {
        match call {
            Call::Picture(talk) => inner(out, |out| self.reporter.hear(from, talk, out)),
            Call::Prepare { round, at } => match self.participant.prepare(round, at, out) {
                Some(true) => out.send(from, Call::Ready(round)),
                Some(false) => out.send(from, Call::Refuse(round)),
                None => {}
            },
            Call::Go { round, at } => {
                self.participant.go(round, at, out);
                out.send(from, Call::Heard(round));
            }
            Call::Abort(round) => {
                self.participant.abort(round);
                out.send(from, Call::Heard(round));
            }
            Call::Ready(_) | Call::Refuse(_) | Call::Heard(_) => {}
        }
    }
}

/// What the picture and the reporter do, said as `two-phase` says it.
fn inner<R>(out: &mut Out<'_, TwoPhase>, body: impl FnOnce(&mut picture::Out<'_>) -> R) -> R {
    out.inner(Call::Picture, Alarm::Picture, body)
}

#[cfg(test)]
mod tests;
