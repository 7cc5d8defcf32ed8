//! What there is to learn: when it is published, where, and what it is about.

use std::rc::Rc;
use std::sync::Arc;

use rand_chacha::rand_core::RngCore;

use super::items;
use super::node_table::NodeTable;
use crate::id::{Item, Member, NodeId};
use crate::network::fault::Schedule;
use crate::protocol::desk::{self, GroundTruth};
use crate::rng::{RngStream, exponential, stream, uniform_below, uniform01};
use crate::scenario::{Diagnostic, Loaded, Organisation, WorkloadKind};
use crate::time::{Clock, NanoDuration, SimDuration, SimTime};

/// No run publishes more: what is measured is kept by item and zone.
pub(super) const MAX_ITEMS: u64 = 10_000_000;

/// The workload of a scenario.
#[derive(Clone, Debug)]
pub struct Workload {
    kind: Kind,
    /// The zones that find things out.
    sources: Vec<NodeId>,
    /// How desks work; the labs are each zone's own.
    pub desk: desk::Params,
    /// How many members hide; 0 where items are plain.
    pub members: u32,
    /// Bytes of an item beyond its number, wherever it travels.
    pub item_bytes: u64,
    /// How long after the first capture the rest are warned.
    pub warning: SimDuration,
}

/// How things come to be found out.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Listed(Vec<PublishedItem>),
    Regular { every: SimDuration, count: u64 },
    Poisson { mean: f64, count: u64 },
    Organisation { lead_every: f64, away: f64, until: SimTime },
}

/// An item that is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublishedItem {
    /// When.
    pub due: SimTime,
    /// Where.
    pub origin: NodeId,
}

/// What a seed makes of a workload.
#[derive(Clone, Debug)]
pub struct Realization {
    /// Every item by number. Of those that are not listed, what is never published comes last.
    pub items: Vec<PublishedItem>,
    /// The items in the order in which they are published, with the instant: what is due at a zone
    /// that is down waits for its restart.
    pub order: Vec<(SimTime, NodeId, Item)>,
    /// What the items are about.
    pub ledger: Rc<GroundTruth>,
    /// What goes wrong.
    pub schedule: Arc<Schedule>,
    /// The clocks of all nodes; none where all are true.
    pub(super) clocks: Vec<Clock>,
}

impl Realization {
    /// The clock of a node, if any clock is off.
    #[inline]
    pub fn clock(&self, node: NodeId) -> Option<&Clock> {
        self.clocks.get(node.index())
    }
}

/// Compiles the workload of a scenario.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    names: &NodeTable,
    horizon: SimTime,
) -> Result<Workload, Diagnostic> {
    let Loaded { scenario, source, .. } = loaded;
    let is_source = |&node: &NodeId| !names.observers.contains(node);
    let sources: Vec<_> = (0..names.zones).map(NodeId).filter(is_source).collect();
    if sources.is_empty() {
        let title = "every zone is an observer: nobody finds anything out";
        let last = format!("zones.{}.role", &names.ids[names.zones as usize - 1]);
        return Err(source.diagnostic(&last, title).label("expected a member among the zones"));
    }
    let organisation = &scenario.workload.organisation;
    let plain = scenario.workload.chosen == WorkloadKind::Items;
    let kind = if plain {
        items::compile(loaded, names, horizon, &sources)?
    } else {
        check_organisation(loaded, horizon)?;
        let ticks = |length: NanoDuration| length.ns as f64 / scenario.resolution.ns as f64;
        let lead_every = ticks(organisation.lead_every);
        let until = organisation
            .until
            .map_or(SimTime::NEVER, |until| SimTime(0) + until.ticks(scenario.resolution));
        Kind::Organisation { lead_every, away: organisation.away.0, until }
    };
    Ok(Workload {
        kind,
        sources,
        desk: desk::Params {
            labs: 1,
            service: organisation.assessment.ticks(scenario.resolution),
            corroboration: organisation.corroboration.0,
        },
        item_bytes: scenario.workload.item_size.0,
        members: if plain { 0 } else { organisation.members.0 },
        warning: organisation.warning.ticks(scenario.resolution),
    })
}

fn check_organisation<E, C>(loaded: &Loaded<E, C>, horizon: SimTime) -> Result<(), Diagnostic> {
    let Loaded { scenario, source, .. } = loaded;
    let Organisation { members, lead_every, .. } = scenario.workload.organisation;
    let key = |key: &str| format!("workload.organisation.{key}");
    let gap = lead_every.ticks(scenario.resolution).0;
    if gap == 0 {
        let message = format!("a lead every {lead_every} is more than one a tick");
        let label = format!("expected \"{}\" or more", scenario.resolution);
        return Err(source.diagnostic(&key("lead_every"), message).label(label));
    }
    let most = MAX_ITEMS / u64::from(members.0);
    if horizon.0 / gap > most {
        let title = format!("a lead every {lead_every} about each of {} members", members.0);
        let label = format!("expected no more than {MAX_ITEMS} leads before the horizon");
        let (lead_every, members) = (key("lead_every"), key("members"));
        let path = source.first_said(&[&lead_every, &members, "horizon"]);
        let least = items::least_gap(horizon, most, scenario.resolution);
        let help = format!("with these members and horizon: lead_every = \"{least}\" or more");
        return Err(source.diagnostic(path, title).label(label).help(help));
    }
    Ok(())
}

impl Workload {
    /// Whether a zone finds things out: the others are observers.
    pub fn is_source(&self, zone: NodeId) -> bool {
        self.sources.binary_search(&zone).is_ok()
    }

    /// How many listed items are due too late to come, if any are.
    pub fn late(&self, horizon: SimTime) -> Option<usize> {
        let Kind::Listed(items) = &self.kind else { return None };
        let late = items.iter().filter(|item| item.due >= horizon).count();
        (late > 0).then_some(late)
    }

    /// What is published under a seed before the horizon.
    pub(super) fn realize(
        &self,
        seed: u64,
        horizon: SimTime,
        (schedule, clocks): (Arc<Schedule>, Vec<Clock>),
    ) -> Realization {
        let mut ledger = GroundTruth::default();
        let mut items = match &self.kind {
            Kind::Listed(items) => items.clone(),
            Kind::Regular { every, count } => {
                let due = |i: u64| SimTime(i * every.0);
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
            Kind::Organisation { lead_every, away, until } => {
                let found = self.leads(seed, horizon.min(*until), *lead_every, *away, &mut ledger);
                ledger.leads = found.iter().map(|&(_, member)| member).collect();
                found.into_iter().map(|(published, _)| published).collect()
            }
        };
        // Listed items have the numbers that their file gives them.
        if !matches!(self.kind, Kind::Listed(_)) {
            let is_used = |item: &PublishedItem| schedule.up_from(item.origin, item.due) < horizon;
            unused_last(&mut items, &mut ledger.leads, is_used);
        }
        let mut order: Vec<_> = items
            .iter()
            .zip((0..).map(Item))
            .map(|(item, number)| {
                let at = schedule.up_from(item.origin, item.due);
                ((at, item.origin, item.due, number), (at, item.origin, number))
            })
            .filter(|(key, _)| key.0 < horizon)
            .collect();
        order.sort_by_key(|(key, _)| *key);
        let order = order.into_iter().map(|(_, entry)| entry).collect();
        Realization { items, order, ledger: Rc::new(ledger), schedule, clocks }
    }

    fn any_source(&self, rng: &mut RngStream) -> NodeId {
        self.sources[uniform_below(rng, self.sources.len() as u32) as usize]
    }

    /// Hides the members and lets each leave leads; a member draws from a stream of their own, so
    /// that one more leaves the others alone.
    fn leads(
        &self,
        seed: u64,
        horizon: SimTime,
        lead_every: f64,
        away: f64,
        ledger: &mut GroundTruth,
    ) -> Vec<(PublishedItem, Member)> {
        let mut found = Vec::new();
        for member in (0..self.members).map(Member) {
            let mut rng = stream(seed, "workload", 1 + u64::from(member.0));
            let home = uniform_below(&mut rng, self.sources.len() as u32);
            ledger.homes.push(self.sources[home as usize]);
            let mut due = SimTime(0);
            loop {
                due = due + gap(lead_every, &mut rng);
                if due >= horizon {
                    break;
                }
                let elsewhere = uniform01(rng.next_u64()) < away && self.sources.len() > 1;
                let place = if elsewhere {
                    let other = uniform_below(&mut rng, self.sources.len() as u32 - 1);
                    if other < home { other } else { other + 1 }
                } else {
                    home
                };
                found.push((PublishedItem { due, origin: self.sources[place as usize] }, member));
            }
        }
        found.sort();
        found
    }
}

/// Gives what is never published, at a zone that stays down, the last numbers: on the wire a number
/// that no message carries costs nothing if it is above all others.
fn unused_last(
    items: &mut Vec<PublishedItem>,
    leads: &mut Vec<Member>,
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

fn gap(mean: f64, rng: &mut RngStream) -> SimDuration {
    SimDuration((mean * exponential(uniform01(rng.next_u64())) + 0.5) as u64)
}
