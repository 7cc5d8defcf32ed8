//! What differs from one kind of fault to another. Every function here matches all kinds.

use std::fmt::Write;

use rand::Rng;

use super::kind::kind;
use super::nemesis::Nemesis;
use super::reader::Reader;
use crate::network::fault::{Delay, Effect, Fault, Memory, NodeSet};
use crate::network::limit;
use crate::plan::Plan;
use crate::rng::RngStream;
use crate::scenario::{Diagnostic, FaultKind, Names, Parameter, Slowdown, StatedEffect};
use crate::time::{NanoDuration, SimTime};

/// 2^64: a loss limit is this times the probability.
const LIMIT_SCALE: f64 = (1u128 << 64) as f64;

impl<E, C> Reader<'_, E, C> {
    /// Reads the effect of a fault: its nodes and its magnitude.
    pub(super) fn effect(&self, stated: &StatedEffect) -> Result<Effect, Diagnostic> {
        let kind = stated.kind();
        let links = |groups| self.links(kind, groups);
        let nodes = |names: &Names| self.nodes(kind.key(), names);
        let parameters = &self.fault.parameters;
        Ok(match stated {
            StatedEffect::Partition(groups) => Effect::Partition(links(groups)?),
            StatedEffect::Hold(groups) => Effect::Hold(links(groups)?),
            StatedEffect::Isolate(names) => Effect::Isolate(nodes(names)?),
            StatedEffect::Delay(groups) => Effect::Delay(links(groups)?, self.delay()?),
            StatedEffect::Loss(groups) => {
                let links = links(groups)?;
                let rate = parameters.rate.ok_or_else(|| self.missing(kind, "rate = 0.3"))?;
                Effect::Loss(links, limit(rate.0))
            }
            StatedEffect::Crash(names) => {
                Effect::Crash(nodes(names)?, parameters.memory.unwrap_or_default())
            }
            StatedEffect::Clock(names) => Effect::Clock(nodes(names)?, self.step()?),
        })
    }

    fn delay(&self) -> Result<Delay, Diagnostic> {
        let resolution = self.resolution();
        match (self.fault.parameters.factor, self.fault.parameters.add) {
            (Some(Slowdown(factor)), None) => Ok(Delay::Factor(factor)),
            (None, Some(add)) => Ok(Delay::Add(add.ticks(resolution))),
            (None, None) => Err(self.missing(FaultKind::Delay, "factor = 3.0, or add = \"200ms\"")),
            (Some(_), Some(_)) => {
                let title = "a delay is a factor of the latency or a time added to it, not both";
                let diagnostic = self.key_diagnostic("add", title);
                Err(diagnostic.label("expected no `factor` beside it"))
            }
        }
    }

    fn step(&self) -> Result<i64, Diagnostic> {
        if self.fault.lasts.is_some() {
            let title = "a clock is stepped once, and not for a time";
            let diagnostic = self.key_diagnostic("for", title);
            return Err(diagnostic.label("expected no `for` beside `clock`"));
        }
        let step = self
            .fault
            .parameters
            .step
            .ok_or_else(|| self.missing(FaultKind::Clock, "step = \"-2s\""))?;
        Ok(step.ticks(self.resolution()))
    }
}

impl Nemesis {
    /// Draws the effect of a fault of a group of nodes.
    pub(super) fn draw_effect(
        &self,
        kind: FaultKind,
        group: NodeSet,
        rng: &mut RngStream,
    ) -> Effect {
        match kind {
            FaultKind::Partition => Effect::Partition(self.links(group, rng)),
            FaultKind::Hold => Effect::Hold(self.links(group, rng)),
            FaultKind::Isolate => Effect::Isolate(group),
            FaultKind::Delay => Effect::Delay(self.links(group, rng), Delay::Factor(self.factor)),
            FaultKind::Loss => Effect::Loss(self.links(group, rng), self.loss),
            FaultKind::Crash => Effect::Crash(group, self.memory),
            FaultKind::Clock => {
                let share = 2.0 * rng.random::<f64>() - 1.0;
                Effect::Clock(group, (share * self.step as f64).round() as i64)
            }
        }
    }
}

impl<E, C> Plan<E, C> {
    /// Describes the effect of a fault in one line.
    pub fn describe(&self, fault: &Fault) -> String {
        let between = |links| self.between(kind(&fault.effect), links);
        match &fault.effect {
            Effect::Partition(links) | Effect::Hold(links) => between(links),
            Effect::Delay(links, Delay::Factor(factor)) => {
                format!("{}, {factor} times the latency", between(links))
            }
            Effect::Delay(links, Delay::Add(add)) => {
                format!("{}, {} more", between(links), self.length(*add))
            }
            Effect::Loss(links, limit) => {
                format!("{}, {} %", between(links), *limit as f64 / LIMIT_SCALE * 100.0)
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
        let (operand, parameters) = self.effect_toml(&fault.effect);
        let _ = writeln!(text, "{} = {operand}", kind(&fault.effect).key());
        for (parameter, value) in parameters {
            let _ = writeln!(text, "{} = {value}", parameter.key());
        }
        text
    }

    /// The value of the key of an effect, and its parameters, as TOML.
    fn effect_toml(&self, effect: &Effect) -> (String, Vec<(Parameter, String)>) {
        let magnitude = match effect {
            Effect::Partition(_) | Effect::Hold(_) | Effect::Isolate(_) => None,
            Effect::Crash(_, Memory::Kept) => None,
            Effect::Crash(_, Memory::Lost) => Some((Parameter::Memory, "\"lost\"".into())),
            Effect::Delay(_, Delay::Factor(factor)) => {
                Some((Parameter::Factor, format!("{factor:?}")))
            }
            Effect::Delay(_, Delay::Add(add)) => {
                Some((Parameter::Add, format!("\"{}\"", self.length(*add))))
            }
            Effect::Loss(_, limit) => {
                Some((Parameter::Rate, format!("{:?}", *limit as f64 / LIMIT_SCALE)))
            }
            Effect::Clock(_, step) => Some((Parameter::Step, format!("\"{}\"", self.shift(*step)))),
        };
        let (operand, one_way) = match effect {
            Effect::Partition(links) | Effect::Hold(links) => (self.groups(links), links.one_way),
            Effect::Delay(links, _) | Effect::Loss(links, _) => (self.groups(links), links.one_way),
            Effect::Isolate(nodes) | Effect::Crash(nodes, _) | Effect::Clock(nodes, _) => {
                (format!("{:?}", self.ids_or_all(nodes)), false)
            }
        };
        let one_way = one_way.then(|| (Parameter::OneWay, "true".into()));
        (operand, one_way.into_iter().chain(magnitude).collect())
    }
}
