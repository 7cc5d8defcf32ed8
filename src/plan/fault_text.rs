//! A fault as text: one line for a report, and a table for a scenario file.

use std::fmt::Write;

use super::Plan;
use super::faults::OTHERS;
use crate::id::NodeId;
use crate::network::fault::{Delay, Effect, Fault, LinkSet, Memory, NodeSet};
use crate::time::{NanoDuration, SignedDuration, SimDuration, SimTime};

/// 2^64: a loss limit is this times the probability.
const LIMIT_SCALE: f64 = (1u128 << 64) as f64;

impl<E, C> Plan<E, C> {
    /// Describes the effect of a fault in one line.
    pub fn describe(&self, fault: &Fault) -> String {
        match &fault.effect {
            Effect::Partition(links) => self.between("partition", links),
            Effect::Hold(links) => self.between("hold", links),
            Effect::Delay(links, Delay::Factor(factor)) => {
                format!("{}, {factor} times the latency", self.between("delay", links))
            }
            Effect::Delay(links, Delay::Add(add)) => {
                format!("{}, {} more", self.between("delay", links), self.length(*add))
            }
            Effect::Loss(links, limit) => {
                let share = *limit as f64 / LIMIT_SCALE * 100.0;
                format!("{}, {share} %", self.between("loss", links))
            }
            Effect::Isolate(nodes) => format!("isolation of {}", self.list(nodes)),
            Effect::Crash(nodes, Memory::Kept) => format!("crash of {}", self.list(nodes)),
            Effect::Crash(nodes, Memory::Lost) => {
                format!("crash of {}, memory lost", self.list(nodes))
            }
            Effect::Clock(nodes, step) => {
                format!("clock step of {} at {}", self.shift(*step), self.list(nodes))
            }
        }
    }

    /// Formats a fault as a `[[fault]]` table. Parsing the table yields the same fault, except that a
    /// duration above [`NanoDuration::MAX`] is left out, which makes the fault last to the end.
    pub fn fault_toml(&self, fault: &Fault) -> String {
        let mut text = format!("[[fault]]\nat = \"{}\"\n", self.length(fault.start - SimTime(0)));
        let lasts = self.length(fault.end - fault.start);
        if fault.end != SimTime::NEVER && lasts <= NanoDuration::MAX {
            let _ = writeln!(text, "for = \"{lasts}\"");
        }
        let _ = match &fault.effect {
            Effect::Partition(links) => writeln!(text, "partition = {}", self.groups(links)),
            Effect::Hold(links) => writeln!(text, "hold = {}", self.groups(links)),
            Effect::Delay(links, Delay::Factor(factor)) => {
                writeln!(text, "delay = {}\nfactor = {factor:?}", self.groups(links))
            }
            Effect::Delay(links, Delay::Add(add)) => {
                writeln!(text, "delay = {}\nadd = \"{}\"", self.groups(links), self.length(*add))
            }
            Effect::Loss(links, limit) => {
                let share = *limit as f64 / LIMIT_SCALE;
                writeln!(text, "loss = {}\nrate = {share:?}", self.groups(links))
            }
            Effect::Isolate(nodes) => writeln!(text, "isolate = {:?}", self.ids(nodes)),
            Effect::Crash(nodes, memory) => {
                let memory = if *memory == Memory::Lost { "memory = \"lost\"\n" } else { "" };
                write!(text, "crash = {:?}\n{memory}", self.ids(nodes))
            }
            Effect::Clock(nodes, step) => {
                writeln!(text, "clock = {:?}\nstep = \"{}\"", self.ids(nodes), self.shift(*step))
            }
        };
        text
    }

    fn length(&self, span: SimDuration) -> NanoDuration {
        NanoDuration::from_ns(span.0.saturating_mul(self.resolution.ns))
    }

    fn shift(&self, step: i64) -> SignedDuration {
        SignedDuration {
            is_negative: step < 0,
            magnitude: self.length(SimDuration(step.unsigned_abs())),
        }
    }

    fn ids(&self, nodes: &NodeSet) -> Vec<&str> {
        nodes.iter().map(|node: NodeId| &self.names[node.index()]).collect()
    }

    fn list(&self, nodes: &NodeSet) -> String {
        self.ids(nodes).join(", ")
    }

    /// The ids of the nodes on each side; [`OTHERS`] for the larger side if the two are all nodes.
    fn sides(&self, links: &LinkSet) -> [Vec<&str>; 2] {
        let (from, to) = (self.ids(&links.from), self.ids(&links.to));
        let is_all = from.len() + to.len() == self.nodes();
        if is_all && to.len() > 1 && to.len() >= from.len() {
            [from, vec![OTHERS]]
        } else if is_all && from.len() > 1 {
            [vec![OTHERS], to]
        } else {
            [from, to]
        }
    }

    fn between(&self, kind: &str, links: &LinkSet) -> String {
        let [from, to] = self.sides(links).map(|side| match side[..] {
            [OTHERS] => "all others".into(),
            _ => side.join(", "),
        });
        if links.one_way {
            format!("{kind} from {from} to {to}")
        } else {
            format!("{kind} between {from} and {to}")
        }
    }

    fn groups(&self, links: &LinkSet) -> String {
        let [from, to] = self.sides(links);
        let one_way = if links.one_way { "\none_way = true" } else { "" };
        format!("[{from:?}, {to:?}]{one_way}")
    }
}
