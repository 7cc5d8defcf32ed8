//! Aborted rounds of a coordination, with the zones that caused the abort.

use crate::id::NodeId;
use crate::protocol::coordination::{Abort, Objection};
use crate::time::SimTime;

/// An aborted round. Its trace has one event for each zone that objects.
pub struct AbortedRound {
    at: SimTime,
    round: u32,
    zones: Vec<(NodeId, Objection)>,
}

impl AbortedRound {
    pub fn new(at: SimTime, Abort { round, zone, why }: Abort) -> Self {
        Self { at, round, zones: vec![(zone, why)] }
    }

    /// Adds the zone of another event; returns `false` if the event is about another round.
    pub fn add(&mut self, at: SimTime, Abort { round, zone, why }: Abort) -> bool {
        let is_same = (at, round) == (self.at, self.round);
        if is_same {
            self.zones.push((zone, why));
        }
        is_same
    }

    /// Returns the instant and a line of text.
    pub fn line<'a>(&self, display_name: impl Fn(NodeId) -> &'a str) -> (SimTime, String) {
        let clause = |why: Objection| {
            let zones = self.zones.iter().filter(|(_, other)| *other == why);
            let names: Vec<_> = zones.map(|&(zone, _)| display_name(zone)).collect();
            let clause = format!("{} {}", names.join(", "), objection(why));
            (!names.is_empty()).then_some(clause)
        };
        let clauses: Vec<_> =
            [Objection::Silent, Objection::Refused].into_iter().filter_map(clause).collect();
        (self.at, format!("round {} aborted: {}", self.round, clauses.join("; ")))
    }
}

pub fn objection(why: Objection) -> &'static str {
    match why {
        Objection::Silent => "silent",
        Objection::Refused => "refused",
    }
}
