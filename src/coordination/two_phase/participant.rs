//! One zone in `two-phase`: it is asked, promises, hears what was decided, strikes.

use super::{Alarm, Silent, TwoPhase};
use crate::coordination::Out;
use crate::coordination::picture::Located;
use crate::id::Member;
use crate::time::{Local, Span};

/// What a zone has bound itself to: the durable part, written down before it is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pledge {
    /// The last round it has heard of; 0 before any.
    pub round: u32,
    /// Where it stands in it.
    pub stance: Stance,
}

/// Where a zone stands in a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stance {
    /// Bound to nothing: not asked, or it refused, or the round was aborted.
    #[default]
    Free,
    /// Ready, and in the dark about what was decided.
    Ready(Local),
    /// It goes when its clock shows this.
    Go(Local),
}

/// A zone: its members, and its pledge.
#[derive(Clone, Debug)]
pub struct Participant {
    silent: Silent,
    valid_for: Span,
    located: Located,
    pledge: Pledge,
}

impl Participant {
    /// A zone that was asked nothing yet; a decision is void so long after its time.
    pub fn new(silent: Silent, valid_for: Span) -> Self {
        Self { silent, valid_for, located: Located::default(), pledge: Pledge::default() }
    }

    /// The durable part of one whose memory a crash took: its pledge, and what it takes to keep it.
    pub fn salvage(&mut self, lost: Self) {
        (self.located, self.pledge) = (lost.located, lost.pledge);
    }

    /// The members located here.
    pub fn located(&self) -> &Located {
        &self.located
    }

    /// A member was located: struck at once if the time is past.
    pub fn locate(&mut self, member: Member, out: &mut Out<'_, TwoPhase>) {
        self.located.add(member);
        if let Stance::Go(at) = self.pledge.stance {
            // A clock that was set back shows the time once more.
            if out.now() < at { self.resume(out) } else { self.strike(at, out) }
        }
    }

    /// It is asked to go at a time if all are ready. Whether it is; no answer to what is long past.
    pub fn prepare(&mut self, round: u32, at: Local, out: &mut Out<'_, TwoPhase>) -> Option<bool> {
        if round < self.pledge.round {
            return None;
        }
        if round > self.pledge.round {
            // A new round says that the last one was aborted. A time that is past cannot be met.
            let ready = out.now() < at;
            let stance = if ready { Stance::Ready(at) } else { Stance::Free };
            self.pledge = Pledge { round, stance };
            self.resume(out);
        }
        Some(self.pledge.stance != Stance::Free)
    }

    /// It was decided to go at a time.
    pub fn go(&mut self, round: u32, at: Local, out: &mut Out<'_, TwoPhase>) {
        let pledge = Pledge { round, stance: Stance::Go(at) };
        if self.pledge != pledge {
            self.pledge = pledge;
            self.resume(out);
        }
    }

    /// A round was aborted. A zone that took the silence for a go has gone: it is too late for it.
    pub fn abort(&mut self, round: u32) {
        let gone = round == self.pledge.round && matches!(self.pledge.stance, Stance::Go(_));
        if round >= self.pledge.round && !gone {
            self.pledge = Pledge { round, stance: Stance::Free };
        }
    }

    /// The time of a round has come: to go, or to do what this zone does in the dark.
    pub fn due(&mut self, round: u32, out: &mut Out<'_, TwoPhase>) {
        if round != self.pledge.round {
            return;
        }
        if let (Stance::Ready(at), Silent::Go) = (self.pledge.stance, self.silent) {
            self.pledge.stance = Stance::Go(at);
        }
        if let Stance::Go(at) = self.pledge.stance {
            self.strike(at, out);
        }
    }

    fn strike(&mut self, at: Local, out: &mut Out<'_, TwoPhase>) {
        self.located.strike_within(at, self.valid_for, out);
    }

    /// Asks to be woken at the time, if it will do anything then: after a crash, which lost the
    /// timers, and whenever the pledge is new.
    pub fn resume(&self, out: &mut Out<'_, TwoPhase>) {
        let at = match (self.pledge.stance, self.silent) {
            (Stance::Go(at), _) | (Stance::Ready(at), Silent::Go) => at,
            (Stance::Ready(_), Silent::StandDown) | (Stance::Free, _) => return,
        };
        out.wake_at(at, Alarm::Due(self.pledge.round));
    }
}
