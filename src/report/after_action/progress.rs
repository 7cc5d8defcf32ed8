//! How far leads and members got: what they waited for, and which stage a member's capture lacked.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Count, Missing, WaitStage};
use crate::id::{Lead, Member, NodeId};
use crate::protocol::desk::{Content, Fusion, GroundTruth, LeadFacts, Procedure, Stage};
use crate::time::{SimDuration, SimTime};

/// What is waited for at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Awaited {
    Translation(Lead),
    Technique(Lead),
    Assessment(Lead),
    Release(Content),
    Warrant(Member),
    Decision(Member),
    Strike(Member),
}

impl Awaited {
    fn stage(self) -> WaitStage {
        match self {
            Self::Translation(_) => WaitStage::Translation,
            Self::Technique(_) => WaitStage::Technique,
            Self::Assessment(_) => WaitStage::Assessment,
            Self::Release(_) => WaitStage::Release,
            Self::Warrant(_) => WaitStage::Warrant,
            Self::Decision(_) => WaitStage::Decision,
            Self::Strike(_) => WaitStage::Strike,
        }
    }
}

/// The waits of one stage at one node, in ticks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Waits {
    pub count: u64,
    pub sum: u64,
    pub longest: SimDuration,
    pub unfinished: u64,
}

/// The leads about a member at a desk, of the kinds that count.
#[derive(Clone, Copy, Debug, Default)]
struct Desk {
    reached: u32,
    readable: u32,
    asked: u32,
    assessed: u32,
}

/// The milestones of a member in its zone.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemberLog {
    pub located: Option<SimTime>,
    warranted: Option<SimTime>,
    dispatched: Option<SimTime>,
    /// The first strike at it, which may have missed.
    struck: Option<SimTime>,
    /// A node elsewhere that has identified it.
    identified_by: Option<NodeId>,
}

/// Follows leads and members through a run.
#[derive(Default)]
pub struct Progress {
    open: BTreeMap<(NodeId, Awaited), SimTime>,
    waits: BTreeMap<(WaitStage, NodeId), Waits>,
    /// By member, the leads seen that count under the law of its zone.
    seen: BTreeMap<Member, u32>,
    desks: BTreeMap<(Member, NodeId), Desk>,
    reached: BTreeSet<(Lead, NodeId)>,
    members: BTreeMap<Member, MemberLog>,
}

/// What does not change during a run.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    pub truth: &'a GroundTruth,
    pub procedure: &'a Procedure,
}

impl Rules<'_> {
    fn lead(&self, lead: Lead) -> LeadFacts {
        self.truth.leads[lead.index()]
    }

    /// Whether a node assesses a lead.
    fn assesses(&self, node: NodeId, lead: &LeadFacts) -> bool {
        match self.procedure.fusion {
            Fusion::Everywhere => self.procedure.staff(node).assesses,
            Fusion::Home => lead.points_to == node,
            Fusion::Hub(hub) => hub == node,
        }
    }

    fn counts(&self, lead: &LeadFacts) -> bool {
        self.procedure.staff(lead.points_to).recognises.contains(lead.kind)
    }
}

impl Progress {
    fn begin(&mut self, at: SimTime, node: NodeId, what: Awaited) {
        self.open.entry((node, what)).or_insert(at);
    }

    fn finish(&mut self, at: SimTime, node: NodeId, what: Awaited) {
        if let Some(begun) = self.open.remove(&(node, what)) {
            let waits = self.waits.entry((what.stage(), node)).or_default();
            waits.count += 1;
            waits.sum += (at - begun).0;
            waits.longest = waits.longest.max(at - begun);
        }
    }

    /// A zone sees a lead.
    pub fn see(&mut self, at: SimTime, node: NodeId, lead: Lead, rules: Rules<'_>) {
        let facts = rules.lead(lead);
        if rules.counts(&facts) {
            *self.seen.entry(facts.member).or_default() += 1;
        }
        self.begin(at, node, Awaited::Release(Content::Lead(lead)));
        self.reach(at, node, lead, rules);
    }

    /// A node has learnt what an item says.
    pub fn learn(&mut self, at: SimTime, node: NodeId, content: Content, rules: Rules<'_>) {
        if let Content::Lead(lead) = content {
            self.reach(at, node, lead, rules);
        }
    }

    /// A node has a lead. It counts once.
    fn reach(&mut self, at: SimTime, node: NodeId, lead: Lead, rules: Rules<'_>) {
        let facts = rules.lead(lead);
        if !rules.assesses(node, &facts) || !self.reached.insert((lead, node)) {
            return;
        }
        let can_read = rules.procedure.staff(node).languages.contains(facts.language);
        self.count(node, lead, rules, |desk| {
            desk.reached += 1;
            desk.readable += u32::from(can_read);
        });
        let next = if can_read { Awaited::Assessment(lead) } else { Awaited::Translation(lead) };
        self.begin(at, node, next);
    }

    /// Counts a lead at a desk if it is of a kind that counts.
    fn count(&mut self, node: NodeId, lead: Lead, rules: Rules<'_>, add: impl FnOnce(&mut Desk)) {
        let facts = rules.lead(lead);
        if rules.counts(&facts) {
            add(self.desks.entry((facts.member, node)).or_default());
        }
    }

    /// A node publishes an item: its release is over.
    pub fn publish(&mut self, at: SimTime, node: NodeId, content: Content) {
        self.finish(at, node, Awaited::Release(content));
    }

    /// A node completes a stage.
    pub fn stage(&mut self, at: SimTime, node: NodeId, stage: Stage, rules: Rules<'_>) {
        match stage {
            Stage::Translated(lead) => {
                self.finish(at, node, Awaited::Translation(lead));
                self.count(node, lead, rules, |desk| desk.readable += 1);
                self.begin(at, node, Awaited::Assessment(lead));
            }
            Stage::Requested(lead) => {
                self.open.remove(&(node, Awaited::Assessment(lead)));
                self.count(node, lead, rules, |desk| desk.asked += 1);
                self.begin(at, node, Awaited::Technique(lead));
                self.begin(at, node, Awaited::Release(Content::Request { lead, by: node }));
            }
            Stage::Assessed(lead) => {
                self.finish(at, node, Awaited::Assessment(lead));
                self.finish(at, node, Awaited::Technique(lead));
                self.count(node, lead, rules, |desk| desk.assessed += 1);
            }
            Stage::Identified(member) => self.identified(at, node, member, rules),
            Stage::Warranted(member) => {
                self.members.entry(member).or_default().warranted.get_or_insert(at);
                self.finish(at, node, Awaited::Warrant(member));
                self.begin(at, node, Awaited::Decision(member));
            }
            Stage::Dispatched(member) => {
                self.members.entry(member).or_default().dispatched.get_or_insert(at);
                self.finish(at, node, Awaited::Decision(member));
                self.begin(at, node, Awaited::Strike(member));
            }
            Stage::AssessedFor(_) | Stage::Approved(_) => {}
        }
    }

    /// A node has enough leads about a member. If it hides elsewhere, that zone has to be told.
    fn identified(&mut self, at: SimTime, node: NodeId, member: Member, rules: Rules<'_>) {
        if rules.truth.homes.get(member.index()) != Some(&node) {
            self.members.entry(member).or_default().identified_by.get_or_insert(node);
            self.begin(at, node, Awaited::Release(Content::Finding { member, by: node }));
        }
    }

    /// A zone locates a member.
    pub fn locate(&mut self, at: SimTime, node: NodeId, member: Member) {
        self.members.entry(member).or_default().located.get_or_insert(at);
        self.begin(at, node, Awaited::Warrant(member));
    }

    /// A zone strikes at a member.
    pub fn strike(&mut self, at: SimTime, node: NodeId, member: Member) {
        self.members.entry(member).or_default().struck.get_or_insert(at);
        self.finish(at, node, Awaited::Strike(member));
    }

    /// The milestones of a member.
    pub fn member(&self, member: Member) -> MemberLog {
        self.members.get(&member).copied().unwrap_or_default()
    }

    /// All waits, those with the longest wait first; those that have not ended end with the run.
    pub fn waits(&self, end: SimTime) -> Vec<(WaitStage, NodeId, Waits)> {
        let mut waits = self.waits.clone();
        for (&(node, what), &begun) in &self.open {
            let waits = waits.entry((what.stage(), node)).or_default();
            waits.unfinished += 1;
            waits.longest = waits.longest.max(end - begun);
        }
        let mut waits: Vec<_> =
            waits.into_iter().map(|((s, node), waits)| (s, node, waits)).collect();
        waits.retain(|(.., waits)| waits.longest > SimDuration(0));
        waits.sort_by_key(|&(stage, node, waits)| (std::cmp::Reverse(waits.longest), stage, node));
        waits
    }

    /// The first stage that a member's capture lacked. `is_decided`: a decision was taken; `name`
    /// gives the display name of a node, `ms` a time for programs.
    pub fn missing(
        &self,
        member: Member,
        rules: Rules<'_>,
        is_decided: bool,
        (name, ms): (impl Fn(NodeId) -> String, impl Fn(SimTime) -> f64),
    ) -> Missing {
        let log = self.member(member);
        if log.located.is_none() {
            return match log.identified_by {
                Some(node) => Missing::Finding { zone: name(node) },
                None => self.unidentified(member, rules),
            };
        }
        match (log.struck, log.dispatched, log.warranted) {
            (Some(at), ..) => Missing::LateStrike { at_ms: ms(at) },
            (None, Some(_), _) => Missing::Team,
            (None, None, None) => Missing::Warrant,
            (None, None, Some(_)) if is_decided => Missing::Order,
            (None, None, Some(_)) => Missing::Decision,
        }
    }

    /// What no desk had enough of, at the desk that came closest.
    fn unidentified(&self, member: Member, rules: Rules<'_>) -> Missing {
        let needs = rules.procedure.staff(rules.truth.homes[member.index()]).needs;
        let count = |have| Count { have, needs };
        let seen = self.seen.get(&member).copied().unwrap_or(0);
        if seen < needs {
            return Missing::Leads(count(seen));
        }
        let desks = self.desks.range((member, NodeId(0))..=(member, NodeId(u32::MAX)));
        let desks = desks.map(|(_, desk)| *desk);
        let closest = desks.max_by_key(|desk| (desk.assessed, desk.readable, desk.reached));
        let Desk { reached, readable, asked, assessed } = closest.unwrap_or_default();
        if reached < needs {
            Missing::Sharing(count(reached))
        } else if readable < needs {
            Missing::Translation(count(readable))
        } else if asked > 0 {
            Missing::Technique(count(assessed))
        } else {
            Missing::Assessment(count(assessed))
        }
    }
}
