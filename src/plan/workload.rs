//! The items of a run: when and where each is published, and what it is about.

use std::sync::Arc;

use rand::Rng;
use rand::seq::IndexedRandom;

use super::items;
use super::node_table::NodeTable;
use super::publications::{Kind, Leads, MAX_ITEMS, PublishedItem};
use crate::id::{Item, Member, NodeId};
use crate::network::fault::Schedule;
use crate::protocol::ItemInfo;
use crate::protocol::desk::{CellFacts, Content, GroundTruth, LeadFacts, Procedure, Reactions};
use crate::rng::{RngStream, exponential, stream};
use crate::scenario::{Diagnostic, Loaded, Organisation, WorkloadKind};
use crate::time::{Clock, SimDuration, SimTime};

/// A compiled workload.
#[derive(Clone, Debug)]
pub struct Workload {
    kind: Kind,
    /// The zones that publish items, in order.
    sources: Vec<NodeId>,
    /// How zones handle leads.
    pub procedure: Arc<Procedure>,
    /// Number of members that hide; 0 for the workload `items`.
    pub members: u32,
    /// Bytes of the body of an item in a message, in addition to its number.
    pub item_bytes: u64,
    /// How the organisation reacts.
    pub reactions: Reactions,
}

/// Everything that is drawn from a seed before a run.
#[derive(Clone, Debug)]
pub struct Realization {
    /// Every item by number. Items that are never published have the last numbers, unless the scenario
    /// lists the items.
    pub items: Vec<PublishedItem>,
    /// Instant, zone and item of each publication, in order. An item that is due at a zone that is
    /// down is published at its restart.
    pub order: Vec<(SimTime, NodeId, Item)>,
    /// The members' homes, and the member that each item is about.
    pub ground_truth: Arc<GroundTruth>,
    /// The faults of the scenario and of the nemesis.
    pub schedule: Arc<Schedule>,
    /// By node; empty if all clocks are true.
    pub(super) clocks: Vec<Clock>,
}

impl Realization {
    /// What a protocol may know of an item.
    pub fn about(&self, item: Item, workload: &Workload) -> ItemInfo {
        match self.ground_truth.items.get(item.index()) {
            None => ItemInfo { bytes: workload.item_bytes, priority: 0 },
            Some(facts) => {
                let is_finding = matches!(facts.content, Content::Finding { .. });
                ItemInfo { bytes: facts.bytes, priority: u8::from(is_finding) }
            }
        }
    }

    /// Whether the scenario states how zones handle leads, so that nodes publish on their own.
    pub fn has_procedure(&self) -> bool {
        !self.ground_truth.items.is_empty()
    }

    /// By item, the number of zones that should learn it.
    pub fn receivers(&self, zones: u32) -> Vec<u32> {
        let receivers = |item: Item| {
            let origin = self.items[item.index()].origin;
            let Some(audience) = self.ground_truth.audience(item) else {
                return zones - u32::from(origin.0 < zones);
            };
            audience.iter().filter(|&node| node.0 < zones && node != origin).count() as u32
        };
        (0..self.items.len() as u32).map(|item| receivers(Item(item))).collect()
    }

    /// Returns the clock of a node; `None` if all clocks are true.
    #[inline]
    pub fn clock(&self, node: NodeId) -> Option<&Clock> {
        self.clocks.get(node.index())
    }
}

/// Compiles the `[workload]` section.
///
/// # Errors
/// No zone that publishes, too many items, or intervals that are out of range.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
    horizon: SimTime,
) -> Result<Workload, Diagnostic> {
    let Loaded { scenario, source, .. } = loaded;
    let is_source = |&node: &NodeId| !node_table.observers.contains(node);
    let sources: Vec<_> = (0..node_table.zones).map(NodeId).filter(is_source).collect();
    if sources.is_empty() {
        let title = "every zone is an observer, so no zone publishes items";
        let last = format!("zones.{}.role", &node_table.ids[node_table.zones as usize - 1]);
        return Err(source.diagnostic(&last, title).label("expected a member among the zones"));
    }
    let organisation = &scenario.workload.organisation;
    let is_plain = scenario.workload.chosen == WorkloadKind::Items;
    let kind = if is_plain {
        items::compile(loaded, node_table, horizon, &sources)?
    } else {
        check_organisation(loaded, horizon)?;
        Kind::Organisation(Leads::new(organisation, scenario.resolution))
    };
    Ok(Workload {
        kind,
        sources,
        procedure: Arc::new(super::procedure::compile(loaded)),
        item_bytes: scenario.workload.item_size.0,
        members: if is_plain { 0 } else { organisation.members.0 },
        reactions: Reactions {
            warning: organisation.warning.ticks(scenario.resolution),
            warning_others: organisation.warning.ticks(scenario.resolution),
            attack_needs: 1,
        },
    })
}

fn check_organisation<E, C>(loaded: &Loaded<E, C>, horizon: SimTime) -> Result<(), Diagnostic> {
    let Loaded { scenario, source, .. } = loaded;
    let Organisation { members, lead_interval, .. } = scenario.workload.organisation;
    let key = |key: &str| format!("workload.organisation.{key}");
    let gap = lead_interval.ticks(scenario.resolution).0;
    if gap == 0 {
        let message = format!("a lead every {lead_interval} is more than one a tick");
        let label = format!("expected \"{}\" or more", scenario.resolution);
        return Err(source.diagnostic(&key("lead_interval"), message).label(label));
    }
    let max = MAX_ITEMS / u64::from(members.0);
    if horizon.0 / gap > max {
        let title = format!("a lead every {lead_interval} about each of {} members", members.0);
        let label = format!("expected no more than {MAX_ITEMS} leads before the horizon");
        let (lead_interval, members) = (key("lead_interval"), key("members"));
        let path = source.first_said(&[&lead_interval, &members, "horizon"]);
        let min = items::min_interval(horizon, max, scenario.resolution);
        let help = format!("with these members and horizon: lead_interval = \"{min}\" or more");
        return Err(source.diagnostic(path, title).label(label).help(help));
    }
    Ok(())
}

impl Workload {
    /// Returns whether a zone publishes items; the others are observers.
    pub fn is_source(&self, zone: NodeId) -> bool {
        self.sources.binary_search(&zone).is_ok()
    }

    /// Number of listed items that are due at the horizon or later; 0 if items are not listed.
    pub fn late(&self, horizon: SimTime) -> usize {
        let Kind::Listed(items) = &self.kind else { return 0 };
        items.iter().filter(|item| item.due >= horizon).count()
    }

    /// Draws the items that are published before the horizon.
    pub(super) fn realize(
        &self,
        seed: u64,
        horizon: SimTime,
        (schedule, clocks): (Arc<Schedule>, Vec<Clock>),
    ) -> Realization {
        let mut ground_truth = GroundTruth::default();
        let mut items = self.items(seed, horizon, &mut ground_truth);
        // Listed items have the numbers that their file gives them.
        if !matches!(self.kind, Kind::Listed(_)) {
            let is_used = |item: &PublishedItem| schedule.up_from(item.origin, item.due) < horizon;
            move_unused_last(&mut items, &mut ground_truth.leads, is_used);
        }
        let order = publication_order(&items, horizon, &schedule);
        Realization { items, order, ground_truth: Arc::new(ground_truth), schedule, clocks }
    }

    fn items(
        &self,
        seed: u64,
        horizon: SimTime,
        ground_truth: &mut GroundTruth,
    ) -> Vec<PublishedItem> {
        match &self.kind {
            Kind::Listed(items) => items.clone(),
            Kind::Regular { interval, count } => {
                let due = |i: u64| SimTime(i * interval.0);
                let source = |i: u64| self.sources[(i % self.sources.len() as u64) as usize];
                let all = (0..*count).map(|i| PublishedItem { due: due(i), origin: source(i) });
                all.take_while(|item| item.due < horizon).collect()
            }
            Kind::Poisson { mean, count } => {
                let mut rng = stream(seed, "workload", 0);
                let mut items = Vec::new();
                let mut due = SimTime(0) + gap(*mean, &mut rng);
                while due < horizon && (items.len() as u64) < *count {
                    items.push(PublishedItem { due, origin: self.any_source(&mut rng) });
                    due = due + gap(*mean, &mut rng);
                }
                items
            }
            Kind::Organisation(leads) => {
                let found = self.leads(seed, horizon.min(leads.until), leads, ground_truth);
                let lead = |&(PublishedItem { due, origin }, member): &(PublishedItem, Member)| {
                    let points_to = ground_truth.homes[member.index()];
                    LeadFacts { origin, points_to, sign: due, seen: due, ..LeadFacts::bare(member) }
                };
                ground_truth.leads = found.iter().map(lead).collect();
                ground_truth.members = self.members;
                ground_truth.cells = vec![CellFacts { deadline: SimTime::NEVER, hasty: None }];
                found.into_iter().map(|(published, _)| published).collect()
            }
        }
    }

    fn any_source(&self, rng: &mut RngStream) -> NodeId {
        *self.sources.choose(rng).expect("a workload has a source")
    }

    /// Draws the home of each member, added to `ground_truth`, and the leads of each before `horizon`.
    /// Each member has a stream of its own, so adding a member does not change the others.
    fn leads(
        &self,
        seed: u64,
        horizon: SimTime,
        leads: &Leads,
        ground_truth: &mut GroundTruth,
    ) -> Vec<(PublishedItem, Member)> {
        let mut found = Vec::new();
        for member in (0..self.members).map(Member) {
            let mut rng = stream(seed, "workload", 1 + u64::from(member.0));
            let home = rng.random_range(0..self.sources.len() as u32);
            ground_truth.homes.push(self.sources[home as usize]);
            let mut due = SimTime(0);
            loop {
                due = due + gap(leads.mean_interval, &mut rng);
                if due >= horizon {
                    break;
                }
                let is_away = rng.random::<f64>() < leads.away && self.sources.len() > 1;
                let index = if is_away {
                    let other = rng.random_range(0..self.sources.len() as u32 - 1);
                    if other < home { other } else { other + 1 }
                } else {
                    home
                };
                found.push((PublishedItem { due, origin: self.sources[index as usize] }, member));
            }
        }
        found.sort();
        found
    }
}

/// Instant, zone and item of each publication, in order of the instant, then of the zone, then of the
/// time at which the item was due.
fn publication_order(
    items: &[PublishedItem],
    horizon: SimTime,
    schedule: &Schedule,
) -> Vec<(SimTime, NodeId, Item)> {
    let published = items.iter().zip((0..).map(Item)).map(|(item, number)| {
        let at = schedule.up_from(item.origin, item.due);
        (at, item.origin, item.due, number)
    });
    let mut order: Vec<_> = published.filter(|(at, ..)| *at < horizon).collect();
    order.sort();
    order.into_iter().map(|(at, zone, _, number)| (at, zone, number)).collect()
}

/// Moves items that are never published, because their zone stays down, to the end: in a message, an
/// item number that no message carries costs no bytes if it is above all others.
fn move_unused_last(
    items: &mut Vec<PublishedItem>,
    leads: &mut Vec<LeadFacts>,
    is_used: impl Fn(&PublishedItem) -> bool,
) {
    if items.iter().all(&is_used) {
        return;
    }
    let mut numbers: Vec<_> = (0..items.len()).collect();
    numbers.sort_by_key(|&number| !is_used(&items[number]));
    *items = numbers.iter().map(|&number| items[number]).collect();
    *leads = numbers.iter().filter_map(|&number| leads.get(number).copied()).collect();
}

/// Draws an exponentially distributed time with this mean in ticks.
fn gap(mean: f64, rng: &mut RngStream) -> SimDuration {
    SimDuration((mean * exponential(rng.random()) + 0.5) as u64)
}
