//! Validation targets: figures that runs must reproduce.

use super::{Observable, ValidationWorld};
use crate::scenario::nearest;

/// A figure that runs must reproduce.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Words separated by dots: `gossip.push.mean`.
    pub id: String,
    /// A section number of [`super::SECTIONS`].
    pub section: u8,
    /// A description in a few words.
    pub what: String,
    /// A paper and its table, or the method of computation.
    pub source: &'static str,
    /// The scenario that is run.
    pub world: ValidationWorld,
    /// The value of a run.
    pub observable: Observable,
    /// The aggregate of the values of all runs.
    pub aggregate: Aggregate,
    /// The expected aggregate.
    pub expected: f64,
    /// The largest deviation from the expected figure.
    pub tolerance: Tolerance,
    /// The figure that the source prints, if it differs from the expected one.
    pub printed: Option<Printed>,
}

/// A printed figure, which is shown and not judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Printed {
    /// The figure.
    pub figure: f64,
    /// Half a unit of its last digit.
    pub half: f64,
}

/// The aggregate of the values of many runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// The mean.
    Mean,
    /// The standard deviation, with n-1 in the denominator.
    Deviation,
    /// The proportion of runs with the value 1 instead of 0. The standard error is that of the expected
    /// proportion: an estimate of 0 would seem to have none.
    Share,
    /// The value that every run must have; the aggregate is the one that deviates most.
    Each,
}

/// The largest deviation from the expected figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// Four standard errors plus this: half a unit of the last digit of a printed figure, 0 for an exact
    /// one.
    Errors(f64),
    /// This deviation. A target does not pass if four standard errors are more than that.
    Within(f64),
}

/// The targets that a pattern selects, in their order. A pattern is the number of a section, a part of an
/// id, or a whole id with `*` for any characters. Without patterns, all targets are selected.
///
/// # Errors
/// A pattern that selects no target: a message with a hint.
pub fn select(targets: Vec<Target>, patterns: &[String]) -> Result<Vec<Target>, String> {
    for pattern in patterns {
        if !targets.iter().any(|target| is_selected(target, pattern)) {
            return Err(no_match(&targets, pattern));
        }
    }
    let chosen = |target: &Target| patterns.iter().any(|pattern| is_selected(target, pattern));
    Ok(targets.into_iter().filter(|target| patterns.is_empty() || chosen(target)).collect())
}

fn is_selected(target: &Target, pattern: &str) -> bool {
    match pattern.parse::<u8>() {
        Ok(section) => target.section == section,
        Err(_) if pattern.contains('*') => matches(&target.id, pattern),
        Err(_) => !pattern.is_empty() && target.id.contains(pattern),
    }
}

/// Whether a word matches a pattern with `*` for any characters.
fn matches(word: &str, pattern: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return word == pattern };
    let Some(word) = word.strip_prefix(head) else { return false };
    word.char_indices().any(|(at, _)| matches(&word[at..], rest)) || matches("", rest)
}

fn no_match(targets: &[Target], pattern: &str) -> String {
    if pattern.parse::<u64>().is_ok() {
        let mut sections: Vec<_> =
            targets.iter().map(|target| target.section.to_string()).collect();
        sections.dedup();
        return format!("no section {pattern}; expected one of {}", sections.join(", "));
    }
    let parts = targets.iter().flat_map(|target| target.id.split('.'));
    let ids = targets.iter().map(|target| target.id.as_str());
    let help = match nearest(pattern, ids.chain(parts)) {
        Some(word) => format!("did you mean `{word}`?"),
        None => "expected a section, an id or a part of one; --list shows them".into(),
    };
    format!("no target is called `{pattern}`; {help}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_with_stars() {
        for (word, pattern, alike) in [
            ("gossip.push.mean", "gossip.*", true),
            ("gossip.push.mean", "*.mean", true),
            ("gossip.push.mean", "*push*", true),
            ("gossip.push.mean", "gossip*mean", true),
            ("gossip.push.mean", "push*", false),
            ("gossip.push.mean", "*push", false),
            ("gossip", "gossip*", true),
            ("", "*", true),
        ] {
            assert_eq!(matches(word, pattern), alike, "{word} {pattern}");
        }
    }
}
