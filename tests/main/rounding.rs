//! Durations that ticks do not carry are told once each, with the resolution that carries them.

use std::path::PathBuf;

use zonesim::plan;
use zonesim::protocol::node;
use zonesim::scenario;

/// What people are told of a scenario of three zones.
fn notices(text: &str, files: &[(&str, &str)]) -> Vec<String> {
    let text = format!(
        r#"{text}
[zones.a]
[zones.b]
[zones.c]
"#
    );
    let mut loaded = scenario::parse::<
        node::ExchangeParams<node::Builtin>,
        node::CoordinationParams<node::Builtin>,
    >("file", text, &[], PathBuf::new())
    .unwrap();
    for (name, text) in files {
        loaded.attached.insert((*name).into(), (*text).into());
    }
    let plan = plan::Plan::new::<node::Builtin>(&loaded).unwrap();
    let told = plan.warnings.into_iter().filter(|notice| notice.contains("in ticks of"));
    told.collect()
}

#[test]
fn each_duration_is_told_with_the_resolution_that_carries_it() {
    for (text, expected) in [
        (
            "network.latency = \"2.4ms\"",
            "`network.latency` of 2.4ms becomes 2ms, in ticks of 1ms; resolution = \"200us\"",
        ),
        (
            "network.latency = { round_trip = \"5ms\" }",
            "`network.latency.round_trip` of 2.5ms one way becomes 3ms",
        ),
        (
            "exchange = { use = \"gossip\", gossip = { interval = \"1ns\" } }",
            "`exchange.gossip.interval` of 1ns becomes 1ms",
        ),
        (
            "exchange = { use = \"hub\", hub = { retry = \"1.4ms\" } }\nhub = { seat = \"a\" }",
            "`exchange.hub.retry` of 1.4ms becomes 1ms",
        ),
        (
            "fault = [{ at = \"3.4ms\", for = \"9s\", isolate = [\"a\"] }]",
            "`fault.0.at` of 3.4ms becomes 3ms",
        ),
        (
            "fault = [{ at = \"3ms\", delay = [[\"a\"], [\"b\"]], add = \"300us\" }]",
            "`fault.0.add` of 300us becomes 0s",
        ),
        (
            "nemesis = { kinds = [\"clock\"], step = \"700us\" }",
            "`nemesis.step` of 700us becomes 1ms",
        ),
        ("clocks = { max_offset = \"1.3ms\" }", "`clocks.max_offset` of 1.3ms becomes 1ms"),
        (
            "workload.items = { at = [\"1s\", \"4.6ms\"], from = [\"a\", \"b\"] }",
            "`workload.items.at.1` of 4.6ms becomes 5ms",
        ),
        (
            "network.jitter = { uniform = { min = \"0s\", max = \"400us\" } }",
            "`network.jitter` with a mean of 200us becomes one of 0s",
        ),
        (
            "network.jitter = { exponential = { mean = \"500us\" } }",
            "`network.jitter` with a mean of 500us becomes one of",
        ),
        (
            "network.link.\"a>b\" = { latency = \"7.3ms\" }",
            "`network.link.a>b.latency` of 7.3ms becomes 7ms",
        ),
    ] {
        let told = notices(text, &[]);
        assert_eq!(told.len(), 1, "{text}: {told:?}");
        assert!(told[0].contains(expected), "{text}: {told:?}");
        assert!(told[0].contains("would carry it"), "{told:?}");
    }
}

#[test]
fn what_changes_by_little_or_is_not_used_is_not_told() {
    for text in [
        "network.latency = \"60.4ms\"",
        "exchange = { use = \"mesh\", gossip = { interval = \"1ns\" } }",
        "network.latency = \"2.4ms\"\nresolution = \"100us\"",
        "network.jitter = { uniform = { min = \"0s\", max = \"9.7ms\" } }",
        "network.jitter = { exponential = { mean = \"2.5ms\" } }",
    ] {
        assert_eq!(notices(text, &[]), Vec::<String>::new(), "{text}");
    }
}

/// What is told at a coarse resolution beside what the text states.
#[test]
fn defaults_that_nobody_states_are_told_too() {
    let flood =
        "network.latency = \"9s\"\nexchange = { use = \"flood\", flood = { retry = \"9s\" } }";
    for (text, expected) in [
        (
            "resolution = \"300ms\"\nnetwork.latency = \"9s\"\nexchange.use = \"gossip\"",
            &["`exchange.gossip.interval`, 1s by default, becomes 900ms, in ticks of 300ms; \
               resolution = \"100ms\" would carry it"][..],
        ),
        (
            "resolution = \"3s\"\nnetwork.latency = \"9s\"\nexchange.use = \"gossip\"",
            &["`exchange.gossip.interval`, 1s by default, becomes 3s"],
        ),
        (
            "resolution = \"400ms\"\nexchange.use = \"plumtree\"\nnetwork.latency = \"4s\"",
            &[
                "`exchange.plumtree.timeout_1`, 500ms by default, becomes 400ms",
                "`exchange.plumtree.timeout_2`, 250ms by default, becomes 400ms",
                "`exchange.plumtree.retry`, 1s by default, becomes 1.2s",
            ],
        ),
        (
            r#"resolution = "7s"
workload.use = "organisation"
network.latency = "7s"
exchange.use = "mesh"
exchange.mesh.retry = "7s""#,
            &["`exchange.mesh.retry_max`, 1min by default, becomes 1.05min"],
        ),
        (
            r#"resolution = "70s"
workload.use = "organisation"
network.latency = "70s"
exchange = { use = "gossip", gossip = { interval = "70s" } }"#,
            &[
                "`workload.organisation.assessment`, 5min by default, becomes 280s",
                "`workload.organisation.warning`, 15min by default, becomes 910s",
            ],
        ),
        (
            r#"resolution = "300ms"
network.latency = "9s"
nemesis.kinds = ["clock"]
exchange = { use = "gossip", gossip = { interval = "9s" } }"#,
            &["`nemesis.step`, 1s by default, becomes 900ms"],
        ),
        (
            "resolution = \"30ms\"\nexchange = { use = \"gossip\", gossip = { interval = \"9s\" } }",
            &["`network.latency`, 50ms by default, becomes 60ms"],
        ),
        (
            r#"resolution = "30ms"
network.latency = "90ms"
network.loss = { burst = { enter = 0.1, leave = 0.3, good = 0.0, bad = 0.5 } }
exchange = { use = "gossip", gossip = { interval = "9s" } }"#,
            &["`network.loss.burst.slot`, 100ms by default, becomes 90ms"],
        ),
    ] {
        let told = notices(text, &[]);
        assert_eq!(told.len(), expected.len(), "{text}: {told:#?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.contains(expected), "{text}: {told}");
        }
    }
    let coarse = notices(&format!("resolution = \"7s\"\n{flood}"), &[]);
    let retry: Vec<_> = coarse.iter().filter(|told| told.contains("flood.retry`")).collect();
    assert_eq!(retry.len(), 1, "{coarse:?}");
    assert!(
        retry[0].contains("`exchange.flood.retry` of 9s becomes 7s"),
        "it is stated: {retry:?}"
    );
}

/// Three places, of which two are near each other.
fn placed(head: &str, resolution: &str) -> Vec<String> {
    let zones = r#"[zones.d]
at = [41.0, 69.0]
[zones.e]
at = [41.0, 70.0]
[zones.f]
at = [55.0, 37.0]
"#;
    let text = format!("resolution = \"{resolution}\"\n{head}\n{zones}");
    let loaded = scenario::parse("file", text, &[], PathBuf::new()).unwrap();
    let plan = plan::Plan::new::<node::Builtin>(&loaded).unwrap();
    plan.warnings.into_iter().filter(|told| told.contains("in ticks of")).collect()
}

#[test]
fn latencies_by_distance_are_told_once() {
    let geo = "network.latency = { geo = { inflation = 2.0, fixed = \"2ms\" } }";
    let told = placed(geo, "10ms");
    let [told] = &told[..] else { panic!("{told:?}") };
    assert!(told.contains("latencies by distance: 6 of 6 times change by more than 1 %"), "{told}");
    // 84 km of fibre, twice, and 2 ms at each end are some 4.8 ms.
    assert!(told.contains("the worst d to e of 4.82"), "{told}");
    assert!(told.contains("becomes 10ms, in ticks of 10ms; resolution = "), "{told}");
    assert_eq!(placed(geo, "10us"), [""; 0]);
    // What is advised carries all of it.
    let advised = told.split("resolution = \"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(placed(geo, advised), [""; 0]);
    let link = "network.link.\"d>e\".latency = { geo = { inflation = 1.0, fixed = \"0s\" } }";
    let told = placed(&format!("network.latency = \"60ms\"\n{link}"), "1ms");
    let [told] = &told[..] else { panic!("{told:?}") };
    // Light itself takes 410 us: no tick is below that.
    assert!(told.contains("latencies by distance: 1 of 1 times"), "{told}");
    assert!(told.contains("becomes 1ms"), "{told}");
}

#[test]
fn of_many_latencies_by_distance_some_are_looked_at() {
    let text = r#"zones = { generate = 5000, place = "sphere" }
resolution = "10ms"
network.latency = { geo = {} }
"#;
    let loaded = scenario::parse("file", text.into(), &[], PathBuf::new()).unwrap();
    let plan = plan::Plan::new::<node::Builtin>(&loaded).unwrap();
    let is_told = |told: &&String| told.contains("by distance, of pairs that are drawn");
    assert_eq!(plan.warnings.iter().filter(is_told).count(), 1, "{:?}", plan.warnings);
}

#[test]
fn a_matrix_and_a_file_are_told_once() {
    let table = r#"[network.latency.matrix]
a = { b = "0s", c = "90us" }
b = { c = "7ms" }
"#;
    let told = notices(table, &[]);
    let [told] = &told[..] else { panic!("{told:?}") };
    assert!(told.contains("network.latency.matrix: 4 of 6 times"), "{told}");
    assert!(told.contains("the worst a to b of 0s becomes 1ms"), "{told}");
    let csv = [("m.csv", ",a,b,c\na,0,0.07,5\nb,3,0,2.4\nc,8,9,0\n")];
    let told = notices("network.latency = { matrix = \"m.csv\" }", &csv);
    let [told] = &told[..] else { panic!("{told:?}") };
    assert!(told.contains("m.csv: 2 of 6 times"), "{told}");
    assert!(told.contains("the worst a to b of 70us becomes 1ms"), "{told}");
    assert!(told.contains("resolution = \"10us\" would carry it"), "{told}");
}
