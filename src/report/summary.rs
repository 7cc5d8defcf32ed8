//! The story of a run: who learnt what when, what was partitioned and what that took, who captured when.
//!
//! One item is told in full, the rest by tenths; what matters of an operation is told whole. Each
//! kind of line has a limit, so a run of any length is a page.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fault_impact::{FaultImpact, FaultImpacts};
use super::rounds::AbortedRound;
use super::units::duration;
use crate::engine::{Event, Operation, Outcome, RunEnd, StopReason, TraceSink};
use crate::id::{Item, Member, NodeId};
use crate::network::fault::{Effect, FaultId, Memory, Schedule};
use crate::plan::Plan;
use crate::protocol::coordination::Abort;
use crate::time::{Clock, LocalTime, NanoDuration, SimDuration, SimTime};

/// How many lines of one kind are told; what is beyond is counted.
const MAX_LEARNT: usize = 12;
const MAX_FAULTS: usize = 24;
const MAX_IDLE: usize = 6;
const MAX_LOCATED: usize = 24;
const MAX_STRIKES: usize = 24;

/// Writes the story of one run.
pub struct RunSummary<'a, E, C> {
    plan: &'a Plan<E, C>,
    schedule: Arc<Schedule>,
    clocks: Vec<Clock>,
    tolls: FaultImpacts<'a>,
    operation: Operation,
    lines: Vec<(SimTime, String)>,
    told: BTreeMap<&'static str, usize>,
    first_item: Option<Item>,
    /// By item, when it was due, and how many zones have learnt it.
    items: Vec<(SimTime, u32)>,
    planned: usize,
    complete: usize,
    /// Strikes of one zone in one instant, to be told in one line.
    strike: Option<(SimTime, NodeId, u32, u32)>,
    located: u32,
    /// Told once all who stood in its way are known.
    aborted: Option<AbortedRound>,
    /// What was decided last for a time beyond the horizon.
    beyond: Option<LocalTime>,
}

impl<'a, E, C> RunSummary<'a, E, C> {
    /// The story of a run from a seed.
    pub fn new(plan: &'a Plan<E, C>, seed: u64) -> Self {
        let drawn = plan.realize(seed);
        Self {
            plan,
            tolls: FaultImpacts::new(plan, &drawn.schedule, seed),
            schedule: Arc::clone(&drawn.schedule),
            clocks: plan.clocks(seed, &drawn.schedule),
            operation: Operation::new(plan.workload.members, plan.workload.warning),
            lines: Vec::new(),
            told: BTreeMap::new(),
            first_item: None,
            items: drawn.items.iter().map(|item| (item.due, 0)).collect(),
            planned: drawn.order.len(),
            complete: 0,
            strike: None,
            located: 0,
            aborted: None,
            beyond: None,
        }
    }

    /// The lines, each with its time.
    pub fn lines(&self) -> Vec<String> {
        let resolution = self.plan.resolution;
        let mut lines: Vec<_> = self.lines.iter().collect();
        lines.sort_by_key(|(at, _)| *at);
        let mut told: Vec<_> = lines
            .into_iter()
            .map(|(at, text)| format!("{}  {text}", clock(*at, resolution)))
            .collect();
        for (kind, count) in &self.told {
            let beyond = count.saturating_sub(limit(kind));
            if beyond > 0 {
                told.push(format!("{:>13}  and {beyond} more {kind}", ""));
            }
        }
        told
    }

    fn title(&self, node: NodeId) -> &str {
        self.plan.display_name(node)
    }

    fn tell(&mut self, at: SimTime, kind: &'static str, text: String) {
        if self.counts(kind) {
            self.lines.push((at, text));
        }
    }

    /// Counts a line of a kind; says whether it is told.
    fn counts(&mut self, kind: &'static str) -> bool {
        let told = self.told.entry(kind).or_default();
        *told += 1;
        *told <= limit(kind)
    }

    fn fault(&mut self, at: SimTime, fault: FaultId, starts: bool) {
        let schedule = Arc::clone(&self.schedule);
        let fault_itself = schedule.fault(fault);
        let text = self.plan.describe(fault_itself);
        let text = match (&fault_itself.effect, starts) {
            (Effect::Clock(..), _) => text,
            (_, true) => format!("{text}: begins"),
            (effect, false) => format!("{text}: ends; {}", did(effect, self.tolls.of(fault))),
        };
        self.tell(at, "starts and ends of faults", text);
    }

    fn publish(&mut self, at: SimTime, node: NodeId, item: Item, about: Option<Member>) {
        if self.first_item.is_none() {
            self.first_item = Some(item);
            let what = thing(item, about);
            self.tell(at, "items", format!("{} finds {what}", self.title(node)));
        }
    }

    fn learn(&mut self, at: SimTime, node: NodeId, item: Item, via: Option<NodeId>) {
        let is_first = self.first_item == Some(item);
        // A million zones learn it: no line is made that is not told.
        if is_first && self.counts("zones that learnt it") {
            let from = via.map_or(String::new(), |via| format!(" from {}", self.title(via)));
            let text = format!("{} learns item {}{from}", self.title(node), item.0);
            self.lines.push((at, text));
        }
        if self.plan.hub == Some(node) {
            return;
        }
        let Some((due, have)) = self.items.get_mut(item.index()) else { return };
        let due = *due;
        *have += 1;
        if *have + 1 < self.plan.zones {
            return;
        }
        self.complete += 1;
        if is_first {
            let zones = self.plan.zones;
            self.tell(at, "items", format!("all {zones} zones have item {}", item.0));
        }
        let tenth = |complete: usize| complete * 10 / self.planned.max(1);
        if self.planned > 1 && tenth(self.complete) > tenth(self.complete - 1) {
            let (complete, planned) = (self.complete, self.planned);
            let age = duration(self.plan.ms(at - due));
            let text =
                format!("{complete} of {planned} items are everywhere, this one after {age}");
            self.tell(at, "tenths", text);
        }
    }

    fn locate(&mut self, at: SimTime, node: NodeId, member: Member) {
        self.located += 1;
        let text = format!("{} locates member {}", self.title(node), member.0);
        self.tell(at, "members located", text);
    }

    fn decide(&mut self, at: SimTime, node: NodeId, time: LocalTime) {
        let resolution = self.plan.resolution;
        let now = time.0 == at.0 as i64;
        let when = clock(SimTime(time.0.max(0) as u64), resolution);
        let when = if now { "now".into() } else { format!("at {}", when.trim_start()) };
        let is_beyond = self.plan.is_beyond_horizon(&self.clocks, at, time);
        let beyond = if is_beyond { ", beyond the horizon" } else { "" };
        self.beyond = is_beyond.then_some(time);
        let text = format!("{} decides: strike {when}{beyond}", self.title(node));
        self.tell(at, "decisions", text);
    }

    fn abort(&mut self, at: SimTime, abort: Abort) {
        if !self.aborted.as_mut().is_some_and(|round| round.add(at, abort)) {
            self.tell_aborted();
            self.aborted = Some(AbortedRound::new(at, abort));
        }
    }

    fn tell_aborted(&mut self) {
        let Some(round) = self.aborted.take() else { return };
        let (at, text) = round.tell(|zone| self.title(zone));
        self.tell(at, "aborted rounds", text);
    }

    fn strike(&mut self, at: SimTime, node: NodeId, member: Member) {
        if self.strike.is_some_and(|(time, zone, ..)| (time, zone) != (at, node)) {
            self.tell_strike();
        }
        let outcome = self.operation.strike(at, member);
        let (.., captured, missed) = self.strike.get_or_insert((at, node, 0, 0));
        match outcome {
            Outcome::Captured => *captured += 1,
            Outcome::Escaped => *missed += 1,
            Outcome::Again => {}
        }
    }

    fn tell_strike(&mut self) {
        let Some((at, node, captured, missed)) = self.strike.take() else { return };
        let missed =
            if missed > 0 { format!("; {missed} had gone to ground") } else { String::new() };
        let text = format!("{} strikes and captures {captured}{missed}", self.title(node));
        self.tell(at, "strikes", text);
    }

    /// Points out the faults that touched nothing, where there are too many faults to tell of each.
    fn tell_idle(&mut self, end: SimTime) {
        let told = self.told.get("starts and ends of faults").copied().unwrap_or(0);
        if told <= MAX_FAULTS {
            return;
        }
        let faults = self.schedule.faults().iter().zip((0..).map(FaultId));
        let idle = faults.filter(|(fault, number)| {
            let is_step = matches!(fault.effect, Effect::Clock(..));
            fault.start < end && !is_step && self.tolls.of(*number) == FaultImpact::default()
        });
        let idle: Vec<_> = idle
            .map(|(fault, _)| {
                let at = clock(fault.start, self.plan.resolution);
                format!("{} at {}", self.plan.describe(fault), at.trim_start())
            })
            .collect();
        if !idle.is_empty() {
            let some = idle[..idle.len().min(MAX_IDLE)].join("; ");
            let text = format!("{} of the faults touched nothing: {some}", idle.len());
            self.tell(end, "idle faults", text);
        }
    }

    /// What is known when the run is over.
    fn close(&mut self, end: SimTime) {
        self.tell_strike();
        self.tell_aborted();
        let schedule = Arc::clone(&self.schedule);
        for (fault, number) in schedule.faults().iter().zip((0..).map(FaultId)) {
            let text = self.plan.describe(fault);
            let lasts = fault.end >= end && !matches!(fault.effect, Effect::Clock(..));
            if fault.start >= end {
                self.tell(end, "starts and ends of faults", format!("{text}: never began"));
            } else if lasts {
                let did = did(&fault.effect, self.tolls.of(number));
                let text = format!("{text}: still holds; {did}");
                self.tell(end, "starts and ends of faults", text);
            }
        }
        self.tell_idle(end);
        if let Some(warned) = self.operation.warned_at().filter(|&warned| warned <= end) {
            let escaped = self.operation.escaped(end);
            if escaped > 0 {
                let text = format!("the rest are warned: {escaped} go to ground");
                self.tell(warned, "warnings", text);
            }
        }
        let text = self.tolls.account();
        self.tell(end, "accounts", text);
        if self.plan.workload.members > 0 {
            let (captured, members) = (self.operation.captured(), self.plan.workload.members);
            let text =
                format!("{captured} of {members} members captured, {} were located", self.located);
            self.tell(end, "sums", text);
            if let Some(time) = self.beyond {
                let strike = clock(SimTime(time.0.max(0) as u64), self.plan.resolution);
                let horizon = clock(self.plan.horizon, self.plan.resolution);
                let (strike, horizon) = (strike.trim_start(), horizon.trim_start());
                let by = if self.clocks.is_empty() { "" } else { " on the clocks of the zones" };
                let text = format!(
                    "the strike at {strike}{by} is beyond the horizon, {horizon}: it is not part of \
                     the run"
                );
                self.tell(end, "strikes beyond", text);
            }
        }
    }
}

impl<M, E, C> TraceSink<M> for RunSummary<'_, E, C> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        self.tolls.record(at, event);
        match *event {
            Event::Fault { fault, starts, .. } => self.fault(at, fault, starts),
            Event::Restart { node } => {
                let text = format!("{} is back", self.title(node));
                self.tell(at, "restarts", text);
            }
            Event::Publish { node, item, about, .. } => self.publish(at, node, item, about),
            Event::Learn { node, item, via, again: false } => self.learn(at, node, item, via),
            Event::Locate { node, member, again: false } => self.locate(at, node, member),
            Event::Decide { node, at: time } => self.decide(at, node, time),
            Event::Strike { node, member } => self.strike(at, node, member),
            Event::Abort { abort, .. } => self.abort(at, abort),
            Event::Hidden { .. }
            | Event::Send { .. }
            | Event::Deliver { .. }
            | Event::Learn { .. }
            | Event::Locate { .. } => {}
        }
    }

    fn end(&mut self, ending: RunEnd) {
        TraceSink::<M>::end(&mut self.tolls, ending);
        self.close(ending.at);
        self.tell(ending.at, "ends", end(ending.reason));
    }
}

fn limit(kind: &str) -> usize {
    match kind {
        "zones that learnt it" => MAX_LEARNT,
        "starts and ends of faults" => MAX_FAULTS,
        "members located" => MAX_LOCATED,
        "strikes" => MAX_STRIKES,
        _ => 12,
    }
}

/// Why a run ends.
pub(super) fn end(why: StopReason) -> String {
    let why = match why {
        StopReason::Settled => "all that is measured is settled",
        StopReason::Quiet => "nothing is pending any more",
        StopReason::Horizon => "the horizon",
        StopReason::Livelock(..) => "a node wakes itself again and again without time passing",
    };
    format!("the run ends: {why}")
}

pub(super) fn thing(item: Item, about: Option<Member>) -> String {
    match about {
        Some(member) => format!("item {}, a lead about member {}", item.0, member.0),
        None => format!("item {}", item.0),
    }
}

const TOUCHED_NOTHING: &str = "it touched nothing";

/// What a fault did, or that it did nothing.
fn did(effect: &Effect, FaultImpact { took, held, slowed }: FaultImpact) -> String {
    let deeds = [("took", took), ("held", held), ("slowed", slowed)];
    let deeds = deeds.into_iter().filter(|&(_, count)| count > 0);
    let deeds: Vec<_> = deeds.map(|(verb, count)| format!("{verb} {count}")).collect();
    match &deeds[..] {
        [] if matches!(effect, Effect::Crash(_, Memory::Lost)) => "it took no message".into(),
        [] => TOUCHED_NOTHING.into(),
        [first] => format!("it {first} messages"),
        [first, rest @ ..] => format!("it {first} messages and {}", rest.join(" and ")),
    }
}

/// An instant as hours, minutes, seconds and what is left, as fine as a tick asks for.
pub fn clock(at: SimTime, resolution: NanoDuration) -> String {
    let ns = u128::from(at.0) * u128::from(resolution.ns);
    let (seconds, rest) = (ns / 1_000_000_000, ns % 1_000_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let coarse = SimDuration(resolution.ns % 1_000_000) == SimDuration(0);
    let fraction = if coarse { format!("{:03}", rest / 1_000_000) } else { format!("{:09}", rest) };
    format!("{:>13}", format!("{hours}:{minutes:02}:{seconds:02}.{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_what_a_tick_can_say() {
        let ms = NanoDuration::from_ms(1);
        assert_eq!(clock(SimTime(0), ms), "  0:00:00.000");
        assert_eq!(clock(SimTime(3_723_004), ms), "  1:02:03.004");
        assert_eq!(clock(SimTime(1_500), NanoDuration::from_ns(1_000)), "0:00:00.001500000");
    }
}
