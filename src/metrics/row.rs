//! The metrics: each has a name, a unit and one definition; a run has one row of values.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// The description of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MetricInfo {
    /// Its name in tables, JSON and result files.
    pub name: &'static str,
    /// `count`, `share`, `ratio`, `ms` or `bytes`.
    pub unit: &'static str,
    /// A phrase that defines the value of one run.
    pub definition: &'static str,
    /// Which of two values is better.
    pub better: Direction,
    /// The metric that counts what this mean includes, or what it leaves out. The values of two runs
    /// are comparable only where the counts are equal. None if the mean includes everything.
    pub counted_by: Option<&'static str>,
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

impl MetricInfo {
    /// The metric with a name, and its index in [`METRICS`].
    pub fn named(name: &str) -> Option<(usize, &'static Self)> {
        METRICS.iter().enumerate().find(|(_, metric)| metric.name == name)
    }

    /// Whether its values are integers.
    pub fn is_whole(&self) -> bool {
        matches!(self.unit, "count" | "bytes")
    }

    /// Whether it is 0 or 1 in each run, so that its mean over runs is a proportion.
    pub fn is_binary(&self) -> bool {
        self.name == "split"
    }
}

macro_rules! counted_by {
    () => {
        None
    };
    ($name:ident) => {
        Some(stringify!($name))
    };
}

macro_rules! metrics {
    ($($name:ident, $unit:literal, $better:ident $(over $counted_by:ident)?, $definition:literal;)*) => {
        /// The values of one run. A value is `None` where its metric is not defined: without items,
        /// operations, or whatever else its mean includes.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct MetricRow {
            $(#[doc = concat!($definition, " (", $unit, ")")] pub $name: Option<f64>,)*
        }

        /// All metrics, in the order of the columns of tables.
        pub const METRICS: &[MetricInfo] = &[
            $(MetricInfo {
                name: stringify!($name),
                unit: $unit,
                definition: $definition,
                better: Direction::$better,
                counted_by: counted_by!($($counted_by)?),
            },)*
        ];

        impl MetricRow {
            /// The number of items that the mean of a metric includes. None if it includes all, or is
            /// no mean over items.
            pub fn counted(&self, metric: &MetricInfo) -> Option<f64> {
                match metric.counted_by? {
                    "incomplete" => Some(self.items? - self.incomplete?),
                    "aoi_pairs" => None,
                    name => MetricInfo::named(name).and_then(|(index, _)| self.values().nth(index)?),
                }
            }

            /// The values in the order of [`METRICS`].
            pub fn values(&self) -> impl Iterator<Item = Option<f64>> {
                [$(self.$name),*].into_iter()
            }
        }
    };
}

metrics! {
    items, "count", Neither, "items published in the run";
    coverage, "share", More, "of the zones entitled to an item (all but its origin), those that learnt it by the end, remembered or not; mean over items";
    coverage_up, "share", More, "of the zones entitled to an item that are not down by a crash when the run ends, those that learnt it, remembered or not; mean over the items with such a zone";
    to_first_ms, "ms", Less over reached_first, "from an item's due time until the first entitled zone has it; mean over the items that reached one";
    to_half_ms, "ms", Less over reached_half, "until ceil(m/2) of its m entitled zones have it; mean over the items that reached so many";
    to_90_ms, "ms", Less over reached_90, "until ceil(0.9 m) have it (at 8 zones that is all); mean over the items that reached so many";
    to_all_ms, "ms", Less over incomplete, "until all m have it; mean over the items that reached all";
    mean_arrival_ms, "ms", Less over incomplete, "mean over all n zones, the origin counting 0; mean over the items that reached all";
    floor_ms, "ms", Neither over incomplete, "the fastest that any protocol could reach all over these links: shortest paths over times of travel without jitter, by way of any node, the hub too; mean over the items that reached all";
    stretch, "ratio", Less over incomplete, "an item's to_all over its floor; mean over the items that reached all";
    aoi_ms, "ms", Less over aoi_pairs, "age of information: the age of the freshest item one zone has from another, over time from its first; mean over the pairs that heard (up to 256 zones)";
    aoi_pairs, "count", Neither, "pairs (one zone, another) of which the one heard from the other (up to 256 zones)";
    messages, "count", Less, "messages sent by all nodes; copies made by the network are not";
    payloads, "count", Less, "items in messages received, each time they are";
    bytes, "bytes", Less, "sizes of the messages sent, bodies of items included, without IP and UDP headers";
    redundancy, "ratio", Less, "payloads over first receipts by zones, less 1";
    reached_first, "count", More, "items that reached an entitled zone";
    reached_half, "count", More, "items that reached ceil(m/2) of their m entitled zones";
    reached_90, "count", More, "items that reached ceil(0.9 m)";
    incomplete, "count", Less, "items published that did not reach all";
    last_arrival_ms, "ms", Less over reached_first, "until the last zone that learnt an item did, complete or not; mean over the items that reached anybody";
    operations, "count", Neither, "operations: organisations to capture";
    located_ms, "ms", Neither, "from the start of the run until the last member that was located was";
    decided_ms, "ms", Neither, "from the start until somebody first decided when to strike";
    spread_ms, "ms", Less, "from the first zone's first strike to the last zone's first strike";
    premature, "count", Less, "zones that first struck before the time that was first decided, on true time";
    captured, "count", More, "members captured";
    escaped, "count", Less, "members warned before they were captured";
    captured_share, "share", More, "captured of all members, known or not";
    split, "share", Less, "1 if of the zones that had located a member before the rest were warned some struck before then and some did not, else 0";
    completed_ms, "ms", Neither, "from the start until all members were captured or the rest warned";
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
