//! Slow and lossy links, queues, copies, clocks that are off, memory that is lost: what can be
//! computed by hand, on both engines.

use crate::common::{digest, lines, plan_of, row};
use zonesim::engine::Engine;
use zonesim::metrics::MetricRow;

const BOTH: [Engine; 2] = [Engine::Event, Engine::Turmoil];

/// Three zones in a mesh, 40 ms apart, an item of z0 at 10 s; retries 1, 3 and 7 s after it.
fn mesh(more: &str) -> String {
    format!(
        r#"horizon = "60s"
zones.generate = 3
network.latency = "40ms"
exchange.use = "mesh"
workload.items.at = ["10s"]
workload.items.from = ["z0"]
{more}
"#
    )
}

/// Two zones that push in synchronous cycles of a second, 1 ms apart; an item of z0 at once.
fn pushing(more: &str) -> String {
    format!(
        r#"horizon = "60s"
network.latency = "1ms"
workload.items.at = ["0s"]
workload.items.from = ["z0"]
exchange = {{ use = "gossip", gossip = {{ mode = "push", start = "synchronous" }} }}
{more}
"#
    )
}

/// When a zone first does something, in ms, on both engines.
fn first(text: &str, event: &str, zone: &str) -> [Option<u64>; 2] {
    let plan = plan_of(text);
    BOTH.map(|engine| {
        let does = |line: &String| {
            line.contains(&format!("\"{event}\"")) && line.contains(&format!("\"node\":\"{zone}\""))
        };
        let line = lines(&plan, engine, 1).into_iter().find(does)?;
        let (_, rest) = line.split_once("\"t\":")?;
        rest.split(',').next()?.parse().ok()
    })
}

/// Both rows of a run, which must be the same.
fn measured(text: &str) -> MetricRow {
    let plan = plan_of(text);
    let [event, turmoil] = BOTH.map(|engine| row(&plan, engine, 1));
    assert_eq!(event, turmoil, "{text}");
    event
}

#[test]
fn slow_and_lossy_links() {
    for (fault, z1, z2) in [
        // Three times 40 ms.
        ("for = \"2s\"\ndelay = [[\"z0\"], [\"z1\"]]\nfactor = 3.0", 120, 40),
        ("for = \"2s\"\ndelay = [[\"z0\"], [\"*\"]]\nadd = \"200ms\"", 240, 240),
        // By the instant of departure: it has ended by then.
        ("for = \"1s\"\ndelay = [[\"z0\"], [\"z1\"]]\nfactor = 3.0", 40, 40),
        (
            r#"for = "2s"
one_way = true
delay = [["z1"], ["z0"]]
add = "9s""#,
            40,
            40,
        ),
        // What is sent at 10 and 11 s is lost for sure, what is sent at 13 s is not.
        ("for = \"2500ms\"\nloss = [[\"z0\"], [\"z1\"]]\nrate = 1.0", 3040, 40),
        ("for = \"2500ms\"\nloss = [[\"z0\"], [\"z1\"]]\nrate = 0.0", 40, 40),
        // Waits run on whatever a clock is set to.
        (
            r#"for = "2500ms"
loss = [["z0"], ["z1"]]
rate = 1.0
[[fault]]
at = "10500ms"
clock = ["z0"]
step = "-1h""#,
            3040,
            40,
        ),
    ] {
        let text = mesh(&format!("[[fault]]\nat = \"9s\"\n{fault}"));
        assert_eq!(first(&text, "learn", "z1"), [Some(10_000 + z1); 2], "{fault}");
        assert_eq!(first(&text, "learn", "z2"), [Some(10_000 + z2); 2], "{fault}");
    }
}

/// The share of runs in which a message that is sent at an instant arrives, over links that are bad
/// for half of the time and lose all then.
fn arrive(at: &str, start: &str) -> f64 {
    let plan = plan_of(&format!(
        r#"horizon = "12s"
zones.generate = 2
exchange.use = "flood"
network.loss = {{ burst = {{ enter = 0.1, leave = 0.1, good = 0.0, bad = 1.0{start} }} }}
workload.items.at = ["{at}"]
workload.items.from = ["z0"]
"#
    ));
    let runs = 4_000;
    let covered = (0..runs).filter_map(|seed| row(&plan, Engine::Event, seed).coverage);
    covered.sum::<f64>() / runs as f64
}

#[test]
fn bursts_lose_as_much_at_first_as_later() {
    // Standard errors of 0.008 at the most.
    for (at, start, share) in [
        ("0s", "", 0.5),
        ("10s", "", 0.5),
        ("0s", ", start = \"stationary\"", 0.5),
        ("0s", ", start = \"good\"", 0.9),
        ("10s", ", start = \"good\"", 0.5),
    ] {
        let got = arrive(at, start);
        assert!((got - share).abs() < 0.03, "at {at}{start}: {got}");
    }
}

#[test]
fn synchronous_cycles_begin_when_the_clock_of_the_zone_says_so() {
    for (zones, fault, at) in [
        ("", "", 1001),
        ("clock = { offset = \"300ms\" }", "", 701),
        ("clock = { offset = \"-300ms\" }", "", 1301),
        // A tenth faster: 909 ticks are 999.9, 910 are 1001.
        ("clock = { drift_ppm = 100000.0 }", "", 911),
        // A tenth slower: 1112 ticks are 1000.8.
        ("clock = { drift_ppm = -100000.0 }", "", 1113),
        // Over the beginning of the cycle, which is then; and back, so that it comes later.
        ("", "at = \"500ms\"\nclock = [\"z0\"]\nstep = \"600ms\"", 501),
        ("", "at = \"500ms\"\nclock = [\"z0\"]\nstep = \"-400ms\"", 1401),
        // Another's clock does nothing here.
        ("", "at = \"500ms\"\nclock = [\"z1\"]\nstep = \"600ms\"", 1001),
        // Back and forth again: judged anew at each.
        (
            "",
            r#"at = "500ms"
clock = ["z0"]
step = "-5s"
[[fault]]
at = "700ms"
clock = ["z0"]
step = "5s""#,
            1001,
        ),
    ] {
        let fault = if fault.is_empty() { String::new() } else { format!("[[fault]]\n{fault}") };
        let text = pushing(&format!(
            r#"[zones.z0]
{zones}
[zones.z1]
{fault}"#
        ));
        assert_eq!(first(&text, "learn", "z1"), [Some(at); 2], "{text}");
    }
}

#[test]
fn messages_queue_for_their_link() {
    // Three items at one instant, two zones: a byte a millisecond, and a link for each direction.
    let text = |queue: &str| {
        format!(
            r#"horizon = "60s"
zones.generate = 2
exchange.use = "mesh"
network = {{ latency = "40ms", bandwidth = "8kbit/s"{queue} }}
[workload]
item_size = "100B"
[workload.items]
at = ["1s", "1s", "1s"]
from = ["z0", "z0", "z0"]
"#
        )
    };
    // A message of one item is 5 bytes and its body: one each for the exchange, the mesh, what it
    // is, how many words of 64 items, and the word.
    let plan = plan_of(&text(""));
    let learnt = |line: &&String| line.contains("\"learn\"");
    for engine in BOTH {
        let lines = lines(&plan, engine, 1);
        let times: Vec<_> = lines.iter().filter(learnt).map(|line| line[..25].to_owned()).collect();
        let of = |t: u64| format!("{{\"event\":\"learn\",\"t\":{t}")[..25].to_owned();
        let bytes = 100 + SMALLEST;
        let expected = [1, 2, 3].map(|place| of(1000 + place * bytes + 40));
        assert_eq!(times, expected, "{engine}");
        assert!(lines.iter().any(|line| line.contains(&format!("\"queued\":{}", 2 * bytes))));
    }
    // Room for two: the third comes a second later, with nobody before it.
    let dropped = plan_of(&text(", queue = \"250B\""));
    for engine in BOTH {
        let lines = lines(&dropped, engine, 1);
        assert_eq!(lines.iter().filter(|line| line.contains("\"dropped\":true")).count(), 1);
        assert!(lines.iter().rfind(learnt).unwrap().contains("\"item\":2"));
    }
}

/// Bytes of a message of the mesh with one of the first seven items, without its body.
const SMALLEST: u64 = 5;

#[test]
fn copies_are_delivered_and_not_counted_as_sent() {
    let row = measured(&mesh("network.duplicate = 1.0"));
    // Each of two items comes twice, and is acknowledged twice.
    assert_eq!((row.messages, row.payloads), (Some(6.0), Some(4.0)));
    assert_eq!((row.redundancy, row.coverage), (Some(1.0), Some(1.0)));
}

#[test]
fn bodies_of_items_count_as_bytes() {
    let plain = measured(&mesh("")).bytes.unwrap();
    let heavy = measured(&mesh("workload.item_size = \"1kB\"")).bytes.unwrap();
    assert_eq!(heavy - plain, 2000.0, "two payloads; acknowledgements carry none");
}

#[test]
fn a_crash_that_takes_memory() {
    // z0 goes down before z1, cut off until 10.5 s, has the item: kept, it sends it again.
    let text = |memory: &str| {
        mesh(&format!(
            r#"[[fault]]
at = "9s"
for = "1500ms"
partition = [["z0"], ["z1"]]
[[fault]]
at = "10200ms"
for = "400ms"
crash = ["z0"]
memory = "{memory}""#
        ))
    };
    assert_eq!(first(&text("kept"), "learn", "z1"), [Some(10_640); 2]);
    assert_eq!(first(&text("lost"), "learn", "z1"), [None; 2]);
    assert_eq!(measured(&text("lost")).incomplete, Some(1.0));
    // Who has forgotten learns again; that is told, and measured once.
    let text = r#"horizon = "60s"
stop = "horizon"
zones.generate = 3
network.latency = "5ms"
exchange.use = "gossip"
[[fault]]
at = "30s"
for = "1s"
crash = ["z1"]
memory = "lost"
"#;
    let plan = plan_of(text);
    for engine in BOTH {
        let again = lines(&plan, engine, 1);
        let again = again.iter().filter(|line| line.contains("\"again\":true"));
        assert_eq!(again.count(), 1, "{engine}");
    }
    let kept = measured(&text.replace("lost", "kept"));
    let lost = measured(text);
    assert_eq!((lost.coverage, lost.to_all_ms), (kept.coverage, kept.to_all_ms));
}

#[test]
fn captures_happen_on_clocks() {
    // All have located somebody long before the deadline; a is 2 s ahead, b 1 s behind.
    let text = r#"horizon = "2h"
resolution = "100ms"
[zones.a]
clock = { offset = "2s" }
[zones.b]
clock = { offset = "-1s" }
[zones.c]
[hub]
[network]
latency = "100ms"
[workload]
use = "organisation"
[workload.organisation]
members = 30
lead_interval = "1min"
assessment = "1s"
corroboration = 2
[coordination]
use = "order"
[coordination.order]
quiet = "20min"
"#;
    let row = measured(text);
    assert_eq!((row.spread_ms, row.premature), (Some(3000.0), Some(1.0)));
    assert_eq!(row.captured, Some(30.0));
    // A bound that is too small for the clocks is the order's, not the world's.
    let drawn = format!("{text}[clocks]\nmax_offset = \"5s\"\n").replace("clock = ", "# ");
    let spreads: Vec<_> = (1..=40)
        .map(|seed| crate::common::row(&plan_of(&drawn), Engine::Event, seed).spread_ms)
        .collect();
    assert!(spreads.iter().all(|spread| spread.is_some_and(|ms| ms <= 10_000.0)), "{spreads:?}");
    assert!(spreads.iter().any(|spread| spread.is_some_and(|ms| ms > 5_000.0)), "{spreads:?}");
    let same = digest(&plan_of(&drawn), Engine::Turmoil, 3);
    assert_eq!(same, digest(&plan_of(&drawn), Engine::Event, 3));
}
