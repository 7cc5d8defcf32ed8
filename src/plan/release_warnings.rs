//! Warns of what a policy on release makes impossible, and of rules without effect.

use std::collections::BTreeSet;

use super::node_table::NodeTable;
use super::release::{Outcome, Release};
use crate::id::NodeId;
use crate::protocol::desk::{LEAD_KINDS, LeadKind, TLP_LABELS};
use crate::scenario::Loaded;

/// Above this many combinations of pairs, kinds, labels and rules, a rule is compared with each earlier
/// rule alone.
const MAX_COMBINATIONS: u64 = 20_000_000;

/// Most pairs that a warning names.
const MAX_LISTED: usize = 3;

/// The nodes that tell: members and the hub.
fn senders(release: &Release) -> Vec<NodeId> {
    let zones = (0..release.zones).map(NodeId);
    zones.filter(|&zone| !release.observers.contains(zone)).chain(release.hub).collect()
}

fn recipients(release: &Release) -> impl Iterator<Item = NodeId> {
    (0..release.zones).map(NodeId).chain(release.hub)
}

/// Warns of rules that never match because earlier rules match all that they would.
pub fn unmatched<E, C>(release: &Release, loaded: &Loaded<E, C>, warnings: &mut Vec<String>) {
    let matched = matched(release);
    for index in (0..release.rules.len()).filter(|index| !matched.contains(index)) {
        let at = loaded.source.position(&format!("release.rules.{index}"));
        warnings.push(format!("{at}: this rule on release never matches; an earlier rule decides"));
    }
}

/// The rules that match something.
fn matched(release: &Release) -> BTreeSet<usize> {
    let rules = &release.rules;
    let nodes = u64::from(release.zones) + 1;
    if nodes * nodes * 20 * rules.len() as u64 > MAX_COMBINATIONS {
        let is_shadowed =
            |&index: &usize| rules[..index].iter().any(|earlier| earlier.includes(&rules[index]));
        return (0..rules.len()).filter(|index| !is_shadowed(index)).collect();
    }
    let mut matched = BTreeSet::new();
    for from in senders(release) {
        for to in recipients(release).filter(|&to| to != from) {
            let labels = |kind| TLP_LABELS.map(|label| Some((kind, label)));
            for topic in LEAD_KINDS.into_iter().flat_map(labels).chain([None]) {
                matched.extend(release.matching(from, to, topic));
            }
        }
    }
    matched
}

/// Warns of rules that keep leads from the node that needs them: the zone that they point to, or the
/// hub if it assesses; and findings from their zone.
pub fn impossible<E, C>(
    release: &Release,
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
    warnings: &mut Vec<String>,
) {
    let members = || {
        let zones = (0..release.zones).map(NodeId);
        zones.filter(|&zone| !release.observers.contains(zone))
    };
    let mut denied: Vec<Vec<String>> = vec![Vec::new(); release.rules.len()];
    let name = |node: NodeId| &node_table.ids[node.index()];
    for (from, to) in needed_pairs(release, members) {
        for (index, what) in denials(release, from, to) {
            denied[index].push(format!("{what} of {} to {}", name(from), name(to)));
        }
    }
    for (index, mut all) in denied.into_iter().enumerate().filter(|(_, all)| !all.is_empty()) {
        let at = loaded.source.position(&format!("release.rules.{index}"));
        let more = all.len().saturating_sub(MAX_LISTED);
        all.truncate(MAX_LISTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let needs = if release.hub_assesses { "the node" } else { "the zone" };
        warnings.push(format!(
            "{at}: this rule on release keeps leads from {needs} that needs them: {}{more}",
            all.join(", ")
        ));
    }
}

/// The pairs of which the second needs what the first sees or finds.
fn needed_pairs<I: Iterator<Item = NodeId>>(
    release: &Release,
    members: impl Fn() -> I,
) -> Vec<(NodeId, NodeId)> {
    match release.hub.filter(|_| release.hub_assesses) {
        Some(hub) => members().flat_map(|zone| [(zone, hub), (hub, zone)]).collect(),
        None => {
            let others = |from| members().filter(move |&to| to != from);
            members().flat_map(|from| others(from).map(move |to| (from, to))).collect()
        }
    }
}

/// The rules that deny one node what another has, each with what it denies.
fn denials(release: &Release, from: NodeId, to: NodeId) -> Vec<(usize, String)> {
    let is_finding = release.hub == Some(from);
    let labels = || {
        let all = TLP_LABELS.into_iter().zip(release.shares);
        all.filter(|&(_, share)| share > 0.0).map(|(label, _)| label)
    };
    let denied = |topic| {
        let rule = release.matching(from, to, topic)?;
        matches!(release.rules[rule].outcome, Outcome::Deny).then_some(rule)
    };
    if is_finding {
        return denied(None).into_iter().map(|rule| (rule, "findings".into())).collect();
    }
    let mut found: Vec<(usize, Vec<LeadKind>)> = Vec::new();
    for kind in LEAD_KINDS {
        for rule in
            labels().filter_map(|label| denied(Some((kind, label)))).collect::<BTreeSet<_>>()
        {
            match found.iter_mut().find(|(other, _)| *other == rule) {
                Some((_, kinds)) => kinds.push(kind),
                None => found.push((rule, vec![kind])),
            }
        }
    }
    let describe = |kinds: Vec<LeadKind>| {
        if kinds.len() == LEAD_KINDS.len() {
            return "leads".to_owned();
        }
        let words: Vec<_> =
            kinds.into_iter().map(|kind| format!("{kind:?}").to_lowercase()).collect();
        format!("leads on {}", words.join(" and "))
    };
    found.into_iter().map(|(rule, kinds)| (rule, describe(kinds))).collect()
}
