//! `runs.csv`: RFC 4180, nothing where there is nothing to say, numbers in as few digits as give them
//! back.

use std::path::Path;

use super::files::{unwritable, write_whole};
use super::table::Rows;
use crate::scenario::Diagnostic;

/// Writes all rows.
///
/// # Errors
/// What the system says.
pub fn write(path: &Path, rows: &Rows<'_>) -> Result<(), Diagnostic> {
    write_whole(path, &mut |file| {
        let failed = |error: csv::Error| unwritable(path, &error);
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(file);
        let names = rows.schema.columns.iter().map(|column| &column.name);
        writer.write_record(names).map_err(failed)?;
        rows.each(&mut |row| writer.serialize(row).map_err(failed))?;
        writer.flush().map_err(|error| unwritable(path, &error))
    })
}
