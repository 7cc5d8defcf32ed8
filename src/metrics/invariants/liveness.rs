//! What was judged of liveness, and why the rest was not.
//!
//! A delivery of an item to a zone is judged as a formula over a finite trace is (A. Bauer,
//! M. Leucker, C. Schallhart, "Runtime verification for LTL and TLTL", 2011): it happened, or it did
//! not happen by its deadline, or the run ended before either, and then the verdict is open.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

/// Why a delivery is not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// There was nothing to deliver.
    NothingPublished,
    /// The exchange states no bound for its settings.
    NoBound,
    /// A crash took memory, and the bound does not hold then.
    MemoryLost,
    /// Some link loses so much that there is no bound.
    UnboundedLoss,
    /// A fault that does not end, or a link that loses everything, keeps it away.
    EndlessFault,
    /// Queues made it late, or dropped messages until the end, though the exchange sends no more than
    /// it states.
    Bandwidth,
    /// The same, and the exchange does not state how much it sends, or not for such a run: it may be
    /// late by its own fault.
    NoSendBound,
    /// The horizon comes before the deadline.
    Horizon,
    /// A panic ended the run.
    Panic,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::NothingPublished,
        Self::NoBound,
        Self::MemoryLost,
        Self::UnboundedLoss,
        Self::EndlessFault,
        Self::Bandwidth,
        Self::NoSendBound,
        Self::Horizon,
        Self::Panic,
    ];

    /// Its key in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::NothingPublished => "nothing_published",
            Self::NoBound => "no_bound",
            Self::MemoryLost => "memory_lost",
            Self::UnboundedLoss => "unbounded_loss",
            Self::EndlessFault => "endless_fault",
            Self::Bandwidth => "bandwidth",
            Self::NoSendBound => "no_send_bound",
            Self::Horizon => "horizon",
            Self::Panic => "panic",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingPublished => "nothing was published",
            Self::NoBound => "the exchange states no bound",
            Self::MemoryLost => "a crash took memory",
            Self::UnboundedLoss => "loss without a bound",
            Self::EndlessFault => "a fault without end",
            Self::Bandwidth => "bandwidth",
            Self::NoSendBound => "bandwidth, and no bound on what is sent",
            Self::Horizon => "the horizon is too short",
            Self::Panic => "a panic",
        })
    }
}

/// Counts by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reasons([u64; Reason::ALL.len()]);

impl Reasons {
    /// Counts some more.
    pub fn add(&mut self, reason: Reason, count: u64) {
        self.0[reason as usize] += count;
    }

    /// Those that were counted.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, u64)> + '_ {
        Reason::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }

    /// How many all together.
    pub fn sum(&self) -> u64 {
        self.0.iter().sum()
    }
}

impl Serialize for Reasons {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (reason, count) in self.iter() {
            map.serialize_entry(reason.key(), &count)?;
        }
        map.end()
    }
}

/// The deliveries of one run: every item to every zone but its origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Liveness {
    /// All of them.
    pub owed: u64,
    /// Those that neither happened nor were due.
    pub open: Reasons,
    /// Those that were not due before the horizon, whether they happened or not.
    pub not_due: Reasons,
}

impl Liveness {
    /// So many deliveries, none of them judged.
    pub fn of_none(owed: u64, reason: Reason) -> Self {
        let mut open = Reasons::default();
        open.add(reason, owed);
        Self { owed, open, not_due: open }
    }

    /// Deliveries that happened or were due.
    pub fn judged(&self) -> u64 {
        self.owed - self.open.sum()
    }

    /// Why nothing is judged; none if something is.
    pub fn unjudged(&self) -> Option<Reason> {
        self.reason(&self.open)
    }

    /// Why nothing was due; none if something was. A protocol that delivers nothing is found out only
    /// where something is due.
    pub fn undue(&self) -> Option<Reason> {
        self.reason(&self.not_due)
    }

    /// The most frequent reason, if there is one for every delivery.
    fn reason(&self, reasons: &Reasons) -> Option<Reason> {
        if self.owed == 0 {
            return Some(Reason::NothingPublished);
        }
        let all = reasons.iter().max_by_key(|&(reason, count)| (count, reason));
        all.filter(|_| reasons.sum() == self.owed).map(|(reason, _)| reason)
    }
}

/// What was judged of several things, such as the deliveries of a run or the runs of a sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JudgedCount {
    judged: u64,
    open: Reasons,
}

impl JudgedCount {
    /// One more, judged or not.
    pub fn add(&mut self, unjudged: Option<Reason>) {
        match unjudged {
            None => self.judged += 1,
            Some(reason) => self.open.add(reason, 1),
        }
    }

    /// All of others, too.
    pub fn merge(&mut self, others: &Self) {
        self.judged += others.judged;
        others.open.iter().for_each(|(reason, count)| self.open.add(reason, count));
    }

    /// How many were judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }

    /// How many there are.
    pub fn all(&self) -> u64 {
        self.judged + self.open.sum()
    }

    /// Whether nothing was judged that was to be: where an exchange states no bound, nothing is.
    pub fn is_void(&self) -> bool {
        self.judged == 0
            && (self.all() == 0 || self.open.iter().any(|(reason, _)| reason != Reason::NoBound))
    }

    /// In words, such as `judged 3 of 5 runs (bandwidth: 2)`.
    pub fn describe(&self, unit: &str) -> String {
        let reasons: Vec<_> =
            self.open.iter().map(|(reason, count)| format!("{reason}: {count}")).collect();
        let why = match &reasons[..] {
            [] if self.judged == 0 => format!(" ({})", Reason::NothingPublished),
            [] => String::new(),
            reasons => format!(" ({})", reasons.join(", ")),
        };
        format!("judged {} of {} {unit}{why}", self.judged, self.all())
    }
}

impl From<&Liveness> for JudgedCount {
    fn from(liveness: &Liveness) -> Self {
        Self { judged: liveness.judged(), open: liveness.open }
    }
}

impl FromIterator<Option<Reason>> for JudgedCount {
    fn from_iter<I: IntoIterator<Item = Option<Reason>>>(all: I) -> Self {
        let mut judged = Self::default();
        all.into_iter().for_each(|one| judged.add(one));
        judged
    }
}

/// As JSON has it: how many were judged, of how many, and why the others were not.
impl Serialize for JudgedCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("judged", &self.judged)?;
        map.serialize_entry("of", &self.all())?;
        map.serialize_entry("unjudged", &self.open)?;
        map.end()
    }
}
