//! The ground truth of an operation: the effect of strikes, which no zone observes.

use crate::id::Member;
use crate::time::{SimDuration, SimTime};

/// The outcome of a strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The member was captured.
    Captured,
    /// The member had been warned and had escaped.
    Escaped,
    /// The member had already been captured, or does not exist.
    Again,
}

/// The state of an operation against an organisation.
#[derive(Clone, Debug)]
pub struct Operation {
    members: u32,
    warning: SimDuration,
    first: Option<SimTime>,
    captured: Vec<bool>,
    count: u32,
}

impl Operation {
    /// An operation against `members`; the other members escape `warning` after the first capture, at
    /// least one tick.
    pub fn new(members: u32, warning: SimDuration) -> Self {
        let captured = vec![false; members as usize];
        Self { members, warning, first: None, captured, count: 0 }
    }

    /// Applies a strike; instants must not decrease.
    pub fn strike(&mut self, at: SimTime, member: Member) -> Outcome {
        let Some(captured) = self.captured.get_mut(member.index()) else { return Outcome::Again };
        if *captured {
            return Outcome::Again;
        }
        if self.first.is_some_and(|first| at >= first + self.warning.max(SimDuration(1))) {
            return Outcome::Escaped;
        }
        *captured = true;
        self.count += 1;
        self.first.get_or_insert(at);
        Outcome::Captured
    }

    /// The number of captured members.
    pub fn captured(&self) -> u32 {
        self.count
    }

    /// The number of members that had escaped by an instant.
    pub fn escaped(&self, by: SimTime) -> u32 {
        match self.warned_at() {
            Some(warned) if warned <= by => self.members - self.count,
            _ => 0,
        }
    }

    /// The instant from which members can no longer be captured; `None` before the first capture.
    pub fn warned_at(&self) -> Option<SimTime> {
        // At least a tick, so that all strikes of one instant succeed.
        self.first.map(|first| first + self.warning.max(SimDuration(1)))
    }

    /// The instant at which the remaining members escape; `None` if none or all were captured.
    pub fn warning(&self) -> Option<SimTime> {
        self.warned_at().filter(|_| self.count < self.members)
    }

    /// Whether each member has been captured or has escaped by an instant.
    pub fn is_over(&self, at: SimTime) -> bool {
        self.count == self.members || self.warned_at().is_some_and(|warned| warned <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_capture_warns_the_rest_after_a_delay() {
        let mut operation = Operation::new(4, SimDuration(10));
        assert!(!operation.is_over(SimTime(0)));
        let mut strike = |at, member| operation.strike(SimTime(at), Member(member));
        assert_eq!(strike(100, 0), Outcome::Captured);
        assert_eq!(strike(100, 0), Outcome::Again);
        assert_eq!(strike(109, 1), Outcome::Captured);
        assert_eq!(strike(110, 2), Outcome::Escaped);
        assert_eq!((operation.captured(), operation.escaped(SimTime(109))), (2, 0));
        assert_eq!(operation.escaped(SimTime(110)), 2);
        assert!(!operation.is_over(SimTime(109)) && operation.is_over(SimTime(110)));
    }

    #[test]
    fn an_operation_against_nobody_is_over() {
        assert!(Operation::new(0, SimDuration(1)).is_over(SimTime(0)));
    }
}
