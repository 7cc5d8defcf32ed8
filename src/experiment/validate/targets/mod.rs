//! The validation targets, by section.

mod continuous;
mod counts;
mod epidemics;
mod geography;
mod rounds;

use super::{Aggregate, Observable, Printed, Target, Tolerance, ValidationWorld};

/// The sections. The missing numbers are reserved for coordinations.
pub const SECTIONS: [(u8, &str); 5] = [
    (1, "Rounds of gossip among 8 zones"),
    (2, "Gossip that forgets, among 1000 zones"),
    (3, "Continuous time, 8 zones"),
    (4, "Messages and steps"),
    (8, "Geography"),
];

/// All targets, in the order of sections.
pub fn all() -> Vec<Target> {
    [
        rounds::targets(),
        epidemics::targets(),
        continuous::targets(),
        counts::targets(),
        geography::targets(),
    ]
    .concat()
}

/// The common part of the targets of a world.
struct Series<'a> {
    id: &'a str,
    section: u8,
    source: &'static str,
    world: &'a ValidationWorld,
}

impl Series<'_> {
    /// A target whose id ends with a word.
    fn target(
        &self,
        (word, what): (&str, &str),
        (observable, aggregate): (Observable, Aggregate),
        expected: f64,
        tolerance: Tolerance,
    ) -> Target {
        Target {
            id: format!("{}.{word}", self.id),
            section: self.section,
            what: what.into(),
            source: self.source,
            world: self.world.clone(),
            observable,
            aggregate,
            expected,
            tolerance,
            printed: None,
        }
    }
}
