//! What is printed to be read again is read again, and says the same.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use crate::common::json_schema;
use crate::common::program::{text, zonesim};
use serde_json::Value;
use zonesim::experiment::fuzz::random::{self, Protocols};
use zonesim::plan::{Plan, PlanOf};
use zonesim::protocol::node::Builtin;
use zonesim::scenario::{self, Diagnostic};

fn plan(text: &str, sets: &[String]) -> Result<PlanOf<Builtin>, Diagnostic> {
    let loaded = scenario::parse("printed.toml", text.into(), sets, PathBuf::new())?;
    Plan::new::<Builtin>(&loaded)
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// A file of a test.
fn file(name: &str, contents: &str) -> PathBuf {
    let path = scratch!().join(name);
    fs::write(&path, contents).unwrap();
    path
}

#[test]
fn faults_of_random_worlds_are_read_again() {
    let protocols = Protocols::new::<Builtin>();
    let (mut worlds, mut read) = (0, 0);
    for seed in 0..400 {
        let world = random::scenario(seed, &protocols);
        let Ok(loaded) = world.load("random.toml", &[]) else { continue };
        let Ok(whole) = Plan::<_, _>::new::<Builtin>(&loaded) else { continue };
        let schedule = whole.schedule(seed);
        let printed: String = schedule.faults().iter().map(|f| whole.fault_toml(f)).collect();
        let mut table: toml::Table = world.toml.parse().unwrap();
        table.retain(|key, _| key != "fault" && key != "nemesis");
        let pasted = format!("{table}\n{printed}");
        let pasted = random::Scenario { toml: pasted, ..world };
        let loaded = pasted.load("pasted.toml", &[]).unwrap_or_else(|wrong| panic!("{wrong}"));
        let pasted = Plan::<_, _>::new::<Builtin>(&loaded);
        let pasted = pasted.unwrap_or_else(|wrong| panic!("{wrong}"));
        assert_eq!(pasted.schedule(seed).faults(), schedule.faults(), "{printed}");
        (worlds, read) = (worlds + 1, read + schedule.faults().len());
    }
    assert!(worlds > 300 && read > 1000, "{read} faults of {worlds} worlds");
}

#[test]
fn a_fault_longer_than_a_year_is_one_to_the_end() {
    let body = r#"horizon = "52w"
resolution = "1min"
network.latency = "2min"
zones.generate = 3
"#;
    let nemesis = r#"[nemesis]
mean_between = "1w"
mean_repair = "300d"
max_concurrent = 9
"#;
    let name = "year\n[zones].toml";
    let path = file(name, &format!("{body}{nemesis}"));
    let mut endless = 0;
    for seed in ["1", "2", "3"] {
        let printed = done(&zonesim(&["faults", path.to_str().unwrap(), "--seed", seed]));
        let whole = plan(&format!("{body}{nemesis}"), &[]).unwrap();
        let pasted = plan(&format!("{body}{printed}"), &[]).unwrap_or_else(|e| panic!("{e}"));
        let seed = seed.parse().unwrap();
        let ends = |plan: &PlanOf<Builtin>| -> Vec<_> {
            let schedule = plan.schedule(seed);
            let end = |fault: &zonesim::network::fault::Fault| fault.end.min(plan.horizon);
            schedule.faults().iter().map(|f| (f.start, end(f), f.effect.clone())).collect()
        };
        assert_eq!(ends(&whole), ends(&pasted), "{printed}");
        endless += printed.matches("[[fault]]").count() - printed.matches("for = ").count();
    }
    assert!(endless > 0, "no fault lasts longer than a year");
}

#[test]
fn every_listed_default_is_accepted_and_changes_nothing() {
    let text = r#"[zones]
generate = 6
[hub]
[workload]
use = "organisation"
"#;
    let mut settings = 0;
    for kind in ["exchange", "coordination"] {
        let listed = done(&zonesim(&["list", kind, "--json"]));
        let listed: Value = serde_json::from_str(&listed).unwrap();
        for (name, entry) in listed.as_object().unwrap() {
            let choice = format!("{kind}={name}");
            let plain =
                plan(text, std::slice::from_ref(&choice)).unwrap_or_else(|wrong| panic!("{wrong}"));
            for setting in entry["settings"].as_array().unwrap() {
                let [key, default] = ["key", "default"].map(|of| setting[of].as_str().unwrap());
                let set = format!("{kind}.{name}.{key}={default}");
                let with = plan(text, &[choice.clone(), set.clone()]);
                let with = with.unwrap_or_else(|wrong| panic!("{set}: {wrong}"));
                assert_eq!(
                    format!("{:?}", with.exchange),
                    format!("{:?}", plain.exchange),
                    "{set}"
                );
                let [with, plain] = [&with, &plain].map(|plan| format!("{:?}", plan.coordination));
                assert_eq!(with, plain, "{set}");
                settings += 1;
            }
        }
    }
    assert!(settings > 30, "{settings} settings");
}

#[test]
fn the_examples_of_faults_are_read() {
    let listed: Value =
        serde_json::from_str(&done(&zonesim(&["list", "faults", "--json"]))).unwrap();
    for (kind, fault) in listed.as_object().unwrap() {
        let example = fault["example"].as_str().unwrap();
        let zones = r#"[zones.in]
[zones.pk]
[zones.tj]
[zones.kg]
[zones.ru]
[zones.kz]
[zones.uz]
[zones.cn]
[hub]
"#;
        let read = plan(
            &format!(
                r#"{zones}[[fault]]
at = "1s"
{example}
"#
            ),
            &[],
        )
        .unwrap_or_else(|e| panic!("{kind}: {e}"));
        let again: String = read.listed_faults().iter().map(|f| read.fault_toml(f)).collect();
        let again = plan(&format!("{zones}{again}"), &[]).unwrap();
        assert_eq!(again.listed_faults(), read.listed_faults(), "{kind}");
        assert!(!read.listed_faults().is_empty(), "{kind}");
    }
}

/// The scenario with a schema beside it is read as before, and the schema takes what it says.
#[test]
fn both_schemas_take_what_is_read() {
    let fits = |kind: &str, toml: &str| {
        let schema: Value = serde_json::from_str(&done(&zonesim(&["schema", kind]))).unwrap();
        let value = json_schema::of_toml(toml).unwrap();
        json_schema::wrong(&schema, &value, "").is_none()
    };
    let scenario = |time: &str| {
        format!(
            r#"horizon = "{time}"
[zones.a]
clock = {{ offset = "-{time}" }}
[zones.b]
[[fault]]
at = "{time}"
clock = ["a"]
step = "+{time}"
"#
        )
    };
    for time in ["1d", "2w", "0.5d", "1.25 w"] {
        assert!(plan(&scenario(time), &[]).is_ok(), "{time}");
        assert!(fits("scenario", &scenario(time)), "{time}");
    }
    for time in ["1 day", "2W", "1mo", "d"] {
        assert!(plan(&scenario(time), &[]).is_err(), "{time}");
        assert!(!fits("scenario", &scenario(time)), "{time}");
    }
    let sweep = fs::read_to_string(crate::common::root().join("sims/sweeps/partition-length.toml"))
        .unwrap();
    assert!(fits("sweep", &sweep));
}

#[test]
fn nothing_tried_is_said() {
    for (arguments, says) in [
        (
            &["fuzz", "--cases", "3", "--set", "network.los=0.1"][..],
            "no scenario was tried: unknown key",
        ),
        (&["fuzz", "--cases", "3", "--time", "0s"], "no scenario was tried: the time was over"),
        (&["verify", "--random", "2", "--set", "exchange=gosip"], "no scenario was compared"),
    ] {
        let output = zonesim(arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {said}");
        assert!(
            said.lines().last().unwrap().starts_with("error: ") && said.contains(says),
            "{said}"
        );
    }
    let none = zonesim(&["fuzz", "--cases", "0"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("0 is not in 1.."), "{}", text(&none.stderr));
}
