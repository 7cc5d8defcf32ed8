//! Who can handle which leads: languages that nobody reads, and the zones that are asked for a technique.

use std::collections::BTreeMap;

use super::node_table::NodeTable;
use super::procedure::assesses;
use crate::id::NodeId;
use crate::network::Network;
use crate::protocol::desk::{Fusion, LEAD_KINDS, LeadKind, Procedure};
use crate::scenario::{Diagnostic, Loaded};

/// By node that assesses and kind that it cannot assess: the zones that it may ask. They are the nearest
/// by latency of those that have the technique.
#[derive(Clone, Debug, Default)]
pub struct AskedZones {
    nearest: BTreeMap<(LeadKind, NodeId), Vec<NodeId>>,
    /// Whether only one node assesses a lead, so that only one asks.
    is_single: bool,
}

/// Most pairs of a zone without a technique and one with it. A guess: a second of work.
const MAX_PAIRS: usize = 50_000_000;

impl AskedZones {
    /// The nodes that assess leads of a kind and cannot, each with the zones that it may ask.
    pub fn lacking(&self, kind: LeadKind) -> impl Iterator<Item = (NodeId, &[NodeId])> {
        let range = self.nearest.range((kind, NodeId(0))..=(kind, NodeId(u32::MAX)));
        range.map(|(&(_, node), zones)| (node, &zones[..]))
    }

    /// The zones that a node may ask about a lead of a kind; None if it needs not.
    pub fn of(&self, node: NodeId, kind: LeadKind) -> Option<&[NodeId]> {
        self.nearest.get(&(kind, node)).map(|zones| &zones[..])
    }

    /// Most requests and answers about a lead.
    pub fn most_per_lead(&self) -> u64 {
        let lacking = LEAD_KINDS.map(|kind| self.lacking(kind).count() as u64);
        let most = lacking.into_iter().max().unwrap_or(0);
        2 * if self.is_single { most.min(1) } else { most }
    }
}

/// Finds who can handle which leads.
pub struct Abilities<'a, E, C> {
    pub procedure: &'a Procedure,
    pub loaded: &'a Loaded<E, C>,
    pub node_table: &'a NodeTable,
}

impl<E, C> Abilities<'_, E, C> {
    /// Finds the zones that are asked about leads of some kinds.
    ///
    /// # Errors
    /// A kind for which nobody has the technique.
    pub fn asked_zones(
        &self,
        kinds: &[LeadKind],
        network: &Network,
    ) -> Result<AskedZones, Diagnostic> {
        let is_single = self.procedure.fusion == Fusion::Home;
        let mut asked = AskedZones { nearest: BTreeMap::new(), is_single };
        for &kind in kinds {
            self.add(kind, network, &mut asked.nearest)?;
        }
        Ok(asked)
    }

    /// The nodes that assess leads.
    fn assessors(&self) -> impl Iterator<Item = NodeId> {
        let nodes = (0..self.node_table.ids.len() as u32).map(NodeId);
        nodes.filter(|&node| assesses(self.procedure, node, self.node_table.hub))
    }

    fn add(
        &self,
        kind: LeadKind,
        network: &Network,
        nearest: &mut BTreeMap<(LeadKind, NodeId), Vec<NodeId>>,
    ) -> Result<(), Diagnostic> {
        let procedure = self.procedure;
        let has = |&node: &NodeId| procedure.staff(node).techniques.contains(kind);
        let lacking: Vec<_> = self.assessors().filter(|node| !has(node)).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let zones = (0..self.node_table.zones).map(NodeId);
        let able: Vec<_> =
            zones.filter(has).filter(|&zone| procedure.staff(zone).assesses).collect();
        if able.is_empty() {
            return Err(self.no_technique(kind));
        }
        if able.len().saturating_mul(lacking.len()) > MAX_PAIRS {
            let title = format!("{} zones that ask {} others", lacking.len(), able.len());
            let label =
                format!("expected at most {MAX_PAIRS} pairs, or the same techniques for all");
            return Err(self.loaded.source.diagnostic("zones", title).label(label));
        }
        for node in lacking {
            let latency = |zone: NodeId| network.links.get(node, zone).latency();
            let least = able.iter().map(|&zone| latency(zone)).min();
            let close = able.iter().copied().filter(|&zone| Some(latency(zone)) == least);
            nearest.insert((kind, node), close.collect());
        }
        Ok(())
    }

    fn no_technique(&self, kind: LeadKind) -> Diagnostic {
        let source = &self.loaded.source;
        let word = serde_json::to_value(kind).unwrap_or_default();
        let word = word.as_str().unwrap_or_default();
        let stated = format!("workload.organisation.kinds.{word}");
        let path = source.first_said(&[&stated, "desk.techniques", "workload.organisation"]);
        let title = format!("no zone has the technique for leads of the kind `{word}`");
        source.diagnostic(path, title).label("expected it among the `techniques` of a zone")
    }

    /// Refuses a language that nobody who assesses leads reads or translates.
    ///
    /// # Errors
    /// The first such language.
    pub fn check_languages(&self) -> Result<(), Diagnostic> {
        let procedure = self.procedure;
        let names = self.loaded.scenario.workload.organisation.languages.as_ref();
        for (number, (name, share)) in (0..).zip(names.iter().flat_map(|names| &names.0)) {
            let can = |node: NodeId| {
                let staff = procedure.staff(node);
                staff.languages.contains(number) || staff.translators > 0
            };
            if share.0 > 0.0 && !self.assessors().any(can) {
                let title = format!("nobody who assesses leads reads `{name}` or translates");
                let path = format!("workload.organisation.languages.{name}");
                let label = "expected a zone that reads it, or translators";
                return Err(self.loaded.source.diagnostic(&path, title).label(label));
            }
        }
        Ok(())
    }
}
