//! `zonesim fuzz`: runs random scenarios until an invariant is violated, and shrinks the scenario.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;

use super::exit::{Exit, Failure};
use super::load::refuse_conflicts;
use super::progress::bar;
use super::reproduce::command;
use super::stderr::warn;
use super::stdout::{print, print_beside};
use super::threads::cores;
use crate::experiment::fuzz::random::Protocols;
use crate::experiment::fuzz::{CaseResult, TestCase, shrink};
use crate::experiment::results::{COMMENT, FileMark, Outputs, STDOUT};
use crate::experiment::sweep;
use crate::metrics::invariants::{JudgedCount, Violation};
use crate::protocol::node;
use crate::scenario::{Inputs, printable};
use crate::time::NanoDuration;

/// Arguments of `fuzz`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many random scenarios to run
    #[arg(
        long, default_value_t = 10_000, value_name = "N",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    cases: u64,
    /// Stop after this time, such as 10min
    #[arg(long, value_name = "TIME")]
    time: Option<NanoDuration>,
    /// Where to write what is found
    /// [default: counterexample.toml; of --print: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Run nothing: print the random scenario of this seed, the files that it names as comments. With
    /// --out it is written, its files beside it
    #[arg(long, value_name = "SEED", conflicts_with_all = ["seed", "cases", "time"])]
    print: Option<u64>,
    /// Replace files that this program did not write
    #[arg(long)]
    overwrite: bool,
    /// Override a value in every scenario, such as exchange.use=mesh; may be given again
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
}

impl Arguments {
    fn out(&self) -> &Path {
        self.out.as_deref().unwrap_or(Path::new("counterexample.toml"))
    }
}

/// Number of scenarios between checks of the time limit.
const BATCH: u64 = 64;

/// Runs random scenarios until one violates an invariant.
pub fn fuzz<P: node::Protocols>(arguments: &Arguments) -> Result<Exit, Failure> {
    refuse_conflicts(&arguments.set)?;
    let (inputs, protocols) = (Inputs::default(), Protocols::new::<P>());
    if let Some(seed) = arguments.print {
        let case = TestCase::random::<P>(seed, &protocols, &arguments.set, &inputs);
        return show::<P>(arguments, &case);
    }
    Outputs::new(&inputs, arguments.overwrite).claim(arguments.out(), FileMark::Comment)?;
    let mut totals = Totals::default();
    match search::<P>(arguments, &protocols, &inputs, &mut totals) {
        Some((case, violation)) => found::<P>(arguments, &case, &violation),
        None => totals.report(arguments.seed),
    }
}

/// Totals of the scenarios so far.
#[derive(Default)]
struct Totals {
    tried: u64,
    refused: u64,
    /// Why the last refused scenario was refused.
    reason: String,
    judged: JudgedCount,
}

/// Runs scenarios until one violates an invariant; `None` if none does within the limits.
#[allow(clippy::disallowed_methods, reason = "the time limit is wall-clock time")]
fn search<P: node::Protocols>(
    arguments: &Arguments,
    protocols: &Protocols,
    inputs: &Inputs,
    totals: &mut Totals,
) -> Option<(TestCase, Violation)> {
    let start = Instant::now();
    let limit = arguments.time.map(|time| Duration::from_nanos(time.ns));
    let bar = bar(arguments.cases, "scenarios");
    while totals.tried < arguments.cases && limit.is_none_or(|limit| start.elapsed() < limit) {
        let count = BATCH.min(arguments.cases - totals.tried);
        let first = arguments.seed.wrapping_add(totals.tried);
        for (case, result) in batch::<P>(first, count, (protocols, &arguments.set, inputs)) {
            match result {
                CaseResult::Held(unjudged) => totals.judged.add(unjudged),
                CaseResult::Refused(reason) => {
                    totals.refused += 1;
                    totals.reason = reason;
                }
                CaseResult::Violated(violation) => {
                    bar.finish_and_clear();
                    return Some((case, violation));
                }
            }
        }
        totals.tried += count;
        bar.set_position(totals.tried);
    }
    bar.finish_and_clear();
    None
}

impl Totals {
    /// Prints the totals of a search without a violation and returns the exit code.
    fn report(&self, first: u64) -> Result<Exit, Failure> {
        let Self { tried, refused, reason, judged } = self;
        let last = first.wrapping_add(tried.saturating_sub(1));
        let passed = if *refused > 0 {
            format!(", {refused} passed over ({reason})")
        } else {
            String::new()
        };
        let held = tried - refused;
        let counts = judged.describe("scenarios");
        print(&format!(
            "held   {held} random scenarios  seeds {first} to {last}{passed}  {counts}\n"
        ))?;
        if held == 0 {
            let why = if reason.is_empty() { "the time was over" } else { reason };
            warn(&format!("error: no scenario was tried: {why}"));
        }
        Ok(match (held, judged.judged()) {
            (0, _) => Exit::Scenario,
            (_, 0) => Exit::Unjudged,
            _ => Exit::Success,
        })
    }
}

/// Runs the scenarios of consecutive seeds on all cores; the results are in the order of the seeds.
fn batch<P: node::Protocols>(
    first: u64,
    count: u64,
    (protocols, set, inputs): (&Protocols, &[String], &Inputs),
) -> Vec<(TestCase, CaseResult)> {
    let run = |seed| {
        let case = TestCase::random::<P>(seed, protocols, set, inputs);
        let result = case.run::<P>();
        (case, result)
    };
    sweep::par_map((first, count), cores(), &|_| {}, &run)
}

/// Shrinks a case that violates an invariant and writes it.
fn found<P: node::Protocols>(
    arguments: &Arguments,
    case: &TestCase,
    violation: &Violation,
) -> Result<Exit, Failure> {
    let is_stdout_taken = arguments.out() == Path::new(STDOUT);
    print_beside(&format!("FAILED random scenario {}  {violation}\n", case.seed), is_stdout_taken)?;
    let (small, violation) = shrink::<P>(case, violation);
    let small = small.with_file_prefix(&stem(arguments.out()));
    let again = reproduce(arguments, &small);
    let version = env!("CARGO_PKG_VERSION");
    let head = format!("{COMMENT}{version}, found in random scenario {}", case.seed);
    let (what, comment) = (violation.to_string(), printable(&again));
    let what = printable(&what);
    let toml = format!("{head} and made smaller: {what}\n# {comment}\n{}", small.scenario.toml);
    write(arguments, &small.inputs, &texts(arguments.out(), toml, &head, &small))?;
    let lines = small.scenario.toml.lines().filter(|line| !line.is_empty()).count();
    let path = arguments.out().display();
    let text = format!("shrunk to {lines} lines in {path}  {violation}\nreproduce: {again}\n");
    print_beside(&text, is_stdout_taken)?;
    Ok(Exit::Violation)
}

/// The name of a file without its extension.
fn stem(out: &Path) -> String {
    let stem =
        if out == Path::new(STDOUT) { Some("counterexample".as_ref()) } else { out.file_stem() };
    stem.map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// The texts of a scenario and of the files that it names, with their paths.
fn texts(out: &Path, toml: String, head: &str, case: &TestCase) -> Vec<(PathBuf, String)> {
    let folder = out.parent().unwrap_or(Path::new(""));
    let files = case.scenario.files.iter();
    let files = files.map(|(file, text)| (folder.join(file), format!("{head}\n{text}")));
    std::iter::once((out.to_owned(), toml)).chain(files).collect()
}

/// Prints a scenario, or writes it to the file of `--out`.
fn show<P: node::Protocols>(arguments: &Arguments, case: &TestCase) -> Result<Exit, Failure> {
    case.check::<P>()?;
    let unnamed = || Failure::Misuse("a value of --set names a file without a name".into());
    let case = case.merged().ok_or_else(unnamed)?;
    let case = match &arguments.out {
        Some(out) => case.with_file_prefix(&stem(out)),
        None => case,
    };
    let head = format!("{COMMENT}{}, random scenario {}", env!("CARGO_PKG_VERSION"), case.seed);
    let toml = format!("{head}\n{}", case.scenario.toml);
    if let Some(out) = &arguments.out {
        write(arguments, &case.inputs, &texts(out, toml, &head, &case))?;
        let again = command("run", Some(out), &[("--seed", case.seed.to_string())], &[]);
        print_beside(&format!("run it: {again}\n"), out == Path::new(STDOUT))?;
        return Ok(Exit::Success);
    }
    let mut text = toml;
    for (file, content) in &case.scenario.files {
        text += &format!("\n# {file}\n");
        content.lines().for_each(|line| text += &format!("#   {line}\n"));
    }
    print(&text)?;
    Ok(Exit::Success)
}

/// The command that reproduces a shrunk case.
fn reproduce(arguments: &Arguments, small: &TestCase) -> String {
    command("run", Some(arguments.out()), &[("--seed", small.seed.to_string())], &small.set)
}

/// Writes texts to files. If that fails, prints them, because the case may have taken long to find.
fn write(
    arguments: &Arguments,
    inputs: &Inputs,
    texts: &[(PathBuf, String)],
) -> Result<(), Failure> {
    let mut outputs = Outputs::new(inputs, arguments.overwrite);
    let mut claim = |(path, _): &(PathBuf, String)| outputs.claim(path, FileMark::Comment);
    let targets = texts.iter().map(&mut claim).collect::<Result<Vec<_>, _>>();
    let written = targets.and_then(|targets| {
        targets.iter().zip(texts).try_for_each(|(target, (_, text))| target.write_text(text))
    });
    if let Err(error) = written {
        for (path, text) in texts {
            print(&format!("# {}\n{text}", path.display()))?;
        }
        return Err(error.into());
    }
    Ok(())
}
