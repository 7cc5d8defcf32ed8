//! The items of a run: when and where each is published, and what it is about.

use std::sync::Arc;

use rand::seq::IndexedRandom;

use super::item_sizes::{ItemSizes, RandomSize};
use super::leads::{Drawing, LeadRng, gap};
use super::node_table::NodeTable;
use super::numbering::{self, Nodes};
use super::organisation::Organisation;
use super::publications::{ItemRate, Publications, PublishedItem, Rate};
use super::queue_load::{QueueLoad, queue_loads};
use super::release::Release;
use super::{items, organisation, procedure};
use crate::id::{Item, NodeId};
use crate::network::Network;
use crate::network::fault::Schedule;
use crate::protocol::desk::{Content, GroundTruth, LeadFacts, Procedure, Reactions};
use crate::protocol::overlay::Graph;
use crate::protocol::{ItemInfo, WireMessage};
use crate::rng::{RngStream, stream};
use crate::scenario::{Bytes, Diagnostic, Loaded, WorkloadKind};
use crate::time::{Clock, SimDuration, SimTime};

/// What publishes items.
#[derive(Clone, Debug)]
enum Kind {
    Items(Publications),
    Organisation(Box<Organisation>),
}

/// A compiled workload.
#[derive(Clone, Debug)]
pub struct Workload {
    kind: Kind,
    /// The zones that publish items, in order.
    sources: Vec<NodeId>,
    nodes: Nodes,
    /// How zones handle leads.
    pub procedure: Arc<Procedure>,
    /// Number of members that hide; 0 for the workload `items`.
    pub members: u32,
    /// Bytes of the body of an item in a message, in addition to its number, where the item has no size
    /// of its own.
    pub item_bytes: u64,
    /// Bytes of the id of an item in a message; None for its encoding.
    id_bytes: Option<u64>,
    /// The distribution of these bytes if they are drawn for each item.
    random_size: Option<RandomSize>,
    /// How the organisation reacts.
    pub reactions: Reactions,
    /// What zones may tell each other; None if everything.
    release: Option<Release>,
}

/// Everything that is drawn from a seed before a run.
#[derive(Clone, Debug)]
pub struct Realization {
    /// Every item by number. Items that are never published have the last numbers, unless the scenario
    /// lists the items. With a procedure only leads are planned: the others are due never.
    pub items: Vec<PublishedItem>,
    /// Instant, zone and item of each publication, in order. An item that is due at a zone that is
    /// down is published at its restart.
    pub order: Vec<(SimTime, NodeId, Item)>,
    /// The members' homes, and the member that each item is about.
    pub ground_truth: Arc<GroundTruth>,
    /// The sizes of items in messages.
    pub sizes: ItemSizes,
    /// Whether the scenario states how zones handle leads, so that nodes publish on their own.
    has_procedure: bool,
    /// The faults of the scenario and of the nemesis.
    pub schedule: Arc<Schedule>,
    /// By node; empty if all clocks are true.
    pub(super) clocks: Vec<Clock>,
    /// The graph of the overlay, if each run draws one.
    pub(super) graph: Option<Graph>,
}

impl Realization {
    /// What a protocol may know of an item.
    pub fn about(&self, item: Item, workload: &Workload) -> ItemInfo {
        match self.ground_truth.items.get(item.index()) {
            None => {
                let bytes = self.sizes.drawn(item).unwrap_or(workload.item_bytes);
                ItemInfo { bytes, priority: 0 }
            }
            Some(facts) => {
                let is_finding = matches!(facts.content, Content::Finding { .. });
                ItemInfo { bytes: facts.bytes, priority: u8::from(is_finding) }
            }
        }
    }

    /// Whether the scenario states how zones handle leads, so that nodes publish on their own.
    pub fn has_procedure(&self) -> bool {
        self.has_procedure
    }

    /// Size of a message in bytes: its encoding and the bodies of the items that it carries.
    #[inline]
    pub fn bytes(&self, message: &impl WireMessage) -> u64 {
        self.sizes.of_message(message)
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

    /// When the clock of a node has run on by `delay` since `from`.
    #[inline]
    pub fn after(&self, node: NodeId, from: SimTime, delay: SimDuration) -> SimTime {
        self.clock(node).map_or(from + delay, |clock| clock.after(from, delay))
    }
}

/// Compiles the `[workload]` section, and how zones handle leads.
///
/// # Errors
/// No zone that publishes, too many items, intervals that are out of range, or an organisation that
/// cannot work.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
    network: &Network,
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
    let stated = organisation::Reader::new(loaded, node_table);
    let (kind, procedure, members) = if scenario.workload.chosen == WorkloadKind::Items {
        let items = items::compile(loaded, node_table, horizon, &sources)?;
        (Kind::Items(items), Arc::new(procedure::compile(loaded, node_table, &[])?), 0)
    } else {
        let compiled = stated.compile(network)?;
        let (procedure, members) = (Arc::clone(&compiled.procedure), compiled.members);
        (Kind::Organisation(Box::new(compiled)), procedure, members)
    };
    Ok(Workload {
        kind,
        sources,
        nodes: Nodes { zones: node_table.zones, hub: node_table.hub },
        procedure,
        members,
        item_bytes: item_bytes(loaded)?,
        id_bytes: scenario.workload.id_size.map(|Bytes(bytes)| bytes),
        random_size: Some(RandomSize::new(scenario.workload.item_size))
            .filter(|size| !size.is_constant()),
        reactions: stated.reactions(),
        release: None,
    })
}

/// Bytes of an item that has no size of its own: the mean if sizes are drawn.
///
/// # Errors
/// Sizes that are drawn for an organisation: its leads have sizes of their own.
fn item_bytes<E, C>(loaded: &Loaded<E, C>) -> Result<u64, Diagnostic> {
    let workload = &loaded.scenario.workload;
    let size = RandomSize::new(workload.item_size);
    if !size.is_constant() && workload.chosen == WorkloadKind::Organisation {
        let title = "items of an organisation have one size, except for leads";
        let diagnostic = loaded.source.diagnostic("workload.item_size", title);
        return Err(diagnostic
            .label("expected an amount such as \"2kB\"")
            .help("workload.organisation.size has the distribution of the evidence of leads"));
    }
    Ok(size.mean())
}

impl Workload {
    /// Whether nodes may not have all items.
    pub fn has_release_rules(&self) -> bool {
        self.release.is_some() && self.procedure.is_stated
    }

    /// Checks the number of items of an organisation, if a lead is told as so many items at most.
    ///
    /// # Errors
    /// More than a run may have, at the line that decides on it.
    pub(super) fn check_numbers<E, C>(
        &self,
        loaded: &Loaded<E, C>,
        node_table: &NodeTable,
        (horizon, told): (SimTime, u64),
    ) -> Result<(), Diagnostic> {
        let Kind::Organisation(organisation) = &self.kind else { return Ok(()) };
        organisation::Reader::new(loaded, node_table).check_numbers(organisation, horizon, told)
    }

    /// The workload with a policy on release.
    pub(super) fn with_release(self, release: Option<Release>) -> Self {
        Self { release, ..self }
    }

    /// Returns whether a zone publishes items; the others are observers.
    pub fn is_source(&self, zone: NodeId) -> bool {
        self.sources.binary_search(&zone).is_ok()
    }

    /// The offered loads of the queues of leads, by queue and node.
    pub(super) fn loads(&self) -> Vec<QueueLoad> {
        match &self.kind {
            Kind::Items(_) => Vec::new(),
            Kind::Organisation(organisation) => {
                queue_loads(organisation, &self.sources, self.nodes.hub)
            }
        }
    }

    /// Number of listed items that are due at the horizon or later; 0 if items are not listed.
    pub fn late(&self, horizon: SimTime) -> usize {
        let Kind::Items(Publications::Listed(items)) = &self.kind else { return 0 };
        items.iter().filter(|item| item.due >= horizon).count()
    }

    /// Draws the items that are published before the horizon.
    pub(super) fn realize(
        &self,
        seed: u64,
        horizon: SimTime,
        (schedule, clocks): (Arc<Schedule>, Vec<Clock>),
    ) -> Realization {
        let is_used = |item: &PublishedItem| schedule.up_from(item.origin, item.due) < horizon;
        let (mut items, sizes) = match &self.kind {
            Kind::Items(publications) => self.sized_items(publications, seed, horizon, is_used),
            Kind::Organisation(_) => (Vec::new(), None),
        };
        let mut ground_truth = GroundTruth::default();
        if let Kind::Organisation(organisation) = &self.kind {
            ground_truth = self.organisation(organisation, seed, horizon, is_used);
            items.extend(ground_truth.leads.iter().map(published));
        }
        let order = publication_order(&items, horizon, &schedule);
        items.extend(numbering::unplanned(&ground_truth));
        let ground_truth = Arc::new(ground_truth);
        Realization {
            items,
            order,
            sizes: match sizes {
                Some(sizes) => ItemSizes::listed(self.item_bytes, sizes),
                None => ItemSizes::new(self.item_bytes, &ground_truth),
            }
            .with_ids(self.id_bytes),
            has_procedure: self.procedure.is_stated,
            ground_truth,
            schedule,
            clocks,
            graph: None,
        }
    }

    /// Draws the organisation and its leads, and numbers the items about them.
    fn organisation(
        &self,
        organisation: &Organisation,
        seed: u64,
        horizon: SimTime,
        is_used: impl Fn(&PublishedItem) -> bool,
    ) -> GroundTruth {
        let drawing = Drawing::new(organisation, &self.sources, seed, horizon);
        let (homes, mut leads) = drawing.homes_and_leads();
        leads.sort_by_key(|(facts, _)| !is_used(&published(facts)));
        let (leads, keys): (Vec<_>, Vec<_>) = leads.into_iter().unzip();
        let mut truth = GroundTruth {
            leads,
            homes,
            members: organisation.members,
            cells: drawing.cells(),
            ..GroundTruth::default()
        };
        if organisation.procedure.is_stated {
            numbering::number_items(
                &mut truth,
                organisation,
                self.nodes,
                &keys,
                LeadRng::new(seed),
            );
            if let Some(release) = &self.release {
                release.apply(seed, &mut truth);
            }
        }
        truth
    }

    /// Draws the items and, if they are random, their sizes. Items that are never published go last, so
    /// that they change no size; each keeps its own.
    fn sized_items(
        &self,
        publications: &Publications,
        seed: u64,
        horizon: SimTime,
        is_used: impl Fn(&PublishedItem) -> bool,
    ) -> (Vec<PublishedItem>, Option<Vec<u64>>) {
        let mut items = self.items(publications, seed, horizon);
        let Some(size) = self.random_size else {
            items.sort_by_key(|item| !is_used(item));
            return (items, None);
        };
        let mut rng = stream(seed, "item sizes", 0);
        let mut sized: Vec<_> =
            items.into_iter().map(|item| (item, size.draw_from(&mut rng))).collect();
        sized.sort_by_key(|(item, _)| !is_used(item));
        let (items, sizes) = sized.into_iter().unzip();
        (items, Some(sizes))
    }

    fn items(
        &self,
        publications: &Publications,
        seed: u64,
        horizon: SimTime,
    ) -> Vec<PublishedItem> {
        match publications {
            Publications::Listed(items) => items.clone(),
            Publications::Regular { interval, count } => {
                let due = |i: u64| SimTime(i * interval.0);
                let source = |i: u64| self.sources[(i % self.sources.len() as u64) as usize];
                let all = (0..*count).map(|i| PublishedItem { due: due(i), origin: source(i) });
                all.take_while(|item| item.due < horizon).collect()
            }
            Publications::Poisson { mean, count } => {
                let mut rng = stream(seed, "workload", 0);
                let mut items = Vec::new();
                let mut due = SimTime(0) + gap(*mean, &mut rng);
                while due < horizon && (items.len() as u64) < *count {
                    items.push(PublishedItem { due, origin: self.any_source(&mut rng) });
                    due = due + gap(*mean, &mut rng);
                }
                items
            }
            Publications::Sources(rates) => {
                let mut items: Vec<_> =
                    rates.iter().flat_map(|rate| of_source(rate, seed, horizon)).collect();
                items.sort();
                items
            }
        }
    }

    fn any_source(&self, rng: &mut RngStream) -> NodeId {
        *self.sources.choose(rng).expect("a workload has a source")
    }
}

/// The items that one zone publishes at a rate, in order. The draws of each zone and source are a stream of
/// their own, so that other sources change nothing.
fn of_source(
    &ItemRate { origin, rate, count, key }: &ItemRate,
    seed: u64,
    horizon: SimTime,
) -> Vec<PublishedItem> {
    let mut rng = stream(seed, "items of a source", key);
    let mut items = Vec::new();
    let mut next = |due: SimTime| match rate {
        Rate::Regular(interval) => due + interval,
        Rate::Poisson(mean) => due + gap(mean, &mut rng),
    };
    let mut due = SimTime(0);
    if matches!(rate, Rate::Poisson(_)) {
        due = next(due);
    }
    while due < horizon && (items.len() as u64) < count {
        items.push(PublishedItem { due, origin });
        due = next(due);
    }
    items
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

/// The publication of a lead as the workload plans it: when its zone sees it.
fn published(lead: &LeadFacts) -> PublishedItem {
    PublishedItem { due: lead.seen, origin: lead.origin }
}
