//! The picture of one node that decides for all: what zones report to it, when it has heard enough,
//! and how far away they are.
//!
//! Shared by the protocols with a coordinator. A zone reports the members located in it again and
//! again until the coordinator has noted them ([`Reporter`]). The coordinator knows nothing else of
//! the organisation: it decides when no new member was reported for `quiet`, or at the deadline, or
//! at the first report after it ([`Picture`]). Until then it probes the zones: the longest round trip
//! seen is what it takes for the worst delay, an upper bound for one way.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Deed;
use crate::id::{Member, NodeId};
use crate::seam::{Formula, Message, Port, Refusal, Setting, Site};
use crate::time::{Length, Local, Span};

/// What a coordinator and zones say to each other before anything is decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Talk {
    /// Coordinator to zone: are you there? Sent when the coordinator's clock showed this.
    Probe(Local),
    /// Zone to coordinator: the probe came.
    Echo(Local),
    /// Zone to coordinator: these members are located here.
    Report(Vec<Member>),
    /// Coordinator to zone: the report came.
    Noted(Vec<Member>),
}

impl Message for Talk {
    fn words(&self, tick: Length) -> String {
        let list = |members: &[Member]| {
            let numbers: Vec<_> = members.iter().map(|member| member.0.to_string()).collect();
            let plural = if numbers.len() == 1 { "" } else { "s" };
            format!("member{plural} {}", numbers.join(", "))
        };
        match self {
            Self::Probe(sent) => format!("probe of {}", tick.seconds(sent.0)),
            Self::Echo(sent) => format!("echo of {}", tick.seconds(sent.0)),
            Self::Report(members) => format!("report of {}", list(members)),
            Self::Noted(members) => format!("noted {}", list(members)),
        }
    }
}

/// A timer; each is stale unless it is the one that was set last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// Coordinator: probe the zones.
    Probe,
    /// Coordinator: has it been quiet until now?
    Quiet(Local),
    /// Coordinator: the deadline.
    Deadline,
    /// Zone: report again what was not noted.
    Report(Local),
}

/// Where effects go; a protocol wraps it with [`Port::inner`].
pub type Out<'a> = Port<'a, Talk, Alarm, Deed>;

/// The one that decides: the hub, or the first zone where there is none.
pub fn coordinator(site: &Site) -> NodeId {
    site.hub.unwrap_or(NodeId(0))
}

/// The settings that every protocol with a coordinator has.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The coordinator decides when no new member was reported for so long.
    pub quiet: Length,
    /// The coordinator decides on what it knows when its clock shows this.
    pub deadline: Length,
    /// From one sending of what was not answered to the next.
    pub resend: Length,
    /// From one round of probes to the next.
    pub probe: Length,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            quiet: Length::from_secs(3600),
            deadline: Length::from_secs(10 * 3600),
            resend: Length::from_secs(1),
            probe: Length::from_secs(600),
        }
    }
}

/// What a round of probes costs, among z others.
pub const PROBES: Formula = Formula { of: "messages of a round of probes", is: "2*z" };

/// What a report costs, if no other is under way.
pub const REPORT: Formula = Formula { of: "messages for a member located elsewhere", is: "2" };

/// How [`Pace::quiet`] is described to people.
pub const QUIET: Setting = Setting {
    key: "quiet",
    default: "\"1h\"",
    range: "0s or more",
    meaning: "the coordinator decides when no new member was reported for so long",
    origin: "a guess",
};

/// How [`Pace::deadline`] is described to people.
pub const DEADLINE: Setting = Setting {
    key: "deadline",
    default: "\"10h\"",
    range: "0s or more",
    meaning: "the coordinator decides on what it knows when its clock shows this",
    origin: "a guess",
};

/// How [`Pace::resend`] is described to people.
pub const RESEND: Setting = Setting {
    key: "resend",
    default: "\"1s\"",
    range: "above 0s",
    meaning: "from one sending of what was not answered to the next",
    origin: "a guess",
};

/// How [`Pace::probe`] is described to people.
pub const PROBE: Setting = Setting {
    key: "probe",
    default: "\"10min\"",
    range: "above 0s",
    meaning: "from one round of the coordinator's probes to the next",
    origin: "a guess",
};

/// How the bound on clocks is described to people.
pub const CLOCK_BOUND: Setting = Setting {
    key: "clock_bound",
    default: "\"100ms\"",
    range: "0s or more",
    meaning: "how far two clocks may be apart",
    origin: "a guess; NTP over the internet does better",
};

impl Pace {
    /// The same in ticks.
    pub fn times(&self, resolution: Length) -> Times {
        let ticks = |length: Length| length.ticks(resolution);
        Times {
            quiet: ticks(self.quiet),
            deadline: Local(ticks(self.deadline).0 as i64),
            resend: Span(ticks(self.resend).0.max(1)),
            probe: Span(ticks(self.probe).0.max(1)),
        }
    }
}

/// Whether none of these settings of the table at `path` is a time of nothing: that would mean to
/// send without end in one instant.
///
/// # Errors
/// The first that is.
pub fn check_above_zero(path: &str, settings: &[(&str, Length)]) -> Result<(), Refusal> {
    match settings.iter().find(|(_, length)| length.ns == 0) {
        Some((key, _)) => {
            let message = "a time of nothing would send without end; expected one above 0";
            Err(Refusal::new(format!("{path}.{key}"), message))
        }
        None => Ok(()),
    }
}

/// A [`Pace`] in ticks.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    quiet: Span,
    deadline: Local,
    /// From one sending of what was not answered to the next.
    pub resend: Span,
    probe: Span,
}

/// What a coordinator knows.
#[derive(Clone, Debug)]
pub struct Picture {
    times: Times,
    reported: BTreeSet<Member>,
    quiet_until: Option<Local>,
    worst: Span,
    closed: bool,
}

impl Picture {
    /// Of nothing yet.
    pub fn new(times: Times) -> Self {
        let (reported, worst) = (BTreeSet::new(), Span(0));
        Self { times, reported, quiet_until: None, worst, closed: false }
    }

    /// The longest round trip seen, 0 before any.
    pub fn worst(&self) -> Span {
        self.worst
    }

    /// It is decided: no more probes, and nothing is a reason to decide any more.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Begins to probe and to wait.
    pub fn start(&self, out: &mut Out<'_>) {
        self.probe(out);
        out.wake_at(self.times.deadline, Alarm::Deadline);
    }

    /// Takes what is durable from one whose memory a crash took: what it has noted, for who is told
    /// so does not report it again.
    pub fn salvage(&mut self, lost: Self) {
        self.reported = lost.reported;
    }

    /// Begins anew after a crash, which lost the timers; where it lost memory too, it is quiet from
    /// now on.
    pub fn resume(&mut self, out: &mut Out<'_>) {
        if !self.closed {
            self.start(out);
            if !self.reported.is_empty() {
                let anew = out.now() + self.times.quiet;
                let until = *self.quiet_until.get_or_insert(anew);
                out.wake_at(until, Alarm::Quiet(until));
            }
        }
    }

    /// Takes what a zone says; whether it is time to decide.
    pub fn hear(&mut self, from: NodeId, talk: Talk, out: &mut Out<'_>) -> bool {
        match talk {
            Talk::Report(members) => {
                out.send(from, Talk::Noted(members.clone()));
                self.note(&members, out)
            }
            Talk::Echo(sent) => {
                self.worst = self.worst.max(out.now() - sent);
                false
            }
            Talk::Probe(_) | Talk::Noted(_) => false,
        }
    }

    /// Notes members that were located; whether it is time to decide.
    pub fn note(&mut self, members: &[Member], out: &mut Out<'_>) -> bool {
        let before = self.reported.len();
        self.reported.extend(members);
        if self.closed || self.reported.len() == before {
            return false;
        }
        if out.now() >= self.times.deadline {
            return true;
        }
        let until = out.now() + self.times.quiet;
        self.quiet_until = Some(until);
        out.wake_at(until, Alarm::Quiet(until));
        false
    }

    /// Takes a timer; whether it is time to decide.
    pub fn wake(&self, alarm: Alarm, out: &mut Out<'_>) -> bool {
        match alarm {
            Alarm::Probe => {
                self.probe(out);
                false
            }
            Alarm::Quiet(at) => !self.closed && self.quiet_until == Some(at),
            Alarm::Deadline => !self.closed && !self.reported.is_empty(),
            Alarm::Report(_) => false,
        }
    }

    fn probe(&self, out: &mut Out<'_>) {
        if !self.closed {
            for zone in out.site().peers() {
                out.send(zone, Talk::Probe(out.now()));
            }
            out.wake_after(self.times.probe, Alarm::Probe);
        }
    }
}

/// What a zone has yet to tell the coordinator.
#[derive(Clone, Debug)]
pub struct Reporter {
    resend: Span,
    unnoted: BTreeSet<Member>,
    again: Option<Local>,
}

impl Reporter {
    /// With nothing to tell.
    pub fn new(times: Times) -> Self {
        Self { resend: times.resend, unnoted: BTreeSet::new(), again: None }
    }

    /// Takes up what a zone knows that has forgotten what it was told: all is reported again.
    pub fn recall(&mut self, located: &Located) {
        self.unnoted.extend(located.0.keys());
    }

    /// Reports a member that was located.
    pub fn locate(&mut self, member: Member, out: &mut Out<'_>) {
        self.unnoted.insert(member);
        self.report(out);
    }

    /// Takes what the coordinator says.
    pub fn hear(&mut self, from: NodeId, talk: Talk, out: &mut Out<'_>) {
        match talk {
            Talk::Probe(sent) => out.send(from, Talk::Echo(sent)),
            Talk::Noted(members) => self.unnoted.retain(|member| !members.contains(member)),
            Talk::Echo(_) | Talk::Report(_) => {}
        }
    }

    /// Takes a timer.
    pub fn wake(&mut self, alarm: Alarm, out: &mut Out<'_>) {
        if matches!(alarm, Alarm::Report(at) if self.again == Some(at)) {
            self.report(out);
        }
    }

    /// Reports what was not noted, and again later.
    pub fn report(&mut self, out: &mut Out<'_>) {
        if !self.unnoted.is_empty() {
            let members = self.unnoted.iter().copied().collect();
            out.send(coordinator(out.site()), Talk::Report(members));
            let again = out.now() + self.resend;
            self.again = Some(again);
            out.wake_after(self.resend, Alarm::Report(again));
        }
    }
}

/// The members located in a zone, and whether each was struck. All of it is durable: who is to
/// strike at a time writes down whom.
#[derive(Clone, Debug, Default)]
pub struct Located(BTreeMap<Member, bool>);

impl Located {
    /// One more.
    pub fn add(&mut self, member: Member) {
        self.0.entry(member).or_insert(false);
    }

    /// Strikes all that were not struck.
    pub fn strike<M, T>(&mut self, out: &mut Port<'_, M, T, Deed>) {
        for (&member, struck) in &mut self.0 {
            if !std::mem::replace(struck, true) {
                out.strike(member);
            }
        }
    }
}
