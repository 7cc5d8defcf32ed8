//! The capabilities of a terminal and the preferences of its user.

use std::env;
use std::ffi::OsString;
use std::io::IsTerminal;

/// Returns whether to write colours to a stream: it is a terminal with colours, and the user has not
/// disabled them (`NO_COLOR`, no-color.org; `CLICOLOR=0`, bixense.com/clicolors).
pub fn has_colours(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && allows_colours(|name| env::var_os(name))
}

/// Returns whether a stream is a terminal that can redraw a line.
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
    fn variables_disable_colours() {
        for (variables, expected) in [
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
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| OsString::from(value))
            };
            assert_eq!(allows_colours(variable), expected, "{variables:?}");
        }
    }
}
