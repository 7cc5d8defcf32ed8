//! A fault in words: a line for people, and a table for a scenario file.

use std::fmt::Write;

use super::Plan;
use super::faults::OTHERS;
use crate::id::NodeId;
use crate::network::fault::{Delay, Effect, Fault, LinkSet, Memory, NodeSet};
use crate::time::{NanoDuration, SignedDuration, SimDuration, SimTime};

/// Two to the 64th: what limits are shares of.
const WHOLE: f64 = (1u128 << 64) as f64;

impl<E, C> Plan<E, C> {
    /// What a fault does, for people.
    pub fn describe(&self, fault: &Fault) -> String {
        match &fault.effect {
            Effect::Partition(sides) => self.between("cut", sides),
            Effect::Hold(sides) => self.between("hold", sides),
            Effect::Delay(sides, Delay::Factor(factor)) => {
                format!("{}, {factor} times the latency", self.between("slow", sides))
            }
            Effect::Delay(sides, Delay::Add(add)) => {
                format!("{}, {} more", self.between("slow", sides), self.length(*add))
            }
            Effect::Loss(sides, limit) => {
                let share = *limit as f64 / WHOLE * 100.0;
                format!("{}, {share} %", self.between("lose", sides))
            }
            Effect::Isolate(nodes) => format!("isolate {}", self.list(nodes)),
            Effect::Crash(nodes, Memory::Kept) => format!("crash {}", self.list(nodes)),
            Effect::Crash(nodes, Memory::Lost) => {
                format!("crash {}, memory lost", self.list(nodes))
            }
            Effect::Clock(nodes, step) => {
                format!("step the clock of {} by {}", self.list(nodes), self.shift(*step))
            }
        }
    }

    /// A fault as a scenario file has it: read again, it is the same, but that one that lasts longer
    /// than any run lasts to the end.
    pub fn fault_toml(&self, fault: &Fault) -> String {
        let mut text = format!("[[fault]]\nat = \"{}\"\n", self.length(fault.start - SimTime(0)));
        let lasts = self.length(fault.end - fault.start);
        if fault.end != SimTime::NEVER && lasts <= NanoDuration::MAX {
            let _ = writeln!(text, "for = \"{lasts}\"");
        }
        let _ = match &fault.effect {
            Effect::Partition(sides) => writeln!(text, "cut = {}", self.groups(sides)),
            Effect::Hold(sides) => writeln!(text, "hold = {}", self.groups(sides)),
            Effect::Delay(sides, Delay::Factor(factor)) => {
                writeln!(text, "slow = {}\nfactor = {factor:?}", self.groups(sides))
            }
            Effect::Delay(sides, Delay::Add(add)) => {
                writeln!(text, "slow = {}\nadd = \"{}\"", self.groups(sides), self.length(*add))
            }
            Effect::Loss(sides, limit) => {
                let share = *limit as f64 / WHOLE;
                writeln!(text, "lose = {}\nloss = {share:?}", self.groups(sides))
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

    /// The ids of both sides, the larger as all others if that is what it is.
    fn both(&self, sides: &LinkSet) -> [Vec<&str>; 2] {
        let (from, to) = (self.ids(&sides.from), self.ids(&sides.to));
        let whole = from.len() + to.len() == self.nodes();
        if whole && to.len() > 1 && to.len() >= from.len() {
            [from, vec![OTHERS]]
        } else if whole && from.len() > 1 {
            [vec![OTHERS], to]
        } else {
            [from, to]
        }
    }

    fn between(&self, verb: &str, sides: &LinkSet) -> String {
        let [from, to] = self.both(sides).map(|side| match side[..] {
            [OTHERS] => "all others".into(),
            _ => side.join(", "),
        });
        let word = if sides.one_way { "to" } else { "from" };
        format!("{verb} {from} {word} {to}")
    }

    fn groups(&self, sides: &LinkSet) -> String {
        let [from, to] = self.both(sides);
        let one_way = if sides.one_way { "\none_way = true" } else { "" };
        format!("[{from:?}, {to:?}]{one_way}")
    }
}
