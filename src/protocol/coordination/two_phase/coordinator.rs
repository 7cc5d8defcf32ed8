//! The coordinator in `two-phase`: it asks, counts, decides, and says so.

use super::message::{Message, Out, Timer, inner};
use super::participant::Participant;
use crate::id::{Member, NodeId};
use crate::protocol::NodeView;
use crate::protocol::coordination::coordinator_view::{self, CoordinatorView, acting_zones};
use crate::protocol::coordination::pending_acks::PendingAcks;
use crate::protocol::coordination::timing::TimingTicks;
use crate::protocol::coordination::{Abort, Objection};
use crate::time::{LocalTime, SimDuration};

/// What the coordinator has done so far: the durable part, written down before it is said. Votes are
/// not in it: who has forgotten them asks again, and a ready zone says again that it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DecisionLog {
    /// The last round; 0 before any.
    pub round: u32,
    /// When the first began.
    pub first: LocalTime,
    /// Its time.
    pub at: LocalTime,
    /// How far it is.
    pub phase: Phase,
}

/// How far a round is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// There is none yet: reports come in.
    #[default]
    Collecting,
    /// The zones are asked; all must be ready by this time of the coordinator's clock.
    Preparing(LocalTime),
    /// It was aborted; the next one begins at this time, if there is one.
    Aborted(Option<LocalTime>),
    /// It was decided to go.
    Committed,
}

/// The settings in ticks.
#[derive(Clone, Copy, Debug)]
pub struct CoordinatorParams {
    /// For all to be ready, beyond a round trip.
    pub vote: SimDuration,
    /// For clocks and for the decision to get through.
    pub allowance: SimDuration,
    /// From an abort to the next round.
    pub pause: SimDuration,
    /// How long after the first round another may begin, if there is a limit.
    pub give_up: Option<SimDuration>,
    /// Of the picture.
    pub times: TimingTicks,
}

/// The coordinator; where there is no hub it is the first zone, and asks itself too.
#[derive(Clone, Debug)]
pub struct Coordinator {
    params: CoordinatorParams,
    pub(super) view: CoordinatorView,
    log: DecisionLog,
    /// The question or the decision of the round, and who has not answered it.
    pending: PendingAcks,
    own: Option<Participant>,
    site: NodeView,
}

impl Coordinator {
    /// The hub, or the zone that is a participant of its own.
    pub fn new(terms: CoordinatorParams, own: Option<Participant>, site: NodeView) -> Self {
        let (picture, minutes) = (CoordinatorView::new(terms.times), DecisionLog::default());
        Self {
            params: terms,
            view: picture,
            log: minutes,
            pending: PendingAcks::default(),
            own,
            site,
        }
    }

    /// Takes the minutes and what was noted; who has answered is forgotten, and all are asked again.
    pub fn recover(&mut self, lost: Self) {
        self.view.recover(lost.view);
        self.log = lost.log;
        self.pending = PendingAcks::new(self.site.peers());
        if matches!(self.log.phase, Phase::Committed | Phase::Aborted(None)) {
            self.view.close();
        }
        if let (Some(own), Some(lost)) = (&mut self.own, lost.own) {
            own.recover(lost);
        }
    }

    pub(super) fn locate(&mut self, member: Member, out: &mut Out<'_>) {
        if let Some(own) = &mut self.own {
            own.locate(member, out);
        }
        let enough = inner(out, |out| self.view.add_located(&[member], out));
        self.begin(enough, out);
    }

    pub(super) fn on_message(&mut self, from: NodeId, call: Message, out: &mut Out<'_>) {
        let DecisionLog { round: this, phase, .. } = self.log;
        match (call, phase) {
            (Message::View(talk), _) => self.listen(from, talk, out),
            (Message::Prepared(round), Phase::Preparing(until))
                if round == this && out.now() <= until =>
            {
                self.pending.acknowledge(from);
                self.count(out);
            }
            (Message::VoteAbort(round), Phase::Preparing(_)) if round == this => {
                self.abort(&[from], Objection::Refused, out);
            }
            (Message::DecisionAck(round), Phase::Committed | Phase::Aborted(_))
                if round == this =>
            {
                self.pending.acknowledge(from);
            }
            _ => {}
        }
    }

    /// A report of a zone that has not heard the decision is answered with it.
    fn listen(&mut self, from: NodeId, talk: coordinator_view::Message, out: &mut Out<'_>) {
        let reports = matches!(talk, coordinator_view::Message::Report(_));
        let enough = inner(out, |out| self.view.on_message(from, talk, out));
        let DecisionLog { round, at, phase, .. } = self.log;
        let is_valid = out.now() <= at + self.params.times.valid_for;
        if reports
            && phase == Phase::Committed
            && is_valid
            && self.pending.needs_resend(from, out.now())
        {
            out.send(from, Message::Commit { round, at });
        }
        self.begin(enough, out);
    }

    pub(super) fn on_timer(&mut self, alarm: Timer, out: &mut Out<'_>) {
        let DecisionLog { round: this, phase, .. } = self.log;
        match (alarm, phase) {
            (Timer::View(alarm), _) => {
                let enough = inner(out, |out| self.view.on_timer(alarm, out));
                self.begin(enough, out);
            }
            (Timer::Resend(at), _) if self.pending.is_due(at) => self.say(out),
            (Timer::VoteDeadline(round), Phase::Preparing(_)) if round == this => {
                let silent: Vec<_> = self.pending.pending().collect();
                self.abort(&silent, Objection::Silent, out);
            }
            (Timer::NextRound(round), Phase::Aborted(Some(_))) if round == this => self.ask(out),
            (Timer::StrikeTime(round), _) => {
                if let Some(own) = &mut self.own {
                    own.on_strike_time(round, out);
                }
            }
            _ => {}
        }
    }

    /// Begins if enough is known and it has not begun: further rounds follow by themselves.
    fn begin(&mut self, enough: bool, out: &mut Out<'_>) {
        if enough && self.log.phase == Phase::Collecting {
            self.ask(out);
        }
    }

    /// Begins a round.
    fn ask(&mut self, out: &mut Out<'_>) {
        let worst = self.view.worst_round_trip();
        let until = out.now() + worst + self.params.vote;
        let at = until + worst + self.params.allowance;
        let round = self.log.round + 1;
        let first = if round == 1 { out.now() } else { self.log.first };
        self.log = DecisionLog { round, first, at, phase: Phase::Preparing(until) };
        self.pending = PendingAcks::new(acting_zones(out).into_iter());
        out.wake_at(until, Timer::VoteDeadline(round));
        let me = out.me();
        let votes = self.own.as_mut().filter(|_| !out.is_observer(me));
        if votes.and_then(|own| own.prepare(round, at, out)) == Some(false) {
            return self.abort(&[me], Objection::Refused, out);
        }
        self.say(out);
        self.count(out);
    }

    /// Decides to go if all are ready: itself was when it asked.
    fn count(&mut self, out: &mut Out<'_>) {
        if self.pending.is_complete() {
            let DecisionLog { round, at, .. } = self.log;
            self.view.close();
            self.conclude(Phase::Committed, out);
            out.decide(at);
            if let Some(own) = &mut self.own {
                own.commit(round, at, out);
            }
            self.say(out);
        }
    }

    fn abort(&mut self, because_of: &[NodeId], why: Objection, out: &mut Out<'_>) {
        let DecisionLog { round, first, .. } = self.log;
        for &zone in because_of {
            out.abort(Abort { round, zone, why });
        }
        let next = out.now() + self.params.pause;
        let is_in_time = self.params.give_up.is_none_or(|limit| next <= first + limit);
        let next = is_in_time.then_some(next);
        self.conclude(Phase::Aborted(next), out);
        if let Some(own) = &mut self.own {
            own.abort(round);
        }
        self.say(out);
        match next {
            Some(next) => out.wake_at(next, Timer::NextRound(round)),
            None => self.view.close(),
        }
    }

    /// All must hear of a decision, also who was not heard to be ready.
    fn conclude(&mut self, phase: Phase, out: &mut Out<'_>) {
        self.log.phase = phase;
        self.pending = PendingAcks::new(acting_zones(out).into_iter());
    }

    /// Says what the round has come to, to whoever has not answered, and again later: the question
    /// until the limit, the decision until the time.
    fn say(&mut self, out: &mut Out<'_>) {
        let DecisionLog { round, at, phase, .. } = self.log;
        let (call, until) = match phase {
            Phase::Collecting => return,
            Phase::Preparing(until) => (Message::Prepare { round, at }, until),
            Phase::Aborted(_) => (Message::Abort(round), at),
            Phase::Committed => (Message::Commit { round, at }, at),
        };
        if out.now() <= until {
            self.pending.send(call, (self.params.times.resend, until), Timer::Resend, out);
        }
    }

    /// Goes on after a crash, which lost the timers.
    pub(super) fn restart(&mut self, out: &mut Out<'_>) {
        let DecisionLog { round, phase, .. } = self.log;
        inner(out, |out| self.view.restart(out));
        self.pending.resume(|zone| out.is_observer(zone));
        match phase {
            Phase::Preparing(until) => out.wake_at(until, Timer::VoteDeadline(round)),
            Phase::Aborted(Some(next)) => out.wake_at(next, Timer::NextRound(round)),
            Phase::Collecting | Phase::Aborted(None) | Phase::Committed => {}
        }
        self.say(out);
        if let Some(own) = &self.own {
            own.arm(out);
        }
    }
}
