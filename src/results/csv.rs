//! `runs.csv`: RFC 4180, nothing where there is nothing to say.

use std::path::Path;

use super::files::{unwritable, write_whole};
use super::table::{Cell, Rows};
use crate::scenario::Diagnostic;

/// Writes all rows.
///
/// # Errors
/// What the system says.
pub fn write(path: &Path, rows: &Rows<'_>) -> Result<(), Diagnostic> {
    write_whole(path, &mut |file| {
        let failed = |error: csv::Error| unwritable(path, &error);
        let mut writer = csv::Writer::from_writer(file);
        let names = rows.schema.columns.iter().map(|column| &column.name);
        writer.write_record(names).map_err(failed)?;
        rows.each(&mut |row| {
            for cell in row {
                writer.write_field(text(cell)).map_err(failed)?;
            }
            writer.write_record(None::<&[u8]>).map_err(failed)
        })?;
        writer.flush().map_err(|error| unwritable(path, &error))
    })
}

/// A number is written in as few digits as give it back.
fn text(cell: &Cell) -> String {
    match cell {
        Cell::Whole(number) => number.to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Truth(truth) => truth.to_string(),
        Cell::Nothing => String::new(),
    }
}
