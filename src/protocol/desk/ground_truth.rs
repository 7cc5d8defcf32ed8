//! What is true in a run: members, cells, leads, and what each item says.
//!
//! Everything that can occur is drawn and numbered before the run, by key: a lead, a lead for one class
//! of recipients, a request and an answer about a lead, a finding about a member by a zone. Every node
//! holds the same ledger and reads in it only what it has learnt; what travels is the number of the item.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{Cell, Item, Lead, Member, NodeId, NodeSet};
use crate::time::{SimDuration, SimTime};

/// The kind of activity that a lead is about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum LeadKind {
    /// Published propaganda.
    Propaganda,
    /// Recruitment.
    Recruitment,
    /// Financing.
    Financing,
    /// Procurement of means.
    Procurement,
    /// A journey.
    Travel,
}

/// All kinds of leads, in the order of their numbers.
pub const LEAD_KINDS: [LeadKind; 5] = [
    LeadKind::Propaganda,
    LeadKind::Recruitment,
    LeadKind::Financing,
    LeadKind::Procurement,
    LeadKind::Travel,
];

/// How a zone comes by a lead.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum LeadSource {
    /// Monitoring of what is public online.
    Monitoring,
    /// A report by a service provider.
    Provider,
    /// A report by the public.
    Public,
    /// A border check.
    Border,
}

/// All sources of leads, in the order of their numbers.
pub const LEAD_SOURCES: [LeadSource; 4] =
    [LeadSource::Monitoring, LeadSource::Provider, LeadSource::Public, LeadSource::Border];

/// The Traffic Light Protocol label of an item: FIRST, "Traffic Light Protocol (TLP) 2.0" (2022).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Tlp {
    /// Only for the zone that the lead points to, and for the hub if it relays.
    Red,
    /// For members.
    #[default]
    Amber,
    /// For members and observers.
    Green,
    /// Without restriction.
    Clear,
}

/// All labels, from the strictest.
pub const TLP_LABELS: [Tlp; 4] = [Tlp::Red, Tlp::Amber, Tlp::Green, Tlp::Clear];

/// What a lead says, and what is true about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeadFacts {
    /// The member that it is about; a phantom if it is false.
    pub member: Member,
    /// The kind of activity.
    pub kind: LeadKind,
    /// How it was found.
    pub source: LeadSource,
    /// The number of its language among those of the scenario.
    pub language: u8,
    /// Its label.
    pub tlp: Tlp,
    /// Whether only the originator may pass it on.
    pub orcon: bool,
    /// The zone that sees it.
    pub origin: NodeId,
    /// The zone that it points to.
    pub points_to: NodeId,
    /// When the activity took place.
    pub sign: SimTime,
    /// When its zone sees it, unless the zone is down.
    pub seen: SimTime,
    /// Bytes of its evidence.
    pub bytes: u64,
}

impl LeadFacts {
    /// A lead about a member without any other property.
    pub fn bare(member: Member) -> Self {
        Self {
            member,
            kind: LeadKind::Propaganda,
            source: LeadSource::Monitoring,
            language: 0,
            tlp: Tlp::Clear,
            orcon: false,
            origin: NodeId(0),
            points_to: NodeId(0),
            sign: SimTime(0),
            seen: SimTime(0),
            bytes: 0,
        }
    }
}

/// What an item says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A lead.
    Lead(Lead),
    /// A zone asks another for an assessment of a lead, for which it lacks the technique.
    Request {
        /// The lead.
        lead: Lead,
        /// The zone that asks.
        by: NodeId,
    },
    /// The answer to a request.
    Answer {
        /// The lead.
        lead: Lead,
        /// The zone that asked.
        to: NodeId,
    },
    /// A zone has identified a member.
    Finding {
        /// The member.
        member: Member,
        /// The zone that has identified it.
        by: NodeId,
    },
}

/// An item: what it says and who may have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemFacts {
    /// What it says.
    pub content: Content,
    /// The node that publishes it.
    pub origin: NodeId,
    /// The node that acts on it, if only one does: that which is asked, or answered, or where a finding
    /// points to.
    pub addressee: Option<NodeId>,
    /// The index of its audience in [`GroundTruth::audiences`].
    pub audience: u32,
    /// Whether only the origin may pass it on.
    pub orcon: bool,
    /// The delay that the release rules put between approval and publication.
    pub delay: SimDuration,
    /// Bytes of its body.
    pub bytes: u64,
}

/// A cell of the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellFacts {
    /// When it attacks, unless it is prevented; [`SimTime::NEVER`] if it never does.
    pub deadline: SimTime,
    /// How long after a warning it attacks instead, if it does so at all.
    pub hasty: Option<SimDuration>,
}

/// How the organisation reacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reactions {
    /// From a strike until the free members of the same cell escape.
    pub warning: SimDuration,
    /// From a strike until the free members of the other cells escape.
    pub warning_others: SimDuration,
    /// Number of free members that a cell needs for its attack.
    pub attack_needs: u32,
}

/// What is true in one run.
#[derive(Clone, Debug, Default)]
pub struct GroundTruth {
    /// By lead.
    pub leads: Vec<LeadFacts>,
    /// By member, phantoms after the real ones: the zone where they hide.
    pub homes: Vec<NodeId>,
    /// Number of real members.
    pub members: u32,
    /// By cell; member m belongs to cell m modulo their number. Empty if there are no members.
    pub cells: Vec<CellFacts>,
    /// By item; empty unless the scenario has a procedure, and then lead l has item l, told to all.
    pub items: Vec<ItemFacts>,
    /// The sets of nodes that may have an item.
    pub audiences: Vec<NodeSet>,
    /// By item, the index in `audiences` of the nodes that its origin tells directly, since the exchange
    /// does not bring it there within its audience; beyond the end of `audiences` if there are none.
    pub direct: Vec<u32>,
    /// By lead, the further items that tell it to other classes of recipients: a range of items.
    pub classes: Vec<(u32, u32)>,
    /// The items that are not leads, in order of their contents.
    pub others: Vec<(Content, Item)>,
}

impl GroundTruth {
    /// What an item says; None if it is plain.
    #[inline]
    pub fn content(&self, item: Item) -> Option<Content> {
        match self.items.get(item.index()) {
            Some(facts) => Some(facts.content),
            None if item.index() < self.leads.len() => Some(Content::Lead(Lead(item.0))),
            None => None,
        }
    }

    /// The member that an item is about, if it is about one.
    pub fn about(&self, item: Item) -> Option<Member> {
        self.content(item).map(|content| match content {
            Content::Lead(lead) | Content::Request { lead, .. } | Content::Answer { lead, .. } => {
                self.leads[lead.index()].member
            }
            Content::Finding { member, .. } => member,
        })
    }

    /// Whether the sign of a lead is left; `silent_from` has, by member, the first instant at which it
    /// leaves none.
    pub fn arises(&self, lead: Lead, silent_from: &[SimTime]) -> bool {
        let LeadFacts { member, sign, .. } = self.leads[lead.index()];
        silent_from.get(member.index()).is_none_or(|&from| sign < from)
    }

    /// The items that tell a lead, one for each class of recipients; none if nobody may have it.
    pub fn items_of(&self, lead: Lead) -> impl Iterator<Item = Item> + '_ {
        let (first, end) = self.classes.get(lead.index()).copied().unwrap_or((0, 0));
        let all = std::iter::once(Item(lead.0)).chain((first..end).map(Item));
        // Nobody decides on what may be told to nobody.
        all.filter(|&item| self.audience(item).is_none_or(|nodes| !nodes.is_empty()))
    }

    /// The item with this content, which is no lead; None if it cannot occur.
    pub fn item_for(&self, content: Content) -> Option<Item> {
        let found = self.others.binary_search_by_key(&content, |&(content, _)| content);
        found.ok().map(|index| self.others[index].1)
    }

    /// Whether some node may not have some item.
    #[inline]
    pub fn has_release_rules(&self) -> bool {
        !self.audiences.is_empty()
    }

    /// The nodes that may have an item; None if all may.
    #[inline]
    pub fn audience(&self, item: Item) -> Option<&NodeSet> {
        let facts = self.items.get(item.index())?;
        self.audiences.get(facts.audience as usize)
    }

    /// The nodes that the origin of an item tells directly; None if there are none.
    #[inline]
    pub fn direct(&self, item: Item) -> Option<&NodeSet> {
        let index = *self.direct.get(item.index())?;
        self.audiences.get(index as usize)
    }

    /// Whether a node may have an item.
    pub fn may_have(&self, item: Item, node: NodeId) -> bool {
        let Some(facts) = self.items.get(item.index()) else { return true };
        let audience = self.audiences.get(facts.audience as usize);
        node == facts.origin || audience.is_none_or(|nodes| nodes.contains(node))
    }

    /// Whether one node may tell another of an item.
    pub fn may_tell(&self, item: Item, from: NodeId, to: NodeId) -> bool {
        let is_orcon = self.items.get(item.index()).is_some_and(|facts| facts.orcon);
        let is_origin = || self.items[item.index()].origin == from;
        self.may_have(item, to) && (!is_orcon || is_origin())
    }

    /// Whether the exchange of one node may tell another of an item: it leaves to their origin the
    /// nodes that are told directly.
    pub fn may_exchange(&self, item: Item, from: NodeId, to: NodeId) -> bool {
        let is_direct = || self.direct(item).is_some_and(|nodes| nodes.contains(to));
        self.may_tell(item, from, to) && !is_direct()
    }

    /// The cell of a real member; None for a phantom.
    pub fn cell(&self, member: Member) -> Option<Cell> {
        let cells = self.cells.len() as u32;
        (member.0 < self.members && cells > 0).then(|| Cell(member.0 % cells))
    }
}
