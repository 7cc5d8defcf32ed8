//! Why a text is no goal.

use std::ops::Range;

use crate::scenario::Diagnostic;

/// What is wrong with the text of a goal, where, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoalError {
    /// The part of the text that is wrong.
    pub range: Range<usize>,
    /// What is wrong.
    pub title: String,
    /// What was expected.
    pub label: String,
}

impl GoalError {
    pub(super) fn new(
        range: Range<usize>,
        title: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        Self { range, title: title.into(), label: label.into() }
    }

    /// The message without its place.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::new(&self.title).label(&self.label)
    }
}
