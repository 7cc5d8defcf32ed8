//! A system that has no more threads, and inputs that are long.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::root;

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
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("scarce-out");
    drop(fs::remove_dir_all(&out));
    let out = out.to_str().unwrap();
    let loss = "network.loss=0,0.2";
    for arguments in [
        &["run", "sims/rounds.toml", "--runs", "70", "--threads", "8"][..],
        &["compare", "sims/rounds.toml", "--vary", loss, "--runs", "9", "--threads", "8"],
        &["verify", "--random", "3"],
        &["hunt", "--worlds", "5"],
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
        let usual = common::program::zonesim(arguments);
        assert_eq!(output.stdout, usual.stdout, "{arguments:?}");
    }
}

/// A message quotes a line of a long file, and a part of a long line.
#[test]
fn messages_about_long_files_are_short() {
    let here = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let text = "[zones]\na = {}\nb = {}\n[network]\nlatency = { rtt = \"long.csv\" }\n";
    fs::write(here.join("long.toml"), text).unwrap();
    for rows in ["a,b,1\n".repeat(500_000), "x".repeat(3_000_000)] {
        fs::write(here.join("long.csv"), format!("# figures\nfrom,to,{rows}")).unwrap();
        let output = common::program::zonesim(&["run", here.join("long.toml").to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        let message = said(&output);
        assert!(message.contains("long.csv:2:1"), "{message}");
        assert!(message.len() < 10_000, "{} bytes", message.len());
    }
}
