//! Loss: a share of all messages, or bursts.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::values::Probability;
use crate::protocol::only_key;
use crate::time::NanoDuration;

/// What chance loses.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Loss {
    /// In bursts.
    Burst(Burst),
    /// This share, each message by itself.
    #[schemars(untagged)]
    Independent(Probability),
}

/// Bursts of loss (Gilbert and Elliott), stepped per slot of time.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as { enter = 0.01, leave = 0.3, good = 0.0, bad = 0.5 }"
)]
pub struct Burst {
    /// Chance of a slot to make the link bad.
    pub enter: Probability,
    /// Chance of a slot to make it good; with `enter` at most 1.
    pub leave: Probability,
    /// Share lost while it is good.
    pub good: Probability,
    /// Share lost while it is bad.
    pub bad: Probability,
    /// How long a slot is. A guess: 100 ms.
    #[serde(default = "usual_slot")]
    pub slot: NanoDuration,
    /// The state before the first slot.
    #[serde(default)]
    pub start: Start,
}

/// The state of a link before the first slot of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Bad with the share of time for which it is bad in the long run.
    #[default]
    Stationary,
    /// Good, so that less is lost at first than later.
    Good,
}

fn usual_slot() -> NanoDuration {
    NanoDuration::from_ms(100)
}

const LOSS: &str = "a number from 0 to 1, such as 0.05, or { burst = { .. } }";

impl<'de> Deserialize<'de> for Loss {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LossVisitor;
        impl<'de> Visitor<'de> for LossVisitor {
            type Value = Loss;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(LOSS)
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Loss, E> {
                let number = de::value::F64Deserializer::new(number);
                Probability::deserialize(number).map(Loss::Independent)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Loss, E> {
                let number = de::value::I64Deserializer::new(number);
                Probability::deserialize(number).map(Loss::Independent)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Loss, A::Error> {
                only_key(map, &["burst"], LOSS, |_, map| Ok(Loss::Burst(map.next_value()?)))
            }
        }
        deserializer.deserialize_any(LossVisitor)
    }
}
