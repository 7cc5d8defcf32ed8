//! Names with control characters, ends of lines and marks that turn the direction of writing reach no
//! terminal, table or picture as they are.

use std::path::{Path, PathBuf};

use crate::common::program::{text, zonesim};

/// Turns red, moves up, rings, begins a new line, breaks a cell, turns around.
const HOSTILE: &str = r"\u001b[31mEvil\u001b[2A\u0007\nsecond line\r\u009b2J\u202e";

fn folder() -> PathBuf {
    let folder = scratch!().join("hostile");
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// What is shown is in lines of what can be seen.
fn is_clean(what: &str, shown: &[u8]) {
    let shown = text(shown);
    let hidden = shown.chars().find(|&c| (c.is_control() && c != '\n') || c == '\u{202e}');
    assert_eq!(hidden, None, "{what}: {shown:?}");
    assert!(!shown.lines().any(|line| line.starts_with("second line")), "{what}: {shown}");
}

#[test]
fn hostile_names_are_shown_escaped_everywhere() {
    let folder = folder();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let scenario = file(
        "world.toml",
        &format!(
            r#"about = "{HOSTILE}"
horizon = "20s"
[zones.a]
name = "{HOSTILE}"
[zones.b]
[hub]
name = "{HOSTILE}"
[network]
latency = "30ms"
[workload.items]
at = ["1s"]
from = ["a"]
[[fault]]
at = "3s"
for = "1s"
crash = ["a"]
"#
        ),
    );
    let sweep = file(
        "sweep.toml",
        &format!(
            r#"about = "{HOSTILE}"
scenario = "world.toml"
seeds.count = 2
[axes]
"{HOSTILE}" = {{ choices = {{ "{HOSTILE}" = [], plain = ["network.loss=0.1"] }} }}
"#
        ),
    );
    let [out, picture] = ["out", "picture.svg"].map(|name| folder.join(name));
    let [out, picture] = [&out, &picture].map(|path| path.to_str().unwrap());
    let raw =
        HOSTILE.replace(r"\n", "\n").replace(r"\u001b", "\u{1b}").replace(r"\u202e", "\u{202e}");
    let long = format!("--{raw}");
    let hostile_set = format!("zones.b.name={raw}");
    let commands: &[&[&str]] = &[
        &["run", &scenario],
        &["run", &scenario, "--events"],
        &["-vvv", "run", &scenario],
        &["run", &scenario, "--set", &hostile_set],
        &["run", &scenario, "--set", &raw],
        &["run", &raw],
        &["faults", &scenario],
        &["sweep", &sweep, "--dry-run"],
        &["sweep", &sweep, "--out", out, "--plot", picture],
        &["verify", &scenario],
        &["list", &raw],
        &[&raw],
        &["run", &scenario, &raw],
        &["run", &scenario, &long],
        &["run", &scenario, "--seed", &raw],
        &["run", &scenario, "--runs", &raw],
        &["verify", &scenario, "--horizon", &raw],
        &["sweep", &sweep, "--threads", &raw],
    ];
    let mut ran = 0;
    for arguments in commands {
        let output = zonesim(arguments);
        is_clean(&format!("{arguments:?}, standard output"), &output.stdout);
        is_clean(&format!("{arguments:?}, standard error"), &output.stderr);
        ran += usize::from(output.status.success());
    }
    assert!(ran >= 7, "only {ran} of the commands ran");
    let shown = text(&zonesim(&["run", &scenario]).stdout);
    assert!(
        shown.contains(r"\u{1b}[31mEvil\u{1b}[2A\u{7}\nsecond line\r\u{9b}2J\u{202e}"),
        "{shown}"
    );
    for name in ["runs.csv", "runs.parquet", "sweep.json"] {
        assert!(Path::new(out).join(name).exists(), "{name}");
    }
    is_clean("runs.csv", &std::fs::read(Path::new(out).join("runs.csv")).unwrap());
    let drawn = std::fs::read(picture).unwrap();
    is_clean("the picture", &drawn);
    roxmltree::Document::parse(&text(&drawn)).expect("the picture is XML");
    // JSON has the names themselves, in its own escapes.
    let json = zonesim(&["run", &scenario, "--json"]).stdout;
    is_clean("JSON", &json);
    serde_json::from_slice::<serde_json::Value>(&json).expect("JSON");
}
