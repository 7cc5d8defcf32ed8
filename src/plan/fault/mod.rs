//! Faults: those that a scenario lists, and those that its nemesis draws.
//!
//! What differs from kind to kind is in [`effects`]: reading, drawing, the line for people and the
//! table for a scenario file.

mod effects;
mod kind;
pub mod nemesis;
mod reader;
mod repeats;
mod shares;
mod text;

pub use kind::kind;
pub use shares::FaultShare;

use self::reader::Reader;
use super::node_table::NodeTable;
use crate::network::fault::Fault;
use crate::scenario::{Diagnostic, Loaded};
use crate::time::SimTime;

/// The faults that a scenario lists.
#[derive(Clone, Debug, Default)]
pub struct ListedFaults {
    /// Every occurrence, in the order of the file.
    pub faults: Vec<Fault>,
    /// Those of them whose nodes are drawn for each run.
    pub shares: Vec<FaultShare>,
}

/// Reads the `[[fault]]` tables, in order.
///
/// # Errors
/// An unknown node, no effect or two, or keys that do not belong to the effect.
pub fn compile<E, C>(
    loaded: &Loaded<E, C>,
    node_table: &NodeTable,
    horizon: SimTime,
) -> Result<ListedFaults, Diagnostic> {
    let mut listed = ListedFaults::default();
    let mut nodes = 0;
    for (number, fault) in (0..).zip(&loaded.scenario.fault.0) {
        let reader = Reader { loaded, node_table, path: format!("fault.{number}"), fault };
        let mut occurrences = reader.repeat(reader.read()?, horizon, &mut nodes)?;
        let shares = reader.shares(&mut occurrences, (number, listed.faults.len()))?;
        listed.shares.extend(shares);
        listed.faults.extend(occurrences);
    }
    Ok(listed)
}
