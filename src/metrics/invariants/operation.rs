//! The safety of a coordination: which times are decided, and when zones strike.

use std::collections::{BTreeMap, BTreeSet};

use super::violation::Kind;
use crate::id::{Member, NodeId};
use crate::plan::NameTable;
use crate::protocol::clock_sync::Adjustment;
use crate::protocol::{AgreedTicks, Decisions, Safety, Strikes};
use crate::time::{Clock, LocalTime, NanoDuration, SimDuration, SimTime};

/// Checks the operation of one run against the guarantees of its coordination ([`Safety`]).
pub struct OperationSafety<'a> {
    safety: Safety,
    /// [`Safety::valid_for`] in ticks.
    valid_for: Option<SimDuration>,
    /// [`Safety::agreed`] in ticks.
    agreed: Option<AgreedTicks>,
    names: &'a NameTable,
    resolution: NanoDuration,
    /// By node; empty where all clocks are true.
    clocks: Vec<Clock>,
    decided: BTreeSet<(NodeId, LocalTime)>,
    last_decision: Option<(SimTime, LocalTime)>,
    /// By term, the node that was elected.
    leaders: BTreeMap<u64, NodeId>,
    located: BTreeSet<(NodeId, Member)>,
    /// By zone, the members to whom it has sent a team, which may strike later.
    dispatched: BTreeSet<(NodeId, Member)>,
    struck: BTreeSet<(NodeId, Member)>,
}

impl<'a> OperationSafety<'a> {
    /// The check of a run before its first event. `clocks` is empty where all clocks are true.
    pub fn new(
        safety: Safety,
        names: &'a NameTable,
        clocks: Vec<Clock>,
        resolution: NanoDuration,
    ) -> Self {
        Self {
            safety,
            valid_for: safety.valid_for.map(|length| length.ticks(resolution)),
            agreed: safety.agreed.map(|times| times.in_ticks(resolution)),
            names,
            resolution,
            clocks,
            decided: BTreeSet::new(),
            last_decision: None,
            leaders: BTreeMap::new(),
            located: BTreeSet::new(),
            dispatched: BTreeSet::new(),
            struck: BTreeSet::new(),
        }
    }

    /// Records that a zone locates a member.
    pub fn locate(&mut self, zone: NodeId, member: Member) {
        self.located.insert((zone, member));
    }

    /// The clocks of the nodes; empty where all are true.
    pub fn clocks(&self) -> &[Clock] {
        &self.clocks
    }

    /// Records that the clock of a node is adjusted.
    pub fn adjust(&mut self, node: NodeId, adjustment: Adjustment) {
        if let Some(clock) = self.clocks.get_mut(node.index()) {
            clock.set_correction(adjustment.ticks(self.resolution));
        }
    }

    /// The last decision: when it was taken, and the decided time.
    pub fn last_decision(&self) -> Option<(SimTime, LocalTime)> {
        self.last_decision
    }

    /// Records that a node decides on a time.
    ///
    /// # Errors
    /// Another time was decided, and the coordination guarantees one; it is none of the times that were
    /// agreed before the run; or too few zones have located a member.
    pub fn decide(
        &mut self,
        now: SimTime,
        node: NodeId,
        at: LocalTime,
    ) -> Result<(), (Kind, String)> {
        self.last_decision = Some((now, at));
        let decisions = self.safety.decisions;
        let conflicts = |&&(other, time): &&_| time != at && decisions.exclude(other == node);
        let other = self.decided.iter().find(conflicts).copied();
        self.decided.insert((node, at));
        if let Some(min_ready) = self.safety.min_ready {
            let ready: BTreeSet<_> = self.located.iter().map(|(zone, _)| zone).collect();
            if ready.len() < min_ready as usize {
                let name = self.name(node);
                let ready = ready.len();
                let what = format!(
                    "{name} decides when {ready} of the {min_ready} zones needed have located a member"
                );
                return Err((Kind::Decision, what));
            }
        }
        if self.agreed.is_some_and(|times| !times.contains(at)) {
            let what = format!(
                "{} decides to strike at {}, which is none of the agreed times",
                self.name(node),
                self.show(at)
            );
            return Err((Kind::Decision, what));
        }
        let Some((earlier, time)) = other else { return Ok(()) };
        let what = format!(
            "{} decides to strike at {} and {} had decided on {}: the coordination guarantees \
             one decision {}",
            self.name(node),
            self.show(at),
            self.name(earlier),
            self.show(time),
            match self.safety.decisions {
                Decisions::OnePerZone => "by each zone",
                Decisions::OnePerNode => "by each node",
                _ => "per operation",
            },
        );
        Err((Kind::Decision, what))
    }

    /// Records that a node is elected leader of a term.
    ///
    /// # Errors
    /// Another node was elected in this term.
    pub fn elected(&mut self, node: NodeId, term: u64) -> Result<(), (Kind, String)> {
        match self.leaders.insert(term, node) {
            Some(other) => {
                let [node, other] = [node, other].map(|node| self.name(node));
                let what = format!("{node} is elected leader of term {term}, and so was {other}");
                Err((Kind::TwoLeaders, what))
            }
            None => Ok(()),
        }
    }

    /// Records that a zone sends a team to strike at a member. The decided time binds the sending: how
    /// long a team waits and works is no matter of the coordination.
    ///
    /// # Errors
    /// The violation of a guarantee.
    pub fn dispatch(
        &mut self,
        now: SimTime,
        zone: NodeId,
        member: Member,
    ) -> Result<(), (Kind, String)> {
        self.dispatched.insert((zone, member));
        let sends = format!("{} sends a team to member {}", self.name(zone), member.0);
        self.check_start(now, (zone, member), &sends)
    }

    /// Records that a zone strikes at a member.
    ///
    /// # Errors
    /// The violation of a guarantee.
    pub fn strike(
        &mut self,
        now: SimTime,
        zone: NodeId,
        member: Member,
    ) -> Result<(), (Kind, String)> {
        let strikes = format!("{} strikes at member {}", self.name(zone), member.0);
        if !self.struck.insert((zone, member)) {
            return Err((Kind::StruckTwice, format!("{strikes} a second time")));
        }
        if self.dispatched.contains(&(zone, member)) {
            return Ok(());
        }
        self.check_start(now, (zone, member), &strikes)
    }

    /// Checks that a zone may begin to strike at a member: it has located the member, and the decided
    /// time has come and is valid.
    fn check_start(
        &self,
        now: SimTime,
        (zone, member): (NodeId, Member),
        strikes: &str,
    ) -> Result<(), (Kind, String)> {
        if !self.located.contains(&(zone, member)) {
            return Err((Kind::StruckUnlocated, format!("{strikes}, who was not located there")));
        }
        if self.safety.strikes == Strikes::Unconditional {
            return Ok(());
        }
        let local = self.clocks.get(zone.index()).map_or(LocalTime(now.0 as i64), |c| c.local(now));
        let binding = || self.decided.iter().filter(|(node, _)| self.binds(*node, zone));
        let Some(first) = binding().map(|&(_, at)| at).min() else {
            return Err((Kind::StruckUndecided, format!("{strikes} before a decision")));
        };
        let must_wait = self.safety.strikes == Strikes::FromDecidedTime;
        let is_due = |at: LocalTime| !must_wait || at <= local;
        let is_valid = |at: LocalTime| self.valid_for.is_none_or(|valid| local <= at + valid);
        if binding().any(|&(_, at)| is_due(at) && is_valid(at)) {
            return Ok(());
        }
        let (local, first) = (self.show(local), self.show(first));
        Err(match self.safety.valid_for {
            Some(valid) if !binding().any(|&(_, at)| is_valid(at)) => {
                let valid = format!("the decision, for {first}, is valid for {valid}");
                (Kind::StruckLate, format!("{strikes} at {local} of its clock; {valid}"))
            }
            _ => {
                let what =
                    format!("{strikes} at {local} of its clock, before the decided time, {first}");
                (Kind::StruckEarly, what)
            }
        })
    }

    /// Whether a decision of one node binds a zone.
    fn binds(&self, decider: NodeId, zone: NodeId) -> bool {
        !self.safety.decisions.bind_own_zone_only() || decider == zone
    }

    fn name(&self, node: NodeId) -> &str {
        &self.names[node.index()]
    }

    fn show(&self, at: LocalTime) -> String {
        self.resolution.seconds(at.0)
    }
}

#[cfg(test)]
mod tests;
