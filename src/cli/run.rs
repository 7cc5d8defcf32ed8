//! `zonesim run`: one run and its story, or many and their table.

use std::io::{self, BufWriter};
use std::iter;
use std::path::PathBuf;

use clap::Args;
use rand::Rng;

use super::progress::{Clock, bar};
use super::until::{self, Step, Until};
use super::{Exit, Failure, cores, json, print, print_beside, printed, warn};
use super::{refuse_clashes, reproduce, say_unused};
use crate::engine::{Digest, ENGINES, Engine, JsonlWriter, turmoil};
use crate::experiment::results::{Draft, FileMark, Outputs, Target};
use crate::experiment::run::{MeasuredRun, Runner};
use crate::experiment::statistics::{Moments, Summary};
use crate::experiment::sweep;
use crate::id::NodeId;
use crate::metrics::METRICS;
use crate::metrics::invariants::{JudgedCount, Violation};
use crate::network::Links;
use crate::plan::{Plan, PlanOf};
use crate::protocol::ProtocolSet;
use crate::protocol::node::Protocols;
use crate::report::{self, Events, RunJson, RunSummary, RunsJson, Summaries};
use crate::rng::stream;
use crate::scenario::{self, Inputs, printable};

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
    /// Override a value, such as network.loss=0.05; may be given again
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// JSON instead of story and table
    #[arg(long)]
    json: bool,
    /// Every event in words instead of the story (of a single run)
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

/// Quantiles need all values: those of so many runs take some 2 GB. A sweep bears more.
const MAX_RUNS: u64 = 10_000_000;

/// Runs a scenario.
pub fn run<P: Protocols>(arguments: &Arguments) -> Result<Exit, Failure> {
    let most = arguments.runs.unwrap_or(until::MAX_RUNS);
    let untils = arguments.until.iter().map(|until| Until::read(until, most));
    let untils: Vec<_> = untils.collect::<Result<_, _>>()?;
    refuse_clashes(&arguments.set)?;
    let inputs = Inputs::default();
    let loaded = scenario::load_from(&inputs, &arguments.file, &arguments.set)?;
    let plan = Plan::new::<P>(&loaded)?;
    for notice in &plan.warnings {
        warn(&format!("note: {notice}"));
    }
    say_unused::<P>(&loaded);
    if arguments.engine == Engine::Turmoil && !arguments.force {
        turmoil::refusal(&plan).map_or(Ok(()), |reason| Err(Failure::Refused(reason)))?;
    }
    let runner = Runner::<P>::new(plan);
    match arguments.runs {
        None if untils.is_empty() => single(arguments, &inputs, &runner),
        runs => many(arguments, &runner, runs, &untils),
    }
}

fn single<P: Protocols>(
    arguments: &Arguments,
    inputs: &Inputs,
    runner: &Runner<P>,
) -> Result<Exit, Failure> {
    let plan = runner.plan();
    let trace = arguments.trace_target(inputs)?;
    let is_apart = trace.as_ref().is_some_and(Target::is_stdout);
    let mut lines = trace.as_ref().map(|trace| lines(arguments, trace, plan)).transpose()?;
    let mut digest = Digest::default();
    let mut events = arguments.events.then(|| {
        let title = format!("{}\n\n", introduction::<P>(arguments, plan));
        Events::new(plan, arguments.seed, BufWriter::new(io::stdout().lock())).after(&title)
    });
    let mut story = (!arguments.events).then(|| RunSummary::new(plan, arguments.seed));
    let clock = (arguments.engine == Engine::Turmoil).then(|| Clock::new(plan.horizon));
    let sinks = ((&mut digest, clock), ((&mut story, &mut events), &mut lines));
    let MeasuredRun { row, violation, liveness, .. } =
        runner.run(arguments.engine, arguments.seed, sinks);
    if let Some((trace, lines)) = trace.zip(lines) {
        finish(&trace, lines)?;
    }
    if let Some(events) = events {
        printed(events.finish().map(drop))?;
    }
    let judged = JudgedCount::from(&liveness);
    let text = if arguments.json {
        json(&RunJson {
            scenario: &arguments.file.display().to_string(),
            seed: arguments.seed,
            engine: arguments.engine.to_string(),
            digest: digest.hex(),
            breach: violation.as_deref(),
            liveness: &judged,
            metrics: &row,
        })
    } else {
        let told = story.map_or(String::new(), |story| {
            format!("{}\n\n{}\n", introduction::<P>(arguments, plan), story.lines().join("\n"))
        });
        let table = report::metrics(&row);
        let end = format!("digest {} of {} events", digest.hex(), digest.events());
        format!("{told}\n{table}\n{}\n{end}\n", judged.describe("deliveries"))
    };
    print_beside(&text, is_apart)?;
    Ok(match violation {
        Some(violation) => broken(arguments, plan, arguments.seed, &violation),
        None => Exit::from(&judged),
    })
}

impl Arguments {
    /// Where the trace goes.
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
}

/// A trace in the making, with its first line.
fn lines<'a, E, C>(
    arguments: &Arguments,
    trace: &Target,
    plan: &'a Plan<E, C>,
) -> Result<JsonlWriter<'a, Draft>, Failure> {
    let mut lines = JsonlWriter::new(&plan.names, trace.open()?);
    lines.header(arguments.seed, plan.resolution);
    Ok(lines)
}

/// Makes a trace whole. Who reads it through a pipe may have seen enough.
fn finish(trace: &Target, lines: JsonlWriter<'_, Draft>) -> Result<(), Failure> {
    match lines.finish().and_then(Draft::finish) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::Closed),
        written => Ok(written.map_err(|error| trace.unwritable(&error))?),
    }
}

/// Runs as many seeds as are asked for; whether the intervals are as narrow as they are to be.
fn gather<P: Protocols>(
    arguments: &Arguments,
    runner: &Runner<P>,
    runs: Option<u64>,
    untils: &[Until],
) -> (RunSamples, bool) {
    let threads = arguments.threads.map(usize::from).unwrap_or_else(cores);
    let mut gathered = RunSamples::default();
    let mut more = if untils.is_empty() { runs.unwrap_or(0) } else { 0 };
    loop {
        let bar = bar(more, "runs");
        while more > 0 {
            let block = more.min(BLOCK);
            let seeds = (arguments.seed.wrapping_add(gathered.runs), block);
            let done = sweep::runs(runner, arguments.engine, seeds, threads, &|n| bar.inc(n));
            gathered.add(done, seeds.0);
            more -= block;
        }
        bar.finish_and_clear();
        let values = |place: usize| vec![(String::new(), gathered.moments[place])];
        match until::step(untils, gathered.runs, &values) {
            Step::More(needed) => more = needed,
            Step::Enough(told) => {
                told.iter().for_each(|why| warn(&format!("note: {why}")));
                return (gathered, told.is_empty());
            }
        }
    }
}

fn many<P: Protocols>(
    arguments: &Arguments,
    runner: &Runner<P>,
    runs: Option<u64>,
    untils: &[Until],
) -> Result<Exit, Failure> {
    let plan = runner.plan();
    let (gathered, is_narrow) = gather(arguments, runner, runs, untils);
    let RunSamples { runs, values, breach, broken_runs, judged, strikes_beyond, .. } = gathered;
    let summaries: Vec<_> = values.into_iter().map(Summary::new).collect();
    let text = if arguments.json {
        json(&RunsJson {
            scenario: &arguments.file.display().to_string(),
            seed: arguments.seed,
            engine: arguments.engine.to_string(),
            runs,
            broken_seed: breach.as_ref().map(|(seed, _)| *seed),
            broken_runs,
            liveness: &judged,
            strikes_beyond,
            metrics: Summaries(&summaries),
        })
    } else {
        let title = introduction::<P>(arguments, plan);
        let last = arguments.seed.wrapping_add(runs - 1);
        let shown = summaries.iter().map(|summary| summary.n).filter(|&n| n > 0);
        let fewer = report::incomplete(shown, runs);
        let fewer = fewer.map(|fewer| format!("; {fewer} of them have a value (n)"));
        let seeds = format!("{runs} runs, seeds {} to {last}", arguments.seed);
        let table = report::repeated(&summaries);
        let judged = judged.describe("runs");
        let beyond = match strikes_beyond {
            0 => String::new(),
            some => format!("strikes beyond the horizon in {some} of {runs} runs\n"),
        };
        format!("{title}\n{seeds}{}\n\n{table}\n{judged}\n{beyond}", fewer.unwrap_or_default())
    };
    print(&text)?;
    Ok(match breach {
        Some((seed, breach)) => {
            warn(&format!("error: {broken_runs} of {runs} runs failed"));
            broken(arguments, plan, seed, &breach)
        }
        None if is_narrow => Exit::from(&judged),
        None => Exit::from(&judged).or(Exit::Wide),
    })
}

/// Runs that are held whole at a time; of all others the values are.
const BLOCK: u64 = 1 << 15;

/// What is kept of many runs: the values that quantiles need, by metric.
struct RunSamples {
    runs: u64,
    values: Vec<Vec<f64>>,
    moments: Vec<Moments>,
    breach: Option<(u64, Box<Violation>)>,
    broken_runs: u64,
    judged: JudgedCount,
    /// Runs in which the strike that was decided lies beyond the horizon.
    strikes_beyond: u64,
}

impl Default for RunSamples {
    fn default() -> Self {
        let (values, moments) =
            (vec![Vec::new(); METRICS.len()], vec![Moments::default(); METRICS.len()]);
        let (breach, judged) = (None, JudgedCount::default());
        Self { runs: 0, values, moments, breach, broken_runs: 0, judged, strikes_beyond: 0 }
    }
}

impl RunSamples {
    /// Adds runs of the seeds from `first` on.
    fn add(&mut self, runs: Vec<MeasuredRun>, first: u64) {
        self.runs += runs.len() as u64;
        for (place, run) in (0..).zip(runs) {
            let columns = self.values.iter_mut().zip(&mut self.moments);
            for ((values, moments), value) in columns.zip(run.row.values()) {
                values.extend(value);
                moments.extend(value);
            }
            self.judged.add(run.liveness.unjudged());
            self.broken_runs += u64::from(run.violation.is_some());
            self.strikes_beyond += u64::from(run.strike_beyond);
            if let Some(breach) = run.violation.filter(|_| self.breach.is_none()) {
                self.breach = Some((first.wrapping_add(place), breach));
            }
        }
    }
}

/// Says that a promise did not hold, and how to see it again.
fn broken<E, C>(arguments: &Arguments, plan: &Plan<E, C>, seed: u64, breach: &Violation) -> Exit {
    let at = report::clock(breach.at, plan.resolution);
    warn(&format!("error: a promise did not hold, found at {}: {breach}", at.trim_start()));
    let options = [("--seed", seed.to_string()), ("--engine", arguments.engine.to_string())];
    warn(&reproduce("run", Some(&arguments.file), &options, &arguments.set));
    Exit::Promise
}

/// What is about to be run, in a few lines.
fn introduction<P: Protocols>(arguments: &Arguments, plan: &PlanOf<P>) -> String {
    let about = if plan.about.is_empty() { "A scenario without a name" } else { &plan.about };
    let about = printable(about);
    let hub = match plan.hub {
        Some(hub) => format!(", hub {}", plan.display_name(hub)),
        None => String::new(),
    };
    let zones = if plan.zones <= 12 {
        let titles = (0..plan.zones).map(|zone| plan.display_name(NodeId(zone)));
        titles.collect::<Vec<_>>().join(", ")
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

/// How long the links take: all of them, or in a larger world some that are drawn.
fn links<E, C>(plan: &Plan<E, C>) -> String {
    let nodes = plan.nodes() as u32;
    if let Links::Uniform(link) = &plan.network.links {
        return format!("links of {} ms one way\n", plan.ms(link.latency()));
    }
    let all = || (0..nodes).flat_map(|a| (0..nodes).map(move |b| (NodeId(a), NodeId(b))));
    let ways = if nodes > MAX_LINKED { drawn(nodes) } else { all().collect() };
    let spans = ways.into_iter().filter(|(a, b)| a != b);
    let spans: Vec<_> = spans.map(|(a, b)| plan.network.links.get(a, b).latency()).collect();
    let shortest = plan.ms(spans.iter().copied().min().unwrap_or_default());
    let longest = plan.ms(spans.iter().copied().max().unwrap_or_default());
    let range = if shortest < longest { format!("{shortest} to ") } else { String::new() };
    let more = if nodes > MAX_LINKED {
        let mean = spans.iter().map(|&span| plan.ms(span)).sum::<f64>() / spans.len() as f64;
        format!(", {mean:.1} in the mean, of {} drawn", spans.len())
    } else {
        String::new()
    };
    format!("links of {range}{longest} ms one way{more}\n")
}

/// Nodes whose links are all looked at for an introduction; of more, so many links are.
const MAX_LINKED: u32 = 256;
const LINKS_DRAWN: usize = 10_000;

/// Ways between nodes, the same whatever the run.
fn drawn(nodes: u32) -> Vec<(NodeId, NodeId)> {
    let mut chance = stream(0, "introduction", 0);
    let mut node = || chance.random_range(0..nodes);
    let ways = iter::repeat_with(|| (NodeId(node()), NodeId(node())));
    ways.filter(|(a, b)| a != b).take(LINKS_DRAWN).collect()
}
