//! The `[nemesis]` table: random faults. All defaults are guesses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fault::FaultKind;
use super::values::{BoundedU32, Probability, Slowdown, list};
use crate::network::fault::Memory;
use crate::time::NanoDuration;

/// Random faults: their kinds and rates.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [nemesis]")]
pub struct Nemesis {
    /// The kinds of faults, equally likely.
    pub kinds: Kinds,
    /// Mean interval of faults (Poisson).
    pub mean_between: NanoDuration,
    /// Mean duration of a fault (exponential).
    pub mean_repair: NanoDuration,
    /// Maximum number of concurrent faults; a fault above it is dropped. Clock steps do not count.
    pub max_concurrent: BoundedU32<1, 1_000_000>,
    /// The state at the start of a run.
    pub start: Start,
    /// The end of the time in which faults start, exclusive; default: the horizon.
    pub until: Option<NanoDuration>,
    /// Maximum number of nodes that a fault affects, drawn from 1; default: half of all.
    pub max_group: Option<BoundedU32<1, 1_000_000>>,
    /// Share of link faults that affect one direction only.
    pub one_way: Probability,
    /// Whether nodes keep their memory over a crash.
    pub memory: Memory,
    /// Factor on the latency of delayed messages.
    pub factor: Slowdown,
    /// Loss rate of lossy links, in addition to their own.
    pub loss: Probability,
    /// Maximum absolute clock step, uniform.
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

/// The state of a nemesis at the start of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// No faults: fewer at first than later.
    None,
    /// As many faults as in the stationary state, drawn from the seed.
    Stationary,
}

list! {
    /// Kinds of faults.
    Kinds of FaultKind as FaultKind, "a list of kinds of faults, such as [\"partition\", \"crash\"]"
}
