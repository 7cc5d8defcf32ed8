//! The deputy: a zone that commands in the place of a hub that is gone.
//!
//! C. Gray and D. Cheriton: "Leases: an efficient fault-tolerant mechanism for distributed file cache
//! consistency" (1989). The hub holds a lease from its deputy, and each of its messages renews it. Once
//! the deputy has heard nothing for `lease` and `clock_bound` by its own clock (section 2: the bound on
//! clocks belongs to the term), it acts: it probes the zones as the hub does, the zones report to it
//! too what they have located, and it decides by the same rules. Its own members count as reported.
//! A message of the hub ends that, unless the deputy has decided. Its order goes to the hub too, which
//! then gives the same order to the zones that report to it.
//!
//! A deputy that has the hub's order does not act. A zone that has it gives it to a deputy that probes,
//! and the deputy repeats it instead of deciding.
//!
//! # Two decisions
//!
//! The hub does not stop when its lease expires: it cannot know whether the deputy is gone or cut off,
//! and the loss of the deputy must not stop the operation. So each of them may decide a time, and a
//! zone follows the first order that it receives. This takes one of:
//!
//! - no message of one reaches the other for the lease, and both are up and decide. Under the rule of
//!   quiet the hub decides only while it hears the deputy, which is a zone, within `heard_within`, and
//!   the deputy acts only after the lease. So with `heard_within` below the lease this takes a hub that
//!   decides at its deadline, or a link that is cut in one direction;
//! - the hub is lost after its decision and before the deputy, or a zone that the deputy hears, has its
//!   order.
//!
//! A system of three or more nodes can rule both out by majorities; two nodes cannot, and go on when
//! either is lost.

use super::hub::Hub;
use super::message::{Message, Out, Timer, inner, part};
use super::zone::Zone;
use crate::id::NodeId;
use crate::protocol::coordination::{Located, Output};
use crate::protocol::{Input, Protocol};
use crate::time::{LocalTime, SimDuration};

/// The state machine of the deputy.
#[derive(Clone, Debug)]
pub struct Deputy {
    zone: Zone,
    /// What it does in the place of the hub.
    hub: Hub,
    /// The lease, with the bound on clocks.
    lease: SimDuration,
    /// When it last heard from the hub.
    heard: LocalTime,
    /// Whether it acts for the hub and has not decided.
    is_acting: bool,
}

impl Protocol for Deputy {
    type Message = Message;
    type Timer = Timer;
    type Input = Located;
    type Output = Output;

    /// Handles an input as a zone, as the hub, or as both.
    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_>) {
        match input {
            Input::Start => self.renew(out),
            Input::Timer(Timer::Lease) => self.check_lease(out),
            Input::Restart => self.restart(out),
            Input::Message { from, message } => self.on_message(from, message, out),
            Input::Local(Located(member)) => {
                self.zone.handle(Input::Local(Located(member)), out);
                self.report_own(out);
            }
            Input::Timer(Timer::StrikeTime) => self.zone.handle(part(input), out),
            Input::Timer(Timer::View(timer)) => {
                self.zone.handle(Input::Timer(Timer::View(timer)), out);
                if self.is_acting {
                    self.hub.handle(Input::Timer(Timer::View(timer)), out);
                }
            }
            Input::Timer(Timer::Resend(_) | Timer::ResendAcknowledged(_)) => {
                self.hub.handle(part(input), out);
            }
        }
        self.follow_own_order(out);
    }

    /// What zone and hub keep is durable. The lease begins again.
    fn recover(&mut self, lost: Self) {
        self.zone.recover(lost.zone);
        self.hub.recover(lost.hub);
    }
}

impl Deputy {
    /// A deputy that has just heard from the hub.
    pub fn new(zone: Zone, hub: Hub, lease: SimDuration) -> Self {
        Self { zone, hub, lease, heard: LocalTime(0), is_acting: false }
    }

    /// The lease begins now.
    fn renew(&mut self, out: &mut Out<'_>) {
        self.heard = out.now();
        out.wake_after(self.lease, Timer::Lease);
    }

    /// Acts for the hub if its lease has expired and there is no order; otherwise looks again when it
    /// would expire.
    fn check_lease(&mut self, out: &mut Out<'_>) {
        if self.is_acting || self.zone.order.is_some() {
            return;
        }
        let elapsed = out.now() - self.heard;
        if elapsed < self.lease {
            out.wake_after(SimDuration(self.lease.0 - elapsed.0), Timer::Lease);
            return;
        }
        self.is_acting = true;
        inner(out, |out| self.hub.view.restart(out));
        self.report_own(out);
    }

    /// A restart has lost the timers. If it acted, the hub may be back: the lease begins again.
    fn restart(&mut self, out: &mut Out<'_>) {
        self.zone.handle(Input::Restart, out);
        self.is_acting = false;
        self.renew(out);
        if self.hub.order.is_some() {
            self.hub.handle(Input::Restart, out);
        }
    }

    fn on_message(&mut self, from: NodeId, message: Message, out: &mut Out<'_>) {
        if out.view().hub == Some(from) {
            self.hear_hub(out);
        }
        match message {
            Message::Order(_) | Message::Acknowledged { .. } => {
                self.zone.handle(Input::Message { from, message }, out);
                self.take_over_order(out);
            }
            Message::OrderAck | Message::AcknowledgedAck => {
                self.hub.handle(Input::Message { from, message }, out);
            }
            Message::View(_) if out.view().hub == Some(from) => {
                self.zone.handle(Input::Message { from, message }, out);
            }
            // Reports are taken at any time, so that they end; it decides on them only while it acts.
            Message::View(message) if self.is_acting || self.hub.order.is_some() => {
                self.hub.on_view_message(from, message, out);
            }
            Message::View(message) => {
                inner(out, |out| self.hub.view.on_message(from, message, out));
            }
        }
    }

    /// Each message of the hub renews the lease, and ends what the deputy does in its place.
    fn hear_hub(&mut self, out: &mut Out<'_>) {
        if std::mem::take(&mut self.is_acting) {
            self.renew(out);
        }
        self.heard = out.now();
    }

    /// Repeats the order that a zone had, in the place of the hub.
    fn take_over_order(&mut self, out: &mut Out<'_>) {
        if let Some(at) = self.zone.order.filter(|_| std::mem::take(&mut self.is_acting)) {
            self.hub.adopt(at, out);
            self.hub.send_order(out);
        }
    }

    /// Reports the members located here to itself.
    fn report_own(&mut self, out: &mut Out<'_>) {
        if self.is_acting {
            let members = self.zone.located.members();
            let is_ready = inner(out, |out| self.hub.view.add_located(out.me(), &members, out));
            self.hub.decide(is_ready, out);
        }
    }

    /// Follows the order that it gives, which it has acknowledged by giving it.
    fn follow_own_order(&mut self, out: &mut Out<'_>) {
        let Some(at) = self.hub.order else { return };
        self.is_acting = false;
        self.zone.accept(at, out);
        self.zone.permission.hear(at, self.hub.acknowledged(out), out.now());
    }
}
