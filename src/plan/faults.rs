//! The faults that a scenario lists: names to nodes, times to ticks.

use super::node_table;
use crate::id::NodeId;
use crate::network::fault::{Delay, Effect, Fault, LinkSet, Memory, NodeSet};
use crate::network::limit;
use crate::scenario::{self, Diagnostic, Groups, Loaded, Names, Slowdown};
use crate::time::{SimDuration, SimTime};

/// The word for all others.
pub(super) const OTHERS: &str = "*";

/// Compiles all faults.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    names: &node_table::NodeTable,
) -> Result<Vec<Fault>, Diagnostic> {
    let faults = loaded.scenario.fault.0.iter().enumerate();
    let compiled = faults.map(|(number, fault)| {
        Compiler { loaded, names, path: format!("fault.{number}"), fault }.compile()
    });
    compiled.collect()
}

struct Compiler<'a, E, C> {
    loaded: &'a Loaded<E, C>,
    names: &'a node_table::NodeTable,
    path: String,
    fault: &'a scenario::Fault,
}

/// The kinds of faults in the order of their help.
const KINDS: &str = "one of cut, hold, isolate, slow, lose, crash and clock";

/// What a fault says it does.
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
        let said = self.spec()?;
        self.check_company(said.kind())?;
        let effect = self.effect(&said)?;
        let resolution = self.loaded.scenario.resolution;
        let Some(at) = self.fault.at else {
            let diagnostic = self.wrong("", "a fault without a time");
            return Err(diagnostic.label("expected at = \"2h\" in it, say"));
        };
        let start = SimTime(0) + at.ticks(resolution);
        let end = match self.fault.lasts.map(|lasts| lasts.ticks(resolution)) {
            Some(SimDuration(0)) => {
                let title = format!("a fault that lasts less than one tick of {resolution}");
                let label = "expected a longer time, or no `for` to last to the end";
                return Err(self.wrong(".for", title).label(label));
            }
            Some(lasts) => start + lasts,
            None => SimTime::NEVER,
        };
        Ok(Fault { start, end, effect })
    }

    /// The one thing that the fault does.
    fn spec(&self) -> Result<FaultSpec<'_>, Diagnostic> {
        let fault = self.fault;
        let all = [
            FaultSpec::links("cut", &fault.cut),
            FaultSpec::links("hold", &fault.hold),
            FaultSpec::nodes("isolate", &fault.isolate),
            FaultSpec::links("slow", &fault.slow),
            FaultSpec::links("lose", &fault.lose),
            FaultSpec::nodes("crash", &fault.crash),
            FaultSpec::nodes("clock", &fault.clock),
        ];
        let mut said = all.into_iter().flatten();
        let Some(first) = said.next() else {
            let diagnostic = self.wrong("", "a fault that does nothing");
            return Err(diagnostic.label(format!("expected {KINDS} in it")));
        };
        let Some(second) = said.next() else { return Ok(first) };
        let (first, second) = (first.kind(), second.kind());
        let title = format!("a fault does one thing, not `{first}` and `{second}`");
        let path = format!("{}.{second}", self.path);
        let diagnostic = self.loaded.source.key_diagnostic(&path, title);
        Err(diagnostic.label("expected it in a [[fault]] of its own"))
    }

    fn effect(&self, said: &FaultSpec<'_>) -> Result<Effect, Diagnostic> {
        Ok(match said {
            FaultSpec::Links(kind, groups) => {
                let sides = self.sides(kind, groups)?;
                match *kind {
                    "cut" => Effect::Partition(sides),
                    "hold" => Effect::Hold(sides),
                    "slow" => Effect::Delay(sides, self.delay()?),
                    _ => Effect::Loss(sides, self.loss()?),
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
            (None, None) => Err(self.lacks("slow", "factor = 3.0, or add = \"200ms\"")),
            (Some(_), Some(_)) => {
                let path = format!("{}.add", self.path);
                let title = "a slow link takes some times its latency, or a time more, not both";
                let diagnostic = self.loaded.source.key_diagnostic(&path, title);
                Err(diagnostic.label("expected no `factor` beside it"))
            }
        }
    }

    fn loss(&self) -> Result<u64, Diagnostic> {
        let share = self.fault.loss.ok_or_else(|| self.lacks("lose", "loss = 0.3"))?;
        Ok(limit(share.0))
    }

    fn step(&self) -> Result<i64, Diagnostic> {
        if self.fault.lasts.is_some() {
            let path = format!("{}.for", self.path);
            let title = "a clock is stepped once, and not for a time";
            let diagnostic = self.loaded.source.key_diagnostic(&path, title);
            return Err(diagnostic.label("expected no `for` beside `clock`"));
        }
        let step = self.fault.step.ok_or_else(|| self.lacks("clock", "step = \"-2s\""))?;
        Ok(step.ticks(self.loaded.scenario.resolution))
    }

    /// A fault that does not say how much.
    fn lacks(&self, kind: &str, example: &str) -> Diagnostic {
        let path = format!("{}.{kind}", self.path);
        let title = format!("`{kind}` does not say how much");
        let diagnostic = self.loaded.source.key_diagnostic(&path, title);
        diagnostic.label(format!("expected {example} beside it, say"))
    }

    /// Refuses keys that say nothing about this kind of fault.
    fn check_company(&self, kind: &str) -> Result<(), Diagnostic> {
        let fault = self.fault;
        let links: &[&str] = &["cut", "hold", "slow", "lose"];
        let keys: [(&str, bool, &[&str]); 6] = [
            ("one_way", fault.one_way.is_some(), links),
            ("memory", fault.memory.is_some(), &["crash"]),
            ("factor", fault.factor.is_some(), &["slow"]),
            ("add", fault.add.is_some(), &["slow"]),
            ("loss", fault.loss.is_some(), &["lose"]),
            ("step", fault.step.is_some(), &["clock"]),
        ];
        let misplaced = keys.iter().find(|(_, said, owners)| *said && !owners.contains(&kind));
        let Some((key, _, owners)) = misplaced else { return Ok(()) };
        let title = format!("`{key}` says nothing about `{kind}`");
        let path = format!("{}.{key}", self.path);
        let label = format!("expected only with {}", or(owners));
        Err(self.loaded.source.key_diagnostic(&path, title).label(label))
    }

    fn sides(&self, kind: &str, groups: &Groups) -> Result<LinkSet, Diagnostic> {
        let Groups([Names(first), Names(second)]) = groups;
        let others = |names: &[String]| names.len() == 1 && names[0] == OTHERS;
        let path = |side: usize| format!("{kind}.{side}");
        let nodes = self.names.ids.len();
        let (from, to) = match (others(first), others(second)) {
            (true, true) => {
                let title = "`*` means all others: one side must say than whom";
                let diagnostic = self.wrong(&format!(".{kind}.0"), title);
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
            let diagnostic = self.wrong(&format!(".{kind}.{side}"), title);
            return Err(diagnostic.label("expected at least one zone on each side"));
        }
        if let Some(both) = from.iter().find(|&node| to.contains(node)) {
            let id = &self.names.ids[both.index()];
            let again = second
                .iter()
                .position(|name| self.names.resolve(name) == Some(both))
                .unwrap_or_default();
            let title = format!("`{id}` stands on both sides");
            let diagnostic = self.wrong(&format!(".{kind}.1.{again}"), title);
            return Err(diagnostic.label("expected it on one side only"));
        }
        Ok(LinkSet { from, to, one_way: self.fault.one_way.unwrap_or(false) })
    }

    fn group(&self, key: &str, names: &[String]) -> Result<NodeSet, Diagnostic> {
        if names.is_empty() {
            let diagnostic = self.wrong(&format!(".{key}"), "a fault of nobody");
            return Err(diagnostic.label("expected the ids of zones"));
        }
        let node = |(place, name): (usize, &String)| -> Result<NodeId, Diagnostic> {
            let path = format!("{}.{key}.{place}", self.path);
            if name == OTHERS {
                let title = "`*` means all others, and stands alone on a side of a cut or a hold";
                let diagnostic = self.loaded.source.diagnostic(&path, title);
                return Err(diagnostic.label("expected the id of a zone"));
            }
            self.names.node(name, &path, &self.loaded.source)
        };
        let nodes: Vec<_> = names.iter().enumerate().map(node).collect::<Result<_, _>>()?;
        Ok(NodeSet::of(nodes))
    }

    fn wrong(&self, key: &str, title: impl Into<String>) -> Diagnostic {
        self.loaded.source.diagnostic(&format!("{}{key}", self.path), title)
    }
}

/// What a crash leaves, as the file has it.
pub(super) fn memory(memory: scenario::Memory) -> Memory {
    match memory {
        scenario::Memory::Kept => Memory::Kept,
        scenario::Memory::Lost => Memory::Lost,
    }
}

/// A choice of words: `cut, hold or slow`.
fn or(words: &[&str]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        words => words.concat(),
    }
}
