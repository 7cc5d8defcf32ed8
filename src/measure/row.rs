//! The columns: one row per run, each column with a name, a unit and one definition.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Column {
    /// Its name in tables, JSON and files.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What it says.
    pub definition: &'static str,
    /// Which way is better, for who compares.
    pub better: Better,
}

/// Which of two values of a metric is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// The smaller: what takes time or costs.
    Less,
    /// The larger.
    More,
    /// Neither: it tells of the world and not of what was done in it; or of when, which is sooner
    /// where less was done.
    Neither,
}

impl Column {
    /// The column of that name.
    pub fn named(name: &str) -> Option<(usize, &'static Self)> {
        COLUMNS.iter().enumerate().find(|(_, column)| column.name == name)
    }

    /// Whether its values are whole numbers.
    pub fn is_whole(&self) -> bool {
        matches!(self.unit, "count" | "bytes")
    }

    /// Whether it is 0 or 1 in each run, and its mean over runs a proportion.
    pub fn is_binary(&self) -> bool {
        self.name == "split"
    }

    /// Whether it tells only of what reached all, or anybody: of two ways it compares nothing where
    /// not the same did.
    pub fn is_of_what_arrived(&self) -> bool {
        let ends = ["that reached all", "that reached anybody", "that heard (up to 256 zones)"];
        ends.iter().any(|end| self.definition.ends_with(end))
    }
}

macro_rules! columns {
    ($($name:ident, $unit:literal, $better:ident, $definition:literal;)*) => {
        /// What is measured of one run; `None` where there is nothing to say.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Row {
            $(#[doc = concat!($definition, " (", $unit, ")")] pub $name: Option<f64>,)*
        }

        /// All columns, in order.
        pub const COLUMNS: &[Column] = &[
            $(Column { name: stringify!($name), unit: $unit, definition: $definition, better: Better::$better },)*
        ];

        impl Row {
            /// The values in the order of [`COLUMNS`].
            pub fn values(&self) -> impl Iterator<Item = Option<f64>> {
                [$(self.$name),*].into_iter()
            }
        }
    };
}

columns! {
    items, "count", Neither, "items published in the run";
    coverage, "share", More, "of the zones entitled to an item (all but its origin), those that learnt it by the end, remembered or not; mean over items";
    to_first_ms, "ms", Less, "from an item's due time until the first entitled zone has it; mean over the items that reached all";
    to_half_ms, "ms", Less, "until ceil(m/2) of its m entitled zones have it; mean over the items that reached all";
    to_90_ms, "ms", Less, "until ceil(0.9 m) have it (at 8 zones that is all); mean over the items that reached all";
    to_all_ms, "ms", Less, "until all m have it; mean over the items that reached all";
    mean_arrival_ms, "ms", Less, "mean over all n zones, the origin counting 0; mean over the items that reached all";
    floor_ms, "ms", Neither, "the fastest that any protocol could reach all over these links: shortest paths over times of travel without jitter, by way of any node, the hub too; mean over the items that reached all";
    stretch, "ratio", Less, "an item's to_all over its floor; mean over the items that reached all";
    aoi_ms, "ms", Less, "age of information: the age of the freshest item one zone has from another, over time from its first; mean over the pairs that heard (up to 256 zones)";
    messages, "count", Less, "messages sent by all nodes; copies made by the network are not";
    payloads, "count", Less, "items in messages received, each time they are";
    bytes, "bytes", Less, "sizes of the messages sent, bodies of items included, without IP and UDP headers";
    redundancy, "ratio", Less, "payloads over first receipts by zones, less 1";
    incomplete, "count", Less, "items published that did not reach all";
    last_arrival_ms, "ms", Less, "until the last zone that learnt an item did, complete or not; mean over the items that reached anybody";
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

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(COLUMNS.len()))?;
        for (column, value) in COLUMNS.iter().zip(self.values()) {
            map.serialize_entry(column.name, &value)?;
        }
        map.end()
    }
}
