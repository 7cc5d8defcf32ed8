//! `order`: the hub commands a time, and the zones strike when their clocks show it.
//!
//! L. Lamport: "Using time instead of timeout for fault-tolerant distributed systems" (1984): on
//! clocks that agree within a bound, a command for a time T is carried out by all who hear of it
//! before T, at most that bound apart. So the hub commands T = now + the worst delay it knows + the
//! bound on clocks + a margin, and sends it again, in waits that double, until T or until all have
//! acknowledged it. A zone that hears nothing by T stands down. If it locates somebody later, its
//! report is answered with the command. The command is valid until `valid_for` after T, by each
//! zone's clock: who hears of it, or locates somebody, after T strikes at once; later it is void, and
//! nobody strikes on it.
//!
//! The hub decides on what it knows; what that is, and the worst delay, is its
//! [`Picture`](super::picture).
//!
//! # What may split
//!
//! One time is decided in a run, and nobody strikes before it. A zone that the command does not reach
//! by T (lost, cut off, down) does not strike with the others, and strikes late once it hears of it,
//! or never. So an operation splits if a zone is out of the hub's reach from the decision until T, or
//! is down at T, and has located somebody by then. Clocks that are apart by more than `clock_bound`
//! or a link that is slower than any of the last probes make strikes early or late, and do not split.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::appeal::Appeal;
use super::picture::{self, Located, Picture, Reporter, Talk};
use super::timing::{self, Pace, Times};
use super::{Coordination, Input, Out, Safety, TimeBounds};
use crate::id::NodeId;
use crate::seam::{Entry, Formula, Message, Range, Refusal, Setting, Site};
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
         here the bound is the longest round trip of the last probes, and the command is repeated \
         until it is acknowledged or due: who does not hear it stands down while others strike",
        "a zone that hears of it, or locates somebody, after the time strikes at once, until valid_for \
         after it",
    ],
    formulas: &[
        Formula { of: "messages of the command", is: "2*z" },
        Formula { of: "from the decision until all know", is: "F" },
        Formula { of: "from the decision to the strikes", is: "R + clock_bound + margin" },
        timing::PROBES,
        timing::REPORT,
    ],
    letters: "z zones that are no observers; F the hub's longest link; R the longest round trip of the last probes",
    promises: "one time is decided. Who hears the command before it strikes then, by clocks that are \
               apart by clock_bound at most; who is cut off from the hub until then, or down, splits \
               from the others. Nobody strikes before the time or later than valid_for after it. A crash that takes memory leaves what was noted, located and \
               commanded: whoever acknowledges or is to act on something writes it down first",
    settings: &[
        timing::QUIET,
        timing::DEADLINE,
        timing::CLOCK_BOUND,
        Setting {
            key: "margin",
            default: "\"10min\"",
            range: Range::Text("0s or more"),
            meaning: "time for the zones to make ready",
            origin: "a guess",
        },
        timing::RESEND,
        timing::RESEND_MAX,
        timing::PROBE,
        timing::HEARD_WITHIN,
        timing::WINDOW,
        timing::VALID_FOR,
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
    /// The hub decides when every zone was quiet for so long.
    pub quiet: Length,
    /// The hub decides on what it knows when its clock shows this.
    pub deadline: Length,
    /// How far two clocks may be apart.
    pub clock_bound: Length,
    /// Time for the zones to make ready.
    pub margin: Length,
    /// The first wait for an answer to what was sent, before it is sent again.
    pub resend: Length,
    /// The longest such wait, after doublings.
    pub resend_max: Length,
    /// From one round of probes to the next.
    pub probe: Length,
    /// A zone not heard from for longer is not quiet.
    pub heard_within: Length,
    /// The longest round trip is that of so many last probes of each zone.
    pub window: u32,
    /// For so long after its time an order may still be carried out.
    pub valid_for: Length,
}

impl Default for Settings {
    fn default() -> Self {
        let Pace { quiet, deadline, resend, resend_max, probe, heard_within, window, valid_for } =
            Pace::default();
        Self {
            quiet,
            deadline,
            clock_bound: Length::from_ms(100),
            margin: Length::from_secs(600),
            resend,
            resend_max,
            probe,
            heard_within,
            window,
            valid_for,
        }
    }
}

impl Settings {
    /// One time is decided, and nobody strikes before it or when it is void.
    pub fn safety(&self) -> Safety {
        Safety { valid_for: Some(self.valid_for), ..Safety::default() }
    }

    /// What people should know of these settings before a run.
    pub fn notices(&self, bounds: &TimeBounds) -> Vec<String> {
        let lead = Length::from_ns(self.clock_bound.ns.saturating_add(self.margin.ns));
        self.pace().notices(lead, bounds)
    }

    fn pace(&self) -> Pace {
        let &Self {
            quiet,
            deadline,
            resend,
            resend_max,
            probe,
            heard_within,
            window,
            valid_for,
            ..
        } = self;
        Pace { quiet, deadline, resend, resend_max, probe, heard_within, window, valid_for }
    }

    /// Whether these settings work at a site.
    ///
    /// # Errors
    /// The absence of a hub, or the first setting that cannot work ([`Pace::check`]).
    pub fn check(&self, site: &Site) -> Result<(), Refusal> {
        if site.hub.is_none() {
            let message = "orders without a hub to give them; expected a table [hub] too, with \
                           a zone as its seat";
            return Err(Refusal::new("coordination.use", message));
        }
        self.pace().check("coordination.order", &[])
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
    times: Times,
    /// For clocks and making ready.
    allowance: Span,
    order: Option<Local>,
    unheard: Appeal,
    site: Site,
}

impl Hub {
    fn new(times: Times, allowance: Span, site: Site) -> Self {
        let (picture, unheard) = (Picture::new(times), Appeal::default());
        Self { picture, times, allowance, order: None, unheard, site }
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
                self.unheard.resume(|zone| out.is_observer(zone));
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
        if let Some(at) = self.order
            && reports
            && self.unheard.owes(from, out.now())
            && out.now() <= at + self.times.valid_for
        {
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
        self.unheard = Appeal::to(picture::partners(out).into_iter());
        out.decide(at);
        self.command(out);
    }

    /// Sends the order to whoever has not acknowledged it, and again later, until it is due.
    fn command(&mut self, out: &mut Out<'_, Order>) {
        if let Some(at) = self.order {
            self.unheard.say(Call::Order(at), (self.times.resend, at), Alarm::Resend, out);
        }
    }
}

/// A zone: reports, waits for the order, strikes.
#[derive(Clone, Debug)]
pub struct Zone {
    located: Located,
    reporter: Reporter,
    order: Option<Local>,
    valid_for: Span,
}

impl Zone {
    fn new(times: Times) -> Self {
        let (located, reporter) = (Located::default(), Reporter::new(times));
        Self { located, reporter, order: None, valid_for: times.valid_for }
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
                self.carry_out(out);
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
            Input::Timer(Alarm::Go) => self.carry_out(out),
            Input::Timer(Alarm::Picture(alarm)) => {
                inner(out, |out| self.reporter.wake(alarm, out));
            }
            Input::Restart => {
                if let Some(at) = self.order {
                    out.wake_at(at, Alarm::Go);
                }
                inner(out, |out| self.reporter.resume(out));
            }
            _ => {}
        }
    }

    /// Strikes if there is an order whose time has come and which is valid; else when it has come. A
    /// clock that was set back shows the time once more.
    fn carry_out(&mut self, out: &mut Out<'_, Order>) {
        match self.order {
            Some(at) if out.now() < at => out.wake_at(at, Alarm::Go),
            Some(at) => self.located.strike_within(at, self.valid_for, out),
            None => {}
        }
    }
}

/// What the picture and the reporter do, said as `order` says it.
fn inner<R>(out: &mut Out<'_, Order>, body: impl FnOnce(&mut picture::Out<'_>) -> R) -> R {
    out.inner(Call::Picture, Alarm::Picture, body)
}

#[cfg(test)]
mod tests;
