//! `zonesim faults`: prints the faults of a run as tables for a scenario file.

use std::path::PathBuf;

use clap::Args;

use super::exit::{Exit, Failure};
use super::load::load_plan;
use super::stderr::note;
use super::stdout::print;
use crate::protocol::node::Protocols;
use crate::scenario::{Inputs, printable};

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

/// Prints the faults that the scenario lists, with the nodes that the seed draws, then those of its nemesis.
pub fn faults<P: Protocols>(arguments: &Arguments) -> Result<Exit, Failure> {
    let (_, plan) = load_plan::<P>(&Inputs::default(), &arguments.file, &arguments.set)?;
    plan.warnings.iter().for_each(|warning| note(warning));
    let schedule = plan.schedule(arguments.seed);
    let (name, seed) = (arguments.file.display().to_string(), arguments.seed);
    let name = printable(&name);
    let mut text = format!("# What goes wrong in {name} under seed {seed}.\n");
    if plan.draws_faults() {
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
