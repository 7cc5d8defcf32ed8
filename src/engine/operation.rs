//! What strikes achieve: the world's side of an operation, which no zone can see.

use crate::id::Member;
use crate::time::{SimDuration, SimTime};

/// What came of a strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The member was captured.
    Captured,
    /// The member was warned and had gone to ground.
    Escaped,
    /// The member had been captured before.
    Again,
}

/// An operation against an organisation, followed strike by strike.
#[derive(Clone, Debug)]
pub struct Operation {
    members: u32,
    warning: SimDuration,
    first: Option<SimTime>,
    captured: Vec<bool>,
    count: u32,
}

impl Operation {
    /// An operation against so many members; the first capture warns the rest after a time.
    pub fn new(members: u32, warning: SimDuration) -> Self {
        let captured = vec![false; members as usize];
        Self { members, warning, first: None, captured, count: 0 }
    }

    /// A zone strikes at a member at an instant; instants never go back.
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

    /// How many were captured.
    pub fn captured(&self) -> u32 {
        self.count
    }

    /// How many had gone to ground by an instant.
    pub fn escaped(&self, by: SimTime) -> u32 {
        match self.warned_at() {
            Some(warned) if warned <= by => self.members - self.count,
            _ => 0,
        }
    }

    /// The instant from which those not captured are out of reach.
    pub fn warned_at(&self) -> Option<SimTime> {
        // A warning is no faster than a tick: strikes of one instant all succeed.
        self.first.map(|first| first + self.warning.max(SimDuration(1)))
    }

    /// The instant at which a warning reaches somebody: none if nobody or everybody was captured.
    pub fn warning(&self) -> Option<SimTime> {
        self.warned_at().filter(|_| self.count < self.members)
    }

    /// Whether nothing more can be achieved at an instant: all captured, or all others warned.
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
