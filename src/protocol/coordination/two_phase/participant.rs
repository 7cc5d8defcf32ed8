//! The participant of `two-phase`: votes, learns the decision, strikes.

use super::message::{Out, Timer};
use super::params::Silent;
use crate::id::Member;
use crate::protocol::coordination::coordinator_view::LocatedMembers;
use crate::time::{LocalTime, SimDuration};

/// What a zone has bound itself to: the durable part, written down before it is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vote {
    /// The last round it has heard of; 0 before any.
    pub round: u32,
    /// Where it stands in it.
    pub state: RmState,
}

/// Where a zone stands in a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RmState {
    /// Bound to nothing: not asked, or it refused, or the round was aborted.
    #[default]
    Working,
    /// Ready, and in the dark about what was decided.
    Prepared(LocalTime),
    /// It goes when its clock shows this.
    Committed(LocalTime),
}

/// A zone: its members, and its pledge.
#[derive(Clone, Debug)]
pub struct Participant {
    silent: Silent,
    valid_for: SimDuration,
    located: LocatedMembers,
    vote: Vote,
}

impl Participant {
    /// A zone that was asked nothing yet; a decision is void so long after its time.
    pub fn new(silent: Silent, valid_for: SimDuration) -> Self {
        Self { silent, valid_for, located: LocatedMembers::default(), vote: Vote::default() }
    }

    /// The durable part of one whose memory a crash took: its pledge, and what it takes to keep it.
    pub fn recover(&mut self, lost: Self) {
        (self.located, self.vote) = (lost.located, lost.vote);
    }

    /// The members located here.
    pub fn located(&self) -> &LocatedMembers {
        &self.located
    }

    /// A member was located: struck at once if the time is past.
    pub fn locate(&mut self, member: Member, out: &mut Out<'_>) {
        self.located.add(member);
        if let RmState::Committed(at) = self.vote.state {
            // A clock that was set back shows the time once more.
            if out.now() < at { self.arm(out) } else { self.strike(at, out) }
        }
    }

    /// It is asked to go at a time if all are ready. Whether it is; no answer to what is long past.
    pub fn prepare(&mut self, round: u32, at: LocalTime, out: &mut Out<'_>) -> Option<bool> {
        if round < self.vote.round {
            return None;
        }
        if round > self.vote.round {
            // A new round says that the last one was aborted. A time that is past cannot be met.
            let ready = out.now() < at;
            let stance = if ready { RmState::Prepared(at) } else { RmState::Working };
            self.vote = Vote { round, state: stance };
            self.arm(out);
        }
        Some(self.vote.state != RmState::Working)
    }

    /// It was decided to go at a time.
    pub fn commit(&mut self, round: u32, at: LocalTime, out: &mut Out<'_>) {
        let pledge = Vote { round, state: RmState::Committed(at) };
        if self.vote != pledge {
            self.vote = pledge;
            self.arm(out);
        }
    }

    /// A round was aborted. A zone that took the silence for a go has gone: it is too late for it.
    pub fn abort(&mut self, round: u32) {
        let gone = round == self.vote.round && matches!(self.vote.state, RmState::Committed(_));
        if round >= self.vote.round && !gone {
            self.vote = Vote { round, state: RmState::Working };
        }
    }

    /// The time of a round has come: to go, or to do what this zone does in the dark.
    pub fn on_strike_time(&mut self, round: u32, out: &mut Out<'_>) {
        if round != self.vote.round {
            return;
        }
        if let (RmState::Prepared(at), Silent::Go) = (self.vote.state, self.silent) {
            self.vote.state = RmState::Committed(at);
        }
        if let RmState::Committed(at) = self.vote.state {
            self.strike(at, out);
        }
    }

    fn strike(&mut self, at: LocalTime, out: &mut Out<'_>) {
        self.located.strike_within(at, self.valid_for, out);
    }

    /// Asks to be woken at the time, if it will do anything then: after a crash, which lost the
    /// timers, and whenever the pledge is new.
    pub fn arm(&self, out: &mut Out<'_>) {
        let at = match (self.vote.state, self.silent) {
            (RmState::Committed(at), _) | (RmState::Prepared(at), Silent::Go) => at,
            (RmState::Prepared(_), Silent::StandDown) | (RmState::Working, _) => return,
        };
        out.wake_at(at, Timer::StrikeTime(self.vote.round));
    }
}
