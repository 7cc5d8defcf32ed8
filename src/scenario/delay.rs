//! The time that a piece of work or a wait takes: a time, or a table with one distribution.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::units::Bytes;
use crate::protocol::desk::WorkTime;
use crate::protocol::only_key;
use crate::time::{self, NanoDuration, SimDuration};

/// The distribution of a time: `"30m"`, or a table such as `{ uniform = ["10m", "50m"] }`. The key
/// says what a time alone means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delay {
    /// A time alone.
    Plain(NanoDuration),
    /// Always the same.
    Constant(NanoDuration),
    /// Exponential, with this mean.
    Exponential(NanoDuration),
    /// Uniform between two bounds.
    Uniform(Between<NanoDuration>),
}

impl Delay {
    /// No time.
    pub const NONE: Self = Self::Plain(NanoDuration::from_ns(0));

    /// The distribution in ticks, where a time alone is a constant.
    pub fn constant(self, resolution: NanoDuration) -> WorkTime {
        self.work_time(resolution, WorkTime::Constant)
    }

    /// The distribution in ticks, where a time alone is the mean of an exponential distribution.
    pub fn exponential(self, resolution: NanoDuration) -> WorkTime {
        self.work_time(resolution, WorkTime::Exponential)
    }

    fn work_time(self, resolution: NanoDuration, plain: fn(SimDuration) -> WorkTime) -> WorkTime {
        let ticks = |time: NanoDuration| time.ticks(resolution);
        match self {
            Self::Plain(time) => plain(ticks(time)),
            Self::Constant(time) => WorkTime::Constant(ticks(time)),
            Self::Exponential(mean) => WorkTime::Exponential(ticks(mean)),
            Self::Uniform(Between([min, max])) => {
                WorkTime::Uniform { min: ticks(min), max: ticks(max) }
            }
        }
    }
}

impl Serialize for Delay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (key, time) = match self {
            Self::Plain(time) => return time.serialize(serializer),
            Self::Constant(time) => ("constant", time),
            Self::Exponential(time) => ("exponential", time),
            Self::Uniform(Between(bounds)) => {
                return serializer.collect_map([("uniform", bounds)]);
            }
        };
        serializer.collect_map([(key, time)])
    }
}

const DELAY: &str =
    "a time such as \"30min\", or a table with one of constant, exponential and uniform";

/// The keys of a table that states a distribution.
const DELAYS: &[&str] = &["constant", "exponential", "uniform"];

impl<'de> Deserialize<'de> for Delay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DelayVisitor;
        impl<'de> Visitor<'de> for DelayVisitor {
            type Value = Delay;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(DELAY)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Delay, E> {
                match text {
                    "uniform" => Err(E::custom(
                        "a distribution without its bounds; expected { uniform = [\"10min\", \"50min\"] }",
                    )),
                    "constant" | "exponential" => Err(E::custom(format!(
                        "a distribution without its time; expected {{ {text} = \"30min\" }}"
                    ))),
                    time => time.parse().map(Delay::Plain).map_err(E::custom),
                }
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Delay, E> {
                Err(E::custom(time::without_unit(number)))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Delay, E> {
                Err(E::custom(time::without_unit(number)))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Delay, A::Error> {
                only_key(map, DELAYS, DELAY, |key, map| {
                    Ok(match key {
                        "constant" => Delay::Constant(map.next_value()?),
                        "exponential" => Delay::Exponential(map.next_value()?),
                        _ => Delay::Uniform(map.next_value()?),
                    })
                })
            }
        }
        deserializer.deserialize_any(DelayVisitor)
    }
}

impl JsonSchema for Delay {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Delay".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let time = NanoDuration::json_schema(generator);
        let range = Between::<NanoDuration>::json_schema(generator);
        let one = |key: &str, schema: &Schema, about: &str| {
            let mut schema = schema.clone();
            schema.insert("description".into(), about.into());
            json_schema!({
                "type": "object",
                "properties": { key: schema },
                "required": [key],
                "additionalProperties": false,
            })
        };
        json_schema!({ "oneOf": [
            time,
            one("constant", &time, "Always this time."),
            one("exponential", &time, "Exponential, with this mean."),
            one("uniform", &range, "Uniform between two times."),
        ]})
    }
}

/// Two bounds, the lower first: `["10min", "50min"]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Between<T>(pub [T; 2]);

impl<'de, T: Deserialize<'de> + PartialOrd> Deserialize<'de> for Between<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BoundsVisitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de> + PartialOrd> Visitor<'de> for BoundsVisitor<T> {
            type Value = Between<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("two bounds, the lower first")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Between<T>, A::Error> {
                let mut bounds = Vec::new();
                while let Some(bound) = seq.next_element::<T>()? {
                    bounds.push(bound);
                }
                let count = bounds.len();
                let wrong = |_| de::Error::invalid_length(count, &self);
                let [min, max]: [T; 2] = bounds.try_into().map_err(wrong)?;
                if max < min {
                    let message = "bounds in the wrong order; expected the lower one first";
                    return Err(de::Error::custom(message));
                }
                Ok(Between([min, max]))
            }
        }
        deserializer.deserialize_any(BoundsVisitor(std::marker::PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Between<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Between{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let bound = T::json_schema(generator);
        json_schema!({ "type": "array", "items": bound, "minItems": 2, "maxItems": 2 })
    }
}

/// An amount of data, or its distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Always the same.
    Constant(Bytes),
    /// Exponential, with this mean.
    Exponential(Bytes),
    /// Uniform between two bounds.
    Uniform(Between<Bytes>),
}

impl Default for Size {
    fn default() -> Self {
        Self::Constant(Bytes::default())
    }
}

const SIZE: &str = "an amount of data such as \"2GB\", or { exponential = \"2GB\" } or \
                    { uniform = [\"1GB\", \"10GB\"] }";

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SizeVisitor;
        impl<'de> Visitor<'de> for SizeVisitor {
            type Value = Size;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(SIZE)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Size, E> {
                Bytes::deserialize(de::value::StrDeserializer::new(text)).map(Size::Constant)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Size, E> {
                Err(E::custom(format!("`{number}` has no unit; expected {SIZE}")))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Size, E> {
                Err(E::custom(format!("`{number}` has no unit; expected {SIZE}")))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Size, A::Error> {
                only_key(map, &["exponential", "uniform"], SIZE, |key, map| {
                    Ok(match key {
                        "exponential" => Size::Exponential(map.next_value()?),
                        _ => Size::Uniform(map.next_value()?),
                    })
                })
            }
        }
        deserializer.deserialize_any(SizeVisitor)
    }
}

impl JsonSchema for Size {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let bytes = Bytes::json_schema(generator);
        let mut range = Between::<Bytes>::json_schema(generator);
        range.insert("description".into(), "Uniform between two amounts.".into());
        let uniform = json_schema!({
            "type": "object",
            "properties": { "uniform": range },
            "required": ["uniform"],
            "additionalProperties": false,
        });
        let mut mean = bytes.clone();
        mean.insert("description".into(), "Exponential, with this mean.".into());
        let exponential = json_schema!({
            "type": "object",
            "properties": { "exponential": mean },
            "required": ["exponential"],
            "additionalProperties": false,
        });
        json_schema!({ "oneOf": [bytes, exponential, uniform] })
    }
}
