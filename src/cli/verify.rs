//! `zonesim verify`: runs a scenario twice on the event engine and once on turmoil, and compares the
//! three traces.

use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::{Exit, Failure};
use super::load::refuse_conflicts;
use super::load::{load_plan, note_unused_settings};
use super::random;
use super::reproduce::reproduce;
use super::stderr::note;
use super::stdout::print;
use super::traces::{Comparison, compare};
use crate::engine::turmoil;
use crate::experiment::run::Runner;
use crate::metrics::invariants::JudgedCount;
use crate::plan::Plan;
use crate::protocol::node::Protocols;
use crate::report::{self, clock};
use crate::scenario::Inputs;
use crate::time::{NanoDuration, SimTime};

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Scenario files
    #[arg(required_unless_present = "random")]
    files: Vec<PathBuf>,
    /// Instead of files, so many scenarios drawn from seeds, from --seed on; without a number, until
    /// it is stopped
    #[arg(
        long, value_name = "N", num_args = 0..=1,
        value_parser = clap::value_parser!(u64).range(1..),
        conflicts_with_all = ["files", "seeds", "horizon", "force"]
    )]
    random: Option<Option<u64>>,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds to try, from --seed on
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// Compare no further than this
    #[arg(long, default_value = "60s", value_parser = positive_time)]
    horizon: NanoDuration,
    /// Override a value, such as network.loss=0.05; may be given again
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Run on turmoil what it is too slow for
    #[arg(long)]
    force: bool,
}

fn positive_time(text: &str) -> Result<NanoDuration, String> {
    match text.parse::<NanoDuration>()? {
        NanoDuration { ns: 0 } => Err("nothing would be compared; expected a time above 0".into()),
        time => Ok(time),
    }
}

/// Verifies all scenarios; the exit code is that of a difference, else of the first failure.
pub fn verify<P: Protocols>(arguments: &Arguments) -> Result<Exit, Failure> {
    refuse_conflicts(&arguments.set)?;
    if let Some(count) = arguments.random {
        return random::verify::<P>(arguments.seed, count.unwrap_or(0), &arguments.set);
    }
    let mut worst = Exit::Success;
    for file in &arguments.files {
        let exit = verify_file::<P>(arguments, file).or_else(|failure| match failure {
            Failure::Closed => Err(failure),
            failure => Ok(failure.report()),
        })?;
        // A difference is the result that matters most: it outranks a file that was not compared.
        if exit == Exit::Difference || worst == Exit::Success {
            worst = exit;
        }
    }
    Ok(worst)
}

fn verify_file<P: Protocols>(arguments: &Arguments, file: &Path) -> Result<Exit, Failure> {
    let name = file.display();
    let (loaded, plan) = load_plan::<P>(&Inputs::default(), file, &arguments.set)?;
    if !arguments.force
        && let Some(reason) = turmoil::refusal(&plan)
    {
        return Err(Failure::Refused(format!("{name}: {reason}")));
    }
    plan.warnings.iter().for_each(|warning| note(warning));
    note_unused_settings::<P>(&loaded);
    let horizon = plan.horizon;
    let runner = Runner::<P>::new(plan.truncated(arguments.horizon));
    let (plan, mut strikes_beyond) = (runner.plan(), 0);
    for index in 0..arguments.seeds {
        let seed = arguments.seed.wrapping_add(index);
        let comparison = compare(&runner, seed);
        strikes_beyond += u64::from(comparison.is_strike_beyond());
        let head = format!("{name}  seed {seed}");
        let exit = print_comparison(&comparison, &head, &extent(plan, horizon), plan.resolution)?;
        if exit != Exit::Success {
            let options =
                [("--seed", seed.to_string()), ("--horizon", arguments.horizon.to_string())];
            print(&format!("{}\n", reproduce("verify", Some(file), &options, &arguments.set)))?;
            return Ok(exit);
        }
        if plan.realize(seed).order.is_empty() {
            note("no item is published by then; --horizon compares more");
        }
    }
    print(&report::strikes_beyond(strikes_beyond, arguments.seeds))?;
    Ok(Exit::Success)
}

/// Prints the result of a comparison; `head` names the run, `extent` the time compared.
fn print_comparison(
    comparison: &Comparison,
    head: &str,
    extent: &str,
    resolution: NanoDuration,
) -> Result<Exit, Failure> {
    match comparison {
        Comparison::Equal { events, digest, liveness, .. } => {
            let judged = JudgedCount::from(liveness).describe("deliveries");
            print(&format!("equal  {head}  {extent}  {events} events  {digest}  {judged}\n"))?;
            Ok(Exit::Success)
        }
        Comparison::Differ(difference) => {
            print(&format!("DIFFER {head}\n{difference}"))?;
            Ok(Exit::Difference)
        }
        Comparison::Violated(violation) => {
            let at = clock(violation.at, resolution);
            print(&format!("FAILED {head}  {}  {violation}\n", at.trim_start()))?;
            Ok(Exit::Violation)
        }
    }
}

/// Formats the part of the time up to `horizon` that the plan covers.
fn extent<E, C>(plan: &Plan<E, C>, horizon: SimTime) -> String {
    let until = |at: SimTime| clock(at, plan.resolution).trim_start().to_owned();
    if plan.horizon < horizon {
        format!("to {} of {}", until(plan.horizon), until(horizon))
    } else {
        format!("whole, {}", until(horizon))
    }
}
