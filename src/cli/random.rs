//! `zonesim verify --random`: verifies random scenarios, one for each seed.

use super::exit::{Exit, Failure};
use super::progress::bar;
use super::reproduce::reproduce;
use super::stderr::{note, warn};
use super::stdout::print;
use super::threads::cores;
use super::traces::{Comparison, compare};
use crate::engine;
use crate::experiment::fuzz::random::{self, Protocols};
use crate::experiment::run::Runner;
use crate::experiment::sweep;
use crate::metrics::invariants::{JudgedCount, Reason};
use crate::plan::Plan;
use crate::protocol::node;

/// The result of a random scenario.
enum CaseResult {
    /// The traces are equal: number of events, and why no delivery was checked, if none was.
    Equal(u64, Option<Reason>),
    /// The traces differ or an invariant was violated: the text to print.
    Failed(Exit, String),
    /// A protocol refuses the scenario.
    Refused(String),
}

/// Verifies `count` scenarios with consecutive seeds from `first`; endlessly if `count` is 0.
pub fn verify<P: node::Protocols>(first: u64, count: u64, set: &[String]) -> Result<Exit, Failure> {
    let cores = cores();
    let bar = bar(count, "scenarios");
    let mut totals = Totals { first, ..Totals::default() };
    while count == 0 || totals.done < count {
        let left = if count == 0 { u64::MAX } else { count - totals.done };
        let batch = left.min(cores as u64);
        let seeds = (first.wrapping_add(totals.done), batch);
        let verify = |seed| (seed, verify_caught::<P>(seed, set));
        for (seed, result) in sweep::par_map(seeds, cores, &|_| {}, &verify) {
            match result {
                CaseResult::Equal(events, unjudged) => {
                    totals.events += events;
                    totals.judged.add(unjudged);
                }
                CaseResult::Refused(reason) => {
                    totals.refused += 1;
                    bar.suspend(|| note(&format!("seed {seed} is passed over: {reason}")));
                }
                CaseResult::Failed(exit, text) => {
                    bar.finish_and_clear();
                    print(&text)?;
                    return Ok(exit);
                }
            }
        }
        totals.done += batch;
        bar.set_position(totals.done);
        if count == 0 && totals.done % SUMMARY_INTERVAL < batch {
            print(&totals.summary())?;
        }
    }
    bar.finish_and_clear();
    print(&totals.summary())?;
    Ok(totals.exit())
}

/// Totals of the scenarios so far.
#[derive(Default)]
struct Totals {
    first: u64,
    done: u64,
    refused: u64,
    events: u64,
    judged: JudgedCount,
}

impl Totals {
    fn summary(&self) -> String {
        let Self { first, done, refused, events, judged } = self;
        let last = first.wrapping_add(done - 1);
        let passed = if *refused > 0 { format!(", {refused} passed over") } else { String::new() };
        format!(
            "equal  {} random scenarios  seeds {first} to {last}{passed}  {events} events  {}\n",
            done - refused,
            judged.describe("scenarios"),
        )
    }

    /// The exit code; writes an error if no scenario was compared.
    fn exit(&self) -> Exit {
        if self.refused == self.done {
            warn("error: no scenario was compared: each is refused");
            return Exit::Scenario;
        }
        Exit::from(&self.judged)
    }
}

/// Verifies a scenario; a panic of a protocol is a violation.
fn verify_caught<P: node::Protocols>(seed: u64, set: &[String]) -> CaseResult {
    engine::catch(|| verify_case::<P>(seed, set)).unwrap_or_else(|panicked| {
        let text = format!("FAILED random scenario {seed}  a protocol panics: {panicked}");
        CaseResult::Failed(Exit::Violation, format!("{text}\n{}\n", reproduce_line(seed, set)))
    })
}

/// Number of scenarios between two summaries of an endless run.
const SUMMARY_INTERVAL: u64 = 1000;

fn verify_case<P: node::Protocols>(seed: u64, set: &[String]) -> CaseResult {
    let scenario = random::scenario(seed, &Protocols::new::<P>());
    let name = format!("random-{seed}.toml");
    let plan = scenario.load(&name, set).and_then(|loaded| Plan::new::<P>(&loaded));
    let plan = match plan {
        Ok(plan) => plan,
        Err(diagnostic) => return CaseResult::Refused(diagnostic.in_short()),
    };
    let (exit, mut text) = match compare(&Runner::<P>::new(plan), seed) {
        Comparison::Equal { events, liveness, .. } => {
            return CaseResult::Equal(events, liveness.unjudged());
        }
        Comparison::Differ(difference) => {
            (Exit::Difference, format!("DIFFER random scenario {seed}\n{difference}\n"))
        }
        Comparison::Violated(violation) => {
            (Exit::Violation, format!("FAILED random scenario {seed}  {violation}\n"))
        }
    };
    text += &format!("# {name}\n{}", scenario.toml);
    for (file, contents) in &scenario.files {
        text += &format!("# {file}\n{contents}");
    }
    CaseResult::Failed(exit, text + &reproduce_line(seed, set) + "\n")
}

fn reproduce_line(seed: u64, set: &[String]) -> String {
    reproduce("verify", None, &[("--random", "1".into()), ("--seed", seed.to_string())], set)
}
