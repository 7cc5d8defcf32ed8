//! The columns: one row per run, each column with a name, a unit and one definition.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MetricInfo {
    /// Its name in tables, JSON and files.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What it says.
    pub definition: &'static str,
    /// Which way is better, for who compares.
    pub better: Direction,
    /// The column that counts what this mean is over, or what it is not over: the values of two runs
    /// are of the same only where the counts are equal. None if it is over all there is.
    pub counted_by: Option<&'static str>,
}

/// Which of two values of a metric is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The smaller: what takes time or costs.
    Less,
    /// The larger.
    More,
    /// Neither: it tells of the world and not of what was done in it; or of when, which is sooner
    /// where less was done.
    Neither,
}

impl MetricInfo {
    /// The column of that name.
    pub fn named(name: &str) -> Option<(usize, &'static Self)> {
        METRICS.iter().enumerate().find(|(_, column)| column.name == name)
    }

    /// Whether its values are whole numbers.
    pub fn is_whole(&self) -> bool {
        matches!(self.unit, "count" | "bytes")
    }

    /// Whether it is 0 or 1 in each run, and its mean over runs a proportion.
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

macro_rules! columns {
    ($($name:ident, $unit:literal, $better:ident $(over $counted_by:ident)?, $definition:literal;)*) => {
        /// What is measured of one run; `None` where there is nothing to say.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct MetricRow {
            $(#[doc = concat!($definition, " (", $unit, ")")] pub $name: Option<f64>,)*
        }

        /// All columns, in order.
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
            /// The number of items that a column of this row is a mean over, if that may be fewer
            /// than all.
            pub fn counted(&self, column: &MetricInfo) -> Option<f64> {
                match column.counted_by? {
                    "incomplete" => Some(self.items? - self.incomplete?),
                    "aoi_pairs" => None,
                    name => MetricInfo::named(name).and_then(|(place, _)| self.values().nth(place)?),
                }
            }

            /// The values in the order of [`METRICS`].
            pub fn values(&self) -> impl Iterator<Item = Option<f64>> {
                [$(self.$name),*].into_iter()
            }
        }
    };
}

columns! {
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
        for (column, value) in METRICS.iter().zip(self.values()) {
            map.serialize_entry(column.name, &value)?;
        }
        map.end()
    }
}
