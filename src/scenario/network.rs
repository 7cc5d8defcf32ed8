//! The `[network]` table of a scenario file. Every default that is a guess says so.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::latency_file::{LatencyColumns, LatencyFile, TimeOrFile};
use super::loss::Loss;
use super::matrix::Matrix;
use super::suggestion::nearest;
use super::units::{Bytes, Rate};
use super::values::{Entries, Factor, Inflation, Probability};
use crate::protocol::only_key;
use crate::time::{self, NanoDuration};

/// The network.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as [network]")]
pub struct Network {
    /// One-way latency. Default 50 ms, a guess.
    pub latency: Latency,
    /// Random delay at the sender, added to the latency.
    pub jitter: Jitter,
    /// Loss of messages.
    pub loss: Loss,
    /// Share of messages that the network duplicates.
    pub duplicate: Probability,
    /// Whether a message may arrive before one that was sent earlier over the same link and direction.
    pub order: LinkOrder,
    /// Bandwidth of each link and direction; unlimited by default.
    pub bandwidth: Option<Rate>,
    /// Queue of a link with a bandwidth, in bytes; messages beyond it are dropped. Default 1 MiB, a
    /// guess.
    pub queue: Option<Bytes>,
    /// Rate of each node's uplink, which all that it sends shares; unlimited by default. A zone and the
    /// hub may have one of their own.
    pub uplink: Option<Rate>,
    /// Rate of each node's downlink, which all that reaches it shares; unlimited by default. A zone and
    /// the hub may have one of their own.
    pub downlink: Option<Rate>,
    /// Messages above this size are bulk on uplinks and downlinks: they wait for all smaller ones, which
    /// interrupt them. Default 1 MB, a guess.
    pub bulk_from: Option<Bytes>,
    /// Properties of single links: `"a-b"` for both directions, `"a>b"` for one, which takes
    /// precedence.
    #[schemars(extend("propertyNames" = { "pattern": LINK }))]
    pub link: Entries<LinkSettings>,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            latency: Latency::OneWay(NanoDuration::from_ms(50)),
            jitter: Jitter::None,
            loss: Loss::Independent(Probability(0.0)),
            duplicate: Probability(0.0),
            order: LinkOrder::Any,
            bandwidth: None,
            queue: None,
            uplink: None,
            downlink: None,
            bulk_from: None,
            link: Entries::default(),
        }
    }
}

/// The schema of a key of `link`: two names and a separator.
const LINK: &str = r"^\s*[^\s<>=*,-]+\s*[->]\s*[^\s<>=*,-]+\s*$";

/// The properties of a link that differ from the network.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { latency = \"40ms\" }")]
pub struct LinkSettings {
    /// The latency, in both directions unless the key names one.
    pub latency: Option<Latency>,
    /// Random delay at the sender.
    pub jitter: Option<Jitter>,
    /// Loss of messages.
    pub loss: Option<Loss>,
    /// Share of messages that the link duplicates.
    pub duplicate: Option<Probability>,
    /// Whether a message may arrive before one that was sent earlier.
    pub order: Option<LinkOrder>,
    /// Bandwidth of each direction.
    pub bandwidth: Option<Rate>,
    /// Queue in bytes.
    pub queue: Option<Bytes>,
}

/// The order in which messages arrive over one direction of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LinkOrder {
    /// Jitter and delays reorder messages.
    Any,
    /// None arrives before one that was sent earlier: it waits at its sender, and arrives at the same
    /// instant.
    Fifo,
}

/// The source of latencies.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(rename_all = "snake_case", transform = or_a_time)]
pub enum Latency {
    /// One-way latency of all links.
    OneWay(NanoDuration),
    /// A file of one-way latencies beside the scenario.
    #[schemars(rename = "one_way")]
    OneWayFile(LatencyColumns),
    /// Round-trip time of all links; the one-way latency is half of it.
    RoundTrip(NanoDuration),
    /// A file of measured round-trip times beside the scenario.
    Rtt(LatencyFile),
    /// One-way latency of each ordered pair of zones.
    Matrix(Matrix),
    /// From the positions of the zones.
    Geo(Geo),
}

/// A bare time is a one-way latency.
fn or_a_time(schema: &mut Schema) {
    let mut time = NanoDuration::json_schema(&mut SchemaGenerator::default());
    time.insert("description".into(), "This long one way.".into());
    if let Some(Value::Array(ways)) = schema.get_mut("oneOf") {
        ways.insert(0, time.to_value());
    }
}

/// Latencies from distance.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table such as { inflation = 2.1 }")]
pub struct Geo {
    /// Ratio of the cable length to the great circle, at least 1. Default 2.1, a guess.
    pub inflation: Inflation,
    /// Access latency of each of the two ends. Default 2 ms, a guess.
    pub fixed: NanoDuration,
}

impl Default for Geo {
    fn default() -> Self {
        Self { inflation: Inflation(2.1), fixed: NanoDuration::from_ms(2) }
    }
}

const LATENCY: &str = "a time one way such as \"40ms\", or { rtt = \"file.csv\" }, \
                       { matrix = \"file.csv\" } or { geo = {} }";

/// The keys of a table that sets the source of latencies.
const LATENCIES: &[&str] = &["one_way", "round_trip", "rtt", "matrix", "geo"];

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LatencyVisitor;
        impl<'de> Visitor<'de> for LatencyVisitor {
            type Value = Latency;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(LATENCY)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Latency, E> {
                let message = match text {
                    "rtt" | "matrix" => {
                        format!("`{text}` without its file; expected {{ {text} = \"file.csv\" }}")
                    }
                    "geo" => "geography without its table; expected { geo = {} }".into(),
                    file if file.ends_with(".csv") => {
                        format!(
                            "a file without its table; expected {{ rtt = \"{file}\" }} if it is of \
                             round trips, or {{ matrix = \"{file}\" }}"
                        )
                    }
                    time => return time.parse().map(Latency::OneWay).map_err(E::custom),
                };
                Err(E::custom(message))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Latency, E> {
                Err(E::custom(time::without_unit(number)))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Latency, E> {
                Err(E::custom(time::without_unit(number)))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Latency, A::Error> {
                only_key(map, LATENCIES, LATENCY, |key, map| {
                    Ok(match key {
                        "one_way" => match map.next_value()? {
                            TimeOrFile::Time(time) => Latency::OneWay(time),
                            TimeOrFile::File(file) => Latency::OneWayFile(file),
                        },
                        "round_trip" => Latency::RoundTrip(map.next_value()?),
                        "rtt" => Latency::Rtt(map.next_value()?),
                        "matrix" => Latency::Matrix(map.next_value()?),
                        _ => Latency::Geo(map.next_value()?),
                    })
                })
            }
        }
        deserializer.deserialize_any(LatencyVisitor)
    }
}

/// Random delay of a message at its sender.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Jitter {
    /// No jitter.
    None,
    /// Uniform.
    Uniform(Uniform),
    /// Exponential.
    Exponential(Exponential),
    /// Log-normal.
    Lognormal(Lognormal),
    /// Gamma.
    Gamma(Gamma),
    /// Pareto.
    Pareto(Pareto),
    /// A file of measured delays beside the scenario: a CSV with a column `ms`, 0 to 10,000,000
    /// milliseconds each, in any order. Draws are uniform over its rows.
    Samples(String),
}

/// Uniform between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { min = \"0ms\", max = \"9ms\" }")]
pub struct Uniform {
    /// Minimum.
    pub min: NanoDuration,
    /// Maximum.
    pub max: NanoDuration,
}

/// Exponential.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { mean = \"3ms\" }")]
pub struct Exponential {
    /// Mean.
    pub mean: NanoDuration,
}

/// Log-normal.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { median = \"4ms\", sigma = 0.8 }")]
pub struct Lognormal {
    /// Median.
    pub median: NanoDuration,
    /// Standard deviation of the logarithm.
    pub sigma: Factor,
}

/// Gamma.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { mean = \"4ms\", shape = 2.0 }")]
pub struct Gamma {
    /// Mean.
    pub mean: NanoDuration,
    /// Shape; the variance is the squared mean divided by it.
    pub shape: Factor,
}

/// Pareto: heavy-tailed; the mean is infinite for a shape up to 1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { scale = \"1ms\", shape = 2.5 }")]
pub struct Pareto {
    /// Minimum.
    pub scale: NanoDuration,
    /// Exponent of the tail.
    pub shape: Factor,
}

const JITTER: &str = "\"none\", or a table such as { uniform = { min = \"0ms\", max = \"9ms\" } }";

/// The kinds of jitter, each with an example.
const JITTERS: [(&str, &str); 6] = [
    ("uniform", "{ min = \"0ms\", max = \"9ms\" }"),
    ("exponential", "{ mean = \"3ms\" }"),
    ("lognormal", "{ median = \"4ms\", sigma = 0.8 }"),
    ("gamma", "{ mean = \"4ms\", shape = 2.0 }"),
    ("pareto", "{ scale = \"1ms\", shape = 2.5 }"),
    ("samples", "\"jitter.csv\""),
];

/// The names of the kinds, for messages.
const JITTER_NAMES: &[&str] =
    &[JITTERS[0].0, JITTERS[1].0, JITTERS[2].0, JITTERS[3].0, JITTERS[4].0, JITTERS[5].0];

impl<'de> Deserialize<'de> for Jitter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct JitterVisitor;
        impl<'de> Visitor<'de> for JitterVisitor {
            type Value = Jitter;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(JITTER)
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<Jitter, E> {
                if word == "none" {
                    return Ok(Jitter::None);
                }
                if word.ends_with(".csv") {
                    return Err(E::custom(format!(
                        "a file without its table; expected {{ samples = \"{word}\" }}"
                    )));
                }
                // A word that names a kind lacks only its parameters.
                let names = JITTERS.iter().map(|(name, _)| *name);
                let kind = nearest(word, names.chain(["none"]));
                match JITTERS.iter().find(|(name, _)| Some(*name) == kind) {
                    Some((name, example)) => Err(E::custom(format!(
                        "a jitter without its figures; expected {{ {name} = {example} }}"
                    ))),
                    None => Err(E::invalid_value(Unexpected::Str(word), &self)),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Jitter, A::Error> {
                only_key(map, JITTER_NAMES, JITTER, |key, map| {
                    Ok(match key {
                        "uniform" => Jitter::Uniform(map.next_value()?),
                        "exponential" => Jitter::Exponential(map.next_value()?),
                        "lognormal" => Jitter::Lognormal(map.next_value()?),
                        "gamma" => Jitter::Gamma(map.next_value()?),
                        "pareto" => Jitter::Pareto(map.next_value()?),
                        _ => Jitter::Samples(map.next_value()?),
                    })
                })
            }
        }
        deserializer.deserialize_any(JitterVisitor)
    }
}
