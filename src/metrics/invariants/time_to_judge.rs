//! How long a run must last for all that is published in it to be due.

use rand_chacha::rand_core::RngCore;

use super::delivery::{Bounds, SenderWaits};
use super::shortest_paths;
use super::stable_network::StableNetwork;
use crate::network::Jitter;
use crate::plan::Plan;
use crate::protocol::exchange;
use crate::rng::stream;
use crate::time::SimDuration;

/// How many ticks must pass after the horizon of a plan for all that it publishes to be due, as far as
/// can be told before the run: how long messages wait at their senders is a guess. None where nothing is ever due.
pub fn time_to_judge<X, C>(plan: &Plan<X::Settings, C>, seed: u64) -> Option<SimDuration>
where
    X: exchange::ProtocolSet,
{
    let schedule = plan.schedule(seed);
    let aftermath =
        StableNetwork::new(plan, &shortest_paths::WorstLink::new(plan), &schedule, seed);
    let items = plan.realize(seed).items.len() as u64;
    // All items in one message, some of which wait: as many bytes for the numbers of the items as these.
    let largest = 64 + items * (plan.workload.item_bytes + 1);
    let times = plan.network.models.iter().map(|model| {
        let sending = model.bandwidth.map_or(0, |bandwidth| {
            bandwidth.ns_for(largest + bandwidth.queue.min(4 * largest)) / plan.resolution.ns
        });
        sending.saturating_add(if model.jitter.is_long_tailed() { often(&model.jitter) } else { 0 })
    });
    let longest = SimDuration(times.max().unwrap_or(0));
    let waits = SenderWaits { longest, without_queues: longest, last_drop: None };
    Bounds::<X>::new(plan, &schedule, &aftermath, waits, true).usual()
}

/// A wait that is seldom exceeded: a guess, twice the longest of some.
fn often(jitter: &Jitter) -> u64 {
    const DRAWN: u64 = 1000;
    let mut rng = stream(1, "waits", 0);
    let mut draw = || {
        let first = rng.next_u64();
        jitter.draw(first, &mut || rng.next_u64()).0
    };
    (0..DRAWN).map(|_| draw()).max().unwrap_or(0).saturating_mul(2)
}
