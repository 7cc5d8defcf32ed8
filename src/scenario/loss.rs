//! Message loss: independent, or in bursts.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::values::Probability;
use crate::protocol::only_key;
use crate::time::NanoDuration;

/// Random loss.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Loss {
    /// Losses come in bursts.
    Burst(Burst),
    /// The probability of loss, independent for each message.
    #[schemars(untagged)]
    Independent(Probability),
}

/// Burst loss (Gilbert and Elliott): a two-state Markov chain with a step per slot.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as { enter = 0.01, leave = 0.3, good = 0.0, bad = 0.5 }"
)]
pub struct Burst {
    /// Probability per slot that a good link turns bad.
    pub enter: Probability,
    /// Probability per slot that a bad link turns good; at most 1 together with `enter`.
    pub leave: Probability,
    /// Loss rate of a good link.
    pub good: Probability,
    /// Loss rate of a bad link.
    pub bad: Probability,
    /// The duration of a slot. Default 100 ms, a guess.
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
    /// Drawn from the stationary distribution.
    #[default]
    Stationary,
    /// Good: fewer losses at first than later.
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
