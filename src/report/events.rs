//! Every event of a run in words, a line each, in order of time.
//!
//! What is learnt of a message stands in the line in which it is heard. What becomes of a message
//! stands in the line in which it is sent: faults are known before the run.

use std::io::{self, Write};
use std::sync::Arc;

use super::fault_impact::Attribution;
use super::rounds::objection;
use super::summary::{end, thing};
use crate::engine::{Event, Operation, Outcome, RunEnd, TraceSink};
use crate::id::{Item, ItemSet, Member, NodeId};
use crate::network::egress::{Departure, PacketInfo, SendOutcome};
use crate::network::fault::{Effect, FaultId, Schedule};
use crate::plan::Plan;
use crate::protocol::WireMessage;
use crate::protocol::coordination::Abort;
use crate::scenario::printable;
use crate::time::{LocalTime, SimTime};

/// Where what becomes of a message begins, if there is room before it.
const FATE: usize = 46;

/// Writes every event of one run.
pub struct Events<'a, E, C, W> {
    plan: &'a Plan<E, C>,
    schedule: Arc<Schedule>,
    blame: Attribution<'a>,
    operation: Operation,
    is_warned: bool,
    /// The message that was heard last, until it is clear what is learnt of it.
    heard: Option<Heard>,
    /// Columns of an instant.
    width: usize,
    out: W,
    /// The first error of writing; nothing is written after it.
    failed: Option<io::Error>,
}

/// A message that is heard.
struct Heard {
    at: SimTime,
    from: NodeId,
    to: NodeId,
    text: String,
    learnt: ItemSet,
    again: ItemSet,
}

impl<'a, E, C, W: Write> Events<'a, E, C, W> {
    /// The events of a run from a seed.
    pub fn new(plan: &'a Plan<E, C>, seed: u64, out: W) -> Self {
        let schedule = plan.schedule(seed);
        Self {
            plan,
            blame: Attribution::new(plan, &schedule, seed),
            schedule,
            operation: Operation::new(plan.workload.members, plan.workload.warning),
            is_warned: false,
            heard: None,
            width: plan.resolution.seconds(plan.horizon.0 as i64).len(),
            out,
            failed: None,
        }
    }

    /// The same, after a text.
    #[must_use]
    pub fn after(mut self, text: &str) -> Self {
        self.failed = self.out.write_all(text.as_bytes()).err();
        self
    }

    /// The writer, all written.
    ///
    /// # Errors
    /// The first error there was.
    pub fn finish(mut self) -> io::Result<W> {
        match self.failed.take() {
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
        if self.failed.is_none() {
            let (time, width) = (self.time(at), self.width);
            self.failed = writeln!(self.out, "{time:>width$}  {text}").err();
        }
    }

    /// Writes what was heard last, and the warning if it has taken effect: nobody is told of that.
    fn catch_up(&mut self, to: SimTime) {
        if let Some(Heard { at, text, learnt, again, .. }) = self.heard.take() {
            let news = |word, items: ItemSet| match items.is_empty() {
                true => String::new(),
                false => format!("; learns {items}{word}"),
            };
            self.write(at, &format!("{text}{}{}", news("", learnt), news(" again", again)));
        }
        if let Some(warned) = self.operation.warning().filter(|&warned| warned <= to)
            && !self.is_warned
        {
            self.is_warned = true;
            let escaped = self.operation.escaped(warned);
            self.write(warned, &format!("the rest are warned: {escaped} go to ground"));
        }
    }

    /// Whether a zone learns this of the message that was heard last.
    fn learns(
        &mut self,
        at: SimTime,
        (node, via): (NodeId, Option<NodeId>),
        item: Item,
        again: bool,
    ) -> bool {
        match &mut self.heard {
            Some(heard) if (heard.at, heard.to, Some(heard.from)) == (at, node, via) => {
                if again { &mut heard.again } else { &mut heard.learnt }.insert(item)
            }
            _ => false,
        }
    }

    fn fault(&self, fault: FaultId, starts: bool) -> String {
        let fault = self.schedule.fault(fault);
        let text = self.plan.describe(fault);
        match (&fault.effect, starts) {
            (Effect::Clock(..), _) => text,
            (_, true) => format!("{text}: begins"),
            (_, false) => format!("{text}: ends"),
        }
    }

    fn send(&self, sending: PacketInfo, passage: SendOutcome, words: &str) -> String {
        let [from, to] = sending.link.map(|node| self.name(node));
        let said = format!("{from} tells {to}: {words}");
        let fate = self.fate(sending, passage);
        let copy = match passage.copy {
            Some(copy) => format!("; a copy: {}", self.way(sending, copy)),
            None => String::new(),
        };
        format!("{said:<FATE$}  {fate}{copy}")
    }

    /// What becomes of a message.
    fn fate(&self, sending: PacketInfo, passage: SendOutcome) -> String {
        let waits = match passage.queued.0 {
            0 => String::new(),
            queued => format!("queued {}, ", self.plan.resolution.seconds(queued as i64)),
        };
        match passage.departure {
            Departure::Lost => {
                let losers = self.blame.losers(sending);
                let blamed: Vec<_> = losers.into_iter().map(|fault| self.named(fault)).collect();
                let by = if blamed.is_empty() { "by chance".into() } else { blamed.join(" and ") };
                format!("{waits}lost: {by}")
            }
            Departure::Dropped => "dropped: no room in the queue".into(),
            Departure::Departs { due, departs } => {
                let held = departs != SimTime::NEVER && due < departs;
                let held = match held {
                    true => format!("held until {}, ", self.time(departs)),
                    false => String::new(),
                };
                format!("{waits}{held}{}", self.way(sending, departs))
            }
        }
    }

    /// What becomes of a message that departs at an instant.
    fn way(&self, PacketInfo { link: way, now, .. }: PacketInfo, departs: SimTime) -> String {
        let takers = self.blame.takers(way, [now, departs]);
        let Some(&(_, at)) = takers.first() else {
            if departs == SimTime::NEVER {
                return "held for ever".into();
            }
            return format!("due {}", self.time(self.blame.arrival(way, departs)));
        };
        let first = takers.iter().take_while(|taker| taker.1 == at);
        let by: Vec<_> = first.map(|&(fault, _)| self.named(fault)).collect();
        format!("taken at {}: {}", self.time(at), by.join(" and "))
    }

    fn named(&self, fault: FaultId) -> String {
        self.plan.describe(self.schedule.fault(fault))
    }

    fn decide(&self, at: SimTime, node: NodeId, time: LocalTime) -> String {
        let now = time.0 == at.0 as i64;
        let when = self.plan.resolution.seconds(time.0);
        let when = if now { "now".into() } else { format!("when clocks show {when}") };
        format!("{} decides: strike {when}", self.name(node))
    }

    fn strike(&mut self, at: SimTime, node: NodeId, Member(member): Member) -> String {
        let outcome = match self.operation.strike(at, Member(member)) {
            Outcome::Captured => "captures it",
            Outcome::Escaped => "it had gone to ground",
            Outcome::Again => "it was captured before",
        };
        format!("{} strikes at member {member}: {outcome}", self.name(node))
    }
}

impl<M: WireMessage, E, C, W: Write> TraceSink<M> for Events<'_, E, C, W> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        if let Event::Learn { node, item, via, again } = *event
            && self.learns(at, (node, via), item, again)
        {
            return;
        }
        self.catch_up(at);
        let tick = self.plan.resolution;
        let again = |again| if again { " again" } else { "" };
        let text = match *event {
            Event::Deliver { from, to, message } => {
                let words = printable(&printable(&message.describe(tick))).into_owned();
                let text = format!("{} hears from {}: {words}", self.name(to), self.name(from));
                let (learnt, again) = (ItemSet::EMPTY, ItemSet::EMPTY);
                self.heard = Some(Heard { at, from, to, text, learnt, again });
                return;
            }
            Event::Send { from, to, nth, passage, message } => self.send(
                PacketInfo { link: [from, to], now: at, seq: nth },
                passage,
                &message.describe(tick),
            ),
            Event::Fault { fault, starts, .. } => self.fault(fault, starts),
            Event::Restart { node } => format!("{} is back", self.name(node)),
            Event::Hidden { node, member } => {
                format!("member {} hides in {}", member.0, self.name(node))
            }
            Event::Publish { node, item, due, about } => {
                let late =
                    if due < at { format!(", due {}", self.time(due)) } else { String::new() };
                format!("{} finds {}{late}", self.name(node), thing(item, about))
            }
            Event::Learn { node, item, via, again: twice } => {
                let from = via.map_or(String::new(), |via| format!(" from {}", self.name(via)));
                format!("{} learns item {}{}{from}", self.name(node), item.0, again(twice))
            }
            Event::Locate { node, member, again: twice } => {
                format!("{} locates member {}{}", self.name(node), member.0, again(twice))
            }
            Event::Decide { node, at: time } => self.decide(at, node, time),
            Event::Strike { node, member } => self.strike(at, node, member),
            Event::Abort { node, abort: Abort { round, zone, why } } => {
                format!(
                    "{} aborts round {round}: {} {}",
                    self.name(node),
                    self.name(zone),
                    objection(why)
                )
            }
        };
        self.write(at, &text);
    }

    fn end(&mut self, ending: RunEnd) {
        self.catch_up(ending.at);
        self.write(ending.at, &end(ending.reason));
    }
}
