//! The lines that show something again: they name the program that printed them, and are as a shell
//! takes them.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::refuse_clashes;
use crate::scenario::fold_overrides;

/// The name of the program; none as long as none was told.
static PROGRAM: Mutex<Option<String>> = Mutex::new(None);

/// Takes the first argument of the process for the path of the program.
pub fn set_program(first: Option<&OsString>) {
    let name = first.and_then(|path| Path::new(path).file_name());
    let name = name.map(|name| name.to_string_lossy().into_owned());
    *PROGRAM.lock().unwrap_or_else(PoisonError::into_inner) = name;
}

fn program() -> String {
    let program = PROGRAM.lock().unwrap_or_else(PoisonError::into_inner);
    program.clone().unwrap_or_else(|| env!("CARGO_PKG_NAME").into())
}

/// The line of a report that shows a run again.
pub fn reproduce(
    verb: &str,
    file: Option<&Path>,
    options: &[(&str, String)],
    sets: &[String],
) -> String {
    format!("reproduce: {}", command(verb, file, options, sets))
}

/// A command of this program. None of its overrides puts another aside.
pub fn command(
    verb: &str,
    file: Option<&Path>,
    options: &[(&str, String)],
    sets: &[String],
) -> String {
    let mut line = format!("{} {verb}", shown(&program()));
    if let Some(file) = file {
        line += &format!(" {}", shown(&file.display().to_string()));
    }
    for (option, value) in options {
        line += &format!(" {option} {}", shown(value));
    }
    let is_refused = refuse_clashes(sets).is_err();
    let sets = if is_refused { fold_overrides(sets) } else { sets.to_vec() };
    line.extend(sets.iter().map(|set| format!(" --set {}", quoted(set))));
    line
}

/// A word in quotes that a shell takes off again.
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A word as a shell takes it, in quotes where it must be.
fn shown(word: &str) -> String {
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
            assert_eq!(shown(word), written);
        }
    }
}
