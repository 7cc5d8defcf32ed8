//! Times of travel from zone to zone, each way by itself: in a file, or in the scenario.

use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::values::Entries;
use crate::time::NanoDuration;

/// Times of travel one way, from row to column. A way of which nothing is said takes as long as
/// the way back.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Matrix {
    /// A CSV beside the scenario. Its first row names the zones that messages go to, the first
    /// field of each other row the zone they come from; the others are milliseconds one way, 0 to
    /// 10,000,000, or empty or `-` where nothing is said.
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
