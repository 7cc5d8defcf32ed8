//! Shrinks a scenario to a smaller one with the same violation: A. Zeller, R. Hildebrandt, "Simplifying and
//! isolating failure-inducing input" (2002), on the tree of the file.
//!
//! First, faults and items that are drawn from the seed are listed, so that they can be removed one by one.
//! Then values are removed, large ones first, and the rest are simplified. All this is repeated from other
//! seeds until nothing helps.

use toml::Table;

use super::event_limit::EventLimit;
use super::reductions::{Reduction, reductions};
use super::simplify::simplifications;
use super::test_case::{CaseResult, TestCase};
use crate::engine;
use crate::metrics::invariants::Violation;
use crate::protocol::node::Protocols;

/// The largest number of runs.
const MAX_TRIALS: u32 = 20_000;

/// A trial may have this many times the events of the first run, and these more. Guesses.
const LONGER: (u64, u64) = (4, 20_000);

/// The largest number of events of all runs: about a minute of computation.
const MAX_EVENTS: u64 = 300_000_000;

/// The number of seeds from which a smaller scenario is tried. A guess.
const SEEDS: u64 = 8;

/// Shrinks a test case as long as it has a violation of the same kind. Returns the smallest test case and
/// its violation.
pub fn shrink<P: Protocols>(case: &TestCase, violation: &Violation) -> (TestCase, Violation) {
    let mut search = Search {
        smallest: case.clone(),
        violation: violation.clone(),
        table: Table::new(),
        trials: 0,
        most_events: most_events::<P>(case),
        events: 0,
    };
    let steps =
        [TestCase::merged, TestCase::with_listed_faults::<P>, TestCase::with_listed_items::<P>];
    for step in steps {
        // A protocol may panic when the plan is made.
        if let Ok(Some(candidate)) = engine::catch(|| step(&search.smallest)) {
            search.accepts::<P>(candidate);
        }
    }
    let Ok(table) = search.smallest.scenario.toml.parse() else {
        return (search.smallest, search.violation);
    };
    search.table = table;
    loop {
        let current = [search.smallest.seed];
        let changed =
            search.pass::<P>(reductions, &current) | search.pass::<P>(simplifications, &current);
        let seed = search.smallest.seed;
        let others: Vec<_> = (1..=SEEDS).filter(|&other| other != seed).collect();
        if !changed && !search.reseed::<P>() && !search.pass::<P>(reductions, &others) {
            break;
        }
    }
    search.smallest.drop_files();
    (search.smallest, search.violation)
}

/// The largest number of events of a trial: without its horizon, for example, a run may go on for much
/// longer.
fn most_events<P: Protocols>(case: &TestCase) -> u64 {
    let mut first = EventLimit::new(u64::MAX);
    case.run_within::<P>(&mut first);
    first.events.saturating_mul(LONGER.0).saturating_add(LONGER.1)
}

struct Search {
    smallest: TestCase,
    violation: Violation,
    /// The scenario of `smallest`.
    table: Table,
    trials: u32,
    most_events: u64,
    /// The events of all trials.
    events: u64,
}

impl Search {
    fn may_try(&self) -> bool {
        self.trials < MAX_TRIALS && self.events < MAX_EVENTS
    }

    /// Accepts a candidate if it has a violation of the same kind: another kind is another bug.
    fn accepts<P: Protocols>(&mut self, candidate: TestCase) -> bool {
        self.trials += 1;
        let mut limit = EventLimit::new(self.most_events);
        let result = candidate.run_within::<P>(&mut limit);
        self.events = self.events.saturating_add(limit.events);
        let CaseResult::Violated(violation) = result else { return false };
        if violation.kind != self.violation.kind || limit.is_reached() {
            return false;
        }
        (self.smallest, self.violation) = (candidate, violation);
        true
    }

    /// Tries all reductions from some seeds. Returns whether one was accepted. After one was, the search
    /// continues at the same index: the reductions before it did not help.
    fn pass<P: Protocols>(
        &mut self,
        reductions: fn(&Table) -> Vec<Reduction>,
        seeds: &[u64],
    ) -> bool {
        let (mut all, mut next, mut has_changed) = (reductions(&self.table), 0, false);
        while let Some(reduction) = all.get(next) {
            let smaller = reduction.apply(&self.table);
            let is_accepted = smaller != self.table
                && seeds.iter().any(|&seed| {
                    let mut candidate = TestCase { seed, ..self.smallest.clone() };
                    candidate.scenario.toml = smaller.to_string();
                    self.may_try() && self.accepts::<P>(candidate)
                });
            if is_accepted {
                (self.table, has_changed) = (smaller, true);
                all = reductions(&self.table);
            } else {
                next += 1;
            }
        }
        has_changed
    }

    /// Tries lower seeds. Returns whether one was accepted.
    fn reseed<P: Protocols>(&mut self) -> bool {
        let lower = 1..self.smallest.seed.min(SEEDS + 1);
        lower.into_iter().any(|seed| {
            let candidate = TestCase { seed, ..self.smallest.clone() };
            self.may_try() && self.accepts::<P>(candidate)
        })
    }
}
