//! The `topology` of a protocol: a word, or a table with a key of its own.

use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Graph;
use crate::protocol::only_key;

/// Who is whose neighbour.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Topology {
    /// Rows of zones, each the neighbour of those beside, above and below it.
    Grid(Grid),
    /// A tree, level by level from the first zone.
    Tree(Tree),
    /// All around one zone.
    Star(Star),
    /// At random, each with the same number of neighbours.
    Regular(Regular),
    /// These: `["z0-z1", "z1-z2"]`. All zones must be connected by them.
    Edges(Vec<String>),
    /// A CSV beside the scenario with columns `zone_a` and `zone_b`, others allowed: an edge a row.
    File(String),
    /// What the plan has made of one of those above.
    #[schemars(skip)]
    Graph(Graph),
    /// One of those above as it is usually, or one that has no settings.
    #[schemars(untagged)]
    Plain(Shape),
}

/// A topology without settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Everybody is everybody's neighbour.
    Complete,
    /// Each has the one before it and the one after it.
    Line,
    /// As near to a square as can be.
    Grid,
    /// Of two children each.
    Tree,
    /// Around the first zone.
    Star,
    /// Of four neighbours each, or all others if these are fewer.
    Regular,
}

/// A grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Grid {
    /// Zones in a row, 1 to n; the root of n, rounded up, if nothing is said.
    pub columns: Option<u32>,
}

/// A tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tree {
    /// Children of a zone, 1 to n-1.
    pub arity: u32,
}

impl Default for Tree {
    fn default() -> Self {
        Self { arity: 2 }
    }
}

/// A star.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Star {
    /// The zone that all others are around; the first if nothing is said.
    pub centre: Option<String>,
}

/// A random regular graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Regular {
    /// Neighbours of a zone, 2 to n-1 and 100 at the most; 4, or n-1 if that is less.
    pub degree: Option<u32>,
    /// What it is drawn from: the same graph for every seed of a run.
    pub seed: u32,
}

impl Default for Regular {
    fn default() -> Self {
        Self { degree: None, seed: 1 }
    }
}

impl Regular {
    /// Neighbours of a zone among so many.
    pub fn degree_among(&self, zones: u32) -> u32 {
        self.degree.unwrap_or(4).min(zones - 1)
    }
}

/// A table and nothing else: serde would take a list for one, value by value.
struct Table<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TableVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for TableVisitor<T> {
            type Value = Table<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table, maybe an empty one: {}")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Table<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Table)
            }
        }
        deserializer.deserialize_any(TableVisitor(PhantomData))
    }
}

const TOPOLOGY: &str = "a word such as \"grid\", or a table such as { tree = { arity = 3 } }";
const KEYS: &[&str] = &["grid", "tree", "star", "regular", "edges", "file"];

impl<'de> Deserialize<'de> for Topology {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TopologyVisitor;
        impl<'de> Visitor<'de> for TopologyVisitor {
            type Value = Topology;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(TOPOLOGY)
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<Topology, E> {
                Shape::deserialize(word.into_deserializer()).map(Topology::Plain)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Topology, A::Error> {
                only_key(map, KEYS, TOPOLOGY, |key, map| {
                    Ok(match key {
                        "grid" => Topology::Grid(map.next_value::<Table<_>>()?.0),
                        "tree" => Topology::Tree(map.next_value::<Table<_>>()?.0),
                        "star" => Topology::Star(map.next_value::<Table<_>>()?.0),
                        "regular" => Topology::Regular(map.next_value::<Table<_>>()?.0),
                        "edges" => Topology::Edges(map.next_value()?),
                        _ => Topology::File(map.next_value()?),
                    })
                })
            }
        }
        deserializer.deserialize_any(TopologyVisitor)
    }
}

impl crate::protocol::params::ParamValue for Topology {}
