//! Values with a range: they refuse at the door what cannot be, and say what can.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

macro_rules! ranged {
    ($(#[$doc:meta])* $name:ident, $range:pat if $check:expr, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
        pub struct $name(pub f64);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct NumberVisitor;
                impl Visitor<'_> for NumberVisitor {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expected)
                    }
                    fn visit_f64<E: de::Error>(self, number: f64) -> Result<$name, E> {
                        match number {
                            $range if $check => Ok($name(number)),
                            _ => Err(E::custom(format!(
                                "{number} is out of range; expected {}", $expected
                            ))),
                        }
                    }
                    fn visit_i64<E: de::Error>(self, number: i64) -> Result<$name, E> {
                        self.visit_f64(number as f64)
                    }
                }
                deserializer.deserialize_any(NumberVisitor)
            }
        }
    };
}

ranged! {
    /// A share or a probability, 0 to 1.
    Probability, p if (0.0..=1.0).contains(&p), "a number from 0 to 1, such as 0.05"
}
ranged! {
    /// A factor or a shape, above 0.
    Factor, x if x > 0.0 && x <= 1e6, "a number above 0 (and at most 1000000), such as 2.1"
}
ranged! {
    /// Degrees of latitude or longitude.
    Degrees, x if (-180.0..=180.0).contains(&x), "degrees from -180 to 180"
}

/// A table whose keys are names, in the order of the file.
#[derive(Clone, Debug)]
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
                f.write_str("a table of names")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<V>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

/// Two groups of zones: `[["in", "pk"], ["*"]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups(pub [Vec<String>; 2]);

impl<'de> Deserialize<'de> for Groups {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct GroupsVisitor;
        impl<'de> Visitor<'de> for GroupsVisitor {
            type Value = Groups;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("two groups, such as [[\"in\", \"pk\"], [\"*\"]]")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Groups, A::Error> {
                let mut groups: Vec<Vec<String>> = Vec::new();
                while let Some(group) = seq.next_element()? {
                    groups.push(group);
                }
                let count = groups.len();
                let wrong = || {
                    de::Error::custom(format!(
                        "found {count} groups; expected two, such as [[\"in\", \"pk\"], [\"*\"]]"
                    ))
                };
                Ok(Groups(groups.try_into().map_err(|_| wrong())?))
            }
        }
        deserializer.deserialize_seq(GroupsVisitor)
    }
}
