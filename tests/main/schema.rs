//! `zonesim schema` knows what the code that reads scenarios knows: what it takes, and most of what
//! it refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::corpus::Corpus;
use crate::common::json_schema::{of_toml, wrong};
use serde_json::Value;
use zonesim::experiment::design::{self, Design};
use zonesim::protocol::coordination::{Builtin as Coordination, Params as CoordinationSettings};
use zonesim::protocol::exchange::{Builtin as Exchange, Params as ExchangeSettings};
use zonesim::scenario::{self, Diagnostic, Loaded};

fn schema() -> Value {
    scenario::schema::<(Exchange, Coordination)>()
}

/// The scenario files of a folder, each a name and a text.
fn files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("a file").path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
    paths.sort();
    let text = |path: &PathBuf| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    paths.iter().map(|path| (path.display().to_string(), text(path))).collect()
}

/// The refused files of a corpus, each a name and a text.
fn cases(folder: &str) -> Vec<(String, String)> {
    let corpora = Corpus::read_all(folder, &["overrides"]);
    let cases = corpora.iter().flat_map(|corpus| &corpus.cases);
    cases.map(|case| (case.name.clone(), case.text())).collect()
}

#[test]
fn every_scenario_fits() {
    let schema = schema();
    for (name, text) in files("sims") {
        let value = of_toml(&text).expect("TOML");
        assert_eq!(wrong(&schema, &value, ""), None, "{name}");
    }
    let page = fs::read_to_string("src/guide/scenario.md").expect("the page");
    let block = page.split("```toml\n").nth(1).and_then(|rest| rest.split("\n```").next());
    let value = of_toml(block.expect("a block")).expect("TOML");
    assert_eq!(wrong(&schema, &value, ""), None, "the guide's");
}

/// So many of the broken files at the least have a mistake that a schema can see.
const SEEN: usize = 100;

/// Mistakes that the reader finds in a single value and a schema cannot see: how long a time is, or
/// how fine.
const UNSEEN: [&str; 7] = [
    "items-size-bounds",
    "time-huge",
    "time-too-fine",
    "time-too-long",
    "bandwidth-nothing",
    "bandwidth-too-much",
    "access-uplink-nothing",
];

#[test]
fn what_cannot_be_read_does_not_fit() {
    let schema = schema();
    let mut seen = 0;
    for (name, text) in cases("scenarios") {
        // An editor tells without a schema what is no TOML.
        let Some(value) = of_toml(&text) else { continue };
        let fits = wrong(&schema, &value, "").is_none();
        seen += usize::from(!fits);
        let is_listed = UNSEEN.contains(&name.as_str());
        assert!(!fits || read(&text, &[]).is_ok() || is_listed, "{name} fits");
    }
    println!("{seen} seen");
    assert!(seen >= SEEN, "{seen}");
}

/// So many of the broken sweeps at the least have a mistake that their schema can see.
const SEEN_IN_SWEEPS: usize = 45;

#[test]
fn the_sweeps_fit_and_what_does_not_fit_is_refused() {
    let schema = design::schema();
    let page = fs::read_to_string("src/guide/sweep.md").expect("the page");
    let block = page.split("```toml\n").nth(1).and_then(|rest| rest.split("\n```").next());
    let blocks = [("the guide's".into(), block.expect("a sweep").to_owned())];
    for (name, text) in files("sims/sweeps").into_iter().chain(blocks) {
        let value = of_toml(&text).expect("TOML");
        assert_eq!(wrong(&schema, &value, ""), None, "{name}");
    }
    let mut seen = 0;
    for (name, text) in cases("sweeps") {
        let Some(value) = of_toml(&text) else { continue };
        let fits = wrong(&schema, &value, "").is_none();
        println!("{name}: {}", if fits { "unseen" } else { "seen" });
        seen += usize::from(!fits);
    }
    assert!(seen >= SEEN_IN_SWEEPS, "{seen}");
    // The reader knows no other keys.
    let said = Design::parse("text", "q = 1", Path::new(""), &[]).unwrap_err().in_short();
    let read: BTreeSet<_> = said.split('`').skip(3).step_by(2).collect();
    let told: BTreeSet<_> =
        schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(read, told);
}

/// Keys and values of every kind, as a scenario may say them.
const KEYS: &str = include_str!("mutations/keys.txt");
const VALUES: &str = include_str!("mutations/values.txt");
const FITTING: &str = include_str!("mutations/fitting.txt");

/// Where the two differ for a reason, by what they say.
const DIFFERENCES: [&str; 8] = [
    // A pattern does not count.
    "is longer than a year",
    "is finer than a nanosecond",
    // To JSON these are whole numbers.
    "cannot be 1.0",
    "cannot be 0.0",
    "cannot be -0.0",
    "cannot be 1e",
    // The plan refuses such names, with better words than a reader has.
    "as a key: ",
    // What is no number at all is refused by the protocol.
    "spatial_exponent: \"number\"",
];

#[test]
#[ignore = "slow"]
fn what_fits_is_what_can_be_read() {
    let schema = schema();
    let pair = |key| VALUES.lines().map(move |value| format!("{key} = {value}"));
    let lines = KEYS.lines().flat_map(pair).chain(FITTING.lines().map(str::to_owned));
    let mut counts = [0; 2];
    // A number in a path steps into a list only where a path is put over a file.
    for line in lines.filter(|line| !line.starts_with("fault.")) {
        let Some(value) = of_toml(&line) else { continue };
        let strict = wrong(&schema, &value, "");
        counts[usize::from(strict.is_none())] += 1;
        let said = match (&strict, read(&line, &[])) {
            (None, Err(diagnostic)) => diagnostic.what().to_owned(),
            (Some(strict), Ok(_)) => strict.clone(),
            _ => continue,
        };
        let is_known = DIFFERENCES.iter().any(|difference| said.contains(difference));
        assert!(is_known, "{line}\nthe schema says {strict:?}, one of the two: {said}");
    }
    assert!(counts[0] > 1000 && counts[1] > 500, "{counts:?}");
}

/// Reads a scenario with overrides.
fn read(
    text: &str,
    overrides: &[String],
) -> Result<Loaded<ExchangeSettings, CoordinationSettings>, Diagnostic> {
    scenario::parse("text", text.into(), overrides, PathBuf::new())
}

/// The keys of every table that takes no others, by the path of the table.
fn tables(schema: &Value, path: &str, found: &mut BTreeMap<String, BTreeSet<String>>) {
    let inside = |key: &str| if path.is_empty() { key.into() } else { format!("{path}.{key}") };
    let of = |key: &str| schema.get(key);
    if let Some(Value::Object(properties)) = of("properties") {
        for (key, schema) in properties {
            tables(schema, &inside(key), found);
        }
        if of("additionalProperties") == Some(&Value::Bool(false)) {
            found.entry(path.into()).or_default().extend(properties.keys().cloned());
        }
    } else if of("additionalProperties") == Some(&Value::Bool(false)) {
        found.entry(path.into()).or_default();
    }
    if let Some(others @ Value::Object(_)) = of("additionalProperties") {
        tables(others, &inside("a-b").replace("zones.a-b", "zones.a"), found);
    }
    if let Some(item) = of("items") {
        tables(item, &inside("0"), found);
    }
    for one in ["oneOf", "anyOf"].into_iter().filter_map(of).filter_map(Value::as_array).flatten() {
        tables(one, path, found);
    }
}

/// Reads a scenario that says one thing alone, which no key can be.
fn says(path: &str, key: &str) -> Option<Diagnostic> {
    let dot = if path.is_empty() { "" } else { "." };
    // An override does not create a list.
    let leads =
        "workload.organisation.leads = []\nrelease.rules = []\nworkload.items.sources = []\n";
    read(leads, &[format!("{path}{dot}{key}=[[[]]]")]).err()
}

#[test]
fn its_keys_are_those_that_are_read() {
    let mut found = BTreeMap::new();
    tables(&schema(), "", &mut found);
    assert!(found.len() >= 25, "{found:#?}");
    for (path, keys) in &found {
        for key in keys {
            let refused = says(path, key).map(|diagnostic| diagnostic.what().to_owned());
            let unknown = refused.is_some_and(|what| what.starts_with("unknown key"));
            assert!(!unknown, "the schema has a key `{key}` in `{path}` that is not read");
        }
        // The message about an unknown key lists what is known: all of it, or the first dozen.
        let message = says(path, "zzzzzz").expect("there is no such key").render(false);
        assert!(message.starts_with("error: unknown key `zzzzzz`"), "{path}: {message}");
        let expected = message.split("expected ").nth(1).expect("what was expected");
        let words = expected.lines().next().unwrap_or_default();
        let known: BTreeSet<_> = words.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        if words.ends_with("and others") {
            assert!(known.is_subset(keys), "{path}: {known:?} {keys:?}");
        } else {
            assert_eq!(&known, keys, "{path}");
        }
    }
}

#[test]
fn the_command_prints_it() {
    let output = Command::new(env!("CARGO_BIN_EXE_zonesim")).arg("schema").output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), schema());
    let text = schema().to_string();
    assert!(!text.contains("$ref") && !text.contains("null"), "{text}");
}

#[test]
fn every_key_is_described() {
    fn check(schema: &Value, path: &str) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for (key, property) in properties.into_iter().flatten() {
            let path = format!("{path}.{key}");
            // The one key of a choice is described beside it.
            let is_choice = schema.get("description").is_some() && schema.get("required").is_some();
            assert!(is_choice || property.get("description").is_some(), "{path}");
            check(property, &path);
        }
        for inner in schema.as_object().into_iter().flat_map(|object| object.values()) {
            for one in inner.as_array().into_iter().flatten() {
                check(one, path);
            }
            if inner.is_object() {
                check(inner, path);
            }
        }
    }
    check(&schema(), "");
}
