//! `runs.csv`: RFC 4180, nothing where there is nothing to say, numbers in as few digits as give them
//! back.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use super::files::unwritable;
use super::table::{Cell, Schema};
use crate::scenario::Diagnostic;

/// A table in the making.
pub struct Table<'a> {
    path: &'a Path,
    writer: csv::Writer<&'a mut BufWriter<File>>,
}

impl<'a> Table<'a> {
    /// Begins it.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(
        path: &'a Path,
        file: &'a mut BufWriter<File>,
        schema: &Schema,
    ) -> Result<Self, Diagnostic> {
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(file);
        let names = schema.columns.iter().map(|column| &column.name);
        writer.write_record(names).map_err(|error| unwritable(path, &error))?;
        Ok(Self { path, writer })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// What the system says.
    pub fn add(&mut self, row: &[Cell<'_>]) -> Result<(), Diagnostic> {
        self.writer.serialize(row).map_err(|error| unwritable(self.path, &error))
    }

    /// Ends it.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(mut self) -> Result<(), Diagnostic> {
        self.writer.flush().map_err(|error| unwritable(self.path, &error))
    }
}
