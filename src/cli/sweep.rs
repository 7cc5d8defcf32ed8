//! `zonesim sweep`: every point of a design, from the same seeds, into a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::Args;

use super::picture::{self, Kind, Swept};
use super::progress::{Running, bar};
use super::until;
use super::{Exit, Failure, complain, cores, overrides, print, quoted, refuse_over, shown};
use super::{refuse_nowhere, say_idle};
use crate::coordination;
use crate::design::Design;
use crate::exchange;
use crate::report;
use crate::results::{self, Meta, Record, Rows, Schema, Store};
use crate::scenario::{Diagnostic, printable};
use crate::statistics::Moments;
use crate::sweep::{Done, Field, Run, now, scatter};

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
    /// The metrics to show and to draw; else those of the file, else time, messages and what was
    /// captured or did not reach all
    #[arg(long, value_name = "METRIC,..", value_delimiter = ',')]
    metrics: Vec<String>,
    /// Threads; all cores if not given. The bytes are the same with any number
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Runs a sweep, or what is left of it.
pub fn sweep<X, C>(arguments: &Arguments) -> Result<Exit, Failure>
where
    X: exchange::Catalogue + 'static,
    C: coordination::Catalogue + 'static,
{
    let design = Design::read(&arguments.file, &arguments.over)?;
    design.refuse_names(results::columns())?;
    let schema = Schema::new(&design.axes)?;
    let jobs = results::runs(&design)?;
    let metrics = arguments.metrics(&design)?;
    let kind = arguments.plot.is_some().then(|| picture::kind(&design, arguments.plot_as));
    let kind = kind.transpose()?;
    arguments.refuse_plot(&design)?;
    let threads = arguments.threads.map(usize::from).unwrap_or_else(cores);
    let recipe = |point: u32| design.scenario(point);
    let progress = bar(u64::from(design.points.count()), "points checked");
    let field = Field::<X, C>::new(design.points.count(), &recipe, threads, &|done| {
        progress.inc(done);
    });
    progress.finish_and_clear();
    let field = field.map_err(|(point, wrong)| design.blame(point, wrong))?;
    for notice in &design.notices {
        complain(&format!("note: {notice}"));
    }
    tell(&design, field.notices());
    say_idle(field.idle());
    let Some(folder) = arguments.out.as_deref().filter(|_| !arguments.dry_run) else {
        print(&listing(&design))?;
        return Ok(Exit::Success);
    };
    refuse_nowhere(arguments.plot.as_deref())?;
    fs::create_dir_all(folder).map_err(|error| results::unwritable(folder, &error))?;
    let identity = field.identity(design.seeds.first());
    let (store, done) = Store::open(&folder.join("runs.store"), identity, jobs)?;
    if done.count() > 0 {
        complain(&format!("note: {} of {jobs} runs are there already", done.count()));
        try_again(design.seeds.first(), &field, &store)?;
    }
    let metrics = match metrics.is_empty() {
        true => until::usual_metrics(field.is_operation()),
        false => metrics,
    };
    let running = Running::new(jobs, done.count(), metrics.first().copied());
    run(design.seeds.first(), &field, &store, (jobs, &done), (threads, &running))?;
    let rows = Rows { design: &design, schema: &schema, store: &store };
    finish(arguments, folder, (identity, &metrics, kind), &rows)
}

impl Arguments {
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

    /// Refuses to draw over what is read.
    fn refuse_plot(&self, design: &Design) -> Result<(), Diagnostic> {
        let Some(plot) = self.plot.as_deref().filter(|plot| plot.exists()) else { return Ok(()) };
        refuse_over(Some(plot), &self.file, "the sweep file")?;
        let points = 0..design.points.count();
        let scenarios: BTreeSet<&Path> = points.map(|point| design.scenario(point).0).collect();
        scenarios.into_iter().try_for_each(|path| refuse_over(Some(plot), path, "the scenario"))
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
        complain(&format!("note: {notice}{first}"));
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

/// Does the first run that is there once more: a program of the same version, but built of something
/// else, shall not go on with what another began.
fn try_again<X, C>(first: u64, field: &Field<'_, X, C>, store: &Store) -> Result<(), Diagnostic>
where
    X: exchange::Catalogue + 'static,
    C: coordination::Catalogue + 'static,
{
    store.read(1, &mut |job, record| match record {
        Some(record) if record != Record::from(&field.run(first, job)?) => {
            let title = "this program does not measure what that measured which began this sweep";
            Err(Diagnostic::unreadable(title).help("another --out keeps both"))
        }
        _ => Ok(()),
    })
}

/// How often what is written is made to reach the disk.
const SYNC: Duration = Duration::from_secs(5);

fn run<X, C>(
    first: u64,
    field: &Field<'_, X, C>,
    store: &Store,
    jobs: (u64, &Done),
    (threads, running): (usize, &Running),
) -> Result<(), Failure>
where
    X: exchange::Catalogue + 'static,
    C: coordination::Catalogue + 'static,
{
    let synced = Mutex::new(now());
    let keep = |job: u64, runs: &[Run]| {
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
    let ended = scatter(jobs, threads, &work, &keep);
    running.end();
    store.sync()?;
    Ok(ended?)
}

/// Makes the tables of all runs.
fn finish(
    arguments: &Arguments,
    folder: &Path,
    (identity, metrics, kind): (u128, &[usize], Option<Kind>),
    rows: &Rows<'_>,
) -> Result<Exit, Failure> {
    let names = ["runs.csv", "runs.parquet", "sweep.json"];
    let [csv, parquet, meta] = names.map(|name| folder.join(name));
    for path in [&csv, &parquet, &meta] {
        results::remove_parts(path);
    }
    results::write_tables(&csv, &parquet, rows)?;
    let design = rows.design;
    let points = u64::from(design.points.count());
    let mut moments = vec![vec![Moments::default(); metrics.len()]; points as usize];
    let (mut broken, mut count) = (None, 0);
    rows.store.read(rows.count(), &mut |job, record| {
        let Some(record) = record else { return Ok(()) };
        if record.is_broken {
            broken.get_or_insert(job);
            count += 1;
        }
        let moments = &mut moments[(job % points) as usize];
        for (moments, &place) in moments.iter_mut().zip(metrics) {
            moments.extend(record.values[place]);
        }
        Ok(())
    })?;
    let over: String = arguments.over.iter().map(|over| format!(" {}", quoted(over))).collect();
    let command = format!("zonesim sweep {}{over}", shown(&arguments.file));
    Meta::new(folder, &command, identity, rows, count)?.write(&meta)?;
    let table = report::points(design, metrics, &moments);
    let (runs, names) = (rows.count(), names.join(", "));
    let folder = folder.display().to_string();
    let printed = print(&format!("{table}\n{runs} runs in {}: {names}\n", printable(&folder)));
    let exit = match broken {
        None => Exit::Success,
        Some(job) => {
            let (path, sets) = design.scenario((job % points) as u32);
            let seed = design.seeds.first().wrapping_add(job / points);
            complain(&format!("error: a promise did not hold in {count} runs"));
            let sets = overrides(&sets);
            complain(&format!("reproduce: zonesim run {} --seed {seed}{sets}", shown(path)));
            Exit::Promise
        }
    };
    if let Some((path, kind)) = arguments.plot.as_deref().zip(kind) {
        let swept = Swept { design, metrics, moments: &moments };
        picture::write(path, &swept.picture(kind, &command))?;
    }
    printed.map(|()| exit)
}
