//! Where generated zones are: a word, or a table with a key of its own.

use std::fmt;

use schemars::{JsonSchema, Schema, json_schema};
use serde::de::{self, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::values::{Coordinates, East, North, SpreadKm, list};
use crate::protocol::only_key;

/// Where generated zones are. What it is drawn from is said here and is not the seed of a run: all
/// runs have one map.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(rename_all = "snake_case", transform = or_a_word)]
pub enum Placement {
    /// Anywhere on the Earth, each area as likely as another of its size.
    Sphere(Sphere),
    /// Anywhere in a box of degrees, each area as likely as another of its size.
    Box(Region),
    /// Round seats, as cities are.
    Near(Near),
}

impl Placement {
    /// What places are drawn from.
    pub fn seed(&self) -> u32 {
        match self {
            Self::Sphere(Sphere { seed }) => *seed,
            Self::Box(Region { seed, .. }) | Self::Near(Near { seed, .. }) => *seed,
        }
    }
}

/// A sphere needs nothing said of it.
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

/// All of the Earth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { seed = 1 }")]
pub struct Sphere {
    /// What places are drawn from.
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
    /// Its southern edge.
    pub south: North,
    /// Its western edge; where it is above `east` the box lies across the date line.
    pub west: East,
    /// Its northern edge.
    pub north: North,
    /// Its eastern edge.
    pub east: East,
    /// What places are drawn from.
    #[serde(default = "usual_seed")]
    pub seed: u32,
}

/// Round seats, each as likely, and as far from it east and north as two normal numbers say.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as { at = [[41.26, 69.22]], spread_km = 300.0 }"
)]
pub struct Near {
    /// The seats.
    pub at: Seats,
    /// The standard deviation east and north, in km along the great circle.
    pub spread_km: SpreadKm,
    /// What places are drawn from.
    #[serde(default = "usual_seed")]
    pub seed: u32,
}

list! {
    /// Places: `[[41.26, 69.22], [39.91, 116.4]]`.
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
