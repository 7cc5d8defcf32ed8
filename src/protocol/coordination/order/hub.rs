//! The hub of `order`.

use super::message::{Message, Out, Timer, inner};
use crate::id::NodeId;
use crate::protocol::coordination::coordinator_view::{self, CoordinatorView};
use crate::protocol::coordination::min_acknowledged::Announcement;
use crate::protocol::coordination::pending_acks::PendingAcks;
use crate::protocol::coordination::timing::TimingTicks;
use crate::protocol::coordination::{Located, Output};
use crate::protocol::{Input, NodeView, Protocol};
use crate::time::{LocalTime, SimDuration};

/// The hub, or what the deputy does in its place: collects reports, decides, commands.
#[derive(Clone, Debug)]
pub struct Hub {
    /// What it knows.
    pub view: CoordinatorView,
    times: TimingTicks,
    /// What T adds to the worst delay: `clock_bound` and `margin`.
    allowance: SimDuration,
    /// The time that it has decided or taken over.
    pub order: Option<LocalTime>,
    pending: PendingAcks,
    announcement: Announcement,
    node_view: NodeView,
}

impl Protocol for Hub {
    type Message = Message;
    type Timer = Timer;
    type Input = Located;
    type Output = Output;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_>) {
        match input {
            Input::Start => inner(out, |out| self.view.start(out)),
            Input::Message { from, message: Message::View(message) } => {
                self.on_view_message(from, message, out)
            }
            Input::Message { from, message: Message::Order(at) } => {
                out.send(from, Message::OrderAck);
                self.adopt(at, out);
            }
            Input::Message { from, message: Message::OrderAck } => {
                self.pending.acknowledge(from);
                self.announce(out);
            }
            Input::Message { from, message: Message::AcknowledgedAck } => {
                self.pending.acknowledge(from);
                self.announcement.acknowledge(from);
            }
            Input::Timer(Timer::View(timer)) => {
                let is_ready = inner(out, |out| self.view.on_timer(timer, out));
                self.decide(is_ready, out);
            }
            Input::Timer(Timer::Resend(at)) if self.pending.is_due(at) => self.send_order(out),
            Input::Timer(Timer::ResendAcknowledged(at)) if self.announcement.is_due(at) => {
                self.send_announcement(out);
            }
            Input::Restart => {
                inner(out, |out| self.view.restart(out));
                self.pending.resume(|zone| out.is_observer(zone));
                if let Some(untold) = &mut self.announcement.untold {
                    untold.resume(|zone| out.is_observer(zone));
                }
                if self.order.is_some_and(|at| out.now() < at) {
                    self.send_order(out);
                    self.send_announcement(out);
                }
            }
            _ => {}
        }
    }

    /// Reported members and the order are durable. Acknowledgements are not, so the order is sent
    /// to all zones again.
    fn recover(&mut self, lost: Self) {
        self.view.recover(lost.view);
        if lost.order.is_some() {
            self.order = lost.order;
            self.view.close();
            self.pending = self.unacknowledged(self.node_view.peers());
        }
    }
}

impl Hub {
    pub fn new(
        view: CoordinatorView,
        times: TimingTicks,
        allowance: SimDuration,
        node_view: NodeView,
    ) -> Self {
        let pending = PendingAcks::default();
        let announcement = Announcement::new(times.min_acknowledged);
        Self { view, times, allowance, order: None, pending, announcement, node_view }
    }

    /// What nobody has acknowledged yet: of these zones, and of the hub if the deputy acts for it.
    fn unacknowledged(&self, zones: impl Iterator<Item = NodeId>) -> PendingAcks {
        let hub = self.node_view.hub.filter(|_| !self.node_view.is_hub());
        PendingAcks::new(zones.chain(hub))
    }

    pub fn on_view_message(
        &mut self,
        from: NodeId,
        message: coordinator_view::Message,
        out: &mut Out<'_>,
    ) {
        let is_report = matches!(message, coordinator_view::Message::Report(_));
        let is_ready = inner(out, |out| self.view.on_message(from, message, out));
        if let Some(at) = self.order
            && is_report
            && self.pending.needs_resend(from, out.now())
            && out.now() <= self.last_use(at)
        {
            out.send(from, Message::Order(at));
        }
        self.decide(is_ready, out);
    }

    /// Decides if `is_ready`. The view is closed by the decision and does not become ready again.
    pub fn decide(&mut self, is_ready: bool, out: &mut Out<'_>) {
        if !is_ready {
            return;
        }
        let at = out.now() + self.view.worst_round_trip() + self.allowance;
        self.adopt(at, out);
        out.decide(at);
        self.send_order(out);
    }

    /// Takes a time for its own, unless it has one: its own decision, or that of the hub or of the
    /// deputy. Zones that report are told it.
    pub fn adopt(&mut self, at: LocalTime, out: &Out<'_>) {
        if self.order.is_none() {
            self.view.close();
            self.order = Some(at);
            self.pending = self.unacknowledged(coordinator_view::acting_zones(out).into_iter());
        }
    }

    /// Until when a zone that receives the order may strike on it. After the time it cannot hear any
    /// more that enough zones have acknowledged it.
    fn last_use(&self, at: LocalTime) -> LocalTime {
        if self.announcement.is_needed() { at } else { at + self.times.valid_for }
    }

    /// Tells the zones how many of them have acknowledged the order, once they are enough.
    fn announce(&mut self, out: &mut Out<'_>) {
        let Some(at) = self.order else { return };
        let acknowledged = self.acknowledged(out);
        if self.announcement.begins(acknowledged, at, out) {
            self.send_announcement(out);
        }
    }

    /// The number of zones that have acknowledged the order, the deputy that sent it included.
    pub fn acknowledged(&self, out: &Out<'_>) -> u32 {
        let zones = coordinator_view::acting_zones(out);
        let missing = self.pending.pending().filter(|node| zones.contains(node)).count();
        zones.len().saturating_sub(missing) as u32 + u32::from(self.node_view.is_deputy())
    }

    fn send_announcement(&mut self, out: &mut Out<'_>) {
        let Some(at) = self.order else { return };
        let message = Message::Acknowledged { at, zones: self.acknowledged(out) };
        if let Some(untold) = &mut self.announcement.untold {
            untold.send(message, (self.times.resend, at), Timer::ResendAcknowledged, out);
        }
    }

    /// Sends the order to zones that have not acknowledged it, and again later, until it is due.
    pub fn send_order(&mut self, out: &mut Out<'_>) {
        if let Some(at) = self.order {
            self.pending.send(Message::Order(at), (self.times.resend, at), Timer::Resend, out);
        }
    }
}
