//! `zonesim verify`: the event engine twice and turmoil once, and the three traces must be equal.

use std::path::{Path, PathBuf};

use clap::Args;

use super::progress::Clock;
use super::{Exit, Failure, print, random, refuse_clashes, reproduce, say_unused, warn};
use crate::engine::{
    self, Digest, Engine, Event, JsonlWriter, PanicMessage, RunEnd, TraceSink, turmoil,
};
use crate::experiment::run::{CheckedRun, Runner};
use crate::metrics::invariants::{JudgedCount, Liveness, Violation};
use crate::plan::{Plan, PlanOf};
use crate::protocol::WireMessage;
use crate::protocol::node::Protocols;
use crate::report::{self, clock};
use crate::scenario;
use crate::time::{NanoDuration, SimTime};

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Scenario files
    #[arg(required_unless_present = "random")]
    files: Vec<PathBuf>,
    /// Instead of files, so many scenarios drawn from seeds, from --seed on; without a number, until
    /// it is stopped
    #[arg(
        long, value_name = "N", num_args = 0..=1,
        value_parser = clap::value_parser!(u64).range(1..),
        conflicts_with_all = ["files", "seeds", "horizon", "force"]
    )]
    random: Option<Option<u64>>,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds to try, from --seed on
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// Compare no further than this
    #[arg(long, default_value = "60s", value_parser = some_time)]
    horizon: NanoDuration,
    /// Override a value, such as network.loss=0.05; may be given again
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Run on turmoil what it is too slow for
    #[arg(long)]
    force: bool,
}

/// A time above 0.
fn some_time(text: &str) -> Result<NanoDuration, String> {
    match text.parse::<NanoDuration>()? {
        NanoDuration { ns: 0 } => Err("nothing would be compared; expected a time above 0".into()),
        time => Ok(time),
    }
}

/// Verifies scenarios. All are tried; a difference is the exit code, else the first failure.
pub fn verify<P: Protocols>(arguments: &Arguments) -> Result<Exit, Failure> {
    refuse_clashes(&arguments.set)?;
    if let Some(count) = arguments.random {
        return random::verify::<P>(arguments.seed, count.unwrap_or(0), &arguments.set);
    }
    let mut worst = Exit::Success;
    for file in &arguments.files {
        let exit = verify_file::<P>(arguments, file).or_else(|failure| match failure {
            Failure::Closed => Err(failure),
            failure => Ok(failure.report()),
        })?;
        // A difference is what one came to look for; it outranks a file that could not be tried.
        if exit == Exit::Difference || worst == Exit::Success {
            worst = exit;
        }
    }
    Ok(worst)
}

fn verify_file<P: Protocols>(arguments: &Arguments, file: &Path) -> Result<Exit, Failure> {
    let name = file.display();
    let loaded = scenario::load(file, &arguments.set)?;
    let whole = Plan::new::<P>(&loaded)?;
    if !arguments.force
        && let Some(reason) = turmoil::refusal(&whole)
    {
        return Err(Failure::Refused(format!("{name}: {reason}")));
    }
    for notice in &whole.warnings {
        warn(&format!("note: {notice}"));
    }
    say_unused::<P>(&loaded);
    let horizon = whole.horizon;
    let runner = Runner::<P>::new(whole.truncated(arguments.horizon));
    let plan = runner.plan();
    for index in 0..arguments.seeds {
        let seed = arguments.seed.wrapping_add(index);
        let exit = match compare(&runner, seed) {
            Comparison::Equal { events, digest, liveness } => {
                let extent = extent(plan, horizon);
                let judged = JudgedCount::from(&liveness).describe("deliveries");
                print(&format!(
                    "equal  {name}  seed {seed}  {extent}  {events} events  {digest}  {judged}\n"
                ))?;
                if plan.realize(seed).order.is_empty() {
                    warn("note: no item is published by then; --horizon compares more");
                }
                continue;
            }
            Comparison::Differ(difference) => {
                print(&format!("DIFFER {name}  seed {seed}\n{difference}"))?;
                Exit::Difference
            }
            Comparison::Broken(breach) => {
                let at = clock(breach.at, plan.resolution);
                print(&format!("BROKEN {name}  seed {seed}  {}  {breach}\n", at.trim_start()))?;
                Exit::Promise
            }
        };
        let options = [("--seed", seed.to_string()), ("--horizon", arguments.horizon.to_string())];
        print(&format!("{}\n", reproduce("verify", Some(file), &options, &arguments.set)))?;
        return Ok(exit);
    }
    Ok(Exit::Success)
}

/// How much of what there is up to a horizon a plan goes through.
fn extent<E, C>(plan: &Plan<E, C>, horizon: SimTime) -> String {
    let until = |at: SimTime| clock(at, plan.resolution).trim_start().to_owned();
    if plan.horizon < horizon {
        format!("to {} of {}", until(plan.horizon), until(horizon))
    } else {
        format!("whole, {}", until(horizon))
    }
}

/// What came of a comparison.
pub enum Comparison {
    /// All three traces are equal.
    Equal {
        /// How many events.
        events: u64,
        /// The digest of them.
        digest: String,
        /// What was judged.
        liveness: Liveness,
    },
    /// Two differ; where, and how.
    Differ(String),
    /// All are equal, and a promise did not hold.
    Broken(Violation),
}

/// Runs a plan twice on the event engine and once on turmoil.
pub fn compare<P: Protocols>(runner: &Runner<P>, seed: u64) -> Comparison {
    let plan = runner.plan();
    let mut first = Digest::default();
    let CheckedRun { violation, liveness, end } = runner.check(Engine::Event, seed, &mut first);
    let panicked = end.err();
    // The engines tell the events of an instant in the same order but not as soon: what a panic lets
    // through of its own instant is not compared.
    let end = violation.as_ref().filter(|_| panicked.is_some()).map(|violation| violation.at);
    if end.is_some() {
        first = digest::<P>(Engine::Event, plan, seed, end).0;
    }
    for engine in [Engine::Event, Engine::Turmoil] {
        let (digest, other) = digest::<P>(engine, plan, seed, end);
        if digest.hex() != first.hex() || panicked != other {
            return Comparison::Differ(difference::<P>(plan, seed, engine));
        }
    }
    match violation {
        Some(violation) => Comparison::Broken(*violation),
        None => Comparison::Equal { events: first.events(), digest: first.hex(), liveness },
    }
}

/// The digest of a run, up to an instant if there is one, and the panic that ended it.
fn digest<P: Protocols>(
    engine: Engine,
    plan: &PlanOf<P>,
    seed: u64,
    end: Option<SimTime>,
) -> (Digest, Option<PanicMessage>) {
    let mut digest = DigestBefore { end, digest: Digest::default() };
    let clock = (engine == Engine::Turmoil).then(|| Clock::new(plan.horizon));
    let ran = engine::try_run::<P, _>(engine, plan, seed, &mut (&mut digest, clock));
    (digest.digest, ran.err())
}

/// The digest of what happens before an instant, or of all.
struct DigestBefore {
    end: Option<SimTime>,
    digest: Digest,
}

impl<M: WireMessage> TraceSink<M> for DigestBefore {
    fn record(&mut self, at: SimTime, event: &Event<'_, M>) {
        if self.end.is_none_or(|end| at < end) {
            self.digest.record(at, event);
        }
    }

    fn end(&mut self, ending: RunEnd) {
        TraceSink::<M>::end(&mut self.digest, ending);
    }
}

/// The first event in which two traces differ, with its neighbours.
fn difference<P: Protocols>(plan: &PlanOf<P>, seed: u64, other: Engine) -> String {
    let trace = |engine: Engine| {
        let mut lines = JsonlWriter::new(&plan.names, Vec::new());
        let ran = engine::try_run::<P, _>(engine, plan, seed, &mut lines);
        let text = String::from_utf8(lines.finish().unwrap_or_default()).unwrap_or_default();
        let panicked = ran.err().map(|panicked| format!("a protocol panics: {panicked}\n"));
        text + &panicked.unwrap_or_default()
    };
    report::first_difference(("event", &trace(Engine::Event)), (&other.to_string(), &trace(other)))
}
