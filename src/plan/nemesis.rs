//! Faults that are drawn from the seed: when, for how long, what, and whom they hit.
//!
//! When faults come is drawn from one stream, and each of them from one of its own: another kind of
//! faults, or larger groups, leave their times alone.

use rand_chacha::rand_core::RngCore;

use super::faults::memory;
use super::node_table::NodeTable;
use crate::id::NodeId;
use crate::network::fault::{Delay, Effect, Fault, LinkSet, Memory, NodeSet};
use crate::network::limit;
use crate::rng::{RngStream, exponential, stream, uniform_below, uniform01};
use crate::scenario::{Diagnostic, Kind, Loaded, NemesisStart};
use crate::time::{NanoDuration, SimDuration, SimTime};

/// What goes wrong by chance.
#[derive(Clone, Debug)]
pub struct Nemesis {
    kinds: Vec<Kind>,
    mean_between: f64,
    mean_repair: f64,
    at_most: usize,
    /// How many would hold in the mean at the start if `at_most` did not limit them.
    load_at_start: f64,
    until: SimTime,
    nodes: u32,
    group: u32,
    one_way: f64,
    memory: Memory,
    factor: f64,
    loss: u64,
    step: u64,
}

/// No more faults are drawn: each message looks at all of them.
const MAX_FAULTS: u64 = 20_000;

/// Reads the table, if there is one.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    names: &NodeTable,
    horizon: SimTime,
) -> Result<Option<Nemesis>, Diagnostic> {
    let Loaded { scenario, source, .. } = loaded;
    let Some(nemesis) = &scenario.nemesis else { return Ok(None) };
    let refuse = |key: &str, message: &str| Err(source.refusal(&format!("nemesis.{key}"), message));
    if nemesis.kinds.0.is_empty() {
        return refuse("kinds", "faults of no kind; expected one or more, such as \"cut\"");
    }
    let resolution = scenario.resolution;
    let until =
        nemesis.until.map_or(horizon, |until| SimTime(until.ticks(resolution).0).min(horizon));
    let between = nemesis.mean_between.ticks(resolution).0;
    if between == 0 || until.0 / between > MAX_FAULTS {
        let message = format!("more than {MAX_FAULTS} faults in a run; expected a longer time");
        return refuse("mean_between", &message);
    }
    let nodes = names.ids.len() as u32;
    let group = nemesis.group.map_or(nodes.div_ceil(2), |group| group.0);
    if group >= nodes {
        let message = format!("a group of {group} leaves nobody; expected less than {nodes} nodes");
        return refuse("group", &message);
    }
    let ticks = |length: NanoDuration| length.ns as f64 / resolution.ns as f64;
    let lasting = nemesis.kinds.0.iter().filter(|&&kind| kind != Kind::Clock).count();
    let load_at_start = match nemesis.start {
        NemesisStart::None => 0.0,
        NemesisStart::Stationary => {
            let lasting = lasting as f64 / nemesis.kinds.0.len() as f64;
            lasting * ticks(nemesis.mean_repair) / ticks(nemesis.mean_between)
        }
    };
    if load_at_start.min(f64::from(nemesis.at_most.0)) > MAX_FAULTS as f64 {
        let message =
            format!("more than {MAX_FAULTS} faults hold at the start; expected a smaller at_most");
        return refuse("start", &message);
    }
    Ok(Some(Nemesis {
        kinds: nemesis.kinds.0.clone(),
        mean_between: ticks(nemesis.mean_between),
        mean_repair: ticks(nemesis.mean_repair),
        at_most: nemesis.at_most.0 as usize,
        load_at_start,
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
    /// Whether it may step clocks.
    pub fn steps_clocks(&self) -> bool {
        self.kinds.contains(&Kind::Clock) && self.step > 0
    }

    /// The faults of a seed, in order of their start.
    pub fn draw(&self, seed: u64) -> Vec<Fault> {
        let mut times = stream(seed, "faults", 0);
        let mut faults = self.at_start(seed);
        // When those end that hold.
        let mut standing: Vec<SimTime> = faults.iter().map(|fault| fault.end).collect();
        let mut start = SimTime(0);
        for number in 1.. {
            start = start
                + SimDuration(
                    (exponential(uniform01(times.next_u64())) * self.mean_between + 0.5) as u64,
                );
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

    /// The faults that hold when the run starts. What is left of an exponential time is distributed as
    /// all of it, so they differ in nothing from those that start then.
    fn at_start(&self, seed: u64) -> Vec<Fault> {
        if self.load_at_start == 0.0 || self.until == SimTime(0) {
            return Vec::new();
        }
        let mut rng = stream(seed, "faults at the start", 0);
        let count = self.count_at_start(uniform01(rng.next_u64()));
        let lasting = |number| {
            let mut rng = stream(seed, "faults at the start", number);
            let mut drawn = std::iter::repeat_with(|| self.one(SimTime(0), &mut rng));
            drawn.find(|fault| !matches!(fault.effect, Effect::Clock(..)))
        };
        (1..=count).filter_map(lasting).collect()
    }

    /// How many hold in the long run, where those that would be too many do not come: the stationary
    /// distribution of a loss system (A. Erlang, "Solution of some problems in the theory of
    /// probabilities of significance in automatic telephone exchanges", 1917).
    fn count_at_start(&self, draw: f64) -> u64 {
        let load = self.load_at_start;
        // Further out the weights are below all precision.
        let most = (load + 12.0 * load.sqrt() + 50.0).min(self.at_most as f64) as u64;
        let mut logs = vec![0.0];
        for number in 1..=most {
            logs.push(logs[number as usize - 1] + libm::log(load / number as f64));
        }
        let largest = logs.iter().copied().fold(0.0, f64::max);
        let weights: Vec<_> = logs.iter().map(|log| libm::exp(log - largest)).collect();
        let mut left = draw * weights.iter().sum::<f64>();
        let chosen = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        chosen.map_or(most, |chosen| chosen as u64)
    }

    fn one(&self, start: SimTime, rng: &mut RngStream) -> Fault {
        let kind = self.kinds[uniform_below(rng, self.kinds.len() as u32) as usize];
        let lasts = exponential(uniform01(rng.next_u64())) * self.mean_repair;
        let size = 1 + uniform_below(rng, self.group);
        let group = self.group(size, rng);
        let sides = |group: NodeSet, rng: &mut RngStream| {
            let to = group.complement(self.nodes as usize);
            let one_way = uniform01(rng.next_u64()) < self.one_way;
            // One way is to the group as often as from it.
            let turned = rng.next_u32() & 1 == 1;
            let (from, to) = if turned { (to, group) } else { (group, to) };
            LinkSet { from, to, one_way }
        };
        let effect = match kind {
            Kind::Cut => Effect::Partition(sides(group, rng)),
            Kind::Hold => Effect::Hold(sides(group, rng)),
            Kind::Isolate => Effect::Isolate(group),
            Kind::Slow => Effect::Delay(sides(group, rng), Delay::Factor(self.factor)),
            Kind::Lose => Effect::Loss(sides(group, rng), self.loss),
            Kind::Crash => Effect::Crash(group, self.memory),
            Kind::Clock => {
                let share = 2.0 * uniform01(rng.next_u64()) - 1.0;
                let step = (share * self.step as f64).round() as i64;
                return Fault { start, end: SimTime::NEVER, effect: Effect::Clock(group, step) };
            }
        };
        let lasts = SimDuration((lasts + 0.5) as u64).max(SimDuration(1));
        Fault { start, end: start + lasts, effect }
    }

    /// So many nodes, each set as likely as any other: R. Floyd's sampling without replacement
    /// (Bentley, "Programming pearls: a sample of brilliance", 1987).
    fn group(&self, size: u32, rng: &mut RngStream) -> NodeSet {
        let mut drawn = std::collections::BTreeSet::new();
        for last in self.nodes - size..self.nodes {
            let node = uniform_below(rng, last + 1);
            if !drawn.insert(node) {
                drawn.insert(last);
            }
        }
        NodeSet::of(drawn.into_iter().map(NodeId))
    }
}
