//! Reads a `[[fault]]` table: names to nodes, times to ticks.

use crate::id::NodeId;
use crate::network::fault::{Fault, LinkSet, NodeSet};
use crate::plan::node_table::NodeTable;
use crate::scenario::{
    self, Diagnostic, FaultKind, Groups, Loaded, Names, Parameter, StatedEffect,
};
use crate::time::{NanoDuration, SimDuration, SimTime};

/// All nodes, or of links, all nodes that are not in the other group.
pub const OTHERS: &str = "*";

/// One `[[fault]]` table, while it is read.
pub struct Reader<'a, E, C> {
    /// The scenario.
    pub loaded: &'a Loaded<E, C>,
    /// The nodes by name.
    pub node_table: &'a NodeTable,
    /// The path of the table.
    pub path: String,
    /// What the table says.
    pub fault: &'a scenario::Fault,
}

impl<E, C> Reader<'_, E, C> {
    /// Reads the table.
    ///
    /// # Errors
    /// An unknown node, no effect or two, no time, or parameters of another kind of fault.
    pub fn read(&self) -> Result<Fault, Diagnostic> {
        let stated = self.stated_effect()?;
        self.check_parameters(stated.kind())?;
        let effect = self.effect(stated)?;
        let resolution = self.resolution();
        let Some(at) = self.fault.at else {
            let diagnostic = self.diagnostic("", "a fault without a time");
            return Err(diagnostic.label("expected at = \"2h\" in it, say"));
        };
        let start = SimTime(0) + at.ticks(resolution);
        let end = match self.fault.lasts.map(|lasts| lasts.ticks(resolution)) {
            Some(SimDuration(0)) => {
                let title = format!("a fault that lasts less than one tick of {resolution}");
                let label = "expected a longer time, or no `for` to last to the end";
                return Err(self.diagnostic(".for", title).label(label));
            }
            Some(lasts) => start + lasts,
            None => SimTime::NEVER,
        };
        Ok(Fault { start, end, effect })
    }

    fn stated_effect(&self) -> Result<&StatedEffect, Diagnostic> {
        let (first, second) = match &self.fault.effects[..] {
            [] => {
                let kinds: Vec<_> = FaultKind::ALL.iter().map(|kind| kind.key()).collect();
                let diagnostic = self.diagnostic("", "a fault that does nothing");
                let label = format!("expected one of {} in it", joined(&kinds, "and"));
                return Err(diagnostic.label(label));
            }
            [only] => return Ok(only),
            [first, second, ..] => (first.kind().key(), second.kind().key()),
        };
        let title = format!("a fault does one thing, not `{first}` and `{second}`");
        let diagnostic = self.key_diagnostic(second, title);
        Err(diagnostic.label("expected it in a separate [[fault]]"))
    }

    /// The duration of a tick.
    pub fn resolution(&self) -> NanoDuration {
        self.loaded.scenario.resolution
    }

    /// The error about a missing magnitude.
    pub fn missing(&self, kind: FaultKind, example: &str) -> Diagnostic {
        let kind = kind.key();
        let diagnostic = self.key_diagnostic(kind, format!("`{kind}` does not say how much"));
        diagnostic.label(format!("expected {example} beside it, say"))
    }

    /// Rejects parameters that do not apply to this kind of fault.
    fn check_parameters(&self, kind: FaultKind) -> Result<(), Diagnostic> {
        let is_misplaced = |&&parameter: &&Parameter| {
            self.fault.parameters.states(parameter) && !kind.parameters().contains(&parameter)
        };
        let Some(&misplaced) = Parameter::ALL.iter().find(is_misplaced) else { return Ok(()) };
        let owners = FaultKind::ALL.iter().filter(|kind| kind.parameters().contains(&misplaced));
        let owners: Vec<_> = owners.map(|owner| owner.key()).collect();
        let title = format!("`{}` says nothing about `{}`", misplaced.key(), kind.key());
        let label = format!("expected only with {}", joined(&owners, "or"));
        Err(self.key_diagnostic(misplaced.key(), title).label(label))
    }

    /// The links between two groups of nodes.
    ///
    /// # Errors
    /// An unknown node, an empty group, or a node in both.
    pub fn links(&self, kind: FaultKind, groups: &Groups) -> Result<LinkSet, Diagnostic> {
        let Groups([Names(first), Names(second)]) = groups;
        let is_others = |names: &[String]| names.len() == 1 && names[0] == OTHERS;
        let kind = kind.key();
        let path = |side: usize| format!("{kind}.{side}");
        let nodes = self.node_table.ids.len();
        let (from, to) = match (is_others(first), is_others(second)) {
            (true, true) => {
                let title = "`*` means all others, so one side must name zones";
                let diagnostic = self.diagnostic(&format!(".{kind}.0"), title);
                return Err(diagnostic.label("expected the ids of zones on one side"));
            }
            (true, false) => {
                let to = self.group(&path(1), second)?;
                (to.complement(nodes), to)
            }
            (false, true) => {
                let from = self.group(&path(0), first)?;
                let to = from.complement(nodes);
                (from, to)
            }
            (false, false) => (self.group(&path(0), first)?, self.group(&path(1), second)?),
        };
        if let Some(side) = [&from, &to].iter().position(|side| side.iter().next().is_none()) {
            let title = "one side of the fault is empty: the other has all nodes";
            let diagnostic = self.diagnostic(&format!(".{kind}.{side}"), title);
            return Err(diagnostic.label("expected at least one zone on each side"));
        }
        if let Some(common) = from.iter().find(|&node| to.contains(node)) {
            let id = &self.node_table.ids[common.index()];
            let index = second
                .iter()
                .position(|name| self.node_table.resolve(name) == Some(common))
                .unwrap_or_default();
            let title = format!("`{id}` stands on both sides");
            let diagnostic = self.diagnostic(&format!(".{kind}.1.{index}"), title);
            return Err(diagnostic.label("expected it on one side only"));
        }
        Ok(LinkSet { from, to, one_way: self.fault.parameters.one_way.unwrap_or(false) })
    }

    /// A group of nodes, the value of a key of the table.
    ///
    /// # Errors
    /// An unknown node, or none.
    pub fn group(&self, key: &str, names: &[String]) -> Result<NodeSet, Diagnostic> {
        if names.is_empty() {
            let diagnostic = self.diagnostic(&format!(".{key}"), "a fault needs at least one zone");
            return Err(diagnostic.label("expected the ids of zones"));
        }
        let node = |(index, name): (usize, &String)| -> Result<NodeId, Diagnostic> {
            let path = format!("{}.{key}.{index}", self.path);
            if name == OTHERS {
                let title = "`*` means all nodes, or all others, and stands alone";
                let diagnostic = self.loaded.source.diagnostic(&path, title);
                return Err(diagnostic.label("expected the id of a zone"));
            }
            self.node_table.node(name, &path, &self.loaded.source)
        };
        let nodes: Vec<_> = names.iter().enumerate().map(node).collect::<Result<_, _>>()?;
        Ok(NodeSet::from_iter(nodes))
    }

    /// The nodes of a fault of nodes: a group, or all.
    ///
    /// # Errors
    /// As [`Self::group`].
    pub fn nodes(&self, key: &str, Names(names): &Names) -> Result<NodeSet, Diagnostic> {
        match &names[..] {
            [only] if only == OTHERS => {
                Ok(NodeSet::default().complement(self.node_table.ids.len()))
            }
            _ => self.group(key, names),
        }
    }

    /// A message that points at a value of the table; `key` begins with a dot.
    pub fn diagnostic(&self, key: &str, title: impl Into<String>) -> Diagnostic {
        self.loaded.source.diagnostic(&format!("{}{key}", self.path), title)
    }

    /// A message that points at a key of the table.
    pub fn key_diagnostic(&self, key: &str, title: impl Into<String>) -> Diagnostic {
        self.loaded.source.key_diagnostic(&format!("{}.{key}", self.path), title)
    }
}

/// Joins words: `a, b or c`.
fn joined(words: &[&str], conjunction: &str) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => {
            format!("{} {conjunction} {last}", first.join(", "))
        }
        words => words.concat(),
    }
}
