//! Numbers what nodes may publish in a run: leads, then requests and answers, then findings.

use super::leads::{LeadKey, LeadRng};
use super::organisation::Organisation;
use super::procedure::assesses;
use super::publications::PublishedItem;
use crate::id::{Item, Lead, Member, NodeId};
use crate::protocol::desk::{Content, Fusion, GroundTruth, ItemFacts};
use crate::time::{SimDuration, SimTime};

/// The audience of an item that all nodes may have.
pub const ALL: u32 = u32::MAX;

/// The nodes of a run.
#[derive(Clone, Copy, Debug)]
pub struct Nodes {
    pub zones: u32,
    pub hub: Option<NodeId>,
}

/// Adds the items of a run to its ground truth, which has leads and homes. `keys` are those of the leads.
pub fn number_items(
    truth: &mut GroundTruth,
    organisation: &Organisation,
    nodes: Nodes,
    keys: &[LeadKey],
    rng: LeadRng,
) {
    truth.items = leads(truth);
    let mut numbering = Numbering { truth, organisation, nodes };
    numbering.requests(keys, rng);
    numbering.findings();
    numbering.truth.others.sort();
}

/// Adds the publications of all items that are not leads: nobody knows before the run when they are due.
pub fn unplanned(truth: &GroundTruth) -> impl Iterator<Item = PublishedItem> {
    let others = truth.items.iter().skip(truth.leads.len());
    others.map(|facts| PublishedItem { due: SimTime::NEVER, origin: facts.origin })
}

/// Lead l is item l for its first class of recipients.
fn leads(truth: &GroundTruth) -> Vec<ItemFacts> {
    let lead = |(number, facts): (u32, &crate::protocol::desk::LeadFacts)| ItemFacts {
        content: Content::Lead(Lead(number)),
        origin: facts.origin,
        addressee: None,
        audience: ALL,
        orcon: facts.orcon,
        delay: SimDuration(0),
        bytes: facts.bytes,
    };
    (0..).zip(&truth.leads).map(lead).collect()
}

struct Numbering<'a> {
    truth: &'a mut GroundTruth,
    organisation: &'a Organisation,
    nodes: Nodes,
}

impl Numbering<'_> {
    /// Adds an item that is no lead.
    fn add(&mut self, content: Content, [origin, addressee]: [NodeId; 2], bytes: u64) {
        let item = Item(self.truth.items.len() as u32);
        self.truth.others.push((content, item));
        self.truth.items.push(ItemFacts {
            content,
            origin,
            addressee: Some(addressee),
            audience: ALL,
            orcon: false,
            delay: SimDuration(0),
            bytes,
        });
    }

    /// A request and an answer for each lead and node that assesses it without the technique. A request
    /// carries the evidence, as the lead does.
    fn requests(&mut self, keys: &[LeadKey], rng: LeadRng) {
        let organisation = self.organisation;
        for (number, key) in keys.iter().enumerate() {
            let lead = Lead(number as u32);
            let facts = self.truth.leads[number];
            let mut ask = |by: NodeId, zones: &[NodeId]| {
                let asked = rng.one_of(*key, by, zones);
                self.add(Content::Request { lead, by }, [by, asked], facts.bytes);
                let answer = Content::Answer { lead, to: by };
                self.add(answer, [asked, by], organisation.item_bytes);
            };
            if organisation.procedure.fusion == Fusion::Home {
                let home = facts.points_to;
                organisation
                    .asked
                    .of(home, facts.kind)
                    .into_iter()
                    .for_each(|zones| ask(home, zones));
            } else {
                organisation.asked.lacking(facts.kind).for_each(|(by, zones)| ask(by, zones));
            }
        }
    }

    /// A finding for each member who may be identified, and each node other than the zone where they hide
    /// that may do so.
    fn findings(&mut self) {
        let procedure = &self.organisation.procedure;
        if procedure.fusion == Fusion::Home {
            return;
        }
        let nodes = (0..self.nodes.zones).map(NodeId).chain(self.nodes.hub);
        let finders: Vec<_> =
            nodes.filter(|&node| assesses(procedure, node, self.nodes.hub)).collect();
        for (member, count) in (0..).map(Member).zip(self.recognised()) {
            let home = self.truth.homes[member.index()];
            if count < procedure.staff(home).needs {
                continue;
            }
            for &by in finders.iter().filter(|&&by| by != home) {
                let finding = Content::Finding { member, by };
                self.add(finding, [by, home], self.organisation.item_bytes);
            }
        }
    }

    /// By member, the number of leads that count under the law of the zone where they hide.
    fn recognised(&self) -> Vec<u32> {
        let mut counts = vec![0; self.truth.homes.len()];
        for lead in &self.truth.leads {
            let law = self.organisation.procedure.staff(lead.points_to);
            counts[lead.member.index()] += u32::from(law.recognises.contains(lead.kind));
        }
        counts
    }
}
