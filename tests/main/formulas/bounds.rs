//! Bounds: runs stay within them, and what is printed is what is checked.

use zonesim::protocol::ProtocolSet as _;
use zonesim::protocol::StableBounds;
use zonesim::protocol::exchange::{Builtin as Exchange, Params};
use zonesim::time::{NanoDuration, SimDuration};

use super::ENGINES;
use crate::common::formula::{Given, formula, value};
use crate::common::{plan_of, row};

/// A cut of all links ends at 16.2 s. What was published at 1 s is tried at 16 s and at 20 s; what was
/// published at 16.1 s is no part of the try at 20 s, and goes at 24 s.
#[test]
fn after_the_last_fault() {
    const RETRY_MAX: f64 = 4000.0;
    const LONGEST: f64 = 50.0;
    let given =
        Given::from([("retry_max", RETRY_MAX), ("L", LONGEST), ("K", 1.0), ("C", 0.0), ("n", 3.0)]);
    for (exchange, at_most) in [
        ("mesh", formula("mesh", "time to all after the last fault, at most")),
        ("hub", formula("hub", "time to all after the last fault, at most")),
    ] {
        let plan = plan_of(&format!(
            r#"horizon = "60s"
[zones]
generate = 3
[hub]
[network]
latency = "50ms"
[[fault]]
at = "0s"
for = "16200ms"
partition = [["z0"], ["*"]]
[workload.items]
at = ["1s", "16100ms"]
from = ["z0", "z0"]
[exchange]
use = "{exchange}"
[exchange.{exchange}]
retry_max = "4s"
"#
        ));
        for engine in ENGINES {
            let row = row(&plan, engine, 1);
            assert_eq!(row.coverage, Some(1.0));
            // The mean over the two of the age at the last arrival: when that was.
            let last = 2.0 * row.to_all_ms.unwrap() + 1000.0 + 16_100.0;
            let second = last - (20_000.0 + LONGEST * if exchange == "hub" { 2.0 } else { 1.0 });
            let took = second - 16_200.0;
            println!("{exchange}: {took} of {}", value(at_most, &given));
            assert!(took > RETRY_MAX + LONGEST && took <= value(at_most, &given), "{took}");
        }
    }
}

/// The attempts enough for so many to succeed, each with this probability, but for one time in 10^12.
fn attempts(successes: u32, each: f64) -> f64 {
    let is_enough = |attempts: &u32| {
        let mut choose = 1.0;
        let mut unsure = 0.0;
        for k in 0..successes.min(attempts + 1) {
            let fails = f64::from(attempts - k);
            unsure += choose * libm::pow(each, f64::from(k)) * libm::pow(1.0 - each, fails);
            choose *= fails / f64::from(k + 1);
        }
        unsure < 1e-12
    };
    f64::from((successes..).find(is_enough).unwrap())
}

#[test]
fn attempts_by_hand() {
    // 2^-40 is 0.91 in 10^12; 47 / 2^46 is 0.67 in 10^12, 46 / 2^45 is above one.
    assert_eq!([(1, 0.5), (2, 0.5), (3, 1.0)].map(|(h, p)| attempts(h, p)), [40.0, 46.0, 3.0]);
}

/// Settings of the exchange that a scenario chooses.
fn settings(exchange: &str, settings: &str) -> Params {
    let plan = plan_of(&format!(
        r#"horizon = "60s"
zones.generate = 3
hub = {{}}
network.latency = "50ms"
[exchange]
use = "{exchange}"
[exchange.{exchange}]
{settings}
"#
    ));
    plan.exchange
}

/// With and without loss, with clocks right and off, to within the rounding of waits to ticks.
#[test]
fn printed_bounds_are_those_that_runs_are_held_to() {
    for (exchange, is, more) in [
        ("mesh", formula("mesh", "time to all after the last fault, at most"), ""),
        ("hub", formula("hub", "time to all after the last fault, at most"), ""),
        (
            "flood",
            formula("flood", "time to all after the last fault, acknowledged, at most"),
            "acknowledged = true\nbatch = \"700ms\"\n",
        ),
        (
            "plumtree",
            formula("plumtree", "time to all after the last fault, at most"),
            r#"batch = "900ms"
timeout_1 = "3s"
timeout_2 = "400ms"
"#,
        ),
    ] {
        let settings = settings(exchange, &format!("retry_max = \"17s\"\n{more}"));
        let (batch, first, second) = match exchange {
            "flood" => (700.0, 0.0, 0.0),
            _ => (900.0, 3000.0, 400.0),
        };
        for (zones, longest, loss, clocks) in
            [(2, 80, 0.0, 0), (9, 650, 0.0, 90_000), (9, 80, 0.5, 0), (40, 7000, 0.1, 1_234_567)]
        {
            let (hops, messages) = match exchange {
                "mesh" => (1, 1.0),
                "hub" => (2, 1.0),
                "flood" => (zones - 1, 1.0),
                _ => (zones - 1, 3.0),
            };
            let calm = StableBounds {
                zones,
                max_delay: SimDuration(longest),
                loss,
                max_skew: SimDuration(clocks),
                amnesia: false,
                resolution: NanoDuration::from_ms(1),
            };
            let SimDuration(checked) = Exchange::delivery_bound(&settings, &calm).expect("a bound");
            let given = Given::from([
                ("n", f64::from(zones)),
                ("L", longest as f64),
                ("K", attempts(hops, libm::pow(1.0 - loss, messages))),
                ("C", clocks as f64),
                ("retry_max", 17_000.0),
                ("batch", batch),
                ("timeout_1", first),
                ("timeout_2", second),
            ]);
            let ratio = checked as f64 / value(is, &given);
            assert!((0.999..1.001).contains(&ratio), "{exchange}, {zones} zones: {ratio}");
        }
    }
}
