//! The after-action report: worlds computed by hand, in which each reason occurs once.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::common::program::{text, zonesim};
use crate::common::root;

/// Zone a sees a lead about member 0 in b at 100 s. b learns it at 101 s, assesses it until 701 s, has
/// the warrant at 1,301 s, and strikes from then until 1,601 s.
const WORLD: &str = r#"
horizon = "10h"
resolution = "1s"
[zones.a]
[zones.b]
[zones.c]
[hub]
[network]
latency = "1s"
[exchange]
use = "mesh"
[coordination]
use = "independent"
[coordination.order]
clock_bound = "0s"
quiet = "10min"
[coordination.consensus]
clock_bound = "0s"
quiet = "10min"
[coordination.two-phase]
clock_bound = "0s"
quiet = "10min"
give_up = "0s"
[desk]
fusion = "home"
[law]
needs = 1
warrant = "10min"
strike = { constant = "5min" }
[workload]
use = "organisation"
[workload.organisation]
members = 1
homes = ["b"]
leads = [{ at = "100s", from = "a", about = 0, language = "ru" }]
languages = { ru = 0.5, en = 0.5 }
assessment = { constant = "10min" }
warning = "10min"
"#;

/// A second member, in c, whose lead comes 800 s later.
const TWO_MEMBERS: [&str; 3] = [
    "workload.organisation.members=2",
    r#"workload.organisation.homes=["b", "c"]"#,
    r#"workload.organisation.leads=[{ at = "100s", from = "a", about = 0 }, { at = "900s", from = "a", about = 1 }]"#,
];

/// What the program prints for the world with a fault and settings.
fn run(name: &str, fault: &str, sets: &[&str], option: &str) -> String {
    let path = scratch!().join(format!("{name}.toml"));
    fs::write(&path, format!("{WORLD}{fault}")).unwrap();
    let mut arguments = vec!["run", path.to_str().unwrap()];
    sets.iter().for_each(|set| arguments.extend(["--set", set]));
    arguments.extend((!option.is_empty()).then_some(option));
    let output = zonesim(&arguments);
    assert!(output.status.success(), "{name}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn facts(name: &str, fault: &str, sets: &[&str]) -> Value {
    let printed: Value = serde_json::from_str(&run(name, fault, sets, "--json")).unwrap();
    printed["after_action"].clone()
}

fn isolation(zone: &str, at: &str, length: &str) -> String {
    format!("[[fault]]\nat = \"{at}\"\nfor = \"{length}\"\nisolate = [\"{zone}\"]\n")
}

#[test]
fn a_capture_and_its_path_come_out_as_computed() {
    let sets = [
        r#"zones.b.clock={ offset = "10min" }"#,
        "workload.organisation.attack={ constant = \"1h\" }",
    ];
    let facts = facts("capture", "", &sets);
    let capture = json!({"member": 0, "zone": "b", "at_ms": 1.601e6, "local_ms": 2.201e6});
    assert_eq!(facts["captures"], json!([capture]));
    let parts =
        json!([["network", 1e3], ["assessment", 6e5], ["warrant", 6e5], ["execution", 3e5]]);
    assert_eq!(facts["paths"], json!([{"member": 0, "zone": "b", "lead": 0, "parts": parts}]));
    let shares = facts["critical_path"].as_array().unwrap().iter();
    let sum: f64 = shares.map(|part| part["share"].as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    let by = json!({"zone": "b", "member": 0, "at_ms": 1.601e6});
    assert_eq!(facts["attacks"], json!([{"cell": 0, "at_ms": 1.601e6, "prevented_by": by}]));
    assert_eq!(facts["escapes"], json!([]));
    let longest: Vec<_> = facts["waits"].as_array().unwrap().iter().map(|w| &w["stage"]).collect();
    assert_eq!(longest, ["assessment", "warrant", "strike"]);
}

#[test]
fn each_stage_can_be_what_a_capture_lacks() {
    let order = "coordination=order";
    let long = isolation("b", "0s", "10h");
    // An attack that is still to come keeps the run going.
    let attack = ["workload.organisation.attack={ constant = \"9h\" }"];
    let late = [&TWO_MEMBERS[..], &attack].concat();
    let cases: [(&str, String, &[&str], Value); 11] = [
        ("leads", "".into(), &["law.needs=2"], json!({"kind": "leads", "have": 1, "needs": 2})),
        ("sharing", long.clone(), &[], json!({"kind": "sharing", "have": 0, "needs": 1})),
        (
            "translation",
            "".into(),
            &[r#"zones.b.languages=["en"]"#, r#"desk.translation={ constant = "20h" }"#],
            json!({"kind": "translation", "have": 0, "needs": 1}),
        ),
        (
            "technique",
            isolation("b", "110s", "10h"),
            &[r#"zones.b.techniques=["financing"]"#],
            json!({"kind": "technique", "have": 0, "needs": 1}),
        ),
        (
            "assessment",
            "".into(),
            &[r#"workload.organisation.assessment={ constant = "20h" }"#],
            json!({"kind": "assessment", "have": 0, "needs": 1}),
        ),
        ("finding", long, &["desk.fusion=everywhere"], json!({"kind": "finding", "zone": "a"})),
        ("warrant", "".into(), &["law.warrant=20h"], json!({"kind": "warrant"})),
        (
            "decision",
            "".into(),
            &[order, "coordination.order.quiet=20h", "coordination.order.deadline=20h"],
            json!({"kind": "decision"}),
        ),
        ("order", isolation("b", "1500s", "10h"), &[order], json!({"kind": "order"})),
        ("team", "".into(), &[r#"law.strike={ constant = "20h" }"#], json!({"kind": "team"})),
        ("late", "".into(), &late, json!({"kind": "late_strike", "at_ms": 2.401e6})),
    ];
    for (name, fault, sets, missing) in cases {
        let facts = facts(name, &fault, sets);
        let escapes = facts["escapes"].as_array().unwrap();
        assert_eq!(escapes.len(), 1, "{name}: {facts}");
        assert_eq!(escapes[0]["missing"], missing, "{name}");
    }
}

#[test]
fn a_warning_names_the_strike_that_caused_it() {
    let facts = facts("warning", "", &TWO_MEMBERS);
    let strike = json!({"zone": "b", "member": 0, "at_ms": 1.601e6});
    let warning = json!({"cell": 0, "at_ms": 2.201e6, "escaped": 1, "strike": strike});
    assert_eq!(facts["warnings"], json!([warning]));
    assert_eq!(facts["escapes"][0]["escaped_ms"], json!(2.201e6));
    assert_eq!(facts["escapes"][0]["located_ms"], json!(1.501e6));
}

#[test]
fn each_reason_of_a_decision_occurs() {
    let order = "coordination=order";
    let cases: [(&str, String, &[&str], f64, Value); 5] = [
        ("own", "".into(), &[], 1.301e6, json!({"kind": "own_location"})),
        (
            "quiet",
            "".into(),
            &[order],
            1.902e6,
            json!({"kind": "quiet", "since_ms": 1.301e6, "member": 0, "zone": "b"}),
        ),
        // The probe of 7,200 s is answered at 7,202 s; before the cut, that of 0 s was.
        (
            "again",
            isolation("c", "10s", "7190s"),
            &[order],
            7.802e6,
            json!({"kind": "heard_again", "zone": "c", "silent_from_ms": 2e3, "heard_ms": 7.202e6}),
        ),
        (
            "deadline",
            isolation("c", "10s", "10h"),
            &[order, "coordination.order.deadline=5h"],
            1.8e7,
            json!({"kind": "deadline", "silent": [{"zone": "c", "since_ms": 2e3}]}),
        ),
        (
            "after",
            "".into(),
            &[order, "coordination.order.deadline=10min"],
            1.302e6,
            json!({"kind": "report_after_deadline", "member": 0, "zone": "b"}),
        ),
    ];
    for (name, fault, sets, at_ms, reason) in cases {
        let facts = facts(name, &fault, sets);
        let decisions = facts["decisions"].as_array().unwrap();
        assert_eq!(decisions.len(), 1, "{name}: {facts}");
        assert_eq!(
            (&decisions[0]["reason"], &decisions[0]["at_ms"]),
            (&reason, &json!(at_ms)),
            "{name}"
        );
        assert_eq!(facts["no_decision"], Value::Null, "{name}");
    }
}

/// Who leads depends on the seed; the leader decides two seconds after it proposes.
#[test]
fn each_reason_of_an_elected_leader_occurs() {
    let first = |name: &str, fault: &str, sets: &[&str]| {
        let facts = facts(name, fault, &[&["coordination=consensus"], sets].concat());
        let decisions = facts["decisions"].as_array().unwrap().clone();
        for learned in &decisions[1..] {
            let leader = json!({"kind": "learned", "leader": decisions[0]["zone"]});
            assert_eq!(
                (&learned["reason"], &learned["strike_ms"]),
                (&leader, &decisions[0]["strike_ms"])
            );
        }
        (decisions[0].clone(), decisions.len())
    };
    let (quiet, zones) = first("leader", "", &[]);
    let reason = json!({"kind": "quiet", "since_ms": 1.301e6, "member": 0, "zone": "b"});
    assert_eq!((&quiet["reason"], zones), (&reason, 3));
    let report = if quiet["zone"] == "b" { 0.0 } else { 1e3 };
    assert_eq!(quiet["at_ms"], json!(1.301e6 + report + 6e5 + 2e3));
    // The leader crashes while it waits for quiet, and is back before the next election.
    let crash = format!("[[fault]]\nat = \"1500s\"\nfor = \"5s\"\ncrash = [{}]\n", quiet["zone"]);
    let (elected, zones) = first("elected", &crash, &[]);
    let since = elected["at_ms"].as_f64().unwrap() - 6e5 - 2e3;
    assert!((1.62e6..1.76e6).contains(&since), "{elected}");
    assert_eq!(elected["reason"], json!({"kind": "elected", "term": 2, "since_ms": since}));
    assert_eq!(zones, 3);
    let cut = isolation("c", "10s", "10h");
    let (deadline, zones) = first("cut", &cut, &["coordination.consensus.deadline=5h"]);
    let reason = json!({"kind": "deadline", "silent": [{"zone": "c", "since_ms": null}]});
    assert_eq!((&deadline["reason"], &deadline["at_ms"]), (&reason, &json!(1.8002e7)));
    assert_eq!(zones, 2);
}

#[test]
fn each_reason_against_a_decision_occurs() {
    let order = "coordination=order";
    let cases: [(&str, String, &[&str], Value); 4] = [
        ("nobody", "".into(), &[order, "law.needs=2"], json!({"kind": "nobody_reported"})),
        (
            "rounds",
            isolation("c", "1850s", "10h"),
            &["coordination=two-phase"],
            json!({"kind": "rounds_aborted", "rounds": 1}),
        ),
        (
            "until",
            "".into(),
            &[order, "coordination.order.quiet=20h", "coordination.order.deadline=30h"],
            json!({"kind": "still_waiting", "until_ms": 7.3301e7, "silent": []}),
        ),
        (
            "silent",
            isolation("c", "10s", "10h"),
            &[order, "coordination.order.deadline=30h"],
            json!({
                "kind": "still_waiting",
                "until_ms": null,
                "silent": [{"zone": "c", "since_ms": 2e3}]
            }),
        ),
    ];
    for (name, fault, sets, reason) in cases {
        let facts = facts(name, &fault, sets);
        assert_eq!(facts["decisions"], json!([]), "{name}");
        assert_eq!(facts["no_decision"], reason, "{name}");
    }
}

#[test]
fn a_scenario_without_a_procedure_has_the_summary() {
    let output = zonesim(&["run", "sims/leads-2019.toml", "--json"]);
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed["after_action"], Value::Null);
    let output = zonesim(&["run", "sims/leads-2019.toml"]);
    assert!(text(&output.stdout).contains(" locates member "));
}

/// The report and all events of a process in which most of it occurs, the same on both engines.
/// `ZONESIM_BLESS=1` writes them anew; read what changed.
#[test]
fn report_and_events_are_as_they_were_on_both_engines() {
    let scenario = "tests/data/process/small.toml";
    for (option, file) in [(&[][..], "report"), (&["--events"][..], "events")] {
        let [event, turmoil] = ["event", "turmoil"].map(|engine| {
            let output = zonesim(&[&["run", scenario, "--engine", engine], option].concat());
            assert!(output.status.success(), "{}", text(&output.stderr));
            text(&output.stdout).replacen("engine turmoil", "engine event", 1)
        });
        assert_eq!(event, turmoil, "the engines differ: {file}");
        let path = root().join(Path::new(scenario).with_extension(file));
        if std::env::var_os("ZONESIM_BLESS").is_some() {
            fs::write(&path, &event).unwrap();
        }
        let stored = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(stored, event, "{} is not as it was", path.display());
    }
}

#[test]
fn the_report_of_a_long_run_is_about_a_page_and_agrees_with_the_metrics() {
    let sets = [
        "horizon=7d",
        "workload.organisation.members=200",
        "workload.organisation.cells=40",
        "workload.organisation.attack=4d",
    ];
    let path = scratch!().join("long.toml");
    let drawn =
        WORLD.lines().filter(|line| !["homes", "leads ="].iter().any(|key| line.starts_with(key)));
    let drawn: Vec<_> = drawn.collect();
    fs::write(&path, drawn.join("\n")).unwrap();
    let mut arguments = vec!["run", path.to_str().unwrap()];
    sets.iter().for_each(|set| arguments.extend(["--set", set]));
    let printed = text(&zonesim(&arguments).stdout);
    let report = printed.split("Phases").nth(1).unwrap().split("\n\n  items").next().unwrap();
    assert!(report.lines().count() <= 75, "{report}");
    arguments.push("--json");
    let printed: Value = serde_json::from_slice(&zonesim(&arguments).stdout).unwrap();
    let (facts, metrics) = (&printed["after_action"], &printed["metrics"]);
    let count = |list: &str| facts[list].as_array().unwrap().len() as f64;
    assert_eq!(metrics["captured"], json!(count("captures")));
    assert_eq!(count("captures") + count("escapes"), 200.0);
    assert_eq!(metrics["paths"], json!(count("paths")));
    let prevented = facts["attacks"].as_array().unwrap().iter();
    let prevented = prevented.filter(|attack| !attack["prevented_by"].is_null()).count() as f64;
    assert_eq!(metrics["attacks_prevented"], json!(prevented));
    assert_eq!(metrics["attacks"], json!(count("attacks") - prevented));
}
