//! Random scenarios from a seed: zones, networks, faults, workloads and protocols of all kinds. They are small
//! and dense, so that many events fall in the same instants.
//!
//! The scenario of a seed may change between versions of this program, and never within one.

mod access;
mod clock_sync;
mod deputy;
mod draw;
mod generate;
mod item_sources;
mod latency_table;
mod link_order;
mod network;
mod overlay;
mod own;
mod process;
mod random_graph;
mod recurring;
mod scenario_file;
mod world;

pub use generate::{FAULTS_END, Protocols, lasting, scenario};
pub use scenario_file::Scenario;
