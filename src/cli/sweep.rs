//! `zonesim sweep`: every point of a design, from the same seeds, into a folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Args;

use super::picture::{self, Kind, Swept};
use super::progress::bar;
use super::until;
use super::{Exit, Failure, complain, cores, print};
use crate::coordination;
use crate::design::Design;
use crate::exchange;
use crate::measure::COLUMNS;
use crate::report;
use crate::results::{self, Meta, Rows, Schema, Store};
use crate::scenario::Diagnostic;
use crate::statistics::Moments;
use crate::sweep::{Done, Field, Run, scatter};

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
    let columns = COLUMNS.iter().map(|column| column.name);
    design.refuse_names(["point", "seed", "broken"].into_iter().chain(columns))?;
    let schema = Schema::new(&design.axes)?;
    let metrics = arguments.metrics(&design)?;
    let kind = arguments.plot.is_some().then(|| picture::kind(&design, arguments.plot_as));
    let kind = kind.transpose()?;
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
    let Some(folder) = arguments.out.as_deref().filter(|_| !arguments.dry_run) else {
        print(&listing(&design))?;
        return Ok(Exit::Success);
    };
    fs::create_dir_all(folder).map_err(|error| results::unwritable(folder, &error))?;
    let jobs = u64::from(design.points.count()) * design.seeds.count();
    let (store, done) = Store::open(&folder.join("runs.store"), field.identity(), jobs)?;
    if done.count() > 0 {
        complain(&format!("note: {} of {jobs} runs are there already", done.count()));
    }
    run(&design, &field, &store, (jobs, &done), threads)?;
    let rows = Rows { design: &design, schema: &schema, store: &store };
    let metrics = match metrics.is_empty() {
        true => until::usual_metrics(field.is_operation()),
        false => metrics,
    };
    finish(arguments, folder, (field.identity(), &metrics, kind), &rows)
}

impl Arguments {
    /// The metrics to show, by their places; none, if nobody says.
    fn metrics(&self, design: &Design) -> Result<Vec<usize>, Diagnostic> {
        let here = self.metrics.iter().map(|name| name.trim());
        if !self.metrics.is_empty() {
            return here.map(|name| until::metric(name, name)).collect();
        }
        let find = |(number, name): (usize, &String)| {
            let place = format!("metrics.{number}");
            until::metric(name, name).map_err(|wrong| design.source.moved(wrong, &place))
        };
        design.metrics.iter().enumerate().map(find).collect()
    }
}

/// Notices, those that are told of every point once.
fn tell(design: &Design, notices: &[(u32, String)]) {
    let mut told: Vec<&str> = Vec::new();
    for (point, notice) in notices {
        if told.contains(&notice.as_str()) {
            continue;
        }
        told.push(notice);
        let points = notices.iter().filter(|(_, other)| other == notice).count();
        let first = match points {
            1 => format!(" (at point {point}: {})", design.name(*point)),
            all if all == design.points.count() as usize => String::new(),
            some => format!(" (at {some} points, the first is {point}: {})", design.name(*point)),
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

/// How often what is written is made to reach the disk.
const SYNC: Duration = Duration::from_secs(5);

fn run<X, C>(
    design: &Design,
    field: &Field<'_, X, C>,
    store: &Store,
    jobs: (u64, &Done),
    threads: usize,
) -> Result<(), Failure>
where
    X: exchange::Catalogue + 'static,
    C: coordination::Catalogue + 'static,
{
    let progress = bar(jobs.0, "runs");
    progress.set_position(jobs.1.count());
    progress.reset_eta();
    let broken = AtomicU64::new(0);
    let synced = Mutex::new(now());
    let first = design.seeds.first();
    let keep = |job: u64, runs: &[Run]| {
        store.write(job, runs)?;
        progress.inc(runs.len() as u64);
        let breaches = runs.iter().filter(|run| run.breach.is_some()).count() as u64;
        if breaches > 0 {
            let all = broken.fetch_add(breaches, Ordering::Relaxed) + breaches;
            progress.set_message(format!("{all} with a promise broken"));
        }
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
    progress.finish_and_clear();
    store.sync()?;
    Ok(ended?)
}

/// When a disk is written to says nothing of what.
#[allow(clippy::disallowed_methods)]
fn now() -> Instant {
    Instant::now()
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
    results::write_csv(&csv, rows)?;
    results::write_parquet(&parquet, rows)?;
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
    let over: String = arguments.over.iter().map(|over| format!(" '{over}'")).collect();
    let command = format!("zonesim sweep {}{over}", arguments.file.display());
    Meta::new(folder, &command, identity, rows, count)?.write(&meta)?;
    let table = report::points(design, metrics, &moments);
    let (runs, names) = (rows.count(), names.join(", "));
    print(&format!("{table}\n{runs} runs in {}: {names}\n", folder.display()))?;
    if let Some((path, kind)) = arguments.plot.as_deref().zip(kind) {
        let swept = Swept { design, metrics, moments: &moments };
        picture::write(path, &swept.picture(kind, &command))?;
    }
    let Some(job) = broken else { return Ok(Exit::Success) };
    let (path, sets) = design.scenario((job % points) as u32);
    let seed = design.seeds.first().wrapping_add(job / points);
    complain(&format!("error: a promise did not hold in {count} runs"));
    let sets: String = sets.iter().map(|set| format!(" --set '{set}'")).collect();
    complain(&format!("reproduce: zonesim run {} --seed {seed}{sets}", path.display()));
    Ok(Exit::Promise)
}
