//! Lines on standard error.

use std::io::{self, Write};

use crate::scenario::printable_lines;

/// Writes a line to standard error, with control characters escaped. Write errors are ignored.
pub fn warn(text: &str) {
    warn_styled(&printable_lines(text));
}

/// Writes a note to standard error.
pub fn note(text: &str) {
    warn(&format!("note: {text}"));
}

/// Writes a line to standard error that may contain colours but no other control sequences.
pub fn warn_styled(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}
