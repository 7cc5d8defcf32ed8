//! `zonesim compare`: compares choices with common random numbers.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::exit::{Exit, Failure};
use super::load::note_unused;
use super::plot;
use super::progress::bar;
use super::reproduce::reproduce;
use super::stderr::{note, warn};
use super::stdout::{json, print_beside};
use super::threads::threads;
use super::until::{self, Until};
use crate::experiment::compare::{self, Comparison, Method, Metric, Samples};
use crate::experiment::design::{self, Axis, AxisArg, JobSeeds, Level, Points};
use crate::experiment::results::{Outputs, Target};
use crate::experiment::sweep::{PointRunner, PointScenario};
use crate::metrics::invariants::Violation;
use crate::metrics::{GOAL, Goal};
use crate::protocol::node::Protocols;
use crate::report::{self, ComparisonReport};
use crate::scenario::{Diagnostic, Inputs, TextPool, printable};

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
    /// The metrics to compare by; if none, time, messages and what was captured or did not reach all.
    /// Where a mean misleads, p10, p50 and p90 follow: if only some runs have a value, or if mean and
    /// median are more than a quarter of a standard deviation apart
    #[arg(long, value_name = "METRIC,..", value_delimiter = ',')]
    metrics: Vec<String>,
    /// Means that differ by no more than this are equivalent: of all metrics, as a share of the first
    /// choice's mean [default: 1%]; or of one, in its unit: 'to_all_ms 5 ms'; may be given again
    #[arg(long, value_name = "WIDTH", allow_hyphen_values = true)]
    min_effect: Vec<String>,
    /// A condition on the metrics of a run, compared as one more metric, goal: 'captured_share >= 0.9 and spread
    /// <= 10min before 36h' (zonesim help metrics)
    #[arg(long, value_name = "CONDITION")]
    goal: Option<String>,
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
    /// Student's t; of what is 0 or 1, Wilson's, and Tango's of differences
    Student,
    /// Bootstrap, bias-corrected and accelerated (2,000 resamples)
    Bca,
}

/// The note about metrics over time if the runs of the choices may differ in duration.
const SETTLED: &str = "note: a run ends once all is settled, so what is sent and how old things are \
                       is told until then; --set stop=horizon has it over the same time";

/// The choices: the points of a grid.
struct Choices<'a> {
    arguments: &'a Arguments,
    axes: Vec<Axis>,
    points: Points,
    goal: Option<Goal>,
}

/// Default of `--min-effect`. A guess.
const DEFAULT_MIN_EFFECT: &str = "1%";

/// Most runs of all choices together. Their values are held in memory, without an operation 300 bytes a
/// run: 1.2 GB. A sweep has no such limit.
const MAX_RUNS: u64 = 4_000_000;

/// Default number of runs of each choice, for intervals of about 1 % of most means. A guess.
const DEFAULT_RUNS: u64 = 100;

/// Runs all choices with the same seeds and compares them.
pub fn compare<P: Protocols>(arguments: &Arguments) -> Result<Exit, Failure> {
    let choices = Choices::read(arguments)?;
    let count = u64::from(choices.points.count());
    let runs = arguments.runs.unwrap_or(DEFAULT_RUNS);
    let max = arguments.runs.unwrap_or(until::MAX_RUNS.min(MAX_RUNS / count));
    let untils = Until::parse_all(&arguments.until, max, choices.goal.is_some())?;
    check_total(count * runs)?;
    let inputs = Inputs::default();
    let threads = threads(arguments.threads);
    let recipe = |point: u32| choices.recipe(point);
    let texts = TextPool::new(&inputs, (0..choices.points.count()).map(recipe));
    let texts = texts.parse();
    let goal = choices.goal.as_ref();
    let point_runner =
        PointRunner::<P>::new(&texts, choices.points.count(), (&recipe, goal), threads, &|_| {});
    let point_runner = point_runner.map_err(|(point, error)| choices.at_choice(point, error))?;
    let mut outputs = Outputs::new(&inputs, arguments.overwrite);
    let plot = plot::claim(&mut outputs, arguments.plot.as_deref())?;
    note_unused(point_runner.unused());
    note_warnings(point_runner.warnings());
    let metrics = arguments.metrics(point_runner.is_operation())?;
    if point_runner.is_settled() {
        arguments.warn_of_durations(&metrics);
    }
    let mut samples = Samples::new(choices.names(), indices(&metrics, &untils));
    let add = |samples: &mut Samples, more: u64| {
        let progress = bar(more * u64::from(point_runner.points()), "runs");
        samples.run(&point_runner, (arguments.seed, more), threads, &|n| progress.inc(n))?;
        progress.finish_and_clear();
        Ok(samples.runs())
    };
    let is_narrow = until::repeat(&untils, runs, &mut samples, add, Samples::moments)?;
    // Violations are not kept: the first run that has one is repeated.
    let violation = match samples.first_violation() {
        Some((seed, point)) => {
            point_runner.run(JobSeeds::common(seed), u64::from(point))?.violation
        }
        None => None,
    };
    let exit = show(&choices, &metrics, (&samples, violation.as_deref()), plot.as_ref())?;
    Ok(if is_narrow { exit } else { exit.or(Exit::Wide) })
}

fn check_total(runs: u64) -> Result<(), Failure> {
    if runs <= MAX_RUNS {
        return Ok(());
    }
    let title = format!("{runs} runs of all choices; expected at most {MAX_RUNS}, or a sweep");
    Err(Failure::Misuse(title))
}

/// The indices of the metrics to keep.
fn indices(metrics: &[Metric], untils: &[Until]) -> Vec<usize> {
    metrics.iter().map(|metric| metric.place).chain(untils.iter().map(Until::metric)).collect()
}

/// Writes the warnings of all points, each once.
fn note_warnings(warnings: &[(u32, String)]) {
    let warnings: BTreeSet<_> = warnings.iter().map(|(_, warning)| warning).collect();
    warnings.into_iter().for_each(|warning| note(warning));
}

/// Prints the comparison and writes the plot; the exit code says whether an invariant was violated.
fn show(
    choices: &Choices<'_>,
    metrics: &[Metric],
    (gathered, violation): (&Samples, Option<&Violation>),
    plot: Option<&Target>,
) -> Result<Exit, Failure> {
    let arguments = choices.arguments;
    let (names, samples) = (gathered.names(), gathered.samples(metrics));
    if !compare::is_told(names.len()) {
        warn("note: too many choices to compare all pairs: the Pareto front is not known");
    }
    let comparison = Comparison::new(&samples, metrics, arguments.interval.into(), arguments.seed);
    let report = ComparisonReport {
        scenario: &arguments.file.display().to_string(),
        names,
        metrics,
        seed: arguments.seed,
        runs: gathered.runs(),
        goal: choices.goal.as_ref().map(Goal::text),
        comparison: &comparison,
        judged: gathered.judged(),
        strikes_beyond: gathered.strikes_beyond(),
    };
    // A plot that cannot be written, or a reader that closes its pipe, does not affect the rest.
    let printed = print_beside(&arguments.text(&report)?, plot.is_some_and(Target::is_stdout));
    if arguments.csv {
        note(&gathered.judged().describe("runs"));
    }
    let exit = match gathered.first_violation() {
        None => Exit::Success,
        Some((seed, point)) => {
            let why = violation.map_or(String::new(), |violation| format!(": {violation}"));
            warn(&format!("error: an invariant did not hold with {}{why}", names[point as usize]));
            warn(&choices.reproduce(point, seed));
            Exit::Violation
        }
    };
    if let Some(plot) = plot {
        plot.write_text(&plot::comparison_figure(&report, &samples).svg())?;
    }
    printed.map(|()| exit)
}

impl From<Intervals> for Method {
    fn from(intervals: Intervals) -> Self {
        match intervals {
            Intervals::Student => Self::Student,
            Intervals::Bca => Self::Bca,
        }
    }
}

impl Arguments {
    /// The metrics to compare, each with its minimum effect.
    fn metrics(&self, is_operation: bool) -> Result<Vec<Metric>, Diagnostic> {
        let has_goal = self.goal.is_some();
        let named = until::metrics(&self.metrics, has_goal)?;
        let indices = until::shown(named, is_operation, has_goal);
        let metric = |place| Metric { place, min_effect: None };
        let mut metrics: Vec<_> = indices.into_iter().map(metric).collect();
        for min_effect in self.min_effects() {
            apply_min_effect(min_effect, &mut metrics)?;
        }
        Ok(metrics)
    }

    /// Warns of metrics that depend on the durations of runs, unless the output is for programs.
    fn warn_of_durations(&self, metrics: &[Metric]) {
        let is_text = !self.json && !self.csv;
        if is_text && metrics.iter().any(|metric| metric.column().depends_on_end) {
            warn(SETTLED);
        }
    }

    /// The output in the requested format.
    fn text(&self, report: &ComparisonReport<'_>) -> Result<String, Diagnostic> {
        Ok(match (self.json, self.csv) {
            (true, _) => json(&report::comparison_json(report)),
            (_, true) => report::comparison_csv(report)?,
            _ => format!("{}\n{}", self.head(report), report::comparison(report)),
        })
    }

    /// The minimum effects, those of all metrics first, so that one that names a metric overrides them.
    fn min_effects(&self) -> Vec<&str> {
        let has_name = |effect: &&str| effect.trim().starts_with(|c: char| c.is_ascii_alphabetic());
        let given = || self.min_effect.iter().map(String::as_str);
        let mut effects: Vec<_> = given().filter(|effect| !has_name(effect)).collect();
        if effects.is_empty() {
            effects.push(DEFAULT_MIN_EFFECT);
        }
        effects.extend(given().filter(has_name));
        effects
    }

    /// The two lines above the comparison.
    fn head(&self, report: &ComparisonReport<'_>) -> String {
        let ComparisonReport { names, metrics, runs, comparison, .. } = *report;
        let last = self.seed.wrapping_add(runs - 1);
        let counts = comparison.estimates.iter().flatten().map(|estimate| estimate.n);
        let incomplete = report::incomplete(counts, runs);
        let incomplete = incomplete.map(|count| format!(" ({count} of them have a value)"));
        let min_effects = self.min_effects().join(", ");
        let method = match self.interval {
            Intervals::Student if metrics.iter().any(|metric| metric.column().is_binary()) => {
                "Student's t; of what is 0 or 1 Wilson's, of its differences Tango's"
            }
            Intervals::Student => "Student's t",
            Intervals::Bca => "BCa bootstrap",
        };
        format!(
            "{}: {} choices, {runs} runs each{}, seeds {} to {last}\n95 % intervals ({method}); verdicts \
             hold for the table together (5 %, Holm); minimum effect {min_effects}; r: correlation of paired runs\n",
            printable(&self.file.display().to_string()),
            names.len(),
            incomplete.unwrap_or_default(),
            self.seed,
        )
    }
}

/// Sets the minimum effect of all metrics, as `1%`, or of one, as `to_all_ms 5 ms`.
fn apply_min_effect(written: &str, metrics: &mut [Metric]) -> Result<(), Diagnostic> {
    let error = |message: &str| {
        let (title, label) = message.split_once("; ").unwrap_or((message, ""));
        until::argument_error(written, title).label(label)
    };
    let text = written.trim();
    let has_name = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let end = if has_name { text.find([' ', '=', '±']).unwrap_or(text.len()) } else { 0 };
    let width = text[end..].trim_start_matches([' ', '=']);
    let has_goal = metrics.iter().any(|metric| metric.column().name == GOAL.name);
    let index = if has_name { Some(until::metric(&text[..end], written, has_goal)?) } else { None };
    if !has_name && !text.ends_with('%') && text != "0" {
        return Err(error(&format!(
            "`{text}` is a minimum effect of no metric; expected `1%`, or a metric and its minimum: `to_all_ms 5 ms`"
        )));
    }
    let mut is_applied = false;
    for metric in
        metrics.iter_mut().filter(|metric| index.is_none_or(|index| index == metric.place))
    {
        is_applied = true;
        let is_none = width.trim_end_matches(['%', ' ']).parse() == Ok(0.0);
        metric.min_effect = if is_none {
            None
        } else {
            Some(until::width(width, metric.column()).map_err(|m| error(&m))?)
        };
    }
    if is_applied {
        Ok(())
    } else {
        Err(error("a minimum effect of what is not compared; expected one of the metrics"))
    }
}

impl<'a> Choices<'a> {
    fn read(arguments: &'a Arguments) -> Result<Self, Failure> {
        let axis = |written: &String| {
            let argument = AxisArg::read(written)?;
            Ok::<_, Diagnostic>(argument.axis(&argument.name))
        };
        let axes: Vec<Axis> = arguments.vary.iter().map(axis).collect::<Result<_, _>>()?;
        design::refuse_conflicting_args(("--set", &arguments.set), ("--vary", &axes))?;
        let points = Points::grid(&axes)?;
        if points.count() > MAX_CHOICES {
            let title = format!("{} choices; expected at most {MAX_CHOICES}", points.count());
            return Err(Failure::Misuse(title));
        }
        let goal = arguments.goal.as_deref().map(Goal::from_argument).transpose()?;
        Ok(Self { arguments, axes, points, goal })
    }

    fn levels(&self, point: u32) -> impl Iterator<Item = (&Axis, &Level)> {
        let levels = self.axes.iter().zip(self.points.get(point));
        levels.map(|(axis, &level)| (axis, &axis.levels[level as usize]))
    }

    fn recipe(&self, point: u32) -> PointScenario<'_> {
        let levels = self.levels(point).flat_map(|(_, level)| level.sets.iter().cloned());
        (&self.arguments.file, self.arguments.set.iter().cloned().chain(levels).collect())
    }

    fn names(&self) -> Vec<String> {
        (0..self.points.count()).map(|point| self.name(point)).collect()
    }

    /// The name of a choice: protocols by name, other values with their paths.
    fn name(&self, point: u32) -> String {
        let words = self.levels(point).map(|(axis, level)| match axis.name.as_str() {
            "exchange" | "coordination" | "exchange.use" | "coordination.use" => {
                level.value.to_string()
            }
            name => format!("{name}={}", level.value),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    fn at_choice(&self, point: u32, error: Diagnostic) -> Diagnostic {
        error.or_help(format!("with {}", self.name(point)))
    }

    /// The line that reproduces a run.
    fn reproduce(&self, point: u32, seed: u64) -> String {
        let (file, sets) = self.recipe(point);
        reproduce("run", Some(file), &[("--seed", seed.to_string())], &sets)
    }
}

/// Most choices; larger designs need a sweep. A guess.
const MAX_CHOICES: u32 = 1000;
