//! `zonesim verify --random`: scenarios drawn from numbers, on both engines, until told to stop.

use super::progress::bar;
use super::verify::{Comparison, compare};
use super::{Exit, Failure, cores, print, reproduce, warn};
use crate::engine;
use crate::experiment::fuzz::random::{self, Protocols};
use crate::experiment::run::Runner;
use crate::experiment::sweep;
use crate::metrics::invariants::{JudgedCount, Reason};
use crate::plan::Plan;
use crate::protocol::node;

/// What came of a random scenario.
enum Trial {
    /// The traces are equal: so many events, and why nothing was judged, if nothing was.
    Equal(u64, Option<Reason>),
    /// They differ, or a promise did not hold: what to print.
    Failed(Exit, String),
    /// A protocol does not work in such a world.
    Refused(String),
}

/// Verifies `count` scenarios from the seed `first` on, or goes on for ever if that is 0.
pub fn verify<P: node::Protocols>(first: u64, count: u64, set: &[String]) -> Result<Exit, Failure> {
    let cores = cores();
    let bar = bar(count, "scenarios");
    let (mut done, mut events, mut refused) = (0, 0, 0);
    let mut judged = JudgedCount::default();
    while count == 0 || done < count {
        let batch = if count == 0 { cores as u64 } else { (cores as u64).min(count - done) };
        let seeds = (first.wrapping_add(done), batch);
        let one = |seed| {
            let trial = engine::catch(|| trial::<P>(seed, set)).unwrap_or_else(|panicked| {
                let told = format!("BROKEN random scenario {seed}  a protocol panics: {panicked}");
                Trial::Failed(Exit::Promise, format!("{told}\n{}\n", again(seed, set)))
            });
            (seed, trial)
        };
        for (seed, trial) in sweep::par_map(seeds, cores, &|_| {}, &one) {
            match trial {
                Trial::Equal(more, unjudged) => {
                    events += more;
                    judged.add(unjudged);
                }
                Trial::Refused(reason) => {
                    refused += 1;
                    bar.suspend(|| warn(&format!("note: seed {seed} is passed over: {reason}")));
                }
                Trial::Failed(exit, text) => {
                    bar.finish_and_clear();
                    print(&text)?;
                    return Ok(exit);
                }
            }
        }
        done += batch;
        bar.set_position(done);
        if count == 0 && done % PACE < batch {
            print(&summary((first, done, refused), events, &judged))?;
        }
    }
    bar.finish_and_clear();
    print(&summary((first, done, refused), events, &judged))?;
    // Nothing compared is nothing proved.
    if refused == done {
        warn("error: no scenario was compared: each is refused");
    }
    Ok(if refused == done { Exit::Scenario } else { Exit::from(&judged) })
}

/// After so many scenarios a run without end says how far it is.
const PACE: u64 = 1000;

fn summary((first, done, refused): (u64, u64, u64), events: u64, judged: &JudgedCount) -> String {
    let last = first.wrapping_add(done - 1);
    let passed = if refused > 0 { format!(", {refused} passed over") } else { String::new() };
    format!(
        "equal  {} random scenarios  seeds {first} to {last}{passed}  {events} events  {}\n",
        done - refused,
        judged.describe("scenarios"),
    )
}

fn trial<P: node::Protocols>(seed: u64, set: &[String]) -> Trial {
    let scenario = random::scenario(seed, &Protocols::of::<P>());
    let name = format!("random-{seed}.toml");
    let plan = scenario.load(&name, set).and_then(|loaded| Plan::new::<P>(&loaded));
    let plan = match plan {
        Ok(plan) => plan,
        Err(diagnostic) => return Trial::Refused(diagnostic.in_short()),
    };
    let (exit, mut text) = match compare(&Runner::<P>::new(plan), seed) {
        Comparison::Equal { events, liveness, .. } => {
            return Trial::Equal(events, liveness.unjudged());
        }
        Comparison::Differ(difference) => {
            (Exit::Difference, format!("DIFFER random scenario {seed}\n{difference}\n"))
        }
        Comparison::Broken(breach) => {
            (Exit::Promise, format!("BROKEN random scenario {seed}  {breach}\n"))
        }
    };
    text += &format!("# {name}\n{}", scenario.toml);
    for (file, contents) in &scenario.files {
        text += &format!("# {file}\n{contents}");
    }
    Trial::Failed(exit, text + &again(seed, set) + "\n")
}

/// The line that shows it again.
fn again(seed: u64, set: &[String]) -> String {
    reproduce("verify", None, &[("--random", "1".into()), ("--seed", seed.to_string())], set)
}
