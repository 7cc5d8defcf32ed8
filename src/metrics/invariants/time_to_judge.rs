//! How long a run must last until all deliveries of its items are due.

use rand::RngCore;

use super::delivery::{Bounds, Waits};
use super::shortest_paths;
use super::stable_network::StableNetwork;
use crate::network::{Jitter, transmission_ns};
use crate::plan::Plan;
use crate::protocol::ProtocolSet;
use crate::rng::stream;
use crate::time::SimDuration;

/// The time after which all deliveries of a plan's items are due, from the last publication or change of
/// the network on. It is an estimate: how long messages wait at their senders is not known before the
/// run. None where no delivery is ever due.
pub fn time_to_judge<X, C>(plan: &Plan<X::Params, C>, seed: u64) -> Option<SimDuration>
where
    X: ProtocolSet,
{
    let schedule = plan.schedule(seed);
    let stable = StableNetwork::new(plan, &shortest_paths::WorstLink::new(plan), &schedule, seed);
    let realization = plan.realize(seed);
    let items = realization.items.len() as u64;
    // Estimate: one message with all items waits behind a few others. An item number takes one byte.
    let largest = realization.sizes.most(items).saturating_add(64 + items);
    let waits = plan.network.models.iter().map(|model| {
        let sending = model.bandwidth.map_or(0, |bandwidth| {
            bandwidth.ns_for(largest.saturating_add(bandwidth.queue.min(largest.saturating_mul(4))))
                / plan.resolution.ns
        });
        sending.saturating_add(if model.jitter.is_long_tailed() {
            long_wait(&model.jitter)
        } else {
            0
        })
    });
    let access = plan.network.access.iter();
    let rates = access.flat_map(|access| access.uplinks.iter().chain(&access.downlinks).flatten());
    // Estimate: such a message to or from each other node.
    let at_access = rates.map(|&bits_per_s| {
        let all = largest.saturating_mul(plan.nodes() as u64);
        transmission_ns(all, bits_per_s) / plan.resolution.ns
    });
    let receiving = SimDuration(at_access.max().unwrap_or(0));
    let longest = SimDuration(waits.max().unwrap_or(0)) + receiving;
    let sender_waits = Waits { longest, receiving, without_queues: longest, last_drop: None };
    Bounds::<X>::new(plan, &schedule, &stable, sender_waits, true).typical()
}

/// A wait for a jitter with a long tail that is seldom exceeded: twice the longest of a fixed sample.
fn long_wait(jitter: &Jitter) -> u64 {
    const SAMPLES: u64 = 1000;
    let mut rng = stream(1, "waits", 0);
    let mut draw = || {
        let first = rng.next_u64();
        jitter.draw(first, &mut || rng.next_u64()).0
    };
    (0..SAMPLES).map(|_| draw()).max().unwrap_or(0).saturating_mul(2)
}
