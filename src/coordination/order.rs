//! `order`: the hub commands a time, and the zones strike when their clocks show it.
//!
//! L. Lamport: "Using time instead of timeout for fault-tolerant distributed systems" (1984): on
//! clocks that agree within a bound, a command for a time T is carried out by all who hear of it
//! before T, at most that bound apart. So the hub commands T = now + the worst delay it knows + the
//! bound on clocks + a margin, and sends it again and again until T or until all have
//! acknowledged it. A zone that hears nothing by T stands down. If it locates somebody later, its
//! report is answered with the command, and it strikes at once.
//!
//! The hub decides on what it knows: when no new member was reported for `quiet`, or at the
//! deadline. The worst delay is the longest round trip of its own probes so far, an upper bound for
//! one way.
//!
//! Without loss, with z zones: z orders and z acknowledgements; 2z for every round of probes; a
//! report and an acknowledgement for every member located.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Coordination, Input, Out};
use crate::id::{Member, NodeId};
use crate::seam::{Entry, Message, Refusal, Setting, Site};
use crate::time::{Length, Local, Span};

/// What hub and zones say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call {
    /// Hub to zone: are you there? Sent when the hub's clock showed this.
    Probe(Local),
    /// Zone to hub: the probe came.
    Echo(Local),
    /// Zone to hub: these members are located here.
    Report(Vec<Member>),
    /// Hub to zone: the report came.
    Noted(Vec<Member>),
    /// Hub to zone: strike when your clock shows this.
    Order(Local),
    /// Zone to hub: the order came.
    Heard,
}

impl Message for Call {}

/// A timer; each is stale unless it is the one that was set last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// Hub: probe the zones.
    Probe,
    /// Hub: has it been quiet until now?
    Quiet(Local),
    /// Hub: the deadline.
    Deadline,
    /// Hub: send the order again; zone: send the report again.
    Resend(Local),
    /// Zone: the time of the order.
    Go,
}

/// The `[coordination.order]` table.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [coordination.order]")]
pub struct Settings {
    /// The hub decides when no new member was reported for so long.
    pub quiet: Length,
    /// The hub decides on what it knows when its clock shows this.
    pub deadline: Length,
    /// How far two clocks may be apart.
    pub clock_bound: Length,
    /// Time for the zones to make ready.
    pub margin: Length,
    /// From one sending of an order or a report to the next.
    pub resend: Length,
    /// From one round of probes to the next.
    pub probe: Length,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            quiet: Length::from_secs(3600),
            deadline: Length::from_secs(10 * 3600),
            clock_bound: Length::from_ms(100),
            margin: Length::from_secs(600),
            resend: Length::from_secs(1),
            probe: Length::from_secs(600),
        }
    }
}

impl Settings {
    /// Whether these settings work at a site.
    ///
    /// # Errors
    /// The absence of a hub, or a time of nothing where that would mean to send without end.
    pub fn check(&self, site: &Site) -> Result<(), Refusal> {
        if site.hub.is_none() {
            let message = "orders without a hub to give them; expected a table [hub] too, with \
                           a zone as its seat";
            return Err(Refusal::new("coordination.use", message));
        }
        for (key, length) in [("resend", self.resend), ("probe", self.probe)] {
            if length.ns == 0 {
                let message = "a time of nothing would send without end; expected one above 0";
                return Err(Refusal::new(format!("coordination.order.{key}"), message));
            }
        }
        Ok(())
    }
}

/// The settings in ticks.
#[derive(Clone, Copy, Debug)]
struct Times {
    quiet: Span,
    deadline: Local,
    allowance: Span,
    resend: Span,
    probe: Span,
}

/// The hub, or one zone.
#[derive(Clone, Debug)]
pub enum Order {
    /// The hub.
    Hub(Hub),
    /// A zone.
    Zone(Zone),
}

impl Order {
    /// The machine of one node.
    pub fn new(settings: &Settings, site: &Site, resolution: Length) -> Self {
        let ticks = |length: Length| length.ticks(resolution);
        let times = Times {
            quiet: ticks(settings.quiet),
            deadline: Local(ticks(settings.deadline).0 as i64),
            allowance: ticks(settings.clock_bound) + ticks(settings.margin),
            resend: Span(ticks(settings.resend).0.max(1)),
            probe: Span(ticks(settings.probe).0.max(1)),
        };
        if site.is_hub() { Self::Hub(Hub::new(times)) } else { Self::Zone(Zone::new(times)) }
    }
}

impl Coordination for Order {
    type Message = Call;
    type Timer = Alarm;

    fn handle(&mut self, input: Input<Self>, out: &mut Out<'_, Self>) {
        match self {
            Self::Hub(hub) => hub.handle(input, out),
            Self::Zone(zone) => zone.handle(input, out),
        }
    }
}

/// The hub: hears reports, decides, commands.
#[derive(Clone, Debug)]
pub struct Hub {
    times: Times,
    reported: BTreeSet<Member>,
    quiet_until: Option<Local>,
    /// The longest round trip seen.
    worst: Span,
    order: Option<Local>,
    unheard: BTreeSet<NodeId>,
    resend_at: Option<Local>,
}

impl Hub {
    fn new(times: Times) -> Self {
        Self {
            times,
            reported: BTreeSet::new(),
            quiet_until: None,
            worst: Span(0),
            order: None,
            unheard: BTreeSet::new(),
            resend_at: None,
        }
    }

    fn handle(&mut self, input: Input<Order>, out: &mut Out<'_, Order>) {
        match input {
            Input::Start => {
                self.probe(out);
                out.wake_at(self.times.deadline, Alarm::Deadline);
            }
            Input::Message { from, message: Call::Report(members) } => {
                self.note(from, members, out);
            }
            Input::Message { message: Call::Echo(sent), .. } => {
                self.worst = self.worst.max(out.now() - sent);
            }
            Input::Message { from, message: Call::Heard } => {
                self.unheard.remove(&from);
            }
            Input::Timer(Alarm::Probe) => self.probe(out),
            Input::Timer(Alarm::Quiet(at)) if self.quiet_until == Some(at) => self.decide(out),
            Input::Timer(Alarm::Deadline) if !self.reported.is_empty() => self.decide(out),
            Input::Timer(Alarm::Resend(at)) if self.resend_at == Some(at) => self.command(out),
            Input::Restart => self.resume(out),
            _ => {}
        }
    }

    fn probe(&mut self, out: &mut Out<'_, Order>) {
        if self.order.is_none() {
            for zone in out.site().peers() {
                out.send(zone, Call::Probe(out.now()));
            }
            out.wake_after(self.times.probe, Alarm::Probe);
        }
    }

    fn note(&mut self, from: NodeId, members: Vec<Member>, out: &mut Out<'_, Order>) {
        let before = self.reported.len();
        self.reported.extend(&members);
        out.send(from, Call::Noted(members));
        if let Some(at) = self.order.filter(|_| self.unheard.contains(&from)) {
            out.send(from, Call::Order(at));
        }
        if self.reported.len() > before && self.order.is_none() {
            if out.now() >= self.times.deadline {
                return self.decide(out);
            }
            self.wait_for_quiet(out.now() + self.times.quiet, out);
        }
    }

    fn wait_for_quiet(&mut self, until: Local, out: &mut Out<'_, Order>) {
        self.quiet_until = Some(until);
        out.wake_at(until, Alarm::Quiet(until));
    }

    fn decide(&mut self, out: &mut Out<'_, Order>) {
        if self.order.is_none() {
            let at = out.now() + self.worst + self.times.allowance;
            self.order = Some(at);
            self.unheard = out.site().peers().collect();
            out.decide(at);
            self.command(out);
        }
    }

    /// Sends the order to whoever has not acknowledged it, and again later, until it is due.
    fn command(&mut self, out: &mut Out<'_, Order>) {
        let Some(at) = self.order else { return };
        for &zone in &self.unheard {
            out.send(zone, Call::Order(at));
        }
        let again = out.now() + self.times.resend;
        if again < at && !self.unheard.is_empty() {
            self.resend_at = Some(again);
            out.wake_at(again, Alarm::Resend(again));
        }
    }

    fn resume(&mut self, out: &mut Out<'_, Order>) {
        if self.order.is_some_and(|at| out.now() < at) {
            self.command(out);
        } else if self.order.is_none() {
            self.probe(out);
            out.wake_at(self.times.deadline, Alarm::Deadline);
            if let Some(until) = self.quiet_until {
                self.wait_for_quiet(until, out);
            }
        }
    }
}

/// A zone: reports, waits for the order, strikes.
#[derive(Clone, Debug)]
pub struct Zone {
    times: Times,
    /// Located, and whether it was struck.
    located: BTreeMap<Member, bool>,
    unnoted: BTreeSet<Member>,
    resend_at: Option<Local>,
    order: Option<Local>,
}

impl Zone {
    fn new(times: Times) -> Self {
        Self {
            times,
            located: BTreeMap::new(),
            unnoted: BTreeSet::new(),
            resend_at: None,
            order: None,
        }
    }

    fn handle(&mut self, input: Input<Order>, out: &mut Out<'_, Order>) {
        match input {
            Input::Located(member) => {
                self.located.entry(member).or_insert(false);
                self.unnoted.insert(member);
                self.report(out);
                if self.order.is_some_and(|at| out.now() >= at) {
                    self.go(out);
                }
            }
            Input::Message { from, message: Call::Probe(sent) } => {
                out.send(from, Call::Echo(sent));
            }
            Input::Message { message: Call::Noted(members), .. } => {
                members.iter().for_each(|member| {
                    self.unnoted.remove(member);
                });
            }
            Input::Message { from, message: Call::Order(at) } => {
                out.send(from, Call::Heard);
                if self.order.is_none() {
                    self.order = Some(at);
                    out.wake_at(at, Alarm::Go);
                }
            }
            Input::Timer(Alarm::Go) => self.go(out),
            Input::Timer(Alarm::Resend(at)) if self.resend_at == Some(at) => self.report(out),
            Input::Restart => {
                if let Some(at) = self.order {
                    out.wake_at(at, Alarm::Go);
                }
                self.report(out);
            }
            _ => {}
        }
    }

    /// Tells the hub what it has not acknowledged yet, and again later.
    fn report(&mut self, out: &mut Out<'_, Order>) {
        let Some(hub) = out.site().hub else { return };
        if !self.unnoted.is_empty() {
            out.send(hub, Call::Report(self.unnoted.iter().copied().collect()));
            let again = out.now() + self.times.resend;
            self.resend_at = Some(again);
            out.wake_at(again, Alarm::Resend(again));
        }
    }

    fn go(&mut self, out: &mut Out<'_, Order>) {
        for (&member, struck) in &mut self.located {
            if !*struck {
                *struck = true;
                out.strike(member);
            }
        }
    }
}

/// What `zonesim list` says of it.
pub const ENTRY: Entry = Entry {
    name: "order",
    about: "the hub commands a time, and the zones strike when their clocks show it; who has not \
            heard by then stands down",
    source: "Lamport, Using time instead of timeout for fault-tolerant distributed systems, 1984",
    settings: &[
        Setting {
            key: "quiet",
            default: "\"1h\"",
            meaning: "the hub decides when no new member was reported for so long (a guess)",
        },
        Setting {
            key: "deadline",
            default: "\"10h\"",
            meaning: "the hub decides on what it knows when its clock shows this (a guess)",
        },
        Setting {
            key: "clock_bound",
            default: "\"100ms\"",
            meaning: "how far two clocks may be apart (a guess; NTP over the internet does better)",
        },
        Setting {
            key: "margin",
            default: "\"10min\"",
            meaning: "time for the zones to make ready (a guess)",
        },
        Setting {
            key: "resend",
            default: "\"1s\"",
            meaning: "from one sending of an order or a report to the next, above 0 (a guess)",
        },
        Setting {
            key: "probe",
            default: "\"10min\"",
            meaning: "from one round of the hub's probes to the next, above 0 (a guess)",
        },
    ],
};

#[cfg(test)]
mod tests;
