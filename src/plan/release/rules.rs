//! Rules on release: which pairs of nodes, kinds and labels each matches, and what is wrong with them.

use crate::id::{NodeId, NodeSet};
use crate::plan::node_table::NodeTable;
use crate::protocol::desk::{KindSet, LEAD_KINDS, LeadKind, TLP_LABELS, Tlp, WorkTime};
use crate::scenario::{Diagnostic, Loaded, OneOrMore, ReleaseRule};

/// Stands for all nodes.
const ALL: &str = "*";

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    from: Nodes,
    to: Nodes,
    /// None if it matches what is about no lead, too.
    kinds: Option<KindSet>,
    labels: Option<Vec<Tlp>>,
    pub outcome: Outcome,
}

/// What a rule decides.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// The recipient is not told.
    Deny,
    /// The recipient is told after this time, or after the common one.
    Delay(Option<WorkTime>),
}

/// The nodes that a rule is about.
#[derive(Clone, Debug)]
enum Nodes {
    All,
    Listed(NodeSet),
}

impl Nodes {
    fn contains(&self, node: NodeId) -> bool {
        match self {
            Self::All => true,
            Self::Listed(nodes) => nodes.contains(node),
        }
    }

    pub fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::Listed(_), Self::All) => false,
            (Self::Listed(_), Self::Listed(nodes)) => nodes.iter().all(|node| self.contains(node)),
        }
    }
}

impl Rule {
    /// Whether it decides on telling one node another's item about a lead of this kind and label.
    pub fn matches(&self, from: NodeId, to: NodeId, topic: Option<(LeadKind, Tlp)>) -> bool {
        let is_topic = match topic {
            Some((kind, label)) => {
                self.kinds.is_none_or(|kinds| kinds.contains(kind))
                    && self.labels.as_ref().is_none_or(|labels| labels.contains(&label))
            }
            None => self.kinds.is_none() && self.labels.is_none(),
        };
        is_topic && self.from.contains(from) && self.to.contains(to)
    }

    /// Whether it treats all other zones alike in what a zone tells: it matches none of them, or delays
    /// all.
    pub fn is_for_all(&self, from: NodeId, zones: u32) -> bool {
        let others = || (0..zones).map(NodeId).filter(|&to| to != from);
        let count = others().filter(|&to| self.to.contains(to)).count();
        let is_denial = matches!(self.outcome, Outcome::Deny);
        !self.from.contains(from) || count == 0 || !is_denial && count == others().count()
    }

    /// Whether it matches all that another matches.
    pub fn includes(&self, other: &Self) -> bool {
        let is_wider = |kind: &LeadKind| other.kinds.is_none_or(|kinds| kinds.contains(*kind));
        let mut kinds = LEAD_KINDS.iter().filter(|kind| is_wider(kind));
        let has_kinds = self.kinds.is_none_or(|own| kinds.all(|&kind| own.contains(kind)));
        let of_other = other.labels.as_deref().unwrap_or(&TLP_LABELS);
        let has_labels =
            self.labels.as_ref().is_none_or(|own| of_other.iter().all(|label| own.contains(label)));
        has_kinds && has_labels && self.from.includes(&other.from) && self.to.includes(&other.to)
    }
}

/// Compiles the rules.
///
/// # Errors
/// A node that does not exist, or a rule that both denies and delays.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
) -> Result<Vec<Rule>, Diagnostic> {
    let Some(release) = &loaded.scenario.release else { return Ok(Vec::new()) };
    let rules = release.rules.0.iter().enumerate();
    rules.map(|(index, rule)| compile_rule(loaded, node_table, index, rule)).collect()
}

fn compile_rule<E, C>(
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
    index: usize,
    rule: &ReleaseRule,
) -> Result<Rule, Diagnostic> {
    let path = |key: &str| format!("release.rules.{index}.{key}");
    let nodes = |key: &str, words: &Option<OneOrMore<String>>| {
        compile_nodes(loaded, node_table, &path(key), words.as_ref())
    };
    let (from, to) = (nodes("from", &rule.from)?, nodes("to", &rule.to)?);
    if let (Some(_), true) = (rule.delay, rule.deny) {
        let title = "a rule that denies and delays";
        let diagnostic = loaded.source.diagnostic(&path("delay"), title);
        return Err(diagnostic.label("expected no `delay` beside `deny = true`"));
    }
    let delay = rule.delay.map(|delay| delay.constant(loaded.scenario.resolution));
    Ok(Rule {
        from,
        to,
        kinds: rule.kind.as_ref().map(|kinds| KindSet::collect(kinds.words.iter().copied())),
        labels: rule.tlp.as_ref().map(|labels| labels.words.clone()),
        outcome: if rule.deny { Outcome::Deny } else { Outcome::Delay(delay) },
    })
}

fn compile_nodes<E, C>(
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
    path: &str,
    words: Option<&OneOrMore<String>>,
) -> Result<Nodes, Diagnostic> {
    let Some(words) = words else { return Ok(Nodes::All) };
    let mut listed = Vec::new();
    for (word, path) in words.with_paths(path) {
        if word == ALL {
            return Ok(Nodes::All);
        }
        listed.push(node_table.node(word, &path, &loaded.source)?);
    }
    Ok(Nodes::Listed(listed.into_iter().collect()))
}
