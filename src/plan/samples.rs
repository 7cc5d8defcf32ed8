//! A file of measured jitter: a column `ms`; other columns are ignored.

use std::sync::Arc;

use super::csv_table::CsvTable;
use super::rounding::RoundedEntries;
use crate::scenario::{Diagnostic, Loaded};

const COLUMN: &str = "ms";

/// Reads the file that the scenario names at `path`: its delays in ticks, rounded to the nearest, in
/// the order of the file.
pub fn read<E, C>(
    file: &str,
    path: &str,
    loaded: &Loaded<E, C>,
    warnings: &mut Vec<String>,
) -> Result<Arc<[u64]>, Diagnostic> {
    let csv = CsvTable::read(file, path, loaded)?;
    let help = "a column ms of waits in milliseconds is needed, named in the first row; others \
                are allowed";
    let column = csv.require(COLUMN, &[COLUMN], help)?;
    let resolution = loaded.scenario.resolution;
    let mut entries = RoundedEntries::default();
    let ticks = csv.records().enumerate().map(|(row, record)| {
        let wait = csv.milliseconds(&record?, column, "wait")?;
        entries.add(wait, (resolution, 0), || format!("row {}", row + 1));
        Ok(wait.ticks(resolution).0)
    });
    let ticks = ticks.collect::<Result<Arc<[u64]>, Diagnostic>>()?;
    if ticks.is_empty() {
        let title = "a file without samples".into();
        let diagnostic = csv.at(&csv.header, Some(column), title);
        return Err(diagnostic.label("expected a row or more below this"));
    }
    entries.warn(file, resolution, warnings);
    Ok(ticks)
}
