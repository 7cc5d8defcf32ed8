//! `--set path=value`: what it replaces, what it leaves, what it adds.

use std::path::PathBuf;

use zonesim::scenario::{
    self, Diagnostic, Geo, Jitter, Latency, Loss, Probability, Scenario, StatedEffect, Stop,
};
use zonesim::time::NanoDuration;

const FILE: &str = r#"
    about = "a file"
    [zones]
    generate = 8
    [network]
    jitter = { lognormal = { median = "4ms", sigma = 0.8 } }
    [network.link]
    "z0-z1" = { latency = "104ms" }
    [exchange]
    use = "gossip"
    [exchange.gossip]
    fanout = 2
"#;
const FAULTS: &str = r#"[[fault]]
at = "1s"
crash = ["z0", "z1"]
[[fault]]
at = "2s""#;

type Read = Result<Scenario<toml::Table, toml::Table>, Diagnostic>;

fn over(text: &str, lines: &[&str]) -> Read {
    let lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
    Ok(scenario::parse("file", text.into(), &lines, PathBuf::new())?.scenario)
}

fn ms(ms: u64) -> NanoDuration {
    NanoDuration::from_ms(ms)
}

fn share(loss: f64) -> Loss {
    Loss::Independent(Probability(loss))
}

#[test]
fn a_value_replaces_what_was_there_whole() {
    let jitter = r#"network.jitter={uniform={min="0ms", max="9ms"}}"#;
    let scenario = over(FILE, &[jitter]).unwrap();
    let Jitter::Uniform(uniform) = scenario.network.jitter else { panic!("{scenario:?}") };
    assert_eq!((uniform.min, uniform.max), (ms(0), ms(9)));
    let scenario = over(FILE, &["exchange={use=\"mesh\"}"]).unwrap();
    assert_eq!(scenario.exchange, toml::toml! { use = "mesh" }, "not even its gossip is left");
}

#[test]
fn what_stands_beside_a_path_stays() {
    let scenario = over(FILE, &[r#"network.link."z0-z1".loss=0.1"#]).unwrap();
    let (_, link) = &scenario.network.link.0[0];
    assert_eq!(link.latency, Some(Latency::OneWay(ms(104))));
    assert_eq!(link.loss, Some(share(0.1)));
    let scenario = over(FILE, &["exchange.gossip.mode=pull"]).unwrap();
    let expected = toml::toml! {
        use = "gossip"
        gossip = { fanout = 2, mode = "pull" }
    };
    assert_eq!(scenario.exchange, expected);
}

#[test]
fn a_path_that_is_not_there_is_added() {
    let lines = [r#"network.link."z1>z2".loss=1"#, "hub.seat=z0", "coordination.order.quiet=5s"];
    let scenario = over(FILE, &lines).unwrap();
    assert_eq!(scenario.network.link.0[1].0, "z1>z2");
    assert_eq!(scenario.hub.unwrap().seat.as_deref(), Some("z0"));
    assert_eq!(scenario.coordination, toml::toml! { order = { quiet = "5s" } });
    let scenario = over(FILE, &["network.latency.geo.inflation=3"]).unwrap();
    let Latency::Geo(Geo { inflation, .. }) = scenario.network.latency else { panic!() };
    assert_eq!(inflation.0, 3.0);
}

#[test]
fn a_path_through_a_word_puts_a_table_in_its_place() {
    let text = "network.latency = \"40ms\"";
    let scenario = over(text, &["network.latency.round_trip=10ms"]).unwrap();
    assert_eq!(scenario.network.latency, Latency::RoundTrip(ms(10)));
}

#[test]
fn numbers_step_into_lists() {
    let lines = ["fault.0.at=5s", "fault.1.for = 3s", "fault.0.crash.1=z7", "fault.0.crash.2=z2"];
    let scenario = over(FAULTS, &lines).unwrap();
    let [first, second] = &scenario.fault.0[..] else { panic!("{scenario:?}") };
    assert_eq!((first.at, second.at), (Some(ms(5000)), Some(ms(2000))));
    assert_eq!(second.lasts, Some(ms(3000)));
    let [StatedEffect::Crash(crashed)] = &first.effects[..] else { panic!("{first:?}") };
    assert_eq!(crashed.0, ["z0", "z7", "z2"]);
}

#[test]
fn the_number_after_the_last_adds_to_a_list() {
    let scenario = over(FAULTS, &["fault.2.at=9s", "fault.2.for=1s"]).unwrap();
    assert_eq!(scenario.fault.0.len(), 3);
    assert_eq!(scenario.fault.0[2].lasts, Some(ms(1000)));
    let scenario = over(FILE, &["fault.0.at=9s", "fault.1.at=10s"]).unwrap();
    assert_eq!(scenario.fault.0.len(), 2, "and begins one where the file has none");
    assert!(over(FILE, &["fault.1.at=9s"]).is_err());
}

#[test]
fn a_value_is_toml_or_else_text() {
    for (line, about) in [
        ("about=plain words", "plain words"),
        ("about=\"in quotes\"", "in quotes"),
        ("about='in quotes'", "in quotes"),
        ("about = with blanks around ", "with blanks around"),
        ("about=an open [bracket", "an open [bracket"),
        ("about=a=b", "a=b"),
        ("about=\"open quotes", "\"open quotes"),
        ("about=two\nlines = 1", "two\nlines = 1"),
        ("about=1\nhorizon=\"1s\"", "1\nhorizon=\"1s\""),
        ("about=", ""),
        ("\"about\"=quoted key", "quoted key"),
    ] {
        assert_eq!(over(FILE, &[line]).unwrap().about, about, "{line}");
    }
    let scenario = over(FILE, &["network.loss=0.25 # a quarter", "stop=horizon"]).unwrap();
    assert_eq!((scenario.network.loss, scenario.stop), (share(0.25), Stop::Horizon));
}

#[test]
fn the_last_word_counts() {
    let scenario = over(FILE, &["network.loss=0.1", "network.loss=0.2"]).unwrap();
    assert_eq!(scenario.network.loss, share(0.2));
    let lines = ["network.link={}", r#"network.link."z3-z4".loss=0"#];
    let scenario = over(FILE, &lines).unwrap();
    assert_eq!(scenario.network.link.0.len(), 1);
}

#[test]
fn an_unknown_key_is_refused_at_the_override() {
    for line in ["los=1", "network.los=1", r#"network.link."z0-z1".los=1"#, "fault.0.los=1"] {
        let shown = over(FILE, &[line]).unwrap_err().render(false);
        assert!(shown.contains("unknown key `los`"), "{shown}");
        assert!(shown.contains("--> command line:1:"), "{shown}");
    }
}
