//! What a sweep takes beside its runs: checking points, keeping runs on the disk, writing tables.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use zonesim::cli;
use zonesim::engine::Engine;
use zonesim::experiment::run::{MeasuredRun, Runner};
use zonesim::experiment::sweep;
use zonesim::plan::Plan;
use zonesim::protocol::node::Builtin;
use zonesim::scenario;

use crate::claim;
use crate::interleaved;

/// Zones, and how many runs among them take a few tenths of a second.
const CASES: [(u32, u64); 3] = [(8, 40_000), (32, 8_000), (128, 1_500)];
const ROUNDS: u64 = 9;

/// Sweeps beside the same runs in one loop, with their invariants checked; and on two threads.
pub fn beside_the_runs() {
    println!("\nSweeps of sims/rounds.toml into a folder; medians of interleaved rounds");
    for (zones, runs) in CASES {
        let zones = format!("zones.generate={zones}");
        let one = |_| drop(black_box(repeated(&zones, runs)));
        let [ours, bare, ratio] = interleaved(ROUNDS, |_| swept(&zones, runs, "1"), one);
        let each = 1e6 / runs as f64;
        let what = format!("sweep of {runs} runs, {zones}, to the runs alone");
        claim(&what, ratio, 1.05, true, "times");
        println!("  {:.1} us a run, {:.1} alone", ours * each, bare * each);
        let [.., ratio] =
            interleaved(ROUNDS, |_| swept(&zones, runs, "1"), |_| swept(&zones, runs, "2"));
        claim("  on one thread to on two", ratio, 1.9, false, "times");
    }
}

fn repeated(zones: &str, runs: u64) -> Vec<MeasuredRun> {
    let loaded = scenario::load(&rounds(), &[zones.into()]);
    let plan = loaded.and_then(|loaded| Plan::new::<Builtin>(&loaded));
    let plan = plan.unwrap_or_else(|error| panic!("{error}"));
    sweep::runs(&Runner::<Builtin>::new(plan), Engine::Event, (1, runs), 1, &|_| {})
}

fn swept(zones: &str, runs: u64, threads: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("swept");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("Cargo's directory can be written to");
    let file = folder.join("sweep.toml");
    let text = format!("scenario = {:?}\nset = [{zones:?}]\nseeds.count = {runs}\n", rounds());
    fs::write(&file, text).expect("Cargo's directory can be written to");
    let [file, out] = [file, folder.join("out")].map(|path| path.into_os_string());
    let words = ["zonesim", "sweep", "--threads", threads].map(Into::into);
    let arguments = words.into_iter().chain([file, "--out".into(), out]);
    let exit = cli::run_on::<Builtin>(arguments);
    assert_eq!(exit, cli::Exit::Success);
}

fn rounds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sims/rounds.toml")
}
