//! The validation targets, by section.

mod continuous;
mod counts;
mod epidemics;
mod geography;
mod process;
mod queues;
mod rounds;
mod series;

use super::Target;

/// The sections. The missing numbers are reserved for coordinations.
pub const SECTIONS: [(u8, &str); 7] = [
    (1, "Rounds of gossip among 8 zones"),
    (2, "Gossip that forgets, among 1000 zones"),
    (3, "Continuous time, 8 zones"),
    (4, "Messages and steps"),
    (7, "Queues of desks and officers"),
    (8, "Geography"),
    (15, "The process of leads"),
];

/// All targets, in the order of sections.
pub fn all() -> Vec<Target> {
    [
        rounds::targets(),
        epidemics::targets(),
        continuous::targets(),
        counts::targets(),
        queues::targets(),
        geography::targets(),
        process::targets(),
    ]
    .concat()
}
