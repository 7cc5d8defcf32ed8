//! Gossip: messages cycle by cycle, cycles and times to all.

use std::collections::BTreeSet;

use zonesim::engine::{self, Engine, Event, TraceSink};
use zonesim::experiment::statistics::Summary;
use zonesim::id::NodeId;
use zonesim::protocol::node::Builtin;
use zonesim::protocol::{StableBounds, WireMessage};
use zonesim::time::{NanoDuration, SimDuration, SimTime};

use crate::common::formula::{Given, formula, value};
use crate::common::{BuiltinPlan, plan_of, plan_of_file, root, rows};

/// Who knows when each cycle of a second begins, and the messages sent in it.
#[derive(Default, PartialEq, Debug)]
struct Cycles {
    known: BTreeSet<NodeId>,
    all: Vec<(usize, u32)>,
}

impl<M: WireMessage> TraceSink<M> for Cycles {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        if let Event::Publish { node, .. } = event {
            self.known.insert(*node);
        }
        while self.all.len() as u64 <= at.0 / 1000 {
            self.all.push((self.known.len(), 0));
        }
        match event {
            Event::Learn { node, .. } => drop(self.known.insert(*node)),
            Event::Send { .. } => self.all.last_mut().expect("a cycle").1 += 1,
            _ => {}
        }
    }
}

fn cycles(plan: &BuiltinPlan, engine: Engine, seed: u64) -> Vec<(usize, u32)> {
    let mut cycles = Cycles::default();
    engine::run::<Builtin, _>(engine, plan, seed, &mut cycles);
    assert_eq!(cycles.known.len(), plan.zones as usize);
    cycles.all
}

#[test]
#[ignore = "slow"]
fn messages_in_a_cycle() {
    for (zones, fanout) in [(8, 1), (8, 3), (13, 2)] {
        for (mode, is) in [
            ("push", formula("gossip", "messages in a cycle, push")),
            ("pull", formula("gossip", "messages in a cycle, pull, mean")),
            ("push-pull", formula("gossip", "messages in a cycle, push-pull, mean")),
        ] {
            let plan = plan_of(&format!(
                r#"horizon = "25s"
stop = "horizon"
[zones]
generate = {zones}
[network]
latency = "1ms"
[exchange]
use = "gossip"
[exchange.gossip]
mode = "{mode}"
fanout = {fanout}
start = "synchronous"
"#
            ));
            let expected = |known: usize| {
                let known = ("i", f64::from(known as u32));
                value(is, &Given::from([("n", zones.into()), ("fanout", fanout.into()), known]))
            };
            let what = format!("{mode}, {zones} zones, {fanout} partners");
            assert_eq!(
                cycles(&plan, Engine::Event, 1),
                cycles(&plan, Engine::Turmoil, 1),
                "{what}"
            );
            // The item is published in the first, when that has begun.
            let whole = |seed| cycles(&plan, Engine::Event, seed).into_iter().skip(1);
            let all = (1..=60).flat_map(whole);
            let off = all.map(|(known, sent)| f64::from(sent) - expected(known));
            if mode == "push" {
                assert!(off.into_iter().all(|off| off == 0.0), "{what}");
            } else {
                let off = Summary::new(off);
                let error = off.sd.unwrap() / (off.n as f64).sqrt();
                assert!(off.mean.unwrap().abs() < 4.0 * error, "{what}: {off:?}");
            }
        }
    }
}

/// The mean of a run's time to all, in units of so many ms, and its standard error.
fn time(plan: &BuiltinPlan, runs: u64, unit: fn(f64) -> f64) -> (f64, f64) {
    let rows = rows(plan.clone(), (1, runs));
    let summary = Summary::new(rows.iter().map(|row| unit(row.to_all_ms.unwrap())));
    (summary.mean.unwrap(), summary.sd.unwrap() / (runs as f64).sqrt())
}

#[test]
#[ignore = "slow"]
fn cycles_to_all() {
    for (mode, is) in [
        ("push", formula("gossip", "cycles to all, push, synchronous, mean to within two")),
        ("pull", formula("gossip", "cycles to all, pull, synchronous, mean to within two")),
        (
            "push-pull",
            formula("gossip", "cycles to all, push-pull, synchronous, mean to within two"),
        ),
    ] {
        for zones in [8, 64, 1000] {
            let generate = format!("zones.generate={zones}");
            let mode_is = format!("exchange.gossip.mode={mode}");
            let plan = plan_of_file(&root().join("sims/rounds.toml"), &[&generate, &mode_is]);
            let (mean, error) = time(&plan, 50, |ms| (ms / 1000.0).floor());
            let expected = value(is, &Given::from([("n", f64::from(zones))]));
            println!("{mode}, {zones} zones: {mean} ± {error}, {expected}");
            assert!((mean - expected).abs() < 2.0, "{mode}, {zones} zones: {mean}, {expected}");
        }
    }
}

#[test]
#[ignore = "slow"]
fn time_to_all_of_poisson_calls() {
    let slow = formula("gossip", "time to all, push or pull, poisson, mean");
    let fast = formula("gossip", "time to all, push-pull, poisson, mean");
    for (mode, is) in [("push", slow), ("pull", slow), ("push-pull", fast)] {
        for zones in [3, 8, 40] {
            let plan = plan_of(&format!(
                r#"horizon = "60h"
[zones]
generate = {zones}
[network]
latency = "1ms"
[exchange]
use = "gossip"
[exchange.gossip]
mode = "{mode}"
interval = "1000s"
start = "poisson"
"#
            ));
            let (mean, error) = time(&plan, 1000, |ms| ms / 1e6);
            let expected = value(is, &Given::from([("n", zones.into()), ("interval", 1.0)]));
            println!("{mode}, {zones} zones: {mean} ± {error}, {expected}");
            assert!((mean - expected).abs() < 4.0 * error + 0.01, "{mode}, {zones}: {mean}");
        }
    }
}

/// What every run is held to, within the rounding of cycles to whole ones.
#[test]
fn the_bound_is_the_one_that_is_guaranteed() {
    let even =
        formula("gossip", "time to all after the last fault, staggered or synchronous, at most");
    let uneven = formula("gossip", "time to all after the last fault, poisson, at most");
    for (zones, jitter, clocks, loss, is) in [
        (2, 0, 0, 0.0, even),
        (8, 0, 0, 0.0, even),
        (8, 500, 40_000, 0.3, even),
        (1000, 250, 0, 0.0, even),
        (3, 0, 900_000, 0.75, even),
        (8, 0, 0, 0.0, uneven),
        (70, 0, 5000, 0.4, uneven),
    ] {
        let start = if is == even { "staggered" } else { "poisson" };
        let plan = plan_of(&format!(
            r#"horizon = "60s"
zones.generate = 3
network.latency = "80ms"
[exchange]
use = "gossip"
[exchange.gossip]
start = "{start}"
"#
        ));
        let mut settings = plan.exchange;
        settings.gossip.interval_jitter = NanoDuration::from_ms(jitter);
        let calm = StableBounds {
            zones,
            max_delay: SimDuration(80),
            loss,
            max_skew: SimDuration(clocks),
            amnesia: false,
            resolution: NanoDuration::from_ms(1),
        };
        let SimDuration(promised) = settings.gossip.delivery_bound(&calm).expect("a bound");
        let jitter = ("interval_jitter", jitter as f64);
        let (n, clocks) = (("n", f64::from(zones)), ("C", clocks as f64));
        let given = [n, ("interval", 1000.0), jitter, ("L", 80.0), clocks, ("p", loss)];
        let ratio = promised as f64 / value(is, &Given::from(given));
        assert!((0.99..1.01).contains(&ratio), "{zones} zones, {start}: {ratio}");
    }
}
