//! `zonesim sweep`: every point of a design, from the same seeds, into a folder.

mod resume;
mod tables;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use tables::Tables;

use super::plot::{self, Kind, SweepResults};
use super::progress::{Running, bar};
use super::until;
use super::{
    Exit, Failure, command, cores, print, print_beside, quoted, reproduce, say_idle, warn,
};
use crate::experiment::design::Design;
use crate::experiment::results::{
    self, Bundle, FileMark, Meta, Outputs, Rows, Schema, Store, SweepInputs, Target, Totals,
};
use crate::experiment::run::MeasuredRun;
use crate::experiment::sweep::{Done, Field, now, par_for_each};
use crate::metrics::invariants::Violation;
use crate::protocol::node::Protocols;
use crate::report;
use crate::scenario::{Diagnostic, Inputs, display, printable};

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
    /// Threads; all cores if not given. The bytes are the same with any number
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Runs a sweep, or what is left of it.
pub fn sweep<P: Protocols>(arguments: &Arguments) -> Result<Exit, Failure> {
    let inputs = Inputs::default();
    let (file, lines) = arguments.asked(&inputs)?;
    let design = Design::read(&inputs, &file, &lines)?;
    design.refuse_names(results::columns())?;
    let schema = Schema::new(&design.axes)?;
    let jobs = results::runs(&design)?;
    let metrics = arguments.metrics(&design)?;
    let kind = arguments.plot.is_some().then(|| plot::kind(&design, arguments.plot_as));
    let kind = kind.transpose()?;
    let threads = arguments.threads.map(usize::from).unwrap_or_else(cores);
    let recipe = |point: u32| design.scenario(point);
    let progress = bar(u64::from(design.points.count()), "points checked");
    let field = Field::<P>::new(&inputs, design.points.count(), &recipe, threads, &|done| {
        progress.inc(done);
    });
    progress.finish_and_clear();
    let field = field.map_err(|(point, wrong)| design.blame(point, wrong))?;
    for notice in &design.warnings {
        warn(&format!("note: {notice}"));
    }
    tell(&design, field.notices());
    say_idle(field.idle());
    let mut outputs = Outputs::new(&inputs, arguments.overwrite);
    let plot = arguments.plot.as_deref().map(|path| outputs.claim(path, FileMark::Drawing));
    let plot = plot.transpose()?.zip(kind);
    let Some(folder) = arguments.out.as_deref().filter(|_| !arguments.dry_run) else {
        print(&listing(&design))?;
        return Ok(Exit::Success);
    };
    fs::create_dir_all(folder).map_err(|error| results::unwritable(folder, &error))?;
    let before = Bundle::of_folder(folder);
    let tables = Tables::claim(folder, &mut outputs, before.as_ref())?;
    let identity = field.identity(design.seeds.first());
    let path = folder.join("runs.store");
    if Store::identity(&path).is_some_and(|other| other != identity) {
        return Err(resume::another(&path, before, (&inputs, &design, &lines)).into());
    }
    let (store, done) = Store::open(&path, identity, jobs)?;
    if done.count() > 0 {
        warn(&format!("note: {} of {jobs} runs are there already", done.count()));
        resume::try_again(&design, (&field, &store), (jobs, &done), threads)?;
    }
    let rows = Rows { design: &design, schema: &schema, store: &store };
    let over: String = lines.iter().map(|line| format!(" {}", quoted(line))).collect();
    let command = command("sweep", Some(&file), &[], &[]) + &over;
    let asked = SweepInputs { file: &file.display().to_string(), lines: &lines };
    let meta = Meta::new(&command, asked, identity, &inputs, &rows);
    tables.begin(&meta)?;
    let metrics = match metrics.is_empty() {
        true => until::usual_metrics(field.is_operation()),
        false => metrics,
    };
    let running = Running::new(jobs, done.count(), metrics.first().copied());
    run(design.seeds.first(), &field, &store, (jobs, &done), (threads, &running))?;
    let totals = tables.write(meta, &rows)?;
    let swept =
        SweepResults { design: &design, metrics: &metrics, moments: &totals.moments(&metrics) };
    // What did not hold is not in the store: the first of those runs is run again.
    let broken = totals.first_broken.map(|job| field.run(design.seeds.first(), job)).transpose()?;
    let breach = broken.and_then(|run| run.violation);
    show(folder, &swept, (&totals, breach.as_deref()), plot, &command)
}

impl Arguments {
    /// The sweep file and the lines over it. What a sweep left (`sweep.json`) stands for its file, and
    /// for all files that it read.
    fn asked(&self, inputs: &Inputs) -> Result<(PathBuf, Vec<String>), Diagnostic> {
        let text = inputs.read(&self.file)?;
        let Some(bundle) = Bundle::read(&display(&self.file), &text)? else {
            return Ok((self.file.clone(), self.over.clone()));
        };
        inputs.forget(&self.file);
        let (file, lines) = bundle.unpack(inputs, &self.over);
        Ok((file.into(), lines))
    }

    /// The metrics to show, by their places; none, if nobody says.
    fn metrics(&self, design: &Design) -> Result<Vec<usize>, Diagnostic> {
        if !self.metrics.is_empty() {
            return until::metrics(&self.metrics);
        }
        let find = |(number, name): (usize, &String)| {
            let place = format!("metrics.{number}");
            until::metric(name, name).map_err(|wrong| design.source.moved(wrong, &place))
        };
        design.metrics.iter().enumerate().map(find).collect()
    }
}

/// Notices, each once, in the order of the first point that has it.
fn tell(design: &Design, notices: &[(u32, String)]) {
    let mut points: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, notice) in notices {
        *points.entry(notice).or_default() += 1;
    }
    for (point, notice) in notices {
        let first = match points.remove(notice.as_str()) {
            None => continue,
            Some(1) => format!(" (at point {point}: {})", design.name(*point)),
            Some(all) if all == design.points.count() as usize => String::new(),
            Some(some) => {
                format!(" (at {some} points, the first is {point}: {})", design.name(*point))
            }
        };
        warn(&format!("note: {notice}{first}"));
    }
}

/// The numbered plan.
fn listing(design: &Design) -> String {
    let count = design.points.count();
    let seeds = design.seeds;
    let last = seeds.first().wrapping_add(seeds.count() - 1);
    let mut text = format!(
        "{count} points, seeds {} to {last} at each: {} runs\n",
        seeds.first(),
        u64::from(count) * seeds.count()
    );
    let width = count.saturating_sub(1).to_string().len();
    for point in 0..count {
        text += &format!("{point:>width$}  {}\n", design.name(point));
    }
    text
}

/// How often what is written is made to reach the disk.
const SYNC: Duration = Duration::from_secs(5);

fn run<P: Protocols>(
    first: u64,
    field: &Field<'_, P>,
    store: &Store,
    jobs: (u64, &Done),
    (threads, running): (usize, &Running),
) -> Result<(), Failure> {
    let synced = Mutex::new(now());
    let keep = |job: u64, runs: &[MeasuredRun]| {
        store.write(job, runs)?;
        running.add(runs);
        let mut synced = synced.lock().unwrap_or_else(PoisonError::into_inner);
        if synced.elapsed() > SYNC {
            *synced = now();
            drop(synced);
            store.sync()?;
        }
        Ok::<(), Diagnostic>(())
    };
    let work = |job| field.run(first, job);
    let ended = par_for_each(jobs, threads, &work, &keep);
    running.end();
    store.sync()?;
    Ok(ended?)
}

/// Shows what came of all runs.
fn show(
    folder: &Path,
    swept: &SweepResults<'_>,
    (totals, breach): (&Totals, Option<&Violation>),
    plot: Option<(Target, Kind)>,
    command: &str,
) -> Result<Exit, Failure> {
    let SweepResults { design, metrics, moments } = swept;
    let table = report::points(design, metrics, moments);
    let points = u64::from(design.points.count());
    let (runs, names) = (points * design.seeds.count(), results::TABLES.join(", "));
    let folder = folder.display().to_string();
    let folder = printable(&folder);
    let text = format!(
        "{table}\n{runs} runs in {folder}: {names}, sweep.json\n{}\n",
        totals.judged.describe("runs")
    );
    let is_apart = plot.as_ref().is_some_and(|(plot, _)| plot.is_stdout());
    let printed = print_beside(&text, is_apart);
    let exit = match totals.first_broken {
        None => Exit::Success,
        Some(job) => {
            let (path, sets) = design.scenario((job % points) as u32);
            let seed = design.seeds.first().wrapping_add(job / points);
            let why = breach.map_or(String::new(), |breach| format!(", first: {breach}"));
            warn(&format!("error: a promise did not hold in {} runs{why}", totals.broken()));
            warn(&reproduce("run", Some(path), &[("--seed", seed.to_string())], &sets));
            Exit::Promise
        }
    };
    if let Some((plot, kind)) = plot {
        plot.write_text(&swept.picture(kind, command).svg())?;
    }
    printed.map(|()| exit)
}
