//! Exit codes, by class of failure.

use std::io;
use std::process::{ExitCode, Termination};

use super::{stderr, terminal};
use crate::experiment::validate::Verdict;
use crate::metrics::invariants::JudgedCount;
use crate::scenario::Diagnostic;

/// The exit codes of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The command succeeded.
    Success = 0,
    /// A target of validation was not reproduced.
    Missed = 1,
    /// Invalid arguments.
    Usage = 2,
    /// An invalid scenario or override.
    Scenario = 3,
    /// A file cannot be read or written.
    File = 4,
    /// Two traces that must be equal differ.
    Difference = 5,
    /// An engine refuses the scenario.
    Refused = 6,
    /// An invariant was violated.
    Violation = 8,
    /// A hosted service returned an error, or one of its tasks panicked.
    Service = 7,
    /// A target of validation could not be measured; the others were reproduced.
    Unknown = 9,
    /// No delivery was checked for liveness.
    Unjudged = 10,
    /// The interval width of `--until` was not reached.
    Wide = 11,
}

impl Exit {
    /// Returns this code, or `other` if this is [`Exit::Success`].
    pub(super) fn or(self, other: Self) -> Self {
        if self == Self::Success { other } else { self }
    }
}

impl From<&JudgedCount> for Exit {
    fn from(judged: &JudgedCount) -> Self {
        if judged.is_void() { Self::Unjudged } else { Self::Success }
    }
}

impl From<Verdict> for Exit {
    fn from(worst: Verdict) -> Self {
        match worst {
            Verdict::Pass => Self::Success,
            Verdict::Unknown => Self::Unknown,
            Verdict::Fail => Self::Missed,
        }
    }
}

const CODES: [(Exit, &str); 12] = [
    (Exit::Success, "success"),
    (Exit::Missed, "a figure was not reproduced"),
    (Exit::Usage, "wrong arguments"),
    (Exit::Scenario, "a wrong scenario or override"),
    (Exit::File, "a file cannot be read or written"),
    (Exit::Difference, "traces that must be equal differ"),
    (Exit::Refused, "an engine refuses the scenario"),
    (Exit::Service, "a hosted service failed"),
    (Exit::Violation, "an invariant was violated"),
    (Exit::Unknown, "a figure could not be measured, and every other was reproduced"),
    (Exit::Unjudged, "no delivery was judged"),
    (Exit::Wide, "the interval width of --until was not reached"),
];

/// Formats the codes, one a line.
pub fn table() -> String {
    CODES.iter().map(|&(exit, meaning)| format!("  {:>2}  {meaning}\n", exit as u8)).collect()
}

/// Formats the codes with a heading, for the help of a program.
pub fn codes() -> String {
    format!("Exit codes:\n{}", table())
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

/// Why a command cannot go on.
#[derive(Debug)]
pub enum Failure {
    /// An error in a file or an override.
    Diagnostic(Diagnostic),
    /// An argument that cannot be met.
    Misuse(String),
    /// An engine refuses the scenario.
    Refused(String),
    /// The reader of standard output has closed it; not an error.
    Closed,
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Diagnostic(diagnostic)
    }
}

impl Failure {
    pub fn unwritable(name: &str, error: &io::Error) -> Self {
        Self::Diagnostic(Diagnostic::unreadable(format!("cannot write {name}: {error}")))
    }

    /// Writes the message and returns the exit code.
    pub fn report(&self) -> Exit {
        match self {
            Self::Closed => Exit::Success,
            Self::Diagnostic(diagnostic) => {
                stderr::warn_styled(&diagnostic.render(terminal::has_colours(&io::stderr())));
                if diagnostic.is_unreadable() { Exit::File } else { Exit::Scenario }
            }
            Self::Misuse(reason) => {
                stderr::warn(&format!("error: {reason}"));
                Exit::Usage
            }
            Self::Refused(reason) => {
                stderr::warn(&format!("error: {reason}"));
                Exit::Refused
            }
        }
    }
}
