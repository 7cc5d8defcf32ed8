//! How fast, as ratios measured in one run against something that stands beside it.
//!
//! Each claim is tried in interleaved rounds, ours and the other in turn, and the median of the
//! rounds' ratios is what counts: the machine may be noisy, but it is so for both.

#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

mod bare;
mod hand;
mod sweeps;
mod w;
mod work;
mod worlds;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group};
use hand::Latencies;
use w::Links;
use zonesim::engine::{Digest, Engine, event, turmoil};
use zonesim::experiment::run::Runner;
use zonesim::experiment::sweep;
use zonesim::metrics::{LowerBounds, Metrics};
use zonesim::plan::Plan;
use zonesim::protocol::node::Builtin;
use zonesim::scenario;

/// Part of W1 that turmoil is given: it takes real time.
const PART_MS: u64 = 5_000;

fn event_engine(plan: &w::W, seed: u64) {
    event::run::<Builtin, _>(plan, seed, &mut ());
}

fn turmoil_engine(plan: &w::W, seed: u64) {
    turmoil::run::<Builtin, _>(plan, seed, &mut ());
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

/// The event engine beside a loop written by hand: name and horizon; the most that is promised, and
/// the goal; rounds, and runs that are timed together.
fn by_hand<const ZONES: usize>(
    (name, horizon): (&str, u64),
    links: Links,
    [most, goal]: [f64; 2],
    [rounds, batch]: [u64; 2],
) {
    let plan = w::plan(ZONES, horizon, links);
    println!("\n{name}; medians of interleaved rounds");
    match links {
        Links::Table => {
            let table = hand::Table::<ZONES>::new();
            beside::<ZONES>((&plan, &table, horizon), [most, goal], [rounds, batch]);
        }
        Links::Uniform => {
            let uniform = hand::Uniform(w::UNIFORM);
            beside::<ZONES>((&plan, &uniform, horizon), [most, goal], [rounds, batch]);
        }
    }
}

fn beside<const ZONES: usize>(
    (plan, latencies, horizon): (&w::W, &impl Latencies, u64),
    [most, goal]: [f64; 2],
    [rounds, batch]: [u64; 2],
) {
    let messages = work::is_the_same::<ZONES>(plan, latencies, horizon);
    let hand = |seed| drop(black_box(hand::run::<ZONES>(latencies, horizon, seed)));
    let runs = |run: &dyn Fn(u64), round| (0..batch).for_each(|k| run(round * batch + k));
    let [ours, other, ratio] = interleaved(
        rounds,
        |round| runs(&|seed| event_engine(plan, seed), round),
        |round| runs(&hand, round),
    );
    let per_message = 1e9 / batch as f64 / messages;
    let (ours, other) = (ours * per_message, other * per_message);
    println!("{messages:.0} messages; event engine {ours:.0} ns a message, by hand {other:.0}");
    claim("event engine, trace off, to a loop written by hand", ratio, most, true, "times");
    claim("  the goal", ratio, goal, true, "times");
    let floors = LowerBounds::new(plan);
    let measured = |seed| {
        let mut measure = Metrics::new(plan, &floors);
        event::run::<Builtin, _>(plan, seed, &mut measure);
        black_box(measure.row());
    };
    let [.., ratio] =
        interleaved(rounds / 2, |round| runs(&measured, round), |round| runs(&hand, round));
    println!("{:<62} {ratio:>9.2} times", "  the same, measured as `run --runs` does");
}

/// Runs of W1 that are timed together: one alone is too short.
const BATCH: u64 = 20;

/// All claims, or those of which one of the words is the name.
fn claims(names: &[String]) {
    let parts: [(&str, &dyn Fn()); 6] = [
        ("w1", &|| {
            let name = ("W1: eight zones, 60 s of push gossip", w::W1_HORIZON);
            by_hand::<{ w::W1_ZONES }>(name, Links::Table, [1.5, 1.1], [41, BATCH]);
        }),
        ("turmoil", &beside_turmoil),
        ("w2", &|| {
            let alike = ("W2: 1,000 zones, 30 s of push gossip, links alike", w::W2_HORIZON);
            by_hand::<{ w::W2_ZONES }>(alike, Links::Uniform, [2.0, 1.0], [15, 1]);
            let table = ("W2 with a table of latencies", w::W2_HORIZON);
            by_hand::<{ w::W2_ZONES }>(table, Links::Table, [2.0, 1.0], [15, 1]);
        }),
        ("worlds", &worlds::growth),
        ("runs", &many),
        ("sweep", &sweeps::beside_the_runs),
    ];
    for (name, part) in parts {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            part();
        }
    }
}

/// Turmoil beside the event engine, and beside a program that has turmoil and nothing of ours.
fn beside_turmoil() {
    let plan = w::plan(w::W1_ZONES, w::W1_HORIZON, Links::Table);
    let part = w::plan(w::W1_ZONES, PART_MS, Links::Table);
    // A run on turmoil takes as long as hundreds on the event engine: one of these alone would be
    // measured with cold caches.
    let [.., ratio] = interleaved(
        7,
        |seed| turmoil_engine(&plan, seed),
        |round| (0..BATCH).for_each(|seed| event_engine(&plan, round * BATCH + seed)),
    );
    let ratio = BATCH as f64 * ratio;
    claim("turmoil engine at 1 ms to the event engine", ratio, 1000.0, false, "times");
    let [.., ratio] = interleaved(
        9,
        |seed| turmoil_engine(&part, seed),
        |seed| assert!(bare::run(seed, PART_MS) > 0),
    );
    claim("turmoil engine to a bare turmoil program", ratio, 1.15, true, "times");
}

/// 100,000 runs of the rounds example, measured, on all cores; the plan is made once.
fn many() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sims/rounds.toml");
    let plan = scenario::load(&file, &[]);
    let plan = plan.and_then(|loaded| Plan::new::<Builtin>(&loaded));
    let plan = plan.unwrap_or_else(|error| panic!("{error}"));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let seeds = (1, 100_000);
    let runner = Runner::<Builtin>::new(plan);
    let run = || drop(black_box(sweep::runs(&runner, Engine::Event, seeds, cores, &|_| {})));
    let what = format!("100,000 runs of sims/rounds.toml, measured, on {cores} cores");
    claim(&what, seconds(run), 5.0, true, "s");
}

fn timings(criterion: &mut Criterion) {
    let plan = w::plan(w::W1_ZONES, w::W1_HORIZON, Links::Table);
    let table = hand::Table::<{ w::W1_ZONES }>::new();
    let by_hand = |seed| hand::run::<{ w::W1_ZONES }>(&table, w::W1_HORIZON, seed);
    let mut group = criterion.benchmark_group("w1");
    group.throughput(Throughput::Elements(by_hand(1).delivered));
    group.bench_function("event", |bench| bench.iter(|| event_engine(&plan, black_box(1))));
    group.bench_function("event with digest", |bench| {
        bench.iter(|| {
            let mut digest = Digest::default();
            event::run::<Builtin, _>(&plan, black_box(1), &mut digest);
            digest.hex()
        });
    });
    group.bench_function("by hand", |bench| bench.iter(|| by_hand(black_box(1))));
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
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--bench") {
        let is_name = |argument: &String| !argument.starts_with('-');
        claims(&arguments.into_iter().filter(is_name).collect::<Vec<_>>());
    }
}
