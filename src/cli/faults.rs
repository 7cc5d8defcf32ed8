//! `zonesim faults`: what goes wrong in a run, as a list that a scenario file can hold.

use std::path::PathBuf;

use clap::Args;

use super::{Exit, Failure, print, refuse_clashes, warn};
use crate::plan::Plan;
use crate::protocol::node::Protocols;
use crate::scenario::{self, printable};

/// Arguments of `faults`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The scenario file
    file: PathBuf,
    /// The seed of the run
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Override a value, such as nemesis.max_concurrent=2; may be given again
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
}

/// Prints the faults that the scenario lists, then those that its nemesis draws from the seed.
pub fn faults<P: Protocols>(arguments: &Arguments) -> Result<Exit, Failure> {
    refuse_clashes(&arguments.set)?;
    let loaded = scenario::load(&arguments.file, &arguments.set)?;
    let plan = Plan::new::<P>(&loaded)?;
    for notice in &plan.warnings {
        warn(&format!("note: {notice}"));
    }
    let schedule = plan.schedule(arguments.seed);
    let (name, seed) = (arguments.file.display().to_string(), arguments.seed);
    let name = printable(&name);
    let mut text = format!("# What goes wrong in {name} under seed {seed}.\n");
    if loaded.scenario.nemesis.is_some() {
        text += "# In the place of its [[fault]] tables and its [nemesis] it gives the same run.\n";
    }
    for fault in schedule.faults() {
        text += &format!("\n# {}\n{}", plan.describe(fault), plan.fault_toml(fault));
    }
    if schedule.faults().is_empty() {
        text += "# Nothing.\n";
    }
    print(&text)?;
    Ok(Exit::Success)
}
