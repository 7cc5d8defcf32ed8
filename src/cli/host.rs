//! The door of a hosted service: a program of one's own that takes a scenario file, runs its
//! services in it, and says what was measured.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;

use super::{Exit, Failure, json, print, refuse_clashes, warn};
use crate::engine::turmoil;
use crate::hosting::{Hosting, LogEntry, Scenario, ServiceReport, Unsupported};
use crate::report;
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

/// Runs a program on the process's arguments: `settle` puts services into the zones of the scenario
/// that they name.
pub fn host(settle: impl Fn(Hosting) -> Result<Hosting, Diagnostic>) -> Exit {
    host_on(std::env::args_os(), settle)
}

/// Runs a program on arguments, the first of which is its name.
pub fn host_on(
    arguments: impl IntoIterator<Item = OsString>,
    settle: impl Fn(Hosting) -> Result<Hosting, Diagnostic>,
) -> Exit {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let arguments = match super::parsed::<Arguments>(&arguments) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    super::log::show(arguments.verbose);
    run(&arguments, settle).unwrap_or_else(|failure| failure.report())
}

fn run(
    arguments: &Arguments,
    settle: impl Fn(Hosting) -> Result<Hosting, Diagnostic>,
) -> Result<Exit, Failure> {
    refuse_clashes(&arguments.set)?;
    let scenario: Scenario = scenario::load(&arguments.file, &arguments.set)?;
    let hosting = || settle(Hosting::new(&scenario, &arguments.without)?);
    let first = hosting()?;
    if let Some(reason) = turmoil::refusal(first.plan()).filter(|_| !arguments.force) {
        return Err(Failure::Refused(reason));
    }
    for notice in &first.plan().warnings {
        warn(&format!("note: {notice}"));
    }
    let account = first.run(arguments.seed);
    print(&if arguments.json {
        json(&report::HostedJson::new(&account))
    } else {
        report::hosted(&account)
    })?;
    if arguments.verify && hosting()?.run(arguments.seed) != account {
        warn("DIFFER: a second run with the same seed gave another account");
        return Ok(Exit::Difference);
    }
    Ok(failures(&account))
}

/// Failures that are told one by one; the report has more.
const MAX_FAILURES: usize = 10;

/// Says which services failed, when and how.
fn failures(account: &ServiceReport) -> Exit {
    for LogEntry { at, node, text, .. } in account.failures().take(MAX_FAILURES) {
        let node = node.map_or("a node", |node| &account.names[node]);
        let at = report::clock(SimTime(at.as_millis() as u64), NanoDuration::from_ms(1));
        warn(&format!("error: {node} at {}: {text}", at.trim()));
    }
    match account.failures().count() {
        0 => return Exit::Success,
        1..=MAX_FAILURES => {}
        failed => warn(&format!("{} failures more", failed - MAX_FAILURES)),
    }
    Exit::Service
}
