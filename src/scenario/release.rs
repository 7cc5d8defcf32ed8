//! The table `[release]`: what zones may tell, to whom and when, and who decides on it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::StrDeserializer;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::delay::Delay;
use super::values::{BoundedU32, Probability, Share, list};
use crate::protocol::desk::{LeadKind, Tlp};
use crate::time::NanoDuration;

/// What zones may tell each other. All defaults are guesses.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [release]")]
pub struct Release {
    /// Number of decisions on release that a zone takes at a time.
    pub officers: BoundedU32<1, 1_000_000>,
    /// Time of an officer for a decision. A time alone is the mean of an exponential distribution.
    pub approval: Delay,
    /// Time from the decision to the publication, where no rule states another. A time alone is
    /// constant.
    pub delay: Delay,
    /// The labels of leads (Traffic Light Protocol 2.0), each with its share; default: all are amber.
    pub tlp: Option<TlpShares>,
    /// Share of leads that only their originator may pass on.
    pub orcon: Probability,
    /// The rules. The first that matches applies.
    pub rules: ReleaseRules,
}

impl Default for Release {
    fn default() -> Self {
        Self {
            officers: BoundedU32(2),
            approval: Delay::Plain(NanoDuration::from_secs(20 * 60)),
            delay: Delay::NONE,
            tlp: None,
            orcon: Probability(0.0),
            rules: ReleaseRules::default(),
        }
    }
}

/// Shares of labels, relative to each other.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { red = 0.1, amber = 0.7, green = 0.2 }")]
pub struct TlpShares {
    /// Only for the zone that the lead points to.
    #[serde(default = "none")]
    pub red: Share,
    /// For members.
    #[serde(default = "none")]
    pub amber: Share,
    /// For members and observers.
    #[serde(default = "none")]
    pub green: Share,
    /// Without restriction.
    #[serde(default = "none")]
    pub clear: Share,
}

fn none() -> Share {
    Share(0.0)
}

impl TlpShares {
    /// In the order of the labels.
    pub fn shares(&self) -> [f64; 4] {
        [self.red, self.amber, self.green, self.clear].map(|Share(share)| share)
    }
}

/// A rule on release. What it does not state matches everything.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a table such as { from = \"kg\", to = \"cn\", delay = \"4h\" }"
)]
pub struct ReleaseRule {
    /// The zones that tell: an id, a list of ids, or "*".
    pub from: Option<OneOrMore<String>>,
    /// The nodes that are told: an id, "hub", a list of them, or "*", which includes the hub.
    pub to: Option<OneOrMore<String>>,
    /// Kinds of leads.
    pub kind: Option<OneOrMore<LeadKind>>,
    /// Labels of leads.
    pub tlp: Option<OneOrMore<Tlp>>,
    /// Time from the decision to the publication; default: `release.delay`. A time alone is constant.
    pub delay: Option<Delay>,
    /// Whether the nodes are not told at all.
    pub deny: bool,
}

list! {
    /// Rules on release, in order.
    ReleaseRules of ReleaseRule as ReleaseRule,
        "a list of rules, such as [{ from = \"kg\", to = \"cn\", delay = \"4h\" }]"
}

/// One word or a list of words.
#[derive(Clone, Debug)]
pub struct OneOrMore<T> {
    /// The words.
    pub words: Vec<T>,
    /// Whether they were given as a list.
    pub is_list: bool,
}

impl<T> OneOrMore<T> {
    /// The words with the paths of their values; `path` is that of all of them.
    pub fn with_paths<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a T, String)> {
        self.words.iter().enumerate().map(move |(index, word)| {
            (word, if self.is_list { format!("{path}.{index}") } else { path.to_owned() })
        })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordsVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for WordsVisitor<T> {
            type Value = OneOrMore<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word in quotes, or a list of words")
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<OneOrMore<T>, E> {
                let word = T::deserialize(StrDeserializer::new(word))?;
                Ok(OneOrMore { words: vec![word], is_list: false })
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<OneOrMore<T>, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = seq.next_element()? {
                    words.push(word);
                }
                if words.is_empty() {
                    return Err(de::Error::invalid_length(0, &"one word or more"));
                }
                Ok(OneOrMore { words, is_list: true })
            }
        }
        deserializer.deserialize_any(WordsVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMore<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMore{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }
}
