//! The table of a scenario file with a protocol of your own: its key and its name under `use` are
//! handled here; the built-in protocols deserialize the rest.

use std::fmt::{self, Debug};
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::role::{BuiltinOf, Role};
use crate::protocol::{NamedProtocol, ProtocolSet};

/// The table of a scenario file with protocol `P` and the parameters `B` of the built-in ones. `P` is
/// the default.
pub struct CustomParams<P: NamedProtocol, B> {
    pub(super) is_own: bool,
    pub(super) own: P::Params,
    pub(super) builtin: B,
}

impl<P: NamedProtocol, B: Default> Default for CustomParams<P, B> {
    fn default() -> Self {
        Self { is_own: true, own: P::Params::default(), builtin: B::default() }
    }
}

impl<P: NamedProtocol, B: Clone> Clone for CustomParams<P, B> {
    fn clone(&self) -> Self {
        Self { is_own: self.is_own, own: self.own.clone(), builtin: self.builtin.clone() }
    }
}

impl<P: NamedProtocol, B: Debug> Debug for CustomParams<P, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { is_own, own, builtin } = self;
        f.debug_tuple("CustomParams").field(is_own).field(own).field(builtin).finish()
    }
}

impl<'de, P, B> Deserialize<'de> for CustomParams<P, B>
where
    P: NamedProtocol,
    P::Input: Role,
    B: Default + DeserializeOwned,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Table(PhantomData))
    }
}

struct Table<P, B>(PhantomData<(P, B)>);

impl<'de, P, B> Visitor<'de> for Table<P, B>
where
    P: NamedProtocol,
    P::Input: Role,
    B: Default + DeserializeOwned,
{
    type Value = CustomParams<P, B>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a table such as {{ use = \"{}\" }}", P::INFO.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let mut params = CustomParams::<P, B>::default();
        let CustomParams { is_own, own, .. } = &mut params;
        let rest = Rest::<A, P> { map, is_own, own, is_use: false };
        params.builtin = B::deserialize(MapAccessDeserializer::new(rest))?;
        Ok(params)
    }
}

/// The table without the key of the own protocol.
struct Rest<'a, A, P: NamedProtocol> {
    map: A,
    is_own: &'a mut bool,
    own: &'a mut P::Params,
    is_use: bool,
}

impl<'de, A, P> MapAccess<'de> for Rest<'_, A, P>
where
    A: MapAccess<'de>,
    P: NamedProtocol,
    P::Input: Role,
{
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        mut seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        loop {
            match self.map.next_key_seed(Key { seed, names: names::<P> })? {
                None => return Ok(None),
                Some(Split::Other(key, is_use)) => {
                    self.is_use = is_use;
                    return Ok(Some(key));
                }
                Some(Split::Own(unused)) => {
                    *self.own = self.map.next_value()?;
                    seed = unused;
                }
            }
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        if !self.is_use {
            return self.map.next_value_seed(seed);
        }
        self.map.next_value_seed(Choice { seed, names: names::<P>, is_own: self.is_own })
    }
}

/// The names of the protocols, the own one first.
fn names<P>() -> Vec<&'static str>
where
    P: NamedProtocol,
    P::Input: Role,
{
    let builtin = BuiltinOf::<P>::entries().iter().map(|entry| entry.name);
    [P::INFO.name].into_iter().chain(builtin).collect()
}

/// The key of the own protocol, or another one and whether it is `use`.
enum Split<K, V> {
    Own(K),
    Other(V, bool),
}

/// Reads a key with the deserializer of the table, so that an error points at the key.
struct Key<K> {
    seed: K,
    names: fn() -> Vec<&'static str>,
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for Key<K> {
    type Value = Split<K, K::Value>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for Key<K> {
    type Value = Split<K, K::Value>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_str<E: de::Error>(self, key: &str) -> Result<Self::Value, E> {
        let mut names = (self.names)();
        if key == names[0] {
            return Ok(Split::Own(self.seed));
        }
        let other: Result<_, E> = self.seed.deserialize(key.into_deserializer());
        names.insert(0, "use");
        let other = other.map_err(|_| E::unknown_field(key, names.leak()))?;
        Ok(Split::Other(other, key == "use"))
    }
}

/// Reads the name under `use`.
struct Choice<'a, V> {
    seed: V,
    names: fn() -> Vec<&'static str>,
    is_own: &'a mut bool,
}

impl<'de, V: DeserializeSeed<'de>> DeserializeSeed<'de> for Choice<'_, V> {
    type Value = V::Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, V: DeserializeSeed<'de>> Visitor<'de> for Choice<'_, V> {
    type Value = V::Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word in quotes")
    }
    fn visit_str<E: de::Error>(self, word: &str) -> Result<V::Value, E> {
        let names = (self.names)();
        *self.is_own = word == names[0];
        // The built-in ones get a name of theirs, which is then not used.
        let builtin = if *self.is_own { names[1] } else { word };
        let chosen: Result<_, E> = self.seed.deserialize(builtin.into_deserializer());
        // The program prints one such error and ends.
        chosen.map_err(|_| E::unknown_variant(word, names.leak()))
    }
}
