//! `zonesim run`: one run and its story, or many and their table.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use clap::Args;

use super::progress::{Clock, bar};
use super::{Exit, Failure, complain, cores, json, overrides, print, shown};
use crate::coordination;
use crate::engine::{self, Digest, ENGINES, Engine, Lines, turmoil};
use crate::exchange;
use crate::id::NodeId;
use crate::measure::{COLUMNS, Floors, Measure};
use crate::plan::{Plan, PlanOf};
use crate::promise::{Breach, Promises, Ways};
use crate::report::{self, Many, Single, Story, Summaries};
use crate::results;
use crate::scenario::{self, Diagnostic};
use crate::statistics::Summary;
use crate::sweep::{self, Run};
use crate::time::Span;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The scenario file
    file: PathBuf,
    /// What makes time pass: event or turmoil
    #[arg(long, default_value = "event")]
    engine: Engine,
    /// Everything random comes from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Repeat with seeds from --seed on and print statistics
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    runs: Option<u64>,
    /// Override a value, such as network.loss=0.05; may be given again
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// JSON instead of story and table
    #[arg(long)]
    json: bool,
    /// Write every event to a file, a line of JSON each (of a single run)
    #[arg(long, value_name = "FILE", conflicts_with = "runs")]
    trace: Option<PathBuf>,
    /// Threads for --runs; all cores if not given. The bytes are the same with any number
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Run on turmoil what it is too slow for
    #[arg(long)]
    force: bool,
}

/// Runs a scenario.
pub fn run<X, C>(arguments: &Arguments) -> Result<Exit, Failure>
where
    X: exchange::Catalogue + 'static,
    C: coordination::Catalogue + 'static,
{
    let loaded = scenario::load(&arguments.file, &arguments.set)?;
    let plan = Plan::new::<X, C>(&loaded)?;
    for notice in &plan.notices {
        complain(&format!("note: {notice}"));
    }
    if arguments.engine == Engine::Turmoil && !arguments.force {
        turmoil::refusal(&plan).map_or(Ok(()), |reason| Err(Failure::Refused(reason)))?;
    }
    match arguments.runs {
        Some(runs) => many::<X, C>(arguments, &plan, runs),
        None => single::<X, C>(arguments, &plan),
    }
}

fn single<X, C>(arguments: &Arguments, plan: &PlanOf<X, C>) -> Result<Exit, Failure>
where
    X: exchange::Catalogue + 'static,
    C: coordination::Catalogue + 'static,
{
    let floors = Floors::new(plan);
    let same = |path: &Path| fs::canonicalize(path).ok() == fs::canonicalize(&arguments.file).ok();
    if let Some(path) = arguments.trace.as_deref().filter(|path| path.exists() && same(path)) {
        let title = format!("{} is the scenario itself; expected another file", path.display());
        return Err(Diagnostic::unreadable(title).into());
    }
    let mut trace = arguments.trace.as_deref().map(|path| Trace::create(path, plan)).transpose()?;
    let mut digest = Digest::default();
    let mut measure = Measure::new(plan, &floors);
    let mut story = Story::new(plan, arguments.seed);
    let clock = (arguments.engine == Engine::Turmoil).then(|| Clock::new(plan.horizon));
    let lines = trace.as_mut().map(|trace| &mut trace.lines);
    let ways = Ways::new(plan);
    let mut promises = Promises::new::<X>(plan, &ways, arguments.seed);
    let checked = (&mut measure, &mut promises);
    let mut observer = ((&mut digest, checked), ((&mut story, lines), clock));
    engine::run::<X, C, _>(arguments.engine, plan, arguments.seed, &mut observer);
    let row = measure.row();
    if let Some(trace) = trace {
        trace.finish()?;
    }
    let text = if arguments.json {
        json(&Single {
            scenario: &arguments.file.display().to_string(),
            seed: arguments.seed,
            engine: arguments.engine.to_string(),
            digest: digest.hex(),
            breach: promises.breach(),
            metrics: &row,
        })
    } else {
        let title = introduction::<X, C>(arguments, plan);
        let table = report::metrics(&row);
        let end = format!("digest {} of {} events", digest.hex(), digest.events());
        format!("{title}\n\n{}\n\n{table}\n{end}\n", story.lines().join("\n"))
    };
    print(&text)?;
    Ok(match promises.breach() {
        Some(breach) => broken(arguments, plan, arguments.seed, breach),
        None => Exit::Success,
    })
}

fn many<X, C>(arguments: &Arguments, plan: &PlanOf<X, C>, runs: u64) -> Result<Exit, Failure>
where
    X: exchange::Catalogue + 'static,
    C: coordination::Catalogue + 'static,
{
    let threads = arguments.threads.map(usize::from).unwrap_or_else(cores);
    let bar = bar(runs, "runs");
    let seeds = (arguments.seed, runs);
    let runs_done =
        sweep::runs::<X, C>(arguments.engine, plan, seeds, threads, &|done| bar.inc(done));
    bar.finish_and_clear();
    let summaries = summarise(&runs_done);
    let breach = runs_done.iter().enumerate().find_map(|(place, run)| {
        Some((arguments.seed.wrapping_add(place as u64), run.breach.as_deref()?))
    });
    let text = if arguments.json {
        json(&Many {
            scenario: &arguments.file.display().to_string(),
            seed: arguments.seed,
            engine: arguments.engine.to_string(),
            runs,
            broken_seed: breach.map(|(seed, _)| seed),
            metrics: Summaries(&summaries),
        })
    } else {
        let title = introduction::<X, C>(arguments, plan);
        let last = arguments.seed.wrapping_add(runs - 1);
        let seeds = format!("{runs} runs, seeds {} to {last}", arguments.seed);
        format!("{title}\n{seeds}\n\n{}", report::repeated(&summaries))
    };
    print(&text)?;
    Ok(match breach {
        Some((seed, breach)) => broken(arguments, plan, seed, breach),
        None => Exit::Success,
    })
}

/// Says that a promise did not hold, and how to see it again.
fn broken<E, C>(arguments: &Arguments, plan: &Plan<E, C>, seed: u64, breach: &Breach) -> Exit {
    let at = report::clock(breach.at, plan.resolution);
    complain(&format!("error: a promise did not hold, found at {}: {breach}", at.trim_start()));
    let set = overrides(&arguments.set);
    let (file, engine) = (shown(&arguments.file), arguments.engine);
    complain(&format!("reproduce: zonesim run {file} --seed {seed} --engine {engine}{set}"));
    Exit::Promise
}

fn summarise(runs: &[Run]) -> Vec<Summary> {
    let mut columns = vec![Vec::with_capacity(runs.len()); COLUMNS.len()];
    for run in runs {
        for (column, value) in columns.iter_mut().zip(run.row.values()) {
            column.extend(value);
        }
    }
    columns.into_iter().map(Summary::of).collect()
}

/// What is about to be run, in a few lines.
fn introduction<X, C>(arguments: &Arguments, plan: &PlanOf<X, C>) -> String
where
    X: exchange::Catalogue,
    C: coordination::Catalogue,
{
    let about = if plan.about.is_empty() { "A scenario without a name" } else { &plan.about };
    let hub = match plan.hub {
        Some(hub) => format!(", hub {}", plan.titles[hub.index()]),
        None => String::new(),
    };
    let zones = match plan.titles.get(..plan.zones as usize) {
        Some(titles) if titles.len() <= 12 => titles.join(", "),
        _ => format!("{} to {}", plan.names[0], plan.names[plan.zones as usize - 1]),
    };
    let exchange = X::chosen(&plan.exchange);
    let coordination = C::chosen(&plan.coordination);
    let engine = ENGINES.iter().find(|(_, engine, _)| *engine == arguments.engine);
    let faults = match plan.schedule(arguments.seed).faults().len() {
        1 => "1 fault".into(),
        faults => format!("{faults} faults"),
    };
    format!(
        "{about}\n{} zones: {zones}{hub}\n{}exchange {exchange}, coordination \
         {coordination}, {faults}, horizon {}\nseed {}, engine {}",
        plan.zones,
        links(plan),
        report::clock(plan.horizon, plan.resolution).trim_start(),
        arguments.seed,
        engine.map_or("", |(name, ..)| name),
    )
}

/// How long the links take, where there are few enough to look at.
fn links<E, C>(plan: &Plan<E, C>) -> String {
    let nodes = plan.nodes() as u32;
    if nodes > MOST_LINKED {
        return String::new();
    }
    let ways = (0..nodes).flat_map(|a| (0..nodes).map(move |b| (NodeId(a), NodeId(b))));
    let spans = ways.filter(|(a, b)| a != b).map(|(a, b)| plan.network.links.get(a, b).travel());
    let (shortest, longest) =
        spans.fold((Span(u64::MAX), Span(0)), |(low, high), span| (low.min(span), high.max(span)));
    let (shortest, longest) = (plan.ms(shortest), plan.ms(longest));
    let range = if shortest < longest { format!("{shortest} to ") } else { String::new() };
    format!("links of {range}{longest} ms one way\n")
}

/// Nodes whose links are looked at for an introduction.
const MOST_LINKED: u32 = 256;

/// A trace file in the making: written under a temporary name, renamed when it is whole. What is no
/// file, a pipe or a device, is written as it is.
struct Trace<'a> {
    lines: Lines<'a, BufWriter<File>>,
    path: PathBuf,
    temporary: Option<PathBuf>,
}

impl<'a> Trace<'a> {
    fn create<E, C>(path: &Path, plan: &'a Plan<E, C>) -> Result<Self, Failure> {
        // A link keeps pointing where it does: what it points at is what is written.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let failed = |error| Failure::unwritable(&path.display().to_string(), &error);
        if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
            let file = File::options().write(true).open(&path).map_err(failed)?;
            let lines = Lines::new(&plan.names, BufWriter::new(file));
            return Ok(Self { lines, path, temporary: None });
        }
        let (file, temporary) = results::new_beside(&path).map_err(failed)?;
        let lines = Lines::new(&plan.names, BufWriter::new(file));
        Ok(Self { lines, path, temporary: Some(temporary) })
    }

    fn finish(self) -> Result<(), Failure> {
        let written = self.lines.finish();
        let Some(temporary) = self.temporary else {
            return match written {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::Closed),
                Err(error) => Err(Failure::unwritable(&self.path.display().to_string(), &error)),
                Ok(_) => Ok(()),
            };
        };
        let written = written.and_then(|writer| writer.get_ref().sync_all());
        if let Err(error) = written.and_then(|()| fs::rename(&temporary, &self.path)) {
            drop(fs::remove_file(&temporary));
            return Err(Failure::unwritable(&self.path.display().to_string(), &error));
        }
        Ok(())
    }
}
