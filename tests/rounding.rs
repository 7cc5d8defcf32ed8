//! Durations that ticks do not carry are told once each, with the resolution that carries them.

use std::path::PathBuf;

use zonesim::{coordination, exchange, plan, scenario};

/// What people are told of a scenario of three zones.
fn notices(text: &str, files: &[(&str, &str)]) -> Vec<String> {
    let text = format!("{text}\n[zones.a]\n[zones.b]\n[zones.c]\n");
    let mut loaded = scenario::parse::<
        <exchange::Builtin as exchange::Catalogue>::Settings,
        <coordination::Builtin as coordination::Catalogue>::Settings,
    >("file", text, &[], PathBuf::new())
    .unwrap();
    for (name, text) in files {
        loaded.attached.insert((*name).into(), (*text).into());
    }
    let plan = plan::Plan::new::<exchange::Builtin, coordination::Builtin>(&loaded).unwrap();
    let told = plan.notices.into_iter().filter(|notice| notice.contains("in ticks of"));
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
            "fault = [{ at = \"3ms\", slow = [[\"a\"], [\"b\"]], add = \"300us\" }]",
            "`fault.0.add` of 300us becomes 0s",
        ),
        (
            "nemesis = { kinds = [\"clock\"], step = \"700us\" }",
            "`nemesis.step` of 700us becomes 1ms",
        ),
        ("clocks = { offset_within = \"1.3ms\" }", "`clocks.offset_within` of 1.3ms becomes 1ms"),
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

#[test]
fn a_matrix_and_a_file_are_told_once() {
    let table = "[network.latency.matrix]\na = { b = \"0s\", c = \"90us\" }\nb = { c = \"7ms\" }\n";
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
