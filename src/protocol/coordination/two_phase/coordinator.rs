//! The coordinator of `two-phase`: prepares, counts votes, decides, and distributes the decision.

use super::message::{Message, Out, Timer, inner};
use super::participant::Participant;
use crate::id::{Member, NodeId};
use crate::protocol::NodeView;
use crate::protocol::coordination::coordinator_view::{
    self, CoordinatorView, DecisionRule, acting_zones,
};
use crate::protocol::coordination::min_acknowledged::Announcement;
use crate::protocol::coordination::patience::PatienceTicks;
use crate::protocol::coordination::pending_acks::PendingAcks;
use crate::protocol::coordination::timing::TimingTicks;
use crate::protocol::coordination::{Abort, Objection};
use crate::time::{LocalTime, SimDuration};

/// The durable state of the coordinator, written before it is sent. Votes are not part of it: after
/// a loss of memory the coordinator asks again, and a prepared zone answers again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DecisionLog {
    /// The current round; 0 before the first.
    pub round: u32,
    /// When the first round began.
    pub first: LocalTime,
    /// The strike time of the round.
    pub at: LocalTime,
    /// How far the round is.
    pub phase: Phase,
}

/// The phase of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// No round has begun; reports come in.
    #[default]
    Collecting,
    /// Zones are asked; all have to be prepared by this local time.
    Preparing(LocalTime),
    /// The round was aborted; the next one begins at this time, if there is one.
    Aborted(Option<LocalTime>),
    /// The round was committed.
    Committed,
}

/// The parameters of the coordinator in ticks.
#[derive(Clone, Copy, Debug)]
pub struct CoordinatorParams {
    /// Time for all zones to be prepared, beyond a round trip.
    pub vote: SimDuration,
    /// `clock_bound` and `margin`.
    pub allowance: SimDuration,
    /// From an abort to the next round.
    pub pause: SimDuration,
    /// Latest beginning of a round after the first one, if there is a limit.
    pub give_up: Option<SimDuration>,
    /// When it decides.
    pub patience: PatienceTicks,
    /// The parameters of the coordinator view.
    pub times: TimingTicks,
}

/// The coordinator. Without a hub it is the first zone, and also a participant.
#[derive(Clone, Debug)]
pub struct Coordinator {
    params: CoordinatorParams,
    pub(super) view: CoordinatorView,
    log: DecisionLog,
    /// The zones that have not voted, or not acknowledged the decision.
    pending: PendingAcks,
    announcement: Announcement,
    own: Option<Participant>,
    node_view: NodeView,
}

impl Coordinator {
    /// A hub, or a zone with a participant of its own.
    pub fn new(params: CoordinatorParams, own: Option<Participant>, node_view: NodeView) -> Self {
        Self {
            params,
            view: CoordinatorView::new(params.times, DecisionRule::Quiet(params.patience)),
            log: DecisionLog::default(),
            pending: PendingAcks::default(),
            announcement: Announcement::new(params.times.min_acknowledged),
            own,
            node_view,
        }
    }

    /// Recovers the durable state. Votes and acknowledgements are lost, so all zones are asked
    /// again.
    pub fn recover(&mut self, lost: Self) {
        self.view.recover(lost.view);
        self.log = lost.log;
        self.pending = PendingAcks::new(self.node_view.peers());
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
        let is_ready = inner(out, |out| self.view.add_located(out.me(), &[member], out));
        self.begin(is_ready, out);
    }

    pub(super) fn on_message(&mut self, from: NodeId, message: Message, out: &mut Out<'_>) {
        let DecisionLog { round: this, phase, .. } = self.log;
        match (message, phase) {
            (Message::View(message), _) => self.on_view_message(from, message, out),
            (Message::Prepared(round), Phase::Preparing(until))
                if round == this && out.now() <= until =>
            {
                self.pending.acknowledge(from);
                self.commit_if_prepared(out);
            }
            (Message::VoteAbort(round), Phase::Preparing(_)) if round == this => {
                self.abort(&[from], Objection::Refused, out);
            }
            (Message::DecisionAck(round), Phase::Committed | Phase::Aborted(_))
                if round == this =>
            {
                self.pending.acknowledge(from);
                self.announce(out);
            }
            (Message::AcknowledgedAck(round), Phase::Committed) if round == this => {
                self.pending.acknowledge(from);
                self.announcement.acknowledge(from);
            }
            _ => {}
        }
    }

    /// Handles a probe answer or a report. A report of a zone that has not acknowledged a commit is
    /// answered with the commit.
    fn on_view_message(
        &mut self,
        from: NodeId,
        message: coordinator_view::Message,
        out: &mut Out<'_>,
    ) {
        let is_report = matches!(message, coordinator_view::Message::Report(_));
        let is_ready = inner(out, |out| self.view.on_message(from, message, out));
        let DecisionLog { round, at, phase, .. } = self.log;
        // After the time no zone can hear any more that enough have acknowledged the commit.
        let last_use =
            if self.announcement.is_needed() { at } else { at + self.params.times.valid_for };
        if is_report
            && phase == Phase::Committed
            && out.now() <= last_use
            && self.pending.needs_resend(from, out.now())
        {
            out.send(from, Message::Commit { round, at });
        }
        self.begin(is_ready, out);
    }

    pub(super) fn on_timer(&mut self, timer: Timer, out: &mut Out<'_>) {
        let DecisionLog { round: this, phase, .. } = self.log;
        match (timer, phase) {
            (Timer::View(timer), _) => {
                let is_ready = inner(out, |out| self.view.on_timer(timer, out));
                self.begin(is_ready, out);
            }
            (Timer::Resend(at), _) if self.pending.is_due(at) => self.send_current(out),
            (Timer::ResendAcknowledged(at), _) if self.announcement.is_due(at) => {
                self.send_announcement(out);
            }
            (Timer::VoteDeadline(round), Phase::Preparing(_)) if round == this => {
                let silent: Vec<_> = self.pending.pending().collect();
                self.abort(&silent, Objection::Silent, out);
            }
            (Timer::NextRound(round), Phase::Aborted(Some(_))) if round == this => {
                self.begin_round(out)
            }
            (Timer::StrikeTime(round), _) => {
                if let Some(own) = &mut self.own {
                    own.on_strike_time(round, out);
                }
            }
            _ => {}
        }
    }

    /// Begins the first round if it is time to decide; later rounds are begun by timers.
    fn begin(&mut self, is_ready: bool, out: &mut Out<'_>) {
        if is_ready && self.log.phase == Phase::Collecting {
            self.begin_round(out);
        }
    }

    /// Begins a round.
    fn begin_round(&mut self, out: &mut Out<'_>) {
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
        self.send_current(out);
        self.commit_if_prepared(out);
    }

    /// Commits if all zones are prepared. The coordinator's own participant voted when the round
    /// began.
    fn commit_if_prepared(&mut self, out: &mut Out<'_>) {
        if self.pending.is_complete() {
            let DecisionLog { round, at, .. } = self.log;
            self.view.close();
            self.conclude(Phase::Committed, out);
            out.decide(at);
            if let Some(own) = &mut self.own {
                own.commit(round, at, out);
            }
            self.send_current(out);
            self.announce(out);
        }
    }

    /// Tells the zones how many of them have acknowledged the commit, once they are enough.
    fn announce(&mut self, out: &mut Out<'_>) {
        let DecisionLog { at, phase, .. } = self.log;
        let acknowledged = self.acknowledged(out);
        if phase == Phase::Committed && self.announcement.begins(acknowledged, at, out) {
            if let Some(own) = &mut self.own {
                own.hear(at, acknowledged, out.now());
            }
            self.send_announcement(out);
        }
    }

    /// The number of zones that have acknowledged the commit, with that of the coordinator.
    fn acknowledged(&self, out: &Out<'_>) -> u32 {
        let others = acting_zones(out).len().saturating_sub(self.pending.pending().count());
        others as u32 + u32::from(self.own.is_some() && !out.is_observer(out.me()))
    }

    fn send_announcement(&mut self, out: &mut Out<'_>) {
        let DecisionLog { round, at, .. } = self.log;
        let message = Message::Acknowledged { round, at, zones: self.acknowledged(out) };
        if let Some(untold) = &mut self.announcement.untold
            && out.now() <= at
        {
            let waits = (self.params.times.resend, at);
            untold.send(message, waits, Timer::ResendAcknowledged, out);
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
        self.send_current(out);
        match next {
            Some(next) => out.wake_at(next, Timer::NextRound(round)),
            None => self.view.close(),
        }
    }

    /// Records the decision of a round. All zones have to acknowledge it, including those whose
    /// vote did not arrive.
    fn conclude(&mut self, phase: Phase, out: &mut Out<'_>) {
        self.log.phase = phase;
        self.pending = PendingAcks::new(acting_zones(out).into_iter());
    }

    /// Sends the prepare or the decision of the round to zones that have not answered, and again
    /// later: a prepare until the vote deadline, a decision until the strike time.
    fn send_current(&mut self, out: &mut Out<'_>) {
        let DecisionLog { round, at, phase, .. } = self.log;
        let (message, until) = match phase {
            Phase::Collecting => return,
            Phase::Preparing(until) => (Message::Prepare { round, at }, until),
            Phase::Aborted(_) => (Message::Abort(round), at),
            Phase::Committed => (Message::Commit { round, at }, at),
        };
        if out.now() <= until {
            self.pending.send(message, (self.params.times.resend, until), Timer::Resend, out);
        }
    }

    /// Handles a restart, which has lost the timers.
    pub(super) fn restart(&mut self, out: &mut Out<'_>) {
        let DecisionLog { round, phase, .. } = self.log;
        inner(out, |out| self.view.restart(out));
        self.pending.resume(|zone| out.is_observer(zone));
        if let Some(untold) = &mut self.announcement.untold {
            untold.resume(|zone| out.is_observer(zone));
        }
        match phase {
            Phase::Preparing(until) => out.wake_at(until, Timer::VoteDeadline(round)),
            Phase::Aborted(Some(next)) => out.wake_at(next, Timer::NextRound(round)),
            Phase::Collecting | Phase::Aborted(None) | Phase::Committed => {}
        }
        self.send_current(out);
        self.send_announcement(out);
        if let Some(own) = &self.own {
            own.arm(out);
        }
    }
}
