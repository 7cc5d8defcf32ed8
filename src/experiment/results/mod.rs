//! What a sweep leaves on the disk: a store of runs while it goes on, and tables of it in the end.
//!
//! The store ([`Store`]) is written as runs end, in any order, and read again by who goes on. The
//! tables are made of it when all runs are there: `runs.csv`, `runs.parquet` and `points.csv`, each
//! under a temporary name first. `sweep.json` holds all that they are made of. Their bytes depend on the points and seeds alone.

mod bundle;
mod csv;
mod file_mark;
mod files;
mod metadata;
mod parquet;
mod partial;
mod store;
mod table;
mod totals;

pub use bundle::Bundle;
pub use file_mark::{COMMENT, DRAWING, FileMark, POINTS};
pub use files::{Draft, Outputs, STDOUT, Target, folder_of, unwritable};
pub use metadata::{Meta, SweepInputs, TABLES};
pub use partial::remove_parts;
pub use store::{RunRecord, Store};
pub use table::{Cell, Column, Kind, Rows, Schema, columns, runs};
pub use totals::{PointTotals, Total, Totals};

use crate::scenario::Diagnostic;

/// Writes the tables of all rows, both at once.
///
/// # Errors
/// What the system says, or a run that is not there. What was there stays.
pub fn write_tables(csv: &Target, parquet: &Target, rows: &Rows<'_>) -> Result<(), Diagnostic> {
    std::thread::scope(|scope| {
        let lines = || csv::write(csv, rows);
        let spawned = std::thread::Builder::new().spawn_scoped(scope, lines);
        let columns = parquet::write(parquet, rows);
        // Without a thread to be had, one after the other.
        let lines = match spawned {
            Ok(lines) => lines.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => lines(),
        };
        lines.and(columns)
    })
}
