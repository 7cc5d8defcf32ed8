//! Clock synchronization in whole runs: worlds computed by hand, the bound and where it is reached, and
//! what a coordination sees of it.

use std::fmt::Write;

use crate::common::formula::{Given, formula, value};
use crate::common::{BuiltinPlan, SILENT_EXCHANGE, digest, plan_of};
use zonesim::engine::{Engine, Event};
use zonesim::metrics::invariants::{ClockRounds, Unjudged};
use zonesim::protocol::clock_sync::Adjustment;
use zonesim::testing::Simulation;

/// Zones with these offsets in ms and these delays in ms from zone to zone; a tick is 1 ms. The first
/// round is at 1 s.
fn world(offsets: &[i64], delays: &[&[u64]], rest: &str) -> BuiltinPlan {
    let mut text = format!("stop = \"horizon\"\nhorizon = \"20s\"\n{SILENT_EXCHANGE}{rest}");
    for (zone, offset) in offsets.iter().enumerate() {
        let _ = writeln!(text, "[zones.z{zone}]\nclock = {{ offset = \"{offset}ms\" }}");
    }
    text.push_str("[network.link]\n");
    for (from, delays) in delays.iter().enumerate() {
        for (to, delay) in delays.iter().enumerate().filter(|&(to, _)| to != from) {
            let _ = writeln!(text, "\"z{from}>z{to}\" = {{ latency = \"{delay}ms\" }}");
        }
    }
    plan_of(&text)
}

fn sync(rounds: u32, [min, max]: [u64; 2]) -> String {
    format!(
        "[clocks.sync.averaging]\nstart = \"1s\"\ninterval = \"1s\"\nrounds = {rounds}\n\
         min_delay = \"{min}ms\"\nmax_delay = \"{max}ms\"\n"
    )
}

/// When which zone adjusted its clock, and how the rounds were judged; the same on both engines.
fn adjustments(plan: &BuiltinPlan, seed: u64) -> (Vec<(u64, u32, Adjustment)>, ClockRounds) {
    let simulation = <Simulation>::new(plan.clone());
    let run = simulation.run(seed);
    assert!(run.violation.is_none(), "{:?}", run.violation);
    assert_eq!(digest(plan, Engine::Event, seed), digest(plan, Engine::Turmoil, seed));
    let adjusted = |(at, event): (zonesim::time::SimTime, Event<'_, _>)| match event {
        Event::Adjusted { node, adjustment } => Some((at.0, node.0, adjustment)),
        _ => None,
    };
    let rounds = simulation.observe(Engine::Event, seed, ()).clock_rounds.unwrap();
    (run.events().filter_map(adjusted).collect(), rounds)
}

const FOUR: [i64; 4] = [0, 100, -50, 30];
const DELAYS: [&[u64]; 4] =
    [&[0, 10, 20, 30], &[30, 0, 14, 26], &[22, 18, 0, 10], &[12, 30, 16, 0]];

/// With o the clocks and e_j = sum over i of (20 - delay from i to j), zone j comes to (sum of o + e_j)/4.
/// The sums: o 80, then 80.5; e -4, 2, 10, -6.
#[test]
fn four_clocks_are_corrected_as_computed_by_hand() {
    let (found, rounds) = adjustments(&world(&FOUR, &DELAYS, &sync(2, [10, 30])), 1);
    let us = |round, correction_us: i64| {
        let correction_ns = correction_us * 1000;
        Adjustment { round, correction_ns, readings: 3 }
    };
    let expected = [
        // Zone 2 begins last, when it has all readings.
        (1050, 2, us(1, 72_500)),
        (1060, 3, us(1, -11_500)),
        (1068, 1, us(1, -79_500)),
        (1072, 0, us(1, 19_000)),
        (2050, 2, us(2, 72_625)),
        (2060, 3, us(2, -11_375)),
        (2068, 1, us(2, -79_375)),
        (2072, 0, us(2, 19_125)),
    ];
    assert_eq!(found, expected);
    // 22.5 - 18.5 ms, where 15 ms are allowed.
    assert_eq!((rounds.judged, rounds.all(), rounds.max_skew_ns), (2, 2, 4_000_000));
}

/// The worst case: delays into one zone are the longest, into another the shortest, and no tick is
/// lost in between: 8.75 ms in ticks of 1 ms.
#[test]
fn the_bound_is_reached_and_not_exceeded() {
    let at_most =
        formula("averaging", "difference between two clocks after a round without loss, at most");
    for (zones, [min, max], offset) in [(8, [30, 40], 0), (8, [30, 40], 800), (3, [5, 65], -70)] {
        let to = |to| [max, min, (min + max) / 2][usize::min(to, 2)];
        let row: Vec<_> = (0..zones).map(to).collect();
        let offsets: Vec<_> = (0..zones as i64).map(|zone| zone * offset / 7).collect();
        let plan = world(&offsets, &vec![&row[..]; zones], &sync(1, [min, max]));
        let (_, rounds) = adjustments(&plan, 1);
        let given = [("min_delay", min as f64), ("max_delay", max as f64), ("N", zones as f64)];
        let bound = value(at_most, &Given::from(given)) * 1e6;
        assert_eq!(rounds.judged, 1);
        assert!((rounds.max_skew_ns as f64 - bound).abs() < 1.5, "{zones}: {rounds:?}, {bound}");
    }
}

/// Delays drawn anew for every message stay below the bound, and clocks that drift within theirs.
#[test]
fn random_delays_keep_to_the_bound() {
    let (mut widest, rest) = (
        0,
        sync(12, [40, 60])
            + "[network.jitter]\nuniform = { min = \"0ms\", max = \"20ms\" }\n[network]\nlatency = \"40ms\"\n",
    );
    for clocks in ["max_offset = \"300ms\"", "max_drift_ppm = 2000.0"] {
        let plan = plan_of(&format!(
            "stop = \"horizon\"\nhorizon = \"20s\"\nzones.generate = 5\nhub = {{}}\n\
             {SILENT_EXCHANGE}{rest}[clocks]\n{clocks}\n"
        ));
        for seed in 1..=3 {
            let (_, rounds) = adjustments(&plan, seed);
            assert_eq!((rounds.judged, rounds.all()), (12, 12), "{rounds}");
            widest = widest.max(rounds.max_skew_ns);
        }
    }
    assert!(widest > 3_000_000, "{widest} ns apart at most: the delays differ by 20 ms");
}

#[test]
fn a_round_costs_what_the_formula_says() {
    let messages = formula("averaging", "messages of a round");
    let time =
        formula("averaging", "from the first reading of a round to the last adjustment, at most");
    for (zones, hub, rounds) in [(3, "", 1), (6, "", 4), (5, "hub = {}\n", 3)] {
        let nodes = f64::from(zones) + if hub.is_empty() { 0.0 } else { 1.0 };
        let plan = plan_of(&format!(
            "stop = \"horizon\"\nhorizon = \"20s\"\n{hub}zones.generate = {zones}\n\
             network.latency = \"80ms\"\n{SILENT_EXCHANGE}{}[clocks]\nmax_offset = \"200ms\"\n",
            sync(rounds, [10, 80])
        ));
        let run = <Simulation>::new(plan.clone()).run(1);
        let expected = value(messages, &Given::from([("N", nodes)])) * f64::from(rounds);
        assert_eq!(run.metrics.messages, Some(expected));
        let sent = run.events().find_map(|(at, event)| match event {
            Event::Send { .. } => Some(at.0),
            _ => None,
        });
        let first_round = adjustments(&plan, 1).0.into_iter().filter(|(.., to)| to.round == 1);
        let took = first_round.map(|(at, ..)| at).max().unwrap() - sent.unwrap();
        let starts = plan.clocks(1, &plan.schedule(1));
        let at = starts.iter().map(|clock| clock.local(zonesim::time::SimTime(0)).0);
        let apart = at.clone().max().unwrap() - at.min().unwrap();
        let most = value(time, &Given::from([("C", apart as f64), ("max_delay", 80.0)]));
        assert_eq!(took as f64, most, "all delays are the longest");
    }
}

/// Why rounds are not judged, with the number of rounds.
fn unjudged(rest: &str) -> (u64, Vec<(Unjudged, u64)>) {
    let rest = rest.to_owned() + &sync(2, [10, 30]);
    let (_, rounds) = adjustments(&world(&FOUR, &DELAYS, &rest), 1);
    (rounds.judged, rounds.unjudged().collect())
}

#[test]
fn a_round_that_breaks_an_assumption_is_not_judged_and_says_why() {
    assert_eq!(unjudged(""), (2, vec![]));
    let fault = |fault: &str| format!("[[fault]]\nat = \"1500ms\"\nfor = \"1s\"\n{fault}\n");
    for (rest, why) in [
        (fault("loss = [[\"z0\"], [\"z1\"]]\nrate = 1.0"), Unjudged::ReadingMissing),
        (fault("isolate = [\"z2\"]"), Unjudged::ReadingMissing),
        (fault("crash = [\"z2\"]"), Unjudged::ReadingMissing),
        (fault("delay = [[\"z0\"], [\"z1\"]]\nadd = \"21ms\""), Unjudged::DelayOutOfRange),
        (
            "[[fault]]\nat = \"2055ms\"\nclock = [\"z3\"]\nstep = \"5ms\"\n".into(),
            Unjudged::ClockStepped,
        ),
    ] {
        assert_eq!(unjudged(&rest), (1, vec![(why, 1)]), "{rest}");
    }
    let rest = sync(3, [10, 30]).replace("1s", "8s");
    let plan = world(&FOUR, &DELAYS, &rest.replace("start = \"8s\"", "start = \"19980ms\""));
    let (_, rounds) = adjustments(&plan, 1);
    assert_eq!(rounds.unjudged().map(|(_, count)| count).sum::<u64>(), 1, "{rounds}");
}

/// A coordination whose timer was set before its clock moved forward or back, and after a crash that took
/// the correction: zones strike at 10 s of their corrected clocks.
#[test]
fn a_coordination_strikes_by_its_corrected_clock() {
    let strikes = |rest: &str| {
        let rest = format!(
            "{rest}{}[workload]\nuse = \"organisation\"\n[workload.organisation]\nmembers = 4\n\
             homes = [\"z0\", \"z1\", \"z2\", \"z3\"]\nleads = [{}]\ncorroboration = 1\n\
             assessment = {{ constant = \"10ms\" }}\nwarning = \"5s\"\n[coordination]\n\
             use = \"rendezvous\"\n[coordination.rendezvous]\nfirst = \"10s\"\nmargin = \"1s\"\n",
            sync(1, [10, 30]),
            [0, 1, 2, 3]
                .map(|z| format!("{{at = \"{}ms\", from = \"z{z}\", about = {z}}}", 100 + z))
                .join(", "),
        );
        let plan = world(&FOUR, &DELAYS, &rest);
        let run = <Simulation>::new(plan.clone()).run(1);
        assert!(run.violation.is_none(), "{:?}", run.violation);
        assert_eq!(digest(&plan, Engine::Event, 1), digest(&plan, Engine::Turmoil, 1));
        let mut all = [0; 4];
        for (at, event) in run.events() {
            if let Event::Strike { node, .. } = event {
                all[node.index()] = at.0;
            }
        }
        all
    };
    // Corrected clocks are 19, 20.5, 22.5 and 18.5 ms ahead. Ticks are rounded down.
    assert_eq!(strikes(""), [9981, 9980, 9978, 9982]);
    let crash = "[[fault]]\nat = \"3s\"\nfor = \"1s\"\ncrash = [\"z1\", \"z2\"]\nmemory = ";
    // They have their own clocks again, 100 ms ahead and 50 ms behind.
    assert_eq!(strikes(&format!("{crash}\"lost\"\n")), [9981, 9900, 10_050, 9982]);
    assert_eq!(strikes(&format!("{crash}\"kept\"\n")), [9981, 9980, 9978, 9982]);
}
