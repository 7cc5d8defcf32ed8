//! What a terminal can show, and what its user wants to see.

use std::env;
use std::ffi::OsString;
use std::io::IsTerminal;

/// Whether to write colours to a stream: to a terminal that can show them, unless the user asks for
/// none (`NO_COLOR`, no-color.org; `CLICOLOR=0`, bixense.com/clicolors).
pub fn has_colours(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && allows_colours(|name| env::var_os(name))
}

/// Whether a stream is a terminal on which a line can be written anew.
pub fn can_redraw(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && !is_dumb(&|name| env::var_os(name))
}

fn allows_colours(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let refuses = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_off = variable("CLICOLOR").is_some_and(|value| value == "0");
    !refuses && !is_off && !is_dumb(&variable)
}

fn is_dumb(variable: &impl Fn(&str) -> Option<OsString>) -> bool {
    variable("TERM").is_some_and(|value| value == "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_says_whether_there_are_colours() {
        for (says, expected) in [
            (&[][..], true),
            (&[("TERM", "xterm-256color")], true),
            (&[("NO_COLOR", "1")], false),
            (&[("NO_COLOR", "0")], false),
            (&[("NO_COLOR", "")], true),
            (&[("CLICOLOR", "0")], false),
            (&[("CLICOLOR", "1")], true),
            (&[("CLICOLOR", "1"), ("NO_COLOR", "yes")], false),
            (&[("TERM", "dumb")], false),
            (&[("TERM", "dumb"), ("CLICOLOR", "1")], false),
        ] {
            let variable = |name: &str| {
                let found = says.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| OsString::from(value))
            };
            assert_eq!(allows_colours(variable), expected, "{says:?}");
        }
    }
}
