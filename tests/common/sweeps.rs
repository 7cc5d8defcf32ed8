//! Sweeps by the built program, in folders of a test's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::root;

/// The files that a sweep leaves beside its store.
pub const TABLES: [&str; 4] = ["points.csv", "runs.csv", "runs.parquet", "sweep.json"];

/// Two ways, two losses and two horizons of eight zones that gossip; words as no table likes them.
const SHEET: &str = r#"
about = "Eight points"
scenario = "ROOT/sims/rounds.toml"
set = ["zones.generate=12"]
seeds = { base = 40, count = 30 }
metrics = ["to_all_ms"]

[axes]
"network.loss" = [0, 0.25]
horizon = ["4500ms", "1min"]

[axes.way.choices]
'push, "only"' = ["exchange.gossip.mode=push"]
"push\nand 'pull'" = ["exchange.gossip.mode=push-pull"]
"#;

/// How many runs that is.
pub const RUNS: usize = 8 * 30;

/// An empty folder of a test.
pub fn folder(name: &str) -> PathBuf {
    let folder = scratch!().join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A file of a sweep in a folder; `ROOT` is the project's.
pub fn file(folder: &Path, text: &str) -> String {
    let path = folder.join("sweep.toml");
    let root = root().display().to_string().replace('\\', "/");
    fs::write(&path, text.replace("ROOT", &root)).unwrap();
    path.to_str().unwrap().into()
}

/// The file of the sweep that most tests do.
pub fn sheet(folder: &Path) -> String {
    file(folder, SHEET)
}

/// The program with arguments.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zonesim"));
    command.args(arguments).current_dir(root());
    command
}

/// Sweeps into a folder; returns how it ended.
pub fn sweep(file: &str, out: &Path, more: &[&str]) -> Output {
    let arguments = [&["sweep", file, "--out", out.to_str().unwrap()], more].concat();
    command(&arguments).output().unwrap()
}

/// Starts a sweep that nobody listens to.
pub fn start(file: &str, out: &Path) -> Child {
    let mut command = command(&["sweep", file, "--out", out.to_str().unwrap()]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Sweeps into a folder, without fail; returns what was said.
pub fn swept(file: &str, out: &Path, more: &[&str]) -> String {
    let output = sweep(file, out, more);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    errors(&output)
}

/// What was said on standard error.
pub fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// All files in a folder, by name.
pub fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let named = |entry: Result<fs::DirEntry, _>| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, fs::read(path).unwrap_or_default())
    };
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(named).collect();
    files.sort();
    files
}

/// That two folders hold the same tables, byte for byte, and nothing else but stores.
pub fn assert_same(a: &Path, b: &Path) {
    let tables = |folder| {
        let mut files = files(folder);
        files.retain(|(name, _)| name != "runs.store");
        files
    };
    let (a, b) = (tables(a), tables(b));
    let names: Vec<_> = a.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, TABLES);
    for ((name, a), (other, b)) in a.iter().zip(&b) {
        assert_eq!(name, other);
        assert!(a == b, "{name} differs: {} bytes and {}", a.len(), b.len());
    }
    assert_eq!(a.len(), b.len());
}
