//! `runs.csv`: RFC 4180; an empty field where there is no value; numbers with the fewest digits that
//! round-trip.

use super::files::Target;
use super::table::Rows;
use crate::scenario::Diagnostic;

/// Writes all rows.
///
/// # Errors
/// The file cannot be written, or a run is missing in the store.
pub fn write(target: &Target, rows: &Rows<'_>) -> Result<(), Diagnostic> {
    target.write(&mut |file| {
        let failed = |error: csv::Error| target.unwritable(&error);
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(file);
        let names = rows.schema.columns.iter().map(|column| &column.name);
        writer.write_record(names).map_err(failed)?;
        rows.each(&mut |row| writer.serialize(row).map_err(failed))?;
        writer.flush().map_err(|error| target.unwritable(&error))
    })
}
