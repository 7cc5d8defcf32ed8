//! Positions of generated zones: a word, or a table with one key.

use std::fmt;

use schemars::{JsonSchema, Schema, json_schema};
use serde::de::{self, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::values::{Coordinates, East, North, SpreadKm, list};
use crate::protocol::only_key;

/// The distribution of generated zones. Drawn from a seed of its own, so that all runs have the same
/// map.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(rename_all = "snake_case", transform = or_a_word)]
pub enum Placement {
    /// Uniform on the surface of the Earth.
    Sphere(Sphere),
    /// Uniform on the surface within a box of degrees.
    Box(Region),
    /// Clusters, such as cities.
    Near(Near),
}

impl Placement {
    /// The seed of the positions.
    pub fn seed(&self) -> u32 {
        match self {
            Self::Sphere(Sphere { seed }) => *seed,
            Self::Box(Region { seed, .. }) | Self::Near(Near { seed, .. }) => *seed,
        }
    }
}

/// Adds the word `sphere` to the schema.
fn or_a_word(schema: &mut Schema) {
    let word = json_schema!({
        "type": "string",
        "const": "sphere",
        "description": "Anywhere on the Earth, drawn from seed 1.",
    });
    if let Some(Value::Array(ways)) = schema.get_mut("oneOf") {
        ways.insert(0, word.to_value());
    }
}

fn usual_seed() -> u32 {
    1
}

/// The whole Earth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { seed = 1 }")]
pub struct Sphere {
    /// The seed of the positions.
    #[serde(default = "usual_seed")]
    pub seed: u32,
}

/// A box of degrees.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as { south = 35.0, west = 46.0, north = 55.0, east = 87.0 }"
)]
pub struct Region {
    /// Southern edge.
    pub south: North,
    /// Western edge; if above `east`, the box crosses the date line.
    pub west: East,
    /// Northern edge.
    pub north: North,
    /// Eastern edge.
    pub east: East,
    /// The seed of the positions.
    #[serde(default = "usual_seed")]
    pub seed: u32,
}

/// Clusters, equally likely, with normal distances east and north of the centre.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as { at = [[41.26, 69.22]], spread_km = 300.0 }"
)]
pub struct Near {
    /// The centres.
    pub at: Seats,
    /// Standard deviation of each of the two distances, in km along the great circle.
    pub spread_km: SpreadKm,
    /// The seed of the positions.
    #[serde(default = "usual_seed")]
    pub seed: u32,
}

list! {
    /// Positions: `[[41.26, 69.22], [39.91, 116.4]]`.
    #[derive(PartialEq)]
    Seats of Coordinates as Coordinates, "a list of places, such as [[41.26, 69.22], [39.91, 116.4]]"
}

const PLACEMENT: &str = "\"sphere\", or { box = { .. } }, or { near = { .. } }";

const KEYS: &[&str] = &["sphere", "box", "near"];

impl<'de> Deserialize<'de> for Placement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PlacementVisitor;
        impl<'de> Visitor<'de> for PlacementVisitor {
            type Value = Placement;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(PLACEMENT)
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<Placement, E> {
                let bare = |figures: &str| {
                    E::custom(format!(
                        "`{word}` without its figures; expected {{ {word} = {{ {figures} }} }}"
                    ))
                };
                match word {
                    "sphere" => Ok(Placement::Sphere(Sphere { seed: usual_seed() })),
                    "box" => Err(bare("south = 35.0, west = 46.0, north = 55.0, east = 87.0")),
                    "near" => Err(bare("at = [[41.26, 69.22]], spread_km = 300.0")),
                    _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Placement, A::Error> {
                only_key(map, KEYS, PLACEMENT, |key, map| {
                    Ok(match key {
                        "sphere" => Placement::Sphere(map.next_value()?),
                        "box" => Placement::Box(map.next_value()?),
                        _ => Placement::Near(map.next_value()?),
                    })
                })
            }
        }
        deserializer.deserialize_any(PlacementVisitor)
    }
}
