//! A CSV beside a scenario: rows of fields, each of which a message can point at.
//!
//! The first row names the columns. Blank lines and rows of empty fields, and comments from `#` to
//! the end of a line that begins with it, are passed over.

use std::collections::BTreeSet;
use std::iter::from_fn;
use std::ops::Range;

use super::csv_record::{CsvError, CsvRecord};
use crate::scenario::{Diagnostic, Loaded, RelativePath, nearest};
use crate::time::NanoDuration;

/// The rows of a file.
pub struct CsvTable {
    file: RelativePath,
    /// The names of the columns.
    pub header: CsvRecord,
}

/// No figure of a file is longer: 10,000 s.
const MAX_MS: f64 = 1e7;

impl CsvTable {
    /// Reads the file that the scenario names at `path`.
    pub fn read<E, C>(file: &str, path: &str, loaded: &Loaded<E, C>) -> Result<Self, Diagnostic> {
        let mut rows = Self { file: loaded.beside(file, path)?, header: CsvRecord::default() };
        if let Some(header) = CsvRecord::read(&rows.file.text, 0) {
            rows.header = header.map_err(|wrong| rows.wrong(wrong))?;
        }
        let mut names = BTreeSet::new();
        for (column, name) in rows.header.iter().enumerate() {
            if !name.is_empty() && !names.insert(name) {
                let title = format!("a second column `{name}`");
                let diagnostic = rows.at(&rows.header, Some(column), title);
                return Err(diagnostic.label("expected each column once"));
            }
        }
        Ok(rows)
    }

    /// The rows below the header, one by one.
    pub fn records(&self) -> impl Iterator<Item = Result<CsvRecord, Diagnostic>> + '_ {
        let mut at = Some(self.header.end());
        from_fn(move || {
            let record = CsvRecord::read(&self.file.text, at?)?;
            let record = record.map_err(|wrong| self.wrong(wrong)).and_then(|it| self.fits(it));
            at = record.as_ref().ok().map(CsvRecord::end);
            Some(record)
        })
    }

    /// Refuses a row that has not a field for each column.
    fn fits(&self, record: CsvRecord) -> Result<CsvRecord, Diagnostic> {
        let (fields, columns) = (record.len(), self.header.len());
        if fields == columns {
            return Ok(record);
        }
        let title = format!("a row of {fields} fields where the header has {columns}");
        let diagnostic = self.at(&record, None, title);
        Err(diagnostic.label("expected a field for each column, with commas between"))
    }

    fn wrong(&self, CsvError { title, label, place }: CsvError) -> Diagnostic {
        self.show(place, title.into()).label(label)
    }

    /// The place of a column, if there is one.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|field| field == name)
    }

    /// The place of a column out of those that must be there; `help` says which these are.
    pub fn needed(&self, name: &str, needed: &[&str], help: &str) -> Result<usize, Diagnostic> {
        self.column(name).ok_or_else(|| {
            let title = format!("there is no column `{name}`");
            let others = self.header.iter().filter(|field| !needed.contains(field));
            let meant = like(name, others);
            let place = meant.and_then(|field| self.column(field));
            let diagnostic = self.at(&self.header, place, title).help(help);
            diagnostic.label(match place {
                // One column alone was not taken apart.
                _ if self.header.len() < needed.len() => format!("expected {}", needed.join(",")),
                Some(_) => format!("did you mean `{name}`?"),
                None if self.header.len() <= 1 => format!("expected {name} in the first row"),
                None => format!("expected `{name}` among these"),
            })
        })
    }

    /// A field of milliseconds, 0 to 10,000,000; `what` says what it is if it is none.
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

    /// A message about a row, or about one of its fields.
    pub fn at(&self, row: &CsvRecord, column: Option<usize>, title: String) -> Diagnostic {
        self.show(self.place(row, column), title)
    }

    /// A message about a place of the file.
    pub fn show(&self, place: Range<usize>, title: String) -> Diagnostic {
        Diagnostic::new(title).at(&self.file.name, &self.file.text, place)
    }

    /// Where a row, or one of its fields, stands.
    pub fn place(&self, row: &CsvRecord, column: Option<usize>) -> Range<usize> {
        column.and_then(|column| row.field(column)).unwrap_or_else(|| row.place.clone())
    }
}

/// The name out of a file that may have meant this one.
pub fn like<'a>(
    name: &str,
    written: impl IntoIterator<Item = &'a str, IntoIter: Clone>,
) -> Option<&'a str> {
    let written = written.into_iter();
    let same = written.clone().find(|word| word.eq_ignore_ascii_case(name));
    same.or_else(|| nearest(name, written))
}
