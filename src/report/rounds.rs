//! The rounds of a coordination that came to nothing, and because of whom.

use crate::id::NodeId;
use crate::protocol::coordination::{Abort, Objection};
use crate::time::SimTime;

/// A round that was aborted, until all zones that stood in its way are known.
pub struct AbortedRound {
    at: SimTime,
    round: u32,
    zones: Vec<(NodeId, Objection)>,
}

impl AbortedRound {
    /// A round, of which one zone is known.
    pub fn new(at: SimTime, Abort { round, zone, why }: Abort) -> Self {
        Self { at, round, zones: vec![(zone, why)] }
    }

    /// Adds a zone; whether it was of the same round.
    pub fn add(&mut self, at: SimTime, Abort { round, zone, why }: Abort) -> bool {
        let is_same = (at, round) == (self.at, self.round);
        if is_same {
            self.zones.push((zone, why));
        }
        is_same
    }

    /// When it was, and what is told of it.
    pub fn tell<'a>(&self, title: impl Fn(NodeId) -> &'a str) -> (SimTime, String) {
        let of = |why: Objection| {
            let zones = self.zones.iter().filter(|(_, other)| *other == why);
            let names: Vec<_> = zones.map(|&(zone, _)| title(zone)).collect();
            let said = format!("{} {}", names.join(", "), objection(why));
            (!names.is_empty()).then_some(said)
        };
        let all: Vec<_> =
            [Objection::Silent, Objection::Refused].into_iter().filter_map(of).collect();
        (self.at, format!("round {} aborted: {}", self.round, all.join("; ")))
    }
}

/// What a zone did.
pub fn objection(why: Objection) -> &'static str {
    match why {
        Objection::Silent => "silent",
        Objection::Refused => "refused",
    }
}
