//! The `[nemesis]` table: faults that are drawn from the seed. All figures are guesses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fault::FaultKind;
use super::values::{BoundedU32, Probability, Slowdown, list};
use crate::network::fault::Memory;
use crate::time::NanoDuration;

/// What goes wrong by chance, and how often.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [nemesis]")]
pub struct Nemesis {
    /// The kinds of faults, each as likely as the others.
    pub kinds: Kinds,
    /// Mean time from one fault to the next (Poisson).
    pub mean_between: NanoDuration,
    /// Mean time for which a fault holds (exponential).
    pub mean_repair: NanoDuration,
    /// No more hold at once; one that would come then does not. Steps of clocks do not count.
    pub max_concurrent: BoundedU32<1, 1_000_000>,
    /// What holds when a run starts.
    pub start: Start,
    /// No fault begins at this time or later; the horizon if nothing is said.
    pub until: Option<NanoDuration>,
    /// The most nodes that a fault hits, drawn from 1 up; half of all if nothing is said.
    pub max_group: Option<BoundedU32<1, 1_000_000>>,
    /// Share of faults of links that go one way.
    pub one_way: Probability,
    /// What crashes leave.
    pub memory: Memory,
    /// How many times the latency delayed messages take.
    pub factor: Slowdown,
    /// Share of messages that lossy links lose beside their own.
    pub loss: Probability,
    /// Clocks are stepped by up to this, forward or back, uniform.
    pub step: NanoDuration,
}

impl Default for Nemesis {
    fn default() -> Self {
        Self {
            kinds: Kinds(vec![FaultKind::Partition, FaultKind::Isolate, FaultKind::Crash]),
            mean_between: NanoDuration::from_secs(600),
            mean_repair: NanoDuration::from_secs(60),
            max_concurrent: BoundedU32(1),
            start: Start::None,
            until: None,
            max_group: None,
            one_way: Probability(0.25),
            memory: Memory::Kept,
            factor: Slowdown(3.0),
            loss: Probability(0.3),
            step: NanoDuration::from_secs(1),
        }
    }
}

/// What of a nemesis holds when a run starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Nothing: less goes wrong at first than later.
    None,
    /// As many faults as hold in the long run, drawn from the seed.
    Stationary,
}

list! {
    /// Kinds of faults.
    Kinds of FaultKind as FaultKind, "a list of kinds of faults, such as [\"partition\", \"crash\"]"
}
