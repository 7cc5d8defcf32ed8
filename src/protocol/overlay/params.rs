//! The `topology` of a protocol: a word, or a table with a key of its own.

use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Graph;
use crate::protocol::only_key;

/// The graph of neighbours.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Topology {
    /// Rows of zones; neighbours are to the left, to the right, above and below.
    Grid(Grid),
    /// A tree, level by level from the first zone.
    Tree(Tree),
    /// All other zones around one centre.
    Star(Star),
    /// A random graph in which all zones have the same number of neighbours.
    Regular(Regular),
    /// A ring some of whose links lead elsewhere: a small world.
    WattsStrogatz(WattsStrogatz),
    /// A random graph in which zones with many neighbours get more.
    BarabasiAlbert(BarabasiAlbert),
    /// A random graph in which any two zones are neighbours with the same probability. It need not be
    /// connected.
    ErdosRenyi(ErdosRenyi),
    /// These edges: `["z0-z1", "z1-z2"]`. They must connect all zones.
    Edges(Vec<String>),
    /// A CSV file with one edge per row and the columns `zone_a` and `zone_b`; other columns are
    /// allowed. The path is relative to the scenario.
    File(String),
    /// A graph that the plan built from one of the other variants.
    #[schemars(skip)]
    Graph(Graph),
    /// A shape with default settings, or without any.
    #[schemars(untagged)]
    Plain(Shape),
}

/// A topology with default settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Every zone is a neighbour of every other.
    Complete,
    /// The neighbours of a zone are the zones before and after it.
    Line,
    /// A nearly square grid.
    Grid,
    /// A binary tree.
    Tree,
    /// A star around the first zone.
    Star,
    /// A random graph with four neighbours per zone, or all others if these are fewer.
    Regular,
}

/// The settings of a grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Grid {
    /// Zones per row, 1 to n. Default: the root of n, rounded up.
    pub columns: Option<u32>,
}

/// The settings of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tree {
    /// Children per zone, 1 to n-1.
    pub arity: u32,
}

impl Default for Tree {
    fn default() -> Self {
        Self { arity: 2 }
    }
}

/// The settings of a star.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Star {
    /// The name of the centre. Default: the first zone.
    pub centre: Option<String>,
}

/// The settings of a random regular graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Regular {
    /// Neighbours per zone, 2 to n-1 and at most 100. Default: 4, or n-1 if that is less.
    pub degree: Option<u32>,
    /// The seed of the graph, which does not depend on the seed of the run.
    pub seed: u32,
}

impl Default for Regular {
    fn default() -> Self {
        Self { degree: None, seed: 1 }
    }
}

impl Regular {
    /// The number of neighbours per zone among `zones` zones.
    pub fn degree_among(&self, zones: u32) -> u32 {
        self.degree.unwrap_or(4).min(zones - 1)
    }
}

/// The settings of a small world.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WattsStrogatz {
    /// Neighbours per zone on the ring: an even number, 2 to n-1 and at most 100. Default: 4, or 2 if
    /// there are fewer than five zones.
    pub neighbours: Option<u32>,
    /// The share of links that lead elsewhere, 0 to 1. Default 0.1, where paths of the paper are short.
    pub rewire: f64,
    /// The seed of the graph.
    pub seed: u32,
    /// Whether each run draws a graph of its own, from its seed and this one.
    pub redraw: bool,
}

impl Default for WattsStrogatz {
    fn default() -> Self {
        Self { neighbours: None, rewire: 0.1, seed: 1, redraw: false }
    }
}

impl WattsStrogatz {
    /// Neighbours per zone on the ring among `zones` zones; 1 among two.
    pub fn neighbours_among(&self, zones: u32) -> u32 {
        self.neighbours.unwrap_or(if zones > 4 { 4 } else { 2 })
    }
}

/// The settings of preferential attachment.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BarabasiAlbert {
    /// Links of a zone to those before it, 1 to n-1 and at most 100. Default: 2, or n-1 if that is less.
    pub links: Option<u32>,
    /// The seed of the graph.
    pub seed: u32,
    /// Whether each run draws a graph of its own, from its seed and this one.
    pub redraw: bool,
}

impl Default for BarabasiAlbert {
    fn default() -> Self {
        Self { links: None, seed: 1, redraw: false }
    }
}

impl BarabasiAlbert {
    /// Links of a zone to those before it among `zones` zones.
    pub fn links_among(&self, zones: u32) -> u32 {
        self.links.unwrap_or(2).min(zones - 1)
    }
}

/// The settings of a binomial random graph.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ErdosRenyi {
    /// The mean number of neighbours of a zone, 0 to n-1 and at most 100. Default: 4, or n-1 if that is
    /// less.
    pub degree: Option<f64>,
    /// The seed of the graph.
    pub seed: u32,
    /// Whether each run draws a graph of its own, from its seed and this one.
    pub redraw: bool,
}

impl Default for ErdosRenyi {
    fn default() -> Self {
        Self { degree: None, seed: 1, redraw: false }
    }
}

impl ErdosRenyi {
    /// The mean number of neighbours among `zones` zones.
    pub fn degree_among(&self, zones: u32) -> f64 {
        self.degree.unwrap_or(4.0).min((zones - 1).into())
    }
}

/// A table: serde would also accept a list of its values.
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
const KEYS: &[&str] = &[
    "grid",
    "tree",
    "star",
    "regular",
    "watts_strogatz",
    "barabasi_albert",
    "erdos_renyi",
    "edges",
    "file",
];

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
                        "watts_strogatz" => {
                            Topology::WattsStrogatz(map.next_value::<Table<_>>()?.0)
                        }
                        "barabasi_albert" => {
                            Topology::BarabasiAlbert(map.next_value::<Table<_>>()?.0)
                        }
                        "erdos_renyi" => Topology::ErdosRenyi(map.next_value::<Table<_>>()?.0),
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
