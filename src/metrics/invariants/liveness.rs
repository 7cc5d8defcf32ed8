//! Liveness: which deliveries were judged, and why the others were not.
//!
//! The delivery of an item to a zone has one of three verdicts, as a formula over a finite trace has
//! (A. Bauer, M. Leucker, C. Schallhart, "Runtime verification for LTL and TLTL", 2011): it happened,
//! it did not happen by its deadline, or it is open because the run ended before either.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

/// Why a delivery is not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// No item was published.
    NothingPublished,
    /// The exchange states no delivery bound for its parameters.
    NoBound,
    /// A crash with amnesia happened, and the exchange states no delivery bound for it.
    MemoryLost,
    /// The exchange states no delivery bound for the loss rate of some link.
    UnboundedLoss,
    /// An endless fault, or a link that loses everything, makes the delivery impossible.
    EndlessFault,
    /// Queues delayed the delivery or dropped messages until the end, and the protocols kept their send
    /// bounds.
    Bandwidth,
    /// The same, but the exchange or the coordination states no send bound and may itself have filled
    /// the queues.
    NoSendBound,
    /// The horizon comes before the deadline.
    Horizon,
    /// A panic ended the run.
    Panic,
    /// Items wait for clerks of the hub, whose work has no bound.
    Clerks,
    /// The overlay does not lead to the zone.
    Unconnected,
}

impl Reason {
    /// All reasons, in the order of their numbers in stores.
    pub const ALL: [Self; 11] = [
        Self::NothingPublished,
        Self::NoBound,
        Self::MemoryLost,
        Self::UnboundedLoss,
        Self::EndlessFault,
        Self::Bandwidth,
        Self::NoSendBound,
        Self::Horizon,
        Self::Panic,
        Self::Clerks,
        Self::Unconnected,
    ];

    /// The key in JSON.
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
            Self::Clerks => "clerks",
            Self::Unconnected => "unconnected",
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
            Self::Clerks => "the hub's clerks",
            Self::Unconnected => "the overlay is not connected",
        })
    }
}

/// A count for each reason. Serialized as a map of the counts above 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reasons([u64; Reason::ALL.len()]);

impl Reasons {
    /// Adds to the count of a reason.
    pub fn add(&mut self, reason: Reason, count: u64) {
        self.0[reason as usize] += count;
    }

    /// The reasons with a count above 0, in the order of [`Reason::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Reason, u64)> + '_ {
        Reason::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }

    /// The sum of all counts.
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

/// The deliveries of one run: of every item to every zone but its origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Liveness {
    /// The number of deliveries.
    pub deliveries: u64,
    /// The deliveries that neither happened nor were due.
    pub open: Reasons,
    /// The deliveries that were not due before the horizon, whether they happened or not.
    pub not_due: Reasons,
}

impl Liveness {
    /// Deliveries of which none is judged.
    pub fn none_judged(deliveries: u64, reason: Reason) -> Self {
        let mut open = Reasons::default();
        open.add(reason, deliveries);
        Self { deliveries, open, not_due: open }
    }

    /// The number of deliveries that happened or were due.
    pub fn judged(&self) -> u64 {
        self.deliveries - self.open.sum()
    }

    /// The most frequent reason, if no delivery is judged.
    pub fn unjudged(&self) -> Option<Reason> {
        self.reason(&self.open)
    }

    /// The most frequent reason, if no delivery was due. A protocol that delivers nothing is detected
    /// only where a delivery is due.
    pub fn undue(&self) -> Option<Reason> {
        self.reason(&self.not_due)
    }

    /// The most frequent reason, if every delivery has one.
    fn reason(&self, reasons: &Reasons) -> Option<Reason> {
        if self.deliveries == 0 {
            return Some(Reason::NothingPublished);
        }
        let frequent = reasons.iter().max_by_key(|&(reason, count)| (count, reason));
        frequent.filter(|_| reasons.sum() == self.deliveries).map(|(reason, _)| reason)
    }
}

/// How many of several units were judged: the deliveries of a run, or the runs of a sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JudgedCount {
    judged: u64,
    open: Reasons,
}

impl JudgedCount {
    /// Adds a unit: judged, or the reason why not.
    pub fn add(&mut self, unjudged: Option<Reason>) {
        match unjudged {
            None => self.judged += 1,
            Some(reason) => self.open.add(reason, 1),
        }
    }

    /// Adds the units of another count.
    pub fn merge(&mut self, others: &Self) {
        self.judged += others.judged;
        others.open.iter().for_each(|(reason, count)| self.open.add(reason, count));
    }

    /// The number of units that were judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }

    /// The number of all units.
    pub fn all(&self) -> u64 {
        self.judged + self.open.sum()
    }

    /// Whether nothing was judged although something could be. An exchange without a delivery bound
    /// cannot be judged.
    pub fn is_void(&self) -> bool {
        self.judged == 0
            && (self.all() == 0 || self.open.iter().any(|(reason, _)| reason != Reason::NoBound))
    }

    /// A phrase such as `judged 3 of 5 runs (bandwidth: 2)`.
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

/// An object: how many were judged, of how many, and why the others were not.
impl Serialize for JudgedCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("judged", &self.judged)?;
        map.serialize_entry("of", &self.all())?;
        map.serialize_entry("unjudged", &self.open)?;
        map.end()
    }
}
