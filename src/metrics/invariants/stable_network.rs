//! The network after its last change: since when, how long messages take, what is lost, and which nodes
//! reach each other.

use super::connectivity::Connectivity;
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

/// Whether a fault lasts to the end of the run. A clock step has no duration.
pub fn is_endless(fault: &Fault, horizon: SimTime) -> bool {
    fault.end >= horizon && !matches!(fault.effect, Effect::Clock(..))
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
        let change = |fault: &Fault| match fault.effect {
            Effect::Clock(..) => fault.start,
            _ if is_endless(fault, plan.horizon) => fault.start,
            _ => fault.end,
        };
        let may_divide = |fault: &Fault| !matches!(fault.effect, Effect::Delay(..));
        let is_divided = worst_link.has_dead_link || endless().any(may_divide);
        let delays = endless().map(|fault| match &fault.effect {
            Effect::Delay(_, delay) => delay.added(worst_link.latency),
            _ => SimDuration(0),
        });
        let fault_loss = endless().map(|fault| match fault.effect {
            // A message is lost if its draw of 2^64 is below the limit. Total loss is a partition.
            Effect::Loss(_, limit) if limit < u64::MAX => limit as f64 / (1u128 << 64) as f64,
            _ => 0.0,
        });
        Self {
            since: begun().map(change).max().unwrap_or(SimTime(0)),
            max_delay: delays.fold(worst_link.latency + worst_link.jitter, |sum, more| sum + more),
            fault_loss: fault_loss.fold(0.0, either),
            worst_link: *worst_link,
            connectivity: is_divided.then(|| Connectivity::new(plan, schedule)),
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
            Routing::Direct | Routing::Hub | Routing::Overlay => self.worst_link.spaced_loss,
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
