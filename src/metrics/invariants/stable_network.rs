//! What is left of a network once faults change it no more: from when on, how long messages take, what
//! is lost, and who can still reach whom.

use super::connectivity::Connectivity;
use super::shortest_paths::WorstLink;
use crate::id::NodeId;
use crate::network::fault::{Effect, Fault, Memory, Schedule};
use crate::plan::Plan;
use crate::protocol::StableBounds;
use crate::protocol::exchange::Routing;
use crate::time::{LocalTime, SimDuration, SimTime};

/// The world after the last change of its network.
#[derive(Clone, Debug)]
pub struct StableNetwork {
    /// The instant of that change.
    pub from: SimTime,
    /// The longest that a message takes: travel, jitter, and what faults that never end add. Queues
    /// are not in it.
    wait: SimDuration,
    /// What faults that never end lose beside the links.
    lossier: f64,
    medium: WorstLink,
    /// Who can reach whom, where not all can.
    pub division: Option<Connectivity>,
    /// The last restart of a node whose memory a crash took.
    pub forgot: Option<SimTime>,
    /// How far clocks are off, by the worst of them.
    pub off: SimDuration,
}

/// Whether a fault lasts to the end of the run. The step of a clock is over at once.
pub fn is_endless(fault: &Fault, horizon: SimTime) -> bool {
    fault.end >= horizon && !matches!(fault.effect, Effect::Clock(..))
}

impl StableNetwork {
    /// That of a run.
    pub fn new<E, C>(
        plan: &Plan<E, C>,
        medium: &WorstLink,
        schedule: &Schedule,
        seed: u64,
    ) -> Self {
        let begun = || schedule.faults().iter().filter(|fault| fault.start < plan.horizon);
        let endless = || begun().filter(|fault| is_endless(fault, plan.horizon));
        let change = |fault: &Fault| match fault.effect {
            Effect::Clock(..) => fault.start,
            _ if is_endless(fault, plan.horizon) => fault.start,
            _ => fault.end,
        };
        let divides = |fault: &Fault| !matches!(fault.effect, Effect::Delay(..));
        let is_divided = medium.has_dead || endless().any(divides);
        let slowed = endless().map(|fault| match &fault.effect {
            Effect::Delay(_, delay) => delay.added(medium.travel),
            _ => SimDuration(0),
        });
        let lossier = endless().map(|fault| match fault.effect {
            // A limit below which one of 2^64 numbers is lost; what loses all divides.
            Effect::Loss(_, limit) if limit < u64::MAX => limit as f64 / (1u128 << 64) as f64,
            _ => 0.0,
        });
        Self {
            from: begun().map(change).max().unwrap_or(SimTime(0)),
            wait: slowed.fold(medium.travel + medium.jitter, |sum, more| sum + more),
            lossier: lossier.fold(0.0, either),
            medium: *medium,
            division: is_divided.then(|| Connectivity::new(plan, schedule)),
            forgot: forgot(schedule, plan.horizon),
            off: off(plan, schedule, seed),
        }
    }

    /// As a protocol is told of it that routes so; `waits` is the longest that a message
    /// waits at its sender beside the jitter that is bounded.
    pub fn bounds<E, C>(
        &self,
        plan: &Plan<E, C>,
        routing: Routing,
        waits: SimDuration,
    ) -> StableBounds {
        // Who sends again to the same node until that has it, needs a message that comes through among
        // those that are a slot of a burst apart, and waits for it so much longer.
        let (loss, apart) = match routing {
            Routing::Uniform | Routing::Unknown => (self.medium.loss, SimDuration(0)),
            Routing::Direct | Routing::Hub | Routing::Overlay => self.medium.loss_apart,
        };
        StableBounds {
            zones: plan.zones,
            max_delay: self.wait + waits + apart,
            loss: either(loss, self.lossier),
            max_skew: self.off,
            amnesia: false,
            resolution: plan.resolution,
        }
    }
}

/// What is lost of two shares, each by itself.
fn either(a: f64, b: f64) -> f64 {
    1.0 - (1.0 - a) * (1.0 - b)
}

fn forgot(schedule: &Schedule, horizon: SimTime) -> Option<SimTime> {
    let times = schedule.crashing_nodes().flat_map(|node| schedule.downtimes(node));
    let lost = times.filter(|down| down.memory == Memory::Lost && down.end < horizon);
    lost.map(|down| down.end).max()
}

/// How far clocks are off at the start and by all their steps, added up over the worst of them.
fn off<E, C>(plan: &Plan<E, C>, schedule: &Schedule, seed: u64) -> SimDuration {
    let drawn = plan.clocks(seed, schedule);
    let nodes = (0..plan.nodes() as u32).map(NodeId);
    let of = |node: NodeId| {
        let LocalTime(start) = drawn.get(node.index())?.local(SimTime(0));
        let steps = schedule.steps(node).map(|(_, step)| step.unsigned_abs());
        Some(steps.fold(start.unsigned_abs(), u64::saturating_add))
    };
    SimDuration(nodes.filter_map(of).max().unwrap_or(0))
}
