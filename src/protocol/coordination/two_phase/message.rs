//! What coordinator and zones say in `two-phase`, and their timers.

use serde::{Deserialize, Serialize};

use crate::protocol::coordination::{Output, coordinator_view};
use crate::protocol::{OutOf, WireMessage};
use crate::time::{LocalTime, NanoDuration};

/// What coordinator and zones say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Before the first round, and beside the rounds.
    View(coordinator_view::Message),
    /// Coordinator to zone: be ready to go at a time.
    Prepare {
        /// In this round; the first is 1.
        round: u32,
        /// When your clock shows this.
        at: LocalTime,
    },
    /// Zone to coordinator: I am, in this round.
    Prepared(u32),
    /// Zone to coordinator: I cannot, in this round.
    VoteAbort(u32),
    /// Coordinator to zone: all are ready; go.
    Commit {
        /// Of this round.
        round: u32,
        /// When your clock shows this.
        at: LocalTime,
    },
    /// Coordinator to zone: not in this round.
    Abort(u32),
    /// Zone to coordinator: the decision of this round came.
    DecisionAck(u32),
}

impl WireMessage for Message {
    fn describe(&self, tick: NanoDuration) -> String {
        let (word, round) = match *self {
            Self::View(ref talk) => return talk.describe(tick),
            Self::Prepare { round, at } => (format!("prepare for {}", tick.seconds(at.0)), round),
            Self::Prepared(round) => ("ready".into(), round),
            Self::VoteAbort(round) => ("refuse".into(), round),
            Self::Commit { round, at } => (format!("go at {}", tick.seconds(at.0)), round),
            Self::Abort(round) => ("abort".into(), round),
            Self::DecisionAck(round) => ("heard".into(), round),
        };
        format!("{word}, round {round}")
    }
}

/// A timer; each is stale unless it is the one that was set last, or of the round that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Of the picture.
    View(coordinator_view::Timer),
    /// Coordinator: say it again.
    Resend(LocalTime),
    /// Coordinator: all had to be ready in this round by now.
    VoteDeadline(u32),
    /// Coordinator: try again after this round.
    NextRound(u32),
    /// Zone: the time of this round.
    StrikeTime(u32),
}

/// Where effects go.
pub type Out<'a> = OutOf<'a, Message, Timer, Output>;

/// What the picture and the reporter do, said as `two-phase` says it.
pub(super) fn inner<R>(
    out: &mut Out<'_>,
    body: impl FnOnce(&mut coordinator_view::Out<'_>) -> R,
) -> R {
    out.inner(Message::View, Timer::View, body)
}
