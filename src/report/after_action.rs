//! The after-action report of a run whose scenario states a procedure: phases, what held things up, why
//! a decision was taken when it was, who was captured, who escaped and why, and attacks.
//!
//! [`AfterActionReport`] folds the events of a run into [`AfterAction`], the facts;
//! [`after_action_text`] formats them as about a page.

mod decisions;
mod facts;
mod progress;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use facts::AfterAction;
pub use text::after_action_text;

use super::fault_impact::{FaultImpact, FaultImpacts};
use crate::engine::{Event, Outcome, RunEnd, TraceSink, WorldEvent};
use crate::id::{Cell, Item, Lead, Member, NodeId};
use crate::metrics::{CriticalPath, PATH_PARTS, PathPart, ProcessMetrics};
use crate::network::fault::FaultId;
use crate::plan::{Plan, Realization};
use crate::protocol::coordination::Abort;
use crate::protocol::desk::{LeadFacts, Procedure, Stage};
use crate::protocol::{NodePart, Safety, WireMessage};
use crate::time::{Clock, LocalTime, SimDuration, SimTime};
use decisions::{Coordinator, Names};
use facts::{
    Aborted, Attack, Capture, Decision, Escape, FaultFact, MemberPath, PathShare, Phase, PhaseKind,
    StageWait, StrikeFact, Warning,
};
use progress::{Progress, Rules};

/// Builds the after-action report of one run.
pub struct AfterActionReport<'a, E, C> {
    plan: &'a Plan<E, C>,
    realization: Realization,
    clocks: Vec<Clock>,
    procedure: Arc<Procedure>,
    impacts: FaultImpacts<'a>,
    process: ProcessMetrics,
    progress: Progress,
    coordinator: Coordinator,
    phases: BTreeMap<PhaseKind, (SimTime, SimTime, u64)>,
    strikes: Vec<Strike>,
    /// By cell, when its free members escaped.
    warned: BTreeMap<Cell, SimTime>,
    decisions: Vec<Decision>,
    aborted: Vec<Aborted>,
    warnings: Vec<Warning>,
    attacks: Vec<Attack>,
    end: SimTime,
}

/// A strike that had an outcome.
#[derive(Clone, Copy)]
struct Strike {
    at: SimTime,
    zone: NodeId,
    member: Member,
    outcome: Outcome,
}

impl<'a, E, C> AfterActionReport<'a, E, C> {
    /// Creates the report of the run with this seed; None if the scenario states no procedure.
    /// `safety` is that of its coordination.
    pub fn new(plan: &'a Plan<E, C>, seed: u64, safety: Safety) -> Option<Self> {
        let realization = plan.realize(seed);
        if !realization.has_procedure() {
            return None;
        }
        let node = plan.hub.unwrap_or(NodeId(0));
        let clocks = plan.clocks(seed, &realization.schedule);
        let clock = clocks.get(node.index()).cloned().unwrap_or_default();
        let zones = (0..plan.zones).map(NodeId).filter(|&zone| !plan.is_observer(zone));
        Some(Self {
            plan,
            clocks,
            procedure: Arc::clone(&plan.workload.procedure),
            impacts: FaultImpacts::new(plan, &realization.schedule, seed),
            process: ProcessMetrics::default(),
            progress: Progress::default(),
            coordinator: Coordinator::new(node, clock, zones, (safety, plan.resolution))
                .with_deputy(plan.deputy),
            phases: BTreeMap::new(),
            strikes: Vec::new(),
            warned: BTreeMap::new(),
            decisions: Vec::new(),
            aborted: Vec::new(),
            warnings: Vec::new(),
            attacks: Vec::new(),
            end: SimTime(0),
            realization,
        })
    }

    fn name(&self, node: NodeId) -> String {
        self.plan.display_name(node).to_owned()
    }

    fn ms(&self, at: SimTime) -> f64 {
        self.plan.ms(at - SimTime(0))
    }

    fn names(&self) -> Names<'a> {
        let plan = self.plan;
        Names {
            name: Box::new(|node| plan.display_name(node).to_owned()),
            ms: Box::new(|at| plan.ms(at - SimTime(0))),
        }
    }

    fn enter(&mut self, at: SimTime, phase: PhaseKind) {
        let (_, last, count) = self.phases.entry(phase).or_insert((at, at, 0));
        (*last, *count) = (at, *count + 1);
    }

    fn see(&mut self, at: SimTime, node: NodeId, (lead, facts): (Lead, LeadFacts)) {
        self.enter(at, PhaseKind::Finding);
        self.process.see(at, node, lead, facts);
        let rules = Rules { truth: &self.realization.ground_truth, procedure: &self.procedure };
        self.progress.see(at, node, lead, rules);
    }

    fn learn(&mut self, at: SimTime, node: NodeId, item: Item) {
        self.process.learn(at, node, item);
        let rules = Rules { truth: &self.realization.ground_truth, procedure: &self.procedure };
        if let Some(content) = rules.truth.content(item) {
            self.progress.learn(at, node, content, rules);
        }
    }

    fn locate(&mut self, at: SimTime, node: NodeId, member: Member) {
        self.enter(at, PhaseKind::Location);
        self.process.locate(at, node, member);
        self.progress.locate(at, node, member);
    }

    fn stage(&mut self, at: SimTime, node: NodeId, stage: Stage, work: SimDuration) {
        match stage {
            Stage::Assessed(_) | Stage::AssessedFor(_) => self.enter(at, PhaseKind::Assessment),
            Stage::Approved(_) => self.enter(at, PhaseKind::Release),
            Stage::Warranted(member) => self.coordinator.report(at, node, member),
            _ => {}
        }
        self.process.stage(at, node, stage, work);
        let rules = Rules { truth: &self.realization.ground_truth, procedure: &self.procedure };
        self.progress.stage(at, node, stage, rules);
    }

    fn decide(&mut self, at: SimTime, node: NodeId, time: LocalTime) {
        self.enter(at, PhaseKind::Decision);
        self.decisions.push(Decision {
            zone: self.name(node),
            at_ms: self.ms(at),
            strike_ms: time.0 as f64 * self.plan.resolution.as_ms(),
            is_beyond_horizon: self.plan.is_beyond_horizon(&self.clocks, at, time),
            reason: self.coordinator.reason((at, node), &self.names()),
            aborted_rounds: self.aborted.len() as u32,
        });
    }

    fn abort(&mut self, at: SimTime, Abort { round, zone, .. }: Abort) {
        let (at_ms, zone) = (self.ms(at), self.name(zone));
        match self.aborted.last_mut().filter(|last| last.round == round) {
            Some(last) => last.zones.push(zone),
            None => self.aborted.push(Aborted { round, at_ms, zones: vec![zone] }),
        }
    }

    fn world(&mut self, at: SimTime, event: WorldEvent) {
        self.process.world(at, event);
        match event {
            WorldEvent::Struck { node: zone, member, outcome } => {
                self.enter(at, PhaseKind::Strikes);
                self.progress.strike(at, zone, member);
                self.strikes.push(Strike { at, zone, member, outcome });
            }
            WorldEvent::Warned { cell, escaped } => {
                self.enter(at, PhaseKind::Reactions);
                self.warned.insert(cell, at);
                let strike = self.cause(at, cell).map(|strike| self.strike_fact(strike));
                self.warnings.push(Warning { cell: cell.0, at_ms: self.ms(at), escaped, strike });
            }
            WorldEvent::Attacked { cell } => {
                self.enter(at, PhaseKind::Reactions);
                self.attack(at, cell, None);
            }
            WorldEvent::Prevented { cell } => {
                self.enter(at, PhaseKind::Reactions);
                // The world reports it right after the capture.
                self.attack(at, cell, self.strikes.last().copied());
            }
        }
    }

    fn attack(&mut self, at: SimTime, cell: Cell, by: Option<Strike>) {
        let prevented_by = by.map(|strike| self.strike_fact(strike));
        self.attacks.push(Attack { cell: cell.0, at_ms: self.ms(at), prevented_by });
    }

    fn strike_fact(&self, Strike { at, zone, member, .. }: Strike) -> StrikeFact {
        StrikeFact { zone: self.name(zone), member: member.0, at_ms: self.ms(at) }
    }

    /// The strike that warned a cell: the first whose warning takes as long.
    fn cause(&self, at: SimTime, cell: Cell) -> Option<Strike> {
        let reactions = self.plan.workload.reactions;
        let truth = &self.realization.ground_truth;
        let warns = |strike: &&Strike| {
            let is_own = truth.cell(strike.member) == Some(cell);
            let delay = if is_own { reactions.warning } else { reactions.warning_others };
            strike.outcome != Outcome::Again && strike.at + delay.max(SimDuration(1)) == at
        };
        self.strikes.iter().find(warns).copied()
    }

    /// The facts. The run must have ended.
    pub fn facts(&self) -> AfterAction {
        let rounds = self.aborted.len() as u32;
        let no_decision = || self.coordinator.no_decision(self.end, rounds, &self.names());
        AfterAction {
            horizon_ms: self.ms(self.plan.horizon),
            end_ms: self.ms(self.end),
            members: self.realization.ground_truth.members,
            phases: self.phase_facts(),
            critical_path: self.shares(),
            paths: self.process.paths().iter().map(|path| self.path(path)).collect(),
            waits: self.waits(),
            faults: self.faults(),
            no_decision: self.decisions.is_empty().then(no_decision),
            decisions: self.decisions.clone(),
            aborted: self.aborted.clone(),
            captures: self.captures(),
            mistaken: self.count(Outcome::Mistaken),
            escapes: self.escapes(),
            warnings: self.warnings.clone(),
            attacks: self.attacks.clone(),
        }
    }

    fn count(&self, outcome: Outcome) -> u32 {
        self.strikes.iter().filter(|strike| strike.outcome == outcome).count() as u32
    }

    fn phase_facts(&self) -> Vec<Phase> {
        let phase = |(&phase, &(first, last, count))| Phase {
            phase,
            first_ms: self.ms(first),
            last_ms: self.ms(last),
            count,
        };
        self.phases.iter().map(phase).collect()
    }

    fn path(&self, path: &CriticalPath) -> MemberPath {
        let parts = path.parts.iter().map(|&(part, time)| (part, self.plan.ms(time)));
        MemberPath {
            member: path.member.0,
            zone: self.name(path.zone),
            lead: path.lead.0,
            parts: parts.collect(),
        }
    }

    fn shares(&self) -> Vec<PathShare> {
        let paths = self.process.paths();
        let parts = || paths.iter().flat_map(|path| &path.parts);
        let whole: u64 = parts().map(|(_, time)| time.0).sum();
        let share = |part: PathPart| {
            let spent: u64 = parts().filter(|(other, _)| *other == part).map(|(_, t)| t.0).sum();
            (spent > 0).then(|| PathShare {
                part,
                mean_ms: self.plan.ms(SimDuration(spent)) / paths.len() as f64,
                share: spent as f64 / whole as f64,
            })
        };
        PATH_PARTS.into_iter().filter_map(share).collect()
    }

    fn waits(&self) -> Vec<StageWait> {
        let ms = |ticks| self.plan.ms(SimDuration(ticks));
        let waits = self.progress.waits(self.end).into_iter();
        waits
            .map(|(stage, node, waits)| StageWait {
                stage,
                zone: self.name(node),
                count: waits.count,
                mean_ms: ms(waits.sum) / waits.count.max(1) as f64,
                longest_ms: self.plan.ms(waits.longest),
                unfinished: waits.unfinished,
            })
            .collect()
    }

    fn faults(&self) -> Vec<FaultFact> {
        let schedule = &self.realization.schedule;
        let faults = schedule.faults().iter().zip((0..).map(FaultId));
        let began = faults.filter(|(fault, _)| fault.start < self.end);
        began
            .map(|(fault, number)| {
                let FaultImpact { dropped, held, delayed } = self.impacts.get(number);
                FaultFact {
                    fault: number.0,
                    description: self.plan.describe(fault),
                    start_ms: self.ms(fault.start),
                    end_ms: (fault.end < self.end).then(|| self.ms(fault.end)),
                    dropped,
                    held,
                    delayed,
                }
            })
            .collect()
    }

    fn captures(&self) -> Vec<Capture> {
        let captured = self.strikes.iter().filter(|strike| strike.outcome == Outcome::Captured);
        captured
            .map(|&Strike { at, zone, member, .. }| {
                let local = self.clocks.get(zone.index()).map(|clock| clock.local(at).0);
                Capture {
                    member: member.0,
                    zone: self.name(zone),
                    at_ms: self.ms(at),
                    local_ms: local
                        .map_or(self.ms(at), |ticks| ticks as f64 * self.plan.resolution.as_ms()),
                }
            })
            .collect()
    }

    fn escapes(&self) -> Vec<Escape> {
        let mut is_captured = vec![false; self.realization.ground_truth.members as usize];
        for strike in self.strikes.iter().filter(|strike| strike.outcome == Outcome::Captured) {
            is_captured[strike.member.index()] = true;
        }
        let members = (0..).map(Member).zip(is_captured);
        members.filter(|(_, captured)| !captured).map(|(member, _)| self.escape(member)).collect()
    }

    fn escape(&self, member: Member) -> Escape {
        let truth = &self.realization.ground_truth;
        let rules = Rules { truth, procedure: &self.procedure };
        let cell = truth.cell(member);
        let escaped = cell.and_then(|cell| self.warned.get(&cell));
        let names = (|node| self.name(node), |at| self.ms(at));
        let is_decided = !self.decisions.is_empty();
        Escape {
            member: member.0,
            zone: self.name(truth.homes[member.index()]),
            cell: cell.map(|cell| cell.0),
            escaped_ms: escaped.map(|&at| self.ms(at)),
            located_ms: self.progress.member(member).located.map(|at| self.ms(at)),
            missing: self.progress.missing(member, rules, is_decided, names),
        }
    }
}

impl<M: WireMessage, E, C> TraceSink<M> for AfterActionReport<'_, E, C> {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        self.impacts.record(at, event);
        match *event {
            Event::See { node, lead, facts } => self.see(at, node, (lead, facts)),
            Event::Publish { node, item, content: Some(content), .. } => {
                self.process.publish(at, node, item, content);
                self.progress.publish(at, node, content);
            }
            Event::Learn { node, item, .. } => self.learn(at, node, item),
            Event::Stage { node, stage, work } => self.stage(at, node, stage, work),
            Event::Locate { node, member, again: false } => self.locate(at, node, member),
            Event::Deliver { from, to, message } if message.part() == NodePart::Coordination => {
                self.coordinator.hear(at, from, to);
            }
            Event::Decide { node, at: time } => self.decide(at, node, time),
            Event::Abort { abort, .. } => self.abort(at, abort),
            Event::Elected { node, term } => {
                let clock = self.clocks.get(node.index()).cloned().unwrap_or_default();
                self.coordinator.elected(at, (node, term), clock);
            }
            Event::Adjusted { node, adjustment } => {
                if let Some(clock) = self.clocks.get_mut(node.index()) {
                    clock.set_correction(adjustment.ticks(self.plan.resolution));
                }
            }
            Event::World { event, .. } => self.world(at, event),
            _ => {}
        }
    }

    fn end(&mut self, end: RunEnd) {
        TraceSink::<M>::end(&mut self.impacts, end);
        self.end = end.at;
    }
}
