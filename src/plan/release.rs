//! `[release]` compiled: who may have which item, and when.
//!
//! A lead becomes an item for each class of recipients: those with the same delay, or each alone where
//! the exchange needs a decision for each ([`protocol::Release`]). The first rule that matches the
//! sender, the recipient, the kind and the label decides; without one the recipient is told after the
//! common delay.

mod audiences;
mod reach;
mod rules;

use std::collections::BTreeMap;

use rand::Rng;

pub use audiences::Audiences;
pub use reach::{ExchangeFacts, Reach};
pub use rules::Outcome;
use rules::Rule;

use super::node_table::NodeTable;
use crate::id::{Lead, Member, NodeId, NodeSet};
use crate::protocol;
use crate::protocol::desk::{
    Content, Fusion, GroundTruth, ItemFacts, LeadFacts, LeadKind, TLP_LABELS, Tlp, WorkTime,
};
use crate::rng::{RngStream, stream};
use crate::scenario::{Diagnostic, Loaded};
use crate::time::SimDuration;

/// The policy on release.
#[derive(Clone, Debug)]
pub struct Release {
    /// The decisions that the exchange needs.
    pub(super) mode: protocol::Release,
    pub(super) zones: u32,
    pub(super) hub: Option<NodeId>,
    /// Whether items pass through the hub, and whether it assesses leads.
    pub(super) hub_relays: bool,
    pub(super) hub_assesses: bool,
    pub(super) observers: NodeSet,
    /// Between a decision and the publication, if no rule states it.
    pub(super) delay: WorkTime,
    /// By label, the share of leads.
    pub(super) shares: [f64; 4],
    /// The share of leads that only the originator may pass on.
    pub(super) orcon: f64,
    pub(super) rules: Vec<Rule>,
    pub(super) reach: Reach,
}

/// Recipients who are told by one decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The index of its audience.
    pub audience: u32,
    /// From the decision to the publication.
    pub delay: SimDuration,
}

impl Class {
    /// An item told to this class.
    fn of(&self, facts: ItemFacts, orcon: bool) -> ItemFacts {
        ItemFacts { audience: self.audience, delay: self.delay, orcon, ..facts }
    }
}

/// The recipients who are told at the same time: by their delay if it is constant, else by the rule.
type ClassKey = (u64, usize);

impl Release {
    /// Compiles the table; None if the scenario has none.
    ///
    /// # Errors
    /// A node that does not exist, a rule that both denies and delays, or labels without shares.
    pub fn compile<E, C>(
        loaded: &Loaded<E, C>,
        node_table: &NodeTable,
        exchange: &ExchangeFacts,
        fusion: Fusion,
    ) -> Result<Option<Self>, Diagnostic> {
        let Loaded { scenario, source, .. } = loaded;
        let Some(stated) = &scenario.release else { return Ok(None) };
        let shares = stated.tlp.map_or([0.0, 1.0, 0.0, 0.0], |tlp| tlp.shares());
        if shares.iter().sum::<f64>() <= 0.0 {
            let diagnostic = source.diagnostic("release.tlp", "no label has a share");
            return Err(diagnostic.label("expected a share above 0, such as { amber = 1.0 }"));
        }
        Ok(Some(Self {
            mode: exchange.release,
            zones: node_table.zones,
            hub: node_table.hub,
            hub_relays: exchange.routing.has_relaying_hub(),
            hub_assesses: matches!(fusion, Fusion::Hub(_)),
            observers: node_table.observers.clone(),
            delay: stated.delay.constant(scenario.resolution),
            shares,
            orcon: stated.orcon.0,
            rules: rules::compile(loaded, node_table)?,
            reach: Reach::new(exchange, node_table),
        }))
    }

    /// Draws the label of each lead, and whether only its originator may pass it on. Each member has a
    /// stream of its own.
    pub fn label(&self, seed: u64, leads: &mut [LeadFacts]) {
        let mut streams: BTreeMap<Member, RngStream> = BTreeMap::new();
        for lead in leads {
            let open = || stream(seed, "release", u64::from(lead.member.0));
            let rng = streams.entry(lead.member).or_insert_with(open);
            let [label, orcon]: [f64; 2] = [rng.random(), rng.random()];
            lead.tlp = self.label_at(label);
            lead.orcon = orcon < self.orcon;
        }
    }

    /// The label at a point of the distribution, 0 to 1.
    fn label_at(&self, point: f64) -> Tlp {
        let mut left = point * self.shares.iter().sum::<f64>();
        let shares = TLP_LABELS.into_iter().zip(self.shares).filter(|&(_, share)| share > 0.0);
        let mut found = Tlp::Amber;
        for (label, share) in shares {
            found = label;
            left -= share;
            if left < 0.0 {
                break;
            }
        }
        found
    }

    /// The classes of recipients of a lead; one with an empty audience if nobody may have it.
    pub fn classes(
        &self,
        seed: u64,
        lead: Lead,
        facts: &LeadFacts,
        audiences: &mut Audiences,
    ) -> Vec<Class> {
        let mut rng = stream(seed, "release", (1 << 32) | u64::from(lead.0));
        let topic = Some((facts.kind, facts.tlp));
        let mut found: BTreeMap<ClassKey, (WorkTime, Vec<NodeId>)> = BTreeMap::new();
        let mut told = |to: NodeId| {
            if let Some((key, delay)) = self.class_of(facts.origin, to, topic) {
                found.entry(key).or_insert((delay, Vec::new())).1.push(to);
            }
        };
        (0..self.zones).map(NodeId).filter(|&to| self.is_addressed(facts, to)).for_each(&mut told);
        // It relays every class of the zones, or is a recipient like them.
        let hub = self.hub.filter(|&hub| self.class_of(facts.origin, hub, topic).is_some());
        let relay = hub.filter(|_| self.hub_relays);
        if let Some(hub) =
            hub.filter(|_| self.hub_assesses && (relay.is_none() || found.is_empty()))
        {
            let (key, delay) =
                self.class_of(facts.origin, hub, topic).unwrap_or(((0, 0), self.delay));
            found.entry(key).or_insert((delay, Vec::new())).1.push(hub);
        }
        let mut classes = Vec::new();
        for (delay, nodes) in found.into_values() {
            let each = match self.mode {
                protocol::Release::Bilateral => nodes.into_iter().map(|node| vec![node]).collect(),
                protocol::Release::Collective => vec![nodes],
            };
            for mut nodes in each {
                nodes.extend(relay.filter(|hub| !nodes.contains(hub)));
                let audience = audiences.number(nodes);
                classes.push(Class { audience, delay: delay.draw(&mut rng) });
            }
        }
        if classes.is_empty() {
            classes.push(Class { audience: audiences.number(Vec::new()), delay: SimDuration(0) });
        }
        classes
    }

    /// The class of an item for one node that is no lead; `topic` is the lead that it is about, if it is
    /// about one. Rules on kinds and labels concern leads only.
    pub fn class_for(
        &self,
        [from, to]: [NodeId; 2],
        topic: Option<&LeadFacts>,
        rng: &mut RngStream,
        audiences: &mut Audiences,
    ) -> Class {
        let topic = topic.map(|lead| (lead.kind, lead.tlp));
        let Some((_, delay)) = self.class_of(from, to, topic) else {
            return Class { audience: audiences.number(Vec::new()), delay: SimDuration(0) };
        };
        let is_allowed = |&hub: &NodeId| {
            self.hub_relays && hub != from && self.class_of(from, hub, topic).is_some()
        };
        let relay = self.hub.filter(is_allowed).filter(|&hub| hub != to);
        let nodes = std::iter::once(to).chain(relay).collect();
        Class { audience: audiences.number(nodes), delay: delay.draw(rng) }
    }

    /// Whether the label of a lead addresses a zone, apart from the rules.
    fn is_addressed(&self, facts: &LeadFacts, zone: NodeId) -> bool {
        zone != facts.origin
            && match facts.tlp {
                Tlp::Red => zone == facts.points_to,
                Tlp::Amber => !self.observers.contains(zone),
                Tlp::Green | Tlp::Clear => true,
            }
    }

    /// The class in which a node is told; None if it is not.
    fn class_of(
        &self,
        from: NodeId,
        to: NodeId,
        topic: Option<(LeadKind, Tlp)>,
    ) -> Option<(ClassKey, WorkTime)> {
        let (rule, delay) = match self.matching(from, to, topic) {
            None => (self.rules.len(), self.delay),
            Some(index) => match self.rules[index].outcome {
                Outcome::Deny => return None,
                Outcome::Delay(delay) => (index, delay.unwrap_or(self.delay)),
            },
        };
        let key = match delay {
            WorkTime::Constant(time) => (time.0, 0),
            _ => (u64::MAX, rule),
        };
        Some((key, delay))
    }

    /// Most items as which a lead is told.
    pub fn most_classes(&self) -> u64 {
        let [_, amber, green, clear] = self.shares;
        let recipients = if green > 0.0 || clear > 0.0 {
            u64::from(self.zones) - 1
        } else if amber > 0.0 {
            u64::from(self.zones) - 1 - self.observers.len() as u64
        } else {
            1
        };
        let recipients = recipients + u64::from(self.hub_assesses && !self.hub_relays);
        match self.mode {
            protocol::Release::Bilateral => recipients.max(1),
            protocol::Release::Collective => recipients.clamp(1, self.rules.len() as u64 + 1),
        }
    }

    /// The first rule that matches.
    pub(super) fn matching(
        &self,
        from: NodeId,
        to: NodeId,
        topic: Option<(LeadKind, Tlp)>,
    ) -> Option<usize> {
        self.rules.iter().position(|rule| rule.matches(from, to, topic))
    }

    /// Applies the policy to the items of a run, of which lead l has item l: labels the leads, adds an
    /// item for each further class of recipients, and sets who may have each.
    pub fn apply(&self, seed: u64, truth: &mut GroundTruth) {
        let mut audiences = Audiences::default();
        self.label(seed, &mut truth.leads);
        self.set_others(seed, truth, &mut audiences);
        truth.classes = Vec::with_capacity(truth.leads.len());
        for number in 0..truth.leads.len() {
            let lead = Lead(number as u32);
            let facts = truth.leads[number];
            let mut classes = self.classes(seed, lead, &facts, &mut audiences).into_iter();
            let first = truth.items.len() as u32;
            if let Some(class) = classes.next() {
                truth.items[number] = class.of(truth.items[number], facts.orcon);
            }
            for class in classes {
                truth.items.push(class.of(truth.items[number], facts.orcon));
            }
            truth.classes.push((first, truth.items.len() as u32));
        }
        self.set_direct(truth, audiences);
    }

    /// Sets who may have the items that are no leads.
    fn set_others(&self, seed: u64, truth: &mut GroundTruth, audiences: &mut Audiences) {
        for index in truth.leads.len()..truth.items.len() {
            let facts = truth.items[index];
            let Some(to) = facts.addressee else { continue };
            let topic = match facts.content {
                Content::Request { lead, .. } | Content::Answer { lead, .. } => {
                    Some(truth.leads[lead.index()])
                }
                Content::Lead(_) | Content::Finding { .. } => None,
            };
            let mut rng = stream(seed, "release", (2 << 32) | index as u64);
            let link = [facts.origin, to];
            let class = self.class_for(link, topic.as_ref(), &mut rng, audiences);
            truth.items[index] = class.of(facts, false);
        }
    }

    /// Which nodes the origin of each item tells directly.
    fn set_direct(&self, truth: &mut GroundTruth, mut audiences: Audiences) {
        let mut known = BTreeMap::new();
        let mut direct = Vec::with_capacity(truth.items.len());
        for facts in &truth.items {
            let key = (facts.audience, facts.origin, facts.orcon);
            direct.push(*known.entry(key).or_insert_with(|| {
                let nodes = audiences.nodes(facts.audience).to_vec();
                let nodes = self.reach.direct(facts.origin, facts.orcon, &nodes);
                if nodes.is_empty() { u32::MAX } else { audiences.number(nodes) }
            }));
        }
        truth.direct = direct;
        truth.audiences = audiences.into_sets();
    }
}
