//! Faults that are drawn from the seed: when, for how long, what, and whom they hit.
//!
//! When faults come is drawn from one stream, and each of them from one of its own: another kind of
//! faults, or larger groups, leave their times alone.

use rand_chacha::rand_core::RngCore;

use super::faults::memory;
use super::names::Names;
use crate::chance::{Stream, below, exponential, stream, unit};
use crate::fault::{Delay, Effect, Fault, Group, Memory, Sides};
use crate::id::NodeId;
use crate::network::limit;
use crate::scenario::{Diagnostic, Kind, Loaded};
use crate::time::{Length, Span, Tick};

/// What goes wrong by chance.
#[derive(Clone, Debug)]
pub struct Nemesis {
    kinds: Vec<Kind>,
    mean_between: f64,
    mean_repair: f64,
    at_most: usize,
    until: Tick,
    nodes: u32,
    group: u32,
    one_way: f64,
    memory: Memory,
    factor: f64,
    loss: u64,
    step: u64,
}

/// No more faults are drawn: each message looks at all of them.
const MOST_FAULTS: u64 = 20_000;

/// Reads the table, if there is one.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    names: &Names,
    horizon: Tick,
) -> Result<Option<Nemesis>, Diagnostic> {
    let Loaded { scenario, source, .. } = loaded;
    let Some(nemesis) = &scenario.nemesis else { return Ok(None) };
    let refuse = |key: &str, message: &str| Err(source.refusal(&format!("nemesis.{key}"), message));
    if nemesis.kinds.0.is_empty() {
        return refuse("kinds", "faults of no kind; expected one or more, such as \"cut\"");
    }
    let resolution = scenario.resolution;
    let until = nemesis.until.map_or(horizon, |until| Tick(until.ticks(resolution).0).min(horizon));
    let between = nemesis.mean_between.ticks(resolution).0;
    if between == 0 || until.0 / between > MOST_FAULTS {
        let message = format!("more than {MOST_FAULTS} faults in a run; expected a longer time");
        return refuse("mean_between", &message);
    }
    let nodes = names.ids.len() as u32;
    let group = nemesis.group.map_or(nodes.div_ceil(2), |group| group.0);
    if group >= nodes {
        let message = format!("a group of {group} leaves nobody; expected less than {nodes} nodes");
        return refuse("group", &message);
    }
    let ticks = |length: Length| length.ns as f64 / resolution.ns as f64;
    Ok(Some(Nemesis {
        kinds: nemesis.kinds.0.clone(),
        mean_between: ticks(nemesis.mean_between),
        mean_repair: ticks(nemesis.mean_repair),
        at_most: nemesis.at_most.0 as usize,
        until,
        nodes,
        group,
        one_way: nemesis.one_way.0,
        memory: memory(nemesis.memory),
        factor: nemesis.factor.0,
        loss: limit(nemesis.loss.0),
        step: nemesis.step.ticks(resolution).0,
    }))
}

impl Nemesis {
    /// The faults of a seed, in order of their start.
    pub fn draw(&self, seed: u64) -> Vec<Fault> {
        let mut times = stream(seed, "faults", 0);
        let mut faults: Vec<Fault> = Vec::new();
        // When those end that hold.
        let mut standing: Vec<Tick> = Vec::new();
        let mut start = Tick(0);
        for number in 1.. {
            start = start
                + Span((exponential(unit(times.next_u64())) * self.mean_between + 0.5) as u64);
            if start >= self.until {
                break;
            }
            standing.retain(|&end| end > start);
            let fault = self.one(start, &mut stream(seed, "faults", number));
            let is_step = matches!(fault.effect, Effect::Clock(..));
            if is_step {
                faults.push(fault);
            } else if standing.len() < self.at_most {
                standing.push(fault.end);
                faults.push(fault);
            }
        }
        faults
    }

    fn one(&self, start: Tick, rng: &mut Stream) -> Fault {
        let kind = self.kinds[below(rng, self.kinds.len() as u32) as usize];
        let lasts = exponential(unit(rng.next_u64())) * self.mean_repair;
        let size = 1 + below(rng, self.group);
        let group = self.group(size, rng);
        let sides = |group: Group, rng: &mut Stream| {
            let to = group.others(self.nodes as usize);
            let one_way = unit(rng.next_u64()) < self.one_way;
            // One way is to the group as often as from it.
            let turned = rng.next_u32() & 1 == 1;
            let (from, to) = if turned { (to, group) } else { (group, to) };
            Sides { from, to, one_way }
        };
        let effect = match kind {
            Kind::Cut => Effect::Cut(sides(group, rng)),
            Kind::Hold => Effect::Hold(sides(group, rng)),
            Kind::Isolate => Effect::Isolate(group),
            Kind::Slow => Effect::Slow(sides(group, rng), Delay::Factor(self.factor)),
            Kind::Lose => Effect::Lose(sides(group, rng), self.loss),
            Kind::Crash => Effect::Crash(group, self.memory),
            Kind::Clock => {
                let share = 2.0 * unit(rng.next_u64()) - 1.0;
                let step = (share * self.step as f64).round() as i64;
                return Fault { start, end: Tick::NEVER, effect: Effect::Clock(group, step) };
            }
        };
        let lasts = Span((lasts + 0.5) as u64).max(Span(1));
        Fault { start, end: start + lasts, effect }
    }

    /// So many nodes, each set as likely as any other: R. Floyd's sampling without replacement
    /// (Bentley, "Programming pearls: a sample of brilliance", 1987).
    fn group(&self, size: u32, rng: &mut Stream) -> Group {
        let mut drawn = std::collections::BTreeSet::new();
        for last in self.nodes - size..self.nodes {
            let node = below(rng, last + 1);
            if !drawn.insert(node) {
                drawn.insert(last);
            }
        }
        Group::of(drawn.into_iter().map(NodeId))
    }
}
