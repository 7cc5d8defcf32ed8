//! A CSV file that a scenario names, with diagnostics that point at its rows and fields.
//!
//! The first row names the columns. Blank lines, rows of empty fields and lines that begin with `#`
//! are skipped.

use std::collections::BTreeSet;
use std::iter::from_fn;
use std::ops::Range;

use super::csv_record::{CsvError, CsvRecord};
use crate::scenario::{Diagnostic, Loaded, RelativePath, nearest};
use crate::time::NanoDuration;

/// The fields that stand for a missing value.
pub const MISSING: [&str; 4] = ["", "-", "NA", "NaN"];

/// A CSV file; its records are parsed as they are read.
pub struct CsvTable {
    file: RelativePath,
    pub header: CsvRecord,
}

/// The largest duration in a file, in milliseconds.
const MAX_MS: f64 = 1e7;

impl CsvTable {
    /// Reads the file that the scenario names at `path`.
    ///
    /// # Errors
    /// A file that cannot be read, a malformed header, or two columns of one name.
    pub fn read<E, C>(file: &str, path: &str, loaded: &Loaded<E, C>) -> Result<Self, Diagnostic> {
        let mut csv = Self { file: loaded.beside(file, path)?, header: CsvRecord::default() };
        if let Some(header) = CsvRecord::read(&csv.file.text, 0) {
            csv.header = header.map_err(|error| csv.malformed(error))?;
        }
        let mut names = BTreeSet::new();
        for (column, name) in csv.header.iter().enumerate() {
            if !name.is_empty() && !names.insert(name) {
                let title = format!("a second column `{name}`");
                let diagnostic = csv.at(&csv.header, Some(column), title);
                return Err(diagnostic.label("expected each column once"));
            }
        }
        Ok(csv)
    }

    /// Iterates over the rows below the header, up to the first error.
    pub fn records(&self) -> impl Iterator<Item = Result<CsvRecord, Diagnostic>> + '_ {
        let mut at = Some(self.header.end());
        from_fn(move || {
            let record = CsvRecord::read(&self.file.text, at?)?;
            let record = record.map_err(|error| self.malformed(error));
            let record = record.and_then(|record| self.check_length(record));
            at = record.as_ref().ok().map(CsvRecord::end);
            Some(record)
        })
    }

    fn check_length(&self, record: CsvRecord) -> Result<CsvRecord, Diagnostic> {
        let (fields, columns) = (record.len(), self.header.len());
        if fields == columns {
            return Ok(record);
        }
        let title = format!("a row of {fields} fields where the header has {columns}");
        let diagnostic = self.at(&record, None, title);
        Err(diagnostic.label("expected a field for each column, with commas between"))
    }

    fn malformed(&self, CsvError { title, label, span }: CsvError) -> Diagnostic {
        self.show(span, title.into()).label(label)
    }

    /// Index of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|field| field == name)
    }

    /// Index of a column, one of those in `required`; `help` is the help text of the error.
    ///
    /// # Errors
    /// No such column, with the name nearest to it.
    pub fn require(&self, name: &str, required: &[&str], help: &str) -> Result<usize, Diagnostic> {
        self.column(name).ok_or_else(|| {
            let title = format!("there is no column `{name}`");
            let others = self.header.iter().filter(|field| !required.contains(field));
            let suggestion = closest(name, others).and_then(|field| self.column(field));
            let diagnostic = self.at(&self.header, suggestion, title).help(help);
            diagnostic.label(match suggestion {
                // Too few columns: probably another separator.
                _ if self.header.len() < required.len() => {
                    format!("expected {}", required.join(","))
                }
                Some(_) => format!("did you mean `{name}`?"),
                None if self.header.len() <= 1 => format!("expected {name} in the first row"),
                None => format!("expected `{name}` among these"),
            })
        })
    }

    /// Parses a field of milliseconds, 0 to [`MAX_MS`]; `what` names the quantity in the error.
    pub fn milliseconds(
        &self,
        record: &CsvRecord,
        column: usize,
        what: &str,
    ) -> Result<NanoDuration, Diagnostic> {
        let field = record.get(column).unwrap_or_default();
        match field.parse::<f64>() {
            Ok(ms) if (0.0..=MAX_MS).contains(&ms) => {
                Ok(NanoDuration::from_ns((ms * 1e6).round() as u64))
            }
            number => {
                let title = match field {
                    "" => format!("an empty field is no {what}"),
                    _ => format!("`{field}` is no {what}"),
                };
                let too_long = number.is_ok_and(|ms| ms > MAX_MS && ms.is_finite());
                let range = if too_long { "0 to 10000000" } else { "0 or more" };
                let label = format!("expected milliseconds, {range}, such as 39.033");
                Err(self.at(record, Some(column), title).label(label))
            }
        }
    }

    /// Builds a diagnostic that points at a row, or at the field of a column in it.
    pub fn at(&self, row: &CsvRecord, column: Option<usize>, title: String) -> Diagnostic {
        self.show(self.span(row, column), title)
    }

    /// Builds a diagnostic that points at a byte range of the file.
    pub fn show(&self, span: Range<usize>, title: String) -> Diagnostic {
        Diagnostic::new(title).at(&self.file.name, &self.file.text, span)
    }

    /// Byte range of a row, or of the field of a column in it.
    pub fn span(&self, row: &CsvRecord, column: Option<usize>) -> Range<usize> {
        column.and_then(|column| row.field_span(column)).unwrap_or_else(|| row.span.clone())
    }
}

/// Returns the candidate equal to `name` ignoring case, else the nearest one.
pub fn closest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str, IntoIter: Clone>,
) -> Option<&'a str> {
    let candidates = candidates.into_iter();
    let same = candidates.clone().find(|word| word.eq_ignore_ascii_case(name));
    same.or_else(|| nearest(name, candidates))
}
