//! What `zonesim list` says of a default is the default, and what it says of a range is refused outside
//! it and taken at its ends.

use std::path::PathBuf;

use zonesim::plan::Plan;
use zonesim::protocol::clock_sync;
use zonesim::protocol::coordination;
use zonesim::protocol::exchange;
use zonesim::protocol::node;
use zonesim::protocol::{ParamInfo, ProtocolInfo, ProtocolSet as _};
use zonesim::scenario::{self, Scenario};

type Whole = Scenario<exchange::Params, coordination::Params>;

fn with(overrides: &[String]) -> Whole {
    let text = "[zones]\ngenerate = 3\n".to_owned();
    let loaded = scenario::parse("defaults.toml", text, overrides, PathBuf::new());
    loaded.unwrap_or_else(|error| panic!("{error}")).scenario
}

fn check(section: &str, entries: &[ProtocolInfo]) {
    for entry in entries {
        for setting in entry.settings {
            let line = format!("{section}.{}.{}={}", entry.name, setting.key, setting.default);
            assert_eq!(
                format!("{:?}", with(std::slice::from_ref(&line))),
                format!("{:?}", with(&[])),
                "{line}"
            );
        }
    }
}

#[test]
fn defaults_are_as_listed() {
    check("exchange", exchange::Builtin::entries());
    check("coordination", coordination::Builtin::entries());
    check_clock_sync();
}

/// A table that is stated with nothing but a default is that default.
fn check_clock_sync() {
    for entry in clock_sync::Builtin::entries() {
        let chosen = format!("clocks.sync.use={}", entry.name);
        for setting in entry.settings {
            let line = format!("clocks.sync.{}.{}={}", entry.name, setting.key, setting.default);
            let stated = with(&[chosen.clone(), line.clone()]);
            let plain = with(std::slice::from_ref(&chosen));
            assert_eq!(format!("{stated:?}"), format!("{plain:?}"), "{line}");
        }
    }
}

/// Whether three zones and a hub can run with these lines.
fn is_taken(lines: &[String]) -> bool {
    let text = r#"[zones]
generate = 3
[hub]
"#
    .to_owned();
    let loaded = scenario::parse("ranges.toml", text, lines, PathBuf::new());
    let plan = loaded.and_then(|s| Plan::new::<node::Builtin>(&s).map(drop));
    plan.is_ok()
}

/// Values that a range takes and values that it does not, its conditions left aside.
fn ends(range: &str) -> (Vec<String>, Vec<String>) {
    let strings = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
    let quoted = |word: &str| format!("\"{word}\"");
    let plain = range
        .split(", above")
        .next()
        .unwrap_or_default()
        .replace("n-1", "2")
        .replace(" to n", " to 3");
    let words: Vec<_> = plain.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    match words[..] {
        ["above", "0s", ..] => (strings(&["\"1ms\""]), strings(&["\"0s\"", "\"-1s\"", "1"])),
        ["0s", "or", "more", ..] => (strings(&["\"0s\""]), strings(&["\"-1ns\"", "0"])),
        ["retry" | "resend", "or", "more"] => (strings(&["\"1s\""]), strings(&["\"999ms\""])),
        ["election", "or", "more"] => (strings(&["\"2min\""]), strings(&["\"4s\""])),
        ["true", "or", "false"] => (strings(&["true", "false"]), strings(&["0", "\"yes\""])),
        ["none", "or", least, "or", "more"] | [least, "or", "more"] => {
            let below = least.parse::<i64>().unwrap() - 1;
            let none = plain.starts_with("none").then(|| quoted("none"));
            let taken = none.into_iter().chain([least.to_owned()]).collect();
            (taken, vec![below.to_string(), quoted("some")])
        }
        [least, "to", most] => {
            let [below, above] = [(least, -1), (most, 1)]
                .map(|(end, step)| (end.parse::<i64>().unwrap() + step).to_string());
            (strings(&[least, most]), vec![below, above])
        }
        [.., _, "or", _] => {
            let words = plain.replace(" or ", ", ");
            (words.split(", ").map(quoted).collect(), vec![quoted("sometimes"), "1".into()])
        }
        _ => panic!("a range of no known form: {range}"),
    }
}

/// What a value needs beside it, so that the range of its own is all that matters.
fn beside(key: &str) -> &'static [&'static str] {
    if key == "hunt" { &["exchange.gossip.connection_limit=1"] } else { &[] }
}

fn check_range(section: &str, entry: &ProtocolInfo, setting: &ParamInfo) {
    let path = format!("{section}.{}.{}", entry.name, setting.key);
    let with = |value: &str| {
        let mut lines = vec![format!("{section}.use={}", entry.name), format!("{path}={value}")];
        lines.extend(beside(setting.key).iter().map(|&line| line.to_owned()));
        is_taken(&lines)
    };
    let (taken, refused) = ends(&setting.range.to_string());
    for value in taken {
        assert!(with(&value), "{path} = {value} is refused, its range is {}", setting.range);
    }
    for value in refused {
        assert!(!with(&value), "{path} = {value} is taken, its range is {}", setting.range);
    }
}

#[test]
fn ranges_are_as_listed() {
    let exchanges = exchange::Builtin::entries().iter().map(|entry| ("exchange", entry));
    let coordinations = coordination::Builtin::entries().iter();
    let coordinations = coordinations.map(|entry| ("coordination", entry));
    let clocks = clock_sync::Builtin::entries().iter().map(|entry| ("clocks.sync", entry));
    for (section, entry) in exchanges.chain(coordinations).chain(clocks) {
        // What has a shape of its own has tests of its own.
        let settings = entry.settings.iter();
        for setting in settings.filter(|setting| !["topology", "forget"].contains(&setting.key)) {
            check_range(section, entry, setting);
        }
    }
}

/// What a range says of other settings.
#[test]
fn conditions_of_ranges_are_as_listed() {
    let chosen = |protocol: &str, lines: &[&str]| {
        let table = |line: &&str| format!("exchange.{protocol}.{line}");
        let lines = lines.iter().map(table);
        is_taken(&[vec![format!("exchange.use={protocol}")], lines.collect()].concat())
    };
    for protocol in ["mesh", "hub", "hub-with-fallback", "relay", "flood", "plumtree"] {
        assert!(chosen(protocol, &["retry=60s"]));
        assert!(!chosen(protocol, &["retry=61s"]));
    }
    assert!(chosen("gossip", &["interval_jitter=1s"]));
    assert!(!chosen("gossip", &["interval_jitter=1s", "start=synchronous"]));
    assert!(!chosen("gossip", &["hunt=1"]));
    assert!(chosen("plumtree", &["batch=999ms"]));
    assert!(!chosen("plumtree", &["batch=1s"]));
    for (k, is_fine) in [(0, false), (1, true)] {
        for on in ["feedback", "blind"] {
            for by in ["counter", "coin"] {
                let forget = format!("forget={{on=\"{on}\",by=\"{by}\",k={k}}}");
                assert_eq!(chosen("gossip", &[&forget]), is_fine, "{forget}");
            }
        }
    }
}
