//! What a message meets depends on its own direction of a link, whatever the way back takes: cases
//! computed by hand, and lopsided links beside even ones, on both engines.

use crate::common::{lines, plan_of};
use zonesim::engine::Engine;

const BOTH: [Engine; 2] = [Engine::Event, Engine::Turmoil];

/// Two zones that flood, one item of a at 0 s; so many ms from a to b and from b to a.
fn two([there, back]: [u64; 2], more: &str) -> String {
    format!(
        r#"horizon = "5s"
[zones.a]
[zones.b]
[exchange]
use = "flood"
[network.link]
"a>b" = {{ latency = "{there}ms" }}
"b>a" = {{ latency = "{back}ms" }}
{more}
"#
    )
}

/// A fault from an instant, for a time, in ms.
fn fault(at: u64, lasts: u64, what: &str) -> String {
    format!(
        r#"[[fault]]
at = "{at}ms"
for = "{lasts}ms"
{what}
"#
    )
}

/// When b learns an item, if it does, on both engines.
fn learns(text: &str) -> [Option<u64>; 2] {
    let plan = plan_of(text);
    BOTH.map(|engine| {
        let lines = lines(&plan, engine, 1);
        let line = lines
            .iter()
            .find(|line| line.contains("\"learn\"") && line.contains("\"node\":\"b\""))?;
        let (_, rest) = line.split_once("\"t\":")?;
        rest.split(',').next()?.parse().ok()
    })
}

const CUT: &str = "partition = [[\"a\"], [\"b\"]]";
const HOLD: &str = "hold = [[\"b\"], [\"a\"]]";
const SLOW: &str = "delay = [[\"a\"], [\"b\"]]\nfactor = 3.0";
const CRASH_A: &str = "crash = [\"a\"]";
const CRASH_B: &str = "crash = [\"b\"]";

#[test]
fn what_has_departed_is_under_way_for_the_latency_of_its_direction() {
    for (at, lasts, what, expected) in [
        (50, 20, CUT, None),
        (100, 1, CUT, None),
        (101, 9, CUT, Some(100)),
        (50, 20, "isolate = [\"b\"]", None),
        (50, 20, "one_way = true\npartition = [[\"a\"], [\"b\"]]", None),
        (50, 20, "one_way = true\npartition = [[\"b\"], [\"a\"]]", Some(100)),
        (50, 20, CRASH_A, Some(100)),
        (50, 20, "crash = [\"a\"]\nmemory = \"lost\"", Some(100)),
        (50, 20, CRASH_B, Some(100)),
        (50, 20, "crash = [\"b\"]\nmemory = \"lost\"", Some(100)),
        (99, 9, CRASH_B, None),
        (90, 10, CRASH_B, None), // at the instant of the restart nothing listens
        (90, 9, CRASH_B, Some(100)),
        (50, 500, HOLD, Some(100)),
        (0, 500, HOLD, Some(600)),
        (0, 50, SLOW, Some(300)),
        (0, 50, "delay = [[\"b\"], [\"a\"]]\nfactor = 1.25", Some(125)),
        (1, 50, SLOW, Some(100)),
        (0, 50, "delay = [[\"a\"], [\"*\"]]\nadd = \"33ms\"", Some(133)),
        (0, 50, "one_way = true\ndelay = [[\"b\"], [\"a\"]]\nadd = \"33ms\"", Some(100)),
        (0, 1, "loss = [[\"a\"], [\"b\"]]\nrate = 1.0", None),
        (1, 90, "loss = [[\"a\"], [\"b\"]]\nrate = 1.0", Some(100)),
    ] {
        for back in [20, 100, 1, 330] {
            let text = two([100, back], &fault(at, lasts, what));
            assert_eq!(
                learns(&text),
                [expected; 2],
                "{back} ms back, from {at} for {lasts}: {what}"
            );
        }
    }
}

#[test]
fn what_waits_has_not_departed() {
    // It waits 30 ms, departs at 30 and is there at 130.
    let wait = "[network]\njitter = { uniform = { min = \"30ms\", max = \"30ms\" } }\n";
    for (at, lasts, what, expected) in [
        (10, 20, CUT, Some(130)),
        (10, 21, CUT, None),
        (130, 1, CUT, None),
        (131, 1, CUT, Some(130)),
        (20, 5, CRASH_A, None),
        (30, 5, CRASH_A, None),
        (31, 5, CRASH_A, Some(130)),
        (20, 60, HOLD, Some(180)),
        (31, 60, HOLD, Some(130)),
        (0, 30, SLOW, Some(130)),
        (30, 1, SLOW, Some(330)),
    ] {
        for back in [20, 100, 330] {
            let text = two([100, back], &format!("{}{wait}", fault(at, lasts, what)));
            assert_eq!(
                learns(&text),
                [expected; 2],
                "{back} ms back, from {at} for {lasts}: {what}"
            );
        }
    }
    // A thousand bits a second: a message of some bytes takes tens of ms to put on the link.
    let bandwidth = "[network]\nbandwidth = \"1kbit/s\"\n";
    let free = two([100, 20], bandwidth);
    let [Some(alone), _] = learns(&free) else { panic!("it never comes") };
    let departs = alone - 100;
    assert!(departs > 9, "{departs}");
    for (at, what, expected) in [
        (departs - 9, CRASH_A, None),
        (departs + 1, CRASH_A, Some(alone)),
        (departs, SLOW, Some(alone + 200)),
        (departs - 9, SLOW, Some(alone)),
    ] {
        let text = two([100, 20], &format!("{}{bandwidth}", fault(at, 5, what)));
        assert_eq!(learns(&text), [expected; 2], "from {at}: {what}");
    }
}

#[test]
fn what_is_delayed_is_under_way_for_longer() {
    // Departs at 0 and comes at 300: whatever touches the way or the receiver until then counts.
    for (at, lasts, what, expected) in [
        (250, 9, CUT, None),
        (300, 9, CUT, None),
        (301, 9, CUT, Some(300)),
        (90, 20, CRASH_B, Some(300)),
        (290, 20, CRASH_B, None),
        (90, 500, HOLD, Some(300)),
        // Faults add up, and a hold lets go after what slowed the link.
        (0, 20, "delay = [[\"a\"], [\"b\"]]\nadd = \"7ms\"", Some(307)),
        (0, 20, HOLD, Some(120)),
    ] {
        for back in [20, 100, 330] {
            let faults = fault(0, 10, SLOW) + &fault(at, lasts, what);
            let text = two([100, back], &faults);
            assert_eq!(
                learns(&text),
                [expected; 2],
                "{back} ms back, from {at} for {lasts}: {what}"
            );
        }
    }
}

/// What is sent from a to b in a run and when it comes.
fn from_a_to_b(text: &str, engine: Engine) -> Vec<String> {
    let lines = lines(&plan_of(text), engine, 3);
    lines.into_iter().filter(|line| line.contains("\"from\":\"a\",\"to\":\"b\"")).collect()
}

#[test]
#[ignore = "slow"]
fn the_way_back_makes_no_difference() {
    let kinds = [
        "partition = [[\"a\"], [\"b\"]]",
        "one_way = true\npartition = [[\"a\"], [\"b\"]]",
        "isolate = [\"a\"]",
        "isolate = [\"b\"]",
        "hold = [[\"a\"], [\"b\"]]",
        "one_way = true\nhold = [[\"a\"], [\"b\"]]",
        "delay = [[\"a\"], [\"b\"]]\nfactor = 2.5",
        "one_way = true\ndelay = [[\"a\"], [\"b\"]]\nfactor = 1.3",
        "delay = [[\"a\"], [\"b\"]]\nadd = \"41ms\"",
        "loss = [[\"a\"], [\"b\"]]\nrate = 0.4",
        "crash = [\"a\"]",
        "crash = [\"a\"]\nmemory = \"lost\"",
        "crash = [\"b\"]",
        "crash = [\"b\"]\nmemory = \"lost\"",
    ];
    let back =
        ["partition", "hold"].map(|kind| format!("one_way = true\n{kind} = [[\"b\"], [\"a\"]]"));
    let back = [&back[0][..], &back[1], "one_way = true\ndelay = [[\"b\"], [\"a\"]]\nfactor = 9.0"];
    let networks = [
        "",
        r#"[network]
jitter = { uniform = { min = "5ms", max = "60ms" } }
duplicate = 0.3
"#,
        r#"[network]
bandwidth = "20kbit/s"
loss = 0.1
"#,
    ];
    // Items of a come all the time; b, which learns them from a alone, sends nothing back.
    let items = r#"[workload.items]
interval = "9ms"
count = 60
"#;
    for network in networks {
        let text = |back, what: Option<&str>| {
            let fault = what.map_or(String::new(), |what| fault(200, 120, what));
            let text = two([100, back], &format!("{fault}{items}{network}"));
            text.replace("[zones.b]", "[zones.b]\nrole = \"observer\"")
        };
        let untouched = from_a_to_b(&text(100, None), Engine::Event);
        assert!(untouched.len() > 100, "{}", untouched.len());
        for what in kinds.into_iter().chain(back) {
            let even = from_a_to_b(&text(100, Some(what)), Engine::Event);
            assert_eq!(even == untouched, back.contains(&what), "{what}");
            for way_back in [1, 20, 100, 700] {
                for engine in BOTH {
                    let lopsided = from_a_to_b(&text(way_back, Some(what)), engine);
                    assert_eq!(lopsided, even, "{way_back} ms back, {engine}, {network}{what}");
                }
            }
        }
    }
}
