//! Parses arguments, and writes what is wrong with them.

use std::ffi::OsString;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::exit::Exit;
use super::stderr::warn;
use crate::scenario::{printable, printable_lines, renamed};

/// Parses arguments. On an error, writes the message and returns the exit code.
///
/// The parser quotes arguments unescaped, so the message is that for the arguments with control
/// characters and line breaks escaped: every line break in it then comes from the parser.
pub fn parsed<P: Parser>(arguments: &[OsString]) -> Result<P, Exit> {
    P::try_parse_from(arguments).map_err(|error| {
        let escaped = arguments.iter().map(|argument| match argument.to_str() {
            Some(text) => printable(text).into_owned().into(),
            None => argument.clone(),
        });
        misuse(&P::try_parse_from(escaped).err().unwrap_or(error), arguments)
    })
}

/// The present name of a command or an option of an earlier version, as a message.
fn renamed_argument(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let written = [ContextKind::InvalidSubcommand, ContextKind::InvalidArg];
    let written = written.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(written) => Some(written.as_str()),
        _ => None,
    })?;
    let options = [("fuzz", "--cases"), ("compare", "--min-effect")].into_iter();
    let options = options.filter(|(command, _)| arguments.iter().any(|word| word == command));
    let new = renamed(written, options.map(|(_, option)| option).chain(["fuzz"]))?;
    Some(format!("`{written}` is called `{new}`"))
}

/// Writes a usage error, or the help or version that the arguments ask for.
fn misuse(error: &clap::Error, arguments: &[OsString]) -> Exit {
    let is_unknown =
        matches!(error.kind(), ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument);
    if let Some(renamed) = renamed_argument(error, arguments).filter(|_| is_unknown) {
        warn(&format!("error: {renamed}"));
        return Exit::Usage;
    }
    let plain = error.render().to_string();
    if printable_lines(&plain) == plain {
        // A closed terminal cannot be written to.
        drop(error.print());
    } else {
        warn(plain.trim_end());
    }
    if error.use_stderr() { Exit::Usage } else { Exit::Success }
}
