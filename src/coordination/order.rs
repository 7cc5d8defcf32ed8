//! `order`: the hub commands a time, and the zones strike when their clocks show it.
//!
//! L. Lamport: "Using time instead of timeout for fault-tolerant distributed systems" (1984): on
//! clocks that agree within a bound, a command for a time T is carried out by all who hear of it
//! before T, at most that bound apart. So the hub commands T = now + the worst delay it knows + the
//! bound on clocks + a margin, and sends it again and again until T or until all have
//! acknowledged it. A zone that hears nothing by T stands down. If it locates somebody later, its
//! report is answered with the command, and it strikes at once.
//!
//! The hub decides on what it knows; what that is, and the worst delay, is its
//! [`Picture`](super::picture).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::appeal::Appeal;
use super::picture::{self, Located, Pace, Picture, Reporter, Talk, Times};
use super::{Coordination, Input, Out, Safety};
use crate::id::NodeId;
use crate::seam::{Entry, Formula, Message, Refusal, Setting, Site};
use crate::time::{Length, Local, Span};

/// Its paper, where it departs from it, its cost and its promise.
pub const ENTRY: Entry = Entry {
    name: "order",
    about: "the hub commands a time, and the zones strike when their clocks show it; who has not \
            heard by then stands down",
    source: "Lamport, Using time instead of timeout for fault-tolerant distributed systems, 1984",
    departs: &[
        "Lamport's commands come from any process; here from the hub alone, and there is one",
        "his reach all within a bound that is known, or none, by an algorithm that outlasts faults; \
         here the bound is the longest round trip that a probe took, and the command is repeated \
         until it is acknowledged or due: who does not hear it stands down while others strike",
        "a zone that hears of it, or locates somebody, after the time strikes at once",
    ],
    formulas: &[
        Formula { of: "messages of the command", is: "2*z" },
        Formula { of: "from the decision until all know", is: "F" },
        Formula { of: "from the decision to the strikes", is: "R + clock_bound + margin" },
        picture::PROBES,
        picture::REPORT,
    ],
    letters: "z zones; F the hub's longest link; R the longest round trip",
    promises: "who hears the command before its time strikes then, by clocks that are apart by \
               clock_bound at most. A crash that takes memory leaves what was noted, located and \
               commanded: whoever acknowledges or is to act on something writes it down first",
    settings: &[
        picture::QUIET,
        picture::DEADLINE,
        picture::CLOCK_BOUND,
        Setting {
            key: "margin",
            default: "\"10min\"",
            range: "0s or more",
            meaning: "time for the zones to make ready",
            origin: "a guess",
        },
        picture::RESEND,
        picture::PROBE,
    ],
};

/// What hub and zones say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call {
    /// Before the order.
    Picture(Talk),
    /// Hub to zone: strike when your clock shows this.
    Order(Local),
    /// Zone to hub: the order came.
    Heard,
}

impl Message for Call {
    fn words(&self, tick: Length) -> String {
        match self {
            Self::Picture(talk) => talk.words(tick),
            Self::Order(at) => format!("order to strike at {}", tick.seconds(at.0)),
            Self::Heard => "heard the order".into(),
        }
    }
}

/// A timer; each is stale unless it is the one that was set last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// Of the picture.
    Picture(picture::Alarm),
    /// Hub: send the order again.
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
        let Pace { quiet, deadline, resend, probe } = Pace::default();
        let (clock_bound, margin) = (Length::from_ms(100), Length::from_secs(600));
        Self { quiet, deadline, clock_bound, margin, resend, probe }
    }
}

impl Settings {
    /// One time is decided, and nobody strikes before it.
    pub fn safety(&self) -> Safety {
        Safety::default()
    }

    fn pace(&self) -> Pace {
        let &Self { quiet, deadline, resend, probe, .. } = self;
        Pace { quiet, deadline, resend, probe }
    }

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
        let settings = [("resend", self.resend), ("probe", self.probe)];
        picture::check_above_zero("coordination.order", &settings)
    }
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
        let times = settings.pace().times(resolution);
        if site.is_hub() {
            let [bound, margin] =
                [settings.clock_bound, settings.margin].map(|length| length.ticks(resolution));
            Self::Hub(Hub::new(times, bound + margin, *site))
        } else {
            Self::Zone(Zone::new(times))
        }
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

    fn salvage(&mut self, lost: Self) {
        match (self, lost) {
            (Self::Hub(hub), Self::Hub(lost)) => hub.salvage(lost),
            (Self::Zone(zone), Self::Zone(lost)) => zone.salvage(lost),
            _ => {}
        }
    }
}

/// The hub: hears reports, decides, commands.
#[derive(Clone, Debug)]
pub struct Hub {
    picture: Picture,
    resend: Span,
    /// For clocks and making ready.
    allowance: Span,
    order: Option<Local>,
    unheard: Appeal,
    site: Site,
}

impl Hub {
    fn new(times: Times, allowance: Span, site: Site) -> Self {
        let (picture, unheard) = (Picture::new(times), Appeal::default());
        Self { picture, resend: times.resend, allowance, order: None, unheard, site }
    }

    /// What was noted and what was commanded is durable; who has heard of it is not, and all are
    /// told again.
    fn salvage(&mut self, lost: Self) {
        self.picture.salvage(lost.picture);
        if lost.order.is_some() {
            self.order = lost.order;
            self.picture.close();
            self.unheard = Appeal::to(self.site.peers());
        }
    }

    fn handle(&mut self, input: Input<Order>, out: &mut Out<'_, Order>) {
        match input {
            Input::Start => inner(out, |out| self.picture.start(out)),
            Input::Message { from, message: Call::Picture(talk) } => self.hear(from, talk, out),
            Input::Message { from, message: Call::Heard } => self.unheard.answered(from),
            Input::Timer(Alarm::Picture(alarm)) => {
                let enough = inner(out, |out| self.picture.wake(alarm, out));
                self.decide(enough, out);
            }
            Input::Timer(Alarm::Resend(at)) if self.unheard.is_due(at) => self.command(out),
            Input::Restart => {
                inner(out, |out| self.picture.resume(out));
                if self.order.is_some_and(|at| out.now() < at) {
                    self.command(out);
                }
            }
            _ => {}
        }
    }

    fn hear(&mut self, from: NodeId, talk: Talk, out: &mut Out<'_, Order>) {
        let reports = matches!(talk, Talk::Report(_));
        let enough = inner(out, |out| self.picture.hear(from, talk, out));
        if let Some(at) = self.order.filter(|_| reports && self.unheard.awaits(from)) {
            out.send(from, Call::Order(at));
        }
        self.decide(enough, out);
    }

    /// Decides if enough is known; the picture is closed by it and does not say so again.
    fn decide(&mut self, enough: bool, out: &mut Out<'_, Order>) {
        if !enough {
            return;
        }
        let at = out.now() + self.picture.worst() + self.allowance;
        self.picture.close();
        self.order = Some(at);
        self.unheard = Appeal::to(out.site().peers());
        out.decide(at);
        self.command(out);
    }

    /// Sends the order to whoever has not acknowledged it, and again later, until it is due.
    fn command(&mut self, out: &mut Out<'_, Order>) {
        if let Some(at) = self.order {
            self.unheard.say(Call::Order(at), (self.resend, at), Alarm::Resend, out);
        }
    }
}

/// A zone: reports, waits for the order, strikes.
#[derive(Clone, Debug)]
pub struct Zone {
    located: Located,
    reporter: Reporter,
    order: Option<Local>,
}

impl Zone {
    fn new(times: Times) -> Self {
        Self { located: Located::default(), reporter: Reporter::new(times), order: None }
    }

    /// Whom it located and the order are durable.
    fn salvage(&mut self, lost: Self) {
        (self.located, self.order) = (lost.located, lost.order);
        self.reporter.recall(&self.located);
    }

    fn handle(&mut self, input: Input<Order>, out: &mut Out<'_, Order>) {
        match input {
            Input::Located(member) => {
                self.located.add(member);
                inner(out, |out| self.reporter.locate(member, out));
                if self.order.is_some_and(|at| out.now() >= at) {
                    self.located.strike(out);
                }
            }
            Input::Message { from, message: Call::Picture(talk) } => {
                inner(out, |out| self.reporter.hear(from, talk, out));
            }
            Input::Message { from, message: Call::Order(at) } => {
                out.send(from, Call::Heard);
                if self.order.is_none() {
                    self.order = Some(at);
                    out.wake_at(at, Alarm::Go);
                }
            }
            Input::Timer(Alarm::Go) => self.located.strike(out),
            Input::Timer(Alarm::Picture(alarm)) => {
                inner(out, |out| self.reporter.wake(alarm, out));
            }
            Input::Restart => {
                if let Some(at) = self.order {
                    out.wake_at(at, Alarm::Go);
                }
                inner(out, |out| self.reporter.report(out));
            }
            _ => {}
        }
    }
}

/// What the picture and the reporter do, said as `order` says it.
fn inner<R>(out: &mut Out<'_, Order>, body: impl FnOnce(&mut picture::Out<'_>) -> R) -> R {
    out.inner(Call::Picture, Alarm::Picture, body)
}

#[cfg(test)]
mod tests;
