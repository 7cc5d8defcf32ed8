//! `zonesim hunt`: random worlds until a promise breaks, and the smallest world that breaks it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;

use super::progress::bar;
use super::{
    Exit, Failure, Trying, complain, cores, overrides, print, print_beside, refuse_clashes, shown,
};
use crate::coordination;
use crate::exchange;
use crate::hunt::{Quarry, Trial, shrink};
use crate::promise::{Breach, Judged};
use crate::results::{COMMENT, Mark, Outputs, STDOUT};
use crate::scenario::{Inputs, printable};
use crate::sweep;
use crate::time::Length;

/// Arguments of `hunt`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many worlds to try
    #[arg(
        long, default_value_t = 10_000, value_name = "N",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    worlds: u64,
    /// Stop after this time, such as 10min
    #[arg(long, value_name = "TIME")]
    time: Option<Length>,
    /// Where to write what is found
    #[arg(long, value_name = "FILE", default_value = "hunted.toml")]
    out: PathBuf,
    /// Replace files that this program did not write
    #[arg(long)]
    overwrite: bool,
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
    let inputs = Inputs::default();
    Outputs::new(&inputs, arguments.overwrite).claim(&arguments.out, Mark::Comment)?;
    let begun = Instant::now();
    let budget = arguments.time.map(|time| Duration::from_nanos(time.ns));
    let bar = bar(arguments.worlds, "worlds");
    let (mut tried, mut refused) = (0, 0);
    let mut reason = String::new();
    let mut judged = Judged::default();
    while tried < arguments.worlds && budget.is_none_or(|budget| begun.elapsed() < budget) {
        let count = BATCH.min(arguments.worlds - tried);
        let first = arguments.seed.wrapping_add(tried);
        for (quarry, trial) in batch::<X, C>(first, count, (&arguments.set, &inputs)) {
            match trial {
                Trial::Held(undue) => judged.add(undue),
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
    let (first, judged_of) = (arguments.seed, judged.told("worlds"));
    print(&format!("held   {held} random worlds  seeds {first} to {last}{passed}  {judged_of}\n"))?;
    // Nothing tried is nothing proved.
    if held == 0 {
        let why = if reason.is_empty() { "the time was over" } else { &reason };
        complain(&format!("error: no world was tried: {why}"));
    }
    Ok(match (held, judged.judged()) {
        (0, _) => Exit::Scenario,
        (_, 0) => Exit::Unjudged,
        _ => Exit::Success,
    })
}

/// Tries worlds on all cores; in the order of their seeds.
fn batch<X, C>(first: u64, count: u64, (set, inputs): (&[String], &Inputs)) -> Vec<(Quarry, Trial)>
where
    X: exchange::Catalogue + 'static,
    C: coordination::Catalogue + 'static,
{
    let one = |seed| {
        let _trying = Trying(format!("the random world of seed {seed}"));
        let quarry = Quarry { inputs: inputs.clone(), ..Quarry::of::<X, C>(seed, set) };
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
    let is_apart = arguments.out == Path::new(STDOUT);
    print_beside(&format!("BROKEN random world {}  {breach}\n", quarry.seed), is_apart)?;
    let (small, breach) = shrink::<X, C>(quarry, breach);
    let again = reproduce(arguments, &small);
    let version = env!("CARGO_PKG_VERSION");
    let head = format!("{COMMENT}{version}, found in random world {}", quarry.seed);
    let comment = printable(&again);
    let toml = format!("{head} and made smaller: {breach}\n# {comment}\n{}", small.scenario.toml);
    let folder = arguments.out.parent().unwrap_or(Path::new(""));
    let mut texts = vec![(arguments.out.clone(), toml)];
    let beside = small.scenario.files.iter();
    texts.extend(beside.map(|(file, text)| (folder.join(file), format!("{head}\n{text}"))));
    write(arguments, &small.inputs, &texts)?;
    let lines = small.scenario.toml.lines().filter(|line| !line.is_empty()).count();
    let path = arguments.out.display();
    let told = format!("shrunk to {lines} lines in {path}  {breach}\nreproduce: {again}\n");
    print_beside(&told, is_apart)?;
    Ok(Exit::Promise)
}

/// The line that shows it again.
fn reproduce(arguments: &Arguments, small: &Quarry) -> String {
    let set = overrides(&small.set);
    format!("zonesim run {} --seed {}{set}", shown(&arguments.out), small.seed)
}

/// Writes what was found. If that cannot be, it is shown: it took long to find.
fn write(
    arguments: &Arguments,
    inputs: &Inputs,
    texts: &[(PathBuf, String)],
) -> Result<(), Failure> {
    let mut outputs = Outputs::new(inputs, arguments.overwrite);
    let mut claim = |(path, _): &(PathBuf, String)| outputs.claim(path, Mark::Comment);
    let targets = texts.iter().map(&mut claim).collect::<Result<Vec<_>, _>>();
    let written = targets.and_then(|targets| {
        targets.iter().zip(texts).try_for_each(|(target, (_, text))| target.write_text(text))
    });
    if let Err(wrong) = written {
        for (path, text) in texts {
            print(&format!("# {}\n{text}", path.display()))?;
        }
        return Err(wrong.into());
    }
    Ok(())
}
