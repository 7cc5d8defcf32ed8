//! One row of a CSV (RFC 4180) with the byte range of each field. Blank lines, blanks around quotes
//! and comments are accepted because published tables have them.

use std::ops::Range;

/// The most fields of a row, each of which has its position kept. A guess: a matrix with so many columns is
/// larger than any file that is read.
const MAX_FIELDS: usize = 100_000;
const TOO_WIDE: &str = "a row of more than 100000 fields";

/// A row with at least one field that is not empty.
#[derive(Clone, Debug, Default)]
pub struct CsvRecord {
    /// The fields, concatenated, without quotes and surrounding blanks.
    text: String,
    /// By field, its end in `text` and its byte range in the file.
    fields: Vec<(usize, Range<usize>)>,
    /// Byte range in the file.
    pub span: Range<usize>,
}

#[derive(Debug)]
pub struct CsvError {
    pub title: &'static str,
    pub label: &'static str,
    /// Byte range in the file.
    pub span: Range<usize>,
}

impl CsvRecord {
    /// Reads the first row at or after byte `from`; `None` at the end of the file. Blank lines, rows of
    /// empty fields and comments are skipped.
    pub fn read(file: &str, from: usize) -> Option<Result<Self, CsvError>> {
        let mut at = from;
        loop {
            let rest = file.get(at..).filter(|rest| !rest.is_empty())?;
            let line = rest.find(['\n', '\r']).unwrap_or(rest.len());
            if rest.starts_with('#') || rest[..line].trim().is_empty() {
                at += (line + 1).min(rest.len());
                continue;
            }
            let mut record = Self { span: at..at, ..Self::default() };
            match record.read_fields(file, at) {
                Ok(end) if record.text.is_empty() => at = end,
                Ok(_) => return Some(Ok(record)),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Byte at which to look for the next row.
    pub fn end(&self) -> usize {
        self.span.end
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    pub fn get(&self, column: usize) -> Option<&str> {
        let (end, _) = self.fields.get(column)?;
        let start = column.checked_sub(1).map_or(0, |before| self.fields[before].0);
        Some(&self.text[start..*end])
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        (0..self.len()).filter_map(|column| self.get(column))
    }

    /// Byte range of a field in the file.
    pub fn field_span(&self, column: usize) -> Option<Range<usize>> {
        self.fields.get(column).map(|(_, span)| span.clone())
    }

    /// Appends the fields of the row at `from`; returns the end of the row.
    fn read_fields(&mut self, file: &str, from: usize) -> Result<usize, CsvError> {
        let byte = |at: usize| file.as_bytes().get(at).copied();
        let skip = |mut at: usize| {
            while matches!(byte(at), Some(b' ' | b'\t')) {
                at += 1;
            }
            at
        };
        let mut at = from;
        loop {
            let start = skip(at);
            if self.fields.len() == MAX_FIELDS {
                return Err(CsvError {
                    title: TOO_WIDE,
                    label: "expected fewer commas",
                    span: start..start,
                });
            }
            let end = match byte(start) {
                Some(b'"') => self.read_quoted(file, start)?,
                _ => self.read_plain(file, start),
            };
            at = skip(end);
            match byte(at) {
                Some(b',') => at += 1,
                None | Some(b'\n' | b'\r') => {
                    self.span.end = at;
                    return Ok(at);
                }
                Some(_) => {
                    return Err(CsvError {
                        title: "more behind a closing quote",
                        label: "expected a comma, or a quote written twice",
                        span: at..at + 1,
                    });
                }
            }
        }
    }

    fn read_plain(&mut self, file: &str, start: usize) -> usize {
        let rest = &file[start..];
        let written = &rest[..rest.find([',', '\n', '\r']).unwrap_or(rest.len())];
        let field = written.trim();
        let begins = start + written.len() - written.trim_start().len();
        self.text.push_str(field);
        self.fields.push((self.text.len(), begins..begins + field.len()));
        start + written.len()
    }

    fn read_quoted(&mut self, file: &str, start: usize) -> Result<usize, CsvError> {
        let mut at = start + 1;
        let before = self.text.len();
        while let Some(length) = file[at..].find('"') {
            self.text.push_str(&file[at..at + length]);
            at += length + 1;
            if !file[at..].starts_with('"') {
                let field = self.text.split_off(before);
                self.text.push_str(field.trim());
                self.fields.push((self.text.len(), start..at));
                return Ok(at);
            }
            self.text.push('"');
            at += 1;
        }
        Err(CsvError {
            title: "a quote that is never closed",
            label: "expected another quote behind the field",
            span: start..start + 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<(&str, &str)>> {
        let mut rows: Vec<Vec<(String, Range<usize>)>> = Vec::new();
        let mut at = 0;
        while let Some(record) = CsvRecord::read(text, at) {
            let record = record.expect("a row");
            at = record.end();
            let fields = record.iter().enumerate();
            rows.push(
                fields.map(|(n, field)| (field.into(), record.field_span(n).unwrap())).collect(),
            );
        }
        let row = |row: Vec<(String, Range<usize>)>| {
            row.into_iter().map(|(field, span)| (&*field.leak(), &text[span])).collect()
        };
        rows.into_iter().map(row).collect()
    }

    #[test]
    fn rows_are_read_as_published() {
        for (text, expected) in [
            ("a,b\n1,2", vec![vec![("a", "a"), ("b", "b")], vec![("1", "1"), ("2", "2")]]),
            ("\n \t \r\n# c,d\n a , b \r\n", vec![vec![("a", "a"), ("b", "b")]]),
            ("\"a\", \"b, c\" ,d\n", vec![vec![("a", "\"a\""), ("b, c", "\"b, c\""), ("d", "d")]]),
            ("\"a\"\"b\",\"\"\n", vec![vec![("a\"b", "\"a\"\"b\""), ("", "\"\"")]]),
            ("\"two\nlines\",x\n", vec![vec![("two\nlines", "\"two\nlines\""), ("x", "x")]]),
            ("a,\n,,\n , \"\"\n,b\n", vec![vec![("a", "a"), ("", "")], vec![("", ""), ("b", "b")]]),
            ("ü,\u{a0}é\u{a0},\n", vec![vec![("ü", "ü"), ("é", "é"), ("", "")]]),
            ("", vec![]),
            (",", vec![]),
        ] {
            assert_eq!(rows(text), expected, "{text:?}");
        }
    }

    #[test]
    fn malformed_rows_are_reported_at_the_byte() {
        for (text, title, start) in [
            ("\na,\"b\nc", "a quote that is never closed", 3),
            ("\"a\"b,c", "more behind a closing quote", 3),
        ] {
            let error = CsvRecord::read(text, 0).expect("a row").expect_err("malformed");
            assert_eq!((error.title, error.span.start), (title, start));
        }
        let error = CsvRecord::read(&",".repeat(MAX_FIELDS), 0).expect("a row").expect_err("wide");
        assert_eq!((error.title, error.span.start), (TOO_WIDE, MAX_FIELDS));
    }
}
