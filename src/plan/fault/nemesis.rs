//! Faults that are drawn from the seed: times, durations, kinds and nodes.
//!
//! The start times are drawn from one stream, and each fault from a stream of its own, so that
//! another kind of faults or larger groups do not change the start times.

use rand::Rng;
use rand::seq::{IndexedRandom, index};

use crate::id::NodeId;
use crate::network::fault::{Fault, LinkSet, Memory, NodeSet};
use crate::network::limit;
use crate::plan::node_table::NodeTable;
use crate::rng::{RngStream, exponential, stream};
use crate::scenario::{self, Diagnostic, FaultKind, Loaded, NemesisStart};
use crate::time::{NanoDuration, SimDuration, SimTime};

/// The process from which faults are drawn; times in ticks.
#[derive(Clone, Debug)]
pub struct Nemesis {
    kinds: Vec<FaultKind>,
    mean_between: f64,
    mean_repair: f64,
    max_concurrent: usize,
    /// Mean number of faults in effect at the start if `max_concurrent` did not limit them.
    load_at_start: f64,
    until: SimTime,
    nodes: u32,
    group: u32,
    one_way: f64,
    pub(super) memory: Memory,
    pub(super) factor: f64,
    pub(super) loss: u64,
    pub(super) step: u64,
}

/// Most faults in a run: the fate of each message depends on a scan of all of them.
const MAX_FAULTS: u64 = 20_000;

/// Compiles the `[nemesis]` table; `None` without one.
///
/// # Errors
/// No kinds, too many faults, or a group of all nodes.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
    horizon: SimTime,
) -> Result<Option<Nemesis>, Diagnostic> {
    let Loaded { scenario, source, .. } = loaded;
    let Some(nemesis) = &scenario.nemesis else { return Ok(None) };
    let resolution = scenario.resolution;
    let ticks = |length: NanoDuration| length.ns as f64 / resolution.ns as f64;
    let nodes = node_table.ids.len() as u32;
    let compiled = Nemesis {
        kinds: nemesis.kinds.0.clone(),
        mean_between: ticks(nemesis.mean_between),
        mean_repair: ticks(nemesis.mean_repair),
        max_concurrent: nemesis.max_concurrent.0 as usize,
        load_at_start: load_at_start(nemesis, ticks),
        until: nemesis
            .until
            .map_or(horizon, |until| SimTime(until.ticks(resolution).0).min(horizon)),
        nodes,
        group: nemesis.max_group.map_or(nodes.div_ceil(2), |group| group.0),
        one_way: nemesis.one_way.0,
        memory: nemesis.memory,
        factor: nemesis.factor.0,
        loss: limit(nemesis.loss.0),
        step: nemesis.step.ticks(resolution).0,
    };
    let refuse =
        |(key, message): (&str, String)| source.refusal(&format!("nemesis.{key}"), &message);
    compiled.check(nemesis.mean_between.ticks(resolution)).map_err(refuse)?;
    Ok(Some(compiled))
}

fn load_at_start(nemesis: &scenario::Nemesis, ticks: impl Fn(NanoDuration) -> f64) -> f64 {
    let kinds = &nemesis.kinds.0;
    let lasting = kinds.iter().filter(|kind| !kind.is_instantaneous()).count();
    match nemesis.start {
        NemesisStart::None => 0.0,
        NemesisStart::Stationary => {
            let lasting = lasting as f64 / kinds.len() as f64;
            lasting * ticks(nemesis.mean_repair) / ticks(nemesis.mean_between)
        }
    }
}

impl Nemesis {
    /// Checks the ranges; `mean_between` is in whole ticks. An error is a key with its message.
    fn check(&self, mean_between: SimDuration) -> Result<(), (&'static str, String)> {
        let Self { group, nodes, .. } = self;
        if self.kinds.is_empty() {
            let message = "faults of no kind; expected one or more, such as \"partition\"";
            return Err(("kinds", message.into()));
        }
        if mean_between.0 == 0 || self.until.0 / mean_between.0 > MAX_FAULTS {
            let message = format!("more than {MAX_FAULTS} faults in a run; expected a longer time");
            return Err(("mean_between", message));
        }
        if group >= nodes {
            let message =
                format!("a group of {group} contains all nodes; expected fewer than {nodes}");
            return Err(("max_group", message));
        }
        if self.load_at_start.min(self.max_concurrent as f64) > MAX_FAULTS as f64 {
            let message = format!(
                "more than {MAX_FAULTS} faults hold at the start; expected a smaller max_concurrent"
            );
            return Err(("start", message));
        }
        Ok(())
    }

    /// Returns whether a fault may step a clock.
    pub fn steps_clocks(&self) -> bool {
        self.kinds.contains(&FaultKind::Clock) && self.step > 0
    }

    /// Draws the faults of a run, in order of their start.
    pub fn draw(&self, seed: u64) -> Vec<Fault> {
        let mut times = stream(seed, "faults", 0);
        let mut faults = self.at_start(seed);
        // Ends of the faults in effect.
        let mut active: Vec<SimTime> = faults.iter().map(|fault| fault.end).collect();
        let mut start = SimTime(0);
        for number in 1.. {
            let gap = exponential(times.random()) * self.mean_between;
            start = start + SimDuration((gap + 0.5) as u64);
            if start >= self.until {
                break;
            }
            active.retain(|&end| end > start);
            let fault = self.draw_fault(start, &mut stream(seed, "faults", number));
            if fault.effect.is_instantaneous() {
                faults.push(fault);
            } else if active.len() < self.max_concurrent {
                active.push(fault.end);
                faults.push(fault);
            }
        }
        faults
    }

    /// Draws the faults in effect when the run starts. The exponential distribution has no memory: what
    /// remains of their duration is distributed as all of it.
    fn at_start(&self, seed: u64) -> Vec<Fault> {
        if self.load_at_start == 0.0 || self.until == SimTime(0) {
            return Vec::new();
        }
        let mut rng = stream(seed, "faults at the start", 0);
        let count = self.count_at_start(rng.random());
        let lasting = |number| {
            let mut rng = stream(seed, "faults at the start", number);
            let mut drawn = std::iter::repeat_with(|| self.draw_fault(SimTime(0), &mut rng));
            drawn.find(|fault| !fault.effect.is_instantaneous())
        };
        (1..=count).filter_map(lasting).collect()
    }

    /// Maps a uniform draw to the number of faults in effect at the start: the stationary distribution
    /// of a loss system, in which arrivals above `max_concurrent` are dropped (A. Erlang, "Solution of some
    /// problems in the theory of probabilities of significance in automatic telephone exchanges", 1917).
    fn count_at_start(&self, draw: f64) -> u64 {
        let load = self.load_at_start;
        // Weights further out are below the precision of an f64.
        let max = (load + 12.0 * load.sqrt() + 50.0).min(self.max_concurrent as f64) as u64;
        let mut logs = vec![0.0];
        for number in 1..=max {
            logs.push(logs[number as usize - 1] + libm::log(load / number as f64));
        }
        let largest = logs.iter().copied().fold(0.0, f64::max);
        let weights: Vec<_> = logs.iter().map(|log| libm::exp(log - largest)).collect();
        let mut left = draw * weights.iter().sum::<f64>();
        let chosen = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        chosen.map_or(max, |chosen| chosen as u64)
    }

    fn draw_fault(&self, start: SimTime, rng: &mut RngStream) -> Fault {
        let kind = *self.kinds.choose(rng).expect("a nemesis has a kind");
        let duration = exponential(rng.random()) * self.mean_repair;
        let size = rng.random_range(1..=self.group);
        let group = self.group(size, rng);
        let effect = self.draw_effect(kind, group, rng);
        if kind.is_instantaneous() {
            return Fault { start, end: SimTime::NEVER, effect };
        }
        let duration = SimDuration((duration + 0.5) as u64).max(SimDuration(1));
        Fault { start, end: start + duration, effect }
    }

    /// Draws the links between a group and all other nodes.
    pub(super) fn links(&self, group: NodeSet, rng: &mut RngStream) -> LinkSet {
        let to = group.complement(self.nodes as usize);
        let one_way = rng.random::<f64>() < self.one_way;
        // A fault of one direction affects links to the group as often as links from it.
        let is_reversed = rng.random();
        let (from, to) = if is_reversed { (to, group) } else { (group, to) };
        LinkSet { from, to, one_way }
    }

    /// Draws a set of `size` nodes, all sets equally likely.
    fn group(&self, size: u32, rng: &mut RngStream) -> NodeSet {
        let drawn = index::sample(rng, self.nodes as usize, size as usize);
        NodeSet::from_iter(drawn.into_iter().map(|node| NodeId(node as u32)))
    }
}
