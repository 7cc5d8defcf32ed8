//! What several tests do: make a plan of a text, run it, measure it.

#![allow(dead_code, reason = "each test uses its part")]

/// A folder in `target/tmp` that no other module of tests writes to; it exists.
macro_rules! scratch {
    () => {
        $crate::common::scratch(module_path!())
    };
}

pub mod corpus;
pub mod formula;
pub mod golden;
pub mod json_schema;
pub mod mutating;
pub mod program;
pub mod reconciliation;
pub mod sweeps;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use zonesim::engine::{Digest, Engine};
use zonesim::experiment::run::MeasuredRun;
use zonesim::metrics::MetricRow;
use zonesim::plan::PlanOf;
use zonesim::protocol::node::Builtin;
use zonesim::scenario::Diagnostic;
use zonesim::testing::{Scenario, Simulation};

pub type BuiltinPlan = PlanOf<Builtin>;

/// The folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of a module, by its path.
pub fn scratch(module: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(module.replace("::", "-"));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// This program of tests again, in a process of its own: it runs one test (`module_path!()` and the
/// name), ignored or not.
pub fn this_program(module: &str, test: &str) -> Command {
    let module = module.split_once("::").map_or(module, |(_, module)| module);
    let mut program = Command::new(std::env::current_exe().unwrap());
    let test = format!("{module}::{test}");
    program.args(["--exact", &test, "--include-ignored", "--nocapture"]);
    program
}

/// An exchange that tells nobody anything within the hour, for scenarios about coordination.
pub const SILENT_EXCHANGE: &str = r#"[exchange]
use = "gossip"
[exchange.gossip]
interval = "1h"
forget = { on = "blind", by = "counter", k = 1 }
"#;

/// The probability that a binomial variable has each of its values.
pub fn binomial(n: u32, q: f64) -> Vec<f64> {
    let mut shares = vec![1.0];
    for _ in 0..n {
        let at = |index: usize| shares.get(index).copied().unwrap_or(0.0);
        let lower = |index: usize| index.checked_sub(1).map_or(0.0, at);
        shares = (0..=shares.len()).map(|index| at(index) * (1.0 - q) + lower(index) * q).collect();
    }
    shares
}

/// The plan of a scenario given as text; files that it names stand in `sims/`.
pub fn plan_of(text: &str) -> BuiltinPlan {
    compiled(Scenario::parse(text).map(|scenario| scenario.in_folder(root().join("sims"))))
}

/// The plan of a file of the project, with overrides.
pub fn plan_of_file(file: &Path, overrides: &[&str]) -> BuiltinPlan {
    compiled(Scenario::load(file, overrides))
}

fn compiled(scenario: Result<Scenario, Diagnostic>) -> BuiltinPlan {
    let simulation = scenario.and_then(|scenario| scenario.simulation());
    simulation.unwrap_or_else(|error| panic!("{error}")).plan().clone()
}

/// The row of a run without a violation.
pub fn row(plan: &BuiltinPlan, engine: Engine, seed: u64) -> MetricRow {
    checked(simulation(plan).observe(engine, seed, ()))
}

/// The rows of runs of the event engine without a violation, from the seeds `(first, count)`.
pub fn rows(plan: BuiltinPlan, (first, count): (u64, u64)) -> Vec<MetricRow> {
    let runs = <Simulation>::new(plan).measure(first..first + count);
    runs.into_iter().map(checked).collect()
}

fn simulation(plan: &BuiltinPlan) -> Simulation {
    Simulation::new(plan.clone())
}

fn checked(run: MeasuredRun) -> MetricRow {
    assert!(run.violation.is_none(), "{:?}", run.violation);
    run.row
}

/// The digest of a run and how many events it has.
pub fn digest(plan: &BuiltinPlan, engine: Engine, seed: u64) -> (String, u64) {
    let mut digest = Digest::default();
    simulation(plan).observe(engine, seed, &mut digest);
    (digest.hex(), digest.events())
}

/// The trace of a run as lines of JSON.
pub fn lines(plan: &BuiltinPlan, engine: Engine, seed: u64) -> Vec<String> {
    simulation(plan).run_on(engine, seed).jsonl()
}

/// The scenario files of the project, in order.
pub fn scenarios() -> Vec<PathBuf> {
    [scenarios_in("sims"), scenarios_in("sims/protocols")].concat()
}

/// The scenario files of a folder, in order.
pub fn scenarios_in(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
}

/// Runs an example of the project, built as the tests were.
pub fn example(name: &str, arguments: &[&str]) -> Output {
    let folder = Path::new(env!("CARGO_BIN_EXE_zonesim")).parent().unwrap();
    let profile = match folder.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        profile => profile,
    };
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--example", name, "--profile", profile])
        .env("CARGO_TARGET_DIR", folder.parent().unwrap())
        .current_dir(root())
        .status();
    assert!(built.unwrap().success(), "{name} cannot be built");
    let program = folder.join("examples").join(name);
    Command::new(program).args(arguments).current_dir(root()).output().unwrap()
}
