//! One-way latencies from zone to zone, in a file or in the scenario.

use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::values::Entries;
use crate::time::NanoDuration;

/// One-way latencies, from row to column. A missing direction has the latency of the opposite one.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Matrix {
    /// A CSV beside the scenario. The first row names the receiving zones, the first field of each
    /// other row the sending zone; the other fields are one-way latencies in milliseconds, 0 to
    /// 10,000,000, or empty, `-`, `NA` or `NaN` if missing.
    File(String),
    /// In the scenario: `{ cn = { ru = "104ms" } }` is from `cn` to `ru`.
    Table(Entries<Entries<NanoDuration>>),
}

const MATRIX: &str = "the name of a file such as \"latency.csv\", or a table from zone to zone \
                      such as { cn = { ru = \"104ms\" } }";

impl<'de> Deserialize<'de> for Matrix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MatrixVisitor;
        impl<'de> Visitor<'de> for MatrixVisitor {
            type Value = Matrix;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(MATRIX)
            }
            fn visit_str<E: de::Error>(self, file: &str) -> Result<Matrix, E> {
                Ok(Matrix::File(file.into()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Matrix, A::Error> {
                Entries::deserialize(MapAccessDeserializer::new(map)).map(Matrix::Table)
            }
        }
        deserializer.deserialize_any(MatrixVisitor)
    }
}
