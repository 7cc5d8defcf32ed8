//! The program as its users have it, and what it says in JSON.

use std::process::{Command, Output};

use serde_json::Value;

use super::root;

/// The program, run in the project's folder.
pub fn zonesim(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_zonesim");
    Command::new(program).args(arguments).current_dir(root()).output().unwrap()
}

/// What it printed.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What it printed, if it succeeds.
pub fn printed(arguments: &[&str]) -> String {
    let output = zonesim(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// The object that it printed.
pub fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(arguments)).unwrap()
}

/// The object that a comparison prints.
pub fn compared(arguments: &[&str]) -> Value {
    json(&[&["compare"], arguments, &["--json"]].concat())
}

/// What an object says of a choice and a metric.
pub fn line<'a>(document: &'a Value, choice: &str, metric: &str) -> &'a Value {
    let of = |list: &'a Value, key: &str, name: &str| {
        let found = list.as_array().unwrap().iter().find(|one| one[key] == name);
        found.unwrap_or_else(|| panic!("no {name} in {list}"))
    };
    of(&of(&document["choices"], "name", choice)["metrics"], "metric", metric)
}
