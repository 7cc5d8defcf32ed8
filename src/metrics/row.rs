//! The metrics: each has a name, a unit and one definition; a run has one row of values.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// The description of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MetricInfo {
    /// Its name in tables, JSON and result files.
    pub name: &'static str,
    /// The unit of its values.
    pub unit: Unit,
    /// A phrase that defines the value of one run.
    pub definition: &'static str,
    /// Which of two values is better.
    pub better: Direction,
    /// What its value is a mean over. Values of two runs are comparable only where the sizes of the
    /// populations are equal.
    #[serde(rename = "counted_by", serialize_with = "serialize_count")]
    pub population: Population,
    /// Whether the value goes on changing until the run ends, so that a run that stops early has
    /// another value.
    #[serde(skip)]
    pub depends_on_end: bool,
}

/// The unit of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// An integer without a dimension.
    Count,
    /// A proportion from 0 to 1.
    Share,
    /// 0 or 1 in each run: the mean over runs is a share.
    Indicator,
    /// A number without a dimension.
    Ratio,
    /// Milliseconds.
    Ms,
    /// Bytes, an integer.
    Bytes,
}

impl Unit {
    /// Its name in tables, JSON and result files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Share | Self::Indicator => "share",
            Self::Ratio => "ratio",
            Self::Ms => "ms",
            Self::Bytes => "bytes",
        }
    }

    /// Whether values are integers.
    pub const fn is_whole(self) -> bool {
        match self {
            Self::Count | Self::Bytes => true,
            Self::Share | Self::Indicator | Self::Ratio | Self::Ms => false,
        }
    }

    /// Whether values have no dimension, so that the name of the unit may be left out.
    pub const fn is_dimensionless(self) -> bool {
        match self {
            Self::Count | Self::Share | Self::Indicator | Self::Ratio => true,
            Self::Ms | Self::Bytes => false,
        }
    }
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What the value of a run is a mean over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Population {
    /// Everything in the run, or the value is no mean.
    All,
    /// The items that this metric counts.
    Items(MetricId),
    /// All items but those that this metric counts.
    ItemsExcept(MetricId),
    /// The pairs of zones that this metric counts.
    Pairs(MetricId),
}

impl Population {
    /// The metric that counts what the mean includes, or what it leaves out.
    pub const fn counted_by(self) -> Option<MetricId> {
        match self {
            Self::All => None,
            Self::Items(count) | Self::ItemsExcept(count) | Self::Pairs(count) => Some(count),
        }
    }
}

fn serialize_count<S: Serializer>(population: &Population, to: S) -> Result<S::Ok, S::Error> {
    population.counted_by().serialize(to)
}

/// Which of two values of a metric is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The smaller: times and costs.
    Less,
    /// The larger: what is achieved.
    More,
    /// Neither: the metric describes the scenario and not the protocol, or a time that is earlier
    /// where less is achieved.
    Neither,
}

impl Direction {
    /// Its name in tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Less => "less",
            Self::More => "more",
            Self::Neither => "neither",
        }
    }
}

impl MetricInfo {
    /// The metric with a name, and its index in [`METRICS`].
    pub fn named(name: &str) -> Option<(usize, &'static Self)> {
        METRICS.iter().enumerate().find(|(_, metric)| metric.name == name)
    }

    /// Its name without the unit.
    pub fn stem(&self) -> &'static str {
        match self.unit {
            Unit::Ms => self.name.strip_suffix("_ms").unwrap_or(self.name),
            _ => self.name,
        }
    }

    /// Whether it is 0 or 1 in each run, so that its mean over runs is a proportion.
    pub fn is_binary(&self) -> bool {
        self.unit == Unit::Indicator
    }
}

/// The column of a goal ([`crate::metrics::Goal`]) in tables and comparisons, after those of the metrics.
pub const GOAL: MetricInfo = MetricInfo {
    name: "goal",
    unit: Unit::Indicator,
    definition: "1 if the run reaches the goal (--goal), else 0",
    better: Direction::More,
    population: Population::All,
    depends_on_end: false,
};

/// The columns of results that runs are measured by: the metrics, then [`GOAL`].
pub const COLUMNS: usize = METRICS.len() + 1;

/// The description of a column: a metric, or the goal.
pub fn column(index: usize) -> &'static MetricInfo {
    METRICS.get(index).unwrap_or(&GOAL)
}

/// The descriptions of the columns, with that of the goal if there is one.
pub fn columns(has_goal: bool) -> impl Iterator<Item = &'static MetricInfo> {
    METRICS.iter().chain(has_goal.then_some(&GOAL))
}

impl MetricId {
    /// Its index in [`METRICS`] and in the values of a row.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its description.
    pub const fn info(self) -> &'static MetricInfo {
        &METRICS[self.index()]
    }
}

impl Serialize for MetricId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.info().name)
    }
}

macro_rules! population {
    () => {
        Population::All
    };
    ($of:ident $count:ident) => {
        Population::$of(MetricId::$count)
    };
}

macro_rules! depends_on_end {
    () => {
        false
    };
    (end) => {
        true
    };
}

macro_rules! metrics {
    ($($id:ident = $name:ident, $unit:ident, $better:ident $(over $of:ident($count:ident))?
        $(until $end:ident)?, $definition:literal;)*) => {
        /// The metrics, in the order of [`METRICS`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum MetricId {
            $(#[doc = $definition] $id,)*
        }

        impl MetricId {
            /// All metrics, in the order of [`METRICS`].
            pub const ALL: &[Self] = &[$(Self::$id),*];
        }

        /// The values of one run. A value is `None` where its metric is not defined: without items,
        /// operations, or whatever else its mean includes.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct MetricRow {
            $(#[doc = $definition] pub $name: Option<f64>,)*
        }

        /// All metrics, in the order of the columns of tables.
        pub const METRICS: &[MetricInfo] = &[
            $(MetricInfo {
                name: stringify!($name),
                unit: Unit::$unit,
                definition: $definition,
                better: Direction::$better,
                population: population!($($of $count)?),
                depends_on_end: depends_on_end!($($end)?),
            },)*
        ];

        impl MetricRow {
            /// The value of a metric.
            pub const fn get(&self, metric: MetricId) -> Option<f64> {
                match metric { $(MetricId::$id => self.$name),* }
            }

            /// The values in the order of [`METRICS`].
            pub fn values(&self) -> impl Iterator<Item = Option<f64>> {
                [$(self.$name),*].into_iter()
            }
        }
    };
}

metrics! {
    Items = items, Count, Neither, "items published in the run";
    Coverage = coverage, Share, More, "of the zones entitled to an item (all that may have it but its origin), those that learnt it by the end, remembered or not; mean over items";
    CoverageUp = coverage_up, Share, More, "of the zones entitled to an item that are not down by a crash when the run ends, those that learnt it, remembered or not; mean over the items with such a zone";
    ToFirstMs = to_first_ms, Ms, Less over Items(ReachedFirst), "from an item's due time until the first entitled zone has it; mean over the items that reached one";
    ToHalfMs = to_half_ms, Ms, Less over Items(ReachedHalf), "until ceil(m/2) of its m entitled zones have it; mean over the items that reached so many";
    To90Ms = to_90_ms, Ms, Less over Items(Reached90), "until ceil(0.9 m) have it (at 8 zones that is all); mean over the items that reached so many";
    ToAllMs = to_all_ms, Ms, Less over ItemsExcept(Incomplete), "until all m have it; mean over the items that reached all";
    MeanArrivalMs = mean_arrival_ms, Ms, Less over ItemsExcept(Incomplete), "mean over all n zones, the origin counting 0; mean over the items that reached all";
    LowerBoundMs = lower_bound_ms, Ms, Neither over ItemsExcept(Incomplete), "the fastest that any protocol could reach all over these links: shortest paths over times of travel without jitter, by way of any node, the hub too; mean over the items that reached all";
    Stretch = stretch, Ratio, Less over ItemsExcept(Incomplete), "an item's to_all over its lower bound; mean over the items that reached all";
    AoiMs = aoi_ms, Ms, Less over Pairs(AoiPairs) until end, "age of information: the age of the freshest item one zone has from another, over time from its first; mean over the pairs that heard (up to 256 zones)";
    AoiPairs = aoi_pairs, Count, More, "pairs (one zone, another) of which the one heard from the other (up to 256 zones)";
    Messages = messages, Count, Less until end, "messages sent by all nodes; copies made by the network are not";
    Payloads = payloads, Count, Less until end, "items in messages received, each time they are";
    Bytes = bytes, Bytes, Less until end, "sizes of the messages sent, bodies of items included, without IP and UDP headers";
    Redundancy = redundancy, Ratio, Less until end, "payloads over first receipts by zones, less 1";
    ReachedFirst = reached_first, Count, More, "items that reached an entitled zone";
    ReachedHalf = reached_half, Count, More, "items that reached ceil(m/2) of their m entitled zones";
    Reached90 = reached_90, Count, More, "items that reached ceil(0.9 m)";
    Incomplete = incomplete, Count, Less, "items published that did not reach all";
    LastArrivalMs = last_arrival_ms, Ms, Neither over Items(ReachedFirst), "until the last delivery of an item, complete or not; mean over the items that reached at least one zone";
    Operations = operations, Count, Neither, "operations: organisations to capture";
    LocatedMs = located_ms, Ms, Neither, "from the start of the run until the last member that was located was";
    DecidedMs = decided_ms, Ms, Neither, "from the start until the first decision on a strike time";
    SpreadMs = spread_ms, Ms, Less, "from the first zone's first strike to the last zone's first strike";
    Premature = premature, Count, Less, "zones that first struck before the time that was first decided, on true time";
    Captured = captured, Count, More, "members captured";
    Escaped = escaped, Count, Less, "members warned before they were captured";
    CapturedShare = captured_share, Share, More, "captured of all members, known or not";
    Split = split, Indicator, Less, "1 if of the zones that had located a member before the rest were warned some struck before then and some did not, else 0";
    CompletedMs = completed_ms, Ms, Neither, "from the start until all members were captured or the rest warned";
    Mistaken = mistaken, Count, Less, "strikes at somebody who is no member; only where the scenario states a procedure, as all that follows";
    Attacks = attacks, Count, Less, "cells that attacked";
    AttacksPrevented = attacks_prevented, Count, More, "cells that would have attacked, but of which too few members were free";
    LeadsSeen = leads_seen, Count, Neither, "leads seen";
    LeadsHome = leads_home, Count, More, "leads that reached the zone that they point to";
    LeadToHomeMs = lead_to_home_ms, Ms, Less, "from the sign of a lead until the zone that it points to has it, detection and release included; mean over the leads that did";
    AnalystHours = analyst_hours, Ratio, Less until end, "hours that analysts spent on translations and assessments that they completed";
    OfficerHours = officer_hours, Ratio, Less until end, "hours that officers spent on decisions on release";
    Paths = paths, Count, Neither, "captured members whose critical path is known";
    PathMs = path_ms, Ms, Neither, "from the first sign of a captured member to its capture; mean over the critical paths";
    PathCorroboration = path_corroboration, Share, Neither, "share of all critical paths: waiting for the sign that completed the corroboration";
    PathDetection = path_detection, Share, Neither, "the same, from that sign until a zone saw it";
    PathRelease = path_release, Share, Neither, "the same, decisions on release and delays of rules";
    PathNetwork = path_network, Share, Neither, "the same, under way between zones";
    PathTranslation = path_translation, Share, Neither, "the same, translation and the wait for it";
    PathTechnique = path_technique, Share, Neither, "the same, assessment by another zone that has the technique";
    PathAssessment = path_assessment, Share, Neither, "the same, assessment and the wait for it";
    PathWarrant = path_warrant, Share, Neither, "the same, the warrant";
    PathDecision = path_decision, Share, Neither, "the same, from the warrant until the coordination had the zone strike";
    PathExecution = path_execution, Share, Neither, "the same, from then until the capture";
}

impl MetricRow {
    /// The number of items that the mean of a metric includes. None if it includes all, or is no mean
    /// over items.
    pub fn counted(&self, metric: &MetricInfo) -> Option<f64> {
        match metric.population {
            Population::All | Population::Pairs(_) => None,
            Population::Items(count) => self.get(count),
            Population::ItemsExcept(count) => Some(self.items? - self.get(count)?),
        }
    }
}

impl Serialize for MetricRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(METRICS.len()))?;
        for (metric, value) in METRICS.iter().zip(self.values()) {
            map.serialize_entry(metric.name, &value)?;
        }
        map.end()
    }
}
