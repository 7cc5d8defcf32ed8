//! Command lines that reproduce a result, with the name of this program, quoted for a shell.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::load::refuse_conflicts;
use crate::scenario::fold_overrides;

/// The name of the program; `None` until [`set_program`] is called.
static PROGRAM: Mutex<Option<String>> = Mutex::new(None);

/// Sets the name of the program from the first argument of the process.
pub fn set_program(first: Option<&OsString>) {
    let name = first.and_then(|path| Path::new(path).file_name());
    let name = name.map(|name| name.to_string_lossy().into_owned());
    *PROGRAM.lock().unwrap_or_else(PoisonError::into_inner) = name;
}

fn program() -> String {
    let program = PROGRAM.lock().unwrap_or_else(PoisonError::into_inner);
    program.clone().unwrap_or_else(|| env!("CARGO_PKG_NAME").into())
}

/// Returns the line of a report with the command that reproduces a run.
pub fn reproduce(
    verb: &str,
    file: Option<&Path>,
    options: &[(&str, String)],
    sets: &[String],
) -> String {
    format!("reproduce: {}", command(verb, file, options, sets))
}

/// Returns a command line of this program. If the overrides conflict, they are folded so that they no
/// longer do.
pub fn command(
    verb: &str,
    file: Option<&Path>,
    options: &[(&str, String)],
    sets: &[String],
) -> String {
    let mut line = format!("{} {verb}", shell_word(&program()));
    if let Some(file) = file {
        line += &format!(" {}", shell_word(&file.display().to_string()));
    }
    for (option, value) in options {
        line += &format!(" {option} {}", shell_word(value));
    }
    let is_refused = refuse_conflicts(sets).is_err();
    let sets = if is_refused { fold_overrides(sets) } else { sets.to_vec() };
    line.extend(sets.iter().map(|set| format!(" --set {}", quoted(set))));
    line
}

/// Quotes a word for a shell.
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Quotes a word for a shell if it needs quotes.
fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/\\:._-+=@%,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) { word.into() } else { quoted(word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_split_them() {
        for (word, written) in
            [("a/b-1.toml", "a/b-1.toml"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("", "''")]
        {
            assert_eq!(shell_word(word), written);
        }
    }
}
