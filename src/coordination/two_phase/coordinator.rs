//! The coordinator in `two-phase`: it asks, counts, decides, and says so.

use super::participant::Participant;
use super::{Alarm, Call, TwoPhase, inner};
use crate::coordination::appeal::Appeal;
use crate::coordination::picture::{Picture, Talk, partners};
use crate::coordination::timing::Times;
use crate::coordination::{Abort, Input, Objection, Out};
use crate::id::{Member, NodeId};
use crate::seam::Site;
use crate::time::{Local, Span};

/// What the coordinator has done so far: the durable part, written down before it is said. Votes are
/// not in it: who has forgotten them asks again, and a ready zone says again that it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minutes {
    /// The last round; 0 before any.
    pub round: u32,
    /// When the first began.
    pub first: Local,
    /// Its time.
    pub at: Local,
    /// How far it is.
    pub phase: Phase,
}

/// How far a round is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// There is none yet: reports come in.
    #[default]
    Before,
    /// The zones are asked; all must be ready by this time of the coordinator's clock.
    Asking(Local),
    /// It was aborted; the next one begins at this time, if there is one.
    Aborted(Option<Local>),
    /// It was decided to go.
    Go,
}

/// The settings in ticks.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// For all to be ready, beyond a round trip.
    pub vote: Span,
    /// For clocks and for the decision to get through.
    pub allowance: Span,
    /// From an abort to the next round.
    pub pause: Span,
    /// How long after the first round another may begin, if there is a limit.
    pub give_up: Option<Span>,
    /// Of the picture.
    pub times: Times,
}

/// The coordinator; where there is no hub it is the first zone, and asks itself too.
#[derive(Clone, Debug)]
pub struct Coordinator {
    terms: Terms,
    picture: Picture,
    minutes: Minutes,
    /// The question or the decision of the round, and who has not answered it.
    appeal: Appeal,
    own: Option<Participant>,
    site: Site,
}

impl Coordinator {
    /// The hub, or the zone that is a participant of its own.
    pub fn new(terms: Terms, own: Option<Participant>, site: Site) -> Self {
        let (picture, minutes) = (Picture::new(terms.times), Minutes::default());
        Self { terms, picture, minutes, appeal: Appeal::default(), own, site }
    }

    /// Takes the minutes and what was noted; who has answered is forgotten, and all are asked again.
    pub fn salvage(&mut self, lost: Self) {
        self.picture.salvage(lost.picture);
        self.minutes = lost.minutes;
        self.appeal = Appeal::to(self.site.peers());
        if matches!(self.minutes.phase, Phase::Go | Phase::Aborted(None)) {
            self.picture.close();
        }
        if let (Some(own), Some(lost)) = (&mut self.own, lost.own) {
            own.salvage(lost);
        }
    }

    /// Takes one input.
    pub fn handle(&mut self, input: Input<TwoPhase>, out: &mut Out<'_, TwoPhase>) {
        match input {
            Input::Start => inner(out, |out| self.picture.start(out)),
            Input::Located(member) => self.locate(member, out),
            Input::Message { from, message } => self.hear(from, message, out),
            Input::Timer(alarm) => self.wake(alarm, out),
            Input::Restart => self.resume(out),
        }
    }

    fn locate(&mut self, member: Member, out: &mut Out<'_, TwoPhase>) {
        if let Some(own) = &mut self.own {
            own.locate(member, out);
        }
        let enough = inner(out, |out| self.picture.note(&[member], out));
        self.begin(enough, out);
    }

    fn hear(&mut self, from: NodeId, call: Call, out: &mut Out<'_, TwoPhase>) {
        let Minutes { round: this, phase, .. } = self.minutes;
        match (call, phase) {
            (Call::Picture(talk), _) => self.listen(from, talk, out),
            (Call::Ready(round), Phase::Asking(until)) if round == this && out.now() <= until => {
                self.appeal.answered(from);
                self.count(out);
            }
            (Call::Refuse(round), Phase::Asking(_)) if round == this => {
                self.abort(&[from], Objection::Refused, out);
            }
            (Call::Heard(round), Phase::Go | Phase::Aborted(_)) if round == this => {
                self.appeal.answered(from);
            }
            _ => {}
        }
    }

    /// A report of a zone that has not heard the decision is answered with it.
    fn listen(&mut self, from: NodeId, talk: Talk, out: &mut Out<'_, TwoPhase>) {
        let reports = matches!(talk, Talk::Report(_));
        let enough = inner(out, |out| self.picture.hear(from, talk, out));
        let Minutes { round, at, phase, .. } = self.minutes;
        let is_valid = out.now() <= at + self.terms.times.valid_for;
        if reports && phase == Phase::Go && is_valid && self.appeal.owes(from, out.now()) {
            out.send(from, Call::Go { round, at });
        }
        self.begin(enough, out);
    }

    fn wake(&mut self, alarm: Alarm, out: &mut Out<'_, TwoPhase>) {
        let Minutes { round: this, phase, .. } = self.minutes;
        match (alarm, phase) {
            (Alarm::Picture(alarm), _) => {
                let enough = inner(out, |out| self.picture.wake(alarm, out));
                self.begin(enough, out);
            }
            (Alarm::Resend(at), _) if self.appeal.is_due(at) => self.say(out),
            (Alarm::Limit(round), Phase::Asking(_)) if round == this => {
                let silent: Vec<_> = self.appeal.unanswered().collect();
                self.abort(&silent, Objection::Silent, out);
            }
            (Alarm::Again(round), Phase::Aborted(Some(_))) if round == this => self.ask(out),
            (Alarm::Due(round), _) => {
                if let Some(own) = &mut self.own {
                    own.due(round, out);
                }
            }
            _ => {}
        }
    }

    /// Begins if enough is known and it has not begun: further rounds follow by themselves.
    fn begin(&mut self, enough: bool, out: &mut Out<'_, TwoPhase>) {
        if enough && self.minutes.phase == Phase::Before {
            self.ask(out);
        }
    }

    /// Begins a round.
    fn ask(&mut self, out: &mut Out<'_, TwoPhase>) {
        let worst = self.picture.worst();
        let until = out.now() + worst + self.terms.vote;
        let at = until + worst + self.terms.allowance;
        let round = self.minutes.round + 1;
        let first = if round == 1 { out.now() } else { self.minutes.first };
        self.minutes = Minutes { round, first, at, phase: Phase::Asking(until) };
        self.appeal = Appeal::to(partners(out).into_iter());
        out.wake_at(until, Alarm::Limit(round));
        let me = out.me();
        let votes = self.own.as_mut().filter(|_| !out.is_observer(me));
        if votes.and_then(|own| own.prepare(round, at, out)) == Some(false) {
            return self.abort(&[me], Objection::Refused, out);
        }
        self.say(out);
        self.count(out);
    }

    /// Decides to go if all are ready: itself was when it asked.
    fn count(&mut self, out: &mut Out<'_, TwoPhase>) {
        if self.appeal.is_answered() {
            let Minutes { round, at, .. } = self.minutes;
            self.picture.close();
            self.conclude(Phase::Go, out);
            out.decide(at);
            if let Some(own) = &mut self.own {
                own.go(round, at, out);
            }
            self.say(out);
        }
    }

    fn abort(&mut self, because_of: &[NodeId], why: Objection, out: &mut Out<'_, TwoPhase>) {
        let Minutes { round, first, .. } = self.minutes;
        for &zone in because_of {
            out.abort(Abort { round, zone, why });
        }
        let next = out.now() + self.terms.pause;
        let is_in_time = self.terms.give_up.is_none_or(|limit| next <= first + limit);
        let next = is_in_time.then_some(next);
        self.conclude(Phase::Aborted(next), out);
        if let Some(own) = &mut self.own {
            own.abort(round);
        }
        self.say(out);
        match next {
            Some(next) => out.wake_at(next, Alarm::Again(round)),
            None => self.picture.close(),
        }
    }

    /// All must hear of a decision, also who was not heard to be ready.
    fn conclude(&mut self, phase: Phase, out: &mut Out<'_, TwoPhase>) {
        self.minutes.phase = phase;
        self.appeal = Appeal::to(partners(out).into_iter());
    }

    /// Says what the round has come to, to whoever has not answered, and again later: the question
    /// until the limit, the decision until the time.
    fn say(&mut self, out: &mut Out<'_, TwoPhase>) {
        let Minutes { round, at, phase, .. } = self.minutes;
        let (call, until) = match phase {
            Phase::Before => return,
            Phase::Asking(until) => (Call::Prepare { round, at }, until),
            Phase::Aborted(_) => (Call::Abort(round), at),
            Phase::Go => (Call::Go { round, at }, at),
        };
        if out.now() <= until {
            self.appeal.say(call, (self.terms.times.resend, until), Alarm::Resend, out);
        }
    }

    /// Goes on after a crash, which lost the timers.
    fn resume(&mut self, out: &mut Out<'_, TwoPhase>) {
        let Minutes { round, phase, .. } = self.minutes;
        inner(out, |out| self.picture.resume(out));
        self.appeal.resume(|zone| out.is_observer(zone));
        match phase {
            Phase::Asking(until) => out.wake_at(until, Alarm::Limit(round)),
            Phase::Aborted(Some(next)) => out.wake_at(next, Alarm::Again(round)),
            Phase::Before | Phase::Aborted(None) | Phase::Go => {}
        }
        self.say(out);
        if let Some(own) = &self.own {
            own.resume(out);
        }
    }
}
