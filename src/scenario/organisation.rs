//! The table `[workload.organisation]`: members, their cells, and the leads about them. Synthetic; all
//! defaults are guesses.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::delay::{Delay, Size};
use super::misfit::{Misfit, Reason, Unknown};
use super::values::{BoundedU32, Entries, Names, Probability, Share, list};
use crate::protocol::desk::{LeadKind, LeadSource};
use crate::time::NanoDuration;

/// An organisation whose members are in the zones and cause leads. Synthetic; all figures are guesses.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [workload.organisation]")]
pub struct Organisation {
    /// Number of members, in zones drawn uniformly. Unknown to the zones.
    pub members: BoundedU32<1, 1_000_000>,
    /// Mean interval of the leads about a member (Poisson).
    pub lead_interval: NanoDuration,
    /// The time of the last lead; default: the horizon.
    pub until: Option<NanoDuration>,
    /// Share of leads that arise in another zone than the member's.
    pub away: Probability,
    /// Number of different leads that locate a member.
    pub corroboration: BoundedU32<1, 1_000_000>,
    /// Time to assess a lead. A time alone is the mean of an exponential distribution.
    pub assessment: Delay,
    /// Delay from a strike until the free members of the same cell are warned and escape.
    pub warning: NanoDuration,
    /// The same for the members of other cells; default: `warning`.
    pub warning_others: Option<NanoDuration>,
    /// Number of cells; member m is in cell m modulo their number.
    pub cells: BoundedU32<1, 1_000_000>,
    /// The kinds of leads, each with its share; default: all are propaganda.
    pub kinds: Option<ByWord<LeadKind, Share>>,
    /// The sources of leads; default: all are from monitoring, true and seen at once.
    pub sources: Option<ByWord<LeadSource, SourceSettings>>,
    /// The languages of leads, each with its share; default: one that all zones read.
    pub languages: Option<Entries<Share>>,
    /// Size of the evidence of a lead; default: `workload.item_size`.
    pub size: Option<Size>,
    /// Number of people whom false leads are about. Each has a home, as members have.
    pub phantoms: BoundedU32<0, 1_000_000>,
    /// The time of the attack of a cell, drawn for each; default: never. A time alone is the mean of an
    /// exponential distribution.
    pub attack: Option<Delay>,
    /// Number of free members that a cell needs for its attack.
    pub attack_needs: Option<BoundedU32<1, 1_000_000>>,
    /// Whether a warning brings the attack of a cell forward; default: it does not.
    pub hasty_attack: Option<HastyAttack>,
    /// Listed leads, which replace drawn ones.
    pub leads: Option<Leads>,
    /// The homes of the first members, and of the phantoms after them; the others are drawn.
    pub homes: Option<Names>,
}

impl Default for Organisation {
    fn default() -> Self {
        Self {
            members: BoundedU32(24),
            lead_interval: NanoDuration::from_secs(3600),
            until: None,
            away: Probability(0.8),
            corroboration: BoundedU32(3),
            assessment: Delay::Plain(NanoDuration::from_secs(300)),
            warning: NanoDuration::from_secs(900),
            warning_others: None,
            cells: BoundedU32(1),
            kinds: None,
            sources: None,
            languages: None,
            size: None,
            phantoms: BoundedU32(0),
            attack: None,
            attack_needs: None,
            hasty_attack: None,
            leads: None,
            homes: None,
        }
    }
}

/// A source of leads.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a table such as { share = 0.6, false = 0.05, delay = \"10m\" }"
)]
pub struct SourceSettings {
    /// Its share of all leads, relative to those of the other sources.
    pub share: Share,
    /// Share of its leads that are false: about one of the phantoms.
    #[serde(rename = "false")]
    pub wrong: Probability,
    /// Time from the sign until a zone sees it. A time alone is constant.
    pub delay: Delay,
}

impl Default for SourceSettings {
    fn default() -> Self {
        Self { share: Share(1.0), wrong: Probability(0.0), delay: Delay::NONE }
    }
}

/// How a warning brings the attack of a cell forward.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { probability = 0.3, after = \"2h\" }")]
pub struct HastyAttack {
    /// Probability that a cell does so, drawn for each.
    pub probability: Probability,
    /// Time from the warning to the attack. A time alone is constant.
    pub after: Delay,
}

/// A listed lead. What it does not state is drawn as for other leads.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as { at = \"600s\", from = \"kg\", about = 0 }"
)]
pub struct ListedLead {
    /// When the zone sees it.
    pub at: NanoDuration,
    /// The zone that sees it.
    pub from: String,
    /// The member, from 0; phantoms have the numbers after the members.
    #[serde(default)]
    pub about: u32,
    /// The kind of activity.
    pub kind: Option<LeadKind>,
    /// The source.
    pub source: Option<LeadSource>,
    /// The language, one of `languages`.
    pub language: Option<String>,
    /// Size of its evidence.
    pub size: Option<Size>,
}

list! {
    /// Leads in the order of the file.
    Leads of ListedLead as ListedLead, "a list of tables such as [{ at = \"600s\", from = \"kg\", about = 0 }]"
}

/// A table whose keys are words of a fixed set, in the order of the file.
#[derive(Clone, Debug)]
pub struct ByWord<K, V>(pub Vec<(K, V)>);

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for ByWord<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordsVisitor<K, V>(PhantomData<(K, V)>);
        impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for WordsVisitor<K, V> {
            type Value = ByWord<K, V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table with a word for each key")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(key) = map.next_key_seed(Word(PhantomData))? {
                    entries.push((key, map.next_value()?));
                }
                Ok(ByWord(entries))
            }
        }
        deserializer.deserialize_map(WordsVisitor(PhantomData))
    }
}

/// Reads a key that is one of the words of `K`.
struct Word<K>(PhantomData<K>);

impl<'de, K: Deserialize<'de>> DeserializeSeed<'de> for Word<K> {
    type Value = K;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<K, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, K: Deserialize<'de>> Visitor<'de> for Word<K> {
    type Value = K;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word")
    }
    fn visit_str<E: de::Error>(self, word: &str) -> Result<K, E> {
        let read = K::deserialize(StrDeserializer::<Misfit>::new(word));
        read.map_err(|misfit| match *misfit.reason {
            // An unknown word is an unknown key here.
            Reason::UnknownWord(Unknown { word, known }) => E::unknown_field(&word, known),
            _ => E::custom(misfit),
        })
    }
}

impl<K: JsonSchema, V: JsonSchema> JsonSchema for ByWord<K, V> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("{}By{}", V::schema_name(), K::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        // The words of `K`, each with what it means.
        let words = K::json_schema(generator);
        let words = words.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        let property = |word: &Value| {
            let mut schema = V::json_schema(generator);
            let about = word.get("description").cloned().unwrap_or_default();
            schema.insert("description".into(), about);
            Some((word.get("const")?.as_str()?.to_owned(), schema.to_value()))
        };
        let properties: serde_json::Map<_, _> = words.filter_map(property).collect();
        json_schema!({
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        })
    }
}
