//! A file with a latency in each row, as measurements are published.

use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::values::Entries;
use crate::time::{self, NanoDuration};

/// A CSV beside the scenario with one latency in each row: its name, or a table that also names its
/// columns. A missing direction has the latency of the opposite one.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum LatencyFile {
    /// The name of a file with the usual columns.
    Usual(String),
    /// A file with columns of any names.
    Table(LatencyColumns),
}

/// A file and how to read it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { file = \"rtt.csv\", ms = \"p50\" }")]
pub struct LatencyColumns {
    /// The name of the file.
    pub file: String,
    /// The column of the sender, which measured. Default `zone_a` for round trips, else `from`.
    #[serde(default)]
    pub from: Option<String>,
    /// The column of the receiver. Default `zone_b` for round trips, else `to`.
    #[serde(default)]
    pub to: Option<String>,
    /// The column of the latency in milliseconds, 0 to 10,000,000, or empty, `-`, `NA` or `NaN` if
    /// missing. Default `rtt_avg_ms` for round trips, else `ms`.
    #[serde(default)]
    pub ms: Option<String>,
    /// Names in the file, each with the zone that it stands for.
    #[serde(default)]
    pub names: Entries<String>,
    /// The value of pairs of zones that the file lacks. Default: a missing pair is an error.
    #[serde(default)]
    pub missing: Option<NanoDuration>,
}

impl LatencyFile {
    /// The file and how to read it.
    pub fn columns(&self) -> LatencyColumns {
        match self {
            Self::Usual(file) => LatencyColumns { file: file.clone(), ..LatencyColumns::default() },
            Self::Table(columns) => columns.clone(),
        }
    }
}

const FILE: &str = "the name of a file such as \"rtt.csv\", or a table such as \
                    { file = \"rtt.csv\", from = \"src\", to = \"dst\", ms = \"p50\" }";

impl<'de> Deserialize<'de> for LatencyFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FileVisitor;
        impl<'de> Visitor<'de> for FileVisitor {
            type Value = LatencyFile;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(FILE)
            }
            fn visit_str<E: de::Error>(self, file: &str) -> Result<LatencyFile, E> {
                Ok(LatencyFile::Usual(file.into()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LatencyFile, A::Error> {
                Deserialize::deserialize(MapAccessDeserializer::new(map)).map(LatencyFile::Table)
            }
        }
        deserializer.deserialize_any(FileVisitor)
    }
}

/// A time, or a file with a latency in each row.
pub(super) enum TimeOrFile {
    Time(NanoDuration),
    File(LatencyColumns),
}

impl<'de> Deserialize<'de> for TimeOrFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TimeOrFileVisitor;
        impl<'de> Visitor<'de> for TimeOrFileVisitor {
            type Value = TimeOrFile;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a time such as \"40ms\", or a table such as { file = \"one-way.csv\", ms = \
                     \"p50\" }",
                )
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<TimeOrFile, E> {
                if text.ends_with(".csv") {
                    let message = format!(
                        "a file without its table; expected {{ one_way = {{ file = \"{text}\" }} }}"
                    );
                    return Err(E::custom(message));
                }
                text.parse().map(TimeOrFile::Time).map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<TimeOrFile, E> {
                Err(E::custom(time::without_unit(number)))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<TimeOrFile, E> {
                Err(E::custom(time::without_unit(number)))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TimeOrFile, A::Error> {
                Deserialize::deserialize(MapAccessDeserializer::new(map)).map(TimeOrFile::File)
            }
        }
        deserializer.deserialize_any(TimeOrFileVisitor)
    }
}
