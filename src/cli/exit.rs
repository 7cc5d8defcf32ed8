//! Exit codes, by class of failure.

use std::io;
use std::process::{ExitCode, Termination};

use super::terminal;
use crate::experiment::validate::Verdict;
use crate::metrics::invariants::JudgedCount;
use crate::scenario::Diagnostic;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Success = 0,
    /// A figure that must be reproduced is not.
    Missed = 1,
    /// Arguments are wrong.
    Usage = 2,
    /// A scenario, or a value put over it, is wrong.
    Scenario = 3,
    /// A file cannot be read or written.
    File = 4,
    /// Two traces that must be equal differ.
    Difference = 5,
    /// An engine refuses the scenario.
    Refused = 6,
    /// A promise that holds in every run did not.
    Promise = 8,
    /// A hosted service returned an error, or a task of it panicked.
    Service = 7,
    /// A figure that must be reproduced could not be measured, and none was missed.
    Unknown = 9,
    /// Nothing was judged of liveness that was to be.
    Unjudged = 10,
    /// The width that `--until` asks for was not reached.
    Wide = 11,
}

impl Exit {
    /// This, or another if all is well.
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

/// The meaning of each code.
const CODES: [(Exit, &str); 12] = [
    (Exit::Success, "success"),
    (Exit::Missed, "a figure was not reproduced"),
    (Exit::Usage, "wrong arguments"),
    (Exit::Scenario, "a wrong scenario or override"),
    (Exit::File, "a file cannot be read or written"),
    (Exit::Difference, "traces that must be equal differ"),
    (Exit::Refused, "an engine refuses the scenario"),
    (Exit::Service, "a hosted service failed"),
    (Exit::Promise, "an invariant was violated"),
    (Exit::Unknown, "a figure could not be measured, and every other was reproduced"),
    (Exit::Unjudged, "no delivery was judged"),
    (Exit::Wide, "the interval width of --until was not reached"),
];

/// The codes, a line of each.
pub fn table() -> String {
    CODES.iter().map(|&(exit, meaning)| format!("  {:>2}  {meaning}\n", exit as u8)).collect()
}

/// The codes with a heading, for the help of a program.
pub fn codes() -> String {
    format!("Exit codes:\n{}", table())
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub enum Failure {
    /// Something wrong in a file or an override.
    Diagnostic(Diagnostic),
    /// What an argument asks for is not there.
    Misuse(String),
    /// An engine refuses.
    Refused(String),
    /// Nobody reads what is written.
    Closed,
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Diagnostic(diagnostic)
    }
}

impl Failure {
    /// A file that cannot be written.
    pub fn unwritable(name: &str, error: &io::Error) -> Self {
        Self::Diagnostic(Diagnostic::unreadable(format!("cannot write {name}: {error}")))
    }

    /// Says so and gives the code.
    pub fn report(&self) -> Exit {
        match self {
            Self::Closed => Exit::Success,
            Self::Diagnostic(diagnostic) => {
                super::warn_styled(&diagnostic.render(terminal::has_colours(&io::stderr())));
                if diagnostic.is_unreadable() { Exit::File } else { Exit::Scenario }
            }
            Self::Misuse(reason) => {
                super::warn(&format!("error: {reason}"));
                Exit::Usage
            }
            Self::Refused(reason) => {
                super::warn(&format!("error: {reason}"));
                Exit::Refused
            }
        }
    }
}
