//! The metrics of the process: how leads reach the zones that they point to, how much people work, and
//! what the time until a capture was spent on.
//!
//! The critical path of a captured member follows the lead that completed its corroboration: from the
//! first sign of the member to the capture, each stretch of time belongs to the stage that ended it. The
//! parts of a path are times between its milestones in their order, so they add up to the whole.

use std::collections::BTreeMap;

use serde::Serialize;

use super::MetricRow;
use crate::engine::{Outcome, WorldEvent};
use crate::id::{Item, Lead, Member, NodeId};
use crate::protocol::desk::{Content, LeadFacts, Stage};
use crate::time::{SimDuration, SimTime};

/// What a stretch of a critical path was spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PathPart {
    /// Waiting for the sign that completed the corroboration.
    Corroboration,
    /// From that sign until a zone saw it.
    Detection,
    /// Decisions on release, and the delays that rules impose.
    Release,
    /// Under way between zones, retries included.
    Network,
    /// Translation.
    Translation,
    /// Assessment by a zone that has the technique, with both ways.
    Technique,
    /// Assessment.
    Assessment,
    /// The warrant.
    Warrant,
    /// From the warrant until the coordination had its zone strike.
    Decision,
    /// From then until the capture.
    Execution,
}

/// All parts, in the order of their numbers.
pub const PATH_PARTS: [PathPart; 10] = [
    PathPart::Corroboration,
    PathPart::Detection,
    PathPart::Release,
    PathPart::Network,
    PathPart::Translation,
    PathPart::Technique,
    PathPart::Assessment,
    PathPart::Warrant,
    PathPart::Decision,
    PathPart::Execution,
];

/// The critical path of a captured member: the time spent on each part, in ticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriticalPath {
    /// The member.
    pub member: Member,
    /// The zone that captured it.
    pub zone: NodeId,
    /// The lead that completed its corroboration.
    pub lead: Lead,
    /// When it was captured.
    pub captured: SimTime,
    /// The parts that took time, in the order in which they happened.
    pub parts: Vec<(PathPart, SimDuration)>,
}

/// What became of a lead that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeadTimes {
    /// The lead.
    pub lead: Lead,
    /// What it says, and when there was a sign of it.
    pub facts: LeadFacts,
    /// When its zone saw it.
    pub seen: SimTime,
    /// When the zone that it points to had it.
    pub home: Option<SimTime>,
    /// When the zone that it points to had assessed it.
    pub assessed: Option<SimTime>,
}

/// What is known of a lead at one node.
#[derive(Clone, Copy, Debug, Default)]
struct LeadAt {
    published: Option<SimTime>,
    learnt: Option<SimTime>,
    translated: Option<SimTime>,
    requested: Option<SimTime>,
    assessed: Option<SimTime>,
}

/// What is known of a member at one node.
#[derive(Clone, Copy, Debug, Default)]
struct MemberAt {
    /// When the node identified it, and with which lead.
    identified: Option<(SimTime, Lead)>,
    /// When its finding was published.
    published: Option<SimTime>,
    located: Option<SimTime>,
    /// The node whose finding located it.
    finder: Option<NodeId>,
    warranted: Option<SimTime>,
    dispatched: Option<SimTime>,
}

/// Measures the process of a run, if the scenario states one.
#[derive(Clone, Debug, Default)]
pub struct ProcessMetrics {
    leads: BTreeMap<Lead, LeadFacts>,
    /// By member, the first sign that was seen.
    first_sign: BTreeMap<Member, SimTime>,
    at: BTreeMap<(Lead, NodeId), LeadAt>,
    members: BTreeMap<(Member, NodeId), MemberAt>,
    /// By node, the lead assessed last.
    last_assessed: BTreeMap<NodeId, Lead>,
    /// By item, what it says and when it was published.
    items: BTreeMap<Item, (Content, SimTime)>,
    paths: Vec<CriticalPath>,
    /// Leads that reached the zone that they point to, and the sum of their times, in ticks.
    home: (u64, u64),
    analysts: u64,
    officers: u64,
}

impl ProcessMetrics {
    /// Records that a zone sees a lead.
    pub fn see(&mut self, at: SimTime, node: NodeId, lead: Lead, facts: LeadFacts) {
        self.leads.insert(lead, facts);
        let first = self.first_sign.entry(facts.member).or_insert(facts.sign);
        *first = facts.sign.min(*first);
        self.reach(at, node, lead);
    }

    /// Records that a node publishes an item.
    pub fn publish(&mut self, at: SimTime, node: NodeId, item: Item, content: Content) {
        self.items.insert(item, (content, at));
        if let Content::Finding { member, .. } = content {
            self.members.entry((member, node)).or_default().published.get_or_insert(at);
        }
    }

    /// Records that a node learns an item.
    pub fn learn(&mut self, at: SimTime, node: NodeId, item: Item) {
        match self.items.get(&item) {
            Some(&(Content::Lead(lead), published)) => {
                let here = self.at.entry((lead, node)).or_default();
                if here.learnt.is_none() {
                    here.published = Some(published);
                    self.reach(at, node, lead);
                }
            }
            Some(&(Content::Finding { member, by }, _)) => {
                let here = self.members.entry((member, node)).or_default();
                here.finder.get_or_insert(by);
            }
            _ => {}
        }
    }

    /// A node has a lead for the first time.
    fn reach(&mut self, at: SimTime, node: NodeId, lead: Lead) {
        let here = self.at.entry((lead, node)).or_default();
        if here.learnt.is_some() {
            return;
        }
        here.learnt = Some(at);
        if let Some(facts) = self.leads.get(&lead)
            && facts.points_to == node
        {
            self.home.0 += 1;
            self.home.1 += (at - facts.sign).0;
        }
    }

    /// Records that a node completes a stage, on which its staff worked for some time.
    pub fn stage(&mut self, at: SimTime, node: NodeId, stage: Stage, work: SimDuration) {
        match stage {
            Stage::Translated(_) | Stage::Assessed(_) | Stage::AssessedFor(_) => {
                self.analysts += work.0;
            }
            Stage::Approved(_) => self.officers += work.0,
            _ => {}
        }
        let lead_at = |lead| (lead, node);
        match stage {
            Stage::Translated(lead) => {
                self.at.entry(lead_at(lead)).or_default().translated.get_or_insert(at);
            }
            Stage::Requested(lead) => {
                self.at.entry(lead_at(lead)).or_default().requested.get_or_insert(at);
            }
            Stage::Assessed(lead) => {
                self.at.entry(lead_at(lead)).or_default().assessed.get_or_insert(at);
                self.last_assessed.insert(node, lead);
            }
            Stage::Identified(member) => {
                let lead = self.last_assessed.get(&node).copied();
                let here = self.members.entry((member, node)).or_default();
                here.identified = here.identified.or(lead.map(|lead| (at, lead)));
            }
            Stage::Warranted(member) => {
                self.members.entry((member, node)).or_default().warranted.get_or_insert(at);
            }
            Stage::Dispatched(member) => {
                self.members.entry((member, node)).or_default().dispatched = Some(at);
            }
            Stage::AssessedFor(_) | Stage::Approved(_) => {}
        }
    }

    /// Records that a zone locates a member.
    pub fn locate(&mut self, at: SimTime, node: NodeId, member: Member) {
        self.members.entry((member, node)).or_default().located.get_or_insert(at);
    }

    /// Records what happens in the world.
    pub fn world(&mut self, at: SimTime, event: WorldEvent) {
        if let WorldEvent::Struck { node, member, outcome: Outcome::Captured } = event
            && let Some(path) = self.path(at, node, member)
        {
            self.paths.push(path);
        }
    }

    /// The critical path of a member that is captured now; None if its zone struck on no lead.
    fn path(&self, captured: SimTime, zone: NodeId, member: Member) -> Option<CriticalPath> {
        let home = *self.members.get(&(member, zone))?;
        let own =
            home.identified.filter(|&(at, _)| home.located.is_some_and(|located| at <= located));
        let (finder, (identified, lead)) = match (own, home.finder) {
            (Some(own), _) => (zone, own),
            (None, Some(finder)) => (finder, self.members.get(&(member, finder))?.identified?),
            (None, None) => return None,
        };
        let facts = self.leads.get(&lead)?;
        let here = self.at.get(&(lead, finder)).copied().unwrap_or_default();
        let mut path = Path::from(*self.first_sign.get(&member)?);
        path.reach(PathPart::Corroboration, Some(facts.sign));
        let seen = self.at.get(&(lead, facts.origin)).and_then(|at| at.learnt);
        path.reach(PathPart::Detection, seen);
        if finder != facts.origin {
            path.reach(PathPart::Release, here.published);
            path.reach(PathPart::Network, here.learnt);
        }
        path.reach(PathPart::Translation, here.translated);
        let assessment =
            if here.requested.is_some() { PathPart::Technique } else { PathPart::Assessment };
        path.reach(assessment, here.assessed);
        path.reach(PathPart::Assessment, Some(identified));
        if finder != zone {
            let found = self.members.get(&(member, finder)).and_then(|at| at.published);
            path.reach(PathPart::Release, found);
            path.reach(PathPart::Network, home.located);
        }
        path.reach(PathPart::Warrant, home.warranted);
        path.reach(PathPart::Decision, home.dispatched);
        path.reach(PathPart::Execution, Some(captured));
        Some(CriticalPath { member, zone, lead, captured, parts: path.parts })
    }

    /// The critical paths of the captured members, in the order of their captures.
    pub fn paths(&self) -> &[CriticalPath] {
        &self.paths
    }

    /// What became of the leads that were seen, by their numbers.
    pub fn leads(&self) -> impl Iterator<Item = LeadTimes> {
        self.leads.iter().map(|(&lead, &facts)| {
            let at = |node| self.at.get(&(lead, node)).copied().unwrap_or_default();
            let home = at(facts.points_to);
            LeadTimes {
                lead,
                facts,
                seen: at(facts.origin).learnt.unwrap_or(facts.seen),
                home: home.learnt,
                assessed: home.assessed,
            }
        })
    }

    /// Sets the metrics of the process in a row.
    pub fn fill(&self, row: &mut MetricRow, tick_ms: f64) {
        if self.leads.is_empty() {
            return;
        }
        let hours = |ticks: u64| ticks as f64 * tick_ms / 3.6e6;
        let (count, sum) = self.home;
        row.leads_seen = Some(self.leads.len() as f64);
        row.leads_home = Some(count as f64);
        row.lead_to_home_ms = (count > 0).then(|| sum as f64 / count as f64 * tick_ms);
        row.analyst_hours = Some(hours(self.analysts));
        row.officer_hours = Some(hours(self.officers));
        row.paths = Some(self.paths.len() as f64);
        let spent = |part: PathPart| -> u64 {
            let parts = self.paths.iter().flat_map(|path| &path.parts);
            parts.filter(|&&(other, _)| other == part).map(|(_, time)| time.0).sum()
        };
        let total: u64 = PATH_PARTS.into_iter().map(spent).sum();
        let share = |part| (total > 0).then(|| spent(part) as f64 / total as f64);
        row.path_ms =
            (!self.paths.is_empty()).then(|| total as f64 / self.paths.len() as f64 * tick_ms);
        row.path_corroboration = share(PathPart::Corroboration);
        row.path_detection = share(PathPart::Detection);
        row.path_release = share(PathPart::Release);
        row.path_network = share(PathPart::Network);
        row.path_translation = share(PathPart::Translation);
        row.path_technique = share(PathPart::Technique);
        row.path_assessment = share(PathPart::Assessment);
        row.path_warrant = share(PathPart::Warrant);
        row.path_decision = share(PathPart::Decision);
        row.path_execution = share(PathPart::Execution);
    }
}

/// A path that is being followed.
struct Path {
    reached: SimTime,
    parts: Vec<(PathPart, SimDuration)>,
}

impl Path {
    fn from(start: SimTime) -> Self {
        Self { reached: start, parts: Vec::new() }
    }

    /// Follows the path to a milestone. One that is unknown or was passed before takes no time.
    fn reach(&mut self, part: PathPart, milestone: Option<SimTime>) {
        let Some(at) = milestone.filter(|&at| at > self.reached) else { return };
        self.parts.push((part, at - self.reached));
        self.reached = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: NodeId = NodeId(1);
    const AWAY: NodeId = NodeId(2);
    const MEMBER: Member = Member(0);

    fn at(ticks: u64) -> SimTime {
        SimTime(ticks)
    }

    /// Two leads that another zone sees; the second completes the corroboration.
    fn seen() -> ProcessMetrics {
        let mut process = ProcessMetrics::default();
        for (number, sign, seen) in [(0, 5, 10), (1, 40, 60)] {
            let facts = LeadFacts {
                origin: AWAY,
                points_to: HOME,
                sign: at(sign),
                seen: at(seen),
                ..LeadFacts::bare(MEMBER)
            };
            process.see(at(seen), AWAY, Lead(number), facts);
        }
        process
    }

    fn capture(process: &mut ProcessMetrics) -> CriticalPath {
        let none = SimDuration(0);
        process.locate(at(200), HOME, MEMBER);
        process.stage(at(300), HOME, Stage::Warranted(MEMBER), none);
        process.stage(at(450), HOME, Stage::Dispatched(MEMBER), none);
        let outcome = Outcome::Captured;
        process.world(at(500), WorldEvent::Struck { node: HOME, member: MEMBER, outcome });
        let path = process.paths()[0].clone();
        let spent: u64 = path.parts.iter().map(|(_, time)| time.0).sum();
        assert_eq!(spent, 500 - 5, "the parts add up: {path:?}");
        path
    }

    fn parts(path: &CriticalPath) -> Vec<(PathPart, u64)> {
        path.parts.iter().map(|&(part, time)| (part, time.0)).collect()
    }

    #[test]
    fn a_lead_assessed_at_home() {
        let mut process = seen();
        process.publish(at(90), AWAY, Item(1), Content::Lead(Lead(1)));
        process.learn(at(97), HOME, Item(1));
        process.stage(at(140), HOME, Stage::Translated(Lead(1)), SimDuration(20));
        process.stage(at(200), HOME, Stage::Assessed(Lead(1)), SimDuration(30));
        process.stage(at(200), HOME, Stage::Identified(MEMBER), SimDuration(0));
        let path = capture(&mut process);
        assert_eq!(
            parts(&path),
            [
                (PathPart::Corroboration, 35),
                (PathPart::Detection, 20),
                (PathPart::Release, 30),
                (PathPart::Network, 7),
                (PathPart::Translation, 43),
                (PathPart::Assessment, 60),
                (PathPart::Warrant, 100),
                (PathPart::Decision, 150),
                (PathPart::Execution, 50),
            ]
        );
        let mut row = MetricRow::default();
        process.fill(&mut row, 3.6e6);
        assert_eq!(
            (row.leads_seen, row.leads_home, row.analyst_hours),
            (Some(2.0), Some(1.0), Some(50.0))
        );
        assert_eq!(row.lead_to_home_ms, Some(57.0 * 3.6e6));
        assert_eq!(row.path_network, Some(7.0 / 495.0));
    }

    #[test]
    fn a_finding_of_another_zone() {
        let mut process = seen();
        process.stage(at(120), AWAY, Stage::Assessed(Lead(1)), SimDuration(30));
        process.stage(at(120), AWAY, Stage::Identified(MEMBER), SimDuration(0));
        let finding = Content::Finding { member: MEMBER, by: AWAY };
        process.publish(at(150), AWAY, Item(9), finding);
        process.learn(at(200), HOME, Item(9));
        let path = capture(&mut process);
        assert_eq!(
            parts(&path)[2..5],
            [(PathPart::Assessment, 60), (PathPart::Release, 30), (PathPart::Network, 50)]
        );
    }
}
