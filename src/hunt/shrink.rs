//! The smallest scenario that still breaks a promise: A. Zeller, R. Hildebrandt, "Simplifying and
//! isolating failure-inducing input" (2002), on the tree of the file: whatever can go goes, the
//! large things first, until nothing can.

use toml::Table;

use super::edits::edits;
use super::{Quarry, Trial};
use crate::coordination;
use crate::exchange;
use crate::promise::Breach;

/// No more runs are tried on the way.
const MOST_TRIALS: u32 = 20_000;

/// Makes a quarry smaller as long as some promise breaks in it; what is broken in the smallest.
pub fn shrink<X, C>(quarry: &Quarry, breach: &Breach) -> (Quarry, Breach)
where
    X: exchange::Catalogue + 'static,
    C: coordination::Catalogue + 'static,
{
    let (mut smallest, mut broken) = (quarry.clone(), breach.clone());
    if let Some(folded) = quarry.folded()
        && let Trial::Broke(breach) = folded.try_out::<X, C>()
    {
        (smallest, broken) = (folded, breach);
    }
    let Ok(mut table) = smallest.scenario.toml.parse::<Table>() else {
        return (smallest, broken);
    };
    let mut trials = 0;
    'again: loop {
        for edit in edits(&table) {
            let smaller = edit.apply(&table);
            if smaller == table || trials >= MOST_TRIALS {
                continue;
            }
            trials += 1;
            let mut candidate = smallest.clone();
            candidate.scenario.toml = smaller.to_string();
            if let Trial::Broke(breach) = candidate.try_out::<X, C>() {
                (table, smallest, broken) = (smaller, candidate, breach);
                continue 'again;
            }
        }
        break;
    }
    smallest.drop_files();
    (smallest, broken)
}
