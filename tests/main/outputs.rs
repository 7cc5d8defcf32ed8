//! Outputs: nothing of the user's is lost, whatever an output is told to be.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::common::root;

/// Five zones whose times of travel stand in a file.
const WORLD: &str = r#"horizon = "20s"
[zones]
a = {}
b = {}
c = {}
d = {}
e = {}
[network.latency]
matrix = "times.csv"
"#;
const TIMES: &str = ",a,b,c,d,e\na,,10,20,30,40\nb,,,11,12,13\nc,,,,21,22\nd,,,,,31\n";
const SHEET: &str = r#"scenario = "world.toml"
seeds.count = 3
[axes]
"network.loss" = [0, 0.1]
"#;

/// A folder of a test with a world and a sweep in it.
fn folder(name: &str) -> PathBuf {
    let folder = scratch!().join("outputs").join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    for (file, text) in [("world.toml", WORLD), ("times.csv", TIMES), ("sweep.toml", SHEET)] {
        fs::write(folder.join(file), text).unwrap();
    }
    folder
}

/// The program, run in a folder.
fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_zonesim"));
    program.args(arguments).current_dir(folder).stdin(Stdio::null());
    program
}

fn zonesim(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// That a command is refused with these words, and every file is as before.
fn refused(folder: &Path, arguments: &[&str], words: &str) {
    let before = contents(folder);
    let output = zonesim(folder, arguments);
    let message = said(&output);
    assert_eq!(output.status.code(), Some(4), "{arguments:?}: {message}");
    assert!(message.contains(words), "{arguments:?}: {message}");
    assert!(contents(folder) == before, "{arguments:?}: something was written");
}

fn done(folder: &Path, arguments: &[&str]) -> Output {
    let output = zonesim(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    output
}

/// All files below a folder with what they hold.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match fs::metadata(&path) {
            Ok(found) if found.is_dir() => all.extend(contents(&path)),
            Ok(found) if found.is_file() => all.push((path.clone(), fs::read(&path).unwrap())),
            _ => all.push((path, Vec::new())),
        }
    }
    all.sort();
    all
}

const VARY: [&str; 6] = ["compare", "world.toml", "--vary", "network.loss=0,0.3", "--runs", "3"];

#[test]
fn no_input_is_written_onto_by_any_name_or_link() {
    let here = folder("inputs");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("times.csv", here.join("link.csv")).unwrap();
        fs::create_dir(here.join("below")).unwrap();
        std::os::unix::fs::symlink("../link.csv", here.join("below/link.csv")).unwrap();
    }
    fs::hard_link(here.join("times.csv"), here.join("hard.csv")).unwrap();
    let mut names = vec!["times.csv", "./times.csv", "world.toml", "hard.csv"];
    if cfg!(unix) {
        names.extend(["link.csv", "below/link.csv", "below/../times.csv"]);
    }
    let words = "is read by this command";
    for name in names {
        for more in [&[][..], &["--overwrite"]] {
            let with = |command: &[&str], option| {
                let line = [command, &[option, name], more].concat();
                refused(&here, &line, words);
            };
            with(&["run", "world.toml"], "--trace");
            with(&VARY, "--plot");
            with(&["sweep", "sweep.toml", "--out", "out"], "--plot");
        }
    }
    refused(&here, &["sweep", "sweep.toml", "--dry-run", "--plot", "sweep.toml"], words);
    // A matrix that only the command line names is read too.
    let set = ["run", "world.toml", "--set", "network.latency.matrix=other.csv"];
    fs::write(here.join("other.csv"), TIMES).unwrap();
    refused(&here, &[&set[..], &["--trace", "other.csv", "--overwrite"]].concat(), words);
}

#[cfg(unix)]
#[test]
fn what_standard_input_is_read_from_is_not_written_onto() {
    let here = folder("stdin");
    let mut run = program(&here, &["run", "-", "--trace", "world.toml", "--overwrite"]);
    let output = run.stdin(fs::File::open(here.join("world.toml")).unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("read by this command, as standard input"), "{}", said(&output));
    assert_eq!(fs::read_to_string(here.join("world.toml")).unwrap(), WORLD);
}

#[test]
fn what_another_wrote_needs_overwrite() {
    let here = folder("others");
    let words = "was not written by this program";
    for (file, text) in [
        ("notes.jsonl", "{\"note\": 1}\n"),
        ("notes.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>\n"),
        ("notes.txt", "many hours of work"),
    ] {
        fs::write(here.join(file), text).unwrap();
        refused(&here, &["run", "world.toml", "--trace", file], words);
        refused(&here, &[&VARY[..], &["--plot", file]].concat(), words);
        let fuzz = ["fuzz", "--cases", "1", "--out", file];
        refused(&here, &fuzz, words);
    }
    // One kind of output is no other.
    done(&here, &["run", "world.toml", "--trace", "trace.jsonl"]);
    refused(&here, &[&VARY[..], &["--plot", "trace.jsonl"]].concat(), words);
    done(&here, &["run", "world.toml", "--trace", "trace.jsonl", "--seed", "2"]);
    done(&here, &[&VARY[..], &["--plot", "picture.svg"]].concat());
    refused(&here, &["run", "world.toml", "--trace", "picture.svg"], words);
    done(&here, &[&VARY[..], &["--plot", "picture.svg", "--seed", "2"]].concat());
    // Who says so has them replaced; a file without content has nothing to lose.
    done(&here, &["run", "world.toml", "--trace", "notes.txt", "--overwrite"]);
    assert!(fs::read_to_string(here.join("notes.txt")).unwrap().starts_with("{\"zonesim\":"));
    fs::write(here.join("empty"), "").unwrap();
    done(&here, &[&VARY[..], &["--plot", "empty"]].concat());
    assert!(fs::read_to_string(here.join("empty")).unwrap().contains("<!-- zonesim -->"));
}

#[test]
fn a_folder_of_anothers_is_no_folder_of_a_sweep() {
    let here = folder("folder");
    let sweep = ["sweep", "sweep.toml", "--out", "."];
    for (table, text) in [
        ("runs.csv", "runner,time\nann,12.1\n"),
        ("runs.csv", "point,x,y\n1,2,3\n"),
        ("runs.parquet", "PAR1 of somebody's PAR1"),
        ("points.csv", "point,x,y\n1,2,3\n"),
        ("sweep.json", "{\"broom\": true}\n"),
    ] {
        fs::write(here.join(table), text).unwrap();
        refused(&here, &sweep, "was not written by this program");
        fs::remove_file(here.join(table)).unwrap();
        drop(fs::remove_file(here.join("runs.store")));
    }
    done(&here, &sweep);
    done(&here, &[&sweep[..], &["seeds.count=4"]].concat());
    // A table that somebody worked on is somebody's.
    for table in ["runs.csv", "points.csv", "runs.parquet"] {
        let path = here.join(table);
        let ours = fs::read(&path).unwrap();
        fs::write(&path, [&ours[..], b"\n"].concat()).unwrap();
        refused(
            &here,
            &[&sweep[..], &["seeds.count=4"]].concat(),
            "changed after this program wrote it",
        );
        fs::write(&path, ours).unwrap();
    }
    fs::write(here.join("points.csv"), "mine").unwrap();
    done(&here, &[&sweep[..], &["seeds.count=4", "--overwrite"]].concat());
    assert!(fs::read_to_string(here.join("points.csv")).unwrap().starts_with("point,"));
}

#[test]
fn a_store_is_never_written_onto() {
    let here = folder("store");
    done(&here, &["sweep", "sweep.toml", "--out", "out"]);
    fs::hard_link(here.join("out/runs.store"), here.join("plain")).unwrap();
    for store in ["out/runs.store", "out/../out/runs.store", "plain"] {
        for more in [&[][..], &["--overwrite"]] {
            let words = "is a store of runs";
            refused(&here, &[&["run", "world.toml", "--trace", store], more].concat(), words);
            refused(&here, &[&VARY[..], &["--plot", store], more].concat(), words);
            refused(&here, &[&["fuzz", "--cases", "1", "--out", store], more].concat(), words);
            let sweep = ["sweep", "sweep.toml", "--out", "out", "--plot", store];
            refused(&here, &[&sweep, more].concat(), words);
        }
    }
    // Nor is a store that is yet to be made, or a table of the same command.
    fs::create_dir(here.join("new")).unwrap();
    for file in ["runs.store", "runs.csv", "points.csv", "runs.parquet", "sweep.json"] {
        let path = format!("new/{file}");
        let sweep = ["sweep", "sweep.toml", "--out", "new", "--overwrite", "--plot", &path];
        refused(&here, &sweep, "written twice");
    }
}

#[cfg(unix)]
#[test]
fn links_and_devices_are_written_through_and_modes_kept() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    let here = folder("through");
    let trace = |name: &str| ["run", "world.toml", "--trace", name].map(str::to_owned);
    let run = |name: &str| {
        let line = trace(name);
        done(&here, &line.each_ref().map(String::as_str))
    };
    fs::create_dir(here.join("there")).unwrap();
    symlink("there/trace.jsonl", here.join("link")).unwrap();
    // The link leads nowhere, then to a file.
    for mode in [None, Some(0o640), Some(0o604)] {
        if let Some(mode) = mode {
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(here.join("there/trace.jsonl"), permissions).unwrap();
        }
        run("link");
        assert!(fs::symlink_metadata(here.join("link")).unwrap().is_symlink());
        let found = fs::metadata(here.join("there/trace.jsonl")).unwrap();
        assert!(found.len() > 100);
        assert!(mode.is_none_or(|mode| found.permissions().mode() & 0o777 == mode));
    }
    let whole = fs::read(here.join("there/trace.jsonl")).unwrap();
    // A device stays one.
    symlink("/dev/null", here.join("null")).unwrap();
    run("null");
    run("/dev/null");
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    // Standard output by all its names has the trace, and nothing else.
    for name in ["-", "/dev/stdout", "/dev/fd/1"] {
        let output = run(name);
        assert!(output.stdout == whole, "{name}");
        assert!(said(&output).contains("digest"), "{name}");
    }
    // Also where it is a file.
    let file = here.join("stdout");
    let mut program = program(&here, &["run", "world.toml", "--trace", "/dev/stdout"]);
    assert!(program.stdout(fs::File::create(&file).unwrap()).status().unwrap().success());
    assert_eq!(fs::read(&file).unwrap(), whole);
    // Through a pipe with a name.
    let pipe = here.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read(pipe).unwrap()
    });
    run("pipe");
    assert!(reader.join().unwrap() == whole);
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
}

#[test]
fn a_scenario_comes_from_standard_input() {
    let here = folder("dash");
    for name in ["-", "/dev/stdin"] {
        if name != "-" && cfg!(not(unix)) {
            continue;
        }
        let vary = ["compare", name, "--vary", "network.loss=0,0.1,0.2", "--runs", "2", "--csv"];
        for arguments in [&["run", name][..], &vary, &["verify", name], &["faults", name]] {
            let mut program = program(&here, arguments);
            program.stdin(fs::File::open(here.join("world.toml")).unwrap());
            let output = program.output().unwrap();
            assert!(output.status.success(), "{arguments:?}: {}", said(&output));
            assert!(!output.stdout.is_empty());
        }
    }
    let mut sweep = program(&here, &["sweep", "-", "--out", "out"]);
    let output = sweep.stdin(fs::File::open(here.join("sweep.toml")).unwrap()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let mut wrong = program(&here, &["run", "-"]);
    fs::write(here.join("wrong"), "horizont = \"1s\"\n").unwrap();
    let output = wrong.stdin(fs::File::open(here.join("wrong")).unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("standard input:1:1"), "{}", said(&output));
}

/// Interrupted, a run leaves nothing in the making.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_no_part() {
    use std::os::unix::process::ExitStatusExt;
    let here = folder("interrupted");
    let file = root().join("sims/rounds.toml");
    for (signal, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        let arguments = [
            "run",
            file.to_str().unwrap(),
            "--set",
            "zones.generate=3000",
            "--set",
            "workload.items={interval=\"10ms\",count=4000}",
            "--trace",
            "trace.jsonl",
        ];
        let mut child = program(&here, &arguments).stdout(Stdio::null()).spawn().unwrap();
        let part = here.join("trace.jsonl.part0");
        while !part.exists() {
            assert!(child.try_wait().unwrap().is_none(), "it ended too early");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let kill = format!("kill -{signal} {}", child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().signal(), Some(number));
        assert!(!part.exists() && !here.join("trace.jsonl").exists(), "{signal}");
    }
}
