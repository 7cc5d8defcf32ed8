//! The participant of `two-phase`: votes, learns the decision, strikes.

use super::message::{Out, Timer};
use super::params::Silent;
use crate::id::Member;
use crate::protocol::coordination::coordinator_view::LocatedMembers;
use crate::protocol::coordination::min_acknowledged::Permission;
use crate::protocol::coordination::timing::TimingTicks;
use crate::time::{LocalTime, SimDuration};

/// The vote of a zone: durable state, written before it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vote {
    /// The last round that it knows of; 0 before any.
    pub round: u32,
    /// Its state in that round.
    pub state: RmState,
}

/// The state of a zone in a round (a resource manager in Gray and Lamport 2006).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RmState {
    /// Not asked, or voted to abort, or the round was aborted.
    #[default]
    Working,
    /// Prepared to strike at this local time; the decision is unknown.
    Prepared(LocalTime),
    /// Committed to strike at this local time.
    Committed(LocalTime),
}

/// A zone: its located members and its vote.
#[derive(Clone, Debug)]
pub struct Participant {
    silent: Silent,
    valid_for: SimDuration,
    located: LocatedMembers,
    permission: Permission,
    vote: Vote,
}

impl Participant {
    /// A zone that was not asked yet.
    pub fn new(silent: Silent, times: TimingTicks) -> Self {
        let permission = Permission::new(times.min_acknowledged);
        let (located, vote) = (LocatedMembers::default(), Vote::default());
        Self { silent, valid_for: times.valid_for, located, permission, vote }
    }

    /// Recovers the durable state: the vote, the located members and the permission to strike.
    pub fn recover(&mut self, lost: Self) {
        self.permission = lost.permission;
        (self.located, self.vote) = (lost.located, lost.vote);
    }

    /// The members located in this zone.
    pub fn located(&self) -> &LocatedMembers {
        &self.located
    }

    /// Adds a located member, and strikes at once if the strike time is past.
    pub fn locate(&mut self, member: Member, out: &mut Out<'_>) {
        self.located.add(member);
        if let RmState::Committed(at) = self.vote.state {
            // If the clock was set back, wait for the time again.
            if out.now() < at { self.arm(out) } else { self.strike(at, out) }
        }
    }

    /// Votes in a round. Returns whether the zone is prepared, or None for an old round.
    pub fn prepare(&mut self, round: u32, at: LocalTime, out: &mut Out<'_>) -> Option<bool> {
        if round < self.vote.round {
            return None;
        }
        if round > self.vote.round {
            // A new round implies that the last one was aborted. A past time cannot be met.
            let ready = out.now() < at;
            let state = if ready { RmState::Prepared(at) } else { RmState::Working };
            self.vote = Vote { round, state };
            self.arm(out);
        }
        Some(self.vote.state != RmState::Working)
    }

    /// Handles a commit.
    pub fn commit(&mut self, round: u32, at: LocalTime, out: &mut Out<'_>) {
        let vote = Vote { round, state: RmState::Committed(at) };
        if self.vote != vote {
            self.vote = vote;
            self.arm(out);
        }
    }

    /// Hears that so many zones have acknowledged the commit for `at`.
    pub fn hear(&mut self, at: LocalTime, zones: u32, now: LocalTime) {
        self.permission.hear(at, zones, now);
    }

    /// Handles an abort. It is too late for a zone with `silent = "go"` that has struck.
    pub fn abort(&mut self, round: u32) {
        let gone = round == self.vote.round && matches!(self.vote.state, RmState::Committed(_));
        if round >= self.vote.round && !gone {
            self.vote = Vote { round, state: RmState::Working };
        }
    }

    /// Strikes at the strike time of a round, if committed or with `silent = "go"`.
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
        if self.permission.allows(at) {
            self.located.strike_within(at, self.valid_for, out);
        }
    }

    /// Sets the timer of the strike time, if the zone may strike then. Needed after a restart,
    /// which has lost the timers, and for each new vote.
    pub fn arm(&self, out: &mut Out<'_>) {
        let at = match (self.vote.state, self.silent) {
            (RmState::Committed(at), _) | (RmState::Prepared(at), Silent::Go) => at,
            (RmState::Prepared(_), Silent::StandDown) | (RmState::Working, _) => return,
        };
        out.wake_at(at, Timer::StrikeTime(self.vote.round));
    }
}
