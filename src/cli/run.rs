//! `zonesim run`: runs a scenario once with a report, or many times with statistics.

use std::io::{self, BufWriter};
use std::iter;
use std::path::PathBuf;

use clap::Args;
use rand::Rng;

use super::exit::{Exit, Failure};
use super::load::{load_plan, note_unused_settings};
use super::progress::{Clock, bar};
use super::reproduce::reproduce;
use super::stderr::note;
use super::stderr::warn;
use super::stdout::{json, print, print_beside, printed};
use super::threads::threads;
use super::until::{self, Until};
use crate::engine::{Digest, ENGINES, Engine, JsonlWriter, turmoil};
use crate::experiment::results::{Draft, FileMark, Outputs, Target};
use crate::experiment::run::{MeasuredRun, Runner};
use crate::experiment::statistics::{Moments, Summary};
use crate::experiment::sweep;
use crate::id::NodeId;
use crate::metrics::invariants::{JudgedCount, Violation};
use crate::metrics::{COLUMNS, Goal, METRICS};
use crate::network::Links;
use crate::plan::{Plan, PlanOf};
use crate::protocol::ProtocolSet;
use crate::protocol::node::Protocols;
use crate::report::{
    self, AfterAction, AfterActionReport, Events, GoalOfRun, GoalOfRuns, RunJson, RunSummary,
    RunsJson, Summaries,
};
use crate::rng::stream;
use crate::scenario::{Inputs, printable};

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
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=MAX_RUNS))]
    runs: Option<u64>,
    /// Repeat until the 95 % interval is as narrow: 'to_all_ms ±2%'; may be given again. --runs is then
    /// the most [default: 100000]
    #[arg(long, value_name = "METRIC ±WIDTH")]
    until: Vec<String>,
    /// A condition on the metrics of a run, whose probability is told: 'captured_share >= 0.9 and spread
    /// <= 10min before 36h' (zonesim help metrics)
    #[arg(long, value_name = "CONDITION")]
    goal: Option<String>,
    /// Override a value, such as network.loss=0.05; may be given again
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// JSON instead of report and table
    #[arg(long)]
    json: bool,
    /// Every event in words instead of the report (of a single run)
    #[arg(long, conflicts_with_all = ["runs", "until", "json"])]
    events: bool,
    /// Write every event to a file, a line of JSON each (of a single run)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["runs", "until"])]
    trace: Option<PathBuf>,
    /// Replace a file that this program did not write
    #[arg(long)]
    overwrite: bool,
    /// Threads for --runs; all cores if not given. The bytes are the same with any number
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Run on turmoil what it is too slow for
    #[arg(long)]
    force: bool,
}

/// Quantiles need all values in memory, 200 bytes a run without an operation; those of this many runs take
/// up to 1 GB. A sweep has no such limit.
const MAX_RUNS: u64 = 2_000_000;

/// Runs a scenario.
pub fn run<P: Protocols>(arguments: &Arguments) -> Result<Exit, Failure> {
    let max = arguments.runs.unwrap_or(until::MAX_RUNS);
    let untils = Until::parse_all(&arguments.until, max, arguments.goal.is_some())?;
    let goal = arguments.goal.as_deref().map(Goal::from_argument).transpose()?;
    let inputs = Inputs::default();
    let (loaded, plan) = load_plan::<P>(&inputs, &arguments.file, &arguments.set)?;
    plan.warnings.iter().for_each(|warning| note(warning));
    note_unused_settings::<P>(&loaded);
    if arguments.engine == Engine::Turmoil && !arguments.force {
        turmoil::refusal(&plan).map_or(Ok(()), |reason| Err(Failure::Refused(reason)))?;
    }
    let runner = Runner::<P>::new(plan).with_goal(goal.as_ref())?;
    match arguments.runs {
        None if untils.is_empty() => single(arguments, &inputs, &runner),
        runs => many(arguments, &runner, runs.unwrap_or(0), &untils),
    }
}

fn single<P: Protocols>(
    arguments: &Arguments,
    inputs: &Inputs,
    runner: &Runner<P>,
) -> Result<Exit, Failure> {
    let plan = runner.plan();
    let trace = arguments.trace_target(inputs)?;
    let is_stdout_taken = trace.as_ref().is_some_and(Target::is_stdout);
    let mut writer =
        trace.as_ref().map(|trace| trace_writer(arguments, trace, plan)).transpose()?;
    let mut digest = Digest::default();
    let introduction = || introduction::<P>(arguments, plan);
    let mut events = arguments.events.then(|| {
        let out = BufWriter::new(io::stdout().lock());
        Events::new(plan, arguments.seed, out).after(&format!("{}\n\n", introduction()))
    });
    let safety = P::Coordination::safety(&plan.coordination);
    let mut after_action = AfterActionReport::new(plan, arguments.seed, safety);
    let is_summary = !arguments.events && after_action.is_none();
    let mut summary = is_summary.then(|| RunSummary::new(plan, arguments.seed));
    let clock = (arguments.engine == Engine::Turmoil).then(|| Clock::new(plan.horizon));
    let sinks =
        ((&mut digest, clock), ((&mut summary, &mut after_action), (&mut events, &mut writer)));
    let run = runner.run(arguments.engine, arguments.seed, sinks);
    trace.zip(writer).map_or(Ok(()), |(trace, writer)| finish_trace(&trace, writer))?;
    events.map_or(Ok(()), |events| printed(events.finish().map(drop)))?;
    let judged = JudgedCount::from(&run.liveness);
    let after_action = after_action.map(|report| report.facts());
    let text = if arguments.json {
        arguments.run_json(&run, &digest, &judged, after_action)
    } else {
        let report = after_action.filter(|_| !arguments.events);
        let report = report.map(|facts| report::after_action_text(&facts).trim_end().to_owned());
        let lines = report.or_else(|| summary.map(|summary| summary.lines().join("\n")));
        let head = lines.map_or(String::new(), |lines| format!("{}\n\n{lines}\n", introduction()));
        format!("{head}\n{}{}", run_text(&run, &digest, &judged), arguments.goal_text(&run))
    };
    print_beside(&text, is_stdout_taken)?;
    Ok(match run.violation {
        Some(violation) => report_violation(arguments, plan, arguments.seed, &violation),
        None => Exit::from(&judged),
    })
}

/// The metrics, the deliveries checked and the digest of a run.
fn run_text(run: &MeasuredRun, digest: &Digest, judged: &JudgedCount) -> String {
    let table = report::metrics(&run.row);
    let end = format!("digest {} of {} events", digest.hex(), digest.events());
    let clocks = run.clock_rounds.map_or(String::new(), |rounds| format!("{rounds}\n"));
    format!("{table}\n{}\n{clocks}{end}\n", judged.describe("deliveries"))
}

impl Arguments {
    /// Claims the file of the trace.
    fn trace_target(&self, inputs: &Inputs) -> Result<Option<Target>, Failure> {
        let Some(path) = &self.trace else { return Ok(None) };
        let trace = Outputs::new(inputs, self.overwrite).claim(path, FileMark::Trace)?;
        if trace.is_stdout() && self.events {
            let reason =
                "--events and --trace would share standard output; expected one of the two";
            return Err(Failure::Misuse(reason.into()));
        }
        Ok(Some(trace))
    }

    /// Whether the run reaches the goal, as a line; empty without a goal.
    fn goal_text(&self, run: &MeasuredRun) -> String {
        let Some((goal, is_reached)) = self.goal.as_deref().zip(run.goal) else {
            return String::new();
        };
        let reached = if is_reached { "reached" } else { "not reached" };
        format!("goal {reached}: {}\n", printable(goal.trim()))
    }

    fn run_json(
        &self,
        run: &MeasuredRun,
        digest: &Digest,
        judged: &JudgedCount,
        after_action: Option<AfterAction>,
    ) -> String {
        json(&RunJson {
            scenario: &self.file.display().to_string(),
            seed: self.seed,
            engine: self.engine.to_string(),
            digest: digest.hex(),
            violation: run.violation.as_deref(),
            liveness: judged,
            clock_rounds: run.clock_rounds,
            after_action,
            goal: self
                .goal
                .as_deref()
                .zip(run.goal)
                .map(|(goal, reached)| GoalOfRun { goal, reached }),
            metrics: &run.row,
        })
    }
}

/// Opens a trace and writes its header.
fn trace_writer<'a, E, C>(
    arguments: &Arguments,
    trace: &Target,
    plan: &'a Plan<E, C>,
) -> Result<JsonlWriter<'a, Draft>, Failure> {
    let mut writer = JsonlWriter::new(&plan.names, trace.open()?);
    writer.header(arguments.seed, plan.resolution);
    Ok(writer)
}

/// Completes a trace. A reader that closes its pipe is no error.
fn finish_trace(trace: &Target, writer: JsonlWriter<'_, Draft>) -> Result<(), Failure> {
    match writer.finish().and_then(Draft::finish) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::Closed),
        written => Ok(written.map_err(|error| trace.unwritable(&error))?),
    }
}

/// Runs `runs` seeds, or as many as `untils` need.
fn many<P: Protocols>(
    arguments: &Arguments,
    runner: &Runner<P>,
    runs: u64,
    untils: &[Until],
) -> Result<Exit, Failure> {
    let plan = runner.plan();
    let mut samples = RunSamples::default();
    let add = |samples: &mut RunSamples, more: u64| {
        samples.run(arguments, runner, more);
        Ok(samples.runs)
    };
    let moments =
        |samples: &RunSamples, metric: usize| vec![(String::new(), samples.moments[metric])];
    let is_narrow = until::repeat(untils, runs, &mut samples, add, moments)?;
    let values = std::mem::take(&mut samples.values);
    let summaries: Vec<_> = values.into_iter().map(Summary::new).collect();
    let text = if arguments.json {
        samples.json(arguments, &summaries)
    } else {
        let title = introduction::<P>(arguments, plan);
        let goal = samples.goal(arguments).map_or(String::new(), |goal| goal.text());
        format!("{title}\n{}{goal}", samples.text(arguments.seed, &summaries))
    };
    print(&text)?;
    let RunSamples { runs, violation, failed_runs, judged, .. } = samples;
    Ok(match violation {
        Some((seed, violation)) => {
            warn(&format!("error: {failed_runs} of {runs} runs failed"));
            report_violation(arguments, plan, seed, &violation)
        }
        None if is_narrow => Exit::from(&judged),
        None => Exit::from(&judged).or(Exit::Wide),
    })
}

/// Number of runs whose full results are in memory at a time; of the others only the values are.
const BLOCK: u64 = 1 << 15;

/// The results of many runs, with the values by metric because quantiles need them.
struct RunSamples {
    runs: u64,
    /// By column ([`crate::metrics::column`]).
    values: Vec<Vec<f64>>,
    moments: Vec<Moments>,
    /// The first violation and its seed.
    violation: Option<(u64, Box<Violation>)>,
    failed_runs: u64,
    judged: JudgedCount,
    /// Runs that decided a strike for a time beyond the horizon.
    strikes_beyond: u64,
}

impl Default for RunSamples {
    fn default() -> Self {
        let (values, moments) = (vec![Vec::new(); COLUMNS], vec![Moments::default(); COLUMNS]);
        let (violation, judged) = (None, JudgedCount::default());
        Self { runs: 0, values, moments, violation, failed_runs: 0, judged, strikes_beyond: 0 }
    }
}

impl RunSamples {
    /// Runs the next `count` seeds.
    fn run<P: Protocols>(&mut self, arguments: &Arguments, runner: &Runner<P>, count: u64) {
        let threads = threads(arguments.threads);
        let bar = bar(count, "runs");
        let mut left = count;
        while left > 0 {
            let block = left.min(BLOCK);
            let seeds = (arguments.seed.wrapping_add(self.runs), block);
            let runs = sweep::runs(runner, arguments.engine, seeds, threads, &|n| bar.inc(n));
            self.add(runs, seeds.0);
            left -= block;
        }
        bar.finish_and_clear();
    }

    /// Adds runs with consecutive seeds from `first`.
    fn add(&mut self, runs: Vec<MeasuredRun>, first: u64) {
        self.runs += runs.len() as u64;
        for (index, run) in (0..).zip(runs) {
            let metrics = self.values.iter_mut().zip(&mut self.moments);
            for ((values, moments), value) in metrics.zip(run.values()) {
                values.extend(value);
                moments.extend(value);
            }
            self.judged.add(run.liveness.unjudged());
            self.failed_runs += u64::from(run.violation.is_some());
            self.strikes_beyond += u64::from(run.strike_beyond);
            if let Some(violation) = run.violation.filter(|_| self.violation.is_none()) {
                self.violation = Some((first.wrapping_add(index), violation));
            }
        }
    }

    /// The probability of the goal, if there is one.
    fn goal<'a>(&self, arguments: &'a Arguments) -> Option<GoalOfRuns<'a>> {
        let goal = arguments.goal.as_deref()?;
        Some(GoalOfRuns::new(goal.trim(), &self.moments[METRICS.len()]))
    }

    fn json(&self, arguments: &Arguments, summaries: &[Summary]) -> String {
        json(&RunsJson {
            scenario: &arguments.file.display().to_string(),
            seed: arguments.seed,
            engine: arguments.engine.to_string(),
            runs: self.runs,
            failed_seed: self.violation.as_ref().map(|(seed, _)| *seed),
            failed_runs: self.failed_runs,
            liveness: &self.judged,
            strikes_beyond: self.strikes_beyond,
            goal: self.goal(arguments),
            metrics: Summaries(summaries),
        })
    }

    fn text(&self, first_seed: u64, summaries: &[Summary]) -> String {
        let runs = self.runs;
        let last = first_seed.wrapping_add(runs - 1);
        let counts = summaries.iter().map(|summary| summary.n).filter(|&n| n > 0);
        let incomplete = report::incomplete(counts, runs);
        let incomplete = incomplete.map(|count| format!("; {count} of them have a value (n)"));
        let seeds = format!("{runs} runs, seeds {first_seed} to {last}");
        let table = report::repeated(summaries);
        let judged = self.judged.describe("runs");
        let beyond = report::strikes_beyond(self.strikes_beyond, runs);
        format!("{seeds}{}\n\n{table}\n{judged}\n{beyond}", incomplete.unwrap_or_default())
    }
}

/// Writes a violation and the command that reproduces it.
fn report_violation<E, C>(
    arguments: &Arguments,
    plan: &Plan<E, C>,
    seed: u64,
    violation: &Violation,
) -> Exit {
    let at = report::clock(violation.at, plan.resolution);
    warn(&format!("error: an invariant did not hold, found at {}: {violation}", at.trim_start()));
    let options = [("--seed", seed.to_string()), ("--engine", arguments.engine.to_string())];
    warn(&reproduce("run", Some(&arguments.file), &options, &arguments.set));
    Exit::Violation
}

/// Describes the scenario in a few lines.
fn introduction<P: Protocols>(arguments: &Arguments, plan: &PlanOf<P>) -> String {
    let about = if plan.about.is_empty() { "A scenario without a name" } else { &plan.about };
    let about = printable(about);
    let hub = match plan.hub {
        Some(hub) => format!(", hub {}", plan.display_name(hub)),
        None => String::new(),
    };
    let zones = if plan.zones <= 12 {
        let names = (0..plan.zones).map(|zone| plan.display_name(NodeId(zone)));
        names.collect::<Vec<_>>().join(", ")
    } else {
        format!("{} to {}", &plan.names[0], &plan.names[plan.zones as usize - 1])
    };
    let exchange = P::Exchange::chosen(&plan.exchange);
    let coordination = P::Coordination::chosen(&plan.coordination);
    let engine = ENGINES.iter().find(|(_, engine, _)| *engine == arguments.engine);
    let faults = match plan.schedule(arguments.seed).faults().len() {
        1 => "1 fault".into(),
        faults => format!("{faults} faults"),
    };
    let loads = report::queue_loads(&plan.loads, &plan.names);
    let loads = loads.map_or(String::new(), |loads| format!("{loads}\n"));
    format!(
        "{about}\n{} zones: {zones}{hub}\n{}{loads}exchange {exchange}, coordination \
         {coordination}, {faults}, horizon {}\nseed {}, engine {}",
        plan.zones,
        links(plan),
        report::clock(plan.horizon, plan.resolution).trim_start(),
        arguments.seed,
        engine.map_or("", |(name, ..)| name),
    )
}

/// Formats the range of latencies of all links, or of a sample if there are many nodes.
fn links<E, C>(plan: &Plan<E, C>) -> String {
    let nodes = plan.nodes() as u32;
    if let Links::Uniform(link) = &plan.network.links {
        return format!("links of {} ms one way\n", plan.ms(link.latency()));
    }
    let all = || (0..nodes).flat_map(|a| (0..nodes).map(move |b| (NodeId(a), NodeId(b))));
    let is_sampled = nodes > MAX_LISTED_NODES;
    let links = if is_sampled { sampled_links(nodes) } else { all().collect() };
    let links = links.into_iter().filter(|(a, b)| a != b);
    let latencies: Vec<_> = links.map(|(a, b)| plan.network.links.get(a, b).latency()).collect();
    let min = plan.ms(latencies.iter().copied().min().unwrap_or_default());
    let max = plan.ms(latencies.iter().copied().max().unwrap_or_default());
    let range = if min < max { format!("{min} to ") } else { String::new() };
    let mean = if is_sampled {
        let sum = latencies.iter().map(|&latency| plan.ms(latency)).sum::<f64>();
        let mean = sum / latencies.len() as f64;
        format!(", {mean:.1} in the mean, of {} drawn", latencies.len())
    } else {
        String::new()
    };
    format!("links of {range}{max} ms one way{mean}\n")
}

/// Most nodes whose links are all read for the introduction; above, a sample of links is.
const MAX_LISTED_NODES: u32 = 256;
const SAMPLED_LINKS: usize = 10_000;

/// Samples links, the same for every run.
fn sampled_links(nodes: u32) -> Vec<(NodeId, NodeId)> {
    let mut rng = stream(0, "introduction", 0);
    let mut node = || rng.random_range(0..nodes);
    let links = iter::repeat_with(|| (NodeId(node()), NodeId(node())));
    links.filter(|(a, b)| a != b).take(SAMPLED_LINKS).collect()
}
