//! The validation targets, by section.

mod continuous;
mod coordination;
mod counts;
mod epidemics;
mod geography;
mod links;
mod process;
mod queues;
mod reliability;
mod rounds;
mod series;

use super::Target;

/// The sections.
pub const SECTIONS: [(u8, &str); 18] = [
    (1, "Rounds of gossip among 8 zones"),
    (2, "Gossip that forgets, among 1000 zones"),
    (3, "Continuous time, 8 zones"),
    (4, "Messages and steps"),
    (5, "Coordinated attack"),
    (6, "Clocks"),
    (7, "Queues of desks and officers"),
    (8, "Geography"),
    (9, "Two-phase commit"),
    (10, "Links and order statistics"),
    (11, "Queues on links"),
    (12, "Ages of information"),
    (13, "Fanout and reliability"),
    (14, "Splits"),
    (15, "The process of leads"),
    (16, "Elections"),
    (17, "Quorums"),
    (18, "Reconciliation after a partition"),
];

/// All targets, in the order of sections.
pub fn all() -> Vec<Target> {
    [
        rounds::targets(),
        epidemics::targets(),
        continuous::targets(),
        counts::targets(),
        coordination::attacks_and_clocks(),
        queues::targets(),
        geography::targets(),
        coordination::two_phase_commit(),
        links::order_statistics(),
        links::queues(),
        links::ages(),
        reliability::fanouts(),
        coordination::splits(),
        process::targets(),
        coordination::elections(),
        coordination::quorums(),
        reliability::reconciliation(),
    ]
    .concat()
}
