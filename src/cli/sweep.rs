//! `zonesim sweep`: runs every point of a design with the same seeds and writes tables to a folder.

mod resume;
mod tables;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use tables::Tables;

use super::exit::{Exit, Failure};
use super::load::note_unused;
use super::plot::{self, Kind, SweepResults};
use super::progress::{RunsBar, bar};
use super::reproduce::{command, quoted, reproduce};
use super::stderr::{note, warn};
use super::stdout::{print, print_beside};
use super::threads::threads;
use super::until;
use crate::experiment::design::{Design, JobSeeds};
use crate::experiment::results::{
    self, Bundle, Meta, Outputs, Rows, Schema, Store, SweepInputs, Target, Totals,
};
use crate::experiment::run::MeasuredRun;
use crate::experiment::sweep::{JobSet, PointRunner, now, par_for_each, par_map};
use crate::metrics::Goal;
use crate::metrics::invariants::Violation;
use crate::protocol::node::Protocols;
use crate::report;
use crate::scenario::{Diagnostic, Inputs, TextPool, display, printable};

/// Arguments of `sweep`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The sweep file: scenarios, axes, seeds
    file: PathBuf,
    /// Levels of an axis, or a value for all points: network.loss=0,0.02 horizon=2h seeds.count=500
    #[arg(value_name = "PATH=VALUE,..")]
    over: Vec<String>,
    /// The folder for the results; a sweep that is there is gone on with
    #[arg(long, value_name = "DIR", required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Print the points and run nothing
    #[arg(long)]
    dry_run: bool,
    /// Draw the metrics into a file, as SVG
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// How to draw; else what suits the axes
    #[arg(long, value_enum, value_name = "KIND")]
    plot_as: Option<Kind>,
    /// Replace files that this program did not write
    #[arg(long)]
    overwrite: bool,
    /// The metrics to show and to draw; else those of the file, else time, messages and what was
    /// captured or did not reach all
    #[arg(long, value_name = "METRIC,..", value_delimiter = ',')]
    metrics: Vec<String>,
    /// A condition on the metrics of a run, told as one more column, goal: 'captured_share >= 0.9 and spread
    /// <= 10min before 36h' (zonesim help metrics)
    #[arg(long, value_name = "CONDITION")]
    goal: Option<String>,
    /// Write leads.csv too, a row per lead that was seen in a run; this repeats all runs
    #[arg(long)]
    leads: bool,
    /// Threads; all cores if not given. The bytes are the same with any number
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Runs a sweep, or resumes one.
pub fn sweep<P: Protocols>(arguments: &Arguments) -> Result<Exit, Failure> {
    let inputs = Inputs::default();
    let (file, lines) = arguments.sweep_file(&inputs)?;
    let design = Design::read(&inputs, &file, &lines)?;
    let goal = goal(&design)?;
    let has_goal = goal.is_some();
    design.refuse_names(results::columns(has_goal))?;
    let schema = Schema::new(&design.axes, has_goal)?;
    let jobs = results::runs(&design)?;
    let metrics = arguments.metrics(&design)?;
    let kind = arguments.plot.is_some().then(|| plot::kind(&design, arguments.plot_as));
    let kind = kind.transpose()?;
    let threads = threads(arguments.threads);
    let recipe = |point: u32| design.scenario(point);
    let progress = bar(u64::from(design.points.count()), "points checked");
    let texts = TextPool::new(&inputs, (0..design.points.count()).map(recipe));
    let texts = texts.parse();
    let point_runner = PointRunner::<P>::new(
        &texts,
        design.points.count(),
        (&recipe, goal.as_ref()),
        threads,
        &|done| {
            progress.inc(done);
        },
    );
    progress.finish_and_clear();
    let point_runner = point_runner.map_err(|(point, error)| design.blame(point, error))?;
    design.warnings.iter().for_each(|warning| note(warning));
    note_warnings(&design, point_runner.warnings());
    note_unused(point_runner.unused());
    let mut outputs = Outputs::new(&inputs, arguments.overwrite);
    let plot = plot::claim(&mut outputs, arguments.plot.as_deref())?.zip(kind);
    let Some(folder) = arguments.out.as_deref().filter(|_| !arguments.dry_run) else {
        print(&listing(&design))?;
        return Ok(Exit::Success);
    };
    let metrics = until::shown(metrics, point_runner.is_operation(), has_goal);
    let (lines, metrics) = (&lines[..], &metrics[..]);
    let has_leads = arguments.leads;
    let (inputs, file, design) = (&inputs, &*file, &design);
    let sweep = Sweep { inputs, file, lines, design, schema, metrics, has_leads };
    sweep.run(&point_runner, (jobs, threads), (folder, &mut outputs), plot)
}

/// The goal of a design, if there is one.
fn goal(design: &Design) -> Result<Option<Goal>, Diagnostic> {
    let Some(text) = &design.goal else { return Ok(None) };
    Goal::read(text).map(Some).map_err(|error| {
        let part = (text.as_str(), error.range.clone());
        design.source.moved_within(error.diagnostic(), "goal", part)
    })
}

/// A sweep that is ready to run.
struct Sweep<'a> {
    inputs: &'a Inputs,
    file: &'a Path,
    /// Overrides of the sweep file.
    lines: &'a [String],
    design: &'a Design,
    schema: Schema,
    metrics: &'a [usize],
    has_leads: bool,
}

impl Sweep<'_> {
    /// Runs the jobs that are not done, writes the tables to the folder, and prints the results.
    fn run<P: Protocols>(
        &self,
        point_runner: &PointRunner<'_, P>,
        (jobs, threads): (u64, usize),
        (folder, outputs): (&Path, &mut Outputs),
        plot: Option<(Target, Kind)>,
    ) -> Result<Exit, Failure> {
        let Self { inputs, file, lines, design, schema, metrics, has_leads } = self;
        let seeds = design.seeds.jobs();
        fs::create_dir_all(folder).map_err(|error| results::unwritable(folder, &error))?;
        let before = Bundle::in_folder(folder);
        let tables = Tables::claim(folder, outputs, before.as_ref(), *has_leads)?;
        let identity = point_runner.identity(seeds);
        let path = folder.join("runs.store");
        if Store::identity(&path).is_some_and(|other| other != identity) {
            return Err(resume::other_sweep(&path, before, (inputs, design, lines)).into());
        }
        let (store, done) = Store::open(&path, identity, jobs)?;
        if done.count() > 0 {
            note(&format!("{} of {jobs} runs are there already", done.count()));
            resume::check_stored_runs(design, (point_runner, &store), (jobs, &done), threads)?;
        }
        let rows = Rows { design, schema, store: &store };
        let command = self.command();
        let asked = SweepInputs { file: &file.display().to_string(), lines };
        let meta = Meta::new(&command, asked, identity, inputs, &rows);
        tables.begin(&meta)?;
        let bar = RunsBar::new(jobs, done.count(), metrics.first().copied());
        run_jobs(seeds, point_runner, &store, (jobs, &done), (threads, &bar))?;
        let totals = write_tables(&tables, meta, &rows, (point_runner, threads))?;
        let results = SweepResults { design, metrics, moments: &totals.moments(metrics) };
        // Violations are not in the store: the first run that has one is repeated.
        let run = totals.first_failed.map(|job| point_runner.run(seeds, job)).transpose()?;
        let violation = run.and_then(|run| run.violation);
        show((folder, tables.names()), &results, (&totals, violation.as_deref()), plot, &command)
    }

    /// The command that repeats the sweep.
    fn command(&self) -> String {
        let lines: String = self.lines.iter().map(|line| format!(" {}", quoted(line))).collect();
        command("sweep", Some(self.file), &[], &[]) + &lines
    }
}

impl Arguments {
    /// The sweep file and its overrides. The `sweep.json` of an earlier sweep contains its sweep file and
    /// all files that it read.
    fn sweep_file(&self, inputs: &Inputs) -> Result<(PathBuf, Vec<String>), Diagnostic> {
        let text = inputs.read(&self.file)?;
        let mut over = self.over.clone();
        if let Some(goal) = &self.goal {
            Goal::from_argument(goal)?;
            over.push(format!("goal={}", toml::Value::String(goal.trim().into())));
        }
        let Some(bundle) = Bundle::read(&display(&self.file), &text)? else {
            return Ok((self.file.clone(), over));
        };
        inputs.forget(&self.file);
        let (file, lines) = bundle.unpack(inputs, &over);
        Ok((file.into(), lines))
    }

    /// The indices of the metrics to show; empty if neither the arguments nor the file name any.
    fn metrics(&self, design: &Design) -> Result<Vec<usize>, Diagnostic> {
        let has_goal = design.goal.is_some();
        if !self.metrics.is_empty() {
            return until::metrics(&self.metrics, has_goal);
        }
        let find = |(number, name): (usize, &String)| {
            let path = format!("metrics.{number}");
            until::metric(name, name, has_goal).map_err(|error| design.source.moved(error, &path))
        };
        design.metrics.iter().enumerate().map(find).collect()
    }
}

/// Writes the warnings of points, each once, with the first point that has it.
fn note_warnings(design: &Design, warnings: &[(u32, String)]) {
    let mut points: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, warning) in warnings {
        *points.entry(warning).or_default() += 1;
    }
    for (point, warning) in warnings {
        let first = match points.remove(warning.as_str()) {
            None => continue,
            Some(1) => format!(" (at point {point}: {})", design.name(*point)),
            Some(all) if all == design.points.count() as usize => String::new(),
            Some(some) => {
                format!(" (at {some} points, the first is {point}: {})", design.name(*point))
            }
        };
        note(&format!("{warning}{first}"));
    }
}

/// The numbered points of a design.
fn listing(design: &Design) -> String {
    let count = design.points.count();
    let seeds = design.seeds;
    let (first, last, runs) = (seeds.first(), seeds.last(count), u64::from(count) * seeds.count());
    let where_used = if seeds.jobs().is_independent { "in all" } else { "at each" };
    let mut text = format!("{count} points, seeds {first} to {last} {where_used}: {runs} runs\n");
    let width = count.saturating_sub(1).to_string().len();
    for point in 0..count {
        text += &format!("{point:>width$}  {}\n", design.name(point));
    }
    text
}

/// Time between flushes of the store to the disk.
const SYNC_INTERVAL: Duration = Duration::from_secs(5);

/// Runs the jobs that are not done and stores their results.
fn run_jobs<P: Protocols>(
    seeds: JobSeeds,
    point_runner: &PointRunner<'_, P>,
    store: &Store,
    jobs: (u64, &JobSet),
    (threads, bar): (usize, &RunsBar),
) -> Result<(), Failure> {
    let synced = Mutex::new(now());
    let keep = |job: u64, runs: &[MeasuredRun]| {
        store.write(job, runs)?;
        bar.add(runs);
        let mut synced = synced.lock().unwrap_or_else(PoisonError::into_inner);
        if synced.elapsed() > SYNC_INTERVAL {
            *synced = now();
            drop(synced);
            store.sync()?;
        }
        Ok::<(), Diagnostic>(())
    };
    let work = |job| point_runner.run(seeds, job);
    let ended = par_for_each(jobs, threads, &work, &keep);
    bar.end();
    store.sync()?;
    Ok(ended?)
}

/// Writes the tables; that of leads repeats all runs.
fn write_tables<P: Protocols>(
    tables: &Tables,
    meta: Meta<'_>,
    rows: &Rows<'_>,
    (point_runner, threads): (&PointRunner<'_, P>, usize),
) -> Result<Totals, Diagnostic> {
    let progress = bar(rows.count(), "runs repeated for their leads");
    let seeds = rows.design.seeds.jobs();
    let leads = |job| point_runner.leads(seeds, job);
    let repeat = |jobs| par_map(jobs, threads, &|done| progress.inc(done), &leads);
    let totals = tables.write(meta, rows, &repeat)?;
    progress.finish_and_clear();
    Ok(totals)
}

/// Prints the results and writes the plot; the exit code says whether an invariant was violated.
fn show(
    (folder, tables): (&Path, Vec<&str>),
    results: &SweepResults<'_>,
    (totals, violation): (&Totals, Option<&Violation>),
    plot: Option<(Target, Kind)>,
    command: &str,
) -> Result<Exit, Failure> {
    let SweepResults { design, metrics, moments } = results;
    let table = report::points(design, metrics, moments);
    let points = u64::from(design.points.count());
    let (runs, names) = (points * design.seeds.count(), tables.join(", "));
    let folder = folder.display().to_string();
    let folder = printable(&folder);
    let text = format!(
        "{table}\n{runs} runs in {folder}: {names}, sweep.json\n{}\n{}",
        totals.judged.describe("runs"),
        report::strikes_beyond(totals.strikes_beyond, runs)
    );
    let is_stdout_taken = plot.as_ref().is_some_and(|(plot, _)| plot.is_stdout());
    let printed = print_beside(&text, is_stdout_taken);
    let exit = match totals.first_failed {
        None => Exit::Success,
        Some(job) => {
            let (path, sets) = design.scenario((job % points) as u32);
            let seed = design.seeds.jobs().seed(job, points);
            let why = violation.map_or(String::new(), |violation| format!(", first: {violation}"));
            warn(&format!("error: an invariant did not hold in {} runs{why}", totals.failed()));
            warn(&reproduce("run", Some(path), &[("--seed", seed.to_string())], &sets));
            Exit::Violation
        }
    };
    if let Some((plot, kind)) = plot {
        plot.write_text(&results.figure(kind, command).svg())?;
    }
    printed.map(|()| exit)
}
