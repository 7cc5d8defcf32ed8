//! A file of measured waits: a column `ms`, others allowed.

use std::sync::Arc;

use super::csv_table::CsvTable;
use super::rounding::RoundedEntries;
use crate::scenario::{Diagnostic, Loaded};

/// The column that must be there.
const WAITS: &str = "ms";

/// Reads the file that the scenario names at `path`: its waits in ticks, to the nearest, in the
/// order of the file.
pub fn read<E, C>(
    file: &str,
    path: &str,
    loaded: &Loaded<E, C>,
    notices: &mut Vec<String>,
) -> Result<Arc<[u64]>, Diagnostic> {
    let rows = CsvTable::read(file, path, loaded)?;
    let help = "a column ms of waits in milliseconds is needed, named in the first row; others \
                are allowed";
    let column = rows.needed(WAITS, &[WAITS], help)?;
    let resolution = loaded.scenario.resolution;
    let mut entries = RoundedEntries::default();
    let ticks = rows.records().enumerate().map(|(row, record)| {
        let wait = rows.milliseconds(&record?, column, "wait")?;
        entries.take(wait, (resolution, 0), || format!("row {}", row + 1));
        Ok(wait.ticks(resolution).0)
    });
    let ticks = ticks.collect::<Result<Arc<[u64]>, Diagnostic>>()?;
    if ticks.is_empty() {
        let title = "a file without samples".into();
        let diagnostic = rows.at(&rows.header, Some(column), title);
        return Err(diagnostic.label("expected a row or more below this"));
    }
    entries.tell(file, resolution, notices);
    Ok(ticks)
}
