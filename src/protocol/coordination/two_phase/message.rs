//! The messages and timers of `two-phase`.

use serde::{Deserialize, Serialize};

use crate::protocol::coordination::{Output, coordinator_view};
use crate::protocol::{OutOf, WireMessage};
use crate::time::{LocalTime, NanoDuration};

/// A message between the coordinator and a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// A probe or a report.
    View(coordinator_view::Message),
    /// Coordinator to zone: asks it to be prepared to strike.
    Prepare {
        /// The round; the first is 1.
        round: u32,
        /// The local time of the strike.
        at: LocalTime,
    },
    /// Zone to coordinator: prepared in this round.
    Prepared(u32),
    /// Zone to coordinator: not prepared in this round.
    VoteAbort(u32),
    /// Coordinator to zone: all zones are prepared; strike.
    Commit {
        /// The round; the first is 1.
        round: u32,
        /// The local time of the strike.
        at: LocalTime,
    },
    /// Coordinator to zone: this round is aborted.
    Abort(u32),
    /// Zone to coordinator: acknowledges the decision of this round.
    DecisionAck(u32),
    /// Coordinator to zone: so many zones have acknowledged the commit.
    Acknowledged {
        /// The round; the first is 1.
        round: u32,
        /// The local time of the strike.
        at: LocalTime,
        /// The number of zones.
        zones: u32,
    },
    /// Zone to coordinator: acknowledges that number in this round.
    AcknowledgedAck(u32),
}

impl WireMessage for Message {
    fn describe(&self, tick: NanoDuration) -> String {
        let (text, round) = match *self {
            Self::View(ref message) => return message.describe(tick),
            Self::Prepare { round, at } => (format!("prepare for {}", tick.seconds(at.0)), round),
            Self::Prepared(round) => ("prepared".into(), round),
            Self::VoteAbort(round) => ("vote to abort".into(), round),
            Self::Commit { round, at } => (format!("commit for {}", tick.seconds(at.0)), round),
            Self::Abort(round) => ("abort".into(), round),
            Self::DecisionAck(round) => ("ack of the decision".into(), round),
            Self::Acknowledged { round, at, zones } => {
                (format!("{zones} zones have the commit for {}", tick.seconds(at.0)), round)
            }
            Self::AcknowledgedAck(round) => ("ack of their number".into(), round),
        };
        format!("{text}, round {round}")
    }
}

/// A timer. It is stale unless it is the last one of its kind and belongs to the current round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A timer of the coordinator view or of the reporter.
    View(coordinator_view::Timer),
    /// Coordinator: repeat the prepare or the decision.
    Resend(LocalTime),
    /// Coordinator: repeat the number of acknowledgements.
    ResendAcknowledged(LocalTime),
    /// Coordinator: the end of the vote in this round.
    VoteDeadline(u32),
    /// Coordinator: begin the round after this one.
    NextRound(u32),
    /// Zone: the strike time of this round.
    StrikeTime(u32),
}

/// The effects of `two-phase`.
pub type Out<'a> = OutOf<'a, Message, Timer, Output>;

/// Lets the coordinator view or the reporter emit effects as `two-phase`.
pub(super) fn inner<R>(
    out: &mut Out<'_>,
    body: impl FnOnce(&mut coordinator_view::Out<'_>) -> R,
) -> R {
    out.inner(Message::View, Timer::View, body)
}
