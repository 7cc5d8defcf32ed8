//! A system that has no more threads, and inputs that are long.

use std::fs;
use std::process::{Command, Output};

use crate::common::root;

/// The program without a thread to be had but its first: a stack of 128 TiB has no place.
fn alone(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_zonesim"));
    program.env("RUST_MIN_STACK", (1u64 << 47).to_string());
    program.args(arguments).current_dir(root()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn without_more_threads_the_results_are_the_same() {
    let out = scratch!().join("scarce-out");
    drop(fs::remove_dir_all(&out));
    let out = out.to_str().unwrap();
    let loss = "network.loss=0,0.2";
    for arguments in [
        &["run", "sims/rounds.toml", "--runs", "70", "--threads", "8"][..],
        &["compare", "sims/rounds.toml", "--vary", loss, "--runs", "9", "--threads", "8"],
        &["verify", "--random", "3"],
        &["fuzz", "--cases", "5"],
        &[
            "sweep",
            "sims/sweeps/zones-protocol.toml",
            "--out",
            out,
            "seeds.count=2",
            "zones.generate=8",
        ],
    ] {
        let output = alone(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        let usual = crate::common::program::zonesim(arguments);
        assert_eq!(output.stdout, usual.stdout, "{arguments:?}");
    }
}

/// A message quotes a line of a long file, and a part of a long line.
#[test]
fn messages_about_long_files_are_short() {
    let here = scratch!();
    let text = r#"[zones]
a = {}
b = {}
[network]
latency = { rtt = "long.csv" }
"#;
    fs::write(here.join("long.toml"), text).unwrap();
    for rows in ["a,b,1\n".repeat(500_000), "x".repeat(3_000_000)] {
        fs::write(here.join("long.csv"), format!("# figures\nfrom,to,{rows}")).unwrap();
        let output =
            crate::common::program::zonesim(&["run", here.join("long.toml").to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        let message = said(&output);
        assert!(message.contains("long.csv:2:1"), "{message}");
        assert!(message.len() < 10_000, "{} bytes", message.len());
    }
}

/// A wrong file takes no more memory than ten times its size, and what the program takes of itself.
#[cfg(target_os = "linux")]
#[test]
fn wrong_files_take_little_memory() {
    let here = scratch!();
    fs::write(here.join("large.csv"), format!("x,y,z\n{}", "north,south,2.5\n".repeat(750_000)))
        .unwrap();
    let zones = r#"[zones]
a = {}
b = {}
"#;
    for (use_of, says) in [
        ("[network]\nlatency = { rtt = \"large.csv\" }\n", "no column `zone_a`"),
        ("[network]\njitter = { samples = \"large.csv\" }\n", "no column `ms`"),
        (
            "exchange.use = \"flood\"\nexchange.flood.topology = { file = \"large.csv\" }\n",
            "zone_a",
        ),
    ] {
        let (first, rest) = if use_of.starts_with('[') { (zones, use_of) } else { (use_of, zones) };
        let scenario = here.join("large.toml");
        fs::write(&scenario, format!("{first}{rest}")).unwrap();
        // 12 MB, ten times in KiB, and 60 MB for the program as it is built for tests.
        let limited = "ulimit -v 180000; exec \"$0\" run \"$1\"";
        let mut shell = Command::new("sh");
        shell.args(["-c", limited, env!("CARGO_BIN_EXE_zonesim")]).arg(&scenario);
        let output = shell.output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        assert!(said(&output).contains(says), "{}", said(&output));
    }
}

/// Of a long list, too, a message points at what is wrong, though not every value has a path.
#[test]
fn messages_about_long_lists_point_at_the_value() {
    let here = scratch!();
    let seats = |wrong: &str| {
        let good = "[1.0, 2.0],\n".repeat(1_999);
        format!(
            r#"[zones]
generate = 9
place = {{ near = {{ spread_km = 5.0, at = [
{good}{wrong}] }} }}
"#
        )
    };
    for (wrong, expected) in [
        ("[91.5, 2.0]", "2003:2 |`zones.place.near.at` cannot be 91.5"),
        ("[1.5, \"east\"]", "2003:7 |`zones.place.near.at` cannot be \"east\""),
        ("7", "2003:1 |`zones.place.near.at` cannot be 7"),
    ] {
        fs::write(here.join("seats.toml"), seats(wrong)).unwrap();
        let output =
            crate::common::program::zonesim(&["run", here.join("seats.toml").to_str().unwrap()]);
        let (place, title) = expected.split_once(" |").unwrap();
        let message = said(&output);
        assert!(message.contains(title), "{message}");
        assert!(message.contains(&format!("seats.toml:{place}\n")), "{message}");
    }
    let text = format!(
        r#"[zones]
generate = 9
[exchange]
use = "flood"
[workload.items]
at = [{}]
from = [
{}"z9"]
"#,
        "\"1s\",".repeat(1_201),
        "\"z1\",\n".repeat(1_200)
    );
    let file = here.join("long-list.toml");
    fs::write(&file, text).unwrap();
    let message = said(&crate::common::program::zonesim(&["run", file.to_str().unwrap()]));
    assert!(message.contains("there is no zone `z9`"), "{message}");
    assert!(message.contains("long-list.toml:1208:1\n"), "{message}");
}
