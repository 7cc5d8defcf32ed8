//! Whether runs reach a goal.

use serde::Serialize;

use super::table::estimate;
use crate::experiment::compare;
use crate::experiment::statistics::{Interval, Moments};
use crate::metrics::GOAL;
use crate::scenario::printable;

/// Whether a run reaches a goal.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct GoalOfRun<'a> {
    /// The goal as it was written.
    pub goal: &'a str,
    /// Whether it is reached.
    pub reached: bool,
}

/// How many runs reach a goal.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct GoalOfRuns<'a> {
    goal: &'a str,
    /// Runs that were judged: all but those that ended in a panic.
    n: u64,
    reached: u64,
    /// The share of runs that reach it.
    share: Option<f64>,
    /// The 95 % interval of the probability (Wilson's).
    ci95: Option<Interval>,
}

impl<'a> GoalOfRuns<'a> {
    /// The goal and the moments of its column, 0 or 1 in each run.
    pub fn new(goal: &'a str, moments: &Moments) -> Self {
        let (n, share) = (moments.n(), moments.mean());
        let reached = (share.unwrap_or_default() * n as f64).round() as u64;
        Self { goal, n, reached, share, ci95: compare::interval(&GOAL, moments) }
    }

    /// Formats it as a line.
    pub fn text(&self) -> String {
        let Self { n, reached, share, ci95, goal } = *self;
        let share = estimate(share, ci95, 1.0);
        format!("goal reached in {reached} of {n} runs, {share}: {}\n", printable(goal))
    }
}
