//! `zonesim hunt`: random worlds until a promise breaks, and the smallest world that breaks it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;

use super::progress::bar;
use super::{Exit, Failure, Trying, cores, overrides, print, refuse_clashes, shown};
use crate::coordination;
use crate::exchange;
use crate::hunt::{Quarry, Trial, shrink};
use crate::promise::Breach;
use crate::results;
use crate::sweep;
use crate::time::Length;

/// Arguments of `hunt`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many worlds to try
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    worlds: u64,
    /// Stop after this time, such as 10min
    #[arg(long, value_name = "TIME")]
    time: Option<Length>,
    /// Where to write what is found
    #[arg(long, value_name = "FILE", default_value = "hunted.toml")]
    out: PathBuf,
    /// Override a value in every world, such as exchange.use=mesh; may be given again
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
}

/// Worlds that are tried side by side.
const BATCH: u64 = 64;

/// Hunts.
#[allow(clippy::disallowed_methods, reason = "a budget of time is of the wall's")]
pub fn hunt<X, C>(arguments: &Arguments) -> Result<Exit, Failure>
where
    X: exchange::Catalogue + 'static,
    C: coordination::Catalogue + 'static,
{
    refuse_clashes(&arguments.set)?;
    let begun = Instant::now();
    let budget = arguments.time.map(|time| Duration::from_nanos(time.ns));
    let bar = bar(arguments.worlds, "worlds");
    let (mut tried, mut refused) = (0, 0);
    let mut reason = String::new();
    while tried < arguments.worlds && budget.is_none_or(|budget| begun.elapsed() < budget) {
        let count = BATCH.min(arguments.worlds - tried);
        let first = arguments.seed.wrapping_add(tried);
        for (quarry, trial) in batch::<X, C>(first, count, &arguments.set) {
            match trial {
                Trial::Held => {}
                Trial::Refused(why) => {
                    refused += 1;
                    reason = why;
                }
                Trial::Broke(breach) => {
                    bar.finish_and_clear();
                    return found::<X, C>(arguments, &quarry, &breach);
                }
            }
        }
        tried += count;
        bar.set_position(tried);
    }
    bar.finish_and_clear();
    let last = arguments.seed.wrapping_add(tried.saturating_sub(1));
    let passed =
        if refused > 0 { format!(", {refused} passed over ({reason})") } else { String::new() };
    let held = tried - refused;
    print(&format!("held   {held} random worlds  seeds {} to {last}{passed}\n", arguments.seed))?;
    // Nothing tried is nothing proved.
    Ok(if held == 0 { Exit::Scenario } else { Exit::Success })
}

/// Tries worlds on all cores; in the order of their seeds.
fn batch<X, C>(first: u64, count: u64, set: &[String]) -> Vec<(Quarry, Trial)>
where
    X: exchange::Catalogue + 'static,
    C: coordination::Catalogue + 'static,
{
    let one = |seed| {
        let _trying = Trying(format!("the random world of seed {seed}"));
        let quarry = Quarry::of::<X, C>(seed, set);
        let trial = quarry.try_out::<X, C>();
        (quarry, trial)
    };
    sweep::each((first, count), cores(), &|_| {}, &one)
}

/// Shrinks what was found and writes it.
fn found<X, C>(arguments: &Arguments, quarry: &Quarry, breach: &Breach) -> Result<Exit, Failure>
where
    X: exchange::Catalogue + 'static,
    C: coordination::Catalogue + 'static,
{
    print(&format!("BROKEN random world {}  {breach}\n", quarry.seed))?;
    let (small, breach) = shrink::<X, C>(quarry, breach);
    let path = &arguments.out;
    let set = overrides(&small.set);
    let again = format!("zonesim run {} --seed {}{set}", shown(path), small.seed);
    let text = format!(
        "# Found in random world {}, and made smaller: {breach}.\n# {again}\n{}",
        quarry.seed, small.scenario.toml
    );
    let folder = path.parent().unwrap_or(Path::new(""));
    write(path, &text)?;
    for (file, text) in &small.scenario.files {
        write(&folder.join(file), text)?;
    }
    let lines = small.scenario.toml.lines().filter(|line| !line.is_empty()).count();
    print(&format!(
        "shrunk to {lines} lines in {}  {breach}\nreproduce: {again}\n",
        path.display()
    ))?;
    Ok(Exit::Promise)
}

/// Writes a text, whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    Ok(results::write_whole(path, &mut |file| {
        file.write_all(text.as_bytes()).map_err(|error| results::unwritable(path, &error))
    })?)
}
