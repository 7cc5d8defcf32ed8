//! Text on standard output.

use std::io::{self, Write};

use super::exit::Failure;
use super::stderr::warn;

pub fn json(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).expect("numbers and names can be written");
    format!("{text}\n")
}

/// Writes to standard output; [`Failure::Closed`] if the reader has closed it.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Writes to standard output, or to standard error if a file output is standard output.
pub fn print_beside(text: &str, is_stdout_taken: bool) -> Result<(), Failure> {
    if is_stdout_taken {
        warn(text.trim_end());
        return Ok(());
    }
    print(text)
}

/// Converts the result of writing to standard output.
pub fn printed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::Closed),
        Err(error) => Err(Failure::unwritable("standard output", &error)),
        Ok(()) => Ok(()),
    }
}
