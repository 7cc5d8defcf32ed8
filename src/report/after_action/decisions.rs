//! Why the coordination decided when it did, or why it did not, from what the coordinator could see.

use std::collections::BTreeMap;

use super::facts::{DecisionReason, NoDecision, Silence};
use crate::id::{Member, NodeId};
use crate::protocol::{Decisions, Safety};
use crate::time::{Clock, LocalTime, NanoDuration, SimDuration, SimTime};

/// A [`crate::protocol::WaitRule`] in ticks.
#[derive(Clone, Copy)]
struct Rule {
    quiet: SimDuration,
    deadline: LocalTime,
    heard_within: SimDuration,
}

/// What the coordinator knows.
pub struct Coordinator {
    node: NodeId,
    clock: Clock,
    rule: Option<Rule>,
    decides_alone: bool,
    min_ready: Option<u32>,
    /// The term that it leads, and when it first heard from the last zone, if it was elected.
    led: Option<(u64, SimTime)>,
    /// All zones that it may listen to.
    zones: Vec<NodeId>,
    /// The zones that it listens to, with the instant at which it last heard from each.
    heard: BTreeMap<NodeId, Option<SimTime>>,
    /// The deputy, and when it last heard from the coordinator.
    deputy: Option<(NodeId, Option<SimTime>)>,
    /// The last member reported.
    reported: Option<(SimTime, NodeId, Member)>,
    /// The last zone that was heard from again: when, and when before.
    again: Option<(SimTime, NodeId, Option<SimTime>)>,
}

impl Coordinator {
    /// The coordinator at a node that listens to `zones`.
    pub fn new(
        node: NodeId,
        clock: Clock,
        zones: impl Iterator<Item = NodeId>,
        (safety, resolution): (Safety, NanoDuration),
    ) -> Self {
        let zones: Vec<_> = zones.collect();
        let rule = safety.waits.map(|rule| Rule {
            quiet: rule.quiet.ticks(resolution),
            deadline: LocalTime(rule.deadline.ticks(resolution).0 as i64),
            heard_within: rule.heard_within.ticks(resolution),
        });
        Self {
            node,
            clock,
            rule,
            min_ready: safety.min_ready,
            decides_alone: matches!(
                safety.decisions,
                Decisions::OnePerZone | Decisions::ManyPerZone
            ),
            led: None,
            heard: unheard(&zones, node),
            zones,
            deputy: None,
            reported: None,
            again: None,
        }
    }

    /// A coordinator with a deputy, if there is one.
    pub fn with_deputy(self, deputy: Option<NodeId>) -> Self {
        Self { deputy: deputy.map(|node| (node, None)), ..self }
    }

    /// A node is elected to coordinate. It knows nothing of what was reported to another.
    pub fn elected(&mut self, at: SimTime, (node, term): (NodeId, u64), clock: Clock) {
        (self.node, self.clock) = (node, clock);
        self.heard = unheard(&self.zones, node);
        (self.led, self.again) = (Some((term, at)), None);
    }

    /// A message of the coordination arrives.
    pub fn hear(&mut self, at: SimTime, from: NodeId, to: NodeId) {
        if let Some((_, heard)) =
            self.deputy.as_mut().filter(|(deputy, _)| *deputy == to && from == self.node)
        {
            *heard = Some(at);
        }
        if to != self.node {
            return;
        }
        let is_silent = self.is_silent(at, from);
        if let Some(heard) = self.heard.get_mut(&from) {
            match &mut self.led {
                Some((_, first)) if heard.is_none() => *first = at,
                _ if is_silent && self.reported.is_some() => self.again = Some((at, from, *heard)),
                _ => {}
            }
            *heard = Some(at);
        }
    }

    /// A zone may strike at a member, and reports it.
    pub fn report(&mut self, at: SimTime, zone: NodeId, member: Member) {
        self.reported = Some((at, zone, member));
    }

    /// Whether a zone counts as silent at an instant.
    fn is_silent(&self, at: SimTime, zone: NodeId) -> bool {
        let Some(rule) = self.rule else { return false };
        let local = |at| self.clock.local(at);
        let last = self.heard.get(&zone).copied().flatten();
        last.is_none_or(|last| local(at) - local(last) > rule.heard_within)
    }

    fn silent(&self, at: SimTime, names: &Names<'_>) -> Vec<Silence> {
        let silent = self.heard.iter().filter(|&(&zone, _)| self.is_silent(at, zone));
        silent
            .map(|(&zone, last)| Silence {
                zone: (names.name)(zone),
                since_ms: last.map(|last| (names.ms)(last)),
            })
            .collect()
    }

    /// Why a node takes a decision now.
    pub fn reason(&self, (now, by): (SimTime, NodeId), names: &Names<'_>) -> DecisionReason {
        if self.decides_alone {
            return DecisionReason::OwnLocation;
        }
        if let Some((_, heard)) = self.deputy.filter(|(deputy, _)| *deputy == by) {
            return DecisionReason::Deputy { silent_from_ms: heard.map(|heard| (names.ms)(heard)) };
        }
        if self.led.is_some() && by != self.node {
            return DecisionReason::Learned { leader: (names.name)(self.node) };
        }
        if let Some(zones) = self.min_ready {
            return DecisionReason::Ready { zones };
        }
        let (Some(rule), Some((reported, zone, member))) = (self.rule, self.reported) else {
            return DecisionReason::Unstated;
        };
        let (name, ms) = (&names.name, &names.ms);
        let local = |at| self.clock.local(at);
        let again = self.again.filter(|&(heard, ..)| heard > reported);
        let elected = self.led.filter(|&(_, first)| first > reported && again.is_none());
        let start = again.map_or(reported, |(heard, ..)| heard);
        let start = elected.map_or(start, |(_, first)| first);
        if local(now) >= rule.deadline && local(start) + rule.quiet > rule.deadline {
            if local(reported) >= rule.deadline {
                return DecisionReason::ReportAfterDeadline { member: member.0, zone: name(zone) };
            }
            return DecisionReason::Deadline { silent: self.silent(now, names) };
        }
        if local(now) >= rule.deadline && !self.silent(now, names).is_empty() {
            return DecisionReason::Deadline { silent: self.silent(now, names) };
        }
        if let Some((term, first)) = elected {
            return DecisionReason::Elected { term, since_ms: ms(first) };
        }
        match again {
            Some((heard, zone, before)) => DecisionReason::HeardAgain {
                zone: name(zone),
                silent_from_ms: before.map(ms),
                heard_ms: ms(heard),
            },
            None => {
                DecisionReason::Quiet { since_ms: ms(reported), member: member.0, zone: name(zone) }
            }
        }
    }

    /// Why no decision was taken until the end of the run.
    pub fn no_decision(&self, end: SimTime, rounds: u32, names: &Names<'_>) -> NoDecision {
        let Some((reported, ..)) = self.reported else { return NoDecision::NobodyReported };
        if rounds > 0 {
            return NoDecision::RoundsAborted { rounds };
        }
        let silent = self.silent(end, names);
        let start = self.again.map_or(reported, |(heard, ..)| heard.max(reported));
        let until = self.rule.filter(|_| silent.is_empty()).map(|rule| {
            let quiet = self.clock.local(start) + rule.quiet;
            (names.ms)(self.clock.at(end, quiet.min(rule.deadline)))
        });
        NoDecision::StillWaiting { until_ms: until, silent }
    }
}

/// The zones to which a node listens, before it hears from any.
fn unheard(zones: &[NodeId], node: NodeId) -> BTreeMap<NodeId, Option<SimTime>> {
    zones.iter().filter(|&&zone| zone != node).map(|&zone| (zone, None)).collect()
}

/// How nodes and times appear in the facts.
pub struct Names<'a> {
    pub name: Box<dyn Fn(NodeId) -> String + 'a>,
    pub ms: Box<dyn Fn(SimTime) -> f64 + 'a>,
}
