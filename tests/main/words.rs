//! What people may write instead of the words of a scenario, and what they are warned of.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use crate::common::program::{text, zonesim};
use crate::common::{digest, plan_of, row};
use zonesim::engine::Engine;
use zonesim::plan::{Plan, PlanOf};
use zonesim::protocol::ProtocolSet as _;
use zonesim::protocol::exchange::Builtin as Exchange;
use zonesim::protocol::node::Builtin;
use zonesim::scenario::{self, Diagnostic};

const NAMED: &str = r#"[zones.n]
name = "North Lake"
[zones.s]
name = "Bishkek"
[zones.w]
[hub]
name = "Almaty"
seat = "s"
"#;

fn read(text: &str, sets: &[&str]) -> Result<PlanOf<Builtin>, Diagnostic> {
    let sets: Vec<_> = sets.iter().map(|set| (*set).to_owned()).collect();
    let loaded = scenario::parse("s.toml", text.into(), &sets, PathBuf::new())?;
    Plan::new::<Builtin>(&loaded)
}

fn refused(text: &str, sets: &[&str]) -> String {
    read(text, sets).unwrap_err().render(false)
}

/// A file of a test, and its path.
fn file(name: &str, text: &str) -> String {
    let path = scratch!().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn notes(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stderr).to_owned()
}

#[test]
fn zones_go_by_their_names() {
    let faults = |south: &str, hub: &str| {
        format!(
            r#"{NAMED}[network.link]
"{south}>n" = {{ loss = 0.5 }}
[workload.items]
at = ["1s", "5s"]
from = ["{south}", "n"]
[exchange]
use = "hub"
[[fault]]
at = "0s"
for = "2s"
crash = ["{south}"]
[[fault]]
at = "3s"
for = "2s"
partition = [["{south}", "{hub}"], ["*"]]
[[fault]]
at = "8s"
isolate = ["{hub}"]
"#
        )
    };
    let ids = digest(&plan_of(&faults("s", "hub")), Engine::Event, 5);
    for names in [("Bishkek", "Almaty"), ("bishkek", "ALMATY")] {
        assert_eq!(digest(&plan_of(&faults(names.0, names.1)), Engine::Event, 5), ids);
    }
    let crash =
        |name: &str| refused(NAMED, &[&format!("fault=[{{at=\"1s\",crash=[\"{name}\"]}}]")]);
    assert!(crash("Bishkk").contains("did you mean `s`, called Bishkek?"), "{}", crash("Bishkk"));
    let twice = NAMED.replace("[zones.w]", "[zones.w]\nname = \"bishkek\"");
    let message = refused(&twice, &["fault=[{at=\"1s\",crash=[\"Bishkek\"]}]"]);
    assert!(message.contains("`Bishkek` is the name of `s` and of `w`"), "{message}");
}

#[test]
fn zones_of_one_name_are_warned_of() {
    for (text, note) in [
        (
            NAMED.replace("Almaty", "north lake"),
            "`n` and `hub` have one name for people: North Lake",
        ),
        (NAMED.replace("Bishkek", "w"), "`w` and `s` have one name for people: w"),
        (NAMED.replace("[zones.w]", "[zones.w]\nname = \"Bishkek\""), "`s` and `w` have one name"),
    ] {
        let notices = read(&text, &[]).unwrap().warnings;
        assert!(notices.len() == 1 && notices[0].starts_with(note), "{notices:?}");
    }
    assert!(read(NAMED, &[]).unwrap().warnings.is_empty());
}

#[test]
fn an_unknown_exchange_may_be_the_hub() {
    for word in ["Almaty", "almaty", "tashkent", "centre"] {
        for text in [
            refused(NAMED, &[&format!("exchange={word}")]),
            refused(NAMED, &[&format!("exchange.use={word}")]),
            refused(&format!("{NAMED}[exchange]\nuse = \"{word}\""), &[]),
        ] {
            assert!(text.contains("did you mean `hub`?"), "{text}");
        }
    }
    let other = refused(NAMED, &["coordination=2pc"]);
    assert!(other.contains("did you mean `two-phase`?"), "{other}");
}

#[test]
fn a_word_for_a_table_chooses() {
    for (short, long) in [
        ("exchange=flood", "exchange.use=flood"),
        ("exchange = \"gossip\"", "exchange.use=gossip"),
        ("coordination=two-phase", "coordination.use=two-phase"),
        ("workload=organisation", "workload.use=organisation"),
    ] {
        let text = format!(
            r#"{NAMED}[exchange]
use = "hub"
[exchange.gossip]
fanout = 2
"#
        );
        let set = |set: &str| {
            let plan = read(&text, &[set, "horizon=4h"]).unwrap();
            digest(&plan, Engine::Event, 2)
        };
        assert_eq!(set(short), set(long), "{short}");
    }
    let text = format!("{NAMED}[exchange.gossip]\nfanout = 7\n");
    let wrong = refused(&text, &["exchange=gossip"]);
    assert!(wrong.contains("fanout = 7"), "the table stays: {wrong}");
    let table = "exchange={use=\"flood\"}";
    assert!(read(&text, &[table]).is_ok(), "a table replaces it");
}

#[test]
fn every_command_takes_a_word_for_a_table() {
    let sims = "sims/direct-or-hub.toml";
    let set = |command: &str, word: &str| zonesim(&[command, sims, "--set", word]);
    for command in ["run", "verify", "faults"] {
        let (short, long) = (set(command, "exchange=flood"), set(command, "exchange.use=flood"));
        assert!(short.status.success(), "{}", text(&short.stderr));
        if command == "run" {
            assert_eq!(short.stdout, long.stdout);
        }
    }
    let compare = |word| {
        let vary = ["--vary", "network.loss=0,0.1", "--runs", "3", "--csv"];
        zonesim(&[&["compare", sims, "--set", word][..], &vary].concat())
    };
    assert_eq!(compare("exchange=hub").stdout, compare("exchange.use=hub").stdout);
    let fuzz = zonesim(&["fuzz", "--cases", "2", "--set", "exchange=mesh"]);
    assert!(fuzz.status.success(), "{}", text(&fuzz.stderr));
    let sweep = file(
        "words-sweep.toml",
        &format!(
            r#"scenario = "{}"
set = ["exchange=flood"]
[axes]
loss = {{ path = "network.loss", values = [0.0, 0.2] }}
"#,
            crate::common::root().join("sims/rounds.toml").display()
        ),
    );
    let dry = zonesim(&["sweep", &sweep, "--dry-run", "coordination=independent"]);
    assert!(notes(&dry).contains("`exchange.gossip.fanout`"), "the file's are idle");
    let clash = zonesim(&["run", sims, "--set", "exchange=hub", "--set", "exchange.use=mesh"]);
    assert_eq!(clash.status.code(), Some(3), "one puts the other aside");
    let axis = "[axes]\n\"exchange.use\" = [\"mesh\", \"flood\"]\n";
    let sweep = fs::read_to_string(&sweep).unwrap().replace("set = [\"exchange=flood\"]", "");
    let sweep = file("words-axis.toml", &sweep.replace("[axes]\n", axis));
    let dry = zonesim(&["sweep", &sweep, "--dry-run", "exchange=gossip,mesh", "loss=0.3"]);
    assert!(text(&dry.stdout).starts_with("2 points"), "{}", text(&dry.stderr));
    let vary = ["--set", "exchange=hub", "--vary", "exchange=mesh,hub"];
    let clash = zonesim(&[&["compare", sims][..], &vary].concat());
    assert_eq!(clash.status.code(), Some(3), "one puts the other aside");
}

#[test]
fn settings_that_nothing_uses_are_warned_of() {
    let scenario = r#"[zones]
generate = 5
[workload]
item_size = { exponential = "9B" }
[workload.organisation]
members = 3
[workload.items]
at = ["1s"]
from = ["z2"]
[exchange]
use = "flood"
[exchange.gossip]
fanout = 2
mode = "pull"
[exchange.flood]
acknowledged = false
[coordination.order]
quiet = "3h"
"#;
    let scenario = file("words-unused.toml", scenario);
    let said = notes(&zonesim(&["run", &scenario]));
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "note: `workload.organisation.members` changes nothing: no run uses what it is a setting of",
            "note: `exchange.gossip.fanout`, `exchange.gossip.mode` change nothing: no run uses what \
             they are settings of",
            "note: `coordination.order.quiet` changes nothing: no run uses what it is a setting of",
        ]
    );
    let vary = ["--vary", "exchange=flood,gossip", "--runs", "3", "--csv"];
    let said = notes(&zonesim(&[&["compare", &scenario][..], &vary].concat()));
    assert!(!said.contains("exchange."), "some choice uses each: {said}");
    assert!(said.contains("`coordination.order.quiet` changes nothing"), "{said}");
}

#[test]
fn a_horizon_before_any_strike_is_warned_of() {
    let note = |sets: &[&str]| {
        let text = r#"[zones]
generate = 4
[hub]
seat = "z1"
[workload]
use = "organisation"
"#;
        let notices = read(text, sets).unwrap().warnings;
        notices.into_iter().find(|note| note.contains("no zone can strike"))
    };
    let (order, two) = ("coordination=order", "coordination=two-phase");
    let pace = "coordination.order.quiet=20min";
    // 20 min of quiet, 10 min of margin and 0.1 s of clocks.
    assert!(note(&[order, pace, "horizon=1800.1s"]).is_some());
    assert!(note(&[order, pace, "horizon=1800.101s"]).is_none());
    assert!(note(&[order, "coordination.order.deadline=5min", "horizon=15min"]).is_some());
    // The default hour, a minute to vote, and the same.
    assert!(
        note(&[two, "horizon=4260s"])
            .unwrap()
            .contains("decision is for 4260.1s, the horizon is 71min")
    );
    assert!(note(&[two, "horizon=2d"]).is_none());
    assert!(note(&["horizon=1min"]).is_none(), "who acts alone may strike at once");
}

#[test]
fn a_clock_that_may_be_ahead_brings_strikes_before_the_horizon() {
    let note = |more: &str, horizon: &str| {
        let text = format!(
            r#"zones.generate = 4
hub.seat = "z1"
workload.use = "organisation"
coordination.use = "order"
coordination.order.quiet = "20min"
{more}"#
        );
        let notices = read(&text, &[horizon]).unwrap().warnings;
        notices.into_iter().find(|note| note.contains("no zone can strike"))
    };
    let is_told = |more: &str, horizon: &str| note(more, horizon).is_some();
    // A strike is for 1800.1 s at the earliest, as the hub's clock shows it.
    assert!(is_told("", "horizon=1800s"));
    let ahead = note("clocks.max_offset = \"40s\"\n", "horizon=1720s").unwrap();
    assert!(
        ahead.contains("for 29.335min, the horizon is 1720s; no clock is ahead by more than 40s")
    );
    assert!(!is_told("clocks.max_offset = \"40s\"\n", "horizon=1721s"));
    assert!(is_told("clocks.max_drift_ppm = 1000.0\n", "horizon=1798s"), "by 1.798 s at most");
    assert!(!is_told("clocks.max_drift_ppm = 1000.0\n", "horizon=1799s"));
    let step = |at: &str, by: &str| {
        format!(
            r#"[[fault]]
at = "{at}"
clock = ["z2"]
step = "{by}"
"#
        )
    };
    assert!(is_told(&step("1min", "50s"), "horizon=1750s"));
    assert!(!is_told(&step("1min", "50s"), "horizon=1751s"));
    let twice = step("1min", "50s") + &step("2min", "50s");
    assert!(!is_told(&twice, "horizon=1701s"));
    assert!(is_told(&step("1h", "50s"), "horizon=1751s"), "no step before the horizon");
    // A hub that is behind by 50 s decides for a time that is as much earlier.
    assert!(!is_told(&step("0s", "-50s").replace("z2", "hub"), "horizon=1751s"));
    let nemesis = "[nemesis]\nkinds = [\"clock\"]\n";
    assert!(!is_told(nemesis, "horizon=10min"), "no bound on steps by chance");
}

#[test]
fn numbers_too_large_are_told_the_largest() {
    let text = "[zones]\ngenerate = 4\n";
    for (set, most) in [
        ("exchange.gossip.fanout=5000000000", "up to 4294967295"),
        ("exchange.gossip.hunt=18446744073709551616", "up to 4294967295"),
        ("workload.items.count=4294967296", "up to 4294967295"),
        ("exchange.gossip.fanout=999999999999999999999999999999999999999999", "up to 4294967295"),
        ("zones.generate=999999999999999999999999999999999999999999", "from 2 to 1000000"),
        ("exchange.gossip.connection_limit=5000000000", "from 1 to 4294967295"),
        ("exchange.plumtree.threshold=4294967296", "from 1 to 4294967295"),
        ("network.loss=340282366920938463463374607431768211456", "from 0 to 1"),
        ("zones.generate=-999999999999999999999999999999999999999999", "from 2 to 1000000"),
    ] {
        let message = refused(text, &[set]);
        let number = set.split('=').nth(1).unwrap();
        assert!(message.contains(most), "{message}");
        assert!(message.contains(&format!("cannot be {number}\n")), "{message}");
    }
}

/// The warning tells the truth: of a world in which the hub assesses leads, some member is located
/// exactly where it is not given.
#[test]
fn an_exchange_that_tells_the_hub_nothing_is_reported_where_the_hub_assesses() {
    let mut told = 0;
    let entries = Exchange::entries();
    for entry in entries {
        let text = format!(
            r#"horizon = "2h"
zones.generate = 3
hub.seat = "z0"
desk.fusion = "hub"
workload.use = "organisation"
workload.organisation = {{ members = 2, lead_interval = "1min", corroboration = 1, assessment = "1s" }}
exchange.use = "{}"
"#,
            entry.name
        );
        let plan = plan_of(&text);
        let is_told = plan.warnings.iter().any(|told| told.contains("no lead is ever assessed"));
        let row = row(&plan, Engine::Event, 1);
        assert_eq!(row.located_ms.is_none(), is_told, "{}: {:?}", entry.name, plan.warnings);
        told += usize::from(is_told);
    }
    assert!(0 < told && told < entries.len());
}
