//! Targets of one world.

use crate::experiment::validate::{Aggregate, Observable, Target, Tolerance, ValidationWorld};

/// The common part of the targets of a world.
pub struct Series<'a> {
    pub id: &'a str,
    pub section: u8,
    pub source: &'static str,
    pub world: &'a ValidationWorld,
}

impl Series<'_> {
    /// A target whose id ends with a word.
    pub fn target(
        &self,
        (word, what): (&str, &str),
        (observable, aggregate): (Observable, Aggregate),
        expected: f64,
        tolerance: Tolerance,
    ) -> Target {
        Target {
            id: format!("{}.{word}", self.id),
            section: self.section,
            what: what.into(),
            source: self.source,
            world: self.world.clone(),
            observable,
            aggregate,
            expected,
            tolerance,
            printed: None,
        }
    }
}
