//! `zonesim compare`: choices from the same seeds, side by side.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::plot;
use super::progress::bar;
use super::until::{self, Step, Until};
use super::{Exit, Failure, cores, json, print_beside, reproduce, say_idle, warn};
use crate::experiment::compare::{self, Comparison, Method, Metric, Samples};
use crate::experiment::design::{self, Axis, AxisArg, Points};
use crate::experiment::results::{FileMark, Outputs, Target};
use crate::experiment::statistics::Precision;
use crate::experiment::sweep::{Field, Recipe};
use crate::metrics::METRICS;
use crate::metrics::invariants::Violation;
use crate::protocol::node::Protocols;
use crate::report::{self, ComparisonReport};
use crate::scenario::{Diagnostic, Inputs, printable};

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The scenario file
    file: PathBuf,
    /// What to choose among: exchange=mesh,hub or network.loss=0,0.02; given again, all with all. The
    /// first choice is what the others are measured by
    #[arg(long, value_name = "PATH=VALUE,..", required = true)]
    vary: Vec<String>,
    /// Runs of each choice [default: 100]; with --until at most [default: 100000]
    #[arg(long, value_parser = clap::value_parser!(u64).range(2..=10_000_000))]
    runs: Option<u64>,
    /// Go on until the 95 % interval is as narrow: 'to_all_ms ±2%'; may be given again
    #[arg(long, value_name = "METRIC ±WIDTH")]
    until: Vec<String>,
    /// The metrics to compare by; if none, time, messages and what was captured or did not reach all
    #[arg(long, value_name = "METRIC,..", value_delimiter = ',')]
    metrics: Vec<String>,
    /// Differences up to this are none: of all metrics, as a share of the first choice's mean [default:
    /// 1%]; or of one, in its unit: 'to_all_ms 5 ms'; may be given again
    #[arg(long, value_name = "WIDTH", allow_hyphen_values = true)]
    floor: Vec<String>,
    /// How means get their intervals
    #[arg(long, value_enum, default_value_t = Intervals::Student)]
    interval: Intervals,
    /// The first seed; all choices have the same
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Override a value for all choices, such as network.loss=0.05; may be given again
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// JSON instead of a table
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// CSV instead of a table
    #[arg(long)]
    csv: bool,
    /// Draw intervals and distributions into a file, as SVG
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Replace a file that this program did not write
    #[arg(long)]
    overwrite: bool,
    /// Threads; all cores if not given. The bytes are the same with any number
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Intervals {
    /// Student's t; of what is 0 or 1, Wilson's
    Student,
    /// Bootstrap, bias-corrected and accelerated (2,000 resamples)
    Bca,
}

/// What is said where choices may have run for times of their own.
const SETTLED: &str = "note: a run ends once all is settled, so what is sent and how old things are \
                       is told until then; --set stop=horizon has it over the same time";

/// What is chosen among.
struct Choices<'a> {
    arguments: &'a Arguments,
    axes: Vec<Axis>,
    points: Points,
}

/// The floor where nobody says. A guess.
const FLOOR: &str = "1%";

/// More runs of all choices together are not held in memory. A guess: at three metrics some 3 GB.
const MAX_RUNS: u64 = 50_000_000;

/// Runs where nobody says. A guess: a percent or so of most means.
const RUNS: u64 = 100;

/// Compares.
pub fn compare<P: Protocols>(arguments: &Arguments) -> Result<Exit, Failure> {
    let choices = Choices::read(arguments)?;
    let count = u64::from(choices.points.count());
    let most = arguments.runs.unwrap_or(until::MAX_RUNS.min(MAX_RUNS / count));
    let untils = arguments.until.iter().map(|until| Until::read(until, most));
    let untils: Vec<_> = untils.collect::<Result<_, _>>()?;
    let all = count * arguments.runs.unwrap_or(RUNS);
    if all > MAX_RUNS {
        let title = format!("{all} runs of all choices; expected at most {MAX_RUNS}, or a sweep");
        return Err(Failure::Misuse(title));
    }
    let inputs = Inputs::default();
    let threads = arguments.threads.map(usize::from).unwrap_or_else(cores);
    let recipe = |point: u32| choices.recipe(point);
    let field = Field::<P>::new(&inputs, choices.points.count(), &recipe, threads, &|_| {});
    let field = field.map_err(|(point, wrong)| choices.blame(point, wrong))?;
    let mut outputs = Outputs::new(&inputs, arguments.overwrite);
    let plot = arguments.plot.as_deref().map(|path| outputs.claim(path, FileMark::Drawing));
    let plot = plot.transpose()?;
    say_idle(field.idle());
    let mut notices: Vec<_> = field.notices().iter().map(|(_, notice)| notice).collect();
    notices.sort();
    notices.dedup();
    notices.iter().for_each(|notice| warn(&format!("note: {notice}")));
    let metrics = arguments.metrics(field.is_operation())?;
    let mut columns: Vec<usize> = metrics.iter().map(|metric| metric.place).collect();
    columns.extend(untils.iter().map(Until::place));
    let over_time = ["messages", "payloads", "bytes", "redundancy", "aoi_ms"];
    let is_for_people = !arguments.json && !arguments.csv;
    if is_for_people
        && field.is_settled()
        && metrics.iter().any(|one| over_time.contains(&one.column().name))
    {
        warn(SETTLED);
    }
    let names = (0..choices.points.count()).map(|point| choices.name(point)).collect();
    let mut gathered = Samples::new(names, columns);
    let mut more = if untils.is_empty() { arguments.runs.unwrap_or(RUNS) } else { 0 };
    let is_narrow = loop {
        let progress = bar(more * u64::from(field.points()), "runs");
        gathered.run(&field, (arguments.seed, more), threads, &|n| progress.inc(n))?;
        progress.finish_and_clear();
        match until::step(&untils, gathered.runs(), &|place| gathered.moments(place)) {
            Step::More(needed) => more = needed,
            Step::Enough(told) => {
                told.iter().for_each(|why| warn(&format!("note: {why}")));
                break told.is_empty();
            }
        }
    };
    // What did not hold is not kept of all runs: the first of those is run again.
    let breach = match gathered.broken() {
        Some((seed, point)) => field.run(seed, u64::from(point))?.violation,
        None => None,
    };
    let exit = show(&choices, &metrics, (&gathered, breach.as_deref()), plot.as_ref())?;
    Ok(if is_narrow { exit } else { exit.or(Exit::Wide) })
}

fn show(
    choices: &Choices<'_>,
    metrics: &[Metric],
    (gathered, breach): (&Samples, Option<&Violation>),
    plot: Option<&Target>,
) -> Result<Exit, Failure> {
    let arguments = choices.arguments;
    let method = match arguments.interval {
        Intervals::Student => Method::Student,
        Intervals::Bca => Method::Bca,
    };
    let (names, runs, samples) = (gathered.names(), gathered.runs(), gathered.samples(metrics));
    if !compare::is_told(names.len()) {
        warn("note: too many choices to hold each to each other: who is dominated is not known");
    }
    let comparison = Comparison::new(&samples, metrics, method, arguments.seed);
    let compared = ComparisonReport {
        scenario: &arguments.file.display().to_string(),
        names,
        metrics,
        seed: arguments.seed,
        runs,
        comparison: &comparison,
        judged: gathered.judged(),
    };
    let text = match (arguments.json, arguments.csv) {
        (true, _) => json(&report::comparison_json(&compared)),
        (_, true) => report::comparison_csv(&compared)?,
        _ => format!("{}\n{}", arguments.head(&compared), report::comparison(&compared)),
    };
    // A picture that cannot be written, or a reader that has seen enough, takes nothing else along.
    let printed = print_beside(&text, plot.is_some_and(Target::is_stdout));
    if arguments.csv {
        warn(&format!("note: {}", gathered.judged().describe("runs")));
    }
    let exit = match gathered.broken() {
        None => Exit::Success,
        Some((seed, point)) => {
            let why = breach.map_or(String::new(), |breach| format!(": {breach}"));
            warn(&format!("error: a promise did not hold with {}{why}", names[point as usize]));
            warn(&choices.again(point, seed));
            Exit::Promise
        }
    };
    if let Some(plot) = plot {
        plot.write_text(&plot::of_comparison(&compared, &samples).svg())?;
    }
    printed.map(|()| exit)
}

impl Arguments {
    /// The metrics to compare by, each with its floor.
    fn metrics(&self, is_operation: bool) -> Result<Vec<Metric>, Diagnostic> {
        let places = match &self.metrics[..] {
            [] => until::usual_metrics(is_operation),
            names => until::metrics(names)?,
        };
        let metric = |place| Metric { place, floor: None };
        let mut metrics: Vec<_> = places.into_iter().map(metric).collect();
        for floor in self.floors() {
            read_floor(floor, &mut metrics)?;
        }
        Ok(metrics)
    }

    /// The floors, those of all metrics first: one that names a metric goes before them.
    fn floors(&self) -> Vec<&str> {
        let names = |floor: &&str| floor.trim().starts_with(|c: char| c.is_ascii_alphabetic());
        let given = || self.floor.iter().map(String::as_str);
        let mut floors: Vec<_> = given().filter(|floor| !names(floor)).collect();
        if floors.is_empty() {
            floors.push(FLOOR);
        }
        floors.extend(given().filter(names));
        floors
    }

    /// What is compared, in two lines.
    fn head(&self, compared: &ComparisonReport<'_>) -> String {
        let ComparisonReport { names, runs, comparison, .. } = *compared;
        let last = self.seed.wrapping_add(runs - 1);
        let counts = comparison.estimates.iter().flatten().map(|estimate| estimate.n);
        let fewer = report::incomplete(counts, runs);
        let fewer = fewer.map(|fewer| format!(" ({fewer} of them have a value)"));
        let floors = self.floors().join(", ");
        let method = match self.interval {
            Intervals::Student => "Student's t",
            Intervals::Bca => "BCa bootstrap",
        };
        format!(
            "{}: {} choices, {runs} runs each{}, seeds {} to {last}\n95 % intervals ({method}); words \
             hold for the table together (5 %, Holm); floor {floors}; r: correlation of paired runs\n",
            printable(&self.file.display().to_string()),
            names.len(),
            fewer.unwrap_or_default(),
            self.seed,
        )
    }
}

/// Reads `1%`, for all metrics, or `to_all_ms 5 ms`, for one.
fn read_floor(written: &str, metrics: &mut [Metric]) -> Result<(), Diagnostic> {
    let wrong = |message: &str| {
        let (title, label) = message.split_once("; ").unwrap_or((message, ""));
        Diagnostic::new(title).at("command line", written, 0..written.len()).label(label)
    };
    let text = written.trim();
    let named = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let end = if named { text.find([' ', '=', '±']).unwrap_or(text.len()) } else { 0 };
    let width = text[end..].trim_start_matches([' ', '=']);
    let place = if named { Some(until::metric(&text[..end], written)?) } else { None };
    if !named && !text.ends_with('%') && text != "0" {
        return Err(wrong(&format!(
            "`{text}` is a floor of no metric; expected `1%`, or a metric and its floor: `to_all_ms 5 ms`"
        )));
    }
    let mut met = false;
    for metric in
        metrics.iter_mut().filter(|metric| place.is_none_or(|place| place == metric.place))
    {
        met = true;
        let is_none = width.trim_end_matches(['%', ' ']).parse() == Ok(0.0);
        metric.floor = if is_none {
            None
        } else {
            Some(Precision::parse(width, METRICS[metric.place].unit).map_err(|m| wrong(&m))?)
        };
    }
    if met {
        Ok(())
    } else {
        Err(wrong("a floor of what is not compared; expected one of the metrics"))
    }
}

impl<'a> Choices<'a> {
    fn read(arguments: &'a Arguments) -> Result<Self, Failure> {
        let axis = |written: &String| {
            let line = AxisArg::read(written)?;
            Ok::<_, Diagnostic>(line.axis(&line.name))
        };
        let axes: Vec<Axis> = arguments.vary.iter().map(axis).collect::<Result<_, _>>()?;
        design::refuse_conflicting_args(("--set", &arguments.set), ("--vary", &axes))?;
        let points = Points::grid(&axes)?;
        if points.count() > MAX_CHOICES {
            let title = format!("{} choices; expected at most {MAX_CHOICES}", points.count());
            return Err(Failure::Misuse(title));
        }
        Ok(Self { arguments, axes, points })
    }

    fn levels(
        &self,
        point: u32,
    ) -> impl Iterator<Item = (&Axis, &crate::experiment::design::Level)> {
        let levels = self.axes.iter().zip(self.points.get(point));
        levels.map(|(axis, &level)| (axis, &axis.levels[level as usize]))
    }

    fn recipe(&self, point: u32) -> Recipe<'_> {
        let levels = self.levels(point).flat_map(|(_, level)| level.sets.iter().cloned());
        (&self.arguments.file, self.arguments.set.iter().cloned().chain(levels).collect())
    }

    /// A choice in words: protocols by their names, other values with their paths.
    fn name(&self, point: u32) -> String {
        let words = self.levels(point).map(|(axis, level)| match axis.name.as_str() {
            "exchange" | "coordination" | "exchange.use" | "coordination.use" => {
                level.value.to_string()
            }
            name => format!("{name}={}", level.value),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    fn blame(&self, point: u32, wrong: Diagnostic) -> Diagnostic {
        wrong.or_help(format!("with {}", self.name(point)))
    }

    /// The line that shows a run again.
    fn again(&self, point: u32, seed: u64) -> String {
        let (file, sets) = self.recipe(point);
        reproduce("run", Some(file), &[("--seed", seed.to_string())], &sets)
    }
}

/// A guess: a table of more is a sweep.
const MAX_CHOICES: u32 = 1000;
