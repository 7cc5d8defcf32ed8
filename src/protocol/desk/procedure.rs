//! How zones handle leads: who assesses them, with what staff, and under which law.

use rand::Rng;

use super::ground_truth::LeadKind;
use crate::id::NodeId;
use crate::rng::{RngStream, exponential};
use crate::time::SimDuration;

/// The distribution of the time that a piece of work or a wait takes, in ticks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WorkTime {
    /// Always the same.
    Constant(SimDuration),
    /// Exponential, with this mean.
    Exponential(SimDuration),
    /// Uniform between two bounds.
    Uniform {
        /// Lower bound.
        min: SimDuration,
        /// Upper bound.
        max: SimDuration,
    },
}

impl WorkTime {
    /// No time at all.
    pub const NONE: Self = Self::Constant(SimDuration(0));

    /// Draws a time, rounded to the nearest tick. A constant draws nothing.
    pub fn draw(self, rng: &mut RngStream) -> SimDuration {
        match self {
            Self::Constant(time) => time,
            Self::Exponential(mean) => {
                let ticks = exponential(rng.random()) * mean.0 as f64;
                SimDuration((ticks + 0.5) as u64)
            }
            Self::Uniform { min, max } => SimDuration(rng.random_range(min.0..=max.0.max(min.0))),
        }
    }

    /// The mean in ticks.
    pub fn mean(self) -> f64 {
        match self {
            Self::Constant(time) | Self::Exponential(time) => time.0 as f64,
            Self::Uniform { min, max } => (min.0 as f64 + max.0 as f64) / 2.0,
        }
    }
}

/// Who assesses a lead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fusion {
    /// Every zone that has it.
    #[default]
    Everywhere,
    /// The zone that it points to.
    Home,
    /// The hub, which is this node.
    Hub(NodeId),
}

/// A set of kinds of leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindSet(u8);

impl KindSet {
    /// All kinds.
    pub const ALL: Self = Self(u8::MAX);

    /// Collects kinds.
    pub fn collect(kinds: impl IntoIterator<Item = LeadKind>) -> Self {
        Self(kinds.into_iter().fold(0, |bits, kind| bits | 1 << kind as u8))
    }

    /// Whether the set has a kind.
    pub fn contains(self, kind: LeadKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }
}

/// A set of languages by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanguageSet(u64);

impl LanguageSet {
    /// All languages.
    pub const ALL: Self = Self(u64::MAX);

    /// Collects numbers of languages, each below 64.
    pub fn collect(languages: impl IntoIterator<Item = u8>) -> Self {
        Self(languages.into_iter().fold(0, |bits, language| bits | 1 << (language & 63)))
    }

    /// Whether the set has a language.
    pub fn contains(self, language: u8) -> bool {
        self.0 & (1 << (language & 63)) != 0
    }
}

/// Number of servers of a queue that never makes anything wait.
pub const UNLIMITED: u32 = u32::MAX;

/// The staff of a node, and the law that it works under.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Staff {
    /// Whether it assesses leads at all; an observer does not.
    pub assesses: bool,
    /// Leads assessed at a time.
    pub labs: u32,
    /// Leads translated at a time.
    pub translators: u32,
    /// Languages that its analysts read.
    pub languages: LanguageSet,
    /// Kinds of leads that its labs can assess.
    pub techniques: KindSet,
    /// Decisions on release taken at a time.
    pub officers: u32,
    /// Leads that its law requires before a member counts as located.
    pub needs: u32,
    /// Kinds of leads that count under its law.
    pub recognises: KindSet,
    /// Time from location until it may strike.
    pub warrant: WorkTime,
    /// Strikes carried out at a time.
    pub teams: u32,
}

/// How leads are handled in a run.
#[derive(Clone, Debug)]
pub struct Procedure {
    /// Whether the scenario states any of it. Otherwise zones publish what they see at once, assess all
    /// that they learn, and strike at once, and the trace has no events of the procedure.
    pub is_stated: bool,
    /// Who assesses a lead.
    pub fusion: Fusion,
    /// Whether findings, requests and answers precede leads where a decision on release waits.
    pub priority: bool,
    /// Time to translate a lead.
    pub translation: WorkTime,
    /// Time to assess a lead.
    pub assessment: WorkTime,
    /// Time of an officer for a decision on release.
    pub approval: WorkTime,
    /// Time of a team for a strike.
    pub strike: WorkTime,
    /// By node; nodes beyond its end have `default`.
    pub staff: Vec<Staff>,
    /// The staff of a node that has none of its own.
    pub default: Staff,
}

impl Procedure {
    /// The staff of a node.
    pub fn staff(&self, node: NodeId) -> &Staff {
        self.staff.get(node.index()).unwrap_or(&self.default)
    }
}
