//! Values with a range: an invalid value is an error that states the range.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Bound::{self, Excluded, Included, Unbounded};
use std::ops::RangeBounds;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::geo::Place;
use crate::time::NanoDuration;

/// Lower and upper bound.
type Range = (Bound<f64>, Bound<f64>);

/// The schema of a number in a range.
fn number_in(range: &Range) -> Schema {
    let mut schema = json_schema!({ "type": "number" });
    for (bound, word, strict_word) in
        [(range.0, "minimum", "exclusiveMinimum"), (range.1, "maximum", "exclusiveMaximum")]
    {
        match bound {
            Included(number) => schema.insert(word.into(), number.into()),
            Excluded(number) => schema.insert(strict_word.into(), number.into()),
            Unbounded => None,
        };
    }
    schema
}

macro_rules! ranged {
    ($(#[$doc:meta])* $name:ident, $range:expr, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
        pub struct $name(pub f64);

        impl $name {
            const RANGE: Range = $range;
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                number_in(&Self::RANGE)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct NumberVisitor;
                impl Visitor<'_> for NumberVisitor {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expected)
                    }
                    fn visit_f64<E: de::Error>(self, number: f64) -> Result<$name, E> {
                        if $name::RANGE.contains(&number) {
                            return Ok($name(number));
                        }
                        Err(E::invalid_value(Unexpected::Float(number), &self))
                    }
                    fn visit_i64<E: de::Error>(self, number: i64) -> Result<$name, E> {
                        let wrong = |_: E| E::invalid_value(Unexpected::Signed(number), &self);
                        NumberVisitor.visit_f64(number as f64).map_err(wrong)
                    }
                }
                deserializer.deserialize_any(NumberVisitor)
            }
        }
    };
}

ranged! {
    /// A share or a probability, 0 to 1.
    Probability, (Included(0.0), Included(1.0)), "a number from 0 to 1, such as 0.05"
}
ranged! {
    /// A share relative to others, 0 to 1000000: their sum counts as 1.
    Share, (Included(0.0), Included(1e6)), "a share from 0 to 1000000, such as 0.5"
}
ranged! {
    /// A factor or a shape parameter, above 0.
    Factor, (Excluded(0.0), Included(1e6)), "a number above 0 and at most 1000000, such as 2.1"
}
ranged! {
    /// A factor on durations, 1 to 1000000.
    Slowdown, (Included(1.0), Included(1e6)), "a number from 1 to 1000000, such as 3.0"
}
ranged! {
    /// Clock drift in parts per million, -100000 to 100000; negative if the clock is slow.
    Drift, (Included(-1e5), Included(1e5)), "parts in a million from -100000 to 100000, such as 20.0"
}
ranged! {
    /// Ratio of cable length to the great circle, 1 to 1000.
    Inflation, (Included(1.0), Included(1000.0)), "a number from 1 to 1000, such as 2.1"
}
ranged! {
    /// Standard deviation of distances, 0 to 10000 km.
    SpreadKm, (Included(0.0), Included(1e4)), "kilometres from 0 to 10000, such as 300.0"
}
ranged! {
    /// Latitude in degrees.
    North, (Included(-90.0), Included(90.0)), "degrees north, -90 to 90"
}
ranged! {
    /// Longitude in degrees.
    East, (Included(-180.0), Included(180.0)), "degrees east, -180 to 180"
}

impl Default for Drift {
    fn default() -> Self {
        Self(0.0)
    }
}

/// An integer in a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BoundedU32<const LEAST: u32, const MOST: u32>(pub u32);

impl<'de, const LEAST: u32, const MOST: u32> Deserialize<'de> for BoundedU32<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BoundedU32Visitor<const LEAST: u32, const MOST: u32>;
        impl<const LEAST: u32, const MOST: u32> Visitor<'_> for BoundedU32Visitor<LEAST, MOST> {
            type Value = BoundedU32<LEAST, MOST>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from {LEAST} to {MOST}")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
                let whole = u32::try_from(number).ok().filter(|n| (LEAST..=MOST).contains(n));
                let wrong = || E::invalid_value(Unexpected::Signed(number), &self);
                whole.map(BoundedU32).ok_or_else(wrong)
            }
        }
        deserializer.deserialize_any(BoundedU32Visitor)
    }
}

impl<const LEAST: u32, const MOST: u32> JsonSchema for BoundedU32<LEAST, MOST> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("WholeFrom{LEAST}To{MOST}").into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": LEAST, "maximum": MOST })
    }
}

/// A position on the Earth: `[39.9075, 116.3972]`, latitude first.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema)]
pub struct Coordinates(#[schemars(with = "(North, East)")] pub Place);

impl<'de> Deserialize<'de> for Coordinates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PlaceVisitor;
        impl<'de> Visitor<'de> for PlaceVisitor {
            type Value = Coordinates;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("degrees north and degrees east, such as [41.2647, 69.2163]")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Coordinates, A::Error> {
                let wrong = |length| de::Error::invalid_length(length, &self);
                let North(latitude) = seq.next_element()?.ok_or_else(|| wrong(0))?;
                let East(longitude) = seq.next_element()?.ok_or_else(|| wrong(1))?;
                match seq.next_element::<IgnoredAny>()? {
                    None => Ok(Coordinates(Place { latitude, longitude })),
                    Some(_) => Err(wrong(3)),
                }
            }
        }
        deserializer.deserialize_any(PlaceVisitor)
    }
}

/// A table whose keys are names, in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Entries<V>(pub Vec<(String, V)>);

impl<V> Default for Entries<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Entries<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for EntriesVisitor<V> {
            type Value = Entries<V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table with a name for each key")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<V>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_any(EntriesVisitor(PhantomData))
    }
}

impl<V: JsonSchema> JsonSchema for Entries<V> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        BTreeMap::<String, V>::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        BTreeMap::<String, V>::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<String, V>::json_schema(generator)
    }
}

/// A list, each value read as a type that states what is expected.
macro_rules! list {
    ($(#[$doc:meta])* $name:ident of $element:ty as $read:ty, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, schemars::JsonSchema)]
        pub struct $name(pub Vec<$element>);

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ListVisitor;
                impl<'de> serde::de::Visitor<'de> for ListVisitor {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expected)
                    }
                    fn visit_seq<A: serde::de::SeqAccess<'de>>(
                        self,
                        mut seq: A,
                    ) -> Result<$name, A::Error> {
                        let mut list = Vec::new();
                        while let Some(element) = seq.next_element::<$read>()? {
                            list.push(element.into());
                        }
                        Ok($name(list))
                    }
                }
                deserializer.deserialize_any(ListVisitor)
            }
        }
    };
}
pub(super) use list;

list! {
    /// Zones by name: `["in", "pk"]`.
    Names of String as Name, "a list of zones, such as [\"in\", \"pk\"]"
}
list! {
    /// Instants or durations: `["0s", "90s"]`.
    Times of NanoDuration as NanoDuration, "a list of times, such as [\"0s\", \"90s\"]"
}

/// The name of a zone, or a word that stands for several nodes.
struct Name(String);

impl From<Name> for String {
    fn from(Name(name): Name) -> Self {
        name
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl Visitor<'_> for NameVisitor {
            type Value = Name;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the id of a zone in quotes, such as \"in\"")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Name, E> {
                Ok(Name(name.into()))
            }
        }
        deserializer.deserialize_any(NameVisitor)
    }
}

/// Two groups of zones: `[["in", "pk"], ["*"]]`.
#[derive(Clone, Debug, JsonSchema)]
pub struct Groups(pub [Names; 2]);

impl<'de> Deserialize<'de> for Groups {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct GroupsVisitor;
        impl<'de> Visitor<'de> for GroupsVisitor {
            type Value = Groups;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("two groups, such as [[\"in\", \"pk\"], [\"*\"]]")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Groups, A::Error> {
                let mut groups: Vec<Names> = Vec::new();
                while let Some(group) = seq.next_element()? {
                    groups.push(group);
                }
                let count = groups.len();
                let groups = groups.try_into();
                Ok(Groups(groups.map_err(|_| de::Error::invalid_length(count, &self))?))
            }
        }
        deserializer.deserialize_any(GroupsVisitor)
    }
}
