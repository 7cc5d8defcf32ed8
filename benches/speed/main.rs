//! How fast, as ratios measured in one run against something that stands beside it.
//!
//! Each claim is tried in interleaved rounds, ours and the other in turn, and the median of the
//! rounds' ratios is what counts: the machine may be noisy, but it is so for both.

#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

mod bare;
mod hand;
mod w1;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group};
use zonesim::coordination::Builtin as Coordination;
use zonesim::engine::{Digest, Engine, event, turmoil};
use zonesim::exchange::Builtin as Exchange;
use zonesim::measure::{Floors, Measure};
use zonesim::plan::Plan;
use zonesim::time::Length;
use zonesim::{scenario, sweep};

/// Part of W1 that turmoil is given: it takes real time.
const PART_MS: u64 = 5_000;

fn event_engine(plan: &w1::W1, seed: u64) {
    event::run::<Exchange, Coordination, _>(plan, seed, &mut ());
}

fn turmoil_engine(plan: &w1::W1, seed: u64) {
    turmoil::run::<Exchange, Coordination, _>(plan, seed, &mut ());
}

/// Seconds that something takes.
fn seconds(act: impl FnOnce()) -> f64 {
    let start = Instant::now();
    act();
    start.elapsed().as_secs_f64()
}

/// The medians over rounds of: ours in seconds, the other's, ours over the other.
fn interleaved(rounds: u64, ours: impl Fn(u64), other: impl Fn(u64)) -> [f64; 3] {
    ours(0);
    other(0);
    let pairs: Vec<_> =
        (1..=rounds).map(|round| (seconds(|| ours(round)), seconds(|| other(round)))).collect();
    let median = |figure: &dyn Fn(&(f64, f64)) -> f64| {
        let mut figures: Vec<_> = pairs.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    [median(&|pair| pair.0), median(&|pair| pair.1), median(&|pair| pair.0 / pair.1)]
}

/// A line per claim, with its target and whether it is met.
fn claim(what: &str, figure: f64, target: f64, at_most: bool, unit: &str) {
    let met = if at_most { figure <= target } else { figure >= target };
    let (bound, verdict) =
        (if at_most { "at most" } else { "at least" }, if met { "met" } else { "MISSED" });
    println!("{what:<62} {figure:>9.2} {unit:<6} ({bound} {target}: {verdict})");
}

fn ratios() {
    let plan = w1::plan();
    let part = w1::plan().until(Length::from_ms(PART_MS));
    println!("\nW1: eight zones, 60 s of push gossip; medians of interleaved rounds");
    let messages = hand::run(1).delivered as f64;
    let batch = |run: &dyn Fn(u64), round: u64| (0..20).for_each(|seed| run(round * 20 + seed));
    let [ours, hand, ratio] = interleaved(
        41,
        |round| batch(&|seed| event_engine(&plan, seed), round),
        |round| batch(&|seed| drop(black_box(hand::run(seed))), round),
    );
    let per_message = 1e9 / 20.0 / messages;
    println!(
        "event engine {:.0} ns a message, by hand {:.0}",
        ours * per_message,
        hand * per_message
    );
    claim("event engine, trace off, to a loop written by hand", ratio, 1.5, true, "times");
    let floors = Floors::new(&plan);
    let measured = |seed| {
        let mut measure = Measure::new(&plan, &floors);
        event::run::<Exchange, Coordination, _>(&plan, seed, &mut measure);
        black_box(measure.row());
    };
    let [.., ratio] = interleaved(
        21,
        |round| batch(&measured, round),
        |round| batch(&|seed| drop(black_box(hand::run(seed))), round),
    );
    println!("{:<62} {ratio:>9.2} times", "  the same, measured as `run --runs` does");
    // A run on turmoil takes as long as hundreds on the event engine: one of these alone would be
    // measured with cold caches.
    let [.., ratio] = interleaved(
        7,
        |seed| turmoil_engine(&plan, seed),
        |round| batch(&|seed| event_engine(&plan, seed), round),
    );
    claim("turmoil engine at 1 ms to the event engine", 20.0 * ratio, 1000.0, false, "times");
    let [.., ratio] = interleaved(
        9,
        |seed| turmoil_engine(&part, seed),
        |seed| assert!(bare::run(seed, PART_MS) > 0),
    );
    claim("turmoil engine to a bare turmoil program", ratio, 1.15, true, "times");
    many();
}

/// 100,000 runs of the rounds example, measured, on all cores; the plan is made once.
fn many() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sims/rounds.toml");
    let plan = scenario::load(&file, &[]);
    let plan = plan.and_then(|loaded| Plan::new::<Exchange, Coordination>(&loaded));
    let plan = plan.unwrap_or_else(|error| panic!("{error}"));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let seeds = (1, 100_000);
    let run = || {
        let rows =
            sweep::repeat::<Exchange, Coordination>(Engine::Event, &plan, seeds, cores, &|_| {});
        black_box(rows);
    };
    let what = format!("100,000 runs of sims/rounds.toml, measured, on {cores} cores");
    claim(&what, seconds(run), 5.0, true, "s");
}

fn timings(criterion: &mut Criterion) {
    let plan = w1::plan();
    let mut group = criterion.benchmark_group("w1");
    group.throughput(Throughput::Elements(hand::run(1).delivered));
    group.bench_function("event", |bench| bench.iter(|| event_engine(&plan, black_box(1))));
    group.bench_function("event with digest", |bench| {
        bench.iter(|| {
            let mut digest = Digest::default();
            event::run::<Exchange, Coordination, _>(&plan, black_box(1), &mut digest);
            digest.hex()
        });
    });
    group.bench_function("by hand", |bench| bench.iter(|| hand::run(black_box(1))));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = timings
}

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    // `cargo test --benches` only asks whether it runs.
    if std::env::args().any(|argument| argument == "--bench") {
        ratios();
    }
}
