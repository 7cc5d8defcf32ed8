//! Every event of a run as a line of text, in order of time.
//!
//! The line of a reception includes the items that the node learns from the message. The line of a
//! send includes the fate of the message, which is known at once because faults are known before the run.

use std::io::{self, Write};
use std::sync::Arc;

use super::fault_impact::Attribution;
use super::rounds::objection;
use super::summary::{correction, run_end, thing};
use crate::engine::{Event, Outcome, RunEnd, TraceSink, WorldEvent};
use crate::id::{Item, ItemSet, Member, NodeId};
use crate::network::egress::{Departure, PacketInfo, SendOutcome};
use crate::network::fault::{FaultId, Schedule};
use crate::plan::Plan;
use crate::protocol::WireMessage;
use crate::protocol::coordination::Abort;
use crate::protocol::desk::{Content, Stage};
use crate::scenario::printable;
use crate::time::{LocalTime, SimTime};

/// Column, from the end of the time, at which the fate of a message starts unless the text is longer.
const FATE_COLUMN: usize = 46;

/// Writes every event of one run.
pub struct Events<'a, E, C, W> {
    plan: &'a Plan<E, C>,
    schedule: Arc<Schedule>,
    attribution: Attribution<'a>,
    /// The last message received, until all items learnt from it are known.
    reception: Option<Reception>,
    /// Width of an instant in characters.
    width: usize,
    out: W,
    /// The first write error; nothing is written after it.
    error: Option<io::Error>,
}

struct Reception {
    at: SimTime,
    from: NodeId,
    to: NodeId,
    text: String,
    learnt: ItemSet,
    again: ItemSet,
}

impl<'a, E, C, W: Write> Events<'a, E, C, W> {
    /// Creates a writer for the run with this seed.
    pub fn new(plan: &'a Plan<E, C>, seed: u64, out: W) -> Self {
        let schedule = plan.schedule(seed);
        Self {
            plan,
            attribution: Attribution::new(plan, &schedule, seed),
            schedule,
            reception: None,
            width: plan.resolution.seconds(plan.horizon.0 as i64).len(),
            out,
            error: None,
        }
    }

    /// Writes a text before the events.
    #[must_use]
    pub fn after(mut self, text: &str) -> Self {
        self.error = self.out.write_all(text.as_bytes()).err();
        self
    }

    /// Flushes and returns the writer.
    ///
    /// # Errors
    /// The first write error.
    pub fn finish(mut self) -> io::Result<W> {
        match self.error.take() {
            Some(error) => Err(error),
            None => self.out.flush().map(|()| self.out),
        }
    }

    fn name(&self, node: NodeId) -> &'a str {
        &self.plan.names[node.index()]
    }

    fn time(&self, at: SimTime) -> String {
        self.plan.resolution.seconds(at.0.min(i64::MAX as u64) as i64)
    }

    fn write(&mut self, at: SimTime, text: &str) {
        if self.error.is_none() {
            let (time, width) = (self.time(at), self.width);
            self.error = writeln!(self.out, "{time:>width$}  {text}").err();
        }
    }

    /// Writes the pending reception.
    fn write_pending(&mut self) {
        if let Some(Reception { at, text, learnt, again, .. }) = self.reception.take() {
            let clause = |word, items: ItemSet| match items.is_empty() {
                true => String::new(),
                false => format!("; learns {items}{word}"),
            };
            self.write(at, &format!("{text}{}{}", clause("", learnt), clause(" again", again)));
        }
    }

    /// Adds an item to the pending reception; returns `false` if it was learnt in another way.
    fn add_to_reception(
        &mut self,
        at: SimTime,
        (node, via): (NodeId, Option<NodeId>),
        item: Item,
        again: bool,
    ) -> bool {
        match &mut self.reception {
            Some(it) if (it.at, it.to, Some(it.from)) == (at, node, via) => {
                if again { &mut it.again } else { &mut it.learnt }.insert(item)
            }
            _ => false,
        }
    }

    fn fault(&self, fault: FaultId, starts: bool) -> String {
        let fault = self.schedule.fault(fault);
        let text = self.plan.describe(fault);
        match (fault.effect.is_instantaneous(), starts) {
            (true, _) => text,
            (_, true) => format!("{text}: begins"),
            (_, false) => format!("{text}: ends"),
        }
    }

    /// A message whose fate at its sender is decided at an instant.
    fn send(&self, packet: PacketInfo, at: SimTime, outcome: SendOutcome, words: &str) -> String {
        let [from, to] = packet.link.map(|node| self.name(node));
        let sends = if at == packet.now { "sends" } else { "has sent" };
        let text = format!("{from} {sends} to {to}: {words}");
        let fate = self.fate(packet, at, outcome);
        let copy = match outcome.copy {
            Some(copy) => format!("; a copy: {}", self.arrival(packet.link, [at, copy])),
            None => String::new(),
        };
        format!("{text:<FATE_COLUMN$}  {fate}{copy}")
    }

    /// A message that reaches a downlink.
    fn arrive(
        &self,
        at: SimTime,
        [from, to]: [NodeId; 2],
        received: Option<SimTime>,
        words: &str,
    ) -> String {
        let [sender, receiver] = [from, to].map(|node| self.name(node));
        let text = format!("{receiver} has in its downlink, from {sender}: {words}");
        let fate = match received {
            None => "waits in the downlink for smaller ones".into(),
            Some(received) => {
                let crashes = self.attribution.crashing(to, [at, received]);
                self.loss(&crashes).unwrap_or_else(|| format!("due {}", self.time(received)))
            }
        };
        format!("{text:<FATE_COLUMN$}  {fate}")
    }

    fn fate(&self, packet: PacketInfo, at: SimTime, outcome: SendOutcome) -> String {
        let queued = match outcome.queued.0 {
            0 => String::new(),
            queued => format!("queued {}, ", self.plan.resolution.seconds(queued as i64)),
        };
        match outcome.departure {
            Departure::Lost => {
                let faults = self.attribution.losing(packet, at);
                let causes: Vec<_> = faults.into_iter().map(|fault| self.describe(fault)).collect();
                let causes =
                    if causes.is_empty() { "by chance".into() } else { causes.join(" and ") };
                format!("{queued}lost: {causes}")
            }
            Departure::Waits => "waits in the uplink for smaller ones".into(),
            Departure::Dropped => "dropped: no room in the queue".into(),
            Departure::Departs { due, departs } => {
                let held = if departs != SimTime::NEVER && due < departs {
                    format!("held until {}, ", self.time(departs))
                } else {
                    String::new()
                };
                format!("{queued}{held}{}", self.arrival(packet.link, [at, departs]))
            }
        }
    }

    /// The fate of a message that departs at an instant: its arrival, or the faults that drop it.
    fn arrival(&self, link: [NodeId; 2], [now, departs]: [SimTime; 2]) -> String {
        let dropping = self.attribution.dropping(link, [now, departs]);
        if let Some(loss) = self.loss(&dropping) {
            return loss;
        }
        if departs == SimTime::NEVER {
            return "held for ever".into();
        }
        let at = if self.attribution.has_downlink(link[1]) { "at the downlink " } else { "" };
        format!("due {at}{}", self.time(self.attribution.arrival(link, departs)))
    }

    /// The first instant at which faults drop a message, with these faults; `None` without faults.
    fn loss(&self, dropping: &[(FaultId, SimTime)]) -> Option<String> {
        let &(_, at) = dropping.first()?;
        let first = dropping.iter().take_while(|dropping| dropping.1 == at);
        let causes: Vec<_> = first.map(|&(fault, _)| self.describe(fault)).collect();
        Some(format!("lost at {}: {}", self.time(at), causes.join(" and ")))
    }

    fn describe(&self, fault: FaultId) -> String {
        self.plan.describe(self.schedule.fault(fault))
    }

    fn decide(&self, at: SimTime, node: NodeId, time: LocalTime) -> String {
        let is_now = time.0 == at.0 as i64;
        let when = self.plan.resolution.seconds(time.0);
        let when = if is_now { "now".into() } else { format!("when clocks show {when}") };
        format!("{} decides: strike {when}", self.name(node))
    }

    /// `by_cell`: the scenario states a procedure, and warnings are of cells.
    fn world(&self, event: WorldEvent, by_cell: bool) -> String {
        match event {
            WorldEvent::Struck { node, member: Member(member), outcome } => {
                let outcome = match outcome {
                    Outcome::Captured => "captures it",
                    Outcome::Escaped => "it had escaped",
                    Outcome::Again => "it was captured before",
                    Outcome::Mistaken => "it is no member",
                };
                format!("{} strikes at member {member}: {outcome}", self.name(node))
            }
            WorldEvent::Warned { cell, escaped } if by_cell => {
                let escape = if escaped == 1 { "member escapes" } else { "members escape" };
                format!("cell {} is warned: {escaped} {escape}", cell.0)
            }
            WorldEvent::Warned { escaped, .. } => {
                format!("the other members are warned: {escaped} escape")
            }
            WorldEvent::Attacked { cell } => format!("cell {} attacks", cell.0),
            WorldEvent::Prevented { cell } => {
                format!("cell {} can no longer attack: too few of it are free", cell.0)
            }
        }
    }

    fn stage(&self, node: NodeId, stage: Stage) -> String {
        let what = match stage {
            Stage::Translated(lead) => format!("has translated lead {}", lead.0),
            Stage::Requested(lead) => {
                format!("lacks the technique for lead {} and asks for an assessment", lead.0)
            }
            Stage::Assessed(lead) => format!("has an assessment of lead {}", lead.0),
            Stage::AssessedFor(lead) => format!("has assessed lead {} for another zone", lead.0),
            Stage::Identified(member) => format!("has enough leads about member {}", member.0),
            Stage::Approved(item) => format!("approves the release of item {}", item.0),
            Stage::Warranted(member) => format!("may now strike at member {}", member.0),
            Stage::Dispatched(member) => format!("orders a team to strike at member {}", member.0),
        };
        format!("{} {what}", self.name(node))
    }

    fn publish(&self, at: SimTime, node: NodeId, due: SimTime, item: String) -> String {
        let late = if due < at { format!(", due {}", self.time(due)) } else { String::new() };
        format!("{} finds {item}{late}", self.name(node))
    }

    /// A node publishes an item of the procedure.
    fn release(&self, node: NodeId, item: Item, content: Content) -> String {
        let what = match content {
            Content::Lead(lead) => format!("lead {}", lead.0),
            Content::Request { lead, .. } => format!("a request to assess lead {}", lead.0),
            Content::Answer { lead, to } => {
                format!("the assessment of lead {} for {}", lead.0, self.name(to))
            }
            Content::Finding { member, .. } => format!("its finding about member {}", member.0),
        };
        format!("{} publishes item {}: {what}", self.name(node), item.0)
    }

    fn receive(&self, at: SimTime, [from, to]: [NodeId; 2], words: &str) -> Reception {
        let words = printable(&printable(words)).into_owned();
        let text = format!("{} receives from {}: {words}", self.name(to), self.name(from));
        Reception { at, from, to, text, learnt: ItemSet::EMPTY, again: ItemSet::EMPTY }
    }

    /// The line of an event; `None` for a reception, whose line is not complete yet, and for an event
    /// that another one reports.
    fn line<M: WireMessage>(&mut self, at: SimTime, event: &Event<'_, M>) -> Option<String> {
        let tick = self.plan.resolution;
        let suffix = |again| if again { " again" } else { "" };
        Some(match *event {
            Event::Deliver { from, to, message } => {
                self.reception = Some(self.receive(at, [from, to], &message.describe(tick)));
                return None;
            }
            Event::Send { from, to, seq, outcome, message } => {
                let packet = PacketInfo { link: [from, to], now: at, seq };
                self.send(packet, at, outcome, &message.describe(tick))
            }
            Event::Depart { from, to, sent, seq, outcome, message } => {
                let packet = PacketInfo { link: [from, to], now: sent, seq };
                self.send(packet, at, outcome, &message.describe(tick))
            }
            Event::Arrive { from, to, received, message } => {
                self.arrive(at, [from, to], received, &message.describe(tick))
            }
            Event::Fault { fault, starts, .. } => self.fault(fault, starts),
            Event::Restart { node } => format!("{} is back", self.name(node)),
            Event::Hidden { node, member } => {
                format!("member {} hides in {}", member.0, self.name(node))
            }
            Event::Publish { node, item, content: Some(content), .. } => {
                self.release(node, item, content)
            }
            Event::Publish { node, item, due, about, .. } => {
                self.publish(at, node, due, thing(item, about))
            }
            Event::Learn { node, item, via, again } => {
                let from = via.map_or(String::new(), |via| format!(" from {}", self.name(via)));
                format!("{} learns item {}{}{from}", self.name(node), item.0, suffix(again))
            }
            Event::Locate { node, member, again } => {
                format!("{} locates member {}{}", self.name(node), member.0, suffix(again))
            }
            Event::Decide { node, at: time } => self.decide(at, node, time),
            // The line of its outcome says both.
            Event::Strike { .. } => return None,
            Event::World { event, is_traced } => self.world(event, is_traced),
            Event::See { node, lead, facts } => {
                let (node, member) = (self.name(node), facts.member.0);
                format!("{node} sees lead {} about member {member}", lead.0)
            }
            Event::Stage { node, stage, .. } => self.stage(node, stage),
            Event::Abort { node, abort: Abort { round, zone, why } } => {
                let [node, zone] = [node, zone].map(|node| self.name(node));
                format!("{node} aborts round {round}: {zone} {}", objection(why))
            }
            Event::Adjusted { node, adjustment } => {
                format!("{} {}", self.name(node), correction(adjustment))
            }
            Event::Elected { node, term } => format!("{} leads in term {term}", self.name(node)),
        })
    }
}

impl<M: WireMessage, E, C, W: Write> TraceSink<M> for Events<'_, E, C, W> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        if let Event::Learn { node, item, via, again } = *event
            && self.add_to_reception(at, (node, via), item, again)
        {
            return;
        }
        self.write_pending();
        if let Some(text) = self.line(at, event) {
            self.write(at, &text);
        }
    }

    fn end(&mut self, end: RunEnd) {
        self.write_pending();
        self.write(end.at, &run_end(end.reason));
    }
}
