//! The `[exchange]` table of a program with a protocol of its own: its key is taken out, its word
//! under `use` understood, and the rest handed to the built-in ones, whatever they are.

use std::fmt::{self, Debug};
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Builtin, CustomProtocol, ProtocolSet, builtin};

/// The `[exchange]` table: which one, and the settings of any. The own one where nothing is said.
pub struct Settings<P: CustomProtocol> {
    pub(super) is_own: bool,
    pub(super) own: P::Settings,
    pub(super) builtin: builtin::Params,
}

impl<P: CustomProtocol> Default for Settings<P> {
    fn default() -> Self {
        Self { is_own: true, own: P::Settings::default(), builtin: Default::default() }
    }
}

impl<P: CustomProtocol> Clone for Settings<P> {
    fn clone(&self) -> Self {
        Self { is_own: self.is_own, own: self.own.clone(), builtin: self.builtin.clone() }
    }
}

impl<P: CustomProtocol> Debug for Settings<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { is_own, own, builtin } = self;
        f.debug_tuple("Settings").field(is_own).field(own).field(builtin).finish()
    }
}

impl<'de, P: CustomProtocol> Deserialize<'de> for Settings<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Table(PhantomData))
    }
}

/// Reads the table.
struct Table<P>(PhantomData<P>);

impl<'de, P: CustomProtocol> Visitor<'de> for Table<P> {
    type Value = Settings<P>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a table such as {{ use = \"{}\" }}", P::ENTRY.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Settings<P>, A::Error> {
        let mut settings = Settings::<P>::default();
        let Settings { is_own, own, .. } = &mut settings;
        let rest = Rest::<A, P> { map, is_own, own, is_use: false };
        settings.builtin = builtin::Params::deserialize(MapAccessDeserializer::new(rest))?;
        Ok(settings)
    }
}

/// The table without what is of the own protocol.
struct Rest<'a, A, P: CustomProtocol> {
    map: A,
    is_own: &'a mut bool,
    own: &'a mut P::Settings,
    is_use: bool,
}

impl<'de, A: MapAccess<'de>, P: CustomProtocol> MapAccess<'de> for Rest<'_, A, P> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        mut seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        loop {
            match self.map.next_key_seed(Key { seed, own: P::ENTRY.name })? {
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
        self.map.next_value_seed(Choice { seed, own: P::ENTRY.name, is_own: self.is_own })
    }
}

/// A key: that of the own protocol, or another one and whether it is `use`.
enum Split<K, V> {
    Own(K),
    Other(V, bool),
}

/// Reads a key within the reader of the table, so that an error points at it.
struct Key<K> {
    seed: K,
    own: &'static str,
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
        if key == self.own {
            return Ok(Split::Own(self.seed));
        }
        let other: Result<_, E> = self.seed.deserialize(key.into_deserializer());
        let other = other.map_err(|_| E::unknown_field(key, words(&["use", self.own])))?;
        Ok(Split::Other(other, key == "use"))
    }
}

/// Reads the word under `use`.
struct Choice<'a, V> {
    seed: V,
    own: &'static str,
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
        *self.is_own = word == self.own;
        // The built-in ones are told of one of theirs, which is not built.
        let builtin = if *self.is_own { Builtin::entries()[0].name } else { word };
        let chosen: Result<_, E> = self.seed.deserialize(builtin.into_deserializer());
        chosen.map_err(|_| E::unknown_variant(word, words(&[self.own])))
    }
}

/// Words that would have been right, for an error: a program makes one and ends.
fn words(first: &[&'static str]) -> &'static [&'static str] {
    let builtin = Builtin::entries().iter().map(|entry| entry.name);
    first.iter().copied().chain(builtin).collect::<Vec<_>>().leak()
}
