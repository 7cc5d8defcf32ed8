//! Faults: those that a scenario lists, and those that its nemesis draws.
//!
//! What differs from kind to kind is in [`effects`]: reading, drawing, the line for people and the
//! table for a scenario file.

mod effects;
mod kind;
pub mod nemesis;
mod reader;
mod text;

pub use kind::kind;

use self::reader::Reader;
use super::node_table::NodeTable;
use crate::network::fault::Fault;
use crate::scenario::{Diagnostic, Loaded};

/// Reads the `[[fault]]` tables, in order.
///
/// # Errors
/// An unknown node, no effect or two, or keys that do not belong to the effect.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
) -> Result<Vec<Fault>, Diagnostic> {
    let faults = loaded.scenario.fault.0.iter().enumerate();
    let read = faults.map(|(number, fault)| {
        Reader { loaded, node_table, path: format!("fault.{number}"), fault }.read()
    });
    read.collect()
}
