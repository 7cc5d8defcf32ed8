//! A figure that must come out, and how near.

use super::{Observable, ValidationWorld};
use crate::scenario::nearest;

/// A figure that must come out.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Words with dots between: `gossip.push.mean`.
    pub id: String,
    /// A number of [`super::SECTIONS`].
    pub section: u8,
    /// What it says.
    pub what: String,
    /// Where it comes from: a paper and its table, or how it was computed.
    pub source: &'static str,
    /// Where it is measured.
    pub world: ValidationWorld,
    /// What is read of a run.
    pub gauge: Observable,
    /// What is made of the runs.
    pub fold: Aggregate,
    /// The figure.
    pub expected: f64,
    /// How near it must come.
    pub tolerance: Tolerance,
    /// The figure that the source prints, where another is expected.
    pub printed: Option<Printed>,
}

/// A figure that is shown beside the one that is expected, and not judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Printed {
    /// As it is printed.
    pub figure: f64,
    /// Half a unit of its last digit.
    pub half: f64,
}

/// What is made of many runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// The mean.
    Mean,
    /// The standard deviation of a run, with n-1.
    Deviation,
    /// The share of runs in which something is so: readings are 0 or 1. Its error is that of the
    /// share that is expected, since a rare thing that never happened would seem to have none.
    Share,
    /// What every run must show; of several the farthest off.
    Each,
}

/// How near a figure must come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// Four standard errors and so much more: half a unit of the last digit of a printed figure,
    /// nothing for an exact one.
    Errors(f64),
    /// So much. A figure whose four standard errors are more than that is not measured well enough
    /// to pass.
    Within(f64),
}

/// The targets that one of the patterns selects, in their order. A pattern is the number of a
/// section, a part of an id, or a whole id with `*` for any letters; no patterns select all.
///
/// # Errors
/// A pattern that selects nothing: what to say of it.
pub fn select(targets: Vec<Target>, patterns: &[String]) -> Result<Vec<Target>, String> {
    for pattern in patterns {
        if !targets.iter().any(|target| is_selected(target, pattern)) {
            return Err(nothing(&targets, pattern));
        }
    }
    let chosen = |target: &Target| patterns.iter().any(|pattern| is_selected(target, pattern));
    Ok(targets.into_iter().filter(|target| patterns.is_empty() || chosen(target)).collect())
}

fn is_selected(target: &Target, pattern: &str) -> bool {
    match pattern.parse::<u8>() {
        Ok(section) => target.section == section,
        Err(_) if pattern.contains('*') => is_like(&target.id, pattern),
        Err(_) => !pattern.is_empty() && target.id.contains(pattern),
    }
}

/// Whether a word is like a pattern with `*` for any letters.
fn is_like(word: &str, pattern: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return word == pattern };
    let Some(word) = word.strip_prefix(head) else { return false };
    word.char_indices().any(|(at, _)| is_like(&word[at..], rest)) || is_like("", rest)
}

fn nothing(targets: &[Target], pattern: &str) -> String {
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
            assert_eq!(is_like(word, pattern), alike, "{word} {pattern}");
        }
    }
}
