//! The tests of the project, in one program: `cargo test --test main sweep::` runs those of a module.
//!
//! All tests share one process and run side by side. So a test sets no environment variable, panic hook
//! or working directory, measures no memory of its own process, and writes only below `scratch!()`. What
//! needs any of these starts a process: the built program, or this one again
//! (`common::this_program`).
//!
//! A test of more than some seconds is marked `#[ignore = "slow"]`; what takes minutes stands in
//! `tests/slow`. `cargo test --release --test main --test slow -- --ignored` runs both, and `.ci/run` the
//! former.

#[macro_use]
#[path = "../common/mod.rs"]
mod common;

mod access;
mod acknowledged;
mod after_action;
mod anti_entropy;
mod broadcast;
mod broken;
mod broken_commands;
mod broken_sweeps;
mod bulletin;
mod cli;
mod clock_sync;
mod compare;
mod consensus;
mod days;
mod defaults;
mod deputy;
mod designs;
mod directions;
mod drawing;
mod engines;
mod epidemics;
mod events;
mod examples;
mod fallback;
mod file_cycles;
mod flooding;
mod formulas;
mod goals;
mod growth;
mod hand_worlds;
mod hostile_names;
mod hosting;
mod hub_name;
mod id_sizes;
mod invariants;
mod item_sources;
mod links;
mod log;
mod logs;
mod measures;
mod mutations;
mod nemesis;
mod observers;
mod outputs;
mod overrides;
mod own_coordination;
mod own_protocol;
mod own_settings;
mod panicking;
mod permuted_zones;
mod physics;
mod places;
mod plots;
mod printed;
mod publishing;
mod quorum;
mod random;
mod random_attack;
mod random_overlays;
mod readme;
mod recurring_faults;
mod relay;
mod release;
mod rendezvous;
mod rounding;
mod scarce;
mod schema;
mod statistics;
mod sweep;
mod sweep_leads;
mod sweep_mutations;
mod sweep_pictures;
mod tables;
mod testing;
mod theory;
mod threshold_gossip;
mod tidy;
mod traces;
mod two_phase;
mod until;
mod validate;
mod words;
