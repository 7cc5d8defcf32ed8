//! Errors in sweeps: every case of `tests/data/sweeps` is refused with exactly its message.
//!
//! `ZONESIM_BLESS=1 cargo test --test main broken_sweeps::` writes the messages anew; read what changed.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::corpus::Corpus;
use crate::common::golden;
use crate::common::root;

/// Messages about what is not there at all: they name the file and no place in it.
const WITHOUT_A_PLACE: [&str; 2] = ["scenario-none", "nothing"];

/// What the program says of what it refuses: an exit code of its own, and no table.
fn refusal(arguments: &[&str]) -> Option<String> {
    let program = Command::new(env!("CARGO_BIN_EXE_zonesim"))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("the program can be run");
    let message = String::from_utf8(program.stderr).expect("messages are text");
    let code = program.status.code();
    assert!(matches!(code, Some(0 | 3 | 4)), "{arguments:?} ends with {code:?}:\n{message}");
    (code != Some(0)).then(|| message.trim_end().to_owned())
}

fn of_a_sweep(file: &str, lines: &[String]) -> Option<String> {
    let lines = lines.iter().map(String::as_str);
    let arguments: Vec<_> =
        ["sweep", "--dry-run", "--threads", "1", file].into_iter().chain(lines).collect();
    refusal(&arguments)
}

#[test]
fn every_broken_sweep_is_refused_with_its_message() {
    // The cases name scenarios as `../../sims/rounds.toml`.
    let here = scratch!();
    copy(&root().join("sims"), &here.join("sims"));
    let corpora = Corpus::read_all("sweeps", &["overrides"]);
    let folder = here.join("cases/broken_sweeps");
    let cases = golden::check_files(&corpora, &folder, &WITHOUT_A_PLACE, |path| {
        of_a_sweep(path.to_str().expect("a name"), &[])
    });
    assert!(cases >= 150, "only {cases} cases");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copied = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(&path, copied).unwrap();
        }
    }
}

/// Lines over `sims/sweeps/zones-protocol.toml`.
#[test]
fn every_broken_line_is_refused_with_its_message() {
    let cases = golden::check_lines("sweeps/overrides", |lines| {
        of_a_sweep("sims/sweeps/zones-protocol.toml", lines)
    });
    assert!(cases >= 35, "only {cases} cases");
}

#[test]
fn a_choice_of_scenarios_is_held_to_those_there_are() {
    let message = of_a_sweep("tests/data/two-scenarios.toml", &["scenario=round".into()]);
    let message = message.expect("there is no such scenario");
    assert!(message.contains("did you mean rounds?"), "{message}");
}

#[test]
fn what_cannot_be_read_is_named() {
    for (file, said) in [
        ("sims/sweeps/nowhere.toml", "cannot read sims/sweeps/nowhere.toml: "),
        ("sims/sweeps", "cannot read sims/sweeps: "),
        ("/dev/zero", "cannot read /dev/zero: it is larger than "),
    ] {
        let message = of_a_sweep(file, &[]).expect("it is no sweep");
        assert!(message.starts_with(&format!("error: {said}")), "{message}");
    }
}

#[test]
fn a_scenario_and_a_sweep_are_told_apart() {
    let message = of_a_sweep("sims/rounds.toml", &[]).expect("it is a scenario");
    assert!(message.starts_with("error: a scenario where a sweep file belongs"), "{message}");
    for command in ["run", "verify", "faults"] {
        let message = refusal(&[command, "sims/sweeps/seat.toml"]).expect("it is a sweep");
        assert!(message.starts_with("error: a sweep file where a scenario belongs"), "{message}");
        assert!(message.contains("`zonesim sweep`"), "{message}");
    }
}

#[test]
fn a_folder_is_needed_to_run() {
    let program = Command::new(env!("CARGO_BIN_EXE_zonesim"))
        .args(["sweep", "sims/sweeps/seat.toml"])
        .current_dir(root())
        .output()
        .expect("the program can be run");
    assert_eq!(program.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&program.stderr).contains("--out <DIR>"));
}

#[test]
fn the_sweeps_of_the_project_are_accepted() {
    for name in golden::names("sims/sweeps", ".toml") {
        let file = Path::new("sims/sweeps").join(name + ".toml");
        assert_eq!(of_a_sweep(file.to_str().expect("a name"), &[]), None);
    }
}
