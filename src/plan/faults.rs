//! The faults of a scenario: names to nodes, times to ticks, and a line for people.

use super::names;
use crate::fault::{Effect, Fault, Group, Sides};
use crate::id::NodeId;
use crate::scenario::{self, Diagnostic, Groups, Loaded, Names};
use crate::time::{Span, Tick};

/// The word for all others.
const OTHERS: &str = "*";

/// Compiles all faults; says what each does.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    names: &names::Names,
) -> Result<(Vec<Fault>, Vec<String>), Diagnostic> {
    let compiled = loaded.scenario.fault.0.iter().enumerate().map(|(number, fault)| {
        Compiler { loaded, names, path: format!("fault.{number}"), fault }.compile()
    });
    let compiled: Vec<_> = compiled.collect::<Result<_, _>>()?;
    Ok(compiled.into_iter().unzip())
}

struct Compiler<'a, E, C> {
    loaded: &'a Loaded<E, C>,
    names: &'a names::Names,
    path: String,
    fault: &'a scenario::Fault,
}

impl<E, C> Compiler<'_, E, C> {
    fn compile(&self) -> Result<(Fault, String), Diagnostic> {
        let (effect, text) = self.effect()?;
        let resolution = self.loaded.scenario.resolution;
        let Some(at) = self.fault.at else {
            let diagnostic = self.wrong("", "a fault without a time");
            return Err(diagnostic.label("expected at = \"2h\" in it, say"));
        };
        let start = Tick(0) + at.ticks(resolution);
        let end = match self.fault.lasts.map(|lasts| lasts.ticks(resolution)) {
            Some(Span(0)) => {
                let title = format!("a fault that lasts less than one tick of {resolution}");
                let label = "expected a longer time, or no `for` to last to the end";
                return Err(self.wrong(".for", title).label(label));
            }
            Some(lasts) => start + lasts,
            None => Tick::NEVER,
        };
        Ok((Fault { start, end, effect }, text))
    }

    fn effect(&self) -> Result<(Effect, String), Diagnostic> {
        let fault = self.fault;
        let kinds = [
            ("cut", fault.cut.is_some()),
            ("hold", fault.hold.is_some()),
            ("isolate", fault.isolate.is_some()),
            ("crash", fault.crash.is_some()),
        ];
        let said: Vec<_> = kinds.iter().filter(|(_, said)| *said).map(|(kind, _)| *kind).collect();
        let kind = match said[..] {
            [kind] => kind,
            [] => {
                let label = "expected one of cut, hold, isolate and crash in it";
                return Err(self.wrong("", "a fault that does nothing").label(label));
            }
            [first, second, ..] => {
                let title = format!("a fault does one thing, not `{first}` and `{second}`");
                let path = format!("{}.{second}", self.path);
                let diagnostic = self.loaded.source.key_diagnostic(&path, title);
                return Err(diagnostic.label("expected it in a [[fault]] of its own"));
            }
        };
        self.check_company(kind)?;
        let sides = |groups: &Groups| self.sides(kind, groups);
        Ok(match (&fault.cut, &fault.hold, &fault.isolate, &fault.crash) {
            (Some(groups), ..) => (Effect::Cut(sides(groups)?), self.between("cut", groups)),
            (_, Some(groups), ..) => (Effect::Hold(sides(groups)?), self.between("hold", groups)),
            (.., Some(Names(nodes)), _) => {
                (Effect::Isolate(self.group(kind, nodes)?), format!("isolate {}", nodes.join(", ")))
            }
            (.., nodes) => {
                let nodes = nodes.as_ref().map_or(&[][..], |nodes| &nodes.0);
                (Effect::Crash(self.group(kind, nodes)?), format!("crash {}", nodes.join(", ")))
            }
        })
    }

    /// Refuses keys that say nothing about this kind of fault.
    fn check_company(&self, kind: &str) -> Result<(), Diagnostic> {
        let of_links = matches!(kind, "cut" | "hold");
        let misplaced = match kind {
            _ if self.fault.one_way.is_some() && !of_links => ("one_way", "cut or hold"),
            _ if self.fault.memory.is_some() && kind != "crash" => ("memory", "crash"),
            _ => return Ok(()),
        };
        let (key, owner) = misplaced;
        let title = format!("`{key}` says nothing about `{kind}`");
        let path = format!("{}.{key}", self.path);
        let label = format!("expected only with {owner}");
        Err(self.loaded.source.key_diagnostic(&path, title).label(label))
    }

    fn sides(&self, kind: &str, groups: &Groups) -> Result<Sides, Diagnostic> {
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
                (to.others(nodes), to)
            }
            (false, true) => {
                let from = self.group(&path(0), first)?;
                let to = from.others(nodes);
                (from, to)
            }
            (false, false) => (self.group(&path(0), first)?, self.group(&path(1), second)?),
        };
        if let Some(both) = from.iter().find(|&node| to.contains(node)) {
            let id = &self.names.ids[both.index()];
            let again = second.iter().position(|name| name == id).unwrap_or_default();
            let title = format!("`{id}` stands on both sides");
            let diagnostic = self.wrong(&format!(".{kind}.1.{again}"), title);
            return Err(diagnostic.label("expected it on one side only"));
        }
        Ok(Sides { from, to, one_way: self.fault.one_way.unwrap_or(false) })
    }

    fn group(&self, key: &str, names: &[String]) -> Result<Group, Diagnostic> {
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
        Ok(Group::of(nodes))
    }

    fn between(&self, verb: &str, Groups([Names(first), Names(second)]): &Groups) -> String {
        let side = |names: &[String]| {
            if names.len() == 1 && names[0] == OTHERS {
                "all others".into()
            } else {
                names.join(", ")
            }
        };
        let word = if self.fault.one_way == Some(true) { "to" } else { "from" };
        format!("{verb} {} {word} {}", side(first), side(second))
    }

    fn wrong(&self, key: &str, title: impl Into<String>) -> Diagnostic {
        self.loaded.source.diagnostic(&format!("{}{key}", self.path), title)
    }
}
