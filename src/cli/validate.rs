//! `zonesim validate`: measures published and exact figures and compares them.

use clap::Args;

use super::exit::{Exit, Failure};
use super::progress::bar;
use super::stdout::{json, print};
use super::threads::threads;
use crate::experiment::validate::{self, Effort, Verdict};
use crate::protocol::node::Protocols;
use crate::report::{self, Validation};

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Only these: a section's number, a part of an id, or an id with * in it; several with commas
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    only: Vec<String>,
    /// How often each scenario is run, instead of its own number; what is too few is unknown
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    runs: Option<u64>,
    /// The first seed; the others follow it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Only show what there is to reproduce
    #[arg(long, conflicts_with_all = ["runs", "json"])]
    list: bool,
    /// Threads; all cores if not given. The bytes are the same with any number
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Measures the selected targets; the exit code is that of the worst verdict.
pub fn validate<P: Protocols>(arguments: &Arguments) -> Result<Exit, Failure> {
    let targets = validate::select(validate::all(), &arguments.only).map_err(Failure::Misuse)?;
    if arguments.list {
        print(&report::targets(&targets))?;
        return Ok(Exit::Success);
    }
    let threads = threads(arguments.threads);
    let effort = Effort { runs: arguments.runs, seed: arguments.seed, threads };
    let bar = bar(effort.total_runs(&targets), "runs");
    let outcomes = validate::validate::<P>(&targets, effort, &|done| bar.inc(done));
    bar.finish_and_clear();
    print(&if arguments.json {
        json(&Validation::new(&outcomes, arguments.seed))
    } else {
        report::validation(&outcomes)
    })?;
    Ok(Verdict::worst(&outcomes).into())
}
