//! The network after its last change: since when, how long messages take, what is lost, and which nodes
//! reach each other.

use super::connectivity::{Connectivity, is_endless};
use super::shortest_paths::WorstLink;
use crate::id::NodeId;
use crate::network::fault::{Effect, Fault, Memory, Schedule};
use crate::plan::Plan;
use crate::protocol::Routing;
use crate::protocol::StableBounds;
use crate::time::{LocalTime, SimDuration, SimTime};

/// The network after its last change by a fault.
#[derive(Clone, Debug)]
pub struct StableNetwork {
    /// The instant of the last change.
    pub since: SimTime,
    /// Upper bound on the time from sending to delivery: latency, jitter, and the delay that endless
    /// faults add; without queues and without jitter that has a long tail.
    max_delay: SimDuration,
    /// The loss rate that endless faults add.
    fault_loss: f64,
    worst_link: WorstLink,
    /// Which nodes reach each other. None if all do.
    pub connectivity: Option<Connectivity>,
    /// The last restart of a node whose memory a crash took.
    pub last_amnesia: Option<SimTime>,
    /// The largest skew of a clock.
    pub max_skew: SimDuration,
}

/// What an endless fault does to the network after its last change.
struct Lasting {
    /// Whether it may keep nodes from reaching each other.
    divides: bool,
    /// The time that it adds to the worst latency.
    delay: SimDuration,
    /// The loss rate that it adds.
    loss: f64,
}

impl Lasting {
    fn of(effect: &Effect, latency: SimDuration) -> Self {
        let divides = Self { divides: true, delay: SimDuration(0), loss: 0.0 };
        match *effect {
            Effect::Delay(_, delay) => {
                Self { divides: false, delay: delay.added(latency), loss: 0.0 }
            }
            // A packet is lost if its draw of 2^64 is below the limit. Total loss is a partition.
            Effect::Loss(_, limit) if limit < u64::MAX => {
                Self { loss: limit as f64 / (1u128 << 64) as f64, ..divides }
            }
            Effect::Loss(..) | Effect::Partition(_) | Effect::Hold(_) => divides,
            Effect::Isolate(_) | Effect::Crash(..) | Effect::Clock(..) => divides,
        }
    }
}

impl StableNetwork {
    /// The stable network of a run from a seed.
    pub fn new<E, C>(
        plan: &Plan<E, C>,
        worst_link: &WorstLink,
        schedule: &Schedule,
        seed: u64,
    ) -> Self {
        let begun = || schedule.faults().iter().filter(|fault| fault.start < plan.horizon);
        let endless = || begun().filter(|fault| is_endless(fault, plan.horizon));
        let is_change_at_start =
            |fault: &Fault| fault.effect.is_instantaneous() || is_endless(fault, plan.horizon);
        let change =
            |fault: &Fault| if is_change_at_start(fault) { fault.start } else { fault.end };
        let lasting = || endless().map(|fault| Lasting::of(&fault.effect, worst_link.latency));
        let is_split = plan.is_overlay_unconnected(seed);
        let is_divided =
            worst_link.has_dead_link || is_split || lasting().any(|effect| effect.divides);
        let delays = lasting().map(|effect| effect.delay);
        let fault_loss = lasting().map(|effect| effect.loss);
        Self {
            since: begun().map(change).max().unwrap_or(SimTime(0)),
            max_delay: delays.fold(worst_link.latency + worst_link.jitter, |sum, more| sum + more),
            fault_loss: fault_loss.fold(0.0, either),
            worst_link: *worst_link,
            connectivity: is_divided.then(|| Connectivity::new(plan, schedule, seed)),
            last_amnesia: last_amnesia(schedule, plan.horizon),
            max_skew: max_skew(plan, schedule, seed),
        }
    }

    /// The bounds that a protocol with this routing may assume. `waits` is the longest time that a
    /// message waits at its sender, without jitter that is bounded.
    pub fn bounds<E, C>(
        &self,
        plan: &Plan<E, C>,
        routing: Routing,
        waits: SimDuration,
    ) -> StableBounds {
        // A protocol that retransmits to the same node can space its messages so that a burst of loss
        // does not take them all; each then waits longer by that spacing.
        let (loss, spacing) = match routing {
            Routing::Uniform | Routing::Unknown => (self.worst_link.loss, SimDuration(0)),
            Routing::Direct
            | Routing::Hub
            | Routing::HubOrDirect
            | Routing::Overlay
            | Routing::Elected => self.worst_link.spaced_loss,
        };
        StableBounds {
            zones: plan.zones,
            max_delay: self.max_delay + waits + spacing,
            loss: either(loss, self.fault_loss),
            max_skew: self.max_skew,
            amnesia: false,
            resolution: plan.resolution,
        }
    }
}

/// The loss rate of two independent causes of loss.
fn either(a: f64, b: f64) -> f64 {
    1.0 - (1.0 - a) * (1.0 - b)
}

fn last_amnesia(schedule: &Schedule, horizon: SimTime) -> Option<SimTime> {
    let times = schedule.crashing_nodes().flat_map(|node| schedule.downtimes(node));
    let lost = times.filter(|down| down.memory == Memory::Lost && down.end < horizon);
    lost.map(|down| down.end).max()
}

/// The largest skew of a clock: the sum of its offset at the start and of all its steps, without sign.
fn max_skew<E, C>(plan: &Plan<E, C>, schedule: &Schedule, seed: u64) -> SimDuration {
    let drawn = plan.clocks(seed, schedule);
    let nodes = (0..plan.nodes() as u32).map(NodeId);
    let skew = |node: NodeId| {
        let LocalTime(start) = drawn.get(node.index())?.local(SimTime(0));
        let steps = schedule.steps(node).map(|(_, step)| step.unsigned_abs());
        Some(steps.fold(start.unsigned_abs(), u64::saturating_add))
    };
    SimDuration(nodes.filter_map(skew).max().unwrap_or(0))
}
