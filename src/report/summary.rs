//! The summary of a run: deliveries, faults and their impact, and the operation, as lines with times.
//!
//! The first item is reported zone by zone, the others at each tenth of all items. Each kind of line
//! has a limit, so that the summary of a run of any length is about a page.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fault_impact::{FaultImpact, FaultImpacts};
use super::rounds::AbortedRound;
use super::units::duration;
use crate::engine::{Event, Outcome, RunEnd, StopReason, TraceSink, WorldEvent};
use crate::id::{Item, Member, NodeId};
use crate::network::fault::{Effect, FaultId, Memory, Schedule};
use crate::plan::Plan;
use crate::protocol::clock_sync::Adjustment;
use crate::protocol::coordination::Abort;
use crate::time::{Clock, LocalTime, NanoDuration, SimTime};

/// Most lines of each kind; the lines beyond are counted.
const MAX_LEARNT: usize = 12;
const MAX_FAULTS: usize = 24;
const MAX_IDLE: usize = 6;
const MAX_LOCATED: usize = 24;
const MAX_STRIKES: usize = 24;

/// Builds the summary of one run.
pub struct RunSummary<'a, E, C> {
    plan: &'a Plan<E, C>,
    schedule: Arc<Schedule>,
    clocks: Vec<Clock>,
    impacts: FaultImpacts<'a>,
    captured: u32,
    lines: Vec<(SimTime, String)>,
    /// Number of lines of each kind, with those beyond the limit.
    counts: BTreeMap<&'static str, usize>,
    first_item: Option<Item>,
    /// By item, when it is due, and how many zones have learnt it.
    items: Vec<(SimTime, u32)>,
    planned: usize,
    complete: usize,
    /// Strikes of one zone in one instant, for one line: captured and missed members.
    strike: Option<(SimTime, NodeId, u32, u32)>,
    located: u32,
    /// The round being aborted, until all zones that object are known.
    aborted: Option<AbortedRound>,
    /// The time of the last decision, if it is beyond the horizon.
    beyond: Option<LocalTime>,
}

impl<'a, E, C> RunSummary<'a, E, C> {
    /// Creates the summary of the run with this seed.
    pub fn new(plan: &'a Plan<E, C>, seed: u64) -> Self {
        let realization = plan.realize(seed);
        Self {
            plan,
            impacts: FaultImpacts::new(plan, &realization.schedule, seed),
            schedule: Arc::clone(&realization.schedule),
            clocks: plan.clocks(seed, &realization.schedule),
            captured: 0,
            lines: Vec::new(),
            counts: BTreeMap::new(),
            first_item: None,
            items: realization.items.iter().map(|item| (item.due, 0)).collect(),
            planned: realization.order.len(),
            complete: 0,
            strike: None,
            located: 0,
            aborted: None,
            beyond: None,
        }
    }

    /// Returns the lines in order of time, each with its time.
    pub fn lines(&self) -> Vec<String> {
        let resolution = self.plan.resolution;
        let mut lines: Vec<_> = self.lines.iter().collect();
        lines.sort_by_key(|(at, _)| *at);
        let mut text: Vec<_> = lines
            .into_iter()
            .map(|(at, text)| format!("{}  {text}", clock(*at, resolution)))
            .collect();
        for (kind, count) in &self.counts {
            let beyond = count.saturating_sub(limit(kind));
            if beyond > 0 {
                text.push(format!("{:>13}  and {beyond} more {kind}", ""));
            }
        }
        text
    }

    fn name(&self, node: NodeId) -> &str {
        self.plan.display_name(node)
    }

    fn push(&mut self, at: SimTime, kind: &'static str, text: String) {
        if self.count(kind) {
            self.lines.push((at, text));
        }
    }

    /// Counts a line of a kind; returns whether it is within the limit.
    fn count(&mut self, kind: &'static str) -> bool {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        *count <= limit(kind)
    }

    fn fault(&mut self, at: SimTime, fault: FaultId, starts: bool) {
        let schedule = Arc::clone(&self.schedule);
        let effect = &schedule.fault(fault).effect;
        let text = self.plan.describe(schedule.fault(fault));
        let text = match (effect.is_instantaneous(), starts) {
            (true, _) => text,
            (_, true) => format!("{text}: begins"),
            (_, false) => format!("{text}: ends; {}", impact(effect, self.impacts.get(fault))),
        };
        self.push(at, FAULT_LINES, text);
    }

    fn publish(&mut self, at: SimTime, node: NodeId, item: Item, about: Option<Member>) {
        if self.first_item.is_none() {
            self.first_item = Some(item);
            let what = thing(item, about);
            self.push(at, "items", format!("{} finds {what}", self.name(node)));
        }
    }

    fn learn(&mut self, at: SimTime, node: NodeId, item: Item, via: Option<NodeId>) {
        let is_first = self.first_item == Some(item);
        // Up to a million zones learn it: a line beyond the limit is not formatted.
        if is_first && self.count("zones that learnt it") {
            let from = via.map_or(String::new(), |via| format!(" from {}", self.name(via)));
            let text = format!("{} learns item {}{from}", self.name(node), item.0);
            self.lines.push((at, text));
        }
        if self.plan.hub == Some(node) {
            return;
        }
        let Some((due, zones)) = self.items.get_mut(item.index()) else { return };
        let due = *due;
        *zones += 1;
        if *zones + 1 == self.plan.zones {
            self.complete(at, item, due);
        }
    }

    /// Counts an item that all zones have.
    fn complete(&mut self, at: SimTime, item: Item, due: SimTime) {
        let is_first = self.first_item == Some(item);
        self.complete += 1;
        if is_first {
            let zones = self.plan.zones;
            self.push(at, "items", format!("all {zones} zones have item {}", item.0));
        }
        let tenth = |complete: usize| complete * 10 / self.planned.max(1);
        if self.planned > 1 && tenth(self.complete) > tenth(self.complete - 1) {
            let (complete, planned) = (self.complete, self.planned);
            let age = duration(self.plan.ms(at - due));
            let text =
                format!("{complete} of {planned} items are everywhere, this one after {age}");
            self.push(at, "tenths", text);
        }
    }

    fn locate(&mut self, at: SimTime, node: NodeId, member: Member) {
        self.located += 1;
        let text = format!("{} locates member {}", self.name(node), member.0);
        self.push(at, "members located", text);
    }

    fn decide(&mut self, at: SimTime, node: NodeId, time: LocalTime) {
        let resolution = self.plan.resolution;
        let is_now = time.0 == at.0 as i64;
        let when = clock(SimTime(time.0.max(0) as u64), resolution);
        let when = if is_now { "now".into() } else { format!("at {}", when.trim_start()) };
        let is_beyond = self.plan.is_beyond_horizon(&self.clocks, at, time);
        let beyond = if is_beyond { ", beyond the horizon" } else { "" };
        self.beyond = is_beyond.then_some(time);
        let text = format!("{} decides: strike {when}{beyond}", self.name(node));
        self.push(at, "decisions", text);
    }

    fn adjust(&mut self, at: SimTime, node: NodeId, adjustment: Adjustment) {
        if let Some(clock) = self.clocks.get_mut(node.index()) {
            clock.set_correction(adjustment.ticks(self.plan.resolution));
        }
        let text = format!("{} {}", self.name(node), correction(adjustment));
        self.push(at, "adjustments of clocks", text);
    }

    fn abort(&mut self, at: SimTime, abort: Abort) {
        if !self.aborted.as_mut().is_some_and(|round| round.add(at, abort)) {
            self.push_aborted();
            self.aborted = Some(AbortedRound::new(at, abort));
        }
    }

    fn push_aborted(&mut self) {
        let Some(round) = self.aborted.take() else { return };
        let (at, text) = round.line(|zone| self.name(zone));
        self.push(at, "aborted rounds", text);
    }

    fn struck(&mut self, at: SimTime, node: NodeId, outcome: Outcome) {
        if self.strike.is_some_and(|(time, zone, ..)| (time, zone) != (at, node)) {
            self.push_strike();
        }
        self.captured += u32::from(outcome == Outcome::Captured);
        let (.., captured, missed) = self.strike.get_or_insert((at, node, 0, 0));
        match outcome {
            Outcome::Captured => *captured += 1,
            Outcome::Escaped => *missed += 1,
            Outcome::Again | Outcome::Mistaken => {}
        }
    }

    fn world(&mut self, at: SimTime, event: WorldEvent) {
        match event {
            WorldEvent::Struck { node, outcome, .. } => self.struck(at, node, outcome),
            WorldEvent::Warned { escaped, .. } => {
                self.push(
                    at,
                    "warnings",
                    format!("the other members are warned: {escaped} escape"),
                );
            }
            WorldEvent::Attacked { cell } => {
                self.push(at, "attacks", format!("cell {} attacks", cell.0));
            }
            WorldEvent::Prevented { cell } => {
                self.push(at, "attacks", format!("cell {} can no longer attack", cell.0));
            }
        }
    }

    fn push_strike(&mut self) {
        let Some((at, node, captured, missed)) = self.strike.take() else { return };
        let missed = if missed > 0 { format!("; {missed} had escaped") } else { String::new() };
        let text = format!("{} strikes and captures {captured}{missed}", self.name(node));
        self.push(at, "strikes", text);
    }

    /// Adds a line about the faults without impact, if there are too many faults for a line each.
    fn push_idle(&mut self, end: SimTime) {
        if self.counts.get(FAULT_LINES).copied().unwrap_or(0) <= MAX_FAULTS {
            return;
        }
        let faults = self.schedule.faults().iter().zip((0..).map(FaultId));
        let idle = faults.filter(|(fault, number)| {
            let is_step = fault.effect.is_instantaneous();
            fault.start < end && !is_step && self.impacts.get(*number) == FaultImpact::default()
        });
        let idle: Vec<_> = idle
            .map(|(fault, _)| {
                let at = clock(fault.start, self.plan.resolution);
                format!("{} at {}", self.plan.describe(fault), at.trim_start())
            })
            .collect();
        if !idle.is_empty() {
            let first = idle[..idle.len().min(MAX_IDLE)].join("; ");
            let text = format!("{} of the faults touched nothing: {first}", idle.len());
            self.push(end, "idle faults", text);
        }
    }

    /// Adds the lines that need the end of the run.
    fn close(&mut self, end: SimTime) {
        self.push_strike();
        self.push_aborted();
        self.push_unfinished_faults(end);
        self.push_idle(end);
        let text = self.impacts.totals();
        self.push(end, "accounts", text);
        if self.plan.workload.members > 0 {
            self.push_operation(end);
        }
    }

    fn push_unfinished_faults(&mut self, end: SimTime) {
        let schedule = Arc::clone(&self.schedule);
        for (fault, number) in schedule.faults().iter().zip((0..).map(FaultId)) {
            let text = self.plan.describe(fault);
            let is_active = fault.end >= end && !fault.effect.is_instantaneous();
            if fault.start >= end {
                self.push(end, FAULT_LINES, format!("{text}: never began"));
            } else if is_active {
                let impact = impact(&fault.effect, self.impacts.get(number));
                self.push(end, FAULT_LINES, format!("{text}: still holds; {impact}"));
            }
        }
    }

    fn push_operation(&mut self, end: SimTime) {
        let (captured, members) = (self.captured, self.plan.workload.members);
        let text =
            format!("{captured} of {members} members captured, {} were located", self.located);
        self.push(end, "sums", text);
        let Some(time) = self.beyond else { return };
        let strike = clock(SimTime(time.0.max(0) as u64), self.plan.resolution);
        let horizon = clock(self.plan.horizon, self.plan.resolution);
        let (strike, horizon) = (strike.trim_start(), horizon.trim_start());
        let by = if self.clocks.is_empty() { "" } else { " on the clocks of the zones" };
        let text = format!(
            "the strike at {strike}{by} is beyond the horizon, {horizon}: it is not part of the run"
        );
        self.push(end, "strikes beyond", text);
    }
}

impl<M, E, C> TraceSink<M> for RunSummary<'_, E, C> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        self.impacts.record(at, event);
        match *event {
            Event::Fault { fault, starts, .. } => self.fault(at, fault, starts),
            Event::Restart { node } => {
                let text = format!("{} is back", self.name(node));
                self.push(at, "restarts", text);
            }
            Event::Publish { node, item, about, .. } => self.publish(at, node, item, about),
            Event::Learn { node, item, via, again: false } => self.learn(at, node, item, via),
            Event::Locate { node, member, again: false } => self.locate(at, node, member),
            Event::Decide { node, at: time } => self.decide(at, node, time),
            Event::World { event, .. } => self.world(at, event),
            Event::Abort { abort, .. } => self.abort(at, abort),
            Event::Elected { node, term } => {
                let text = format!("{} is elected leader of term {term}", self.name(node));
                self.push(at, "elections", text);
            }
            Event::Adjusted { node, adjustment } => self.adjust(at, node, adjustment),
            Event::Hidden { .. }
            | Event::Send { .. }
            | Event::Depart { .. }
            | Event::Arrive { .. }
            | Event::Deliver { .. }
            | Event::Learn { .. }
            | Event::Locate { .. }
            | Event::See { .. }
            | Event::Stage { .. }
            | Event::Strike { .. } => {}
        }
    }

    fn end(&mut self, end: RunEnd) {
        TraceSink::<M>::end(&mut self.impacts, end);
        self.close(end.at);
        self.push(end.at, "ends", run_end(end.reason));
    }
}

const FAULT_LINES: &str = "starts and ends of faults";

fn limit(kind: &str) -> usize {
    match kind {
        "zones that learnt it" => MAX_LEARNT,
        FAULT_LINES => MAX_FAULTS,
        "members located" => MAX_LOCATED,
        "strikes" => MAX_STRIKES,
        _ => 12,
    }
}

pub(super) fn run_end(reason: StopReason) -> String {
    let reason = match reason {
        StopReason::Settled => "all that is measured is settled",
        StopReason::Quiet => "nothing is pending any more",
        StopReason::Horizon => "the horizon",
        StopReason::Full => "the reader of its trace needs no more",
        StopReason::Livelock(..) => "a node wakes itself again and again without time passing",
    };
    format!("the run ends: {reason}")
}

/// What an adjustment does to a clock, without the name of its node.
pub(super) fn correction(adjustment: Adjustment) -> String {
    let Adjustment { round, correction_ns, readings } = adjustment;
    if adjustment == Adjustment::LOST {
        return "has lost the correction of its clock".into();
    }
    let ms = correction_ns as f64 / 1e6;
    let others = if readings == 1 { "reading" } else { "readings" };
    format!("corrects its clock by {ms:+} ms after round {round}, {readings} {others}")
}

pub(super) fn thing(item: Item, about: Option<Member>) -> String {
    match about {
        Some(member) => format!("item {}, a lead about member {}", item.0, member.0),
        None => format!("item {}", item.0),
    }
}

/// Formats the impact of a fault as a clause.
fn impact(effect: &Effect, FaultImpact { dropped, held, delayed }: FaultImpact) -> String {
    let counts = [("took", dropped), ("held", held), ("slowed", delayed)];
    let counts = counts.into_iter().filter(|&(_, count)| count > 0);
    let phrases: Vec<_> = counts.map(|(verb, count)| format!("{verb} {count}")).collect();
    match &phrases[..] {
        [] if effect.crash().is_some_and(|(_, memory)| memory == Memory::Lost) => {
            "it took no message".into()
        }
        [] => "it touched nothing".into(),
        [first] => format!("it {first} messages"),
        [first, rest @ ..] => format!("it {first} messages and {}", rest.join(" and ")),
    }
}

/// Formats an instant as `h:mm:ss` with three decimals, or nine if a tick is no whole number of
/// milliseconds; padded to 13 characters.
pub fn clock(at: SimTime, resolution: NanoDuration) -> String {
    let ns = u128::from(at.0) * u128::from(resolution.ns);
    let (seconds, rest) = (ns / 1_000_000_000, ns % 1_000_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let is_whole_ms = resolution.ns.is_multiple_of(1_000_000);
    let fraction =
        if is_whole_ms { format!("{:03}", rest / 1_000_000) } else { format!("{:09}", rest) };
    format!("{:>13}", format!("{hours}:{minutes:02}:{seconds:02}.{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_has_the_decimals_of_a_tick() {
        let ms = NanoDuration::from_ms(1);
        assert_eq!(clock(SimTime(0), ms), "  0:00:00.000");
        assert_eq!(clock(SimTime(3_723_004), ms), "  1:02:03.004");
        assert_eq!(clock(SimTime(1_500), NanoDuration::from_ns(1_000)), "0:00:00.001500000");
    }
}
