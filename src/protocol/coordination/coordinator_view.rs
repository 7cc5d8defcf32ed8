//! The picture of one node that decides for all: what zones report to it, when it has heard enough,
//! and how far away they are.
//!
//! Shared by the protocols with a coordinator. A zone reports the members located in it again and
//! again, in waits that double up to a limit, until the coordinator has noted them ([`Reporter`]). The coordinator knows nothing else of
//! the organisation: it decides when all zones were quiet for `quiet`, or at the deadline, or at the
//! first report after it ([`CoordinatorView`]). A zone is quiet if it reports no new member and something of
//! it came within `heard_within`: a coordinator that is cut off hears nothing, which is not quiet.
//! Where a zone is heard again the wait for quiet begins anew. The deadline waits for nobody.
//!
//! Until it has decided it probes the zones, so whoever is connected is heard. The longest round trip
//! of the last `window` probes of each zone is what it takes for the worst delay, an upper bound for
//! one way. Observers have nobody to strike: they are not probed, asked or commanded.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Output;
use super::timing::{TimingTicks, Waits};
use crate::id::{Member, NodeId};
use crate::protocol::{NodeView, OutOf, WireMessage};
use crate::time::{LocalTime, NanoDuration, SimDuration};

/// What a coordinator and zones say to each other before anything is decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Coordinator to zone: are you there? Sent when the coordinator's clock showed this.
    Probe(LocalTime),
    /// Zone to coordinator: the probe came.
    Echo(LocalTime),
    /// Zone to coordinator: these members are located here.
    Report(Vec<Member>),
    /// Coordinator to zone: the report came.
    ReportAck(Vec<Member>),
}

impl WireMessage for Message {
    fn describe(&self, tick: NanoDuration) -> String {
        let list = |members: &[Member]| {
            let numbers: Vec<_> = members.iter().map(|member| member.0.to_string()).collect();
            let plural = if numbers.len() == 1 { "" } else { "s" };
            format!("member{plural} {}", numbers.join(", "))
        };
        match self {
            Self::Probe(sent) => format!("probe of {}", tick.seconds(sent.0)),
            Self::Echo(sent) => format!("echo of {}", tick.seconds(sent.0)),
            Self::Report(members) => format!("report of {}", list(members)),
            Self::ReportAck(members) => format!("noted {}", list(members)),
        }
    }
}

/// A timer; each is stale unless it is the one that was set last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Coordinator: probe the zones.
    Probe,
    /// Coordinator: has it been quiet until now?
    Quiet(LocalTime),
    /// Coordinator: the deadline.
    Deadline,
    /// Zone: report again what was not noted.
    Report(LocalTime),
}

/// Where effects go; a protocol wraps it with [`Out::inner`].
pub type Out<'a> = OutOf<'a, Message, Timer, Output>;

/// The one that decides: the hub, or the first zone where there is none.
pub fn coordinator(site: &NodeView) -> NodeId {
    site.hub.unwrap_or(NodeId(0))
}

/// The zones that a coordinator deals with, in order: all but itself and the observers.
pub fn acting_zones<M, T>(out: &OutOf<'_, M, T, Output>) -> Vec<NodeId> {
    out.view().peers().filter(|&zone| !out.is_observer(zone)).collect()
}

/// What a coordinator knows.
#[derive(Clone, Debug)]
pub struct CoordinatorView {
    times: TimingTicks,
    reported: BTreeSet<Member>,
    quiet_until: Option<LocalTime>,
    contacts: BTreeMap<NodeId, Contact>,
    closed: bool,
}

/// What a coordinator knows of its link to a zone.
#[derive(Clone, Debug)]
struct Contact {
    /// When something came last.
    heard: LocalTime,
    /// The round trips of the last probes that were answered, by when they were sent.
    round_trips: BTreeMap<LocalTime, SimDuration>,
}

impl CoordinatorView {
    /// Of nothing yet.
    pub fn new(times: TimingTicks) -> Self {
        let (reported, contacts) = (BTreeSet::new(), BTreeMap::new());
        Self { times, reported, quiet_until: None, contacts, closed: false }
    }

    /// The longest round trip of the last probes, 0 before any.
    pub fn worst_round_trip(&self) -> SimDuration {
        let all = self.contacts.values().flat_map(|contact| contact.round_trips.values());
        all.copied().max().unwrap_or(SimDuration(0))
    }

    /// It is decided: no more probes, and nothing is a reason to decide any more.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Begins to probe and to wait.
    pub fn start(&self, out: &mut Out<'_>) {
        self.probe(out);
        out.wake_at(self.times.deadline, Timer::Deadline);
    }

    /// Takes what is durable from one whose memory a crash took: what it has noted, for who is told
    /// so does not report it again.
    pub fn recover(&mut self, lost: Self) {
        self.reported = lost.reported;
    }

    /// Begins anew after a crash, which lost the timers; where it lost memory too, it is quiet from
    /// now on.
    pub fn restart(&mut self, out: &mut Out<'_>) {
        if !self.closed {
            self.start(out);
            if !self.reported.is_empty() {
                let anew = out.now() + self.times.quiet;
                let until = *self.quiet_until.get_or_insert(anew);
                out.wake_at(until, Timer::Quiet(until));
            }
        }
    }

    /// Takes what a zone says; whether it is time to decide.
    pub fn on_message(&mut self, from: NodeId, talk: Message, out: &mut Out<'_>) -> bool {
        match talk {
            Message::Report(members) => {
                out.send(from, Message::ReportAck(members.clone()));
                self.contact(from, out);
                self.add_located(&members, out)
            }
            Message::Echo(sent) => {
                let (took, window) = (out.now() - sent, self.times.window);
                let round_trips = &mut self.contact(from, out).round_trips;
                // The network may deliver an echo twice: the slower copy is a delay too.
                let longest = round_trips.entry(sent).or_default();
                *longest = took.max(*longest);
                while round_trips.len() > window {
                    round_trips.pop_first();
                }
                false
            }
            Message::Probe(_) | Message::ReportAck(_) => false,
        }
    }

    /// Something has come from a zone. If it was not heard for long, it was not quiet either.
    fn contact(&mut self, from: NodeId, out: &mut Out<'_>) -> &mut Contact {
        let now = out.now();
        if !self.is_heard(from, now) && !self.closed && !self.reported.is_empty() {
            self.await_quiet(out);
        }
        let fresh = || Contact { heard: now, round_trips: BTreeMap::new() };
        let contact = self.contacts.entry(from).or_insert_with(fresh);
        contact.heard = now;
        contact
    }

    fn is_heard(&self, zone: NodeId, now: LocalTime) -> bool {
        self.contacts.get(&zone).is_some_and(|c| now - c.heard <= self.times.heard_within)
    }

    fn await_quiet(&mut self, out: &mut Out<'_>) {
        let until = out.now() + self.times.quiet;
        self.quiet_until = Some(until);
        out.wake_at(until, Timer::Quiet(until));
    }

    /// Notes members that were located; whether it is time to decide.
    pub fn add_located(&mut self, members: &[Member], out: &mut Out<'_>) -> bool {
        let before = self.reported.len();
        self.reported.extend(members);
        if self.closed || self.reported.len() == before {
            return false;
        }
        if out.now() >= self.times.deadline {
            return true;
        }
        self.await_quiet(out);
        false
    }

    /// Takes a timer; whether it is time to decide.
    pub fn on_timer(&self, alarm: Timer, out: &mut Out<'_>) -> bool {
        match alarm {
            Timer::Probe => {
                self.probe(out);
                false
            }
            Timer::Quiet(at) => {
                let heard = |zone: NodeId| self.is_heard(zone, out.now());
                !self.closed
                    && self.quiet_until == Some(at)
                    && acting_zones(out).into_iter().all(heard)
            }
            Timer::Deadline => !self.closed && !self.reported.is_empty(),
            Timer::Report(_) => false,
        }
    }

    fn probe(&self, out: &mut Out<'_>) {
        if !self.closed {
            for zone in acting_zones(out) {
                out.send(zone, Message::Probe(out.now()));
            }
            out.wake_after(self.times.probe, Timer::Probe);
        }
    }
}

/// What a zone has yet to tell the coordinator.
#[derive(Clone, Debug)]
pub struct Reporter {
    waits: Waits,
    unacknowledged: BTreeSet<Member>,
    again: Option<LocalTime>,
    /// The wait after the last report; none if the next one is to have the first wait.
    waited: Option<SimDuration>,
}

impl Reporter {
    /// With nothing to tell.
    pub fn new(times: TimingTicks) -> Self {
        Self { waits: times.resend, unacknowledged: BTreeSet::new(), again: None, waited: None }
    }

    /// Takes up what a zone knows that has forgotten what it was told: all is reported again.
    pub fn recover(&mut self, located: &LocatedMembers) {
        self.unacknowledged.extend(located.0.keys());
    }

    /// Reports a member that was located. What is new has the first wait again.
    pub fn locate(&mut self, member: Member, out: &mut Out<'_>) {
        self.unacknowledged.insert(member);
        self.begin(out);
    }

    /// Goes on after a crash, which lost the timer.
    pub fn resume(&mut self, out: &mut Out<'_>) {
        self.begin(out);
    }

    fn begin(&mut self, out: &mut Out<'_>) {
        self.waited = None;
        self.report(out);
    }

    /// Takes what the coordinator says.
    pub fn on_message(&mut self, from: NodeId, talk: Message, out: &mut Out<'_>) {
        match talk {
            Message::Probe(sent) => out.send(from, Message::Echo(sent)),
            Message::ReportAck(members) => {
                self.unacknowledged.retain(|member| !members.contains(member))
            }
            Message::Echo(_) | Message::Report(_) => {}
        }
    }

    /// Takes a timer.
    pub fn on_timer(&mut self, alarm: Timer, out: &mut Out<'_>) {
        if matches!(alarm, Timer::Report(at) if self.again == Some(at)) {
            self.report(out);
        }
    }

    /// Reports what was not noted, and again later.
    fn report(&mut self, out: &mut Out<'_>) {
        if !self.unacknowledged.is_empty() {
            let members = self.unacknowledged.iter().copied().collect();
            out.send(coordinator(out.view()), Message::Report(members));
            let wait = self.waits.after(self.waited);
            let again = out.now() + wait;
            (self.waited, self.again) = (Some(wait), Some(again));
            out.wake_after(wait, Timer::Report(again));
        }
    }
}

/// The members located in a zone, and whether each was struck. All of it is durable: who is to
/// strike at a time writes down whom.
#[derive(Clone, Debug, Default)]
pub struct LocatedMembers(BTreeMap<Member, bool>);

impl LocatedMembers {
    /// One more.
    pub fn add(&mut self, member: Member) {
        self.0.entry(member).or_insert(false);
    }

    /// Strikes all that were not struck if the clock shows the time that was decided, or up to
    /// `valid_for` more.
    pub fn strike_within<M, T>(
        &mut self,
        at: LocalTime,
        valid_for: SimDuration,
        out: &mut OutOf<'_, M, T, Output>,
    ) {
        if (at..=at + valid_for).contains(&out.now()) {
            self.strike(out);
        }
    }

    /// Strikes all that were not struck.
    pub fn strike<M, T>(&mut self, out: &mut OutOf<'_, M, T, Output>) {
        for (&member, struck) in &mut self.0 {
            if !std::mem::replace(struck, true) {
                out.strike(member);
            }
        }
    }
}
