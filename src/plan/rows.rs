//! A CSV beside a scenario: rows of fields, each of which a message can point at.
//!
//! The first row names the columns. Blank lines, and comments from `#` to the end of a line that
//! begins with it, are passed over.

use std::ops::Range;

use csv::{Position, StringRecord};

use crate::scenario::{Beside, Diagnostic, Loaded, nearest};
use crate::time::Length;

/// The rows of a file.
pub struct Rows {
    file: Beside,
    /// The names of the columns.
    pub header: StringRecord,
}

/// No figure of a file is longer: 10,000 s.
const MOST_MS: f64 = 1e7;

impl Rows {
    /// Reads the file that the scenario names at `path`.
    pub fn read<E, C>(file: &str, path: &str, loaded: &Loaded<E, C>) -> Result<Self, Diagnostic> {
        let mut rows = Self { file: loaded.beside(file, path)?, header: StringRecord::default() };
        let header = rows.reader().headers().cloned();
        rows.header = header.map_err(|error| rows.unreadable(&error))?;
        Ok(rows)
    }

    fn reader(&self) -> csv::Reader<&[u8]> {
        let mut reader = csv::ReaderBuilder::new();
        reader.trim(csv::Trim::All).comment(Some(b'#')).from_reader(self.file.text.as_bytes())
    }

    /// The rows below the header, one by one.
    pub fn records(&self) -> impl Iterator<Item = Result<StringRecord, Diagnostic>> + '_ {
        self.reader().into_records().map(|record| record.map_err(|error| self.unreadable(&error)))
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
        record: &StringRecord,
        column: usize,
        what: &str,
    ) -> Result<Length, Diagnostic> {
        let field = record.get(column).unwrap_or_default();
        match field.parse::<f64>() {
            Ok(ms) if (0.0..=MOST_MS).contains(&ms) => {
                Ok(Length::from_ns((ms * 1e6).round() as u64))
            }
            number => {
                let title = match field {
                    "" => format!("an empty field is no {what}"),
                    _ => format!("`{field}` is no {what}"),
                };
                let too_long = number.is_ok_and(|ms| ms > MOST_MS && ms.is_finite());
                let range = if too_long { "0 to 10000000" } else { "0 or more" };
                let label = format!("expected milliseconds, {range}, such as 39.033");
                Err(self.at(record, Some(column), title).label(label))
            }
        }
    }

    /// A message about a row, or about one of its fields.
    pub fn at(&self, row: &StringRecord, column: Option<usize>, title: String) -> Diagnostic {
        self.show(self.place(row, column), title)
    }

    /// A message about a place of the file.
    pub fn show(&self, place: Range<usize>, title: String) -> Diagnostic {
        Diagnostic::new(title).at(&self.file.name, &self.file.text, place)
    }

    /// Where a row, or one of its fields, stands.
    pub fn place(&self, row: &StringRecord, column: Option<usize>) -> Range<usize> {
        let row = self.row(row.position());
        let text = &self.file.text[row.clone()];
        let mut fields = text.split(',');
        match column {
            // Quotes may hide commas: then it is the whole row.
            Some(column) if !text.contains('"') => {
                let before: usize = fields.by_ref().take(column).map(|field| field.len() + 1).sum();
                let field = fields.next().unwrap_or_default();
                let start = row.start + before + (field.len() - field.trim_start().len());
                start..start + field.trim().len()
            }
            _ => row,
        }
    }

    /// Where the row stands that the reader began to look for at a position: blank lines and
    /// comments may come before it.
    fn row(&self, position: Option<&Position>) -> Range<usize> {
        let text = &self.file.text;
        let mut start = position.map_or(0, |position| position.byte() as usize);
        for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
            if !line.trim().is_empty() && !line.starts_with('#') {
                return start..start + line.trim_end().len();
            }
            start += line.len();
        }
        text.len()..text.len()
    }

    fn unreadable(&self, error: &csv::Error) -> Diagnostic {
        let title = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("a row of {len} fields where the header has {expected_len}")
            }
            _ => error.to_string(),
        };
        let diagnostic = self.show(self.row(error.position()), title);
        diagnostic.label("expected a field for each column, with commas between")
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
