//! What holds of a world once nothing goes wrong any more.

use crate::fault::{Effect, Fault, Schedule};
use crate::id::NodeId;
use crate::plan::Plan;
use crate::seam::Calm;
use crate::time::{Local, Span, Tick};

/// From when on a fault does nothing any more.
pub fn over(fault: &Fault) -> Tick {
    match fault.effect {
        Effect::Clock(..) => fault.start,
        _ => fault.end,
    }
}

/// The world of a plan after its last fault; none where queues may fill and drop for ever.
pub fn calm<E, C>(plan: &Plan<E, C>, schedule: &Schedule, seed: u64) -> Option<Calm> {
    let models = &plan.network.models;
    if models.iter().any(|model| model.bandwidth.is_some()) {
        return None;
    }
    let jitter = models.iter().map(|model| model.jitter.longest()).max()?;
    Some(Calm {
        zones: plan.zones,
        wait: plan.network.links.longest() + jitter,
        loss: models.iter().map(|model| model.loss.worst()).fold(0.0, f64::max),
        off: off(plan, schedule, seed),
        forgot: schedule.takes_memory(),
        resolution: plan.resolution,
    })
}

/// How far clocks are off at the start and by all their steps, added up over the worst of them.
fn off<E, C>(plan: &Plan<E, C>, schedule: &Schedule, seed: u64) -> Span {
    let drawn = plan.clocks(seed, schedule);
    let nodes = (0..plan.nodes() as u32).map(NodeId);
    let of = |node: NodeId| {
        let Local(start) = drawn.get(node.index())?.local(Tick(0));
        let steps = schedule.steps(node).map(|(_, step)| step.unsigned_abs());
        Some(steps.fold(start.unsigned_abs(), u64::saturating_add))
    };
    Span(nodes.filter_map(of).max().unwrap_or(0))
}
