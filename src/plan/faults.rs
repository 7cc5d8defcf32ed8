//! Compiles the faults that a scenario lists: names to nodes, times to ticks.

use super::node_table::NodeTable;
use crate::id::NodeId;
use crate::network::fault::{Delay, Effect, Fault, LinkSet, Memory, NodeSet};
use crate::network::limit;
use crate::scenario::{self, Diagnostic, Groups, Loaded, Names, Slowdown};
use crate::time::{SimDuration, SimTime};

/// The group of all nodes that are not in the other one.
pub(super) const OTHERS: &str = "*";

/// Compiles the `[[fault]]` tables, in order.
///
/// # Errors
/// An unknown node, no effect or two, or keys that do not belong to the effect.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
) -> Result<Vec<Fault>, Diagnostic> {
    let faults = loaded.scenario.fault.0.iter().enumerate();
    let compiled = faults.map(|(number, fault)| {
        Compiler { loaded, node_table, path: format!("fault.{number}"), fault }.compile()
    });
    compiled.collect()
}

struct Compiler<'a, E, C> {
    loaded: &'a Loaded<E, C>,
    node_table: &'a NodeTable,
    path: String,
    fault: &'a scenario::Fault,
}

const KINDS: &str = "one of partition, hold, isolate, delay, loss, crash and clock";

/// The key that gives the effect of a fault, with its nodes.
enum FaultSpec<'a> {
    Links(&'static str, &'a Groups),
    Nodes(&'static str, &'a Names),
}

impl<'a> FaultSpec<'a> {
    fn links(kind: &'static str, groups: &'a Option<Groups>) -> Option<Self> {
        groups.as_ref().map(|groups| Self::Links(kind, groups))
    }

    fn nodes(kind: &'static str, nodes: &'a Option<Names>) -> Option<Self> {
        nodes.as_ref().map(|nodes| Self::Nodes(kind, nodes))
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Links(kind, _) | Self::Nodes(kind, _) => kind,
        }
    }
}

impl<E, C> Compiler<'_, E, C> {
    fn compile(&self) -> Result<Fault, Diagnostic> {
        let spec = self.spec()?;
        self.check_keys(spec.kind())?;
        let effect = self.effect(&spec)?;
        let resolution = self.loaded.scenario.resolution;
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

    fn spec(&self) -> Result<FaultSpec<'_>, Diagnostic> {
        let fault = self.fault;
        let all = [
            FaultSpec::links("partition", &fault.partition),
            FaultSpec::links("hold", &fault.hold),
            FaultSpec::nodes("isolate", &fault.isolate),
            FaultSpec::links("delay", &fault.delay),
            FaultSpec::links("loss", &fault.loss),
            FaultSpec::nodes("crash", &fault.crash),
            FaultSpec::nodes("clock", &fault.clock),
        ];
        let mut specs = all.into_iter().flatten();
        let Some(first) = specs.next() else {
            let diagnostic = self.diagnostic("", "a fault that does nothing");
            return Err(diagnostic.label(format!("expected {KINDS} in it")));
        };
        let Some(second) = specs.next() else { return Ok(first) };
        let (first, second) = (first.kind(), second.kind());
        let title = format!("a fault does one thing, not `{first}` and `{second}`");
        let path = format!("{}.{second}", self.path);
        let diagnostic = self.loaded.source.key_diagnostic(&path, title);
        Err(diagnostic.label("expected it in a [[fault]] of its own"))
    }

    fn effect(&self, spec: &FaultSpec<'_>) -> Result<Effect, Diagnostic> {
        Ok(match spec {
            FaultSpec::Links(kind, groups) => {
                let links = self.links(kind, groups)?;
                match *kind {
                    "partition" => Effect::Partition(links),
                    "hold" => Effect::Hold(links),
                    "delay" => Effect::Delay(links, self.delay()?),
                    _ => Effect::Loss(links, self.loss()?),
                }
            }
            FaultSpec::Nodes(kind, Names(nodes)) => {
                let group = self.group(kind, nodes)?;
                match *kind {
                    "isolate" => Effect::Isolate(group),
                    "crash" => Effect::Crash(group, memory(self.fault.memory.unwrap_or_default())),
                    _ => Effect::Clock(group, self.step()?),
                }
            }
        })
    }

    fn delay(&self) -> Result<Delay, Diagnostic> {
        let resolution = self.loaded.scenario.resolution;
        match (self.fault.factor, self.fault.add) {
            (Some(Slowdown(factor)), None) => Ok(Delay::Factor(factor)),
            (None, Some(add)) => Ok(Delay::Add(add.ticks(resolution))),
            (None, None) => Err(self.missing("delay", "factor = 3.0, or add = \"200ms\"")),
            (Some(_), Some(_)) => {
                let path = format!("{}.add", self.path);
                let title = "a delay is a factor of the latency or a time added to it, not both";
                let diagnostic = self.loaded.source.key_diagnostic(&path, title);
                Err(diagnostic.label("expected no `factor` beside it"))
            }
        }
    }

    fn loss(&self) -> Result<u64, Diagnostic> {
        let share = self.fault.rate.ok_or_else(|| self.missing("loss", "rate = 0.3"))?;
        Ok(limit(share.0))
    }

    fn step(&self) -> Result<i64, Diagnostic> {
        if self.fault.lasts.is_some() {
            let path = format!("{}.for", self.path);
            let title = "a clock is stepped once, and not for a time";
            let diagnostic = self.loaded.source.key_diagnostic(&path, title);
            return Err(diagnostic.label("expected no `for` beside `clock`"));
        }
        let step = self.fault.step.ok_or_else(|| self.missing("clock", "step = \"-2s\""))?;
        Ok(step.ticks(self.loaded.scenario.resolution))
    }

    /// A missing magnitude.
    fn missing(&self, kind: &str, example: &str) -> Diagnostic {
        let path = format!("{}.{kind}", self.path);
        let title = format!("`{kind}` does not say how much");
        let diagnostic = self.loaded.source.key_diagnostic(&path, title);
        diagnostic.label(format!("expected {example} beside it, say"))
    }

    /// Rejects keys that do not apply to this kind of fault.
    fn check_keys(&self, kind: &str) -> Result<(), Diagnostic> {
        let fault = self.fault;
        let on_links: &[&str] = &["partition", "hold", "delay", "loss"];
        let keys: [(&str, bool, &[&str]); 6] = [
            ("one_way", fault.one_way.is_some(), on_links),
            ("memory", fault.memory.is_some(), &["crash"]),
            ("factor", fault.factor.is_some(), &["delay"]),
            ("add", fault.add.is_some(), &["delay"]),
            ("rate", fault.rate.is_some(), &["loss"]),
            ("step", fault.step.is_some(), &["clock"]),
        ];
        let misplaced = keys.iter().find(|(_, is_set, owners)| *is_set && !owners.contains(&kind));
        let Some((key, _, owners)) = misplaced else { return Ok(()) };
        let title = format!("`{key}` says nothing about `{kind}`");
        let path = format!("{}.{key}", self.path);
        let label = format!("expected only with {}", or(owners));
        Err(self.loaded.source.key_diagnostic(&path, title).label(label))
    }

    fn links(&self, kind: &str, groups: &Groups) -> Result<LinkSet, Diagnostic> {
        let Groups([Names(first), Names(second)]) = groups;
        let is_others = |names: &[String]| names.len() == 1 && names[0] == OTHERS;
        let path = |side: usize| format!("{kind}.{side}");
        let nodes = self.node_table.ids.len();
        let (from, to) = match (is_others(first), is_others(second)) {
            (true, true) => {
                let title = "`*` means all others: one side must say than whom";
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
        Ok(LinkSet { from, to, one_way: self.fault.one_way.unwrap_or(false) })
    }

    fn group(&self, key: &str, names: &[String]) -> Result<NodeSet, Diagnostic> {
        if names.is_empty() {
            let diagnostic = self.diagnostic(&format!(".{key}"), "a fault of nobody");
            return Err(diagnostic.label("expected the ids of zones"));
        }
        let node = |(index, name): (usize, &String)| -> Result<NodeId, Diagnostic> {
            let path = format!("{}.{key}.{index}", self.path);
            if name == OTHERS {
                let title = "`*` means all others, and stands alone on a side of a fault of links";
                let diagnostic = self.loaded.source.diagnostic(&path, title);
                return Err(diagnostic.label("expected the id of a zone"));
            }
            self.node_table.node(name, &path, &self.loaded.source)
        };
        let nodes: Vec<_> = names.iter().enumerate().map(node).collect::<Result<_, _>>()?;
        Ok(NodeSet::of(nodes))
    }

    fn diagnostic(&self, key: &str, title: impl Into<String>) -> Diagnostic {
        self.loaded.source.diagnostic(&format!("{}{key}", self.path), title)
    }
}

pub(super) fn memory(memory: scenario::Memory) -> Memory {
    match memory {
        scenario::Memory::Kept => Memory::Kept,
        scenario::Memory::Lost => Memory::Lost,
    }
}

/// Joins words as alternatives: `a, b or c`.
fn or(words: &[&str]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        words => words.concat(),
    }
}
