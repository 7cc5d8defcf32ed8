//! The smallest scenario that still breaks the same promise: A. Zeller, R. Hildebrandt, "Simplifying and
//! isolating failure-inducing input" (2002), on the tree of the file.
//!
//! What is drawn from the seed is listed first, so that it can go one by one. Then whatever can go
//! goes, the large things first; what is left gets simpler values; and all that once more from other
//! seeds, until nothing helps.

use toml::Table;

use super::reductions::{Reduction, reductions};
use super::simplify::simplifications;
use super::{CaseResult, TestCase};
use crate::engine;
use crate::metrics::invariants::Violation;
use crate::protocol::node::Protocols;

/// No more runs are tried on the way.
const MAX_TRIALS: u32 = 20_000;

/// What is smaller is tried from so many seeds. A guess.
const SEEDS: u64 = 8;

/// Makes a quarry smaller as long as a promise of the same kind breaks in it; what is broken in the
/// smallest.
pub fn shrink<P: Protocols>(quarry: &TestCase, breach: &Violation) -> (TestCase, Violation) {
    let mut search =
        Search { smallest: quarry.clone(), broken: breach.clone(), table: Table::new(), trials: 0 };
    let steps =
        [TestCase::folded, TestCase::with_listed_faults::<P>, TestCase::with_listed_items::<P>];
    for step in steps {
        // A protocol that panics when it is asked cannot be listed.
        if let Ok(Some(candidate)) = engine::catch(|| step(&search.smallest)) {
            search.accepts::<P>(candidate);
        }
    }
    let Ok(table) = search.smallest.scenario.toml.parse() else {
        return (search.smallest, search.broken);
    };
    search.table = table;
    loop {
        let own = [search.smallest.seed];
        let changed = search.pass::<P>(reductions, &own) | search.pass::<P>(simplifications, &own);
        let seed = search.smallest.seed;
        let others: Vec<_> = (1..=SEEDS).filter(|&other| other != seed).collect();
        if !changed && !search.reseed::<P>() && !search.pass::<P>(reductions, &others) {
            break;
        }
    }
    search.smallest.drop_files();
    (search.smallest, search.broken)
}

struct Search {
    smallest: TestCase,
    broken: Violation,
    /// The smallest, as it is edited.
    table: Table,
    trials: u32,
}

impl Search {
    /// Takes a candidate if the same promise breaks in it, by the same part of a node: another breach
    /// is another bug.
    fn accepts<P: Protocols>(&mut self, candidate: TestCase) -> bool {
        self.trials += 1;
        let CaseResult::Broke(breach) = candidate.run::<P>() else { return false };
        if breach.kind != self.broken.kind {
            return false;
        }
        (self.smallest, self.broken) = (candidate, breach);
        true
    }

    /// Tries every edit from some seeds; whether one was taken. After one that was, the next in its
    /// place is tried: what went before it did not help.
    fn pass<P: Protocols>(&mut self, edits: fn(&Table) -> Vec<Reduction>, seeds: &[u64]) -> bool {
        let (mut all, mut next, mut has_changed) = (edits(&self.table), 0, false);
        while let Some(edit) = all.get(next) {
            let smaller = edit.apply(&self.table);
            let is_taken = smaller != self.table
                && seeds.iter().any(|&seed| {
                    let mut candidate = TestCase { seed, ..self.smallest.clone() };
                    candidate.scenario.toml = smaller.to_string();
                    self.trials < MAX_TRIALS && self.accepts::<P>(candidate)
                });
            if is_taken {
                (self.table, has_changed) = (smaller, true);
                all = edits(&self.table);
            } else {
                next += 1;
            }
        }
        has_changed
    }

    /// Tries lower seeds.
    fn reseed<P: Protocols>(&mut self) -> bool {
        let lower = 1..self.smallest.seed.min(SEEDS + 1);
        lower.into_iter().any(|seed| {
            let candidate = TestCase { seed, ..self.smallest.clone() };
            self.trials < MAX_TRIALS && self.accepts::<P>(candidate)
        })
    }
}
