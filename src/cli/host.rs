//! The command line of a program that hosts services: it loads a scenario, runs the services in it and
//! prints the report.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;

use super::exit::{Exit, Failure};
use super::load::refuse_conflicts;
use super::parse::parsed;
use super::stderr::{note, warn};
use super::stdout::{json, print};
use crate::engine::turmoil;
use crate::hosting::{Hosting, LogEntry, Scenario, ServiceReport, Unsupported};
use crate::report::{self, HostedJson, hosted};
use crate::scenario::{self, Diagnostic};
use crate::time::{NanoDuration, SimTime};

/// Runs services in the zones of a scenario.
#[derive(Debug, Parser)]
#[command(about, after_help = super::exit::codes(), max_term_width = 100)]
struct Arguments {
    /// The scenario file
    file: PathBuf,
    /// Everything random comes from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Override a value, such as horizon=10s; may be given again
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Leave out what sockets do not carry, such as jitter,loss; the report says so
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    without: Vec<Unsupported>,
    /// JSON instead of a page
    #[arg(long)]
    json: bool,
    /// Run it twice, and fail if the two differ
    #[arg(long)]
    verify: bool,
    /// Run what turmoil is too slow for
    #[arg(long)]
    force: bool,
    /// Show what is logged: -v information, -vv details, -vvv every message
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
}

/// Runs a hosting program with the arguments of the process; `configure` adds services to the zones of
/// the scenario.
pub fn host(configure: impl Fn(Hosting) -> Result<Hosting, Diagnostic>) -> Exit {
    host_on(std::env::args_os(), configure)
}

/// Runs a hosting program with `arguments`, of which the first is the name of the program.
pub fn host_on(
    arguments: impl IntoIterator<Item = OsString>,
    configure: impl Fn(Hosting) -> Result<Hosting, Diagnostic>,
) -> Exit {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let arguments = match parsed::<Arguments>(&arguments) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    super::log::show(arguments.verbose);
    run(&arguments, configure).unwrap_or_else(|failure| failure.report())
}

fn run(
    arguments: &Arguments,
    configure: impl Fn(Hosting) -> Result<Hosting, Diagnostic>,
) -> Result<Exit, Failure> {
    refuse_conflicts(&arguments.set)?;
    let scenario: Scenario = scenario::load(&arguments.file, &arguments.set)?;
    let hosting = || configure(Hosting::new(&scenario, &arguments.without)?);
    let first = hosting()?;
    if let Some(reason) = turmoil::refusal(first.plan()).filter(|_| !arguments.force) {
        return Err(Failure::Refused(reason));
    }
    first.plan().warnings.iter().for_each(|warning| note(warning));
    let report = first.run(arguments.seed);
    print(&if arguments.json { json(&HostedJson::new(&report)) } else { hosted(&report) })?;
    if arguments.verify && hosting()?.run(arguments.seed) != report {
        warn("DIFFER: a second run with the same seed gave another account");
        return Ok(Exit::Difference);
    }
    Ok(failures(&report))
}

/// Most failures written to standard error; all are in the report.
const MAX_FAILURES: usize = 10;

/// Writes the failures of services and returns the exit code.
fn failures(report: &ServiceReport) -> Exit {
    for LogEntry { at, node, text, .. } in report.failures().take(MAX_FAILURES) {
        let node = node.map_or("a node", |node| &report.names[node]);
        let at = report::clock(SimTime(at.as_millis() as u64), NanoDuration::from_ms(1));
        warn(&format!("error: {node} at {}: {text}", at.trim()));
    }
    match report.failures().count() {
        0 => return Exit::Success,
        1..=MAX_FAILURES => {}
        failed => warn(&format!("{} failures more", failed - MAX_FAILURES)),
    }
    Exit::Service
}
