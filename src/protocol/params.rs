//! Tables of settings, each setting defined once.
//!
//! [`params!`](crate::params) defines a struct of settings. A line gives the doc comment, the name,
//! the type, the default as it stands in a scenario file, the range, and where the default comes
//! from. The struct, its `Default`, its reader, its JSON Schema, what `zonesim list` prints, and the
//! check of the ranges follow from it. A table may include another one, whose keys are then keys of
//! the table itself (serde's `flatten` cannot refuse unknown keys).
//!
//! ```
//! use zonesim::protocol::{Params, Range};
//! use zonesim::time::NanoDuration;
//!
//! zonesim::params! {
//!     /// The `[exchange.beacon]` table.
//!     pub struct BeaconParams in "a table such as [exchange.beacon]" {
//!         /// Time from one beacon to the next.
//!         pub interval: NanoDuration = "1s",
//!             Range::AboveZero { also: "", otherwise: "a beacon without end" }, "a guess";
//!         /// Zones that a beacon goes to.
//!         pub fanout: u32 = 2, Range::Peers, "a guess";
//!     }
//! }
//!
//! let params = BeaconParams::default();
//! assert_eq!(params.interval, NanoDuration::from_secs(1));
//! assert_eq!(BeaconParams::PARAMS[1].meaning, "Zones that a beacon goes to.");
//! assert!(params.check_ranges("exchange.beacon", 2).is_err(), "there is only one other zone");
//! ```

use std::fmt;
use std::marker::PhantomData;

use schemars::json_schema;
// What `params!` names in other crates.
pub use schemars::{JsonSchema, Schema, SchemaGenerator};
pub use serde::de::MapAccess;
use serde::de::{self, DeserializeOwned, Visitor};
pub use serde::{Deserialize, Deserializer};
pub use serde_json::{Map, Value};

use super::{ConfigError, ParamInfo};
use crate::time::NanoDuration;

/// A table of settings, as [`params!`](crate::params) defines it.
pub trait Params: Clone + fmt::Debug + Default + DeserializeOwned + Send + Sync + 'static {
    /// What a reader expects, for messages: `a table such as [exchange.gossip]`.
    const TABLE: &'static str;
    /// The settings in order, those of included tables last.
    const PARAMS: &'static [ParamInfo];

    /// Reads the value of a key; false if the table has no such key.
    ///
    /// # Errors
    /// A value that the key cannot have.
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error>;

    /// Adds the schema of each setting to the properties of a table.
    fn add_schemas(generator: &mut SchemaGenerator, properties: &mut Map<String, Value>);

    /// Checks each setting of the table at `path` against its range, among so many zones.
    ///
    /// # Errors
    /// The first setting out of its range.
    fn check_ranges(&self, path: &str, zones: u32) -> Result<(), ConfigError>;
}

/// The type of a setting.
pub trait ParamValue {
    /// The number that a range bounds, times in nanoseconds; `None` if the type has no such number.
    fn number(&self) -> Option<f64> {
        None
    }
}

impl ParamValue for NanoDuration {
    fn number(&self) -> Option<f64> {
        Some(self.ns as f64)
    }
}

impl ParamValue for u32 {
    fn number(&self) -> Option<f64> {
        Some((*self).into())
    }
}

impl ParamValue for f64 {
    fn number(&self) -> Option<f64> {
        Some(*self)
    }
}

impl ParamValue for bool {}

/// Reads a table: the default, with the values of the keys that it gives.
pub struct TableVisitor<P>(PhantomData<P>);

impl<P> Default for TableVisitor<P> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<'de, P: Params> Visitor<'de> for TableVisitor<P> {
    type Value = P;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match P::PARAMS {
            [] => f.write_str("an empty table: it has no settings"),
            _ => f.write_str(P::TABLE),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<P, A::Error> {
        let mut params = P::default();
        while let Some(Key(key, _)) = map.next_key::<Key<P>>()? {
            params.read(key, &mut map)?;
        }
        Ok(params)
    }
}

/// A key of the table.
struct Key<P>(&'static str, PhantomData<P>);

impl<'de, P: Params> Deserialize<'de> for Key<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(KeyVisitor(PhantomData))
    }
}

struct KeyVisitor<P>(PhantomData<P>);

impl<P: Params> Visitor<'_> for KeyVisitor<P> {
    type Value = Key<P>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a setting")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Key<P>, E> {
        match P::PARAMS.iter().find(|param| param.key == text) {
            Some(param) => Ok(Key(param.key, PhantomData)),
            None => Err(E::unknown_field(text, &Keys::<P>::ALL[..P::PARAMS.len()])),
        }
    }
}

/// The most settings of a table.
const MAX_KEYS: usize = 32;

struct Keys<P>(PhantomData<P>);

impl<P: Params> Keys<P> {
    const ALL: &'static [&'static str; MAX_KEYS] = &keys_of(P::PARAMS);
}

const fn keys_of(params: &[ParamInfo]) -> [&'static str; MAX_KEYS] {
    let mut keys = [""; MAX_KEYS];
    let mut at = 0;
    while at < params.len() {
        keys[at] = params[at].key;
        at += 1;
    }
    keys
}

/// The JSON Schema of a table.
pub fn table_schema<P: Params>(generator: &mut SchemaGenerator) -> Schema {
    let mut properties = Map::new();
    P::add_schemas(generator, &mut properties);
    json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// The schema of one setting, with what people are told of it.
pub fn describe(schema: Schema, param: &ParamInfo) -> Value {
    let mut value: Value = schema.into();
    if let Value::Object(object) = &mut value {
        object.insert("description".into(), param.to_string().into());
    }
    value
}

/// A value from the text that stands for it in a scenario file.
///
/// # Panics
/// If the text is no such value: a mistake in a [`params!`](crate::params) line.
pub fn value_of<T: DeserializeOwned>(text: &str) -> T {
    let table: toml::Table = format!("value = {text}").parse().expect("a default is TOML");
    table["value"].clone().try_into().expect("a default has the type of its setting")
}

/// Joins the settings of a table and of those it includes.
pub const fn join<const N: usize>(parts: &[&[ParamInfo]]) -> [ParamInfo; N] {
    let mut all = [ParamInfo::EMPTY; N];
    let (mut part, mut at) = (0, 0);
    while part < parts.len() {
        let mut inside = 0;
        while inside < parts[part].len() {
            all[at] = parts[part][inside];
            inside += 1;
            at += 1;
        }
        part += 1;
    }
    all
}

/// Defines a table of settings; see [`protocol::params`](crate::protocol::params).
#[macro_export]
macro_rules! params {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident in $table:literal {
            $(
                $(#[doc = $doc:literal])+
                $field_visibility:vis $field:ident: $kind:ty = $default:tt, $range:expr, $origin:expr;
            )*
            $(.. $included_visibility:vis $included:ident: $included_kind:ty;)*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq)]
        $visibility struct $name {
            $(
                $(#[doc = $doc])+
                $field_visibility $field: $kind,
            )*
            $(
                #[doc = concat!("Settings shared with other protocols: [`", stringify!($included_kind), "`].")]
                $included_visibility $included: $included_kind,
            )*
        }

        impl Default for $name {
            fn default() -> Self {
                static DEFAULT: std::sync::LazyLock<$name> = std::sync::LazyLock::new(|| $name {
                    $($field: $crate::protocol::params::value_of(stringify!($default)),)*
                    $($included: Default::default(),)*
                });
                DEFAULT.clone()
            }
        }

        impl $crate::protocol::Params for $name {
            const TABLE: &'static str = $table;
            const PARAMS: &'static [$crate::protocol::ParamInfo] = {
                const OWN: &[$crate::protocol::ParamInfo] = &[$($crate::protocol::ParamInfo {
                    key: stringify!($field),
                    default: stringify!($default),
                    range: $range,
                    meaning: concat!($($doc),+).trim_ascii(),
                    origin: $origin,
                }),*];
                const COUNT: usize = OWN.len()
                    $(+ <$included_kind as $crate::protocol::Params>::PARAMS.len())*;
                &$crate::protocol::params::join::<COUNT>(&[
                    OWN,
                    $(<$included_kind as $crate::protocol::Params>::PARAMS),*
                ])
            };

            fn read<'de, A: $crate::protocol::params::MapAccess<'de>>(
                &mut self,
                key: &str,
                map: &mut A,
            ) -> Result<bool, A::Error> {
                match key {
                    $(stringify!($field) => self.$field = map.next_value()?,)*
                    _ => {
                        $(
                            if $crate::protocol::Params::read(&mut self.$included, key, map)? {
                                return Ok(true);
                            }
                        )*
                        return Ok(false);
                    }
                }
                #[allow(unreachable_code, reason = "a table may have no settings of its own")]
                Ok(true)
            }

            fn add_schemas(
                generator: &mut $crate::protocol::params::SchemaGenerator,
                properties: &mut $crate::protocol::params::Map<
                    String,
                    $crate::protocol::params::Value,
                >,
            ) {
                let mut own = Self::PARAMS.iter();
                $(
                    if let Some(param) = own.next() {
                        let schema = generator.subschema_for::<$kind>();
                        properties.insert(
                            param.key.into(),
                            $crate::protocol::params::describe(schema, param),
                        );
                    }
                )*
                $(<$included_kind as $crate::protocol::Params>::add_schemas(generator, properties);)*
                let _ = (own, generator, properties);
            }

            fn check_ranges(
                &self,
                path: &str,
                zones: u32,
            ) -> Result<(), $crate::protocol::ConfigError> {
                let mut own = Self::PARAMS.iter();
                $(
                    if let Some(param) = own.next() {
                        let number = $crate::protocol::params::ParamValue::number(&self.$field);
                        param.check(path, number, zones)?;
                    }
                )*
                $($crate::protocol::Params::check_ranges(&self.$included, path, zones)?;)*
                let _ = (own, path, zones);
                Ok(())
            }
        }

        impl<'de> $crate::protocol::params::Deserialize<'de> for $name {
            fn deserialize<D: $crate::protocol::params::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                let visitor = $crate::protocol::params::TableVisitor::<Self>::default();
                deserializer.deserialize_struct(stringify!($name), &[], visitor)
            }
        }

        impl $crate::protocol::params::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                concat!(module_path!(), "::", stringify!($name)).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(
                generator: &mut $crate::protocol::params::SchemaGenerator,
            ) -> $crate::protocol::params::Schema {
                $crate::protocol::params::table_schema::<Self>(generator)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Range;

    crate::params! {
        /// Shared.
        struct Waits in "a table of waits" {
            /// First wait.
            retry: NanoDuration = "1s",
                Range::AboveZero { also: "", otherwise: "it never ends" }, "RFC 6298, 2.1";
        }
    }

    crate::params! {
        /// All kinds.
        struct Table in "a table such as [test]" {
            /// How many,
            /// in two lines.
            count: u32 = 3, Range::AtLeast { min: 1, otherwise: "nothing comes" }, "a guess";
            /// Whether.
            flag: bool = true, Range::Bool, "a guess";
            ..waits: Waits;
        }
    }

    fn read(text: &str) -> Result<Table, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_table_starts_from_its_defaults() {
        let table = read("retry = \"5s\"\ncount = 7").unwrap();
        let expected =
            Table { count: 7, flag: true, waits: Waits { retry: NanoDuration::from_secs(5) } };
        assert_eq!(table, expected);
        assert_eq!(read("").unwrap(), Table::default());
    }

    #[test]
    fn a_wrong_key_is_refused_with_those_there_are() {
        let error = read("cuont = 7").unwrap_err();
        assert!(error.contains("`cuont`") && error.contains("`retry`"), "{error}");
    }

    #[test]
    fn each_setting_is_described() {
        let [count, flag, retry] = Table::PARAMS else { panic!("{:?}", Table::PARAMS) };
        assert_eq!(
            (count.key, count.default, count.meaning),
            ("count", "3", "How many, in two lines.")
        );
        assert_eq!((flag.key, flag.default), ("flag", "true"));
        assert_eq!((retry.key, retry.default), ("retry", "\"1s\""));
        let schema = table_schema::<Table>(&mut SchemaGenerator::default());
        let text = "First wait. Range: above 0s. Default: \"1s\" (RFC 6298, 2.1).";
        assert_eq!(schema.pointer("/properties/retry/description").unwrap(), text);
    }

    #[test]
    fn ranges_are_checked() {
        let wrong = |text| read(text).unwrap().check_ranges("x", 8).map_err(|error| error.path);
        assert_eq!(wrong(""), Ok(()));
        assert_eq!(wrong("count = 0"), Err("x.count".into()));
        assert_eq!(wrong("retry = \"0s\""), Err("x.retry".into()));
    }
}
