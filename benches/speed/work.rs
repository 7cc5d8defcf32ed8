//! Whether the loop by hand does the work that the event engine does: their draws come from other
//! streams, so what is counted and how fast items spread is held to be the same in the mean.

use zonesim::engine::event;
use zonesim::metrics::{LowerBounds, Metrics};
use zonesim::protocol::node::Builtin;

use crate::hand::{self, Latencies, NEVER};
use crate::w::{ITEM_EVERY, W};

const SEEDS: u64 = 20;
/// How far the means may be apart: messages by what starts draw, times by what 600 items take.
const MESSAGES_WITHIN: f64 = 0.005;
const TIMES_WITHIN: f64 = 0.05;

/// What a run sends, and the mean time in ms until an item is everywhere.
type Work = [f64; 2];

/// Panics unless both do the same; returns how many messages arrive in a run.
pub fn is_the_same<const ZONES: usize>(plan: &W, latencies: &impl Latencies, horizon: u64) -> f64 {
    let floors = LowerBounds::new(plan);
    let ours = mean(|seed| engines(plan, &floors, seed));
    let theirs = mean(|seed| hands(&hand::run::<ZONES>(latencies, horizon, seed)));
    let labels = ["messages", "ms to all"];
    for ((ours, theirs), (label, within)) in
        ours.into_iter().zip(theirs).zip(labels.into_iter().zip([MESSAGES_WITHIN, TIMES_WITHIN]))
    {
        println!("both do the same work: {label} {ours:.1}, by hand {theirs:.1}");
        assert!((ours / theirs - 1.0).abs() < within, "the loop by hand does other work: {label}");
    }
    hand::run::<ZONES>(latencies, horizon, 1).delivered as f64
}

fn mean(work: impl Fn(u64) -> Work) -> Work {
    let all: Vec<Work> = (1..=SEEDS).map(work).collect();
    [0, 1].map(|figure| all.iter().map(|one| one[figure]).sum::<f64>() / SEEDS as f64)
}

fn engines(plan: &W, floors: &LowerBounds, seed: u64) -> Work {
    let mut measure = Metrics::new(plan, floors);
    event::run::<Builtin, _>(plan, seed, &mut measure);
    let row = measure.row();
    [row.messages, row.to_all_ms].map(|value| value.expect("items reach all"))
}

fn hands<const ZONES: usize>(outcome: &hand::Outcome<ZONES>) -> Work {
    let due = (0u32..).step_by(ITEM_EVERY as usize);
    let last = |first: &[u32; ZONES]| first.iter().copied().max().unwrap_or(NEVER);
    let items = outcome.first.iter().zip(due);
    let took = items.map(|(first, due)| (last(first), due)).filter(|&(last, _)| last != NEVER);
    let took: Vec<_> = took.map(|(last, due)| f64::from(last - due)).collect();
    [outcome.sent as f64, took.iter().sum::<f64>() / took.len() as f64]
}
