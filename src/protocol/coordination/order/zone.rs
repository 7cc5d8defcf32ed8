//! A zone of `order`.

use super::message::{Message, Out, Timer, inner};
use crate::id::NodeId;
use crate::protocol::coordination::coordinator_view::{self, LocatedMembers, Reporter};
use crate::protocol::coordination::min_acknowledged::Permission;
use crate::protocol::coordination::timing::TimingTicks;
use crate::protocol::coordination::{Located, Output};
use crate::protocol::{Input, Protocol};
use crate::time::{LocalTime, SimDuration};

/// A zone: reports, waits for the order, strikes.
#[derive(Clone, Debug)]
pub struct Zone {
    /// The members located here.
    pub located: LocatedMembers,
    reporter: Reporter,
    /// Reports to the deputy, once that has asked.
    deputy_reporter: Option<Reporter>,
    /// The time at which it strikes.
    pub order: Option<LocalTime>,
    /// Whether enough zones have the order.
    pub permission: Permission,
    valid_for: SimDuration,
}

impl Protocol for Zone {
    type Message = Message;
    type Timer = Timer;
    type Input = Located;
    type Output = Output;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_>) {
        match input {
            Input::Local(Located(member)) => {
                self.located.add(member);
                self.reporters(out, |reporter, out| reporter.locate(member, out));
                self.strike_if_due(out);
            }
            Input::Message { from, message: Message::View(message) } => {
                self.on_view_message(from, message, out);
            }
            Input::Message { from, message: Message::Order(at) } => {
                out.send(from, Message::OrderAck);
                self.accept(at, out);
            }
            Input::Message { from, message: Message::Acknowledged { at, zones } } => {
                out.send(from, Message::AcknowledgedAck);
                self.permission.hear(at, zones, out.now());
                self.accept(at, out);
            }
            Input::Timer(Timer::StrikeTime) => self.strike_if_due(out),
            Input::Timer(Timer::View(timer)) => {
                self.reporters(out, |reporter, out| reporter.on_timer(timer, out));
            }
            Input::Restart => {
                if let Some(at) = self.order {
                    out.wake_at(at, Timer::StrikeTime);
                }
                self.reporters(out, Reporter::resume);
            }
            _ => {}
        }
    }

    /// Located members, the order and the permission to execute it are durable.
    fn recover(&mut self, lost: Self) {
        (self.located, self.order) = (lost.located, lost.order);
        self.permission = lost.permission;
        self.reporter.recover(&self.located);
    }
}

impl Zone {
    pub fn new(times: TimingTicks) -> Self {
        let (located, reporter) = (LocatedMembers::default(), Reporter::new(times));
        let permission = Permission::new(times.min_acknowledged);
        let (deputy_reporter, order, valid_for) = (None, None, times.valid_for);
        Self { located, reporter, deputy_reporter, order, permission, valid_for }
    }

    /// A deputy that probes acts for the hub: it is told the order, or what was located here.
    fn on_view_message(
        &mut self,
        from: NodeId,
        message: coordinator_view::Message,
        out: &mut Out<'_>,
    ) {
        let is_deputy = out.view().deputy == Some(from);
        let is_probe = matches!(message, coordinator_view::Message::Probe(_));
        if is_deputy && is_probe && self.deputy_reporter.is_none() {
            let mut reporter = self.reporter.to(from);
            reporter.recover(&self.located);
            inner(out, |out| reporter.resume(out));
            self.deputy_reporter = Some(reporter);
        }
        let reporter = self.deputy_reporter.as_mut().filter(|_| is_deputy);
        let reporter = reporter.unwrap_or(&mut self.reporter);
        inner(out, |out| reporter.on_message(from, message, out));
        if let Some(at) = self.order.filter(|_| is_deputy && is_probe) {
            out.send(from, Message::Order(at));
        }
    }

    /// Has the reporter, and that to the deputy if there is one, do something.
    fn reporters(
        &mut self,
        out: &mut Out<'_>,
        does: impl Fn(&mut Reporter, &mut coordinator_view::Out<'_>),
    ) {
        for reporter in std::iter::once(&mut self.reporter).chain(&mut self.deputy_reporter) {
            inner(out, |out| does(reporter, out));
        }
    }

    pub fn accept(&mut self, at: LocalTime, out: &mut Out<'_>) {
        if self.order.is_none() {
            self.order = Some(at);
            out.wake_at(at, Timer::StrikeTime);
        }
    }

    /// Strikes if the order is due, valid and permitted. If the clock was set back, waits for its time
    /// again.
    fn strike_if_due(&mut self, out: &mut Out<'_>) {
        match self.order {
            Some(at) if out.now() < at => out.wake_at(at, Timer::StrikeTime),
            Some(at) if self.permission.allows(at) => {
                self.located.strike_within(at, self.valid_for, out);
            }
            _ => {}
        }
    }
}
