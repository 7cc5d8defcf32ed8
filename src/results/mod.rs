//! What a sweep leaves on the disk: a store of runs while it goes on, and tables of it in the end.
//!
//! The store ([`Store`]) is written as runs end, in any order, and read again by who goes on. The
//! tables are made of it when all runs are there: `runs.csv`, `runs.parquet` and `sweep.json`, each
//! under a temporary name first. Their bytes depend on the points and seeds alone.

mod csv;
mod files;
mod meta;
mod parquet;
mod store;
mod table;

pub use files::{new_beside, remove_parts, unwritable, write_whole};
pub use meta::Meta;
pub use store::{Record, Store};
pub use table::{Cell, Column, Kind, Rows, Schema, columns, runs};

use std::path::Path;

use crate::scenario::Diagnostic;

/// Writes the tables of all rows, both at once.
///
/// # Errors
/// What the system says, or a run that is not there. What was there stays.
pub fn write_tables(csv: &Path, parquet: &Path, rows: &Rows<'_>) -> Result<(), Diagnostic> {
    let lines = || csv::write(csv, rows);
    std::thread::scope(|scope| {
        let lines = scope.spawn(lines);
        let columns = parquet::write(parquet, rows);
        lines.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)).and(columns)
    })
}
