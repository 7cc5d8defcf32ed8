//! The files of a sweep: a store of runs while it goes on, and tables at its end.
//!
//! Runs are written to the store ([`Store`]) as they end, in any order; a sweep that continues reads them
//! again. When all runs are there, the tables are made from the store: `runs.csv`, `runs.parquet` and
//! `points.csv`, each under a temporary name first. `leads.csv` is made on request, by repeating the
//! runs. `sweep.json` holds all inputs of the sweep. The bytes
//! of the tables depend on the points and seeds alone.

mod bundle;
mod csv;
mod file_mark;
mod files;
mod leads;
mod metadata;
mod parquet;
mod partial;
mod store;
mod table;
mod totals;

pub use bundle::Bundle;
pub use file_mark::{COMMENT, DRAWING, FileMark, POINTS};
pub use files::{Draft, Outputs, STDOUT, Target, unwritable};
pub use leads::{Repeat, write as write_leads};
pub use metadata::{LEADS_TABLE, Meta, SweepInputs, TABLES, digest};
pub use partial::{folder_of, remove_parts};
pub use store::{RunRecord, Store};
pub use table::{Cell, Column, Kind, Rows, Schema, columns, runs};
pub use totals::{PointTotals, Total, Totals};

use crate::scenario::Diagnostic;

/// Writes both tables of all rows, in parallel.
///
/// # Errors
/// An error of the system, or a run that is missing in the store. Existing files then stay.
pub fn write_tables(csv: &Target, parquet: &Target, rows: &Rows<'_>) -> Result<(), Diagnostic> {
    std::thread::scope(|scope| {
        let write_csv = || csv::write(csv, rows);
        let spawned = std::thread::Builder::new().spawn_scoped(scope, write_csv);
        let parquet_written = parquet::write(parquet, rows);
        // If no thread can be started, write one after the other.
        let csv_written = match spawned {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => write_csv(),
        };
        csv_written.and(parquet_written)
    })
}
